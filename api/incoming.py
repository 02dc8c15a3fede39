"""Which statements does this body hold, and do their proofs hold? Read and checked whole, before anything is queued.

`main` does this for another process, which hands it bodies: the checks of a statement cost about as much as everything
else that is done with it, and so they take the second core.
"""

import pickle
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from api.body import fields, json_of
from api.collecting import collect_rarely
from api.compose import received_statement
from trace.ledger.errors import DomainError, FieldFault, Invalid
from trace.ledger.submission import Signed

MAX_GROUP = 1_000
FRAME_BYTES = 4  # big-endian length before each pickle


@dataclass(frozen=True)
class Incoming:
    """One statement, or a group that enters all or none."""

    items: tuple[Signed, ...]
    is_group: bool


def read_incoming(body: bytes) -> Incoming:
    """Raises `Unreadable`, `Invalid` and `TooLarge`, pointing into the body."""
    found = json_of(body)
    if "group" not in found:
        fields(found, required={"statement": dict}, optional={"openings": list})
        return Incoming((received_statement(found["statement"], found.get("openings", [])),), False)
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


Answer = tuple[Incoming, None] | tuple[None, tuple[type[DomainError], str, tuple[FieldFault, ...], dict[str, object]]]
"""What one body came to, as it is pickled: an exception itself does not come through with its values."""


def answer_of(body: bytes) -> Answer:
    try:
        return read_incoming(body), None
    except DomainError as error:
        return None, (type(error), error.code, error.faults, error.values)


def opened(answer: Answer) -> Incoming:
    """The statements; raises what `read_incoming` raised."""
    found, refusal = answer
    if refusal is not None:
        kind, code, faults, values = refusal
        raise kind(code, *faults, **values)
    assert found is not None
    return found


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
            line.sendall(framed([answer_of(body) for body in bodies]))
