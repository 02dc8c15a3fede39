"""Does a reader who carries language or size of text in the address still have them where a form leads on?

A redirect names the next page alone. A browser without cookies, and a link that somebody was sent, have no other place for
these settings; so whatever route redirects, they go along.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.catalogue import LANGS
from api.pages.render import TEXT_SIZES

SETTINGS = {"lang": LANGS, "text": TEXT_SIZES}
SEE_OTHER = 303


class KeptSettings:
    """Stands around every route; an address without settings, and an answer that is no redirect, pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        carried = _settings_in(scope["query_string"]) if scope["type"] == "http" else {}
        if not carried:
            await self._app(scope, receive, send)
            return

        async def send_kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == SEE_OTHER:
                headers = MutableHeaders(raw=message["headers"])
                headers["location"] = with_settings(headers["location"], carried)
            await send(message)

        await self._app(scope, receive, send_kept)


def with_settings(location: str, carried: dict[str, str]) -> str:
    """A path of ours with these settings, where it names none of its own; an address elsewhere stays as it is."""
    parts = urlsplit(location)
    if parts.scheme or parts.netloc:
        return location
    named = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = urlencode({name: value for name, value in carried.items() if name not in named})
    return urlunsplit(parts._replace(query="&".join(part for part in (parts.query, added) if part)))


def _settings_in(query: bytes) -> dict[str, str]:
    """What the address says of settings, as far as there is such a value. A query that no route reads says nothing."""
    if not query:
        return {}
    said = parse_qsl(query.decode("latin-1"))
    return {name: value for name, value in said if value in SETTINGS.get(name, ())}
