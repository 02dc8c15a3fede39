"""Which rows could deciding on these statements look at? Named before any of it is decided, and read at once. (pure)"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .acts import NEEDS as RECORDS_NEEDED
from .events import KINDS
from .holds import id_of
from .judging import NEEDS as FACTS_NEEDED
from .ledger.statement import Statement
from .ledger.submission import Submission
from .movements import NEEDS as MOVEMENTS_NEEDED
from .payload import references
from .records import record_id, topic
from .releases import NEEDS as RELEASE_NEEDED

MAY_HOLD = frozenset({"input_use", "harvest", "lab_report", "retest_report", "correction", "hold_released"})
"""Kinds after which a hold may be placed or lifted, which reaches every batch below."""

SAYS_OF_WHOM = frozenset({"lab_report", "retest_report", "correction"})
"""Kinds that may name a sample, on whichever batch: it says of whose goods the report speaks."""


@dataclass
class Wanted:
    """Ids by table, records by topic and by statement, entries by place, unique values by field. `made`: batches of which it
    is asked what was made of them, one step down."""

    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    topics: set[str] = field(default_factory=set)
    statements: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    below: set[str] = field(default_factory=set)
    above: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    entries: set[tuple[str, int]] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    usccs: set[str] = field(default_factory=set)
    offers: set[str] = field(default_factory=set)


def wanted_by(submissions: Iterable[Submission]) -> Wanted:
    """Everything that deciding on these submissions could look at."""
    wanted = Wanted()
    for statement in (item.statement for submission in submissions for item in submission.items):
        _want(wanted, statement, statement.kind, statement.payload)
        wanted.ids["party"].add(statement.actor)
        wanted.ids["key"].update(statement.signers)
        if statement.corrects is not None:
            wanted.statements.add(statement.corrects)
            wanted.whole.add(statement.chain)
        if statement.kind in MAY_HOLD:
            wanted.below.add(statement.chain)
        if statement.kind in ("dispatch", "transfer_offered"):
            wanted.above.add(statement.chain)
        if statement.kind == "hold_released":
            wanted.topics.update(topic(statement.chain, kind) for kind in RELEASE_NEEDED)
            wanted.ids["record"].update(id_of(one) for one in statement.payload.get("evidence", ()))
        if statement.kind in MOVEMENTS_NEEDED:
            wanted.made.add(statement.chain)
        if statement.kind == "transfer_accepted":
            wanted.offers.add(statement.chain)
    return wanted


def _want(wanted: Wanted, statement: Statement, name: str, payload: Mapping[str, Any]) -> None:
    kind = KINDS.get(name)
    if kind is None:
        return
    if kind.chain in ("party", "place", "batch"):
        wanted.ids[kind.chain].add(statement.chain)
    for needed in (FACTS_NEEDED, RECORDS_NEEDED, MOVEMENTS_NEEDED):
        for one in needed.get(name, ()):
            wanted.topics.add(topic(statement.chain, one))
    for reference in references(kind, payload):
        if reference.type == "entry":
            wanted.entries.add((reference.value["chain"], reference.value["seq"]))
            id = record_id(reference.value["chain"], reference.value["seq"])
            wanted.ids["hold"].add(id)
            wanted.ids["flag"].add(id)
            if name in SAYS_OF_WHOM:
                wanted.ids["record"].add(id)
        else:
            wanted.ids[reference.type].add(reference.value)
    if isinstance(key := payload.get("key"), str):
        wanted.ids["key"].add(key)
    if isinstance(code := payload.get("code"), str):
        wanted.codes.add(code)
    if isinstance(uscc := payload.get("uscc"), str):
        wanted.usccs.add(uscc)
