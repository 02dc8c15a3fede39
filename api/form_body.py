"""What did this form send, and was it a form of ours? Bounded in size, number and time; refused where another site made it.

A browser adds the session's cookie to whatever is sent here. So a form counts only where the browser itself says that it
came from one of our pages, and where it carries the token that only a page of this session has.
"""

import hashlib
import re
from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.auth.sessions import SignedIn, is_loopback
from api.body import BODY_SECONDS, DRAINED_BYTES, MAX_BODY_BYTES, read_bytes
from api.refusals import UnsupportedMediaType
from trace.ledger.errors import FieldFault, Forbidden, Invalid, TooLarge, Unreadable
from trace.pointer import child

FORM_TOKEN = "form_token"
"""Name of the hidden field."""

MAX_FIELDS = 1_300
"""A blend of 400 batches, read once more before it is sent, has three fields a batch: id, amount, unit."""
MAX_PARTS = 19
"""Of a form with files. A form with more fields sends its files apart, or says so where it is read."""
MAX_FILE_BYTES = 10 * MAX_BODY_BYTES
FILE_SECONDS = 60.0
"""For a form with files, whose 10 MB take a minute on a village's network; without files it has those of any body."""
CHUNK_BYTES = 65_536

_URLENCODED = re.compile(r'application/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?\s*', re.IGNORECASE | re.ASCII)
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")  # RFC 2046 §5.1.1
_NO_FILES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Upload:
    """The bytes of one file. Its name and its claimed type stay outside: the sender may write anything there."""

    data: bytes

    @property
    def sha256(self) -> str:
        """In hex, the name under which it can be kept."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Form:
    """What was sent, in its order. Line ends are `\\n`."""

    fields: tuple[tuple[str, str], ...]
    files: Mapping[str, Upload]

    def get(self, name: str) -> str:
        """The value of a field, "" where it is absent. Raises `Invalid` (repeated-parameter) where it was sent twice."""
        found = self.all(name)
        if len(found) > 1:
            raise Invalid("repeated-parameter", FieldFault(child("", name), "repeated-parameter"))
        return found[0] if found else ""

    def button(self, known: Collection[str]) -> tuple[str, str]:
        """Which button sent the form: its word, and what stands behind a colon.

        Raises `Invalid` (unknown-value) for none of these: no button of ours is taken for the one that acts.
        """
        word, _, of = self.get("do").partition(":")
        if word not in known:
            raise Invalid("unknown-value", FieldFault("/do", "unknown-value"))
        return word, of

    def all(self, name: str) -> list[str]:
        """The values of a field that may be repeated, such as ticked boxes."""
        return [value for field, value in self.fields if field == name]

    def file(self, name: str) -> Upload | None:
        """The file of a field; None where nobody chose one."""
        return self.files.get(name)


async def read_form(
    request: Request,
    *,
    files: Mapping[str, int] = _NO_FILES,
    parts: int = MAX_PARTS,
    token: bool = True,
    drained: int = DRAINED_BYTES,
) -> Form:
    """The form in the body, urlencoded or multipart. `files`: which fields may hold a file, each with its bytes at most.

    `parts` bounds fields and files of a multipart form together. `token=False` is for forms that come without a session.
    `drained`: as in `read_bytes`. Raises `Forbidden` (csrf), `UnsupportedMediaType` (not-a-form), `Unreadable`
    (bad-multipart, invalid-utf8, nul), `TooLarge` (body-too-large, file-too-large) and `TooSlow`.
    """
    if not comes_from_us(request):
        raise Forbidden("csrf")
    boundary = _boundary(request)
    if boundary is None:
        form = Form(_urlencoded(await read_bytes(request, MAX_BODY_BYTES, BODY_SECONDS)), {})
    else:
        seconds = FILE_SECONDS if files else BODY_SECONDS
        body = await read_bytes(request, MAX_BODY_BYTES + sum(files.values()), seconds, drained)
        form = await _multipart(body, boundary, files, parts)
    signed_in: SignedIn | None = getattr(request.state, "signed_in", None)
    if token and not (signed_in and signed_in.sent(form.get(FORM_TOKEN))):
        raise Forbidden("csrf")
    return form


def comes_from_us(request: Request) -> bool:
    """Whether the browser says that one of our own pages sent this. One that says nothing is not believed.

    Every browser since 2020 sends `Origin` with a POST. `Sec-Fetch-Site` is the second witness, absent on plain http.
    Neither can be set by a page.
    """
    origins = request.headers.getlist("origin")
    sites = request.headers.getlist("sec-fetch-site")
    if not origins and not sites:
        return False
    return set(sites) <= {"same-origin"} and set(origins) <= _own_origins(request) and len(origins) <= 1


def _own_origins(request: Request) -> set[str]:
    """The address that we publish, and the one that this request came to, whose host the edge has let pass."""
    public_url: str = request.app.state.node.settings.public_url
    host = request.headers["host"].lower()
    schemes = {urlsplit(public_url).scheme}
    if is_loopback(host):
        schemes = {"http", "https"}  # a proxy of this machine may have taken TLS away
    return {public_url, *(f"{scheme}://{host}" for scheme in schemes)}


def _boundary(request: Request) -> bytes | None:
    """Where the parts of a multipart form end; None for a urlencoded form."""
    types = request.headers.getlist("content-type")
    encodings = request.headers.getlist("content-encoding")
    if len(types) != 1 or any(one.lower() != "identity" for one in encodings):
        raise UnsupportedMediaType("not-a-form")
    if _URLENCODED.fullmatch(types[0]):
        return None
    kind, options = parse_options_header(types[0])
    if kind != b"multipart/form-data":
        raise UnsupportedMediaType("not-a-form")
    boundary = options.get(b"boundary", b"")
    if not _BOUNDARY.fullmatch(boundary):
        raise Unreadable("bad-multipart")
    return boundary


def _urlencoded(body: bytes) -> tuple[tuple[str, str], ...]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise Unreadable("invalid-utf8") from error
    except ValueError as error:
        raise Unreadable("bad-multipart") from error
    return tuple((_text(name), _text(value)) for name, value in pairs)


async def _multipart(body: bytes, boundary: bytes, files: Mapping[str, int], parts: int) -> Form:
    async def chunks() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(body), CHUNK_BYTES):
            yield body[start : start + CHUNK_BYTES]

    # Read as Latin-1, which keeps every byte, and decoded below: the parser would take bytes that are no UTF-8 for Latin-1.
    declared = b'multipart/form-data; charset=latin-1; boundary="%s"' % boundary
    parser = _Parser(
        Headers(raw=[(b"content-type", declared)]),
        chunks(),
        max_files=parts,
        max_fields=parts,
        max_part_size=MAX_BODY_BYTES,
    )
    parser.spool_max_size = len(body) + 1  # never to disk
    try:
        parsed = await parser.parse()
    except MultiPartException as error:
        raise Unreadable("bad-multipart") from error
    try:
        if not parser.is_whole or len(parsed.multi_items()) > parts:
            raise Unreadable("bad-multipart")
        return await _form(parsed, files)
    finally:
        await parsed.close()


class _Parser(MultiPartParser):
    """Knows whether the closing boundary came: without it the last part, or some, would be missing unnoticed."""

    is_whole = False

    def on_end(self) -> None:
        self.is_whole = True


async def _form(parsed: FormData, files: Mapping[str, int]) -> Form:
    fields: list[tuple[str, str]] = []
    uploads: dict[str, Upload] = {}
    for raw_name, value in parsed.multi_items():
        name = _decoded(raw_name)
        if isinstance(value, str):
            fields.append((name, _decoded(value)))
        elif (data := await value.read()) or value.filename:
            if name not in files or name in uploads:
                raise Unreadable("bad-multipart")
            if len(data) > files[name]:
                raise TooLarge("file-too-large", FieldFault(child("", name), "file-too-large"))
            uploads[name] = Upload(data)
    return Form(tuple(fields), uploads)


def _decoded(latin: str) -> str:
    try:
        return _text(latin.encode("latin-1").decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unreadable("invalid-utf8") from error


def _text(text: str) -> str:
    """Browsers send each line end as CR LF, whatever was typed."""
    if "\0" in text:
        raise Unreadable("nul")
    return text.replace("\r\n", "\n")
