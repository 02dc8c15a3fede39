"""A label's QR code is read by two readers of different make, also from hasty photos."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from tests.trace.labels.photos import degraded_photo
from trace.labels.qr import QUIET_MODULES, qr_image, qr_matrix, qr_png, qr_svg

ADDRESS = "https://suxin.example/t/7K3M9QX2WTBP#1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2"
LONGEST = "https://trace.bozhou.example/t/7K3M9QX2WTBP#1.99999.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2"
PHOTOS = 20


def _read_by_zxing(image: Image.Image) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(image)]


def _read_by_zbar(image: Image.Image) -> list[str]:
    # Imported here, because it looks for the system library at once.
    from pyzbar.pyzbar import ZBarSymbol, decode  # type: ignore[import-untyped]

    return [symbol.data.decode("utf-8") for symbol in decode(image, symbols=[ZBarSymbol.QRCODE])]


def test_84_bytes_make_a_code_of_version_5() -> None:
    matrix = qr_matrix(LONGEST)

    assert len(LONGEST) == 84
    assert {len(matrix), *map(len, matrix)} == {37}  # version 5: 17 + 4 * 5


def test_85_bytes_need_version_6() -> None:
    assert len(qr_matrix(LONGEST + "x")) == 41


def test_the_three_finder_patterns_stand_in_their_corners() -> None:
    matrix = qr_matrix(ADDRESS)
    finder = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"]

    def corner(top: int, left: int) -> list[str]:
        return ["".join("#" if dark else "." for dark in row[left : left + 7]) for row in matrix[top : top + 7]]

    assert corner(0, 0) == corner(0, len(matrix) - 7) == corner(len(matrix) - 7, 0) == finder


def test_the_error_correction_is_m() -> None:
    matrix = qr_matrix(ADDRESS)

    # The first two format modules of row 8, mask 101010000010010 taken off, name the level: 00 is M (ISO 18004, 7.9).
    assert (matrix[8][0] ^ True, matrix[8][1] ^ False) == (False, False)


def test_the_png_is_read_by_zxing() -> None:
    image = Image.open(BytesIO(qr_png(qr_matrix(ADDRESS), 4)))

    assert image.size == ((37 + 8) * 4, (37 + 8) * 4)
    assert image.mode == "1"
    assert _read_by_zxing(image.convert("L")) == [ADDRESS]


@pytest.mark.needs("zbar")
def test_the_png_is_read_by_zbar() -> None:
    image = Image.open(BytesIO(qr_png(qr_matrix(ADDRESS), 4)))

    assert _read_by_zbar(image.convert("L")) == [ADDRESS]


def test_the_svg_draws_exactly_the_modules_in_one_path_without_style() -> None:
    matrix = qr_matrix(ADDRESS)

    svg = qr_svg(matrix)

    root = ElementTree.fromstring(svg)
    assert root.get("viewBox") == "0 0 45 45"
    paths = root.findall("{http://www.w3.org/2000/svg}path")
    assert [path.get("transform") for path in paths] == [f"translate({QUIET_MODULES} {QUIET_MODULES})"]
    assert "style" not in svg
    drawn = {
        (int(x) + step, int(y))
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", paths[0].get("d") or "")
        for step in range(int(width))
    }
    assert drawn == {(x, y) for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark}


def test_the_svg_stays_small() -> None:
    assert len(qr_svg(qr_matrix(ADDRESS))) < 8_000


def test_a_picture_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        qr_png(qr_matrix(ADDRESS), 0)


@pytest.mark.needs("zbar")
def test_twenty_hasty_photos_are_each_read_by_at_least_one_reader(
    record_property: Callable[[str, object], None],
) -> None:
    label = qr_image(qr_matrix(LONGEST), 12)
    read = {"zxing": set[int](), "zbar": set[int]()}

    for seed in range(PHOTOS):
        photo = degraded_photo(label, 37 + 2 * QUIET_MODULES, seed)
        if LONGEST in _read_by_zxing(photo):
            read["zxing"].add(seed)
        if LONGEST in _read_by_zbar(photo):
            read["zbar"].add(seed)

    for reader, seeds in read.items():
        record_property(f"photos_read_by_{reader}", len(seeds))
    assert read["zxing"] | read["zbar"] == set(range(PHOTOS))
    assert min(len(seeds) for seeds in read.values()) >= PHOTOS // 2


def test_a_photo_at_one_pixel_a_module_is_not_read() -> None:
    """The control: were the photos harmless, the test above would say nothing."""
    label = qr_image(qr_matrix(LONGEST), 12)
    photo = degraded_photo(label, 37 + 2 * QUIET_MODULES, 0)

    far = photo.resize((photo.width // 3, photo.height // 3), Image.Resampling.BOX)

    assert _read_by_zxing(far) == []
