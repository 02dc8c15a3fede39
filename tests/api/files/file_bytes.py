"""The smallest files of each kind that somebody could send, and what only looks like one."""

from __future__ import annotations

import io
import zipfile

from PIL import Image


def picture(format: str, size: tuple[int, int] = (4, 3)) -> bytes:
    """A picture of one colour, by another implementation than ours."""
    stream = io.BytesIO()
    Image.new("RGB", size, (31, 107, 79)).save(stream, format)
    return stream.getvalue()


JPEG, PNG, WEBP = picture("JPEG"), picture("PNG"), picture("WEBP")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "a")
    return stream.getvalue()


POLYGLOTS = {
    "an archive behind a picture": JPEG + zipped(),
    "an archive behind a paper": PDF + zipped(),
    "a paper inside a picture": PNG[:60] + PDF + PNG[60:],
    "a page inside a picture": b"\xff\xd8\xff\xfe\x00\x30<script>alert(1)</script>" + JPEG[2:],
    "a drawing": SVG,
    "a page": HTML,
    "an archive": zipped(),
    "a program": b"MZ\x90\x00" + bytes(64),
    "nothing": b"",
}
CUT = {"JPEG": JPEG[:-20], "PNG": PNG[:-12], "WebP": WEBP[:-5], "PDF": PDF[:-8]}
