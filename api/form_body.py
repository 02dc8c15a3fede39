"""What did this form send, and was it a form of ours? Bounded in size, number and time; refused where another site made it.

A browser adds the session's cookie to whatever is sent here. So a form counts only where the browser itself says that it
came from one of our pages, and where it carries the token that only a page of this session has.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.auth.sessions import SignedIn, is_loopback
from api.body import BODY_SECONDS, DRAINED_BYTES, MAX_BODY_BYTES, declared_length, read_bytes
from api.refusals import TooSlow, UnsupportedMediaType
from trace.ledger.errors import FieldFault, Forbidden, Invalid, TooLarge, Unreadable
from trace.pointer import child

FORM_TOKEN = "form_token"
"""Name of the hidden field."""

MAX_FIELDS = 1_300
"""A blend of 400 batches, read once more before it is sent, has three fields a batch: id, amount, unit."""
MAX_PARTS = 19
"""Of a form with files. A form with more fields sends its files apart, or says so where it is read."""
MAX_FILE_BYTES = 10 * MAX_BODY_BYTES
CUT_FORM_BYTES = 64 * MAX_BODY_BYTES
"""So much of a form is read to its end although a file in it is too large, so that its page can come back with everything that
was typed: a picture or a scan as telephones and offices make them, no film. Of a file no more is kept than its limit."""
FILE_SECONDS = 60.0
"""For a form with files, whose 10 MB take a minute on a village's network; without files it has those of any body."""
CHUNK_BYTES = 65_536
MAX_PART_HEADER_BYTES = 8_192
"""Of the lines before one part: a browser sends two, with a name and a file's name in them. The parser keeps all that come."""

_URLENCODED = re.compile(r'application/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?\s*', re.IGNORECASE | re.ASCII)
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")  # RFC 2046 §5.1.1
_NO_FILES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Upload:
    """The bytes of one file. Its name and its claimed type stay outside: the sender may write anything there.

    `is_cut`: there were more of them, and the file is no file any more.
    """

    data: bytes
    is_cut: bool = False

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
    cuts: bool = False,
) -> Form:
    """The form in the body, urlencoded or multipart. `files`: which fields may hold a file, each with its bytes at most.

    `parts` bounds fields and files of a multipart form together. `token=False` is for forms that come without a session.
    `drained`: as in `read_bytes`. `cuts`: a file above its limit is no refusal; it is cut and says so, so that its page can come
    back with what was typed, as long as the whole form has at most `CUT_FORM_BYTES`.

    Raises `Forbidden` (csrf), `UnsupportedMediaType` (not-a-form), `Unreadable` (bad-multipart, invalid-utf8, nul), `TooLarge`
    (body-too-large, file-too-large) and `TooSlow`.
    """
    if not comes_from_us(request):
        raise Forbidden("csrf")
    boundary = _boundary(request)
    if boundary is None:
        form = Form(_urlencoded(await read_bytes(request, MAX_BODY_BYTES, BODY_SECONDS)), {})
    else:
        seconds = FILE_SECONDS if files else BODY_SECONDS
        if cuts:
            chunks = _as_it_comes(request, seconds)
        else:
            chunks = _pieces(await read_bytes(request, MAX_BODY_BYTES + sum(files.values()), seconds, drained))
        form = await _multipart(chunks, boundary, files, parts, cuts)
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


async def _pieces(body: bytes) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(body), CHUNK_BYTES):
        yield body[start : start + CHUNK_BYTES]


async def _as_it_comes(request: Request, seconds: float) -> AsyncGenerator[bytes, None]:
    """The body while it arrives, as fast as `seconds` asks. Raises as `read_bytes`, but `file-too-large` for a form that
    is too large even to be cut: what makes it so is a file."""
    declared, size, more = declared_length(request), 0, True
    if declared is not None and declared > CUT_FORM_BYTES:
        raise TooLarge("file-too-large", close=True)
    until = asyncio.get_running_loop().time() + seconds_for(declared or 0, seconds)
    while more:
        try:
            async with asyncio.timeout_at(until):
                message = await request.receive()
        except TimeoutError:
            raise TooSlow("body-too-slow") from None
        if message["type"] == "http.disconnect":
            raise Unreadable("bad-request")  # nobody is left to hear it
        chunk: bytes = message.get("body", b"")
        size, more = size + len(chunk), message.get("more_body", False)
        if size > CUT_FORM_BYTES:
            raise TooLarge("file-too-large", close=True)
        yield chunk
    if declared not in (None, size):
        raise TooLarge("body-too-large")


def seconds_for(size: int, seconds: float) -> float:
    """How long a form of this many bytes may take, where one with a file of the largest size may take `seconds`: who sends more
    than can be kept needs the time to hear it."""
    return seconds * max(1.0, size / (MAX_FILE_BYTES + MAX_BODY_BYTES))


async def _multipart(
    chunks: AsyncGenerator[bytes, None], boundary: bytes, files: Mapping[str, int], parts: int, cuts: bool
) -> Form:
    # Read as Latin-1, which keeps every byte, and decoded below: the parser would take bytes that are no UTF-8 for Latin-1.
    declared = b'multipart/form-data; charset=latin-1; boundary="%s"' % boundary
    parser = _Parser(
        Headers(raw=[(b"content-type", declared)]),
        chunks,
        max_files=parts,
        max_fields=parts,
        max_part_size=MAX_BODY_BYTES,
    )
    parser.spool_max_size = CUT_FORM_BYTES + 1  # never to disk
    parser.limits = files if cuts else None
    try:
        parsed = await parser.parse()
    except MultiPartException as error:
        raise Unreadable("bad-multipart") from error
    try:
        if not parser.is_whole or len(parsed.multi_items()) > parts:
            raise Unreadable("bad-multipart")
        return await _form(parsed, files, parser.cut)
    finally:
        parser.close()


class _Parser(MultiPartParser):
    """Knows whether the closing boundary came: without it the last part, or some, would be missing unnoticed.

    `limits`: where a file is cut, by its field; None: nowhere. `cut`: the files that were.
    """

    is_whole = False
    limits: Mapping[str, int] | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.cut: list[UploadFile] = []
        self._of_headers = self._of_file = self._of_fields = 0

    def on_part_begin(self) -> None:
        self._of_headers = self._of_file = 0
        super().on_part_begin()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        super().on_header_field(data, start, end)

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._count_header(end - start)
        super().on_header_value(data, start, end)

    def _count_header(self, size: int) -> None:
        self._of_headers += size
        if self._of_headers > MAX_PART_HEADER_BYTES:
            raise Unreadable("bad-multipart")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        file = self._current_part.file
        if self.limits is not None and file is None:
            self._of_fields += end - start
            if self._of_fields > MAX_BODY_BYTES:
                raise TooLarge("body-too-large", close=True)
        elif self.limits is not None and file is not None:
            room = self.limits.get(self._current_part.field_name, 0) - self._of_file
            if end - start > room and file not in self.cut:
                self.cut.append(file)
            end = min(end, start + room)
            self._of_file += end - start
        if end > start:
            super().on_part_data(data, start, end)

    def on_end(self) -> None:
        self.is_whole = True

    def close(self) -> None:
        """All of its files, also one whose end never came."""
        for file in self._files_to_close_on_error:
            file.close()


async def _form(parsed: FormData, files: Mapping[str, int], cut: Collection[UploadFile]) -> Form:
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
            uploads[name] = Upload(data, value in cut)
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
