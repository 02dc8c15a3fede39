"""Where in a small picture stands each batch of a lineage? Rows of marks, one row a step, and lines between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

_STEP_X, _STEP_Y, _MARGIN = 64, 72, 32
MAX_DRAWN = 24
"""More marks than these would be too small on a phone; the list below has all of them."""
ACROSS = 5
"""So many marks stand side by side on a phone of 360 px at their full size."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A batch in the picture; number 0 is the one shown."""

    number: int
    x: int
    y: int
    is_held: bool


@dataclass(frozen=True, slots=True)
class Line:
    """From a batch to what was made of it, or the other way round: it has no arrow, the rows say which is which."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """`marks` is empty where there is nothing to draw, or too much."""

    width: int
    height: int
    marks: tuple[Mark, ...]
    lines: tuple[Line, ...]


NOTHING_DRAWN = Drawing(0, 0, (), ())


def steps_from(start: str, onward: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """How many steps away each batch lies, by the longest way, so that every line leads on by a row."""
    steps = {start: 0}
    frontier = [start]
    while frontier:  # a batch is made of earlier ones alone, so this ends
        reached: list[str] = []
        for here in frontier:
            for there in onward.get(here, ()):
                if steps.get(there, -1) < steps[here] + 1:
                    steps[there] = steps[here] + 1
                    reached.append(there)
        frontier = reached
    return steps


def draw(
    rows: Mapping[str, int], numbers: Mapping[str, int], held: Iterable[str], edges: Iterable[tuple[str, str]]
) -> Drawing:
    """Each batch in its row (the lowest number on top), in the order of their numbers, each row in the middle; a row that is
    too long for a phone goes on below itself."""
    if not 2 <= len(rows) <= MAX_DRAWN + 1:
        return NOTHING_DRAWN
    is_held, lines_of_marks = frozenset(held), list(_wrapped(rows, numbers))
    widest = max(len(row) for row in lines_of_marks)
    marks = {
        id: Mark(
            numbers[id],
            _MARGIN + (widest - len(row)) * _STEP_X // 2 + place * _STEP_X,
            _MARGIN + at * _STEP_Y,
            id in is_held,
        )
        for at, row in enumerate(lines_of_marks)
        for place, id in enumerate(row)
    }
    lines = tuple(Line(marks[a].x, marks[a].y, marks[b].x, marks[b].y) for a, b in edges)
    width, height = (max(sides) + _MARGIN for sides in zip(*((one.x, one.y) for one in marks.values()), strict=True))
    return Drawing(width, height, tuple(marks.values()), lines)


def _wrapped(rows: Mapping[str, int], numbers: Mapping[str, int]) -> Iterator[list[str]]:
    in_order = sorted(rows, key=lambda one: (rows[one], numbers[one]))
    for _, row in groupby(in_order, key=lambda one: rows[one]):
        together = list(row)
        yield from (together[at : at + ACROSS] for at in range(0, len(together), ACROSS))
