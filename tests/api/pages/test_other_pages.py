"""Do the start page, an unknown code, a problem and the print label say what to do next, in both languages?"""

from __future__ import annotations

import pytest

from api.catalogue import LANGS, Lang
from api.pages.render import render_home, render_label, render_problem, render_unknown
from api.pages.scan_view import label_view
from api.pages.views import ExampleView, HomeView, LabelView, ProblemView, UnknownView
from tests.api.pages.sample_history import BATCH, history, names

FRAGMENT = "1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2"


@pytest.mark.parametrize("lang", LANGS)
def test_an_unknown_code_offers_the_three_groups_again_and_never_says_fake(lang: Lang) -> None:
    html = render_unknown(UnknownView("/t/AAAABBBBCCCC"), lang, "standard")

    assert 'name="code"' in html
    assert "假" not in html
    assert "fake" not in html.lower()


def test_the_start_page_offers_batches_of_a_demonstration_only() -> None:
    example = ExampleView("/t/7K3M9QX2WTBP", "白芍", "7K3M-9QX2-WTBP")

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
        True,
    )
    for printed in ("7K3M-9QX2-WTBP", "suxin.example", "V7E4q2", "亳州市谯城区十河镇", "示例数据"):
        assert printed in html


def test_a_problem_page_shows_the_sentences_it_was_given() -> None:
    html = render_problem(ProblemView("/t/x", 503, "系统出了问题", "您填的还在。"), "zh", "standard")

    assert "系统出了问题" in html
    assert "您填的还在。" in html
    assert "可以返回上一页" in html
