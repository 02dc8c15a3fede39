"""How is a page answered that only one person may see? In the reader's settings, with the session's form token, never kept."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from api.auth.sessions import SignedIn
from api.pages.purpose import is_demonstration
from api.pages.render import render_private
from api.pages.routes import html_answer, reader_of
from api.pages.scan_words import Words
from trace.legal_days import SHANGHAI


def private_page(
    request: Request, template: str, view: object, *, path: str | None = None, status: int = 200, kept: str = ""
) -> Response:
    """The page of a template, with `view`, `chrome` and `form_token` in its context.

    `path`: where the links of the masthead lead, if not to the address asked for (one that only takes a form cannot be
    opened again). `kept`: what these links keep of the query, encoded.
    """
    reader = reader_of(request)
    signed_in: SignedIn | None = getattr(request.state, "signed_in", None)
    html = render_private(
        template,
        view,
        reader.lang,
        reader.text_size,
        path or quote(request.url.path),
        signed_in.form_token if signed_in else "",
        is_demonstration=is_demonstration(request),
        kept=kept,
    )
    answer = html_answer(html, reader, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def spoken_day_time(at: datetime, words: Words) -> str:
    """Day and minute of a moment by the clock of Asia/Shanghai."""
    local = at.astimezone(SHANGHAI)
    return f"{words.day(local.isoformat())} {local:%H:%M}"
