"""How does a view become HTML? One Jinja environment a language: escaped, strict about missing values, no decisions.

Every function returns the whole page as text. The caller sets headers, cookies and status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.catalogue import Lang, html_langs, install
from api.pages.assets import load_assets
from api.pages.standing_view import ListingsView, StandingView
from api.pages.views import HomeView, LabelView, ProblemTypeView, ProblemView, ScanView, UnknownView

TextSize = Literal["standard", "large", "huge"]
TEXT_SIZES: tuple[TextSize, ...] = ("standard", "large", "huge")

_TEMPLATES = Path(__file__).parent / "templates"
_NEXT_SIZE: Mapping[TextSize, TextSize] = MappingProxyType({"standard": "large", "large": "huge", "huge": "standard"})
_OTHER_LANG: Mapping[Lang, tuple[Lang, str]] = MappingProxyType({"zh": ("en", "EN"), "en": ("zh", "中文")})


@dataclass(frozen=True, slots=True)
class Chrome:
    """What the masthead needs: the reader's settings and the two links that change them, and whether nothing here is real.

    The links carry only the setting; the device adds the label's fragment, which no server ever sees.
    """

    path: str
    text_size: TextSize
    text_href: str
    text_key: str
    lang_href: str
    lang_label: str
    lang_tag: str
    is_demonstration: bool


def chrome(path: str, lang: Lang, text_size: TextSize, is_demonstration: bool, kept: str = "") -> Chrome:
    """The masthead of a page at `path` for a reader's settings; `kept` is what its links keep of the query ("next=%2Fm")."""
    size = _NEXT_SIZE[text_size]
    other, label = _OTHER_LANG[lang]
    rest = f"&{kept}" if kept else ""
    return Chrome(
        path,
        text_size,
        f"{path}?text={size}{rest}",
        f"site.text_{size}",
        f"{path}?lang={other}{rest}",
        label,
        html_langs[other],
        is_demonstration,
    )


def render_scan(view: ScanView, lang: Lang, text_size: TextSize) -> str:
    """The page behind a label: product, check panel, tests, journey."""
    return _render("scan.html", view, lang, text_size, view.path, view.demonstration)


def render_unknown(view: UnknownView, lang: Lang, text_size: TextSize) -> str:
    """The page for a code that no batch has. Answer it with 404; it never says "fake"."""
    return _render("unknown.html", view, lang, text_size, view.path, view.demonstration)


def render_home(view: HomeView, lang: Lang, text_size: TextSize) -> str:
    """The start page: type a code, or open one of the demonstration's."""
    return _render("home.html", view, lang, text_size, "/", view.demonstration)


def render_label(view: LabelView, lang: Lang, text_size: TextSize) -> str:
    """The print page of a batch's label."""
    return _render("label.html", view, lang, text_size, view.path, view.demonstration)


def render_problem(view: ProblemView, lang: Lang, text_size: TextSize) -> str:
    """An error as a page: what happened, what to do next."""
    return _render("problem.html", view, lang, text_size, view.path, view.demonstration)


def render_problem_page(view: ProblemTypeView, lang: Lang, text_size: TextSize) -> str:
    """What a problem's code means, for whoever opens its `type` address."""
    return _render("problem_type.html", view, lang, text_size, view.path, view.demonstration)


def render_listings(view: ListingsView, lang: Lang, text_size: TextSize) -> str:
    """Everybody who is listed today."""
    return _render("listings.html", view, lang, text_size, view.path, view.demonstration)


def render_standing(view: StandingView, lang: Lang, text_size: TextSize) -> str:
    """What is public of one party."""
    return _render("standing.html", view, lang, text_size, view.path, view.demonstration)


def render_private(
    template: str,
    view: object,
    lang: Lang,
    text_size: TextSize,
    path: str,
    form_token: str,
    *,
    is_demonstration: bool,
    kept: str = "",
) -> str:
    """A page for somebody who signed in, by the file of its template; its forms carry `form_token` (macro `csrf`)."""
    shown = chrome(path, lang, text_size, is_demonstration, kept)
    return _environment(lang).get_template(template).render(view=view, chrome=shown, form_token=form_token)


def _render(template: str, view: object, lang: Lang, text_size: TextSize, path: str, is_demonstration: bool) -> str:
    shown = chrome(path, lang, text_size, is_demonstration)
    return _environment(lang).get_template(template).render(view=view, chrome=shown)


@lru_cache(maxsize=2)
def _environment(lang: Lang) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    install(environment, lang)
    environment.globals["static"] = load_assets().path
    return environment
