"""Which kinds of "no" does HTTP itself have, beside those of the log? (RFC 9110 §15.5)

Their codes and sentences stand with all others; `api.problems` gives the status.
"""

from trace.ledger.errors import DomainError


class Unauthenticated(DomainError):
    """No token, or one that is not valid any more."""


class MethodNotAllowed(DomainError):
    """This address does not take this method; the value `allow` lists those that it takes."""


class NotAcceptable(DomainError):
    """The reader takes none of the formats that we have."""


class TooSlow(DomainError):
    """The body did not arrive in time. Nothing was taken in."""


class UriTooLong(DomainError):
    """Path and query together are over their limit."""


class UnsupportedMediaType(DomainError):
    """The body is not `application/json`, or it is compressed."""


class HeadersTooLarge(DomainError):
    """All header fields together are over their limit."""


class RangeNotSatisfiable(DomainError):
    """More ranges of one file are asked for than anybody needs (RFC 9110 §17.15)."""


class RateLimited(DomainError):
    """Too often from here; the value `retry_after` says in how many seconds again."""


class Failed(DomainError):
    """We failed in a way that nobody foresaw. Whatever a statement's fate, it can be sent again with the same id."""
