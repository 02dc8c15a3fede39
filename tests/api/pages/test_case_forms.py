"""What do the forms of cases do with what no page would send? A sentence in the reader's language, and what was typed stays."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.catalogue import LANGS, Lang
from tests.api.app_parts import World
from tests.api.case_parts import PENALTY, on, opened, running_cases, sampled, serve, step
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import seen_form
from tests.api.pages.test_desk_case_steps import SCAN

TYPED = "见卷内第三号材料"
FORMS = ("penalty", "listing", "paper", "confirm", "retest")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, dict[str, tuple[str, str]]]]:
    """Each form with who opens it: to enter a penalty, to propose a listing, a party's paper, a step, a party's own step."""
    with running_cases(tmp_path_factory.mktemp("cases")) as world:
        on(world, "2026-09-10", 13)
        coop, sample = world.parties["coop"], sampled(world)
        serve(world, sample, "D-RESULT-NOTICE")
        step(world, sample, "sample_result", "S02", "first")
        penalty = opened(world, "penalty_record", "P01", "first", **PENALTY)
        yield (
            world,
            {
                "penalty": ("first", f"/desk/parties/{coop}/penalty"),
                "listing": ("first", f"/desk/parties/{coop}/listing"),
                "paper": ("third", f"/desk/cases/{sample}/steps/S04"),
                "confirm": ("second", f"/desk/cases/{penalty}/steps/P05"),
                "retest": ("coop", f"/m/notices/{sample}/S04"),
            },
        )


def filled(browser: Browser, path: str) -> tuple[dict[str, Any], str]:
    """The form with a text in every empty field, and one field that takes text."""
    form = seen_form(browser.get(path).text)
    sent = {name: [TYPED] if texts == [""] else texts for name, texts in form.sent().items()}
    texts = [name for name, value in sent.items() if value == [TYPED]]
    return sent, next((name for name in texts if not name.endswith(("dated", "received", "paper_on"))), "")


def files_of(page: str) -> dict[str, Any] | None:
    """A scan for every question of a file; None for a form without."""
    names = [part.split('"')[0] for part in page.split('type="file" name="')[1:]]
    return dict.fromkeys(names, SCAN) if names else None


SAYS: dict[str, dict[Lang, str]] = {
    "missing": {"zh": "没有填", "en": "missing"},
    "huge": {"zh": "太长了", "en": "too long"},
    "choice": {"zh": "没有这个选项", "en": "no such choice"},
    "nothing": {"zh": "没有填", "en": "missing"},
}
WRONG = [
    *((form, what) for form in ("penalty", "listing") for what in SAYS),
    *((form, what) for form in ("paper", "retest") for what in ("missing", "huge", "nothing")),
]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("form", "what"), WRONG)
def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(
    places: tuple[World, dict[str, tuple[str, str]]], form: str, what: str, lang: Lang
) -> None:
    world, forms = places
    who, path = forms[form]
    browser = signed_in(world, who, lang)
    sent, name = filled(browser, path)
    told: dict[str, Any] = {
        "missing": {**sent, name: [""]},
        "huge": {**sent, name: ["长" * 30_000]},
        "choice": {**sent, "authority": ["A" * 22], "evidence": ["x/1/2"], "item": ["Z99"]},
        "nothing": {one: texts for one, texts in sent.items() if one == "id"},
    }[what]
    before = world.node.log.size

    answer = browser.post(path, {**told, "do": "check"}, files=files_of(browser.get(path).text))

    assert answer.status_code == 422
    assert SAYS[what][lang] in answer.text
    if [TYPED] in told.values():
        assert TYPED in html.unescape(answer.text)
    assert world.node.log.size == before


@pytest.mark.parametrize("guard", ["", "false", "maybe"])
def test_a_condition_is_answered_with_yes_or_the_step_is_not_asked_for(
    places: tuple[World, dict[str, tuple[str, str]]], guard: str
) -> None:
    world, forms = places
    who, path = forms["confirm"]
    browser = signed_in(world, who)
    sent, _ = filled(browser, path)

    answer = browser.post(path, {**sent, "guard": [guard], "do": "save"})

    assert answer.status_code == 422
    assert TYPED in html.unescape(answer.text)


@pytest.mark.parametrize("do", ["", "sav", "Save", "sign"])
def test_a_button_that_is_none_of_the_form_s_acts_on_nothing(tmp_path: Path, do: str) -> None:
    with running_cases(tmp_path) as world:
        on(world, "2026-09-10", 13)
        case = opened(world, "penalty_record", "P01", "first", **PENALTY)
        path = f"/desk/cases/{case}/steps/P05"
        browser = signed_in(world, "second")
        sent, _ = filled(browser, path)
        whole = {**sent, "guard": ["true"]}

        refused = browser.post(path, {**whole, "do": do})
        waited = waiting(world)
        taken = browser.post(path, {**whole, "do": "save"})

        assert refused.status_code == 422
        assert "没有这个选项" in refused.text
        assert (waited, taken.status_code, waiting(world)) == (0, 303, 1)


def waiting(world: World) -> int:
    """How many statements wait for signatures."""
    app: Any = world.client.app
    return len(app.state.waiting.all_open())


@pytest.mark.parametrize("form", FORMS)
def test_a_form_sent_to_another_s_case_or_to_none_finds_nothing(
    places: tuple[World, dict[str, tuple[str, str]]], form: str
) -> None:
    world, forms = places
    who, path = forms[form]
    browser = signed_in(world, who)
    sent, _ = filled(browser, path)
    id = path.split("/")[3]

    unknown = browser.post(path.replace(id, "A" * 22), {**sent, "do": "save"})
    stranger = signed_in(world, "office elsewhere" if path.startswith("/desk") else "neighbour")
    stranger.get("/m/me")
    foreign = stranger.post(
        path, {name: texts for name, texts in sent.items() if name != "form_token"} | {"do": "save"}
    )

    assert (unknown.status_code, foreign.status_code) == (404, 404)
    assert TYPED not in foreign.text
