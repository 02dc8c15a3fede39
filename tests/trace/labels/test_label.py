"""What stands on a whole label, as SVG and as PNG."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from trace.labels.address import PrintedCode
from trace.labels.label import Label, label_png, label_svg

LABEL = Label(
    address="https://suxin.example/t/7K3M9QX2WTBP#1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2",
    printed=PrintedCode("7K3M-9QX2-WTBP", "suxin.example", "V7E4q2"),
    product="白芍 (亳芍)",
    township="十河镇",
)
DEMONSTRATION = replace(LABEL, mark="示例", plain_mark="DEMONSTRATION")


def _texts(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_the_svg_names_product_township_code_host_and_fragment_end() -> None:
    assert _texts(label_svg(LABEL)) == ["白芍 (亳芍)", "十河镇", "7K3M-9QX2-WTBP", "suxin.example V7E4q2"]


def test_a_demonstration_label_says_so_first() -> None:
    assert _texts(label_svg(DEMONSTRATION))[0] == "示例"


def test_the_svg_has_neither_style_nor_script() -> None:
    svg = label_svg(DEMONSTRATION)

    assert "style" not in svg
    assert "script" not in svg


def test_markup_in_a_name_stays_text() -> None:
    svg = label_svg(replace(LABEL, product="<script>&\"'"))

    assert _texts(svg)[0] == "<script>&\"'"


def test_a_long_name_is_drawn_smaller_and_not_past_the_edge() -> None:
    svg = label_svg(replace(LABEL, product="亳州道地白芍药材去皮统货一等品二零二六年新货"))

    root = ElementTree.fromstring(svg)
    name = next(root.iter("{http://www.w3.org/2000/svg}text"))
    assert float(name.get("font-size") or 0) * 22 <= 45


def test_the_picture_is_read_and_has_room_for_its_lines() -> None:
    image = Image.open(BytesIO(label_png(DEMONSTRATION)))

    assert [barcode.text for barcode in zxingcpp.read_barcodes(image.convert("L"))] == [LABEL.address]
    assert image.width == 45 * 8
    assert image.height > image.width
    below = image.convert("L").crop((0, 45 * 8, image.width, image.height))
    assert below.getextrema() == (0, 255)


def test_the_picture_of_a_demonstration_label_is_taller_by_the_line_that_says_so() -> None:
    plain, marked = Image.open(BytesIO(label_png(LABEL))), Image.open(BytesIO(label_png(DEMONSTRATION)))

    assert marked.height - plain.height == 32


def test_the_same_label_gives_the_same_bytes() -> None:
    assert label_png(LABEL) == label_png(LABEL)


def test_a_chinese_line_on_a_picture_is_refused_and_not_drawn_as_boxes() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        label_png(replace(LABEL, plain_mark="示例"))
