"""Nothing of what is kept aside stands in any byte that a node publishes, before it is settled and afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.app_parts import HARVEST, RETIRED_KEY, World, opening, running_world
from tests.api.page_parts import signed_in
from tests.api.published import fetched

OPERATOR = opening("厉秋收")
OCCURRED = "2026-09-09T17:41:00+08:00"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A demonstration, whose lists of ids are open, so that every address is found."""
    with running_world(tmp_path, "demonstration") as running:
        yield running


def published(world: World) -> bytes:
    return b"".join(fetched(world).values())


def test_before_and_after_it_is_vouched_for(world: World) -> None:
    payload = {**HARVEST, "operator": {"commit": OPERATOR["commit"]}}
    statement = world.statement(1, RETIRED_KEY, payload=payload, occurred_at=OCCURRED)
    world.post("/api/v1/statements", {"statement": statement, "openings": [OPERATOR]}, "coop")
    waits = "/m/aside/" + statement["id"].removeprefix("urn:uuid:")
    clerk = signed_in(world, "coop")
    assert "厉秋收" in clerk.get(waits).text
    secrets = ("厉秋收", OPERATOR["commit"], OPERATOR["salt"], statement["proof"][0]["proofValue"])

    before = published(world)
    clerk.post(waits, {"do": "vouch"})
    after = published(world)

    assert [one for one in (*secrets, statement["id"], OCCURRED) if one.encode() in before] == []
    assert [one for one in secrets if one.encode() in after] == []
    assert OCCURRED.encode() in after  # the record itself is public, as one of a form would be
