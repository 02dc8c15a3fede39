"""Which of our ways to answer does this reader want? Reads `Accept` and `Accept-Encoding` (RFC 9110 §12.5)."""

from functools import lru_cache

_CACHED = 64
"""Browsers and clients send a handful of values; a header has at most 16 KB."""


@lru_cache(maxsize=_CACHED)
def takes(accept: str, *media: str) -> bool:
    """Whether a reader takes any of these media types. A reader who sends no `Accept` takes everything."""
    return any(_quality(accept, one) > 0 for one in media)


@lru_cache(maxsize=_CACHED)
def prefers_html(accept: str) -> bool:
    """Whether a page pleases this reader more than JSON; who names neither (`*/*`) is a program."""
    return _quality(accept, "text/html") > _quality(accept, "application/json")


@lru_cache(maxsize=_CACHED)
def takes_gzip(accept_encoding: str) -> bool:
    """Whether a reader unpacks gzip. One who sends no `Accept-Encoding` has not said so."""
    weights = dict(map(_range, accept_encoding.lower().split(",")))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _quality(accept: str, media: str) -> float:
    """The weight of a media type, 0 to 1. Of the ranges that cover it the most specific one counts."""
    if not accept.strip():
        return 1.0
    ranges = dict(map(_range, accept.lower().split(",")))
    for covering in (media, f"{media.partition('/')[0]}/*", "*/*"):
        if covering in ranges:
            return ranges[covering]
    return 0.0


def _range(text: str) -> tuple[str, float]:
    media, *parameters = (part.strip() for part in text.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return media, 0.0
    return media, 1.0
