"""A photo is read for its QR codes, whatever a phone or a stranger sends."""

from __future__ import annotations

import zlib
from io import BytesIO

import pytest
from PIL import Image

from tests.trace.labels.photos import degraded_photo
from trace.labels import photo
from trace.labels.photo import NotAPicture, TooManyPixels, read_qr_codes
from trace.labels.qr import QUIET_MODULES, qr_image, qr_matrix

ADDRESS = "https://suxin.example/t/7K3M9QX2WTBP#1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2"


def picture(*texts: str) -> Image.Image:
    """QR codes side by side on white."""
    codes = [qr_image(qr_matrix(text), 6).convert("RGB") for text in texts]
    sheet = Image.new("RGB", (sum(code.width for code in codes) + 40, 400), "white")
    for at, code in enumerate(codes):
        sheet.paste(code, (20 + sum(one.width for one in codes[:at]), 20))
    return sheet


def saved(image: Image.Image, format: str) -> bytes:
    stream = BytesIO()
    image.save(stream, format)
    return stream.getvalue()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_code_is_read_from_each_format_of_a_phone(format: str) -> None:
    assert read_qr_codes(saved(picture(ADDRESS), format)) == [ADDRESS]


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK"])
def test_a_code_is_read_whatever_its_colours(mode: str) -> None:
    format = "JPEG" if mode == "CMYK" else "PNG"

    assert read_qr_codes(saved(picture(ADDRESS).convert(mode), format)) == [ADDRESS]


def test_a_hasty_photo_that_lies_on_its_side_is_read() -> None:
    label = qr_image(qr_matrix(ADDRESS), 12)
    hasty = degraded_photo(label, 37 + 2 * QUIET_MODULES, 3).rotate(90)

    assert read_qr_codes(saved(hasty, "JPEG")) == [ADDRESS]


def test_every_code_on_the_photo_is_read() -> None:
    assert sorted(read_qr_codes(saved(picture("b", ADDRESS, "a"), "PNG"))) == ["a", "b", ADDRESS]


def test_a_picture_without_a_code_has_none() -> None:
    assert read_qr_codes(saved(Image.new("RGB", (300, 300), "white"), "JPEG")) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"hello",
        b"%PDF-1.7\n%%EOF",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        saved(Image.new("RGB", (9, 9)), "GIF"),
        saved(Image.new("RGB", (9, 9)), "TIFF"),
        saved(picture(ADDRESS), "JPEG")[:2_000],
        saved(picture(ADDRESS), "PNG")[:2_000],
        saved(picture(ADDRESS), "WEBP")[:2_000],
    ],
    ids=["empty", "magic", "text", "pdf", "svg", "gif", "tiff", "half a jpeg", "half a png", "half a webp"],
)
def test_what_is_no_whole_photo_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        read_qr_codes(data)


@pytest.mark.parametrize("size", [(8_001, 5_000), (10_000, 9_000), (30_000, 30_000)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    """A PNG that says how large it is and holds nothing: unpacking it would fail differently."""
    tiny = saved(Image.new("L", (1, 1)), "PNG")
    header = b"IHDR" + size[0].to_bytes(4) + size[1].to_bytes(4) + tiny[24:29]
    bomb = tiny[:12] + header + zlib.crc32(header).to_bytes(4) + tiny[33:]

    with pytest.raises(TooManyPixels):
        read_qr_codes(bomb)


def test_a_picture_of_exactly_the_limit_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    image = picture(ADDRESS)
    monkeypatch.setattr(photo, "MAX_PIXELS", image.width * image.height)

    assert read_qr_codes(saved(image, "PNG")) == [ADDRESS]
