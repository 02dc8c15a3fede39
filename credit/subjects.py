"""What kind of subject is this, in the words of the credit tables? (pure)

The tables speak of 企业, 农户, 农资店; a registration has a legal form and roles. Duties and measures hang on the words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trace.parties import is_natural_person

EVERYBODY = frozenset({"all", "all sellers", "licensed kinds"})
"""Words that leave nobody out: whoever brings goods to a gate sells them, and a restriction names its own addressee."""

LEGAL_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "企业": "enterprise",
        "合作社": "co-op",
        "家庭农场": "family-farm",
        "种养大户": "large-grower",
        "农户": "household",
    }
)
ROLES: Mapping[str, str] = MappingProxyType(
    {
        "收购者": "purchaser",
        "加工厂": "processor",
        "饮片厂": "pieces-maker",
        "屠宰厂": "slaughterhouse",
        "农资店": "input-dealer",
    }
)


@dataclass(frozen=True)
class Subject:
    """A registered party as the credit wing sees it. `legal_form`, `roles`: the codes of its registration."""

    id: str
    legal_form: str
    roles: frozenset[str]
    uscc: str | None = None

    @property
    def is_natural(self) -> bool:
        """Whether it is a human being, whom nothing is published about unless a law says so."""
        return is_natural_person(self.legal_form, self.uscc)

    def words(self) -> frozenset[str]:
        """The words of the tables that mean it."""
        forms = {word for word, form in LEGAL_FORMS.items() if form == self.legal_form}
        return frozenset(forms | {word for word, role in ROLES.items() if role in self.roles})

    def is_one_of(self, words: Iterable[str]) -> bool:
        """Whether one of the words means it. ValueError for a word that no table has a meaning for."""
        known = EVERYBODY | LEGAL_FORMS.keys() | ROLES.keys()
        named = frozenset(words)
        if named - known:
            raise ValueError(sorted(named - known))
        return bool(named & (self.words() | EVERYBODY))
