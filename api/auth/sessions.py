"""How long does a browser stay signed in, and which secrets does it hold?

A session begins with a token and never outlives it. Its secret stands in one cookie; what rests here is its hash. Forms
carry a second secret made from the first, which another site can neither read nor make.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

from api.db import Token
from trace.ledger.canonical import b64url_encode

from .policy import Caller, Role

SECRET_BYTES = 32
SHOWN_HEX = 16
"""How much of a hash names a session or an account where people see it: enough to find the row, useless for anything else."""

_FIELD, _OFFICE = timedelta(days=30), timedelta(minutes=30)
IDLE: Mapping[Role, timedelta] = MappingProxyType(
    {"member": _FIELD, "laboratory": _FIELD, "official": _OFFICE, "auditor": _OFFICE, "administrator": _OFFICE}
)
"""A session that is not used for so long has ended: a grower's own phone, an office's shared desk."""

_SEASON, _DAY = timedelta(days=90), timedelta(hours=12)
ABSOLUTE: Mapping[Role, timedelta] = MappingProxyType(
    {"member": _SEASON, "laboratory": _SEASON, "official": _DAY, "auditor": _DAY, "administrator": _DAY}
)
"""A session that began so long ago has ended, used or not."""

SEEN_EVERY = timedelta(minutes=1)
"""A use is noted at most so often: one small commit a minute, for an idle limit that is this much coarse."""

SECURE_COOKIE, PLAIN_COOKIE = "__Host-sx", "sx"

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Session:
    """What is kept of a signed-in browser, and the token that it signed in with."""

    hash: bytes
    token: Token
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None

    @property
    def id(self) -> str:
        """Its name on the page of one's own sessions."""
        return self.hash.hex()[:SHOWN_HEX]

    @property
    def ends_at(self) -> datetime:
        """When it ends, used again or not."""
        return min(self.created_at + ABSOLUTE[self.token.role], self.token.expires_at)

    def is_open(self, now: datetime) -> bool:
        is_idle = now - self.last_seen_at >= IDLE[self.token.role]
        return self.ended_at is None and self.token.is_valid(now) and not is_idle and now < self.ends_at


@dataclass(frozen=True)
class SignedIn:
    """The session of a request, with the secret that only its browser holds."""

    session: Session
    secret: str

    @property
    def caller(self) -> Caller:
        """Whom the policy is asked about. Its account says by which token, and that it was a browser."""
        token = self.session.token
        return Caller(token.role, token.party, token.region, f"session:{token.hash.hex()[:SHOWN_HEX]}")

    @property
    def form_token(self) -> str:
        """What each form of this session has to send back. Who reads it cannot find the cookie from it."""
        return b64url_encode(hmac.digest(self.secret.encode(), b"suxin form", "sha256"))

    def sent(self, form_token: str) -> bool:
        """Whether this is our form token; takes the same time for all that are not."""
        return hmac.compare_digest(form_token.encode(), self.form_token.encode())


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    """A new session's secret: 256 random bits from a cryptographic source (os.urandom)."""
    return b64url_encode(random_bytes(SECRET_BYTES))


def is_secret(text: str) -> bool:
    """Whether a cookie could be ours; what is not is never looked up."""
    return bool(_SECRET.fullmatch(text))


def secret_hash(secret: str) -> bytes:
    """The form in which a secret rests. No salt and no stretching: 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def cookie_name(public_url: str, host: str) -> str:
    """The session's cookie for a browser that reached us as `host` (the header, port and all).

    `__Host-` binds it to https and to this very host; browsers take loopback for as safe. On a plain address of a local
    network they would throw it away, so there, and only there, it has a plain name (a live log does not serve there).
    """
    is_secure = public_url.startswith("https://") or is_loopback(host)
    return SECURE_COOKIE if is_secure else PLAIN_COOKIE


def is_loopback(host: str) -> bool:
    """Whether a Host header, or the host of an address, names this machine itself."""
    name = urlsplit(f"//{host}").hostname or ""
    return name in ("localhost", "127.0.0.1", "::1") or name.endswith(".localhost")
