"""How long a browser stays signed in: every limit to the second, with a clock that nobody else moves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.auth.db import Sessions, valid_tokens
from api.auth.policy import ROLES
from api.auth.sessions import (
    ABSOLUTE,
    IDLE,
    Session,
    SignedIn,
    cookie_name,
    is_secret,
    new_secret,
    secret_hash,
)
from api.auth.tokens import TOKEN_LIFE, token_hash
from api.db import Operational, metadata
from trace.ledger.sqlite import operational_engine

START = datetime(2026, 9, 10, 4, 0, tzinfo=UTC)
PARTY = "coop-1234567890123456"
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIELD, OFFICE = ["member", "laboratory"], ["official", "auditor", "administrator"]


@dataclass
class Clock:
    at: datetime = START

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Office:
    """ops.db with its clock, and the sessions in it."""

    path: Path
    clock: Clock
    operational: Operational
    sessions: Sessions

    def add_token(self, name: str, role: str = "member", life: timedelta = 400 * DAY, **more: bytes) -> bytes:
        hashed = token_hash(name)
        self.operational.add_token(hashed, role, PARTY, "341602", self.clock() + life, **more)
        return hashed

    def begin(self, role: str = "member", life: timedelta = 400 * DAY, secret: str = "first") -> Session:
        hashed = self.add_token(f"token of {secret}", role, life)
        self.sessions.start(secret_hash(secret), hashed)
        return self.found(secret)

    def found(self, secret: str = "first") -> Session:
        session = self.sessions.find(secret_hash(secret))
        assert session is not None
        return session

    def is_open_at(self, moment: timedelta, secret: str = "first") -> bool:
        self.clock.at = START + moment
        return self.found(secret).is_open(self.clock())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    path, clock = tmp_path / "ops.db", Clock()
    engine = operational_engine(path)
    metadata.create_all(engine)
    operational = Operational(path, clock)
    yield Office(path, clock, operational, Sessions(operational))
    engine.dispose()
    operational.engine.dispose()


# ---- how long --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "limit"), [(FIELD, timedelta(days=30)), (OFFICE, timedelta(minutes=30))], ids=["field", "office"]
)
def test_a_session_that_is_not_used_ends(office: Office, roles: list[str], limit: timedelta) -> None:
    for role in roles:
        office.clock.at = START
        office.begin(role, secret=role)

        assert office.is_open_at(limit - SECOND, role)
        assert not office.is_open_at(limit, role)


@pytest.mark.parametrize(
    ("roles", "limit", "step"),
    [(FIELD, timedelta(days=90), 10 * DAY), (OFFICE, timedelta(hours=12), 20 * MINUTE)],
    ids=["field", "office"],
)
def test_a_session_that_is_used_ends_at_last(
    office: Office, roles: list[str], limit: timedelta, step: timedelta
) -> None:
    for role in roles:
        office.clock.at = START
        session = office.begin(role, secret=role)
        while office.clock.at + step < START + limit:
            office.clock.at += step
            office.sessions.note_use(session.hash)

        assert office.is_open_at(limit - SECOND, role)
        assert not office.is_open_at(limit, role)


def test_each_use_begins_the_idle_time_anew(office: Office) -> None:
    session = office.begin("official")
    office.clock.at = START + 20 * MINUTE
    office.sessions.note_use(session.hash)

    assert office.is_open_at(50 * MINUTE - SECOND)
    assert not office.is_open_at(50 * MINUTE)


def test_a_session_does_not_outlive_its_token(office: Office) -> None:
    session = office.begin(life=2 * DAY)

    assert session.ends_at == START + 2 * DAY
    assert office.is_open_at(2 * DAY - SECOND)
    assert not office.is_open_at(2 * DAY)


def test_a_revoked_token_ends_its_sessions_at_once(office: Office) -> None:
    session = office.begin()
    before = office.is_open_at(MINUTE)

    office.operational.revoke_token(session.token.hash)

    assert before
    assert not office.is_open_at(MINUTE)


def test_every_role_has_its_limits() -> None:
    assert IDLE.keys() == ABSOLUTE.keys() == TOKEN_LIFE.keys() == ROLES.keys()
    assert all(IDLE[role] < ABSOLUTE[role] <= TOKEN_LIFE[role] for role in IDLE)


# ---- listed and ended ------------------------------------------------------------------------------------------------


def test_an_ended_session_stays_ended(office: Office) -> None:
    office.begin()

    office.sessions.end(secret_hash("first"))

    assert not office.is_open_at(timedelta(0))
    assert office.found().ended_at == START


def test_the_open_sessions_of_a_token_are_listed_newest_first(office: Office) -> None:
    token = office.add_token("shared")
    for minute, secret in enumerate(["a", "b", "c"]):
        office.clock.at = START + minute * MINUTE
        office.sessions.start(secret_hash(secret), token)
    office.begin(secret="somebody else")
    office.sessions.end(secret_hash("b"))

    listed = office.sessions.open_of(token)

    assert [one.hash for one in listed] == [secret_hash("c"), secret_hash("a")]
    assert listed[1].created_at == listed[1].last_seen_at == START


def test_one_session_is_ended_by_the_name_it_is_shown_under(office: Office) -> None:
    token = office.add_token("shared")
    for secret in ("a", "b"):
        office.sessions.start(secret_hash(secret), token)

    assert office.sessions.end_named(token, secret_hash("a").hex()[:16])

    assert [one.hash for one in office.sessions.open_of(token)] == [secret_hash("b")]
    assert not office.sessions.end_named(token, secret_hash("a").hex()[:16])


def test_nobody_ends_the_session_of_another_token(office: Office) -> None:
    mine, theirs = office.begin(secret="mine"), office.begin(secret="theirs")

    assert not office.sessions.end_named(mine.token.hash, theirs.id)
    assert office.sessions.end_others(mine.token.hash, mine.hash) == 0

    assert office.is_open_at(timedelta(0), "theirs")


def test_all_others_end_and_this_one_stays(office: Office) -> None:
    token = office.add_token("shared")
    for secret in ("a", "b", "c"):
        office.sessions.start(secret_hash(secret), token)

    ended = office.sessions.end_others(token, secret_hash("b"))

    assert ended == 2
    assert [one.hash for one in office.sessions.open_of(token)] == [secret_hash("b")]


def test_sessions_of_last_year_are_forgotten_when_somebody_signs_in(office: Office) -> None:
    office.begin(secret="old")
    office.clock.at = START + 91 * DAY
    office.begin(secret="kept")

    office.clock.at = START + 91 * DAY + SECOND
    office.begin(secret="new")

    assert office.sessions.find(secret_hash("old")) is None
    assert office.found("kept").created_at == START + 91 * DAY


# ---- what rests and what is carried ----------------------------------------------------------------------------------


def test_the_secret_rests_as_a_hash_alone(office: Office) -> None:
    secret = new_secret(lambda size: bytes(range(size)))
    office.begin(secret=secret)

    with closing(sqlite3.connect(office.path)) as connection:
        (row,) = connection.execute("SELECT hash, token FROM session").fetchall()
    assert row == (secret_hash(secret), token_hash(f"token of {secret}"))
    assert secret.encode() not in office.path.read_bytes()
    assert SignedIn(office.found(secret), secret).form_token.encode() not in office.path.read_bytes()


def test_a_secret_has_256_random_bits_in_43_characters() -> None:
    asked: list[int] = []

    def random_bytes(size: int) -> bytes:
        asked.append(size)
        return bytes(range(size))

    # The same bytes as in RFC 4648's alphabet for URLs, unpadded.
    assert new_secret(random_bytes) == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    assert asked == [32]


@pytest.mark.parametrize(
    ("text", "is_ours"), [("A" * 43, True), ("A" * 42, False), ("A" * 44, False), ("A" * 42 + "=", False), ("", False)]
)
def test_what_cannot_be_a_secret_is_not_looked_up(text: str, is_ours: bool) -> None:
    assert is_secret(text) is is_ours


def test_a_form_token_belongs_to_one_session(office: Office) -> None:
    session = office.begin()
    one, other = SignedIn(session, "A" * 43), SignedIn(session, "B" * 43)

    # HMAC-SHA256 over "suxin form" under 43 times A, by openssl: openssl dgst -sha256 -hmac
    assert one.form_token == "3FKOW3doeZPPsoAOZMWGUjkoyLKF1l5Mb1-TR2U4SVc"
    assert one.sent(one.form_token)
    assert not one.sent(other.form_token)
    assert not one.sent("")
    assert not one.sent("量")


def test_a_session_s_caller_is_its_token_s_and_says_that_it_was_a_browser(office: Office) -> None:
    session = office.begin("official")

    caller = SignedIn(session, "A" * 43).caller

    assert (caller.role, caller.party, caller.region) == ("official", PARTY, "341602")
    assert caller.account == f"session:{token_hash('token of first').hex()[:16]}"


@pytest.mark.parametrize(
    ("public_url", "host", "name"),
    [
        ("https://suxin.example", "suxin.example", "__Host-sx"),
        ("https://suxin.example", "127.0.0.1:8000", "__Host-sx"),
        ("http://localhost:8000", "localhost:8000", "__Host-sx"),
        ("http://localhost:8000", "[::1]:8000", "__Host-sx"),
        ("http://192.168.1.5:8000", "localhost:8000", "__Host-sx"),
        ("http://192.168.1.5:8000", "192.168.1.5:8000", "sx"),
        ("http://suxin.example", "suxin.example", "sx"),
        ("http://suxin.example", "localhost.suxin.example", "sx"),
    ],
)
def test_the_cookie_is_bound_to_its_host_wherever_browsers_let_it(public_url: str, host: str, name: str) -> None:
    assert cookie_name(public_url, host) == name


# ---- tokens of a party -----------------------------------------------------------------------------------------------


def test_the_tokens_that_open_a_party_are_those_of_its_own_roles_while_they_are_valid(office: Office) -> None:
    issuer = office.add_token("official", "official")
    office.add_token("short", life=DAY)
    revoked = office.add_token("revoked")
    office.operational.revoke_token(revoked)
    office.clock.at = START + DAY
    laboratory = office.add_token("laboratory", "laboratory", issued_by=issuer)

    found = valid_tokens(office.operational, PARTY)

    assert [(one.token.hash, one.issued_by, one.created_at) for one in found] == [(laboratory, issuer, START + DAY)]
    assert valid_tokens(office.operational, "other-1234567890123456") == []
