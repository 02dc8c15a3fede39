"""Do the start page, an unknown code, a problem and the print label say what to do next, in both languages?"""

from __future__ import annotations

import re

import pytest
from markupsafe import Markup

from api.catalogue import LANGS, Lang, say
from api.pages.problem_view import problem_codes, problem_type_view
from api.pages.render import render_home, render_label, render_problem, render_problem_page, render_unknown
from api.pages.scan_view import label_view
from api.pages.views import ExampleView, HomeView, LabelView, ProblemView, UnknownView
from tests.api.pages.sample_history import BATCH, history, names

FRAGMENT = "1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2"


@pytest.mark.parametrize("lang", LANGS)
def test_an_unknown_code_offers_the_three_groups_again_and_never_says_fake(lang: Lang) -> None:
    view = UnknownView("/t/AAAABBBBCCCC", say("unknown.heading", lang), say("unknown.text", lang))

    html = render_unknown(view, lang, "standard")

    assert 'name="code"' in html
    assert 'type="file"' in html
    assert "假" not in html
    assert not re.search(r"\bfake\b", html, re.I)


def test_the_start_page_offers_batches_of_a_demonstration_only() -> None:
    example = ExampleView("/t/7K3M9QX2WTBP", "白芍", "7K3M-9QX2-WTBP", Markup("十河镇"), Markup("包装"), is_held=False)

    demonstration = render_home(HomeView(True, (example,)), "zh", "standard")
    live = render_home(HomeView(False, ()), "zh", "standard")

    assert 'href="/t/7K3M9QX2WTBP"' in demonstration
    assert "示例数据" in demonstration
    assert "示例" not in live


def test_a_label_prints_code_host_and_the_tail_of_its_check_value() -> None:
    view = label_view(history(), names(), "zh", "suxin.example", FRAGMENT)

    html = render_label(view, "zh", "standard")

    assert view == LabelView(
        "/t/7K3M9QX2WTBP",
        "7K3M-9QX2-WTBP",
        "白芍",
        view.origin,
        "suxin.example",
        "V7E4q2",
        f"/api/v1/batches/{BATCH}/labels.svg",
        f"/api/v1/batches/{BATCH}/labels.png",
        True,
    )
    for printed in ("7K3M-9QX2-WTBP", "suxin.example", "V7E4q2", "亳州市谯城区十河镇", "示例数据"):
        assert printed in html


def test_a_problem_page_shows_the_sentences_it_was_given() -> None:
    html = render_problem(ProblemView("/t/x", 503, "系统出了问题", "您填的还在。"), "zh", "standard")

    assert "系统出了问题" in html
    assert "您填的还在。" in html
    assert "可以返回上一页" in html


def test_the_page_of_a_problem_says_what_happened_what_to_do_and_both_again_in_the_other_language() -> None:
    view = problem_type_view("mass-exceeded", "zh")

    assert (view.path, view.what) == ("/problems/mass-exceeded", "数量超过了这一批现有的数量，或者超过了用去的原料")
    assert "核对数量和单位" in view.then
    assert (view.other_lang, view.other[:37]) == ("en", "The amount is more than this batch ha")
    html = render_problem_page(view, "zh", "standard")
    assert '<section aria-labelledby="other" lang="en">' in html
    assert "<code>mass-exceeded</code>" in html


@pytest.mark.parametrize("lang", LANGS)
def test_every_code_has_a_page(lang: Lang) -> None:
    codes = problem_codes()

    assert {"internal", "not-found", "outcome-unknown", "duplicate-key"} <= codes
    assert all(problem_type_view(code, lang).what for code in codes)


def test_a_code_that_nobody_answers_with_has_no_page() -> None:
    assert not {"title", "next", "heading_other"} & problem_codes()
    with pytest.raises(KeyError):
        problem_type_view("no-such-code", "zh")
