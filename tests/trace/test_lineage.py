"""Splits, blends and transfers: what is opened in a group, who may, and that nothing more goes out than came in."""

import threading
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trace import lineage
from trace.ledger.errors import Conflict, DomainError, Forbidden, Invalid
from trace.ledger.store import SealedRow
from trace.ledger.submission import Receipt, Signed
from trace.queries import downstream, upstream

from .control_parts import BUYER, FIRST, GROWER, KEYS, MARKET, PLOT, Control, control, kg, named

FIELD, SECOND_FIELD, A, B, BLEND = (letter * 22 for letter in "fsace")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Control]:
    with control(tmp_path) as found:
        for batch in (FIELD, SECOND_FIELD):
            found.open(batch)
            found.say(batch, "harvest", {"quantity": kg("1000")}, at="2026-08-20T17:00:00+08:00")
        yield found
    assert found.check(tmp_path).ok


def opening(world: Control, batch: str, quantity: str, *inputs: tuple[str, str], actor: str = GROWER) -> Signed:
    taken = [{"batch": source, "quantity": kg(amount)} for source, amount in inputs]
    payload = {"product": "HB-BS", "township": "十河镇", "quantity": kg(quantity), "inputs": taken}
    return world.signed(batch, "batch_opened", payload, actor=actor)


def split(world: Control, parent: str, *parts: tuple[str, str], actor: str = GROWER) -> tuple[Receipt, ...]:
    outputs = [{"batch": batch, "quantity": kg(amount)} for batch, amount in parts]
    opened = [opening(world, batch, amount, (parent, amount), actor=actor) for batch, amount in parts]
    return world.together(world.signed(parent, "batch_split", {"outputs": outputs}, actor=actor), *opened)


def blend(world: Control, batch: str, *inputs: tuple[str, str]) -> tuple[Receipt, ...]:
    taken = [{"batch": source, "quantity": kg(amount)} for source, amount in inputs]
    total = str(sum(int(amount) for _, amount in inputs))
    merged = world.signed(batch, "batch_merged", {"inputs": taken, "why": "blend"})
    return world.together(opening(world, batch, total, *inputs), merged)


def sealed(world: Control, index: int) -> SealedRow:
    with world.node.store.reading() as reads:
        return next(reads.rows(index, index + 1))


def test_a_split_opens_each_part_linked_to_it_and_takes_each_from_the_parent(world: Control) -> None:
    receipts = split(world, FIELD, (A, "300"), (B, "700"))

    assert world.kinds()[-5:] == ["batch_split", "batch_opened", "consumed", "batch_opened", "consumed"]
    assert [world.left(one) for one in (FIELD, A, B)] == [0, 300_000_000, 700_000_000]
    for receipt in receipts[1:]:
        entry = sealed(world, receipt.index).entry.decode()
        assert f'"links":[{{"chain":"{FIELD}","leaf":"{receipts[0].leaf.hex()}","seq":{receipts[0].seq}}}]' in entry


def test_a_blend_links_to_the_heads_before_the_group_and_takes_from_each_behind_it(world: Control) -> None:
    heads = {row.chain: row.seq for row in world.sealed() if row.chain in (FIELD, SECOND_FIELD)}
    receipts = blend(world, BLEND, (FIELD, "400"), (SECOND_FIELD, "250"))

    assert world.kinds()[-4:] == ["batch_opened", "batch_merged", "consumed", "consumed"]
    assert [world.left(one) for one in (FIELD, SECOND_FIELD, BLEND)] == [600_000_000, 750_000_000, 650_000_000]
    opened = sealed(world, receipts[0].index).entry.decode()
    assert all(f'"seq":{heads[one]}' in opened for one in (FIELD, SECOND_FIELD))
    assert '"links":[]' in sealed(world, receipts[1].index).entry.decode()


@pytest.mark.parametrize(
    ("parts", "error", "code"),
    [
        ([(A, "300"), (B, "701")], Conflict, "mass-exceeded"),
        ([(A, "300"), (FIELD, "1")], Conflict, "chain-open-already"),
        ([(A, "300"), (SECOND_FIELD, "1")], Conflict, "chain-open-already"),
    ],
)
def test_a_split_that_cannot_be_leaves_nothing(
    world: Control, parts: list[tuple[str, str]], error: type[DomainError], code: str
) -> None:
    size = world.node.log.size

    with pytest.raises(error) as refused:
        split(world, FIELD, *parts)
    assert (refused.value.code, world.node.log.size) == (code, size)


def test_half_a_split_is_no_split(world: Control) -> None:
    size = world.node.log.size
    outputs = [{"batch": A, "quantity": kg("300")}, {"batch": B, "quantity": kg("700")}]
    announced = world.signed(FIELD, "batch_split", {"outputs": outputs})

    with pytest.raises(Invalid) as alone:
        world.together(announced)
    with pytest.raises(Invalid) as half:
        world.together(announced, opening(world, A, "300", (FIELD, "300")))
    with pytest.raises(Invalid) as other:
        world.together(announced, opening(world, A, "300", (FIELD, "299")), opening(world, B, "700", (FIELD, "700")))
    assert [one.value.code for one in (alone, half, other)] == ["group-incomplete", "group-incomplete", "not-the-part"]
    assert world.node.log.size == size


def test_two_inputs_are_a_blend_and_say_so(world: Control) -> None:
    opened = opening(world, BLEND, "20", (FIELD, "10"), (SECOND_FIELD, "10"))
    one_less = world.signed(BLEND, "batch_merged", {"inputs": [{"batch": FIELD, "quantity": kg("10")}]})

    with pytest.raises(Invalid) as silent:
        world.together(opened)
    with pytest.raises(Invalid) as wrong:
        world.together(opened, one_less)
    assert [silent.value.code, wrong.value.code] == ["group-incomplete", "not-the-part"]


def test_somebody_elses_goods_are_neither_split_nor_blended(world: Control) -> None:
    with pytest.raises(Forbidden):
        split(world, FIELD, (A, "300"), (B, "700"), actor=BUYER)
    with pytest.raises(Forbidden):
        world.together(opening(world, A, "1", (FIELD, "1"), actor=BUYER))


def test_who_says_that_goods_were_received_takes_none_of_them(world: Control) -> None:
    """A market wrote a receipt on a stranger's batch and took 900 of its 1,000 kg. Receiver becomes holder, the owner stays."""
    world.say(FIELD, "receipt", {"quantity": kg("1000")}, actor=MARKET)
    size = world.node.log.size

    with pytest.raises(Forbidden) as refused:
        world.together(opening(world, A, "900", (FIELD, "900"), actor=MARKET))

    assert (refused.value.code, refused.value.faults[0].pointer) == ("not-your-batch", "/payload/inputs/0/batch")
    assert (world.node.log.size, world.batch(FIELD)["holder"], world.left(FIELD)) == (size, MARKET, 1_000_000_000)
    split(world, FIELD, (A, "300"), (B, "700"))  # and the owner, wherever the goods are, still may


# ---- no more out than in (G19) ----


def announced(world: Control, part: Signed, *parts: tuple[str, str]) -> tuple[Signed, ...]:
    outputs = [{"batch": batch, "quantity": kg(amount)} for batch, amount in parts]
    rest = [opening(world, batch, amount, (FIELD, amount)) for batch, amount in parts[1:]]
    return world.signed(FIELD, "batch_split", {"outputs": outputs}), part, *rest


def test_no_more_comes_out_of_goods_than_went_into_them(world: Control) -> None:
    """10 kg are no 5,000 kg: opened alone, as a part that was announced as 300 kg, or as a blend of 10 and 10."""
    size = world.node.log.size
    merged = world.signed(
        BLEND, "batch_merged", {"inputs": [{"batch": one, "quantity": kg("10")} for one in (FIELD, SECOND_FIELD)]}
    )
    groups = [
        (opening(world, A, "5000", (FIELD, "10")),),
        (opening(world, A, "10.000001", (FIELD, "10")),),
        announced(world, opening(world, A, "9000", (FIELD, "300")), (A, "300"), (B, "700")),
        (opening(world, BLEND, "5000", (FIELD, "10"), (SECOND_FIELD, "10")), merged),
    ]

    for group in groups:
        with pytest.raises(Conflict) as refused:
            world.together(*group)
        assert (refused.value.code, refused.value.faults[0].pointer) == ("mass-exceeded", "/payload/quantity")
    assert world.node.log.size == size


def test_as_much_as_went_in_may_come_out_in_whatever_unit(world: Control) -> None:
    jin = {"value": "20", "unit": "jin"}  # 500 g each
    inputs = [{"batch": FIELD, "quantity": kg("10")}]

    world.say(A, "batch_opened", {"product": "HB-BS", "township": "十河镇", "quantity": jin, "inputs": inputs})

    assert (world.left(A), world.left(FIELD)) == (10_000_000, 990_000_000)


def test_what_is_measured_otherwise_is_not_compared(world: Control) -> None:
    """Ten pigs are 800 kg of pork: heads and kilograms have no sum."""
    ten = {"value": "10", "unit": "head"}
    world.say(A, "batch_opened", {"product": "AN-PIG", "township": "十河镇", "quantity": ten, "place": PLOT})
    pork = {"product": "AN-PORK", "township": "十河镇", "quantity": kg("800")}

    world.say(B, "batch_opened", {**pork, "inputs": [{"batch": A, "quantity": ten}]})

    assert (world.left(A), world.left(B)) == (0, 800_000_000)


# ---- transfers ----


def offered(world: Control, quantity: str = "1000", **more: Any) -> Receipt:
    return world.say(FIELD, "transfer_offered", {"buyer": BUYER, "quantity": kg(quantity), **more})


def accepted(world: Control, offer: Receipt, actor: str = BUYER) -> Receipt:
    return world.say(FIELD, "transfer_accepted", {"offer": named(offer), "quantity": kg("1000")}, actor=actor)


def test_ownership_goes_to_the_one_to_whom_it_was_offered(world: Control) -> None:
    offer = offered(world)
    assert world.batch(FIELD)["owner"] == GROWER
    with pytest.raises(Forbidden):
        accepted(world, offer, GROWER)
    accepted(world, offer)

    row = world.batch(FIELD)
    assert (row["owner"], row["holder"], row["offer"]) == (BUYER, BUYER, None)
    with pytest.raises(Forbidden):
        world.say(FIELD, "labels_issued", {"count": 1})
    world.say(FIELD, "labels_issued", {"count": 1}, actor=BUYER)


def test_who_sold_a_batch_may_still_say_what_was_done_to_it_before(world: Control) -> None:
    """A fact that was forgotten is taken after the sale too: else silence would be the only thing left."""
    accepted(world, offered(world))
    used = {"input_kind": "fertiliser", "name": "复合肥", "used_from": "2026-05-01"}

    world.say(FIELD, "input_use", used, at="2026-05-01T08:00:00+08:00")
    world.say(FIELD, "loss", {"quantity": kg("1"), "why": "sorting"}, at="2026-08-21T08:00:00+08:00")
    with pytest.raises(Forbidden):
        world.say(FIELD, "labels_issued", {"count": 1})
    with pytest.raises(Forbidden):
        world.say(SECOND_FIELD, "loss", {"quantity": kg("1"), "why": "sorting"}, actor=BUYER)


def test_part_of_a_batch_is_not_offered(world: Control) -> None:
    with pytest.raises(Conflict) as refused:
        offered(world, "999")
    assert refused.value.code == "transfer-is-whole"


def test_an_offer_is_taken_once_and_in_time(world: Control) -> None:
    lapsed = offered(world, until="2026-09-09")
    with pytest.raises(Conflict) as late:
        accepted(world, lapsed)
    again = offered(world, until="2026-09-10")  # the log's day
    with pytest.raises(Conflict) as replaced:
        accepted(world, lapsed)
    accepted(world, again)
    with pytest.raises(Conflict) as twice:
        accepted(world, again)
    assert {one.value.code for one in (late, replaced, twice)} == {"offer-not-open"}


# ---- conservation ----

BATCHES = st.integers(0, 7)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), BATCHES, st.integers(1, 1200)),
        st.tuples(st.just("split"), BATCHES, st.integers(1, 700)),
        st.tuples(st.just("blend"), BATCHES, st.integers(1, 700)),
        st.tuples(st.just("loss"), BATCHES, st.integers(1, 900)),
        st.tuples(st.just("mend"), BATCHES, st.integers(1, 1500)),
    ),
    max_size=25,
)
_numbers = count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_act_takes_more_than_there_is_and_trace_equals_a_naive_closure(world: Control, steps: Any) -> None:
    play(world, steps)


def test_an_act_that_took_too_much_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: without the rule that compares with what is left, it fails, and so does the audit."""
    with control(tmp_path) as world, monkeypatch.context() as careless:
        careless.setattr(lineage, "check_amount", lambda *_: None)
        for step in ("take", "split", "blend"):
            with pytest.raises(AssertionError):
                play(world, [(step, 0, 1_001)])

    result = world.check(tmp_path)
    assert (result.check, result.detail) == ("act", "mass-exceeded")


def test_a_step_that_is_missing_would_be_noticed(world: Control) -> None:
    split(world, FIELD, (A, "300"), (B, "700"))
    edges = {(A, FIELD), (B, FIELD)}

    check_traces(world, [FIELD, A, B], edges)
    with pytest.raises(AssertionError):
        check_traces(world, [FIELD, A, B], {(A, FIELD)})


def play(world: Control, steps: Any) -> None:
    """Random splits, blends, losses and corrections: an act is taken exactly where enough is left."""
    made, harvests, edges = [], {}, set()
    for _ in range(2):
        made.append(f"{next(_numbers):022d}")
        world.open(made[-1])
        harvests[made[-1]] = world.say(made[-1], "harvest", {"quantity": kg("1000")}, at="2026-09-01T08:00:00+08:00")
    for what, which, amount in steps:
        source, other = made[which % len(made)], made[(which + 1) % len(made)]
        left = {one: world.left(one) for one in (source, other)}
        fresh = [f"{next(_numbers):022d}" for _ in range(2)]
        grams = amount * 1_000_000
        try:
            if what == "take":
                world.take(fresh[0], source, str(amount))
                assert grams <= left[source]
                edges.add((fresh[0], source))
                made.append(fresh[0])
            elif what == "split":
                split(world, source, *((one, str(amount)) for one in fresh))
                assert 2 * grams <= left[source]
                edges |= {(one, source) for one in fresh}
                made += fresh
            elif what == "blend" and source != other:
                blend(world, fresh[0], (source, str(amount)), (other, str(amount)))
                assert grams <= min(left.values())
                edges |= {(fresh[0], source), (fresh[0], other)}
                made.append(fresh[0])
            elif what == "loss":
                world.say(source, "loss", {"quantity": kg(str(amount)), "why": "spoilage"})
            elif what == "mend" and source in harvests:
                restated = {
                    "kind": "harvest",
                    "occurred_at": "2026-09-01T08:00:00+08:00",
                    "payload": {"quantity": kg(str(amount))},
                }
                said: dict[str, Any] = {"corrects": harvests[source].id, "reason": "过磅单不同"}
                world.say(source, "correction", {"restated": restated}, **said, beside=(KEYS[FIRST],))
        except Conflict as refusal:
            refused = (refusal.code, grams * (2 if what == "split" else 1) > min(left.values()))
        else:
            refused = ("mass-exceeded", True)
        assert refused == ("mass-exceeded", True)
        if what not in ("loss", "mend"):  # those are facts: they may overdraw, and are flagged
            assert all(world.left(one) >= min(0, left[one]) for one in (source, other))
    check_traces(world, made, edges)


def check_traces(world: Control, made: Iterable[str], edges: set[tuple[str, str]]) -> None:
    """What the pages walk in the database, up and down, is what naive closure finds; `edges` are (child, parent)."""
    with world.node.store.reading() as reads:
        for one in made:
            assert {row["id"] for row in upstream(reads.connection, one)} == naive(edges, one, 0)
            assert {row["id"] for row in downstream(reads.connection, one)} == naive(edges, one, 1)


def naive(edges: set[tuple[str, str]], start: str, here: int) -> set[str]:
    """What is reached from here by following edges until nothing new comes."""
    found: set[str] = set()
    while True:
        more = {edge[1 - here] for edge in edges if edge[here] in found | {start}} - found
        if not more:
            return found
        found |= more


def test_thirty_two_writers_together_take_no_more_than_there_is(world: Control) -> None:
    """1,000 kg, and 32 people who each want to take 100 kg at once: ten get it."""
    wanted = [opening(world, f"{at:022d}", "100", (FIELD, "100")) for at in range(32)]
    ready, taken, refusals = threading.Barrier(32), [], []

    def take(one: Signed) -> None:
        ready.wait()
        try:
            world.together(one)
            taken.append(one.statement.chain)
        except Conflict as refusal:
            refusals.append(refusal.code)

    threads = [threading.Thread(target=take, args=(one,)) for one in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(taken), refusals, world.left(FIELD)) == (10, ["mass-exceeded"] * 22, 0)
