"""Which statements are taken below the framework? Signed ones that come in crowds, as long as nothing about them is unusual.

A task, a copy of the scope, its layers and two messages for an answer cost as much as reading, judging and storing take
of the serving thread. Here the same checks are called straight from the connection, and the answer leaves in one piece.
Whatever is not ordinary goes the way of every other request, untouched, and is answered there: a header that needs a
closer look, a token that memory does not know, a group, a statement that waits for its turn, what the log refuses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from api.auth.guard import remembered_caller
from api.auth.policy import may_ever
from api.body import LOOP_BYTES
from api.db import Operational
from api.delivery import heard_in_loop
from api.edge import Edge
from api.incoming import Answer, opened
from api.node import Node
from api.offers.turns import waits_for_turn
from api.problems import answer, as_domain_error, status_of
from api.routes.answers import json_answer, receipt_json
from api.verifying import Verifier
from trace.ledger.submission import Receipt, Signed, Submission


@dataclass(frozen=True)
class Sent:
    """A request whose body has come. One of the two is called, once: with an answer, or to go the way of all others."""

    scope: Scope
    body: bytes
    reply: Callable[[Response], None]
    go_round: Callable[[], None]


class ShortWay:
    """Takes statements that are posted to `address`, which needs `action`; `edge` is the one of the app."""

    def __init__(self, app: FastAPI, edge: Edge, address: str, action: str) -> None:
        self._app, self._edge, self._address, self._action = app, edge, address, action
        self._node: Node = app.state.node
        self._operational: Operational = app.state.operational
        self._verifier: Verifier = app.state.verifier

    def wants(self, scope: Scope) -> bool:
        """Whether a request with this head may be for it."""
        return scope["path"] == self._address and scope["method"] == "POST" and not scope["query_string"]

    def take(self, sent: Sent) -> None:
        """Answer a request that it `wants`, or let it go round; either may be long after this has returned."""
        is_usual = len(sent.body) <= LOOP_BYTES and self._is_usual(sent.scope)
        if not is_usual or not self._verifier.offer(sent.body, partial(self._read, sent)):
            sent.go_round()

    def secured(self, response: Response) -> list[tuple[bytes, bytes]]:
        """The headers with which an answer leaves."""
        return self._edge.secured(response.raw_headers)

    def _is_usual(self, scope: Scope) -> bool:
        types, tokens = [], []
        for name, value in scope["headers"]:
            if name == b"content-type":
                types.append(value)
            elif name == b"authorization":
                tokens.append(value)
            elif name == b"content-encoding":
                return False
        if types != [b"application/json"] or self._edge.refusal(scope) is not None:
            return False
        caller = remembered_caller(self._operational, tokens)
        return caller is not None and may_ever(caller, self._action)

    def _read(self, sent: Sent, answered: Answer) -> None:
        """The statement of a body was read and checked, or is refused."""
        try:
            found = opened(answered)
            if found.is_group or waits_for_turn(found.items):
                sent.go_round()
                return
            self._log(sent, found.items)
        except Exception as error:  # noqa: BLE001  as at the edge: whatever it is, the caller gets an answer without details
            self._fail(sent, error)

    def _log(self, sent: Sent, items: tuple[Signed, ...]) -> None:
        heard = heard_in_loop(partial(self._taken, sent), partial(self._refused, sent))
        self._node.log.put(Submission(items), heard)

    def _taken(self, sent: Sent, receipts: tuple[Receipt, ...]) -> None:
        sent.reply(json_answer(receipt_json(receipts[0]), 201))

    def _refused(self, sent: Sent, error: BaseException) -> None:
        """Nothing was logged: it is refused once more on the other way, which says why. What nobody knows is said here."""
        if isinstance(error, Exception) and status_of(as_domain_error(error)) >= 500:
            self._fail(sent, error)
        else:
            sent.go_round()

    def _fail(self, sent: Sent, error: Exception) -> None:
        sent.scope["app"] = self._app
        sent.reply(answer(as_domain_error(error), Request(sent.scope)))
