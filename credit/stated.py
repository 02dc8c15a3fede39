"""How is a value of a test case read? Texts, days, moments, lists; what cannot be read says why. (pure)"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from trace.legal_days import SHANGHAI

from .cases import day_of

_TIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:(?P<mark>[T ])\d{2}:\d{2}(?P<seconds>:\d{2}(?:\.(?P<fraction>\d{1,6}))?)?(?P<zone>Z|[+-]\d{2}:\d{2})?)?"
)


class BadCase(ValueError):
    """A case that cannot be read; `code` says why."""

    def __init__(self, code: str = "bad-case") -> None:
        super().__init__(code)
        self.code = code


def is_dated(text: str) -> bool:
    """Whether the text is written as a day or a time."""
    return _TIME.fullmatch(text) is not None


def has_hour(text: str) -> bool:
    """Whether the text is written as a time of day."""
    parts = _TIME.fullmatch(text)
    return parts is not None and parts["mark"] is not None


def moment(text: str) -> datetime:
    """A time; a day alone stands for its first moment. Without an offset it is one of Asia/Shanghai."""
    if not is_dated(text):
        raise BadCase("not-a-date")
    try:
        if not has_hour(text):
            return datetime.combine(date.fromisoformat(text), time(), SHANGHAI)
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadCase("not-a-date") from error
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def written_like(pattern: str, at: datetime) -> str:
    """A moment as another one is written (offset, seconds, fraction); a reader compares like with like."""
    parts = _TIME.fullmatch(pattern)
    if parts is None or not parts["mark"]:
        return at.astimezone(SHANGHAI).isoformat()
    local = at.astimezone(moment(pattern).tzinfo)
    seconds = f":{local.second:02d}" if parts["seconds"] else ""
    fraction = f".{local.microsecond:06d}"[: len(parts["fraction"]) + 1] if parts["fraction"] else ""
    return f"{local:%Y-%m-%d}{parts['mark']}{local:%H:%M}{seconds}{fraction}{parts['zone'] or ''}"


def day(stated: object) -> date:
    """The legal day of a day or a time."""
    return day_of(moment(text(stated)))


def optional_day(stated: object) -> date | None:
    """As `day`; null is None."""
    return None if stated is None else day(stated)


def text(stated: object) -> str:
    """A text."""
    if not isinstance(stated, str):
        raise BadCase("missing-field" if stated is None else "wrong-type")
    return stated


def listed(stated: object) -> list[Any]:
    """A list; nothing is an empty one."""
    if stated is None:
        return []
    if not isinstance(stated, list):
        raise BadCase("wrong-type")
    return stated


def mapping(stated: object) -> Mapping[str, Any]:
    """An object."""
    if not isinstance(stated, Mapping):
        raise BadCase("missing-field" if stated is None else "wrong-type")
    return stated
