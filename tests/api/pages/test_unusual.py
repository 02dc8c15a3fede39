"""What is unusual is said while it can still be put right: before the record is saved, with the unit to look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.foreseen import Unusual, foresee_question
from tests.api.app_parts import World, running_world
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import SeenForm, seen_form


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(Path(tmp_path_factory.mktemp("unusual"))) as running:
        yield running


@pytest.fixture
def coop(world: World) -> Browser:
    return signed_in(world, "coop")


def harvest_form(world: World, browser: Browser) -> SeenForm:
    return seen_form(browser.get(f"/m/record/harvest?batch={world.batch}").text)


def kg(value: str) -> dict[str, str]:
    return {"value": value, "unit": "kg"}


@pytest.mark.parametrize(
    ("product", "fresh", "percent"),
    [
        ("HB-BS", "1200", None),  # 白芍: 1200 to 2000 kg fresh a mu
        ("HB-BS", "2000", None),
        ("HB-BS", "2000.01", 1),  # anything above is at least one per cent
        ("HB-BS", "2500", 25),
        ("HB-BS", "20000", 900),
        ("HB-BS", "600", None),  # a part of the plot, perhaps
        ("GR-WH", "682", 10),  # 小麦: 450 to 620 kg at trade moisture
        ("VG-XG", "9000", None),  # no band
    ],
)
def test_a_yield_is_compared_with_the_usual_one(product: str, fresh: str, percent: int | None) -> None:
    found = foresee_question("harvest", {"quantity": kg(fresh), "area_mu": "1"}, product)

    assert found == (None if percent is None else Unusual("yield-outside-band", percent))


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"quantity": kg("9000")},
        {"quantity": kg("ten"), "area_mu": "1"},
        {"quantity": kg("9000"), "area_mu": "0"},
        {"quantity": kg("9000"), "area_mu": "a field"},
        {"quantity": {"value": "3", "unit": "head"}, "area_mu": "1"},
        {"quantity": None, "area_mu": None},
    ],
)
def test_what_cannot_be_read_yet_is_not_judged(payload: dict[str, object]) -> None:
    assert foresee_question("harvest", payload, "HB-BS") is None
    assert foresee_question("primary_processing", payload, "HB-BS") is None


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("zh-CN", "比这块地常见产量多900%。核对单位，没错就继续。"),
        ("en", "900% above this plot&#39;s usual yield. Check the unit; if right, continue."),
    ],
)
def test_a_quick_form_that_holds_something_unusual_is_checked_first_and_then_saved(
    world: World, lang: str, sentence: str
) -> None:
    """Jin typed as kilograms: 20 tonnes of one mu."""
    coop = signed_in(world, "coop", lang)
    form, before = harvest_form(world, coop), world.size

    sent = form.sent(p__quantity__value="20000", p__area_mu="1")
    checked = coop.post(form.action, {**sent, "do": "quick"})
    assert (checked.status_code, world.size) == (200, before)
    assert sentence in checked.text

    check = seen_form(checked.text)
    saved = coop.post(check.action, {**check.sent(), "do": "save"})
    assert saved.status_code == 303
    assert world.size == before + 2  # the record, and the question about it


def test_a_usual_harvest_is_saved_at_once(world: World, coop: Browser) -> None:
    form, before = harvest_form(world, coop), world.size

    answer = coop.post(form.action, {**form.sent(p__quantity__value="1500", p__area_mu="1"), "do": "quick"})

    assert (answer.status_code, world.size) == (303, before + 1)


def test_a_step_that_gives_more_than_it_took_is_said_on_the_page_to_check(world: World, coop: Browser) -> None:
    form = seen_form(coop.get(f"/m/record/primary_processing?batch={world.batch}").text)
    step = {"p__process": "PR-DRY-BS", "p__quantity_in__value": "1000", "p__quantity_out__value": "1001"}

    checked = coop.post(form.action, {**form.sent(**step), "do": "check"})

    assert checked.status_code == 200
    assert "核对单位" in checked.text
