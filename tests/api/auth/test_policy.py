"""Who may do what with whose things: every cell written out by hand, none taken from the table."""

from typing import get_args

import pytest

from api.auth.policy import ANYONE, POLICY, ROLES, Caller, Relation, Role, is_within, may, may_ever
from trace.places import region_prefix

COOP, OTHER, LAB = "coop-1234567890123456", "other-1234567890123456", "lab-12345678901234567"

CALLERS = {
    "anyone": ANYONE,
    "member": Caller("member", COOP, None, "token:01"),
    "laboratory": Caller("laboratory", LAB, None, "token:02"),
    "official": Caller("official", None, "341602", "token:03"),
    "auditor": Caller("auditor", None, None, "token:04"),
    "administrator": Caller("administrator", None, None, "token:05"),
}
# Whose thing it is, as a route asks. The co-op sits in 谯城区, the other party in another district of the province.
THINGS: dict[str, dict[str, str | None]] = {
    "all things": {},
    "the co-op's": {"party": COOP, "region": "341602"},
    "the laboratory's": {"party": LAB, "region": "341602"},
    "another's, same region": {"party": OTHER, "region": "341602"},
    "another's, elsewhere": {"party": OTHER, "region": "341221"},
    "a stranger's": {"party": OTHER, "region": None},
}
# One letter a thing, in the order above: y may, n may not.
EXPECTED = {
    "public.read": {
        "anyone": "yyyyyy",
        "member": "yyyyyy",
        "laboratory": "yyyyyy",
        "official": "yyyyyy",
        "auditor": "yyyyyy",
        "administrator": "yyyyyy",
    },
    "parties.list": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnynnn",
        "official": "nyyynn",
        "auditor": "yyyyyy",
        "administrator": "yyyyyy",
    },
    "places.list": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnynnn",
        "official": "nyyynn",
        "auditor": "yyyyyy",
        "administrator": "nnnnnn",
    },
    "batches.list": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnynnn",
        "official": "nyyynn",
        "auditor": "yyyyyy",
        "administrator": "nnnnnn",
    },
    "sealed.read": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnynnn",
        "official": "nyyynn",
        "auditor": "yyyyyy",
        "administrator": "nnnnnn",
    },
    "parties.create": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnnnnn",
        "official": "yyyyyy",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "keys.change": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnnnnn",
        "official": "nyyynn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "places.create": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnnnnn",
        "official": "nyyynn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "batches.create": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnnnnn",
        "official": "nyyynn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "events.create": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnynnn",
        "official": "nnnnnn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "statements.create": {
        "anyone": "nnnnnn",
        "member": "yyyyyy",
        "laboratory": "yyyyyy",
        "official": "yyyyyy",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "session.start": {
        "anyone": "yyyyyy",
        "member": "yyyyyy",
        "laboratory": "yyyyyy",
        "official": "yyyyyy",
        "auditor": "yyyyyy",
        "administrator": "yyyyyy",
    },
    "session.own": {
        "anyone": "nnnnnn",
        "member": "yyyyyy",
        "laboratory": "yyyyyy",
        "official": "yyyyyy",
        "auditor": "yyyyyy",
        "administrator": "yyyyyy",
    },
    "lab.report": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnynnn",
        "official": "nnnnnn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "gate.decide": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnnnnn",
        "official": "nnnnnn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "desk.read": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnnnnn",
        "official": "nyyynn",
        "auditor": "yyyyyy",
        "administrator": "nnnnnn",
    },
    "desk.lift": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnnnnn",
        "official": "nyyynn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "desk.vouch": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnnnnn",
        "official": "nyyynn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "cases.read": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnnnnn",
        "official": "nyyynn",
        "auditor": "yyyyyy",
        "administrator": "nnnnnn",
    },
    "cases.act": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnnnnn",
        "official": "nyyynn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "office.keys": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnnnnn",
        "official": "yyyyyy",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "office.sign": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnnnnn",
        "official": "yyyyyy",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "tokens.issue": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnnnnn",
        "official": "nyyynn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "own.read": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnnnnn",
        "official": "nnnnnn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "own.record": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnnnnn",
        "official": "nnnnnn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
    "documents.read": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnynnn",
        "official": "nyyynn",
        "auditor": "yyyyyy",
        "administrator": "nnnnnn",
    },
    "ledger.audit": {
        "anyone": "nnnnnn",
        "member": "nnnnnn",
        "laboratory": "nnnnnn",
        "official": "yyyyyy",
        "auditor": "yyyyyy",
        "administrator": "yyyyyy",
    },
    "files.read": {
        "anyone": "nnnnnn",
        "member": "nynnnn",
        "laboratory": "nnynnn",
        "official": "nyyynn",
        "auditor": "nnnnnn",
        "administrator": "nnnnnn",
    },
}
# What the guard can say before anything is looked up: a role that never may is sent away at the door.
AT_THE_DOOR = {
    "public.read": {"anyone", "member", "laboratory", "official", "auditor", "administrator"},
    "parties.list": {"anyone", "member", "laboratory", "official", "auditor", "administrator"},
    "places.list": {"anyone", "member", "laboratory", "official", "auditor"},
    "batches.list": {"anyone", "member", "laboratory", "official", "auditor"},
    "sealed.read": {"member", "laboratory", "official", "auditor"},
    "parties.create": {"official"},
    "keys.change": {"official"},
    "places.create": {"member", "official"},
    "batches.create": {"member", "official"},
    "events.create": {"member", "laboratory"},
    "statements.create": {"member", "laboratory", "official"},
    "session.start": {"anyone", "member", "laboratory", "official", "auditor", "administrator"},
    "session.own": {"member", "laboratory", "official", "auditor", "administrator"},
    "lab.report": {"laboratory"},
    "gate.decide": {"member"},
    "desk.read": {"official", "auditor"},
    "desk.lift": {"official"},
    "desk.vouch": {"official"},
    "cases.read": {"official", "auditor"},
    "cases.act": {"official"},
    "office.keys": {"official"},
    "office.sign": {"official"},
    "tokens.issue": {"member", "official"},
    "own.read": {"member"},
    "own.record": {"member"},
    "ledger.audit": {"official", "auditor", "administrator"},
    "files.read": {"member", "laboratory", "official"},
    "documents.read": {"member", "laboratory", "official", "auditor"},
}
CELLS = [
    (action, role, thing, letter == "y")
    for action, roles in EXPECTED.items()
    for role, letters in roles.items()
    for thing, letter in zip(THINGS, letters, strict=True)
]


@pytest.mark.parametrize(("action", "role", "thing", "granted"), CELLS)
def test_each_cell_of_the_policy(action: str, role: str, thing: str, granted: bool) -> None:
    assert may(CALLERS[role], action, **THINGS[thing]) is granted


@pytest.mark.parametrize("action", AT_THE_DOOR)
def test_each_door(action: str) -> None:
    assert {role for role, caller in CALLERS.items() if may_ever(caller, action)} == AT_THE_DOOR[action]


def test_no_action_and_no_role_is_left_out_of_these_tables() -> None:
    assert POLICY.keys() == EXPECTED.keys() == AT_THE_DOOR.keys()
    assert set(get_args(Role)) == CALLERS.keys() == {"anyone", *ROLES}
    assert all(roles.keys() == CALLERS.keys() for roles in EXPECTED.values())
    assert {relation for roles in POLICY.values() for relation in roles.values()} == set(get_args(Relation))


@pytest.mark.parametrize("action", ["parties.list", "places.list", "batches.list"])
def test_lists_are_open_on_a_demonstration_log_alone(action: str) -> None:
    assert may(ANYONE, action, demonstration=True)
    assert not may(ANYONE, action, party=COOP, region="341602")


def test_a_demonstration_opens_nothing_else() -> None:
    opened = [action for action in POLICY if may(ANYONE, action, demonstration=True)]

    assert opened == ["public.read", "parties.list", "places.list", "batches.list", "session.start"]


def test_a_member_without_a_party_owns_nothing() -> None:
    assert not may(Caller("member", None, None, "token:06"), "batches.create", party=None)


def test_an_action_without_a_line_is_a_mistake_in_the_program() -> None:
    with pytest.raises(KeyError):
        may(ANYONE, "batches.destroy")


@pytest.mark.parametrize(
    ("region", "office", "inside"),
    [
        ("341602", "341602", True),
        ("341602", "341600", True),
        ("341602", "340000", True),
        ("341600", "341600", True),
        ("341621", "341602", False),
        ("341600", "341602", False),
        ("341221", "341600", False),
        ("310115", "340000", False),
        ("342001", "342000", True),
        ("342101", "342000", False),
        (None, "340000", False),
        ("341602", None, False),
        ("", "340000", False),
        ("34160", "340000", False),
        ("341602101", "341602", False),
        ("341602", "000000", False),
        ("341602", "", False),
        ("341602", "34", False),
        ("341602", "３４１６０２", False),
    ],
)
def test_a_region_lies_in_its_county_city_and_province(region: str | None, office: str | None, inside: bool) -> None:
    assert is_within(region, office) is inside


@pytest.mark.parametrize(
    ("region", "prefix"),
    [
        ("340000", "34"),
        ("341600", "3416"),
        ("341602", "341602"),
        ("341620", "341620"),
        ("000000", None),
        ("3416", None),
    ],
)
def test_the_prefix_of_a_region_ends_at_its_level(region: str, prefix: str | None) -> None:
    assert region_prefix(region) == prefix
