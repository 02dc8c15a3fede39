"""What answers a request? Everything wired: node, operational tables, routes, pages, problems, the edge."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from api import problems
from api.aside.db import AsideStore
from api.auth.db import Sessions
from api.auth.limits import FailedAccounts, FailedSignIns, Scans
from api.collecting import collect_as_before, collect_rarely
from api.conditional import Conditional
from api.db import Operational, ScanCounter
from api.direct import Direct, Fronted, guard_of
from api.documents.db import DocumentStore
from api.edge import Edge
from api.files import Files, Kept
from api.keeper import Keeper
from api.node import Node
from api.offers.db import AnsweredOffers, declined_offer, withdrawn_offer
from api.pages import (
    desk,
    desk_aside,
    desk_case_open,
    desk_case_service,
    desk_case_steps,
    desk_cases,
    desk_files,
    desk_ledger,
    desk_lift,
    desk_parties,
    documents,
    gate,
    gate_receipt,
    lab,
    lab_aside,
    lab_corrections,
    lab_form,
    lab_receipt,
    lab_retests,
    lab_waiting,
    member,
    member_aside,
    member_blend,
    member_corrections,
    member_credit,
    member_forms,
    member_split,
    member_transfers,
    member_waiting,
    notice_receipts,
    notice_steps,
    notices,
    offices,
    offices_ended,
    own_account,
    rule_tables,
    sign_in,
    sign_in_links,
    signing,
    standing,
)
from api.pages import routes as pages
from api.pages.kept_pages import KeptPages
from api.pages.kept_settings import KeptSettings
from api.pages.photo import Photos
from api.pages.photo import router as photo_router
from api.pagination import Cursors
from api.routes import cases, labels, lineage, log_files, reading, verdicts, writing
from api.routes.described import event_schemas
from api.running_audit import Audits
from api.shortway import ShortWay
from api.verifying import Verifier
from api.waiting.db import WaitingRoom

API = "/api/v1"
CURSOR_SECRET = b"suxin-cursor/v1"
"""What the node's key signs to get a secret: Ed25519 signs the same message always alike (RFC 8032, 5.1.6)."""
API_ROUTERS = (writing.router, reading.router, lineage.router, verdicts.router, labels.router, cases.router)
PAGE_ROUTERS = (
    log_files.router,
    *(pages.router, standing.router, photo_router),
    *(sign_in.router, own_account.router, sign_in_links.router, signing.router),
    *(offices.router, offices_ended.router, rule_tables.router),
    *(member_forms.router, member_corrections.router, member_credit.router),
    *(notice_receipts.router, notices.router, notice_steps.router),
    *(member_split.router, member_blend.router, member_waiting.router, member_aside.router, member_transfers.router),
    member.router,  # behind the forms: `batches/new` before `batches/{id}`
    *(lab_retests.router, lab_form.router, lab_receipt.router, lab.router),  # `reports/new` before `reports/{index}`
    *(lab_corrections.router, lab_waiting.router, lab_aside.router),
    *(gate.router, gate_receipt.router),
    *(desk.router, desk_files.router, desk_ledger.router, desk_parties.router, desk_lift.router, documents.router),
    *(desk_aside.router, desk_cases.router, desk_case_steps.router, desk_case_open.router, desk_case_service.router),
)
"""In the order in which an address is looked for."""


def create_app(
    node: Node, operational: Operational, on_close: Callable[[], None] = lambda: None, keeper: Keeper | None = None
) -> Fronted:
    """The ASGI app of an open node. Shutting it down flushes scan counts, then calls `on_close`.

    `keeper`: looks after cases and credit files while the app runs.
    """
    scans, verifier = ScanCounter(operational), Verifier()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(_fill_registers, node)
        if keeper:
            keeper.start()
        thresholds = collect_rarely()
        try:
            yield
        finally:
            if keeper:
                await keeper.stop()
            collect_as_before(thresholds)
            await verifier.stop()
            scans.close()
            on_close()

    app = Fronted(
        title="Suxin 溯信",
        version="0.1.0",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # an address is itself; with a slash behind it, it is another one, which nobody has
        lifespan=lifespan,
    )
    _give(app, node, operational)
    app.state.scans, app.state.verifier = scans, verifier
    for router in API_ROUTERS:
        app.include_router(router, prefix=API)
    for router in PAGE_ROUTERS:
        app.include_router(router)
    problems.install(app)
    app.add_middleware(KeptSettings)
    app.add_middleware(Conditional)
    app.add_middleware(Edge, settings=node.settings)
    crowds = Direct(
        exact={f"POST {API}/statements": writing.take_statements},
        leaf={"GET /t/": ("code", pages.read_scan)},
    )
    front = Edge(crowds, node.settings)
    app.takes, app.front = crowds.takes, front
    app.short_way = ShortWay(app, front, f"{API}/statements", guard_of(writing.take_statements).action)
    _describe(app)
    return app


def _fill_registers(node: Node) -> None:
    try:
        node.id_numbers.fill()
    except SQLAlchemyError as error:  # ops.db is locked, or its disk full: the first registration tries again
        problems.log_failure(error)


def _give(app: FastAPI, node: Node, operational: Operational) -> None:
    """What the routes find in the app beside the node: what is kept in ops.db and in folders, and what only memory holds."""
    state = app.state
    state.node, state.operational, state.pages = node, operational, KeptPages()
    state.is_demonstration = node.genesis.purpose == "demonstration"
    state.cursors = Cursors(lambda: node.recorder.node_key.sign(CURSOR_SECRET))
    state.sessions = Sessions(operational)
    state.failed_sign_ins, state.failed_accounts = FailedSignIns(), FailedAccounts()
    state.scan_limits, state.photos = Scans(), Photos()
    state.files, state.documents = Files(node.settings.files), DocumentStore(operational, Kept(node.settings.documents))
    state.waiting, state.audits = WaitingRoom(operational), Audits(node)
    state.aside = AsideStore(operational)
    state.declined_offers = AnsweredOffers(operational, declined_offer)
    state.withdrawn_offers = AnsweredOffers(operational, withdrawn_offer)
    node.turns.withdrawn = state.withdrawn_offers.when


def _describe(app: FastAPI) -> None:
    """Add the payload of every kind to the OpenAPI document, once it is asked for."""
    plain = app.openapi

    def with_payloads() -> dict[str, Any]:
        document = plain()
        document.setdefault("components", {}).setdefault("schemas", {}).update(event_schemas())
        return document

    app.openapi = with_payloads  # type: ignore[method-assign]
