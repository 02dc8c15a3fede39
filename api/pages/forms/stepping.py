"""What do − and + make of a number, and a chip of a text? The buttons of a form that change one control and send nothing on.

They work as a request, so that no script is needed; the page's script (static/forms.js) does the same where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from api.pages.forms.controls import PREFIX
from api.pages.forms.filled import Filled

LESS, PLUS, SET = "less", "plus", "set"
"""The first word of a button's value; behind a colon stands which control, of `set` also `=` and the text."""

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_MOST_DIGITS = 15
"""So many digits a phone counts exactly; what is longer is nobody's weight and stays as it is."""


def pressed(filled: Filled, step: str, of: str) -> Filled:
    """The state after one of these buttons; the same where it names nothing that could be changed."""
    name, _, text = of.partition("=")
    path = name.split(".")
    if path[0] != PREFIX or len(path) < 2:
        return filled
    if step == SET:
        return replace(filled, payload={**filled.payload, path[1]: text}) if len(path) == 2 else filled
    return replace(filled, payload=_with(filled.payload, path[1:], 1 if step == PLUS else -1))


def _with(value: Any, path: list[str], sign: int) -> Any:
    """The payload, or a part of it, with the number at the end of the path moved."""
    if not path:
        return _moved(value, sign)
    if isinstance(value, list):
        at = int(path[0]) if path[0].isascii() and path[0].isdigit() else len(value)
        return [_with(one, path[1:], sign) if place == at else one for place, one in enumerate(value)]
    known: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    return {**known, path[0]: _with(known.get(path[0]), path[1:], sign)}


def _moved(value: Any, sign: int) -> Any:
    if isinstance(value, Mapping):
        return {**value, "value": stepped(str(value.get("value", "")), sign)}
    if type(value) is int:
        return int(stepped(str(value), sign, whole=True))
    return stepped(value, sign, whole=True) if isinstance(value, str) else value if value is not None else 1


def stepped(text: str, sign: int, *, whole: bool = False) -> str:
    """The next number that somebody would say: 50 → 51, 155 → 165, 9500 → 9600, 0.5 → 0.6; down it never reaches zero.

    A step is one of the second digit, and of numbers from 1 to 9 a whole one. What is no number stays as it is; where
    nothing stands, + begins with 1.
    """
    text = text.strip()
    if not text:
        return "1" if sign > 0 else ""
    if not _NUMBER.fullmatch(text):
        return text
    number = Decimal(text)
    if number == 0 or len(number.as_tuple().digits) > _MOST_DIGITS:
        return text
    step = _step(number, sign)
    if whole and step < 1:
        return text
    return f"{number + sign * step:f}"


def _step(number: Decimal, sign: int) -> Decimal:
    exponent = number.adjusted()
    if sign < 0 and number == Decimal((0, (1,), exponent)):
        exponent -= 1  # from 100 down to 99, from 1 to 0.9: the way back is the same
    if exponent >= 1:
        exponent -= 1
    return Decimal((0, (1,), exponent))


def last_texts(name: str, payloads: Iterator[Mapping[str, Any]], most: int) -> tuple[str, ...]:
    """What stood in a text field of earlier records, newest first, each once."""
    found = dict.fromkeys(text for payload in payloads if isinstance(text := payload.get(name), str) and text)
    return tuple(found)[:most]
