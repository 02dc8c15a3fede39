"""Texts: what is taken as written, what would mislead a reader, what is nobody else's business."""

import pytest

from trace.texts import holds_personal_data, text_fault


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "{{7*7}}",
        "' OR 1=1--",
        "=cmd()",
        "𠮷野家",
        "e\u0301",
        "🌾",
        "十河镇 3 组",
        "a\u3000b",
    ],
)
def test_ordinary_and_suspicious_looking_text_is_taken(text: str) -> None:
    assert text_fault(text, 200) is None


@pytest.mark.parametrize("text", ["", " ", "\u3000\u3000", "\u00a0"])
def test_blanks_say_nothing(text: str) -> None:
    assert text_fault(text, 200) == "blank"


@pytest.mark.parametrize(
    "character",
    [
        "\x01",
        "\t",
        "\n",
        "\r",
        "\x7f",
        "\x85",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
    ],
)
def test_characters_that_hide_or_reorder_are_refused(character: str) -> None:
    assert text_fault(f"白芍{character}一级", 200) == "forbidden-character"


def test_length_counts_characters_not_bytes() -> None:
    assert text_fault("芍" * 200, 200) is None
    assert text_fault("芍" * 201, 200) == "too-long"


def test_a_note_may_have_lines_but_no_other_control_characters() -> None:
    assert text_fault("suxin.example/log\n10\nroot\n", 200, lines=True) is None
    assert text_fault("suxin\r\n10", 200, lines=True) == "forbidden-character"


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "联系王师傅19900001371",
        "电话：138 1234 5678。",
        "138-1234-5678",
        "+8613812345678",
        "008613812345678",
        "１３８１２３４５６７８",
        "身份证 11010519491231002X",
        "341602198003071236",
        "11010519491231002x",
    ],
)
def test_phone_and_identity_numbers_are_seen(text: str) -> None:
    assert holds_personal_data(text)


@pytest.mark.parametrize(
    "text",
    [
        "12345678901",  # no mobile starts with 12
        "1381234567",  # ten digits
        "138123456789",  # twelve digits: a certificate's number
        "0558-5512345",  # the office's landline
        "341602202609270012",  # a report's number: region, day, serial
        "SL-2026-09251",
        "PD20131938",
        "2026-09-18",
        "GB 23200.121-2021",
    ],
)
def test_ordinary_numbers_are_not_taken_for_a_person(text: str) -> None:
    assert not holds_personal_data(text)
