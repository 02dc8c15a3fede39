"""What does the code of a problem mean? The page behind a problem's `type` (RFC 9457 §3.1.1), from the catalogue alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from api.catalogue import Lang, html_langs, messages
from api.pages.views import ProblemTypeView

_STOP: Mapping[Lang, str] = MappingProxyType({"zh": "。", "en": ". "})
_OTHER: Mapping[Lang, Lang] = MappingProxyType({"zh": "en", "en": "zh"})


def problem_codes() -> frozenset[str]:
    """Every code that an answer may carry."""
    prefix = "problem."
    return frozenset(key.removeprefix(prefix) for key in messages("zh") if key.startswith(prefix))


def problem_type_view(code: str, lang: Lang) -> ProblemTypeView:
    """The page of one code. KeyError for a code that is not ours."""
    told = messages(lang)[f"problem.{code}"]
    what, stop, then = told.partition(_STOP[lang])
    other = _OTHER[lang]
    # The stop of a heading is dropped; what follows keeps its own.
    return ProblemTypeView(
        f"/problems/{code}",
        code,
        what if stop else what.rstrip("."),
        then,
        html_langs[other],
        messages(other)[f"problem.{code}"],
    )
