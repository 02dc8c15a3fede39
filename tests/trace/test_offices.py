"""Who may make an official, who may act as one, and does the audit find what a node forges with its own key alone?"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from trace.audit_meaning import TraceMeaning
from trace.bundles import chain_bundle
from trace.domain import Trace
from trace.ledger.audit import AuditResult, audit
from trace.ledger.bundle import verify_bundle
from trace.ledger.canonical import encode
from trace.ledger.errors import Conflict, DomainError, Forbidden, Invalid
from trace.ledger.keys import PrivateKey, parse_vkey
from trace.ledger.sqlite import reading
from trace.ledger.statement import parse_statement
from trace.ledger.submission import Decision, Signed, Submission
from trace.offices import two_officials
from trace.places import is_covered
from trace.queries import list_offices
from trace.rebuild import compare
from trace.state import State
from trace.tables import metadata

from .control_parts import FAR as FAR_OFFICIAL
from .control_parts import FIRST as ONE
from .control_parts import GROWER, Control, control, sprayed
from .control_parts import KEYS as CONTROL_KEYS
from .control_parts import OFFICE as CONTROL_OFFICE
from .control_parts import SECOND as OTHER
from .ledger.ledger_parts import NODE, NODE_CHAIN, ORIGIN, VKEY, OpenHouse, Running, running
from .told_season import (
    COOP,
    COOP_KEY,
    FIELD,
    FIRST,
    FIRST_KEY,
    OFFICE,
    SECOND,
    SECOND_KEY,
    THIRD,
    THIRD_KEY,
    key_of,
    kg,
    office,
    party,
    said,
)

FAR = "r" * 22
FAR_KEY, NEW_KEY, PLANTED_KEY = (PrivateKey.from_seed(bytes([n]) * 32) for n in (31, 32, 33))
BY_NODE: dict[str, Any] = {"actor": NODE_CHAIN, "key": NODE}
BY_TWO: dict[str, Any] = {"actor": FIRST, "key": FIRST_KEY, "beside": (SECOND_KEY,)}
PERSON = party("示例监管人员", "person", "regulator")
FOUNDERS = {"parties": [FIRST, SECOND], "region": "341600"}
REGISTERED = [
    said(1, NODE_CHAIN, "genesis", {"key": NODE.did, "vkey": VKEY}, **BY_NODE),
    said(2, COOP, "party_registered", party("示例合作社", "co-op", "grower"), **BY_NODE),
    said(3, COOP, "key_added", key_of(COOP_KEY), **BY_NODE),
    said(4, FIRST, "party_registered", PERSON, **BY_NODE),
    said(5, FIRST, "key_added", key_of(FIRST_KEY), **BY_NODE),
    said(6, SECOND, "party_registered", PERSON, **BY_NODE),
    said(7, SECOND, "key_added", key_of(SECOND_KEY), **BY_NODE),
    said(8, THIRD, "party_registered", PERSON, **BY_NODE),
    said(9, FAR, "party_registered", party("示例监管人员", "person", "regulator", region="340100"), **BY_NODE),
]
NAMED = said(10, OFFICE, "founders_named", FOUNDERS, **BY_NODE, beside=(FIRST_KEY, SECOND_KEY))
GIVEN = said(11, OFFICE, "office_given", office(THIRD, until="2026-09-10"), **BY_TWO)
KEYED = said(12, THIRD, "key_added", key_of(THIRD_KEY), **BY_TWO)
SOUND = [*REGISTERED, NAMED, GIVEN, KEYED]
"""Twelve sound entries; what a test says comes at index 12. The third official's office ends on the day of this log."""


def appended(node: Running, *statements: Signed) -> None:
    for one in statements:
        node.append(Submission((one,)))


def refusal(folder: Path, before: list[Signed], statement: Signed) -> DomainError:
    with running(folder, domain=Trace(None), projections=metadata) as node:
        appended(node, *before)
        with pytest.raises(DomainError) as refused:
            node.append(Submission((statement,)))
    return refused.value


def audited(folder: Path, *statements: Signed) -> AuditResult:
    """The audit of a log that a node without scruples wrote: it lets everything in."""
    with running(folder, domain=OpenHouse()) as node:
        appended(node, *statements)
    with reading(folder / "suxin.db") as reads:
        return audit(reads, ORIGIN, [parse_vkey(VKEY)], TraceMeaning(reads))


# ---- the honest way --------------------------------------------------------------------------------------------------


def test_founders_give_an_office_and_vouch_for_its_holders_key(tmp_path: Path) -> None:
    with running(tmp_path, domain=Trace(None), projections=metadata) as node:
        appended(node, *SOUND)
        # From now on the third and a founder are two office holders as well.
        appended(node, said(13, OFFICE, "office_given", office(FAR), actor=THIRD, key=THIRD_KEY, beside=(FIRST_KEY,)))
    with reading(tmp_path / "suxin.db") as reads:
        rows = [(row["party"], row["region"], row["until"], row["given"]) for row in list_offices(reads.connection)]
        differences = compare(reads)
        found = audit(reads, ORIGIN, [parse_vkey(VKEY)], TraceMeaning(reads))

    assert rows == [
        (FIRST, "341600", None, 9),
        (SECOND, "341600", None, 9),
        (THIRD, "341602", "2026-09-10", 10),
        (FAR, "341602", "2029-12-31", 12),
    ]
    assert differences == []
    assert found == AuditResult(True, 13)


def test_a_lost_key_is_revoked_and_replaced_and_what_it_signed_stands(tmp_path: Path) -> None:
    lost = {"key": THIRD_KEY.did, "why": "lost"}
    with running(tmp_path, domain=Trace(None), projections=metadata) as node:
        appended(
            node,
            *SOUND,
            said(13, OFFICE, "office_given", office(FAR), THIRD, THIRD_KEY, (FIRST_KEY,)),
            said(14, THIRD, "key_revoked", lost, actor=FIRST, key=FIRST_KEY),
            said(15, THIRD, "key_added", key_of(NEW_KEY), **BY_TWO),
            said(16, OFFICE, "office_given", office(FAR), THIRD, NEW_KEY, (FIRST_KEY,)),
        )
        with pytest.raises(Conflict) as refused:
            appended(node, said(17, OFFICE, "office_given", office(FAR), THIRD, THIRD_KEY, (FIRST_KEY,)))
    with reading(tmp_path / "suxin.db") as reads:
        found = audit(reads, ORIGIN, [parse_vkey(VKEY)], TraceMeaning(reads))

    assert refused.value.code == "key-revoked"
    assert found == AuditResult(True, 16)


def test_a_bundle_of_an_official_carries_the_office_chain_and_holds(tmp_path: Path) -> None:
    with running(tmp_path, domain=Trace(None), projections=metadata) as node:
        appended(node, *SOUND[:-1])
        node.append(Submission((KEYED,), wait_proof=True))
        published = node.log.published
        with reading(tmp_path / "suxin.db") as reads:
            made = {one: chain_bundle(reads, ORIGIN, published, NODE_CHAIN, one) for one in (THIRD, COOP, OFFICE)}

    carried = {name: [one["chain"] for one in bundle["chains"]] for name, bundle in made.items()}  # type: ignore[union-attr, index, call-overload]
    assert set(carried[THIRD]) == {THIRD, FIRST, SECOND, OFFICE, NODE_CHAIN}
    assert carried[COOP] == [COOP, NODE_CHAIN]
    assert set(carried[OFFICE]) == {OFFICE, FIRST, SECOND, NODE_CHAIN}
    for bundle in made.values():
        assert verify_bundle(orjson.dumps(bundle), [parse_vkey(VKEY)]).failed is None


# ---- what is refused -------------------------------------------------------------------------------------------------

TWO_FOUNDERS = {"beside": (FIRST_KEY, SECOND_KEY)}
FORGED: list[tuple[str, list[Signed], Callable[[], Signed], str]] = [
    (
        "the node names founders alone",
        REGISTERED,
        lambda: said(50, OFFICE, "founders_named", FOUNDERS, **BY_NODE),
        "founder-proof-missing",
    ),
    (
        "one founder has not signed",
        REGISTERED,
        lambda: said(50, OFFICE, "founders_named", FOUNDERS, **BY_NODE, beside=(FIRST_KEY,)),
        "founder-proof-missing",
    ),
    (
        "the founders without the node",
        REGISTERED,
        lambda: said(50, OFFICE, "founders_named", FOUNDERS, **BY_TWO),
        "founder-proof-missing",
    ),
    (
        "one founder",
        REGISTERED,
        lambda: said(50, OFFICE, "founders_named", {"parties": [FIRST]}, **BY_NODE, **TWO_FOUNDERS),
        "too-few-founders",
    ),
    (
        "one founder named twice",
        REGISTERED,
        lambda: said(50, OFFICE, "founders_named", {"parties": [FIRST, FIRST]}, **BY_NODE, **TWO_FOUNDERS),
        "too-few-founders",
    ),
    (
        "founders named again",
        SOUND,
        lambda: said(50, "x" * 22, "founders_named", FOUNDERS, **BY_NODE, **TWO_FOUNDERS),
        "founders-named-already",
    ),
    (
        "an office given by the node alone",
        SOUND,
        lambda: said(50, OFFICE, "office_given", office(COOP), **BY_NODE),
        "second-official-missing",
    ),
    (
        "an office given by one official and the node",
        SOUND,
        lambda: said(50, OFFICE, "office_given", office(COOP), **BY_NODE, beside=(FIRST_KEY,)),
        "second-official-missing",
    ),
    (
        "an office given in custody",
        SOUND,
        lambda: said(
            50, OFFICE, "office_given", office(COOP), FIRST, NODE, (FIRST_KEY, SECOND_KEY), custody="platform"
        ),
        "second-official-missing",
    ),
    (
        "an office given by an official and a co-op",
        SOUND,
        lambda: said(50, OFFICE, "office_given", office(COOP), FIRST, FIRST_KEY, (COOP_KEY,)),
        "second-official-missing",
    ),
    (
        "an office elsewhere than the givers' own",
        SOUND,
        lambda: said(50, OFFICE, "office_given", office(FAR, region="340100"), **BY_TWO),
        "second-official-missing",
    ),
    (
        "an office wider than one giver's own",
        SOUND,
        lambda: said(50, OFFICE, "office_given", office(FAR, region="341600"), THIRD, THIRD_KEY, (FIRST_KEY,)),
        "second-official-missing",
    ),
    (
        "an official's key added by the node",
        SOUND,
        lambda: said(50, THIRD, "key_added", key_of(NEW_KEY), **BY_NODE),
        "second-official-missing",
    ),
    (
        "an official's key added by the official alone",
        SOUND,
        lambda: said(50, THIRD, "key_added", key_of(NEW_KEY), THIRD, THIRD_KEY),
        "second-official-missing",
    ),
    (
        "an official's key added by one official and the node",
        SOUND,
        lambda: said(50, THIRD, "key_added", key_of(NEW_KEY), **BY_NODE, beside=(FIRST_KEY,)),
        "second-official-missing",
    ),
    (
        "a co-op's key revoked by an official",
        SOUND,
        lambda: said(50, COOP, "key_revoked", {"key": COOP_KEY.did, "why": "other"}, FIRST, FIRST_KEY),
        "not-your-act",
    ),
    (
        "an official's key revoked by a co-op",
        SOUND,
        lambda: said(50, THIRD, "key_revoked", {"key": THIRD_KEY.did, "why": "other"}, COOP, COOP_KEY),
        "not-your-act",
    ),
    (
        "a key that the node planted before the office",
        [*REGISTERED, said(20, THIRD, "key_added", key_of(PLANTED_KEY), **BY_NODE), NAMED, GIVEN],
        lambda: said(50, OFFICE, "office_given", office(COOP), THIRD, PLANTED_KEY, (FIRST_KEY,)),
        "second-official-missing",
    ),
    (
        "a founder's second key that the node planted",
        [*REGISTERED, said(20, SECOND, "key_added", key_of(PLANTED_KEY), **BY_NODE), NAMED],
        lambda: said(50, OFFICE, "office_given", office(COOP), SECOND, PLANTED_KEY, (FIRST_KEY,)),
        "second-official-missing",
    ),
]


@pytest.mark.parametrize(("about", "before", "forged", "code"), FORGED)
def test_what_makes_nobody_an_official_is_refused(
    tmp_path: Path, about: str, before: list[Signed], forged: Callable[[], Signed], code: str
) -> None:
    assert refusal(tmp_path, before, forged()).code == code


@pytest.mark.parametrize(("about", "before", "forged", "code"), FORGED)
def test_the_audit_finds_it_in_the_log_of_a_node_that_lets_it_in(
    tmp_path: Path, about: str, before: list[Signed], forged: Callable[[], Signed], code: str
) -> None:
    found = audited(tmp_path, *before, forged())

    assert (found.ok, found.first_bad_index, found.check) == (False, len(before), "key"), found.detail


def test_an_old_proof_under_other_words_is_found(tmp_path: Path) -> None:
    """The node takes the two proofs of a real appointment and writes another name above them."""
    document = orjson.loads(GIVEN.statement.data)
    document |= {"id": "urn:uuid:00000000-0000-4000-8000-000000000050"}
    document["payload"]["party"] = COOP
    found = audited(tmp_path, *SOUND, Signed(parse_statement(encode(document)), GIVEN.openings))

    assert (found.first_bad_index, found.check) == (12, "signature")


def test_a_revoked_key_gives_no_office(tmp_path: Path) -> None:
    revoked = said(13, SECOND, "key_revoked", {"key": SECOND_KEY.did, "why": "stolen"}, **BY_NODE)
    given = said(50, OFFICE, "office_given", office(COOP), **BY_TWO)

    assert refusal(tmp_path, [*SOUND, revoked], given).code == "key-revoked"
    (tmp_path / "forged").mkdir()
    found = audited(tmp_path / "forged", *SOUND, revoked, given)
    assert (found.first_bad_index, found.check) == (13, "key")


# ---- two officials, as those ask who lift a hold ---------------------------------------------------------------------

OFFICIALS: dict[str, tuple[str, str | None, str | None]] = {
    FIRST: (FIRST_KEY.did, "341602", None),
    SECOND: (SECOND_KEY.did, "341600", None),
    THIRD: (THIRD_KEY.did, "341603", None),
    FAR: (FAR_KEY.did, "341602", "2026-09-10"),
}
LAST_MOMENT, DAY_AFTER = datetime(2026, 9, 10, 15, 59, 59, tzinfo=UTC), datetime(2026, 9, 10, 16, tzinfo=UTC)


@pytest.fixture
def state() -> State:
    found = State(node=(NODE_CHAIN, NODE.did))
    for given, (official, (did, region, until)) in enumerate(OFFICIALS.items()):
        row = {"id": f"{given}/{official}", "chain": OFFICE, "party": official, "region": region, "until": until}
        found.add_office(row)
        found.put("key", did, {"id": did, "party": official, "added": 1, "revoked": None, "office": 2})
    return found


def asked(state: State, *keys: PrivateKey, now: datetime = LAST_MOMENT, **more: str) -> str | None:
    """The refusal's code, or None, of a statement about something in 341602 that these keys signed."""
    statement = said(60, COOP, "key_revoked", {"key": COOP_KEY.did, "why": "other"}, FIRST, keys[0], keys[1:], **more)
    try:
        two_officials(state, statement.statement, 9, "341602", now)
    except Forbidden as refused:
        return refused.code
    return None


def test_two_officials_of_the_region_or_of_one_around_it(state: State) -> None:
    assert asked(state, FIRST_KEY, SECOND_KEY) is None
    assert asked(state, FIRST_KEY, THIRD_KEY) == "second-official-missing"  # an official of the next district
    assert asked(state, SECOND_KEY, THIRD_KEY) == "second-official-missing"


def test_an_office_lasts_to_the_end_of_its_last_day_in_shanghai(state: State) -> None:
    assert asked(state, FIRST_KEY, FAR_KEY, now=LAST_MOMENT) is None
    assert asked(state, FIRST_KEY, FAR_KEY, now=DAY_AFTER) == "second-official-missing"


def test_one_official_with_two_keys_is_one(state: State) -> None:
    state.put("key", NEW_KEY.did, {"id": NEW_KEY.did, "party": FIRST, "added": 3, "revoked": None, "office": 3})

    assert asked(state, FIRST_KEY, NEW_KEY) == "second-official-missing"


def test_no_official_acts_in_custody(state: State) -> None:
    assert asked(state, FIRST_KEY, SECOND_KEY, NODE, custody="platform") == "second-official-missing"


@pytest.mark.parametrize(
    "changed", [{"revoked": 8}, {"office": None}, {"office": 9}], ids=["revoked", "made by the node", "not yet"]
)
def test_a_key_that_does_not_speak_for_an_office_is_no_second_one(state: State, changed: dict[str, Any]) -> None:
    state.put("key", SECOND_KEY.did, {**state.rows["key", SECOND_KEY.did], **changed})

    assert asked(state, FIRST_KEY, SECOND_KEY) == "second-official-missing"


@pytest.mark.parametrize(
    ("office_region", "region", "covered"),
    [
        ("341602", "341602", True),
        ("341600", "341602", True),
        ("340000", "341602", True),
        (None, "341602", True),
        ("341602", "341602101", True),
        ("341602101", "341602101", True),
        ("341602101", "341602", False),
        ("341602", "341600", False),
        ("341602", "341603", False),
        ("341602", None, False),
        ("341700", "341602", False),
        ("000000", "341602", False),
        (None, None, True),
    ],
)
def test_an_office_reaches_into_what_lies_in_its_region(
    office_region: str | None, region: str | None, covered: bool
) -> None:
    assert is_covered(office_region, region) is covered


def test_a_wrong_chain_for_an_office_is_named(tmp_path: Path) -> None:
    given = said(50, COOP, "office_given", office(THIRD), **BY_TWO)

    refused = refusal(tmp_path, SOUND, given)

    assert (type(refused), refused.code) == (Invalid, "wrong-chain")


# ---- a hold that the node lifts in the names of others ---------------------------------------------------------------

TOWN_OFFICIAL = {"party": FAR_OFFICIAL, "offices": ["verifier"], "authority": ONE, "region": "341602101", "basis": "1"}


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Control]:
    """A batch of 341602 that is held, two officials there, and one whose office is a single town of it."""
    with control(tmp_path) as world:
        by_two: dict[str, Any] = {"actor": ONE, "beside": (CONTROL_KEYS[OTHER],)}
        world.say(CONTROL_OFFICE, "office_given", TOWN_OFFICIAL, **by_two)
        added = {"key": CONTROL_KEYS[FAR_OFFICIAL].did, "authenticated": "in person"}
        world.say(FAR_OFFICIAL, "key_added", added, **by_two)
        world.open(FIELD)
        world.say(FIELD, "harvest", {"quantity": kg("800")}, at="2026-09-01T08:00:00+08:00")
        world.say(FIELD, "input_use", sprayed("2026-08-10"))
        yield world


LIFTED_BY: list[tuple[str, dict[str, Any], str]] = [
    ("one official", {"keys": (CONTROL_KEYS[ONE],)}, "key"),
    ("one official and the node", {"keys": (CONTROL_KEYS[ONE], NODE)}, "key"),
    ("the node alone", {"actor": NODE_CHAIN, "keys": (NODE,)}, "key"),
    ("custody", {"keys": (NODE, CONTROL_KEYS[ONE], CONTROL_KEYS[OTHER]), "custody": "platform"}, "key"),
    ("an official of one town", {"keys": (CONTROL_KEYS[ONE], CONTROL_KEYS[FAR_OFFICIAL])}, "key"),
    ("an official and the owner", {"keys": (CONTROL_KEYS[ONE], CONTROL_KEYS[GROWER])}, "key"),
]


@pytest.mark.parametrize(("about", "signed", "check"), LIFTED_BY)
def test_a_hold_that_fewer_than_two_officials_of_its_region_lift(
    held: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, about: str, signed: dict[str, Any], check: str
) -> None:
    with pytest.raises(Forbidden):
        held.lift(FIELD, **{"beside": (), **signed})
    monkeypatch.setattr(Trace, "decide", lambda *_: Decision())
    forged = held.lift(FIELD, **{"beside": (), **signed})

    found = held.check(tmp_path)

    assert (found.ok, found.first_bad_index, found.check) == (False, forged.index, check), found.detail


def test_a_hold_that_two_officials_lifted_without_a_report_is_found_by_the_audit(
    held: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trace, "decide", lambda *_: Decision())
    forged = held.lift(FIELD, evidence=[], actor=ONE, beside=(CONTROL_KEYS[OTHER],))

    found = held.check(tmp_path)

    assert (found.ok, found.first_bad_index, found.check) == (False, forged.index, "procedure"), found.detail
    assert "release-without-evidence" in found.detail


def test_a_hold_that_two_officials_of_its_region_lift(held: Control, tmp_path: Path) -> None:
    held.lift(FIELD, actor=ONE, beside=(CONTROL_KEYS[OTHER],))

    assert held.held() == set()
    assert held.check(tmp_path).ok
