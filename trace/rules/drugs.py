"""Gate G03 for animals: was this drug lawful on food animals on this day? (pure)

兽药管理条例 art. 39; 农业农村部公告第250号 and the notices that stopped single drugs.
"""

from collections.abc import Iterator
from datetime import date

from ..reference.inputs import Ban, input_products, veterinary_bans
from ..reference.limits import Limit, food_limits
from ..reference.substances import Substance, find_substance, normal_name
from .pesticides import GATE
from .verdict import Finding, Outcome, Reason, Verdict, conclude

_ASK = ("officer-checks-source",)
BANNED = Reason("drug-banned", Outcome.BLOCK, ("report-to-officials", "correct-if-mistaken"))
BANNED_UNVERIFIED = Reason("drug-banned-unverified", Outcome.WARN, _ASK)
PURPOSE_UNCLEAR = Reason("drug-purpose-unclear", Outcome.WARN, ("state-the-purpose",))
LAYING_UNVERIFIED = Reason("not-in-laying-period", Outcome.WARN, _ASK)
DRUG_UNKNOWN = Reason("drug-unknown", Outcome.WARN, ("check-substance-name",))
BAN_COMES_LATER = Reason("drug-ban-comes-later", Outcome.PASS)
REASONS = (BANNED, BANNED_UNVERIFIED, PURPOSE_UNCLEAR, LAYING_UNVERIFIED, DRUG_UNKNOWN, BAN_COMES_LATER)

_GROWTH_ONLY = "not for growth promotion"
_COLISTIN = "黏菌素"


def drug_lawful(active: str, used_on: date, *, is_laying: bool = False) -> Verdict:
    """Judge the use of one drug on food animals. `is_laying`: the hens lay eggs for food."""
    return conclude(GATE, _judge(active, used_on, is_laying))


def _judge(active: str, on: date, is_laying: bool) -> Iterator[Finding]:
    substance = find_substance(active)
    bans = [row for row in veterinary_bans() if _names(row, active, substance)]
    laying = [row for row in food_limits() if _bars_laying(row, substance)]
    if not bans and not _is_known(substance):
        yield Finding(DRUG_UNKNOWN)
    for ban in bans:
        yield from _judge_ban(ban, on)
    for row in laying if is_laying else ():
        if row.days.holds_on(on):
            yield Finding(LAYING_UNVERIFIED, (row.citation,), f"L-VET 39; {row.edition}")


def _judge_ban(ban: Ban, on: date) -> Iterator[Finding]:
    article = f"L-VET 39; {ban.basis}"
    if not ban.days.holds_on(on):
        yield Finding(BAN_COMES_LATER, (ban.citation,))
    elif not ban.citation.is_firm:
        yield Finding(BANNED_UNVERIFIED, (ban.citation,), article)
    elif ban.banned_on == _GROWTH_ONLY:
        yield Finding(PURPOSE_UNCLEAR, (ban.citation,), article)
    else:
        yield Finding(BANNED, (ban.citation,), article)


def _names(ban: Ban, active: str, substance: Substance | None) -> bool:
    if substance is not None and substance.key in ban.substances:
        return True
    return _COLISTIN in ban.name_zh and _COLISTIN in normal_name(active)


def _is_known(substance: Substance | None) -> bool:
    """Whether the tables speak of it as a drug: with a withdrawal time, or with a residue limit."""
    drugs = (row.substances for row in input_products() if row.kind == "veterinary")
    limited = (row.substances for row in food_limits() if row.edition.startswith("GB 31650"))
    return substance is not None and any(substance.key in keys for keys in (*drugs, *limited))


def _bars_laying(row: Limit, substance: Substance | None) -> bool:
    return row.kind == "not allowed in laying period" and substance is not None and substance.key in row.substances
