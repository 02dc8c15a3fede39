"""May this record be said anew, and what then counts? Both versions stay in the log; rules judge the last one. (pure)

农产品质量安全法 art. 27 bars forged records, not mended ones. Alone within a day while no act relied on it; later with a
second person beside.
"""

from datetime import datetime, timedelta
from typing import Any

from .events import KINDS, Nature
from .ledger.canonical import encode
from .ledger.entry import Entry
from .ledger.errors import FieldFault, Forbidden, Invalid
from .ledger.sealing import time_received
from .ledger.statement import Statement
from .offices import officials_beside, region_of_batch
from .records import asked_of, records_of, said
from .state import Row, State
from .whose_goods import goods_of, names_sample

ALONE = timedelta(hours=24)
RELYING = ("dispatch", "transfer_offered", "transfer_accepted", "market_admission", "batch_split")
"""Acts that rest on what the batch's records said when they were done."""


def check_said_of_another(kind: str, corrects: str | None, reason: str | None) -> None:
    """A correction names the record that it says anew, and why; no other kind does: nobody would heed it, and a harvest that
    restates another would be a second one. Raises `Invalid` (missing-field, not-a-correction)."""
    for name, text in (("corrects", corrects), ("reason", reason)):
        if kind == "correction" and text is None:
            raise Invalid("missing-field", FieldFault(f"/{name}", "missing-field"))
        if kind != "correction" and text is not None:
            raise Invalid("not-a-correction", FieldFault(f"/{name}", "not-a-correction"))


def judge_correction(state: State, statement: Statement, index: int, now: datetime) -> None:
    """By whom it was said, of a fact that still counts."""
    row = _target(state, statement)
    if row is None:
        raise Invalid("bad-reference", FieldFault("/corrects", "bad-reference"))
    if row["actor"] != statement.actor:
        raise Forbidden("not-your-act")
    if KINDS[row["kind"]].nature is not Nature.FACT or row["kind"] == "correction":
        raise Invalid("not-correctable", FieldFault("/corrects", "not-correctable"))
    _check_payload(row, statement)
    if needs_second_person(state, row, now) and not _has_second_person(state, statement, index, now):
        raise Forbidden("second-person-missing", FieldFault("/proof", "second-person-missing"))


def needs_second_person(state: State, row: Row, now: datetime) -> bool:
    """Whether this record can no longer be said anew by its party alone. The state knows the batch whole, and what was made
    of it."""
    is_late = now - datetime.fromisoformat(row["received"]) > ALONE
    return is_late or _is_relied_on(state, row)


def _check_payload(row: Row, statement: Statement) -> None:
    payload = statement.payload
    restated, is_void = payload.get("restated"), payload.get("did_not_occur", False)
    if (restated is None) == (not is_void):
        raise Invalid("this-or-that", FieldFault("/payload", "this-or-that"))
    if restated is None:
        return
    if restated["kind"] != row["kind"]:
        raise Invalid("not-the-same-kind", FieldFault("/payload/restated/kind", "not-the-same-kind"))


def _is_relied_on(state: State, row: Row) -> bool:
    """Whether an act on this batch, or a batch made of it, came after this record."""
    acts = records_of(state, row["chain"], RELYING)
    children = (state.rows["batch", child] for child in state.children.get(row["chain"], ()))
    return any(one["index"] > row["index"] for one in (*acts, *children))


def _has_second_person(state: State, statement: Statement, index: int, now: datetime) -> bool:
    """Another person of that party, by a second key of its own, else an official of the region, by theirs (ledger §8). The
    node's key, under custody, stands for the party and is nobody's; a neighbour's says nothing."""
    keys = (state.find("key", signer) for signer in statement.signers)
    own = [row for row in keys if row is not None and row["party"] == statement.actor]
    if len(own) >= (1 if statement.custody else 2):
        return True
    region = region_of_batch(state, statement.chain)
    return bool(officials_beside(state, statement, index, time_received(now, ""), [region]))


def _target(state: State, statement: Statement) -> Row | None:
    row = state.find("record", state.statements.get(statement.corrects or "", ""))
    return row if row is not None and row["chain"] == statement.chain and not row["is_void"] else None


def apply_correction(state: State, entry: Entry, statement: Statement) -> tuple[Row, Row] | None:
    """Put the restated event in the place of the first one: the row before and after. None: it names nothing here."""
    before = _target(state, statement)
    if before is None:
        return None
    restated: Any = statement.payload.get("restated")
    if restated is None:
        after: Row = {**before, "is_void": True}
    else:
        after = {
            **before,
            "payload": encode(restated["payload"]).decode(),
            "occurred_at": restated["occurred_at"],
            "asked_of": asked_of(before["kind"], before["actor"], restated["payload"]),
            "goods_of": goods_of(state, before, restated["payload"]),
        }
    state.change_record(after)
    if after["kind"] == "sample_taken":
        _tell_reports(state, after)
    return before, after


def _tell_reports(state: State, sample: Row) -> None:
    """The reports on this batch speak of whom their sample was drawn from, as that is known now."""
    for report in list(records_of(state, sample["chain"], ("lab_report",))):
        payload = said(report)
        if names_sample(payload, sample):
            state.change_record({**report, "goods_of": goods_of(state, report, payload)})
