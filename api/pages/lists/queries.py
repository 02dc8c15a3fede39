"""Which lines has a list, how many of each sort, and which stand on this page? The SQL of the desk's lists.

A list is a table of lines, each with an `index` of its own, and for each facet the pairs of line and value: a party has
several roles, a batch several reasons to be held, so that a column would not do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    distinct,
    func,
    literal,
    or_,
    select,
    union_all,
)

from credit.tables import case as _cases
from trace.events import KINDS
from trace.fieldtype import Choice, ListOf
from trace.ledger.tables import entry, statement
from trace.state import Row
from trace.tables import batch, flag, hold, party


@dataclass(frozen=True)
class Lines:
    """The lines of a list; `facets`: for each name, pairs of a line's `index` and a `value` that it has."""

    table: Subquery
    facets: Mapping[str, Subquery]


@dataclass(frozen=True)
class Cut:
    """What a list is narrowed to: by facet, the value wanted; and the lines that a search found, None where nobody
    searched."""

    chosen: Mapping[str, str]
    found: ColumnElement[bool] | None = None

    def without(self, name: str) -> "Cut":
        """The same, one facet less; the search, where the name is none of a facet."""
        if name not in self.chosen:
            return Cut(self.chosen)
        return Cut({key: value for key, value in self.chosen.items() if key != name}, self.found)


def party_lines(region: str) -> Lines:
    """The parties whose region begins so."""
    table = select(party, func.coalesce(party.c.township, "").label("town")).where(_in_region(region)).subquery("lines")
    roles = union_all(
        *(
            select(table.c.index, literal(role).label("value")).where((" " + table.c.roles + " ").contains(f" {role} "))
            for role in _roles()
        )
    )
    facets = {name: _column(table, column) for name, column in (("form", "legal_form"), ("town", "town"))}
    return Lines(table, {"role": roles.subquery("roles"), **facets})


def _roles() -> tuple[str, ...]:
    match KINDS["party_registered"].fields["roles"].type:
        case ListOf(item=Choice(values)):
            return tuple(values)
    raise TypeError("the roles of a party are no closed list")


def batch_lines(region: str, *, only_held: bool) -> Lines:
    """The batches whose owner's region begins so. `since`: the log index at which the oldest open hold was placed."""
    standing = select(hold.c.batch, func.min(hold.c.index).label("since")).where(hold.c.released.is_(None))
    held = standing.group_by(hold.c.batch).subquery("held")
    rows = select(batch, held.c.since).join(held, held.c.batch == batch.c.id, isouter=not only_held)
    table = rows.where(_owned_in(region)).subquery("lines")
    pairs = select(table.c.index, hold.c.reason.label("value")).join(hold, hold.c.batch == table.c.id)
    facets = {"why": pairs.where(hold.c.released.is_(None)).subquery("whys")} if only_held else {}
    columns = {name: _column(table, column) for name, column in (("goods", "product"), ("town", "township"))}
    return Lines(table, {**facets, "stage": _column(table, "stage"), **columns})


def flag_lines(region: str) -> Lines:
    """The open questions about batches whose owner's region begins so."""
    answered = case((flag.c.answered.is_(None), "no"), else_="yes").label("answered_yet")
    about = (batch.c.product, batch.c.township, batch.c.owner, batch.c.code, answered)
    rows = select(flag, *about).join(batch, batch.c.id == flag.c.batch)
    table = rows.where(flag.c.is_open, _owned_in(region)).subquery("lines")
    named = (("state", "answered_yet"), ("about", "reason"), ("goods", "product"), ("town", "township"))
    return Lines(table, {name: _column(table, column) for name, column in named})


@dataclass(frozen=True)
class Waits:
    """What no row of a case knows, by its log index: which are late now, which wait for the reader, and by the end of what
    they wait for (a text that sorts by time) those that have one."""

    late: Iterable[int]
    mine: Iterable[int]
    over: Mapping[str, Iterable[int]]


_NEVER = "~"
"""Sorts behind every day: nothing is due."""


def case_lines(region: str, waits: Waits) -> Lines:
    """The cases whose region begins so. `over`: when the time of what they wait for ends; those late come first by that."""
    index = _cases.c.index
    is_late = case((index.in_(_literals(waits.late)), "yes"), else_="no").label("late")
    is_mine = case((index.in_(_literals(waits.mine)), "yes"), else_="no").label("mine")
    ends = [(index.in_(_literals(rows)), end) for end, rows in waits.over.items()]
    over = (case(*ends, else_=_NEVER) if ends else literal(_NEVER)).label("over")
    name = func.coalesce(party.c.name, _NEVER).label("party_name")
    rows = select(_cases.c.id, *_cases.c["procedure", "subject", "authority", "region", "target", "state", "kind"])
    wanted = rows.add_columns(_cases.c.progress, _cases.c.opened, index, is_late, is_mine, over, name)
    joined = wanted.join(party, party.c.id == _cases.c.subject)
    table = joined.where(_cases.c.region.startswith(region, autoescape=True)).subquery("lines")
    named = (
        ("case_kind", "kind"),
        ("procedure", "procedure"),
        ("case_state", "state"),
        ("late", "late"),
        ("mine",) * 2,
    )
    return Lines(table, {name: _column(table, column) for name, column in named})


def _in_region(region: str) -> ColumnElement[bool]:
    return party.c.region.startswith(region, autoescape=True)


def _owned_in(region: str) -> ColumnElement[bool]:
    return batch.c.owner.in_(select(party.c.id).where(_in_region(region)))


def _column(table: Subquery, column: str) -> Subquery:
    return select(table.c.index, table.c[column].label("value")).subquery(f"{column}_of")


def lines_page(
    connection: Connection,
    lines: Lines,
    cut: Cut,
    sort: str,
    *,
    down: bool,
    after: tuple[Any, int] | None,
    limit: int,
) -> list[Row]:
    """Lines in the order of a column, those of one value in the order of the log, from behind (`sort` value, index)."""
    key, index = lines.table.c[sort], lines.table.c.index
    query = _narrowed(select(lines.table), lines, cut)
    if after is not None:
        value, at = after
        beyond = key < value if down else key > value
        query = query.where(or_(beyond, and_(key == value, index < at if down else index > at)))
    order = (key.desc(), index.desc()) if down else (key, index)
    return [dict(row) for row in connection.execute(query.order_by(*order).limit(limit)).mappings()]


def count_lines(connection: Connection, lines: Lines, cut: Cut) -> int:
    """How many lines a cut leaves."""
    found: int = connection.execute(_narrowed(select(func.count()).select_from(lines.table), lines, cut)).scalar_one()
    return found


def facet_counts(connection: Connection, lines: Lines, name: str, cut: Cut) -> dict[str, int]:
    """How many lines each value of a facet has, those first that have the most; the cut's own choice of it left out."""
    pairs, others = lines.facets[name], Cut({one: text for one, text in cut.chosen.items() if one != name}, cut.found)
    count = func.count(distinct(pairs.c.index)).label("found")
    query = select(pairs.c.value, count).where(pairs.c.index.in_(_narrowed(select(lines.table.c.index), lines, others)))
    rows = connection.execute(query.group_by(pairs.c.value).order_by(count.desc(), pairs.c.value))
    return {row.value: row.found for row in rows}


def _narrowed(query: Select[Any], lines: Lines, cut: Cut) -> Select[Any]:
    for name, value in cut.chosen.items():
        pairs = lines.facets[name]
        query = query.where(lines.table.c.index.in_(select(pairs.c.index).where(pairs.c.value == value)))
    return query if cut.found is None else query.where(cut.found)


def named_parties(connection: Connection, region: str) -> list[Row]:
    """What a search of parties looks at: index, id, name (None: of a natural person, not public), code, township."""
    query = select(party.c.index, party.c.id, party.c.name, party.c.uscc, party.c.township).where(_in_region(region))
    return [dict(row) for row in connection.execute(query).mappings()]


def registrations(connection: Connection, region: str) -> dict[str, bytes]:
    """By party, the statement that registered it: of the natural persons of the region, whose names it commits to."""
    persons = select(party.c.id).where(_in_region(region), party.c.name.is_(None))
    query = select(entry.c.chain, statement.c.bytes).join(statement, statement.c.index == entry.c.index)
    rows = connection.execute(query.where(entry.c.chain.in_(persons), entry.c.seq == 0))
    return {row.chain: row.bytes for row in rows}


def found_parties(lines: Lines, indices: Iterable[int]) -> ColumnElement[bool]:
    """The parties with these log indices. As literals: a district has more parties than a statement takes parameters."""
    return lines.table.c.index.in_(_literals(indices))


def found_subjects(lines: Lines, indices: Iterable[int]) -> ColumnElement[bool]:
    """The cases of the parties with these log indices."""
    return lines.table.c.subject.in_(select(party.c.id).where(party.c.index.in_(_literals(indices))))


def found_goods(
    lines: Lines, *, owners: Iterable[int], products: Iterable[str], townships: Iterable[str], code: str
) -> ColumnElement[bool]:
    """Lines of these owners (by log index), products or townships, or with this text in the label's code."""
    owned = select(party.c.id).where(party.c.index.in_(_literals(owners)))
    return or_(
        lines.table.c.owner.in_(owned),
        lines.table.c.product.in_(list(products)),
        lines.table.c.township.in_(list(townships)),
        lines.table.c.code.contains(code, autoescape=True),
    )


def townships_of(connection: Connection, lines: Lines) -> list[str]:
    """Every township that the lines name."""
    return list(connection.scalars(select(lines.table.c.township).distinct()))


def _literals(indices: Iterable[int]) -> Any:
    return bindparam(None, sorted(indices), expanding=True, literal_execute=True)
