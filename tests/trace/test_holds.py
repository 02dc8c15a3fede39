"""What a rule finds holds a batch at once, and every batch made from it; what lifts it frees exactly those."""

import random
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from trace.domain import Trace
from trace.ledger.errors import Conflict, Forbidden, Invalid, Refused
from trace.ledger.submission import Decision, Submission
from trace.replay import standing

from .control_parts import (
    BUYER,
    FIRST,
    GROWER,
    KEYS,
    LAB,
    LABEL_PHOTO,
    MARKET,
    SECOND,
    Control,
    control,
    kg,
    named,
    sprayed,
)

FIELD, DRIED, BAGGED, OTHER = (letter * 22 for letter in "fdxz")
HARVESTED = "2026-08-20T17:00:00+08:00"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Control]:
    with control(tmp_path) as found:
        found.open(FIELD)
        yield found
    assert found.check(tmp_path).ok


def harvest(world: Control, at: str = HARVESTED, batch: str = FIELD, **more: Any) -> Any:
    return world.say(batch, "harvest", {"quantity": kg("800"), **more}, at=at)


# ---- G05: 农产品质量安全法 art. 29 ----


@pytest.mark.parametrize(
    ("day", "is_held"),
    [("2026-07-23", False), ("2026-07-24", True)],  # 28 days before 20 August is 23 July: that day is in time
)
@pytest.mark.parametrize("use_first", [True, False])
def test_a_harvest_inside_the_interval_is_held_in_whatever_order_it_is_told(
    world: Control, day: str, is_held: bool, use_first: bool
) -> None:
    facts = [lambda: world.say(FIELD, "input_use", sprayed(day)), lambda: harvest(world)]
    for tell in facts if use_first else reversed(facts):
        tell()

    assert world.held() == ({(FIELD, "G05@1", False)} if is_held else set())


def test_a_harvest_counts_from_the_day_on_which_it_began_and_a_use_until_its_last_day(world: Control) -> None:
    world.say(FIELD, "input_use", sprayed("2026-07-01", used_until="2026-07-23"))
    harvest(world, at="2026-08-25T17:00:00+08:00", **{"from": "2026-08-19T16:30:00Z"})  # 20 August in Shanghai
    assert world.held() == set()

    harvest(world, at="2026-08-25T17:00:00+08:00", **{"from": "2026-08-19T15:30:00Z"})  # 19 August there
    assert world.held() == {(FIELD, "G05@1", False)}


@pytest.mark.parametrize(
    ("used", "ended", "more"),
    [
        ({"used_from": "2026-08-05", "used_until": "2026-08-05"}, "10", {"from": "2026-08-01T06:00:00+08:00"}),
        ({"used_from": "2026-08-05", "used_until": "2026-08-05"}, "01", {"from": "2026-08-10T06:00:00+08:00"}),
        ({"used_from": "2026-07-20", "used_until": "2026-07-01"}, "10", {}),
        ({"used_until": "2026-07-20"}, "10", {}),
    ],
    ids=["used within the harvest", "a harvest the wrong way round", "a use the wrong way round", "its end alone"],
)
@pytest.mark.parametrize("use_first", [True, False])
def test_neither_a_long_harvest_nor_a_slip_in_its_dates_shortens_an_interval(
    world: Control, used: dict[str, str], ended: str, more: dict[str, str], use_first: bool
) -> None:
    """28 days; the harvest ends in the first days of August, the use lies less before one of its days, or among them."""
    product = {**{name: value for name, value in sprayed("").items() if not name.startswith("used_")}, **used}
    facts = [
        lambda: world.say(FIELD, "input_use", product, at="2026-08-12T08:00:00+08:00"),
        lambda: harvest(world, at=f"2026-08-{ended}T17:00:00+08:00", **more),
    ]
    for tell in facts if use_first else reversed(facts):
        tell()

    assert world.held() == {(FIELD, "G05@1", False)}


def test_an_interval_without_its_label_is_remarked_on_and_holds_nothing(world: Control) -> None:
    used = sprayed("2026-08-10")
    del used["label_photo"]
    harvest(world)
    receipt = world.say(FIELD, "input_use", used)

    assert world.held() == set()
    assert [(one.kind, one.payload["outcome"], one.payload["unverified"]) for one in receipt.followed] == [
        ("verdict", "warn", True)
    ]


def test_fertiliser_has_no_interval(world: Control) -> None:
    world.say(FIELD, "input_use", {"input_kind": "fertiliser", "name": "复合肥", "used_from": "2026-08-19"})
    harvest(world)

    assert world.held() == set()


# ---- G03: 农药管理条例 art. 34 ----


@pytest.mark.parametrize(("day", "is_held"), [("2026-05-31", False), ("2026-06-01", True)])
def test_omethoate_is_banned_from_the_first_of_june_2026(world: Control, day: str, is_held: bool) -> None:
    """农业农村部公告第736号: 氧乐果, 克百威, 灭多威, 涕灭威 are out from 2026-06-01; on herbs it was barred before."""
    world.open(OTHER, product="GR-WH")
    world.say(OTHER, "input_use", sprayed(day, active=["氧乐果"], toxicity="中等毒"))

    assert world.held() == ({(OTHER, "G03@1", False)} if is_held else set())


def test_who_sprayed_what_is_banned_may_say_so_and_the_batch_is_held(world: Control) -> None:
    receipt = world.say(FIELD, "input_use", sprayed("2026-07-01", active=["克百威"]))

    assert world.held() == {(FIELD, "G03@1", False)}
    assert [one.kind for one in receipt.followed] == ["verdict", "hold_placed"]
    assert receipt.followed[1].payload["lifted_by"] == "officials"


@pytest.mark.parametrize("called", ["fertiliser", "feed-additive", "mulch", "other"])
def test_a_banned_substance_is_one_whatever_the_bag_calls_it(world: Control, called: str) -> None:
    """克百威 in a "fertiliser" for herbs: 农药管理条例 art. 34 bars the substance, not the word."""
    used = {"input_kind": called, "name": "示例颗粒", "active": ["3%克百威颗粒剂"], "used_from": "2026-07-01"}
    receipt = world.say(FIELD, "input_use", used)

    assert world.held() == {(FIELD, "G03@1", False)}
    assert receipt.followed[0].payload["reasons"][0] in ("substance-banned", "substance-banned-on-crop")


def test_what_no_table_bans_passes_as_fertiliser_without_a_label(world: Control) -> None:
    used = {
        "input_kind": "fertiliser",
        "name": "复合肥",
        "active": ["氮", "磷", "某某腐植酸"],
        "used_from": "2026-07-01",
    }

    assert world.say(FIELD, "input_use", used).followed == ()


def test_an_interval_that_a_label_states_counts_for_every_kind_of_input(world: Control) -> None:
    """农产品质量安全法 art. 29 speaks of inputs, not of pesticides alone."""
    world.say(FIELD, "input_use", sprayed("2026-08-10", input_kind="other"))
    harvest(world)

    assert world.held() == {(FIELD, "G05@1", False)}


# ---- G08, G17: a failed report ----


def reported(conclusion: str, **more: Any) -> dict[str, Any]:
    return {
        "items": [{"item": "T-SO2", "value": "120", "unit": "mg/kg", "judgement": "pass"}],
        "report_no": "JC-1",
        "conclusion": conclusion,
        "cma_no": "241200000001",
        "tested_on": "2025-09-20",
        "issued_on": "2025-09-21",
        **more,
    }


@pytest.mark.parametrize(
    ("report", "is_held"),
    [
        (reported("pass"), False),
        (reported("fail"), True),
        (reported("fail", cma_until="2025-09-21"), True),  # valid up to and with that day
        (reported("no-judgement"), False),
    ],
)
def test_a_failed_conclusion_holds(world: Control, report: dict[str, Any], is_held: bool) -> None:
    world.say(FIELD, "lab_report", report, actor=LAB)

    assert {batch for batch, _, _ in world.held()} == ({FIELD} if is_held else set())


# ---- spread and fall ----


def held_family(world: Control) -> None:
    """The field, dried goods made of it, and bags made of those; another batch of the same plot beside."""
    harvest(world)
    world.take(DRIED, FIELD, "300")
    world.take(BAGGED, DRIED, "200")
    world.open(OTHER)
    world.say(FIELD, "input_use", sprayed("2026-08-10"))


def test_a_hold_reaches_every_batch_made_from_this_one_in_the_same_group_and_no_sibling(world: Control) -> None:
    held_family(world)

    assert world.held() == {(FIELD, "G05@1", False), (DRIED, "G05@1", True), (BAGGED, "G05@1", True)}
    assert world.kinds()[-5:] == ["input_use", "verdict", "hold_placed", "hold_placed", "hold_placed"]


def test_two_officials_free_exactly_what_fell_with_the_origin(world: Control) -> None:
    held_family(world)
    world.say(DRIED, "lab_report", reported("fail"), actor=LAB)

    world.lift(FIELD)

    assert {(batch, spread) for batch, _, spread in world.held()} == {(DRIED, False), (BAGGED, True)}


def test_what_was_lifted_on_these_records_is_not_placed_again_by_them(world: Control) -> None:
    held_family(world)
    world.lift(FIELD)
    harvest(world, at="2026-09-08T08:00:00+08:00")

    assert world.held() == set()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"beside": ()}, "second-official-missing"),
        ({"actor": GROWER, "beside": (KEYS[FIRST],)}, "second-official-missing"),
        ({"actor": BUYER, "beside": (KEYS[GROWER],)}, "second-official-missing"),
    ],
)
def test_one_official_alone_lifts_nothing(world: Control, more: dict[str, Any], code: str) -> None:
    held_family(world)
    before = world.held()

    with pytest.raises(Forbidden) as refused:
        world.lift(FIELD, **more)
    assert (refused.value.code, world.held()) == (code, before)


def test_a_spread_hold_is_lifted_at_its_origin_alone(world: Control) -> None:
    held_family(world)

    with pytest.raises(Conflict) as refused:
        world.lift(DRIED)
    assert refused.value.code == "not-for-officials"


# ---- on what evidence: 农产品质量安全法 art. 29, 34, 36, 48 ----

SO2 = {"item": "T-SO2", "value": "40", "unit": "mg/kg", "judgement": "pass"}


@pytest.mark.parametrize(
    ("report", "reasons"),
    [
        (None, ["release-without-test-of-use"]),
        ({"items": [SO2]}, ["release-without-test-of-use", "evidence-of-other-items"]),
        ({"conclusion": "no-judgement"}, ["release-without-test-of-use", "evidence-not-clean"]),
        ({"cma_until": "2026-09-09"}, ["release-without-test-of-use", "evidence-not-clean"]),
        ({"tested_on": "2026-08-19"}, ["release-without-test-of-use", "evidence-before-hold"]),
        ({"report_kind": "rapid"}, ["release-without-test-of-use", "evidence-by-rapid-method"]),
        ({"tested_on": "2026-08-20"}, []),
    ],
    ids=["none", "of sulphur alone", "without conclusion", "CMA lapsed", "before the harvest", "rapid", "of its day"],
)
def test_goods_picked_too_early_are_freed_by_a_clean_report_on_what_was_used(
    world: Control, report: dict[str, Any] | None, reasons: list[str]
) -> None:
    """戊唑醇 ten days before the harvest of 20 August; a laboratory with 资质认定 reports on the goods afterwards."""
    held_family(world)
    evidence = [] if report is None else [world.clean(FIELD, **report)]
    size = world.node.log.size

    if not reasons:
        world.lift(FIELD, evidence=evidence)
        assert world.held() == set()
        return
    with pytest.raises(Refused) as refused:
        world.lift(FIELD, evidence=evidence)
    said = refused.value.values
    assert (refused.value.code, said["rule"], said["reasons"]) == ("release-without-evidence", "G05@1", reasons)
    assert (said["evidence"], said["article"]) == ([world.hold(FIELD)], "L-APQSL 29; L-VET 40")
    assert said["remedy"][:2] == ["test-what-was-used", "name-the-evidence"]
    assert world.node.log.size == size


def test_a_report_that_came_before_the_hold_is_nothing_new(world: Control) -> None:
    harvest(world)
    known = world.clean(FIELD)
    world.say(FIELD, "input_use", sprayed("2026-08-10"))

    with pytest.raises(Refused) as refused:
        world.lift(FIELD, evidence=[known])
    assert refused.value.values["reasons"] == ["release-without-test-of-use", "evidence-before-hold"]


def test_a_report_on_other_goods_says_nothing_of_these(world: Control) -> None:
    held_family(world)

    with pytest.raises(Refused) as refused:
        world.lift(FIELD, evidence=[world.clean(OTHER)])
    assert refused.value.values["reasons"] == ["release-without-test-of-use"]


def test_goods_that_failed_are_freed_by_a_clean_test_of_what_failed(world: Control) -> None:
    tebuconazole = {"item": "戊唑醇", "value": "<0.01", "unit": "mg/kg", "judgement": "pass"}
    failed = world.say(FIELD, "lab_report", reported("fail"), actor=LAB, at="2026-09-09T08:00:00+08:00")

    for named_here, why in (
        ([failed], ["evidence-before-hold", "evidence-not-clean"]),
        ([world.clean(FIELD, items=[tebuconazole])], ["evidence-of-other-items"]),
    ):
        with pytest.raises(Refused) as refused:
            world.lift(FIELD, evidence=named_here)
        assert refused.value.values["reasons"] == ["release-without-clean-test", *why]
        assert refused.value.values["remedy"][:2] == ["rework-and-retest", "name-the-evidence"]
    world.lift(FIELD)

    assert world.held() == set()


def test_what_held_a_banned_input_falls_on_something_newer_than_the_hold(world: Control) -> None:
    used = world.say(FIELD, "input_use", sprayed("2026-07-01", active=["克百威"]))

    for nothing in ([], [used]):
        with pytest.raises(Refused) as refused:
            world.lift(FIELD, evidence=nothing)
        assert refused.value.values["reasons"][0] == "release-without-new-evidence"
    world.lift(FIELD, evidence=[world.say(FIELD, "store_in", {"township": "十河镇"})])

    assert world.held() == set()


def test_what_a_rule_says_itself_is_no_evidence(world: Control) -> None:
    held_family(world)
    payload = {
        "hold": world.hold(FIELD),
        "ground": "officials",
        "reason_text": "准予放行",
        "evidence": [world.hold(FIELD)],
    }

    with pytest.raises(Refused):
        world.say(FIELD, "hold_released", payload, actor=FIRST, beside=(KEYS[SECOND],))


def test_a_hold_is_lifted_once(world: Control) -> None:
    held_family(world)
    world.lift(FIELD)

    with pytest.raises(Conflict) as refused:
        world.lift(FIELD)
    assert refused.value.code == "hold-released-already"


def test_lifting_says_why(world: Control) -> None:
    held_family(world)

    with pytest.raises(Invalid) as refused:
        world.say(
            FIELD,
            "hold_released",
            {"hold": world.hold(FIELD), "ground": "officials"},
            actor=FIRST,
            beside=(KEYS[SECOND],),
        )
    assert refused.value.code == "missing-field"


# ---- G20: acts refused meanwhile, facts not ----

ACTS: list[Callable[[Control], object]] = [
    lambda world: world.say(FIELD, "labels_issued", {"count": 10}),
    lambda world: world.say(FIELD, "dispatch", {"quantity": kg("10"), "to_region": "310115"}),
    lambda world: world.say(FIELD, "transfer_offered", {"buyer": BUYER, "quantity": kg("500")}),
    lambda world: world.take("w" * 22, FIELD, "10"),
    lambda world: world.say(
        FIELD,
        "market_admission",
        {
            "decision": "admitted",
            "market": "示例市场",
            "quantity": kg("10"),
            "test": {"method": "速测", "result": "pass"},
        },
        actor=MARKET,
    ),
]
FACTS: list[Callable[[Control], object]] = [
    lambda world: world.say(FIELD, "sample_taken", {"sample_no": "1", "sample_kind": "self", "quantity": kg("0.5")}),
    lambda world: world.say(FIELD, "lab_report", reported("pass"), actor=LAB),
    lambda world: world.say(FIELD, "loss", {"quantity": kg("1"), "why": "sorting"}),
    lambda world: world.say(FIELD, "store_in", {"township": "十河镇"}),
    lambda world: world.say(
        FIELD,
        "market_admission",
        {"decision": "refused", "market": "示例市场", "quantity": kg("10"), "reasons": ["batch-held"]},
        actor=MARKET,
    ),
]


@pytest.mark.parametrize("act", ACTS)
def test_an_act_on_a_held_batch_is_refused_with_rule_article_evidence_and_cure(
    world: Control, act: Callable[[Control], object]
) -> None:
    held_family(world)
    size = world.node.log.size

    with pytest.raises(Refused) as refused:
        act(world)
    said = refused.value.values
    assert refused.value.code == "batch-held"
    assert (said["rule"], said["evidence"], said["remedy"]) == ("G20@1", [world.hold(FIELD)], ["lift-the-hold"])
    assert "L-APQSL" in str(said["article"])
    assert world.node.log.size == size

    world.lift(FIELD)
    if act is not ACTS[1]:  # a herb leaves in complete packages: G14
        act(world)


@pytest.mark.parametrize("tell", FACTS)
def test_a_fact_on_a_held_batch_is_logged(world: Control, tell: Callable[[Control], object]) -> None:
    held_family(world)
    size = world.node.log.size

    tell(world)
    assert world.node.log.size > size


# ---- G14: 中医药法 art. 24 ----

PACKED = {
    "levels": [{"level": "bag", "count": 10}],
    "name": "白芍",
    "origin": "安徽省亳州市谯城区十河镇",
    "packed_on": "2026-09-09",
    "supplier": "示例农场",
    "quality_mark": True,
}


def bought(world: Control, **more: Any) -> None:
    """A herb of a walk-in seller, packed as the law wants it."""
    payload = {"product": "HB-BS", "township": "十河镇", "quantity": kg("100"), "seller": "邻村 聂芷岚", **more}
    world.say(OTHER, "batch_opened", payload)
    world.say(OTHER, "packing", PACKED)


def dispatched(world: Control, batch: str = OTHER) -> None:
    world.say(batch, "dispatch", {"quantity": kg("10"), "to_region": "310115"})


def received(world: Control, **more: Any) -> None:
    world.say(OTHER, "receipt", {"quantity": kg("100"), **more}, actor=BUYER)


def test_a_bought_herb_without_a_check_at_purchase_does_not_leave(world: Control) -> None:
    bought(world)
    received(world)

    with pytest.raises(Refused) as refused:
        dispatched(world)
    said = refused.value.values
    assert (refused.value.code, said["rule"], said["article"]) == ("purchase-check-missing", "G14@1", "L-TCM 24")
    assert (said["reasons"], said["remedy"]) == (["purchase-check-missing"], ["record-purchase-check"])

    received(world, proofs=[{"type": "检验报告", "number": "SL-7"}])
    dispatched(world)


def test_the_paper_that_stands_on_the_opening_is_its_check_at_purchase(world: Control) -> None:
    bought(world, evidence=[LABEL_PHOTO])

    dispatched(world)


def test_a_receipt_without_papers_is_made_good_by_a_clean_report(world: Control) -> None:
    bought(world)
    received(world)
    world.clean(OTHER)

    dispatched(world)


def test_what_was_made_of_a_bought_herb_asks_for_its_check_too(world: Control) -> None:
    bought(world)
    world.take(DRIED, OTHER, "50")
    world.say(DRIED, "packing", PACKED)

    with pytest.raises(Refused) as refused:
        dispatched(world, DRIED)
    assert refused.value.code == "purchase-check-missing"


def test_an_act_that_a_gate_refuses_is_found_by_the_audit_where_a_careless_node_let_it_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with control(tmp_path) as world:
        world.open(FIELD)
        held_family(world)
        monkeypatch.setattr(Trace, "decide", lambda *_: Decision())
        forged = world.say(FIELD, "labels_issued", {"count": 10})

        found = world.check(tmp_path)

    assert (found.ok, found.first_bad_index, found.check) == (False, forged.index, "act"), found.detail
    assert found.detail == "batch-held"


# ---- facts in any order ----


def test_a_season_told_in_200_orders_gives_the_same_holds_flags_and_stage(tmp_path: Path) -> None:
    """The batches are opened, and one is made from the other, in the order of the log; facts come as they come."""
    facts: list[tuple[str, str, dict[str, Any], str, str]] = [
        ("f", "planting", {"places": ["p" * 22]}, "2026-03-01T08:00:00+08:00", GROWER),
        ("f", "input_use", sprayed("2026-06-01"), "2026-06-01T08:00:00+08:00", GROWER),
        ("f", "input_use", sprayed("2026-08-05"), "2026-08-05T08:00:00+08:00", GROWER),
        ("f", "input_use", sprayed("2026-07-01", active=["克百威"]), "2026-07-01T08:00:00+08:00", GROWER),
        ("f", "harvest", {"quantity": kg("100"), "area_mu": "2"}, HARVESTED, GROWER),
        ("f", "harvest", {"quantity": kg("400")}, "2026-09-02T17:00:00+08:00", GROWER),
        ("f", "loss", {"quantity": kg("700"), "why": "spoilage"}, "2026-09-03T08:00:00+08:00", GROWER),
        ("d", "lab_report", reported("fail"), "2026-09-05T08:00:00+08:00", LAB),
        ("d", "store_in", {"township": "十河镇"}, "2026-09-06T08:00:00+08:00", GROWER),
    ]
    chance = random.Random(20261125)
    with control(tmp_path) as world:
        for round in range(200):
            chance.shuffle(facts)
            world.open(f"f{round:021d}")
            world.take(f"d{round:021d}", f"f{round:021d}", "300")
            told = [
                world.signed(f"{chain}{round:021d}", kind, payload, at=at, actor=actor)
                for chain, kind, payload, at, actor in facts
            ]
            world.node.append(*(Submission((one,)) for one in told))
        holds, flags, rows = world.held(), world.flags(), world.rows()["batch"]
    assert world.check(tmp_path).ok

    found = set()
    for round in range(200):
        number = f"{round:021d}"
        found.add(
            (
                frozenset((batch[0], rule, spread) for batch, rule, spread in holds if batch.endswith(number)),
                frozenset((batch[0], reason) for batch, reason in flags if batch.endswith(number)),
                tuple(sorted((row["id"][0], row["stage"], row["holds"]) for row in rows if row["id"].endswith(number))),
            )
        )
    assert found == {
        (
            frozenset(
                {
                    ("f", "G03@1", False),
                    ("f", "G05@1", False),
                    ("d", "G03@1", True),
                    ("d", "G05@1", True),
                    ("d", "G17@1", False),
                }
            ),
            # The laboratory is an institution and left out what the report owes; the rest is the grower's.
            frozenset({("f", "overdrawn"), ("f", "yield-outside-band"), ("d", "fields-missing")}),
            (("d", "store_in", 3), ("f", "loss", 2)),
        )
    }


# ---- corrections ----


def test_a_slip_corrected_on_the_same_day_lifts_the_hold_that_it_brought(world: Control) -> None:
    harvest(world)
    use = world.say(FIELD, "input_use", sprayed("2026-08-10"))
    assert world.held() == {(FIELD, "G05@1", False)}

    restated = {"kind": "input_use", "occurred_at": "2026-07-10T08:00:00+08:00", "payload": sprayed("2026-07-10")}
    receipt = world.say(FIELD, "correction", {"restated": restated}, corrects=use.id, reason="日期填错：七月，不是八月")

    assert world.held() == set()
    assert [one.kind for one in receipt.followed] == ["hold_released"]
    assert receipt.followed[0].payload["ground"] == "facts"


def test_a_correction_can_bring_a_hold(world: Control) -> None:
    harvest(world)
    use = world.say(FIELD, "input_use", sprayed("2026-07-10"))
    restated = {"kind": "input_use", "occurred_at": "2026-08-10T08:00:00+08:00", "payload": sprayed("2026-08-10")}
    world.say(FIELD, "correction", {"restated": restated}, corrects=use.id, reason="日期填错")

    assert world.held() == {(FIELD, "G05@1", False)}


def test_what_did_not_occur_counts_no_more(world: Control) -> None:
    mistaken = harvest(world)
    assert world.left(FIELD) == 800_000_000
    world.say(FIELD, "correction", {"did_not_occur": True}, corrects=mistaken.id, reason="记错了批次")

    row = world.batch(FIELD)
    assert (row["stage"], row["is_measured"]) == ("batch_opened", False)
    assert world.left(FIELD) == 1_000_000_000  # the estimate of the opening stands again


def test_a_restated_quantity_takes_the_place_of_the_first(world: Control) -> None:
    first = harvest(world)
    restated = {"kind": "harvest", "occurred_at": HARVESTED, "payload": {"quantity": kg("750.5"), "operator": "苗穗丰"}}
    world.say(FIELD, "correction", {"restated": restated}, corrects=first.id, reason="过磅单为750.5公斤")

    assert world.left(FIELD) == 750_500_000


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"actor": BUYER}, Forbidden, "not-your-act"),
        ({"corrects": "urn:uuid:00000000-0000-4000-8000-999999999999"}, Invalid, "bad-reference"),
        ({"payload": {}}, Invalid, "this-or-that"),
        ({"payload": {"did_not_occur": True, "restated": None}}, Invalid, "this-or-that"),
        ({"kind": "loss", "payload_of": {"quantity": kg("1"), "why": "sorting"}}, Invalid, "not-the-same-kind"),
        ({"occurred_at": "2026-09-12T08:00:00+08:00"}, Invalid, "time-in-future"),
    ],
)
def test_a_correction_that_cannot_stand_is_refused(
    world: Control, change: dict[str, Any], error: type[Exception], code: str
) -> None:
    first = harvest(world)
    restated = {
        "kind": change.get("kind", "harvest"),
        "occurred_at": change.get("occurred_at", HARVESTED),
        "payload": change.get("payload_of", {"quantity": kg("1")}),
    }
    payload = change.get("payload", {"restated": restated})
    if payload.get("restated", "") is None:
        payload = {"did_not_occur": True, "restated": restated}

    with pytest.raises(error) as refused:
        world.say(
            FIELD,
            "correction",
            payload,
            actor=change.get("actor", GROWER),
            corrects=change.get("corrects", first.id),
            reason="记错",
        )
    assert getattr(refused.value, "code", "") == code


def test_once_an_act_relied_on_it_a_second_person_signs_beside(world: Control) -> None:
    first = harvest(world)
    world.take(DRIED, FIELD, "300")
    restated = {"kind": "harvest", "occurred_at": HARVESTED, "payload": {"quantity": kg("750")}}
    said: dict[str, Any] = {"corrects": first.id, "reason": "过磅单为750公斤"}

    with pytest.raises(Forbidden) as refused:
        world.say(FIELD, "correction", {"restated": restated}, **said)
    assert refused.value.code == "second-person-missing"
    world.say(FIELD, "correction", {"restated": restated}, **said, beside=(KEYS[FIRST],))
    assert world.left(FIELD) == 450_000_000


def test_an_act_is_not_corrected(world: Control) -> None:
    harvest(world)
    issued = world.say(FIELD, "labels_issued", {"count": 10})

    with pytest.raises(Invalid) as refused:
        world.say(FIELD, "correction", {"did_not_occur": True}, corrects=issued.id, reason="多打了")
    assert refused.value.code == "not-correctable"


def test_a_flag_is_answered_by_the_owner(world: Control) -> None:
    world.say(FIELD, "harvest", {"quantity": kg("100"), "area_mu": "2"}, at=HARVESTED)
    flag = next(row for row in world.rows()["flag"])
    chain, _, seq = flag["id"].rpartition("/")
    answer = {"flag": {"chain": chain, "seq": int(seq), "leaf": flag["leaf"]}, "answer": "雹灾，减产"}

    with pytest.raises(Forbidden):
        world.say(FIELD, "flag_answered", answer, actor=BUYER)
    world.say(FIELD, "flag_answered", answer)
    assert world.flags() == set()
    assert named(world.say(FIELD, "store_in", {"township": "十河镇"}))["seq"] == 4


# ---- honesty, and two dates ----


def test_a_truthful_late_record_brings_nothing_that_one_on_time_would_not_have_brought(tmp_path: Path) -> None:
    """The same season, told as it happened and told weeks later: same holds, same flags, and nothing for being late."""
    facts = [("input_use", sprayed("2026-06-01")), ("harvest", {"quantity": kg("800"), "area_mu": "0.5"})]
    days = {"input_use": "2026-06-01T08:00:00+08:00", "harvest": HARVESTED}
    found = []
    for late in (False, True):
        folder = tmp_path / str(late)
        folder.mkdir()
        with control(folder) as world:
            world.open(FIELD)
            for kind, payload in reversed(facts) if late else facts:
                if kind == "input_use" and late:
                    world.take(DRIED, FIELD, "300")
                world.say(FIELD, kind, payload, at=days[kind])
            if not late:
                world.take(DRIED, FIELD, "300")
            found.append((world.held(), world.flags(), sorted(world.kinds())))

    assert found[0] == found[1]
    assert found[0][:2] == (set(), set())


def test_what_stood_on_a_day_as_it_was_known_at_a_time_is_answered_the_same_for_ever(world: Control) -> None:
    harvest(world)
    use = world.say(FIELD, "input_use", sprayed("2026-08-10"))
    restated = {"kind": "input_use", "occurred_at": "2026-07-10T08:00:00+08:00", "payload": sprayed("2026-07-10")}
    mended = world.say(FIELD, "correction", {"restated": restated}, corrects=use.id, reason="日期填错：七月，不是八月")
    received = world.received()

    def stood(on: str, index: int) -> tuple[list[str], int] | None:
        with world.node.store.reading() as reads:
            found = standing(reads, world.batch(FIELD), date.fromisoformat(on), received[index])
        return found and ([one.verdict.rule for one in found.findings], len(found.holds))

    assert stood("2026-09-10", use.index + 2) == (["G05@1"], 1)
    assert stood("2026-09-10", mended.index + 1) == ([], 0)
    assert stood("2026-08-19", use.index + 2) == (
        [],
        1,
    )  # the harvest had not happened; the hold was known all the same
    assert stood("2026-09-10", use.index - 2) == ([], 0)
    assert stood("2026-09-10", 3) is None
