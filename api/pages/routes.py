"""At which address does a person find which page? Reads settings of the reader, calls one view, sets headers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.accept import takes_gzip
from api.auth.guard import allow
from api.auth.policy import Caller
from api.catalogue import LANGS, Lang, say
from api.conditional import has_already
from api.db import ScanCounts
from api.node import Node
from api.pages.assets import load_assets
from api.pages.kept_pages import KeptPages
from api.pages.lookup import find_labelled
from api.pages.names import names
from api.pages.problem_view import problem_codes, problem_type_view
from api.pages.purpose import is_demonstration
from api.pages.queries import freed_batches, last_decisions
from api.pages.render import (
    TEXT_SIZES,
    TextSize,
    render_home,
    render_label,
    render_problem_page,
    render_scan,
    render_unknown,
)
from api.pages.scan_lineage import input_hrefs
from api.pages.scan_states import state_word
from api.pages.scan_view import grouped_code, label_view, scan_view, scans_line
from api.pages.scan_words import Words
from api.pages.views import ExampleView, HomeView, UnknownView
from api.query import read_query
from api.routes.writing import node_of
from trace.codes import fold_label_code, is_label_code
from trace.histories import story
from trace.history import History
from trace.labels.address import typed_label_code
from trace.ledger.bundle import label_fragment
from trace.ledger.errors import NotFound
from trace.legal_days import SHANGHAI
from trace.queries import list_nouns, upstream
from trace.state import Row

FOR_EVER = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
YEAR_SECONDS = 31_536_000
EXAMPLES_SHOWN = 20

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Reader:
    """The reader's settings: from the address, else from cookies, else the browser's language."""

    lang: Lang
    text_size: TextSize
    chosen: tuple[tuple[str, str], ...]


def reader_of(request: Request, *allowed: str) -> Reader:
    query = read_query(request, {"lang", "text", *allowed}, ignore_unknown=True)
    accepted = request.headers.get("accept-language", "zh").lower()
    by_browser: Lang = "en" if accepted.startswith("en") else "zh"
    lang = next((one for one in (query.get("lang"), request.cookies.get("sx_lang")) if one in LANGS), by_browser)
    text = next((one for one in (query.get("text"), request.cookies.get("sx_text")) if one in TEXT_SIZES), "standard")
    chosen = tuple(
        (f"sx_{name}", query[name])
        for name, values in (("lang", LANGS), ("text", TEXT_SIZES))
        if query.get(name) in values
    )
    return Reader("en" if lang == "en" else "zh", _text_size(text), chosen)


def _text_size(text: str) -> TextSize:
    return next(size for size in TEXT_SIZES if size == text)


def html_answer(html: str | bytes, reader: Reader, status: int = 200, etag: str | None = None) -> Response:
    response = Response(html, status, media_type="text/html")
    response.headers["Cache-Control"] = REVALIDATE
    response.headers["Vary"] = "Cookie, Accept-Language, Accept-Encoding"
    if etag:
        response.headers["ETag"] = etag
    for name, value in reader.chosen:
        response.set_cookie(name, value, max_age=YEAR_SECONDS, path="/", httponly=True, samesite="lax")
    return response


def today_of(request: Request) -> date:
    return node_of(request).clock().astimezone(SHANGHAI).date()


def scans_of(request: Request, code: str, *, count: bool) -> ScanCounts:
    """Today's and all scans of a label, this one included."""
    day, counter = today_of(request), request.app.state.scans
    if count:
        counter.add(code, day)
    found: ScanCounts = counter.counts(code, day)
    return found


def history_of(node: Node, row: Row) -> History:
    with node.reading() as reads:
        batch, inputs, parties = story(reads, row)
    return History(
        batch=batch,
        inputs=inputs,
        parties=parties,
        demonstration=node.genesis.purpose == "demonstration",
        log_origin=node.genesis.origin,
        log_vkey=node.genesis.vkey,
    )


@router.get("/")
async def read_home(request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """Type a code; a demonstration offers its own."""
    node, reader = node_of(request), reader_of(request)
    demonstration = node.genesis.purpose == "demonstration"
    rows: list[Row] = []
    freed: set[str] = set()
    decisions: dict[str, str] = {}
    if demonstration:
        with node.reading() as reads:
            rows = list_nouns(reads.connection, "batch", -1, EXAMPLES_SHOWN)
            ids = [row["id"] for row in rows]
            freed, decisions = freed_batches(reads.connection, ids), last_decisions(reads.connection, ids)
    # Finished goods first: they are what carries a label, and their history is the longest.
    rows.sort(key=lambda row: (not row["has_inputs"], -row["index"]))
    region = node.genesis.region or ""
    examples = tuple(
        _example(row, row["id"] in freed, decisions.get(row["id"], ""), region, reader.lang)
        for row in rows
        if row["code"]
    )
    return html_answer(render_home(HomeView(demonstration, examples), reader.lang, reader.text_size), reader)


def _example(row: Row, is_freed: bool, decision: str, region: str, lang: Lang) -> ExampleView:
    words = Words(lang, names())
    line = words.html(
        "home.example_line", township=words.township(region, row["township"]), day=words.day(row["opened_at"])
    )
    name, is_held = words.product_name(names().products[row["product"]]), bool(row["holds"])
    state = state_word(
        row["stage"], words, is_held=is_held, is_freed=is_freed, is_closed=row["is_closed"], decision=decision
    )
    return ExampleView(f"/t/{row['code']}", name, grouped_code(row["code"]), line, state, is_held)


@router.get("/t")
async def find_typed(request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """A code typed into the form: folded, then its page."""
    reader, query = reader_of(request, "code"), read_query(request, {"code", "lang", "text"}, ignore_unknown=True)
    code = typed_label_code(query.get("code", ""))
    if is_label_code(code):
        return RedirectResponse(f"/t/{code}", 303)
    return _unknown(request, reader, "/t")


@router.get("/t/{code}")
async def read_scan(code: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """The page behind a label. It never redirects: the fragment is with the browser, and some drop it on the way."""
    node, reader = node_of(request), reader_of(request)
    folded = fold_label_code(code)
    row = find_labelled(request, code)
    if row is None:
        return _unknown(request, reader, f"/t/{folded[:12]}")
    # A change of language or size is no new scan.
    scans = scans_of(request, folded, count=not reader.chosen)
    return _scan_answer(request, node, row, reader, scans)


def _unknown(request: Request, reader: Reader, path: str) -> Response:
    heading, text = say("unknown.heading", reader.lang), say("unknown.text", reader.lang)
    view = UnknownView(path, heading, text, is_demonstration(request))
    return html_answer(render_unknown(view, reader.lang, reader.text_size), reader, 404)


def _scan_answer(request: Request, node: Node, row: Row, reader: Reader, scans: ScanCounts) -> Response:
    kept: KeptPages = request.app.state.pages
    key, day = (row["id"], reader.lang, reader.text_size), today_of(request)
    with node.reading() as reads:

        def heads(chains: Iterable[str]) -> dict[str, int]:
            return {chain: head.index for chain, head in reads.heads(chains).items()}

        page = kept.find(key, day, heads)
        if page is None:
            history = history_of(node, row)
            html = render_scan(scan_view(history, names(), reader.lang), reader.lang, reader.text_size)
            page = kept.keep(key, day, heads(history.chains()), html)
    etag = f'W/"{page.digest}.{scans.today}.{scans.total}"'
    if has_already(request.headers.get("if-none-match", ""), etag):
        return html_answer(b"", reader, 304, etag)
    line = scans_line(scans.today, scans.total, names(), reader.lang).encode()
    if not takes_gzip(request.headers.get("accept-encoding", "")):
        return html_answer(page.filled(line), reader, etag=etag)
    response = html_answer(page.gzipped(line), reader, etag=etag)
    response.headers["Content-Encoding"] = "gzip"
    return response


@router.get("/t/{code}/from/{number}")
async def read_input(
    code: str, number: str, request: Request, caller: Annotated[Caller, allow("public.read")]
) -> Response:
    """A batch that went into a labelled one and has no label of its own, by its place in that page's list."""
    node, reader = node_of(request), reader_of(request)
    folded = fold_label_code(code)
    row = find_labelled(request, code)
    with node.reading() as reads:
        inputs = upstream(reads.connection, row["id"]) if row else []
    if row is None or not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(inputs):
        raise NotFound("not-found")
    hrefs = input_hrefs(history_of(node, row))
    view = scan_view(
        history_of(node, inputs[int(number) - 1]), names(), reader.lang, f"/t/{folded}/from/{number}", hrefs
    )
    return html_answer(render_scan(view, reader.lang, reader.text_size), reader)


@router.get("/t/{code}/label")
async def read_label_page(code: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """The label of a batch on a page to print."""
    node, reader = node_of(request), reader_of(request)
    row = find_labelled(request, code)
    if row is None:
        raise NotFound("not-found")
    with node.reading() as reads:
        head = reads.heads([row["id"]])[row["id"]]
    host = urlsplit(node.settings.public_url).netloc
    view = label_view(history_of(node, row), names(), reader.lang, host, label_fragment(head.seq, head.leaf))
    return html_answer(
        render_label(replace(view, path=f"/t/{row['code']}/label"), reader.lang, reader.text_size), reader
    )


@router.get("/problems/{code}")
async def read_problem(code: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """What the `type` of a problem points to: its sentence in both languages."""
    reader = reader_of(request)
    if code not in problem_codes():
        raise NotFound("not-found")
    view = replace(problem_type_view(code, reader.lang), demonstration=is_demonstration(request))
    return html_answer(render_problem_page(view, reader.lang, reader.text_size), reader)


@router.get("/static/{version}/{name:path}")
async def read_static(
    version: str, name: str, request: Request, caller: Annotated[Caller, allow("public.read")]
) -> Response:
    """A file of the named list; its address holds the release or the file's own hash, so it may be kept for ever."""
    files = load_assets()
    asset = files.assets.get(name)
    if asset is None or version not in (files.version, asset.version):
        raise NotFound("not-found")
    zipped = takes_gzip(request.headers.get("accept-encoding", ""))
    response = Response(asset.gzipped if zipped else asset.body, media_type=asset.content_type)
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Vary"] = "Accept-Encoding"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    return response
