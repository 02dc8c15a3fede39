"""A few statements are checked in threads, a crowd in a process beside: with the same answers, whatever becomes of it."""

import asyncio
import os
import pickle
import signal
from typing import Any

import orjson
import pytest

from api.incoming import FRAME_BYTES, MAX_GROUP, Incoming, answer_of, framed, opened, read_incoming
from api.verifying import A_CROWD, Verifier
from trace.ledger.canonical import b64url_encode, commit
from trace.ledger.errors import DomainError, Invalid, Unreadable
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import signed_statement

KEY = PrivateKey.from_seed(bytes([41]) * 32)


FIELDS: dict[str, Any] = {
    "origin": "log.example/test",
    "chain": "b" * 22,
    "kind": "store_in",
    "actor": "p" * 22,
    "occurred_at": "2026-09-10T08:06:00+08:00",
    "payload": {"township": "十河镇"},
}


def body_of(number: int) -> bytes:
    fields = {"id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}", **FIELDS}
    return b'{"statement":' + signed_statement(fields, [KEY], "2026-09-10T00:06:00Z") + b"}"


FORGED = body_of(1).replace("十河镇".encode(), "十九里镇".encode())
NO_JSON = b"{"
CROWD = [body_of(number) for number in range(A_CROWD)]


async def asked(verifier: Verifier, *bodies: bytes) -> list[Incoming | BaseException]:
    return await asyncio.gather(*(verifier.read(body) for body in bodies), return_exceptions=True)


async def crowded(verifier: Verifier) -> int:
    """Bring the process up; its id."""
    await asked(verifier, *CROWD)
    await asyncio.wait_for(asyncio.shield(verifier._starting), 120)  # type: ignore[arg-type]
    assert verifier._process is not None
    return verifier._process.pid


def test_the_process_answers_as_the_function_does() -> None:
    async def run() -> None:
        verifier = Verifier()
        pid = await crowded(verifier)
        found = await asked(verifier, body_of(7), FORGED, NO_JSON, body_of(8))
        assert verifier._process is not None
        assert verifier._process.poll() is None
        await verifier.stop()

        assert pid != os.getpid()
        assert [one.items[0].statement.id[-2:] for one in found if isinstance(one, Incoming)] == ["07", "08"]
        assert isinstance(found[1], Invalid)
        assert (found[1].code, found[1].faults[0].pointer) == ("bad-signature", "/statement/proof/0")
        assert isinstance(found[2], Unreadable)
        assert found[2].code == "syntax"

    asyncio.run(run())


def test_a_lone_statement_starts_no_process() -> None:
    async def run() -> None:
        verifier = Verifier()
        assert isinstance((await asked(verifier, body_of(1)))[0], Incoming)
        assert verifier._process is None
        await verifier.stop()

    asyncio.run(run())


def test_statements_under_way_in_a_process_that_dies_are_checked_here() -> None:
    async def run() -> None:
        verifier = Verifier()
        os.kill(await crowded(verifier), signal.SIGSTOP)  # it takes what is sent, and answers nothing
        asking = asyncio.create_task(asked(verifier, *CROWD, FORGED))
        await asyncio.sleep(0.05)
        assert not asking.done()
        assert verifier._process is not None
        verifier._process.kill()
        found = await asyncio.wait_for(asking, 120)
        later = await asked(verifier, body_of(9))
        await verifier.stop()

        assert [type(one) for one in found] == [Incoming] * A_CROWD + [Invalid]
        assert isinstance(later[0], Incoming)

    asyncio.run(run())


def test_stopping_leaves_no_process_behind() -> None:
    async def run() -> int:
        verifier = Verifier()
        pid = await crowded(verifier)
        await verifier.stop()
        return pid

    pid = asyncio.run(run())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_comes_through_a_pickle_is_what_was_read() -> None:
    operator = {"commit": commit(bytes(32), "厉秋收"), "salt": b64url_encode(bytes(32)), "value": "厉秋收"}
    quantity = {"value": "1250.5", "unit": "kg"}
    payload = {"quantity": quantity, "area_mu": "3.2", "operator": {"commit": operator["commit"]}}
    harvest = {**FIELDS, "id": "urn:uuid:00000000-0000-4000-8000-000000000002", "kind": "harvest", "payload": payload}
    signed = orjson.loads(signed_statement(harvest, [KEY], "2026-09-10T00:06:00Z"))
    body = orjson.dumps({"group": [orjson.loads(body_of(1)), {"statement": signed, "openings": [operator]}]})

    found = opened(pickle.loads(framed(answer_of(body))[FRAME_BYTES:]))  # noqa: S301  our own

    assert found == read_incoming(body)
    assert found.is_group
    assert [one.value.decode() for one in found.items[1].openings] == ['"厉秋收"']


@pytest.mark.parametrize("size", [0, MAX_GROUP + 1])
def test_a_group_has_one_to_a_thousand_statements(size: int) -> None:
    body = orjson.dumps({"group": [{}] * size})

    with pytest.raises(DomainError) as refused:
        opened(answer_of(body))
    assert (refused.value.code, refused.value.faults[0].pointer) == ("group-size", "/group")


def test_a_group_points_to_the_member_at_fault() -> None:
    one = orjson.loads(body_of(1))

    with pytest.raises(Invalid) as refused:
        read_incoming(orjson.dumps({"group": [one, {**one, "more": 1}]}))
    assert (refused.value.code, refused.value.faults[0].pointer) == ("unknown-field", "/group/1/more")
