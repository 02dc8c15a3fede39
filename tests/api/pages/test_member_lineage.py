"""Can a party divide its goods and make new ones of them in forms, without ever knowing an id?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.app_parts import World, running_world
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import SeenForm, seen_form
from tests.api.pages.test_member_pages import follow, form_at, new_batch, send
from trace.ledger.canonical import decode_value
from trace.queries import find_batch
from trace.state import balance


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Registered once for all; each test divides or blends batches of its own."""
    with running_world(tmp_path_factory.mktemp("lineage")) as running:
        yield running


@pytest.fixture
def coop(world: World) -> Browser:
    return signed_in(world, "coop")


def kilograms(world: World, batch: str) -> float:
    with world.node.reading() as reads:
        row = find_batch(reads.connection, batch)
    assert row is not None
    return balance(row) / 1_000_000


def last(world: World, count: int) -> list[dict[str, Any]]:
    with world.node.reading() as reads:
        rows = list(reads.rows(world.size - count, world.size))
    return [dict(decode_value(row.statement)) for row in rows]  # type: ignore[arg-type]


def kinds(world: World, count: int) -> list[str]:
    return [one["kind"] for one in last(world, count)]


def tick(form: SeenForm, **amounts: str) -> dict[str, Any]:
    """The controls of these batches, by their ids, with so much of each."""
    found: dict[str, Any] = {}
    for batch, amount in amounts.items():
        (name,) = (name for name, value in form.boxes if value == batch)
        found[name] = batch
        found[name.replace(".batch", ".quantity.value")] = amount
    return {name.replace(".", "__"): value for name, value in found.items()}


# ---- splits ----------------------------------------------------------------------------------------------------------


def test_a_batch_is_divided_into_so_many_equal_parts(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    assert f'href="/m/split/{batch}"' in coop.get(f"/m/batches/{batch}").text

    form = form_at(coop, f"/m/split/{batch}?parts=3")
    amounts = [form.values(f"p.outputs.{at}.quantity.value") for at in range(4)]
    assert amounts == [["266.666"], ["266.666"], ["266.668"], []]  # 800 kg, and not a gram lost
    check = send(coop, form, "check", p__why="sale")
    assert "记下后分出3批，共800公斤；原批次还剩0公斤。" in check.text
    page = follow(coop, send(coop, seen_form(check.text), "save"))

    assert kinds(world, 7) == ["batch_split", *["batch_opened", "consumed"] * 3]
    made = re.findall(r'class="task" href="/m/batches/([A-Za-z0-9_-]{22})"', page)
    assert [kilograms(world, one) for one in made] == [266.666, 266.666, 266.668]
    assert kilograms(world, batch) == 0
    assert "分出的批次" in page


def test_parts_may_be_of_any_size_and_leave_something_behind(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    form = form_at(coop, f"/m/split/{batch}")
    amounts = {f"p__outputs__{at}__quantity__value": value for at, value in enumerate(("１００", "0.5"))}

    check = send(coop, form, "check", **amounts)

    assert "记下后分出2批，共100.5公斤；原批次还剩699.5公斤。" in check.text
    follow(coop, send(coop, seen_form(check.text), "save"))
    assert kilograms(world, batch) == 699.5


def test_one_more_part_is_asked_for_without_losing_the_others(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    form = form_at(coop, f"/m/split/{batch}")

    answer = send(coop, form, "more:p.outputs", p__outputs__0__quantity__value="1", p__outputs__1__quantity__value="2")

    values = [seen_form(answer.text).values(f"p.outputs.{at}.quantity.value") for at in range(3)]
    assert values == [["1"], ["2"], [""]]


@pytest.mark.parametrize("parts", ["1", "0", "201", "-3", "two", "９９９９９９９", "1000000000"])
def test_a_number_of_parts_that_cannot_be_is_said(coop: Browser, world: World, parts: str) -> None:
    answer = coop.get(f"/m/split/{world.batch}?parts={parts}")

    assert answer.status_code == 200
    assert "填2到200之间的整数" in answer.text


def test_more_than_there_is_stands_at_the_part_that_is_too_much(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    size = world.size
    form = form_at(coop, f"/m/split/{batch}")

    answer = send(coop, form, "check", p__outputs__0__quantity__value="500", p__outputs__1__quantity__value="301")

    assert answer.status_code == 409
    assert 'href="#f-p-outputs-1-quantity-value"' in answer.text
    assert world.size == size


def test_one_part_is_no_split(coop: Browser, world: World) -> None:
    form = form_at(coop, f"/m/split/{new_batch(world, coop)}")

    answer = send(coop, form, "check", p__outputs__0__quantity__value="500")

    assert answer.status_code == 422
    assert "至少要写两批" in answer.text


def test_a_split_that_is_sent_twice_makes_its_batches_once(coop: Browser, world: World) -> None:
    form = form_at(coop, f"/m/split/{new_batch(world, coop)}?parts=2")
    first = send(coop, form, "save")
    size = world.size

    again = send(coop, form, "save")

    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    assert world.size == size


@pytest.mark.parametrize("who", ["neighbour", "retailer"])
def test_nobody_else_divides_it(world: World, who: str) -> None:
    """A retailer who holds goods of it does not own it."""
    answer = signed_in(world, who).get(f"/m/split/{world.batch}")

    assert answer.status_code == 404


# ---- blends ----------------------------------------------------------------------------------------------------------


def test_several_batches_are_ticked_and_become_one(coop: Browser, world: World) -> None:
    first, second, third = (new_batch(world, coop) for _ in range(3))
    assert f'href="/m/blend?batch={first}"' in coop.get(f"/m/batches/{first}").text
    form = form_at(coop, f"/m/blend?batch={first}")
    assert "现有800公斤" in coop.get("/m/blend").text

    check = send(coop, form, "check", **tick(form, **{first: "200", second: "300.5"}))
    assert "从2批里共转出500.5公斤" in check.text
    page = follow(coop, send(coop, seen_form(check.text), "save"))

    assert kinds(world, 4) == ["batch_opened", "batch_merged", "consumed", "consumed"]
    opened, merged, *_ = last(world, 4)
    assert [one["batch"] for one in opened["payload"]["inputs"]] == [second, first]  # the main input comes first
    assert opened["payload"]["quantity"] == {"value": "500.5", "unit": "kg"}
    assert opened["payload"]["product"] == "HB-BS"
    assert merged["payload"]["inputs"] == opened["payload"]["inputs"]
    assert [kilograms(world, one) for one in (first, second, third, opened["chain"])] == [600, 499.5, 800, 500.5]
    assert f'href="/m/batches/{opened["chain"]}"' in page


def test_why_and_by_which_process_goods_were_blended_is_asked_and_kept(coop: Browser, world: World) -> None:
    first, second = new_batch(world, coop), new_batch(world, coop)
    form = form_at(coop, f"/m/blend?batch={first}")

    ticked = tick(form, **{first: "200", second: "300"})
    check = send(coop, form, "check", **ticked, p__why="lot-size", p__process="PR-MERGE")
    assert "凑够批量" in check.text
    assert "混批" in check.text
    follow(coop, send(coop, seen_form(check.text), "save"))

    opened, merged, *_ = last(world, 4)
    told = {name: merged["payload"].get(name) for name in ("why", "process")}
    assert told == {"why": "lot-size", "process": "PR-MERGE"}
    assert opened["payload"].keys().isdisjoint(told)


@pytest.mark.parametrize("told", [{"p__why": "blend"}, {"p__process": "PR-MERGE"}])
def test_one_batch_alone_is_not_blended(coop: Browser, world: World, told: dict[str, str]) -> None:
    form = form_at(coop, f"/m/blend?batch={new_batch(world, coop)}")
    size = world.size

    answer = send(coop, form, "check", **told)

    assert answer.status_code == 422
    assert "这不是合批" in answer.text
    assert world.size == size


def test_one_batch_is_processed_into_goods_of_another_kind(coop: Browser, world: World) -> None:
    """Pieces weigh less than the roots that they were cut from."""
    batch = new_batch(world, coop)
    form = form_at(coop, f"/m/blend?batch={batch}")
    assert form.values("p.inputs.0.quantity.value") == ["800"]

    follow(coop, send(coop, form, "save", p__product="PC-BSP", p__quantity__value="640", p__quantity__unit="kg"))

    opened, consumed = last(world, 2)
    assert (opened["kind"], consumed["kind"]) == ("batch_opened", "consumed")
    assert opened["payload"]["product"] == "PC-BSP"
    assert opened["payload"]["quantity"] == {"value": "640", "unit": "kg"}
    assert kilograms(world, batch) == 0


def test_what_is_not_ticked_is_left_alone(coop: Browser, world: World) -> None:
    first, second = new_batch(world, coop), new_batch(world, coop)
    form = form_at(coop, f"/m/blend?batch={first}")

    follow(coop, send(coop, form, "save"))

    assert (kilograms(world, first), kilograms(world, second)) == (0, 800)


def test_nothing_ticked_is_said_at_the_list(coop: Browser, world: World) -> None:
    new_batch(world, coop)
    size = world.size

    answer = send(coop, form_at(coop, "/m/blend"), "check")

    assert answer.status_code == 422
    assert 'id="f-p-inputs-error"' in answer.text
    assert 'href="#f-p-inputs-0-batch' in answer.text
    assert world.size == size


def test_more_than_is_left_stands_at_its_batch(coop: Browser, world: World) -> None:
    first, second = new_batch(world, coop), new_batch(world, coop)
    form = form_at(coop, "/m/blend")

    answer = send(coop, form, "check", **tick(form, **{first: "1", second: "801"}))

    assert answer.status_code == 409
    line = answer.text.partition(f'value="{second}"')[2].partition('class="pick"')[0]
    assert 'id="f-p-inputs-0-error"' in line
    assert 'href="#f-p-inputs-0-quantity-value"' in answer.text
    again = seen_form(answer.text)
    assert sorted(value for name, value in again.fields if name.endswith(".batch")) == sorted([first, second])


def test_goods_that_one_only_holds_are_not_in_the_list(world: World) -> None:
    """The retailer received the co-op's batch: it holds it, and the co-op still owns it."""
    holder = signed_in(world, "retailer")

    assert world.batch not in holder.get("/m/blend").text
    assert world.batch not in holder.get(f"/m/blend?batch={world.batch}").text
    assert "/m/blend" not in holder.get(f"/m/batches/{world.batch}").text
    form = form_at(holder, "/m/blend")
    forged = {"p__inputs__0__batch": world.batch, "p__inputs__0__quantity__value": "1"}
    assert send(holder, form, "save", **forged).status_code == 422


def test_only_ones_own_goods_are_in_the_list(world: World, coop: Browser) -> None:
    batch = new_batch(world, coop)
    neighbour = signed_in(world, "neighbour")

    assert batch not in neighbour.get("/m/blend").text
    assert batch not in neighbour.get(f"/m/blend?batch={batch}").text
    form = form_at(neighbour, "/m/blend")
    forged = {"p__inputs__0__batch": batch, "p__inputs__0__quantity__value": "1"}
    assert send(neighbour, form, "save", **forged).status_code == 422


def test_the_pages_speak_english_too(world: World, coop: Browser) -> None:
    batch = new_batch(world, coop)
    english = signed_in(world, "coop", "en")

    assert "Split" in english.get(f"/m/split/{batch}").text
    assert "Batches that go in" in english.get("/m/blend").text
    form = form_at(english, f"/m/split/{batch}?parts=2")
    assert "After this there are 2 new batches, 800 kg together" in send(english, form, "check").text.replace(
        "\u00a0", " "
    )


def test_four_hundred_batches_are_blended_on_the_page(tmp_path: Path) -> None:
    """As many as one blend takes, read once more before it is sent."""
    with running_world(tmp_path) as world:
        outputs = [{"quantity": {"value": "3", "unit": "kg"}}] * 401
        body = {"kind": "batch_split", "payload": {"outputs": outputs}}
        parts = [one["id"] for one in world.made(f"/api/v1/batches/{world.batch}/events", body, "coop")["items"]]
        coop = signed_in(world, "coop")
        form = form_at(coop, "/m/blend")
        assert len(form.boxes) == 400  # the newest; a line says that older ones are not listed
        assert "只列出最近的400批" in coop.get("/m/blend").text

        check = send(coop, form, "check", **tick(form, **dict.fromkeys(parts[1:], "3")))
        assert check.status_code == 200
        follow(coop, send(coop, seen_form(check.text), "save"))

        assert kinds(world, 402)[:3] == ["batch_opened", "batch_merged", "consumed"]
        assert len(last(world, 402)[0]["payload"]["inputs"]) == 400


def test_a_blend_that_is_sent_twice_makes_its_batch_once(coop: Browser, world: World) -> None:
    """Nothing is left of what went in by then, and yet the first answer comes again."""
    first, second = new_batch(world, coop), new_batch(world, coop)
    form = form_at(coop, "/m/blend")
    ticked = tick(form, **{first: "800", second: "800"})
    answer = send(coop, form, "save", **ticked)
    size = world.size

    again = send(coop, form, "save", **ticked)

    assert (again.status_code, again.headers["location"]) == (303, answer.headers["location"])
    assert world.size == size


# ---- the trace both ways ---------------------------------------------------------------------------------------------


def trace_of(page: str) -> str:
    return page.partition('<section aria-labelledby="trace">')[2].partition("</section>")[0]


def listed(section: str, way: str) -> list[tuple[str, str]]:
    """Number and address of each batch in one of the two lists."""
    part = section.partition(f'id="trace-{way}"')[2].partition("</ol>")[0]
    return re.findall(r'aria-hidden="true">([0-9]+)</span><div><a href="([^"]+)"', part)


def test_a_batch_shows_what_it_was_made_from_and_what_was_made_from_it(coop: Browser, world: World) -> None:
    first, second = new_batch(world, coop), new_batch(world, coop)
    form = form_at(coop, "/m/blend")
    follow(coop, send(coop, form, "save", **tick(form, **{first: "700", second: "300"})))
    blend = last(world, 4)[0]["chain"]
    follow(coop, send(coop, form_at(coop, f"/m/split/{blend}?parts=2"), "save"))
    parts = [one["chain"] for one in last(world, 5) if one["kind"] == "batch_opened"]

    section = trace_of(coop.get(f"/m/batches/{blend}").text)

    assert listed(section, "from") == [("1", f"/m/batches/{second}"), ("2", f"/m/batches/{first}")]
    assert listed(section, "became") == [(str(at), f"/m/batches/{one}") for at, one in enumerate(parts, 3)]
    assert 'role="img"' in section
    assert "本批来自1、2，3来自本批，4来自本批" in section
    assert ("用了300公斤" in section, "用了这一批的500公斤" in section) == (True, True)
    assert section.count("<circle") == 5
    heights = re.findall(r'<text [^>]*y="([0-9]+)" text-anchor="middle">(.)</text>', section)
    rows = {number: int(y) for y, number in heights}
    assert rows["1"] == rows["2"] < rows["●"] < rows["3"] == rows["4"]
    assert "style=" not in section


def test_a_batch_of_which_nothing_was_made_has_no_picture(coop: Browser, world: World) -> None:
    assert trace_of(coop.get(f"/m/batches/{new_batch(world, coop)}").text) == ""


def test_the_public_page_leads_up_alone(coop: Browser, world: World) -> None:
    """Who bought, and what came of it, is not for everybody."""
    batch = new_batch(world, coop)
    follow(coop, send(coop, form_at(coop, f"/m/split/{batch}?parts=2"), "save"))
    with world.node.reading() as reads:
        row = find_batch(reads.connection, batch)
        part = find_batch(reads.connection, last(world, 4)[0]["chain"])
    assert row is not None
    assert part is not None

    assert part["code"] not in world.get(f"/t/{row['code']}").text
    assert row["code"] in world.get(f"/t/{part['code']}").text


def test_of_another_party_s_batch_a_party_knows_what_everybody_sees(world: World, coop: Browser) -> None:
    batch = new_batch(world, coop)
    follow(coop, send(coop, form_at(coop, f"/m/split/{batch}?parts=2"), "save"))
    part = last(world, 4)[0]["chain"]
    events = f"/api/v1/batches/{part}/events"
    amount = {"value": "400", "unit": "kg"}
    harvested = {"kind": "harvest", "payload": {"quantity": {"value": "800", "unit": "kg"}}}
    world.made(f"/api/v1/batches/{batch}/events", harvested, "coop")
    payload = {"buyer": world.parties["neighbour"], "quantity": amount}
    offer = world.made(events, {"kind": "transfer_offered", "payload": payload}, "coop")
    named = {name: offer[name] for name in ("chain", "seq", "leaf")}
    world.made(events, {"kind": "transfer_accepted", "payload": {"offer": named, "quantity": amount}}, "neighbour")

    mine, theirs = (
        signed_in(world, who).get(f"/m/batches/{id}").text for who, id in (("coop", batch), ("neighbour", part))
    )

    assert "现在不归您" in trace_of(mine)
    assert f"/m/batches/{part}" not in trace_of(mine)
    assert [href[:3] for _, href in listed(trace_of(mine), "became")].count("/t/") == 1
    assert [href[:3] for _, href in listed(trace_of(theirs), "from")] == ["/t/"]
