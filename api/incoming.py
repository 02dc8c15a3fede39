"""Which statements does this body hold, and do their proofs hold? Read and checked whole, before anything is queued.

`main` does this for another process, which hands it bodies: the checks of a statement cost about as much as everything
else that is done with it, and so they take the second core.
"""

import pickle
import socket
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from api.body import fields, json_of
from api.collecting import collect_rarely
from api.compose import received_statement, receiving
from api.steps import Steps, at_once, side_by_side
from trace.ledger.errors import DomainError, FieldFault, Invalid
from trace.ledger.statement import Statement
from trace.ledger.store import OpeningRow
from trace.ledger.submission import Signed

MAX_GROUP = 1_000
FRAME_BYTES = 4  # big-endian length before each pickle


class Incoming(NamedTuple):
    """One statement, or a group that enters all or none."""

    items: tuple[Signed, ...]
    is_group: bool


def read_incoming(body: bytes) -> Incoming:
    """Raises `Unreadable`, `Invalid` and `TooLarge`, pointing into the body."""
    return at_once(_reading(body))


def _reading(body: bytes) -> Steps[Incoming]:
    found = json_of(body)
    yield
    if "group" not in found:
        fields(found, required={"statement": dict}, optional={"openings": list})
        return Incoming(((yield from receiving(found["statement"], found.get("openings", []))),), False)
    fields(found, required={"group": list}, optional={})
    if not 1 <= len(found["group"]) <= MAX_GROUP:
        raise Invalid("group-size", FieldFault("/group", "group-size"))
    return Incoming(tuple(_member(one, f"/group/{at}") for at, one in enumerate(found["group"])), True)


def _member(one: Any, pointer: str) -> Signed:
    if not isinstance(one, dict) or not isinstance(one.get("statement"), dict):
        raise Invalid("wrong-type", FieldFault(pointer, "wrong-type"))
    if unknown := set(one) - {"statement", "openings"}:
        raise Invalid("unknown-field", FieldFault(f"{pointer}/{min(unknown)}", "unknown-field"))
    return received_statement(one["statement"], one.get("openings", []), pointer)


Checked = tuple[tuple[Any, ...], tuple[tuple[Any, ...], ...]]
"""What `Statement` has, and `OpeningRow` of each opening."""
Refusal = tuple[type[DomainError], str, tuple[FieldFault, ...], dict[str, object]]
Answer = tuple[bool, tuple[Checked, ...], None] | tuple[bool, tuple[()], Refusal]
"""What one body came to, as it is pickled: whether it is a group, its statements, the refusal. Of plain tuples, which take
half as long as objects do; and an exception itself does not come through with its values."""


def answer_of(body: bytes) -> Answer:
    return answers_of([body])[0]


def answers_of(bodies: Sequence[bytes]) -> list[Answer]:
    """What `answer_of` answers to each, in a twentieth less time than one after the other."""
    return [_answer(found) for found in side_by_side([_reading(body) for body in bodies])]


def _answer(found: Incoming | DomainError) -> Answer:
    if isinstance(found, DomainError):
        return False, (), (type(found), found.code, found.faults, found.values)
    return found.is_group, tuple([_plain(one) for one in found.items]), None


def _plain(signed: Signed) -> Checked:
    return tuple(signed.statement), tuple([tuple(row) for row in signed.openings])


def opened(answer: Answer) -> Incoming:
    """The statements; raises what `read_incoming` raised."""
    is_group, items, refusal = answer
    if refusal is not None:
        kind, code, faults, values = refusal
        raise kind(code, *faults, **values)
    return Incoming(
        tuple([Signed(Statement(*one), tuple([OpeningRow(*row) for row in openings])) for one, openings in items]),
        is_group,
    )


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes | None: ...


def framed(value: object) -> bytes:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(FRAME_BYTES) + data


def _next_frame(stream: _Stream) -> Sequence[bytes] | None:
    head = stream.read(FRAME_BYTES)
    if not head:
        return None
    bodies: list[bytes] = pickle.loads(stream.read(int.from_bytes(head)) or b"")  # noqa: S301  from our own parent alone
    return bodies


def main() -> None:
    """Answer lists of bodies from the socket on standard input, until its other end is gone, however it went."""
    collect_rarely()
    with socket.socket(fileno=sys.stdin.fileno()) as line, line.makefile("rb") as stream:
        while (bodies := _next_frame(stream)) is not None:
            line.sendall(framed(answers_of(bodies)))
