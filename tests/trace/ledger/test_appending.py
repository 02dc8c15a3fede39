"""What a refused submission leaves behind in a transaction that goes on: nothing, whatever of it was sealed by then."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger.errors import Refused
from trace.ledger.merkle import CompactRange
from trace.ledger.sealing import Edge
from trace.ledger.store import Reads
from trace.ledger.submission import Receipt, Submission

from .ledger_parts import OpenHouse, Running, running, single, statement


class _Crowd(OpenHouse):
    """Holds up the first transaction, so that all that is submitted meanwhile enters in the second."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self._holds_up, self._may_go_on = threading.Event(), threading.Event()

    def open_state(self, reads: Reads, submissions: Sequence[Submission]) -> list[int]:
        self.opened.append(len(submissions))
        self._holds_up.set()
        assert self._may_go_on.wait(60)
        return []

    def submit(self, node: Running, first: Submission, *crowd: Submission) -> list[Future[tuple[Receipt, ...]]]:
        """The answers to a crowd that enters in one transaction, behind `first`."""
        node.log.submit(first)
        assert self._holds_up.wait(60)
        answers = [node.log.submit(one) for one in crowd]
        self._may_go_on.set()
        return answers


def test_after_a_refusal_a_chain_that_it_reached_goes_on_where_it_ended(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        node.append(single(1, kind="derive"))  # the derived entry opens the chain of d
    crowd = _Crowd()
    refused = Submission((statement(3, kind="derive"), statement(4, chain="e" * 22), statement(5, kind="refuse")))

    with running(tmp_path, domain=crowd) as node:
        answers = crowd.submit(node, single(2), refused, single(6, kind="derive"), refused, single(7))
        for answer in answers[::2]:
            with pytest.raises(Refused):
                answer.result(60)
        taken = [answer.result(60)[0] for answer in answers[1::2]]
        with node.store.reading() as reads:
            own, derived, left = (reads.chain_rows(chain * 22) for chain in "cde")

    assert crowd.opened == [1, 4]
    assert [(one.seq, one.index) for one in taken] == [(2, 3), (3, 5)]
    assert [row.seq for row in derived] == [0, 1]
    assert [row.prev for row in derived[1:]] == [derived[0].leaf]
    assert (len(own), left) == (4, [])


def test_what_was_refused_may_be_said_again_in_the_same_transaction(tmp_path: Path) -> None:
    crowd = _Crowd()
    group = (statement(1, kind="derive"), statement(2, kind="refuse"))

    with running(tmp_path, domain=crowd) as node:
        answers = crowd.submit(node, single(9, chain="f" * 22), Submission(group), single(1), single(1))
        with pytest.raises(Refused):
            answers[0].result(60)
        first, again = (answer.result(60)[0] for answer in answers[1:])

    assert first == again
    assert (first.seq, first.index, first.followed) == (0, 1, ())


def _edge(leaves: Sequence[bytes]) -> Edge:
    edge = Edge(CompactRange(0, []), [], "")
    for leaf in leaves:
        edge.add_leaf(leaf)
    return edge


def _said(edge: Edge) -> object:
    return edge.range.size, edge.range.hashes, edge.open_tiles, edge.received, edge.new_tiles


def _leaf(number: int) -> bytes:
    return number.to_bytes(32, "big")


@given(st.integers(0, 600), st.integers(0, 600))
def test_an_edge_taken_back_is_what_it_was_and_grows_on_as_if_nothing_had_been(kept: int, refused: int) -> None:
    edge, other = _edge([_leaf(n) for n in range(kept)]), _edge([_leaf(n) for n in range(kept)])
    mark = edge.mark()
    for number in range(refused):
        edge.add_leaf(_leaf(10_000 + number))
    edge.received = "2026-09-10T00:00:00.000Z"

    edge.undo(mark)

    assert _said(edge) == _said(other)
    for number in range(300):
        edge.add_leaf(_leaf(20_000 + number))
        other.add_leaf(_leaf(20_000 + number))
    assert _said(edge) == _said(other)


def test_an_edge_is_taken_back_over_a_full_tile_of_tiles() -> None:
    edge, other = _edge([_leaf(n) for n in range(65_530)]), _edge([_leaf(n) for n in range(65_530)])
    mark = edge.mark()
    for number in range(10):
        edge.add_leaf(_leaf(90_000 + number))

    edge.undo(mark)

    assert _said(edge) == _said(other)
