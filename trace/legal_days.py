"""On which day, as the law counts days, did something happen? Asia/Shanghai. (pure)"""

from datetime import date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
"""Fixed: summer time ended there in 1991."""


def legal_day(time: str) -> date:
    """The day of an RFC 3339 time."""
    return datetime.fromisoformat(time).astimezone(SHANGHAI).date()
