"""Which law does a table cite, which of its articles, and did anybody read it? (pure)"""

import re
from dataclasses import dataclass

MEMORY, PROPOSAL = "M", "proposal"
"""What stands in the place of a law where none was read, and where the rule is ours."""

_NO_LAW_HERE = frozenset(
    {
        *(MEMORY, PROPOSAL, "P-SAMR44R", "P-SHINV44", "P-NANCHONG", "P-FIN15"),
        *("L-ZJCRED", "L-SHCRED", "L-ZJAPQS", "P-HEBEI", "P-LD", "P-YRDCRED"),
    }
)
"""No law in force here: memory, our own proposals, drafts, copies and reports of practice, rules of other provinces, plans."""

_CITED = re.compile(
    r"(?P<source>[LP]-[A-Z]+[0-9]*[A-Z]?(?:-[A-Z])?)(?: arts?)?(?P<articles>(?: [0-9()-]+)*)(?P<like> by analogy| as model)?"
    r"(?: \((?:arts? (?P<inside>[0-9 -]+), )?(?P<note>[A-Za-z][^()]*)\))?"
)
_ITEMS = re.compile(r"(?P<article>[0-9]+)\((?P<first>[0-9]+)\)(?:-\((?P<last>[0-9]+)\))?")


@dataclass(frozen=True)
class Article:
    """One article, or a run of them (`last`); `items`: the numbered items of it that are meant, first and last."""

    first: str
    last: str | None = None
    items: tuple[str, str] | None = None


@dataclass(frozen=True)
class Cited:
    """One source. `is_firm`: its text was read and is in force here; every other one is shown as unverified (待核)."""

    source: str
    articles: tuple[Article, ...]
    by_analogy: bool
    from_memory: bool = False

    @property
    def is_firm(self) -> bool:
        return self.source not in _NO_LAW_HERE and not self.by_analogy and not self.from_memory


def parse_cited(law: str) -> tuple[Cited, ...]:
    """`L-PEN 44 62; P-NDRC36 art 3; M` in parts; a page of a source (`P-NDRC36-B`) counts as that source, once.

    ValueError for a part that cites nothing.
    """
    found: dict[str, Cited] = {}
    for part in law.split(";"):
        one = find_cited(part.strip())
        if one is None:
            raise ValueError(part.strip())
        known = found.get(one.source)
        both = one if known is None else Cited(one.source, (*known.articles, *one.articles), one.by_analogy)
        found[one.source] = both
    return tuple(found.values())


def find_cited(text: str) -> Cited | None:
    """One part of a citation; None where it names no source by its key, as a standard or an announcement."""
    if text in (MEMORY, PROPOSAL):
        return Cited(text, (), by_analogy=False)
    found = _CITED.fullmatch(text)
    if found is None:
        return None
    source = re.sub("-[A-Z]$", "", found["source"]) if found["source"].startswith("P-") else found["source"]
    tokens = f"{found['articles']} {found['inside'] or ''}".split()
    articles = [_article(token) for token in tokens]
    if not all(articles):
        return None
    return Cited(
        source,
        tuple(one for one in articles if one),
        by_analogy=found["like"] is not None,
        from_memory=found["note"] == MEMORY,
    )


def _article(token: str) -> Article | None:
    if (items := _ITEMS.fullmatch(token)) is not None:
        return Article(items["article"], items=(items["first"], items["last"] or items["first"]))
    first, _, last = token.partition("-")
    return Article(first, last or None) if first.isdigit() and (last.isdigit() or not last) else None
