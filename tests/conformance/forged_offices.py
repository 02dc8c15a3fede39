"""Logs in which somebody has, or has not, the offices that a statement needs; each names the first check that must fail.

Built on the worked example: two founders, a third official to whom they give an office, and a hold that officials lift.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.conformance.forged_logs import BATCH, NODE, OFFICIALS, Row, log_rows, sealed_anew

OFFICE, FIRST, SECOND, THIRD = (letter * 22 for letter in "ofst")
FOUNDED, GIVEN, RELEASED = 15, 17, 19
"""Indices: founders named, the office given to the third (whose key is added at 18), the hold lifted by two."""

Change = Callable[[list[Row]], object]


def row(chain: str, kind: str, payload: dict[str, Any], *signers: str, actor: str = NODE) -> Row:
    """A statement on a chain, signed by the keys of these names; received after everything of the example."""
    made = copy.deepcopy(log_rows()[1])
    made["entry"] |= {"chain": chain, "received": "2026-11-25T02:00:00.000Z"}
    made["statement"] = {
        **{name: made["statement"][name] for name in ("origin", "occurred_at")},
        "id": "urn:uuid:0191d5a0-0000-7000-8000-00000000aaaa",
        "chain": chain,
        "kind": kind,
        "actor": actor,
        "payload": payload,
    }
    made["signers"] = list(signers)
    return made


def key_of(name: str) -> dict[str, Any]:
    return {"key": OFFICIALS[name].did, "authenticated": "in person"}


def office_of(party: str, **more: Any) -> dict[str, Any]:
    return {"party": party, "offices": ["verifier"], "authority": FIRST, "region": "341602", "basis": "1", **more}


def named(seq: Any, chain: str = OFFICE) -> dict[str, Any]:
    """How a statement names an entry of the office chain; a bundle's verifier finds it by its place."""
    return {"chain": chain, "seq": seq, "leaf": "00" * 32}


def offices_log() -> list[Row]:
    """The example's ten entries, and eleven of offices behind them: all sound."""
    person = {"name": "示例", "legal_form": "person", "roles": ["regulator"], "region": "341602"}
    lifted = {"hold": {"chain": BATCH, "seq": 0, "leaf": "00" * 32}, "ground": "officials", "reason_text": "复检合格"}
    return [
        *log_rows(),
        row(FIRST, "party_registered", person, "node"),
        row(FIRST, "key_added", key_of("first"), "node"),
        row(SECOND, "party_registered", person, "node"),
        row(SECOND, "key_added", key_of("second"), "node"),
        row(THIRD, "party_registered", person, "node"),
        row(OFFICE, "founders_named", {"parties": [FIRST, SECOND], "region": "341602"}, "node", "first", "second"),
        row(THIRD, "key_added", key_of("planted"), "node"),
        row(OFFICE, "office_given", office_of(THIRD), "first", "second", actor=FIRST),
        row(THIRD, "key_added", key_of("third"), "first", "second", actor=SECOND),
        row(BATCH, "hold_released", lifted, "third", "second", actor=THIRD),
    ]


def forged_offices() -> list[tuple[str, bytes, str | None]]:
    """(what was done, bundle, first check that must fail; None where nothing may)."""
    cases: list[tuple[str, bytes, str | None]] = []

    def add(about: str, failed: str | None, *changes: Change, subject: str = OFFICE) -> None:
        rows = offices_log()
        for change in changes:
            change(rows)
        cases.append((about, sealed_anew(rows, subject), failed))

    def sign(at: int, *signers: str) -> Change:
        return lambda rows: rows[at].update(signers=list(signers))

    def state(at: int, **members: Any) -> Change:
        return lambda rows: rows[at]["statement"].update(members)

    def pay(at: int, **members: Any) -> Change:
        return lambda rows: rows[at]["statement"]["payload"].update(members)

    def insert(at: int, *made: Any, **more: Any) -> Change:
        return lambda rows: rows.insert(at, row(*made, **more))

    def drop(at: int) -> Change:
        return lambda rows: rows.pop(at)

    def seal(at: int) -> Change:
        return lambda rows: rows[at].update(sealed=True)

    def receive(at: int, time: str) -> Change:
        return lambda rows: [one["entry"].update(received=time) for one in rows[at:]]

    stated: list[tuple[int, dict[str, Any]]] = [
        (FOUNDED, {"parties": [FIRST]}),
        (FOUNDED, {"parties": [FIRST, FIRST]}),
        (FOUNDED, {"parties": [FIRST, SECOND, THIRD]}),
        (FOUNDED, {"parties": [FIRST, SECOND, NODE]}),
        (FOUNDED, {"parties": FIRST}),
        (FOUNDED, {"parties": [FIRST, 7]}),
        (FOUNDED, {"region": 7}),
        (GIVEN, {"party": None}),
        (GIVEN, {"party": 7}),
        (GIVEN, {"region": []}),
        (GIVEN, {"until": "2026-1-1"}),
        (GIVEN, {"until": "２０２６-11-25"}),
        (GIVEN, {"until": 2026}),
    ]
    revoked = {"key": OFFICIALS["second"].did, "why": "lost"}
    third_revoked = {"key": OFFICIALS["third"].did, "why": "lost"}
    add("nothing", None)
    add("nothing, and a batch as subject", None, subject=BATCH)
    add("nothing, and an official as subject", None, subject=THIRD)
    add("the founders without the node", "signature", sign(FOUNDED, "first", "second"))
    add("the founders without one of them", "signature", sign(FOUNDED, "node", "first"))
    add("the node alone names the founders", "signature", sign(FOUNDED, "node"))
    add("the founders in custody", "signature", state(FOUNDED, custody="platform", actor=FIRST))
    for at, members in stated:
        add(f"entry {at} says {members}", "signature", pay(at, **members))
    add(
        "founders named a second time",
        "signature",
        insert(GIVEN, OFFICE, "founders_named", {"parties": [FIRST, SECOND]}, "node", "first", "second"),
    )
    add(
        "founders named on a second chain",
        "signature",
        insert(GIVEN, "x" * 22, "founders_named", {"parties": [FIRST, SECOND]}, "node", "first", "second"),
    )
    add("an office given by one founder", "signature", sign(GIVEN, "first"))
    add("an office given by a founder and the node", "signature", sign(GIVEN, "first", "node"))
    add("an office given by a founder and the one who gets it", "signature", sign(GIVEN, "first", "planted"))
    add("an office given by the node alone", "signature", sign(GIVEN, "node"), state(GIVEN, actor=NODE))
    add("an office given by two and the node", None, sign(GIVEN, "node", "first", "second"), state(GIVEN, actor=NODE))
    add(
        "an office given in custody",
        "signature",
        sign(GIVEN, "node", "first", "second"),
        state(GIVEN, custody="platform"),
    )
    add("an office given before there are founders", "signature", lambda rows: rows.insert(FOUNDED, rows.pop(GIVEN)))
    add(
        "an office given on a party's chain",
        "signature",
        insert(GIVEN, FIRST, "office_given", office_of(THIRD), "first", "second", actor=FIRST),
    )
    add("an official's key added by the node alone", "signature", sign(18, "node"), state(18, actor=NODE))
    add("an official's key added by the official alone", "signature", sign(18, "planted"), state(18, actor=THIRD))
    add(
        "an official's key added by one official and the node",
        "signature",
        sign(18, "node", "second"),
        state(18, actor=NODE),
    )
    add(
        "an official's key added by two officials, the node speaking",
        None,
        sign(18, "node", "first", "second"),
        state(18, actor=NODE),
    )
    add("a hold lifted by one official", "signature", sign(RELEASED, "third"))
    add("a hold lifted by one official and the node", "signature", sign(RELEASED, "third", "node"))
    add("a hold lifted by the node alone", "signature", sign(RELEASED, "node"), state(RELEASED, actor=NODE))
    add("a hold lifted by a party and an official", "signature", sign(RELEASED, "third", "party"))
    add(
        "a hold lifted by a rule",
        None,
        sign(RELEASED, "node"),
        state(RELEASED, actor=NODE),
        pay(RELEASED, ground="date"),
    )
    add(
        "a hold lifted by a rule, says the owner",
        "signature",
        sign(RELEASED, "party"),
        state(RELEASED, actor=log_rows()[4]["statement"]["actor"]),
        pay(RELEASED, ground="date"),
    )
    add(
        "a hold lifted in custody",
        "signature",
        sign(RELEASED, "node", "third", "second"),
        state(RELEASED, custody="platform"),
    )
    add(
        "a hold lifted with a key that the node planted before the office",
        "signature",
        sign(RELEASED, "planted", "second"),
    )
    add("a hold lifted with both keys of one official", "signature", sign(RELEASED, "third", "planted"))
    add("a hold lifted by two founders", None, sign(RELEASED, "first", "second"), state(RELEASED, actor=FIRST))
    add(
        "a hold lifted before the third official's key was added",
        "signature",
        lambda rows: rows.insert(18, rows.pop(RELEASED)),
    )
    add("a hold lifted with the key that is revoked after it", None, insert(20, SECOND, "key_revoked", revoked, "node"))
    add(
        "a hold lifted with a key that was revoked before",
        "signature",
        insert(RELEASED, SECOND, "key_revoked", revoked, "node"),
    )
    add(
        "an official's key revoked by another official",
        None,
        insert(20, THIRD, "key_revoked", third_revoked, "first", actor=FIRST),
    )
    add(
        "an official's key revoked by a stranger",
        "signature",
        insert(20, THIRD, "key_revoked", third_revoked, "party", actor=log_rows()[4]["statement"]["actor"]),
    )
    add(
        "an official's key revoked by another official in custody",
        "signature",
        insert(20, THIRD, "key_revoked", third_revoked, "node", "first", actor=FIRST),
        state(20, custody="platform"),
    )
    add(
        "a lost key replaced by two officials",
        None,
        insert(20, SECOND, "key_revoked", revoked, "node"),
        insert(21, SECOND, "key_added", key_of("new"), "first", "third", actor=FIRST),
        insert(22, OFFICE, "office_given", office_of(THIRD), "new", "first", actor=FIRST),
    )
    add(
        "a lost key replaced by the node alone",
        "signature",
        insert(20, SECOND, "key_revoked", revoked, "node"),
        insert(21, SECOND, "key_added", key_of("new"), "node"),
    )
    ended = {"office": named(1), "why": "left", "basis": "9"}
    by_two: dict[str, Any] = {"actor": FIRST}

    def end(at: int, *signers: str, **members: Any) -> Change:
        return insert(at, OFFICE, "office_ended", {**ended, **members}, *(signers or ("first", "second")), **by_two)

    add("an office ended after its holder signed", None, end(20))
    add("a hold lifted by one whose office was ended before", "signature", end(RELEASED))
    add(
        "an office ended by one founder, its holder signing on",
        "signature",
        end(RELEASED, "first"),
    )
    add("an office ended by a founder and the node", "signature", end(20, "first", "node"))
    add("an office ended by the node alone", "signature", end(20, "node"), state(20, actor=NODE))
    add("an office ended by its holder and a founder", None, end(20, "first", "third"))
    add("an office ended in custody", "signature", end(20, "node", "first", "second"), state(20, custody="platform"))
    add("an office ended twice", "signature", end(20), end(21))
    add(
        "an office ended, given anew, and its holder's old key signing",
        None,
        end(RELEASED),
        insert(20, OFFICE, "office_given", office_of(THIRD), "first", "second", **by_two),
    )
    add(
        "the second of two offices ended, the first standing",
        None,
        insert(18, OFFICE, "office_given", office_of(THIRD), "first", "second", **by_two),
        end(19, office=named(2)),
    )
    for wrong in (None, 7, [], "office", named(0), named(2), named(-1), named(True), named("1"), named(1, NODE)):
        add(f"an office ended that is none: {wrong}", "signature", end(20, office=wrong))
    add(
        "an office ended on a party's chain",
        "signature",
        insert(20, FIRST, "office_ended", ended, "first", "second", **by_two),
    )
    add("an office ended, sealed", "chain", end(20), seal(20), subject=BATCH)
    add("an office ended, sealed in the subject", "signature", end(20), seal(20))
    add("an office of no list of roles", "signature", pay(GIVEN, offices="verifier"))
    add("an office of roles that are no texts", "signature", pay(GIVEN, offices=["verifier", 7]))
    add("an office for an authority that is no text", "signature", pay(GIVEN, authority=7))
    table = {
        "table": "competence.csv",
        "version": "1",
        "sha256": "ab" * 32,
        "in_force_from": "2026-11-25",
        "basis": "1",
    }

    def adopt(chain: str, *signers: str, **more: Any) -> Change:
        return insert(20, chain, "tables_adopted", table, *signers, **{**by_two, **more})

    add("a table adopted by two officials", None, adopt(OFFICE, "first", "second"))
    add("a table adopted by the third official and a founder", None, adopt(OFFICE, "first", "third"))
    add("a table adopted by one", "signature", adopt(OFFICE, "first"))
    add("a table adopted by one and the node", "signature", adopt(OFFICE, "first", "node"))
    add("a table adopted by the node", "signature", adopt(OFFICE, "node", actor=NODE))
    add("a table adopted on a party's chain", "signature", adopt(FIRST, "first", "second"))
    add(
        "the last day of an office", None, pay(GIVEN, until="2026-11-25"), receive(RELEASED, "2026-11-25T15:59:59.999Z")
    )
    add(
        "the day after the last of an office",
        "signature",
        pay(GIVEN, until="2026-11-25"),
        receive(RELEASED, "2026-11-25T16:00:00.000Z"),
    )
    add(
        "a key that is added after the last day of an office",
        "signature",
        pay(GIVEN, until="2026-11-24"),
        sign(18, "node"),
        state(18, actor=NODE),
    )
    add("without the founders", "signature", drop(FOUNDED))
    add("a sealed entry in the office chain as subject", "signature", seal(GIVEN))
    add("a sealed entry in the office chain beside a batch", "chain", seal(GIVEN), subject=BATCH)
    return cases
