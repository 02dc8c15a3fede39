"""Which page of a list is asked for, and where does the next one begin? Keyset cursors: no offset, no state.

A cursor says of which list it is and after which key to go on, so that it stays right while the list grows. It gives no
right to read: the route asks policy for every page anew. It is sealed: only pages that we led to can be asked for, and
nobody comes to rely on what stands in it.
"""

import hmac
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request

from api.query import read_query
from trace.ledger.canonical import ProfileError, b64url_decode, b64url_encode, decode_canonical, encode
from trace.ledger.errors import FieldFault, Invalid

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_LIMIT = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
_MAX_CURSOR_CHARACTERS = 2_000
SEAL_BYTES = 12
"""Of HMAC-SHA-256: nobody tries 2^96 addresses."""


@dataclass(frozen=True)
class Page:
    """Rows whose key is above `after` (-1: from the first), at most `limit` of them."""

    after: int
    limit: int


def read_page(request: Request, name: str, allowed: Collection[str] = ()) -> Page:
    """The page asked for by `cursor` and `limit`; `allowed` are the route's other parameters.

    Raises `Invalid` (bad-cursor: not ours, or of another list than `name`; bad-limit: not 1 to 200) and as `read_query`.
    """
    query = read_query(request, {"cursor", "limit", *allowed})
    cursor, limit = query.get("cursor"), query.get("limit", str(DEFAULT_LIMIT))
    if not _LIMIT.fullmatch(limit) or int(limit) > MAX_LIMIT:
        raise Invalid("bad-limit", FieldFault("/limit", "bad-limit"))
    return Page(-1 if cursor is None else cursors_of(request).read(cursor, name), int(limit))


def next_link(request: Request, page: Page, name: str, last: int) -> str:
    """The value of `Link` (RFC 8288) for the page after the row with key `last`; other parameters stay as they are."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in ("cursor", "limit")]
    query = urlencode([*kept, ("cursor", cursors_of(request).make(name, last)), ("limit", page.limit)])
    return f'<{quote(request.scope["path"])}?{query}>; rel="next"'


class Cursors:
    """Makes and reads the cursors of one node. `secret`: what only it knows, the same after a restart; asked for once."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def make(self, name: str, after: int, value: str | int | None = None) -> str:
        """base64url of `{"after","list","seal"}` in canonical form; of a list in another order than the key's, also the last
        `value`."""
        sorted_by = {} if value is None else {"value": value}
        members = {"after": after, "list": name, **sorted_by}
        return b64url_encode(encode({**members, "seal": self._seal(members)}))

    def read(self, text: str, name: str) -> int:
        """After which key to go on. Raises `Invalid` (bad-cursor)."""
        return self._members(text, name, set())[0]

    def read_sorted(self, text: str, name: str) -> tuple[str | int, int]:
        """The value of the last row in the order of list `name`, and its key. Raises `Invalid` (bad-cursor)."""
        after, value = self._members(text, name, {"value"})
        if type(value) not in (str, int):
            raise _bad_cursor()
        return value, after

    def _members(self, text: str, name: str, more: set[str]) -> tuple[int, Any]:
        if len(text) > _MAX_CURSOR_CHARACTERS:
            raise _bad_cursor()
        try:
            members = decode_canonical(b64url_decode(text))
        except (ValueError, ProfileError) as error:
            raise _bad_cursor() from error
        after, seal = members.get("after"), members.pop("seal", None)
        if members.keys() != {"after", "list", *more} or members["list"] != name or type(after) is not int or after < 0:
            raise _bad_cursor()
        if not isinstance(seal, str) or not hmac.compare_digest(seal.encode(), self._seal(members).encode()):
            raise _bad_cursor()
        return after, members.get("value")

    def _seal(self, members: Mapping[str, Any]) -> str:
        return b64url_encode(hmac.digest(self._key, encode(dict(members)), "sha256")[:SEAL_BYTES])

    @cached_property
    def _key(self) -> bytes:
        return self._secret()


def cursors_of(request: Request) -> Cursors:
    found: Cursors = request.app.state.cursors
    return found


def _bad_cursor() -> Invalid:
    return Invalid("bad-cursor", FieldFault("/cursor", "bad-cursor"))
