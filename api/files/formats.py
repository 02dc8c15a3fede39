"""What are these bytes: a photo or a paper that we take, or something else? By their content; a name or type proves nothing.

Nobody decodes a picture here. What is taken is what a reader cannot mistake for a page or an archive.
"""

from dataclasses import dataclass

from api.refusals import UnsupportedMediaType
from trace.ledger.errors import Invalid


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is sent back: its media type, and the ending of its name."""

    media_type: str
    ending: str


JPEG, PNG = Format("image/jpeg", "jpg"), Format("image/png", "png")
WEBP, PDF = Format("image/webp", "webp"), Format("application/pdf", "pdf")

_HEAD_BYTES = 1_024
"""So far into a file readers look for a header: Acrobat for `%PDF-`, browsers for markup."""

_ARCHIVE_TAIL_BYTES = 65_557
"""A ZIP's last record and its longest comment (APPNOTE 4.3.16): archives are found from their end."""

_MARKUP = (b"<svg", b"<html", b"<script", b"<!doctype", b"<?xml", b"<iframe")


def format_of(data: bytes) -> Format:
    """JPEG, PNG, WebP or PDF.

    Raises `UnsupportedMediaType` (unsupported-file) for any other, and for one that is also something else (an image that
    opens as PDF, as a page or as an archive); `Invalid` (bad-image) for one whose end is missing.
    """
    found = _by_magic(data)
    if found is None or _is_something_else(data, found):
        raise UnsupportedMediaType("unsupported-file")
    if not _has_its_end(data, found):
        raise Invalid("bad-image")
    return found


def _by_magic(data: bytes) -> Format | None:
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    return PDF if data.startswith(b"%PDF-") else None


def _is_something_else(data: bytes, found: Format) -> bool:
    head, tail = data[:_HEAD_BYTES].lower(), data[-_ARCHIVE_TAIL_BYTES:]
    is_page = any(mark in head for mark in _MARKUP)
    is_paper = found is not PDF and b"%pdf-" in head
    return is_page or is_paper or b"PK\x05\x06" in tail


def _has_its_end(data: bytes, found: Format) -> bool:
    """Whether the bytes reach as far as they say. Phones add bytes behind a picture's end, and those are kept."""
    if found is JPEG:
        return b"\xff\xd9" in data[2:]
    if found is PNG:
        return b"IEND\xaeB`\x82" in data
    if found is WEBP:
        return len(data) >= int.from_bytes(data[4:8], "little") + 8
    return b"%%EOF" in data[-2 * _HEAD_BYTES :]
