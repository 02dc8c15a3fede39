"""The address and the printed code of a label, against the worked example."""

import pytest

from trace.labels.address import (
    LabelAddress,
    LabelAddressTooLong,
    label_address,
    parse_label_address,
    printed_code,
    typed_label_code,
)

LEAF_OF_ENTRY_4 = bytes.fromhex("b6c808d1ee0613cbbdea43c07b8372b49a438fd003aeb6301c3fbdd81bc7f707")
LEAF_OF_ENTRY_9 = bytes.fromhex("cbd6c0bef27b56f577ba64b5f1c08a2eddb2b3957b138ab68d930bf19e37e992")


def test_the_address_is_that_of_the_worked_example() -> None:
    address = label_address("https://suxin.example", "7K3M9QX2WTBP", 3, LEAF_OF_ENTRY_9)

    assert address == "https://suxin.example/t/7K3M9QX2WTBP#1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2"


def test_a_slash_at_the_end_of_the_public_url_is_not_doubled() -> None:
    address = label_address("https://suxin.example/", "7K3M9QX2WTBP", 1, LEAF_OF_ENTRY_4)

    assert address == "https://suxin.example/t/7K3M9QX2WTBP#1.1.tsgI0e4GE8u96kPAe4NytJpDj9ADrrYw"


def test_the_printed_code_is_grouped_by_four_with_the_host_and_the_last_six_of_the_fragment() -> None:
    printed = printed_code("https://suxin.example/", "7K3M9QX2WTBP", 3, LEAF_OF_ENTRY_9)

    assert (printed.code, printed.host, printed.tail) == ("7K3M-9QX2-WTBP", "suxin.example", "V7E4q2")
    assert printed.line == "7K3M-9QX2-WTBP suxin.example V7E4q2"


def test_the_port_of_a_node_at_home_is_printed_with_its_host() -> None:
    assert printed_code("http://127.0.0.1:8000", "7K3M9QX2WTBP", 0, LEAF_OF_ENTRY_4).host == "127.0.0.1:8000"


def test_a_host_of_twenty_characters_fits_up_to_seq_99999() -> None:
    address = label_address("https://trace.bozhou.example", "7K3M9QX2WTBP", 99_999, LEAF_OF_ENTRY_4)

    assert len(address) == 84


def test_one_character_more_is_refused_and_the_host_named() -> None:
    with pytest.raises(LabelAddressTooLong) as refused:
        label_address("https://trace1.bozhou.example", "7K3M9QX2WTBP", 99_999, LEAF_OF_ENTRY_4)

    assert (refused.value.host, refused.value.address_bytes) == ("trace1.bozhou.example", 85)
    assert "trace1.bozhou.example" in str(refused.value)


def test_a_code_with_its_dashes_is_refused() -> None:
    with pytest.raises(ValueError, match="12 characters"):
        label_address("https://suxin.example", "7K3M-9QX2-WTBP", 0, LEAF_OF_ENTRY_4)


TAIL = "1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"https://suxin.example/t/7K3M9QX2WTBP#{TAIL}", ("suxin.example", "7K3M9QX2WTBP", TAIL)),
        (f"http://SUXIN.example:8000/t/7k3m-9qx2-wtbp#{TAIL}", ("suxin.example", "7K3M9QX2WTBP", TAIL)),
        (" https://suxin.example/t/7K3M9QX2WTBP\n", ("suxin.example", "7K3M9QX2WTBP", "")),
        ("https://suxin.example/t/7K3M9QX2WTBP#1.03.y9bA", ("suxin.example", "7K3M9QX2WTBP", "")),
        ("https://suxin.example/t/7K3M9QX2WTBB", None),  # wrong by its check character
        ("https://suxin.example/x/7K3M9QX2WTBP", None),
        ("https://suxin.example/t/t/7K3M9QX2WTBP", None),
        ("ftp://suxin.example/t/7K3M9QX2WTBP", None),
        ("javascript:/t/7K3M9QX2WTBP", None),
        ("//suxin.example/t/7K3M9QX2WTBP", None),
        ("https:///t/7K3M9QX2WTBP", None),
        ("https://[suxin/t/7K3M9QX2WTBP", None),
        ("7K3M9QX2WTBP", None),
        ("", None),
    ],
)
def test_an_address_is_read_back_and_nothing_else_is(text: str, found: tuple[str, str, str] | None) -> None:
    assert parse_label_address(text) == (LabelAddress(*found) if found else None)


@pytest.mark.parametrize(
    "typed",
    [
        "7K3M9QX2WTBP",
        "7k3m-9qx2-wtbp",
        " 7K3M 9QX2 WTBP ",
        "７Ｋ３Ｍ－９ＱＸ２－ＷＴＢＰ",
        "7K3M　9QX2　WTBP",
        f"https://suxin.example/t/7K3M9QX2WTBP#{TAIL}",
        f"https://suxin.example/t/7K3M-9QX2-WTBP?lang=en&text=huge#{TAIL}",
        "http://192.168.1.7:8000/t/7k3m9qx2wtbp/label",
        "suxin.example/t/7K3M9QX2WTBP",
        "/t/7K3M9QX2WTBP",
        "ｈｔｔｐｓ：／／ｓｕｘｉｎ．ｅｘａｍｐｌｅ／ｔ／７Ｋ３Ｍ９ＱＸ２ＷＴＢＰ",
        f"白芍 溯信 https://suxin.example/t/7K3M9QX2WTBP#{TAIL} 来自浏览器",
    ],
)
def test_what_was_typed_or_pasted_is_the_code_in_it(typed: str) -> None:
    assert typed_label_code(typed) == "7K3M9QX2WTBP"


def test_letters_that_look_like_digits_are_read_as_those() -> None:
    assert typed_label_code("oOil-0000-000I") == "001100000001"
    assert typed_label_code("https://suxin.example/t/OOIL0000000I") == "001100000001"


@pytest.mark.parametrize("typed", ["", "https://suxin.example/x/7K3M9QX2WTBP", "https://suxin.example/t/", "白芍"])
def test_where_no_address_is_the_text_itself_is_folded(typed: str) -> None:
    assert typed_label_code(typed) != "7K3M9QX2WTBP"
