"""Which label did somebody photograph? Read on this machine for a phone that could not scan it; the photo is not kept."""

import asyncio
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.accept import prefers_html
from api.auth.guard import allow
from api.auth.policy import Caller
from api.form_body import read_form
from api.pages.lookup import count_look_up
from api.pages.purpose import is_demonstration
from api.pages.render import render_unknown
from api.pages.routes import html_answer, reader_of
from api.pages.views import UnknownView
from api.problems import status_of, told
from api.refusals import UnsupportedMediaType
from api.routes.writing import node_of
from trace.labels.address import LabelAddress, parse_label_address
from trace.labels.photo import NotAPicture, TooManyPixels, read_qr_codes
from trace.ledger.errors import DomainError, FieldFault, Invalid, Overloaded, TooLarge

MAX_PHOTO_BYTES = 6 * 1024 * 1024
DRAINED_BYTES = 32 * 1024 * 1024
"""The largest that phones send as they come: read to their end and dropped, or the browser would show a broken line in the
place of our sentence."""
AT_ONCE = 2
"""Photos that are unpacked together: 160 MB each at worst."""
IN_HAND = 16
"""Photos that arrive or wait: 7 MB each."""

router = APIRouter(include_in_schema=False)


class Photos:
    """How many photos this node has in hand."""

    def __init__(self) -> None:
        self._unpacking = asyncio.Semaphore(AT_ONCE)
        self._in_hand = 0

    async def codes_on(self, request: Request) -> list[str]:
        """The texts of the QR codes on the photo in this form. Raises `Overloaded` where too many are in hand, `Invalid`
        (no-photo), `TooLarge` (photo-too-large), `UnsupportedMediaType` (not-a-picture) and as `read_form`."""
        if self._in_hand >= IN_HAND:
            raise Overloaded("overloaded")
        self._in_hand += 1
        try:
            photo = await _sent_photo(request)
            async with self._unpacking:
                return await asyncio.to_thread(read_qr_codes, photo)
        except NotAPicture as error:
            raise UnsupportedMediaType("not-a-picture", FieldFault("/photo", "not-a-picture")) from error
        except TooManyPixels as error:
            raise TooLarge("photo-too-large", FieldFault("/photo", "photo-too-large")) from error
        finally:
            self._in_hand -= 1


@router.post("/t")
async def read_photo(request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """To the page of the label on the photo, with the fragment that the label carries."""
    count_look_up(request)
    try:
        label = await _label_on(request)
    except (Invalid, TooLarge, UnsupportedMediaType) as error:
        if not prefers_html(request.headers.get("accept", "")):
            raise
        return _asked_again(request, error)
    fragment = f"#{label.fragment}" if label.fragment else ""
    return RedirectResponse(f"/t/{label.code}{fragment}", 303, {"Cache-Control": "no-store"})


async def _sent_photo(request: Request) -> bytes:
    try:
        form = await read_form(request, files={"photo": MAX_PHOTO_BYTES}, token=False, drained=DRAINED_BYTES)
    except TooLarge as error:
        fault = FieldFault("/photo", "photo-too-large")
        raise TooLarge("photo-too-large", fault, close=bool(error.values.get("close"))) from error
    photo = form.file("photo")
    if photo is None or not photo.data:
        raise Invalid("no-photo", FieldFault("/photo", "no-photo"))
    return photo.data


async def _label_on(request: Request) -> LabelAddress:
    """The one label of ours on the photo; a box often bears other codes beside it. Raises as `codes_on`, and `Invalid`
    (no-code-in-photo, not-our-label, several-labels)."""
    photos: Photos = request.app.state.photos
    texts = await photos.codes_on(request)
    own = _own_hosts(request)
    labels = [label for text in texts if (label := parse_label_address(text)) and label.host in own]
    codes = {label.code for label in labels}
    if len(codes) == 1:
        return labels[0]
    code = "several-labels" if codes else "not-our-label" if texts else "no-code-in-photo"
    raise Invalid(code, FieldFault("/photo", code))


def _own_hosts(request: Request) -> set[str]:
    """The host that labels carry, and the one under which this reader reached us (the edge has let it pass)."""
    public_url: str = node_of(request).settings.public_url
    return {urlsplit(public_url).hostname or "", request.url.hostname or ""}


def _asked_again(request: Request, error: DomainError) -> Response:
    reader, status = reader_of(request), status_of(error)
    view = UnknownView("/", *told(error, reader.lang), demonstration=is_demonstration(request))
    answer = html_answer(render_unknown(view, reader.lang, reader.text_size), reader, status)
    answer.headers["Cache-Control"] = "no-store"
    if error.values.get("close"):
        answer.headers["Connection"] = "close"
    return answer
