"""Work in steps: in which order they are taken, and what each work comes to."""

import pytest

from api.steps import Steps, at_once, side_by_side
from trace.ledger.errors import DomainError, Invalid


def work(name: str, steps: int, said: list[str], error: Exception | None = None) -> Steps[str]:
    for step in range(steps):
        said.append(f"{name}{step}")
        yield
    if error is not None:
        raise error
    return name


def test_a_step_is_taken_of_all_before_the_next_of_any() -> None:
    said: list[str] = []
    refusal = Invalid("unknown-kind")

    found = side_by_side([work("a", 3, said), work("b", 1, said, refusal), work("c", 2, said), work("d", 0, said)])

    assert said == ["a0", "b0", "c0", "a1", "c1", "a2"]
    assert found == ["a", refusal, "c", "d"]
    assert side_by_side([]) == []


def test_a_fault_of_the_program_is_no_answer() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side([work("a", 1, [], ZeroDivisionError())])


def test_one_work_goes_to_its_end() -> None:
    said: list[str] = []

    assert at_once(work("a", 2, said)) == "a"
    assert said == ["a0", "a1"]
    with pytest.raises(DomainError):
        at_once(work("b", 0, said, Invalid("unknown-kind")))
