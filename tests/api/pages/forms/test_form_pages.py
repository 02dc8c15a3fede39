"""Does the form of every kind show a payload whole, in HTML that a browser sends back as it was?"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from api.catalogue import LANGS, Lang
from api.pages.assets import load_assets
from api.pages.forms.choices import Choices, Option
from api.pages.forms.controls import payload_of
from api.pages.forms.filled import Filled
from api.pages.forms.layouts import layout_of
from api.pages.forms.views import Link, Saving, Task, check_view, form_view
from api.pages.names import names
from api.pages.render import render_private
from api.pages.scan_words import Words
from tests.api.pages.forms.html_forms import SeenForm, seen_form
from tests.api.pages.forms.payloads import FORMED, payloads
from trace.events import KINDS, Kind
from trace.ledger.errors import FieldFault
from trace.payload import check_payload

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=timezone(timedelta(hours=8)))
ID = "0191d5a0-0000-4000-8000-000000000004"


async def _no_save(saving: Saving) -> str:
    raise AssertionError("nothing is saved here")


def task_of(kind: Kind, lang: Lang = "zh", **changed: Any) -> Task:
    """The task of a kind for nobody in particular, with one plot to choose."""
    fields: dict[str, Any] = {
        "kind": kind,
        "action": "/m/record/x?batch=b",
        "title": Markup("Title"),
        "back": Link("/m/", Markup("back")),
        "words": Words(lang, names()),
        "choices": Choices(region="341602", places=(Option("plotplotplotplot", Markup("西洼")),)),
        "layout": layout_of(kind),
        "asked": tuple(kind.fields),
        "now": NOW,
        "party": "party",
        "save": _no_save,
        "consequence": lambda _payload, _filled: Markup("what follows"),
        "save_label": Markup("save"),
    }
    return Task(**{**fields, **changed})


def html_of(task: Task, payload: dict[str, Any], *faults: FieldFault) -> str:
    view = form_view(task, Filled(ID, payload, when="today", at="2026-11-24T09:30:00+08:00"), faults)
    return render_private("m/form.html", view, task.words.lang, "standard", "/m/", "token", is_demonstration=False)


def form_of(task: Task, payload: dict[str, Any], *faults: FieldFault) -> SeenForm:
    return seen_form(html_of(task, payload, *faults))


@pytest.mark.parametrize("name", FORMED)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_what_a_form_shows_is_what_the_browser_sends_back(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    payload: dict[str, Any] = data.draw(payloads(kind))

    form = form_of(task_of(kind), payload)

    assert payload_of(kind, form.sent()) == payload


@pytest.mark.parametrize("name", FORMED)
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_the_page_to_check_carries_everything_to_the_next(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    payload: dict[str, Any] = data.draw(payloads(kind).filter(lambda drawn: not check_payload(kind, drawn)))
    task = task_of(kind)

    view = check_view(task, Filled(ID, payload, at="2026-11-24T09:30:00+08:00"))
    form = seen_form(render_private("m/check.html", view, "zh", "standard", "/m/", "token", is_demonstration=False))

    assert payload_of(kind, form.sent()) == payload
    assert form.values("id") == [ID]
    assert form.values("at") == ["2026-11-24T09:30:00+08:00"]
    told = {*payload, *layout_of(kind).day_fields}
    assert [answer.anchor for answer in view.answers][1:] == [f"f-p-{name}" for name in kind.fields if name in told]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", FORMED)
def test_an_empty_form_of_every_kind_asks_for_all_its_fields(name: str, lang: Lang) -> None:
    kind = KINDS[name]
    task = task_of(kind, lang)

    form = form_of(task, {})

    assert payload_of(kind, form.sent()) == {}
    view = form_view(task, Filled(ID, {}))
    assert sorted(one.name for one in (*view.first, *view.more)) == sorted(f"p.{field}" for field in kind.fields)


@pytest.mark.parametrize("name", FORMED)
def test_every_fault_of_a_kind_leads_to_a_control_that_is_there(name: str) -> None:
    """Each field empty, and each of the wrong type: the link of the summary names an element of the page."""
    kind = KINDS[name]
    wrong: dict[str, Any] = dict.fromkeys(kind.fields, "?!")
    faults = [*check_payload(kind, {}), *check_payload(kind, wrong)]

    for fault in faults:
        task = task_of(kind)
        view = form_view(task, Filled(ID, wrong), (fault,))
        (problem,) = view.problems
        assert problem.href.startswith("#f-p-"), fault
        assert f'id="{problem.href[1:]}"' in html_of(task, wrong, fault), fault


def test_a_fault_stands_at_its_field_and_in_the_summary() -> None:
    task = task_of(KINDS["harvest"])

    html = html_of(
        task, {"quantity": {"value": "ein paar", "unit": "kg"}}, FieldFault("/quantity/value", "not-a-decimal")
    )

    assert html.count("“采收量”要填数字，例如12.5。") == 2
    assert 'href="#f-p-quantity-value"' in html
    assert 'value="ein paar"' in html


def test_values_are_escaped() -> None:
    html = html_of(task_of(KINDS["input_use"]), {"name": '"><script>alert(1)</script>'})

    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_a_form_has_no_inline_style_and_no_inline_script() -> None:
    for kind in map(KINDS.__getitem__, FORMED):
        html = html_of(task_of(kind), {})
        assert "style=" not in html
        assert re.findall("<script[^>]*>[^<]*", html) == [
            f'<script type="module" src="{load_assets().path("forms.js")}">'
        ]
