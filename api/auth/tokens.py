"""Is this text a bearer token, and under which hash is it known?

`sx_`, 43 characters of base 62 (256 random bits), 6 of checksum. The prefix lets secret scanners find a leaked token; the
checksum tells a slip of the hand from a token that we do not know, without asking the database.
"""

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from .policy import Role

PREFIX = "sx_"
RANDOM_BYTES = 32
SIGN_IN = "/in"
"""Address of the sign-in page."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_DIGITS = 43  # 62^43 is just above 2^256
_CHECK_DIGITS = 6  # 62^6 is above 2^32
_SHAPE = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM_DIGITS + _CHECK_DIGITS}}}")

TOKEN_LIFE: Mapping[Role, timedelta] = MappingProxyType(
    {
        # A growing season's work: a co-op's program or a laboratory's system, which sees its own party alone.
        "member": timedelta(days=90),
        "laboratory": timedelta(days=90),
        # They see a whole region or the whole log, so a lost token has to end sooner. The 12 hours that a browser
        # session of an official may last would make somebody type `token` on the server every morning, and then keep
        # tokens in a file; a month is one step of the office's routine.
        "official": timedelta(days=30),
        "auditor": timedelta(days=30),
        "administrator": timedelta(days=30),
    }
)
"""How long a new token of a role is valid."""


def new_token(random_bytes: Callable[[int], bytes]) -> str:
    """A new token. It is shown once and never stored; `random_bytes` has to be a cryptographic source (os.urandom)."""
    body = PREFIX + _base62(int.from_bytes(random_bytes(RANDOM_BYTES)), _RANDOM_DIGITS)
    return body + _checksum(body)


def sign_in_link(public_url: str, token: str) -> str:
    """What a browser opens to sign in. The token stands behind `#`, which no browser sends anywhere."""
    return f"{public_url}{SIGN_IN}#{token}"


def is_token(text: str) -> bool:
    """Whether the text has a token's shape and its checksum fits. Says nothing of whether anybody knows it."""
    return bool(_SHAPE.fullmatch(text)) and _checksum(text[:-_CHECK_DIGITS]) == text[-_CHECK_DIGITS:]


def token_hash(token: str) -> bytes:
    """SHA-256 of the token, the form in which it rests. No salt and no stretching: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()


def _checksum(body: str) -> str:
    """CRC-32 against slips, not against forgers: whoever can guess 256 bits needs no help."""
    return _base62(zlib.crc32(body.encode()), _CHECK_DIGITS)


def _base62(number: int, digits: int) -> str:
    found = []
    for _ in range(digits):
        number, digit = divmod(number, len(_DIGITS))
        found.append(_DIGITS[digit])
    return "".join(reversed(found))
