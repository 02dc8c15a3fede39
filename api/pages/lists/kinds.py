"""Which lists does the desk have, by what can each be narrowed and sorted, and what is a value called?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from api.pages.names import names
from api.pages.scan_words import Words
from trace.places import HOME_REGION

Word = Callable[[Words, str], Markup]


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of the lines by a column; `down`: the greatest first."""

    column: str
    down: bool = False


@dataclass(frozen=True, slots=True)
class ListKind:
    """One list. `name` stands in its cursors; `facets` and `sorts` by the name that they have in the address, the first
    sort being the one of a list that nobody sorted; `kept`: what the address says beside them."""

    name: str
    path: str
    facets: tuple[str, ...]
    sorts: Mapping[str, Sort]
    kept: tuple[tuple[str, str], ...] = ()


_NEWEST, _OLDEST = Sort("index", down=True), Sort("index")

PARTY_LIST = ListKind(
    "parties",
    "/desk/parties",
    ("role", "form", "town"),
    MappingProxyType({"oldest": _OLDEST, "newest": _NEWEST, "town": Sort("town")}),
)
HELD_LIST = ListKind(
    "held",
    "/desk/batches",
    ("why", "goods", "town", "stage"),
    MappingProxyType({"since": Sort("since"), "lately": Sort("since", down=True), "town": Sort("township")}),
)
BATCH_LIST = ListKind(
    "batches",
    "/desk/batches",
    ("stage", "goods", "town"),
    MappingProxyType({"newest": _NEWEST, "oldest": _OLDEST, "town": Sort("township")}),
    (("show", "all"),),
)
FLAG_LIST = ListKind(
    "flags",
    "/desk/flags",
    ("state", "about", "goods", "town"),
    MappingProxyType({"oldest": _OLDEST, "newest": _NEWEST, "town": Sort("township")}),
)

CASE_LIST = ListKind(
    "cases",
    "/desk/cases",
    ("mine", "late", "case_kind", "procedure", "case_state"),
    MappingProxyType(
        {
            "due": Sort("over"),
            "newest": _NEWEST,
            "oldest": _OLDEST,
            "party": Sort("party_name"),
            "procedure": Sort("procedure"),
            "state": Sort("state"),
        }
    ),
)


def _town(words: Words, value: str) -> Markup:
    return words.township(HOME_REGION, value) if value else words.html("list.no_town")


def _goods(words: Words, value: str) -> Markup:
    known = names().products.get(value)
    return Markup("{}").format(words.product_name(known)) if known else words.quoted(value)


def _about(words: Words, value: str) -> Markup:
    """In the desk's words, where it has its own for this question."""
    own = words.word("desk.reason", value)
    return (words.word("rule.reason", value) if own == words.quoted(value) else own).rstrip("。.")


VALUE_WORDS: Mapping[str, Word] = MappingProxyType(
    {
        "role": lambda words, value: words.word("value.roles", value),
        "form": lambda words, value: words.word("value.legal_form", value),
        "town": _town,
        "goods": _goods,
        "stage": lambda words, value: words.word("kind", value),
        "why": lambda words, value: words.word("rule.reason", value).rstrip("。."),
        "about": _about,
        "procedure": lambda words, value: words.word("case.procedure", value),
        "case_kind": lambda words, value: words.word("case.kind", value),
        "case_state": lambda words, value: words.word("case.state", value),
        "late": lambda words, value: words.word("list.late", value),
        "mine": lambda words, value: words.word("list.mine", value),
        "state": lambda words, value: words.word("list.state", value),
    }
)
"""What the value of a facet is called, by the facet's name."""
