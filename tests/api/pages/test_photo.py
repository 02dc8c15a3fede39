"""A phone that could not scan sends a photo: it leads to the label's page, or says in plain words what to do. Never "fake"."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from PIL import Image

from api.pages import photo as photo_page
from api.pages.photo import MAX_PHOTO_BYTES, Photos
from tests.api.app_parts import World, running_world
from tests.api.page_parts import Browser
from tests.api.refusal_parts import check_refusal
from tests.trace.labels.test_photo import picture, saved
from trace.codes import label_code
from trace.ledger.errors import Overloaded

FRAGMENT = "1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2"
OTHER = label_code(bytes([3]) * 7)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("node")) as running:
        yield running


def send(world: World, data: bytes, lang: str = "zh-CN", **headers: str) -> Response:
    browser = Browser(world, lang=lang)
    return browser.post("/t", {}, {"photo": ("../../label.jpg", data, "image/jpeg")}, **headers)


def address(world: World, code: str = "", host: str = "suxin.example", fragment: str = f"#{FRAGMENT}") -> str:
    return f"https://{host}/t/{code or world.code}{fragment}"


def test_the_label_of_a_batch_leads_to_its_page_with_the_printed_check_value(world: World) -> None:
    label = world.get(f"/api/v1/batches/{world.batch}/labels.png").content

    answer = send(world, label)

    assert answer.status_code == 303
    path, _, fragment = answer.headers["location"].partition("#")
    assert (path, fragment[:4]) == (f"/t/{world.code}", "1.2.")
    assert world.get(path).status_code == 200


@pytest.mark.parametrize(
    ("fragment", "kept"),
    [("", ""), (f"#{FRAGMENT}", f"#{FRAGMENT}"), ("#1.3.short", ""), ("#<script>", ""), ("?lang=en#x", "")],
)
def test_only_a_whole_check_value_is_handed_on(world: World, fragment: str, kept: str) -> None:
    answer = send(world, saved(picture(address(world, fragment=fragment)), "JPEG"))

    assert answer.headers["location"] == f"/t/{world.code}{kept}"


def test_other_codes_on_the_box_do_not_matter(world: World) -> None:
    box = picture("https://shop.example/", address(world), "6901234567892")

    assert send(world, saved(box, "JPEG")).headers["location"] == f"/t/{world.code}#{FRAGMENT}"


def test_the_same_label_twice_is_one(world: World) -> None:
    assert send(world, saved(picture(address(world), address(world)), "PNG")).status_code == 303


def test_a_label_of_ours_that_no_batch_has_leads_to_the_page_that_says_so(world: World) -> None:
    answer = send(world, saved(picture(address(world, OTHER)), "PNG"))

    assert answer.headers["location"].startswith(f"/t/{OTHER}")
    assert world.get(f"/t/{OTHER}").status_code == 404


REFUSED: list[tuple[str, int, str, str, str]] = [
    ("no file", 422, "no-photo", "没有选照片", "No photo was chosen"),
    ("text", 415, "not-a-picture", "读不出照片", "cannot be read as a photo"),
    ("half", 415, "not-a-picture", "读不出照片", "cannot be read as a photo"),
    ("white", 422, "no-code-in-photo", "没有找到二维码", "No QR code was found"),
    ("elsewhere", 422, "not-our-label", "不是本站的追溯标签", "is not a label of this site"),
    ("mistyped", 422, "not-our-label", "不是本站的追溯标签", "is not a label of this site"),
    ("two", 422, "several-labels", "不止一个追溯标签", "more than one label"),
    ("large", 413, "photo-too-large", "照片太大", "The photo is too large"),
    ("very large", 413, "photo-too-large", "照片太大", "The photo is too large"),
    ("pixels", 413, "photo-too-large", "照片太大", "The photo is too large"),
]


@pytest.fixture(scope="module")
def photos(world: World) -> dict[str, bytes]:
    jpeg = saved(picture(address(world)), "JPEG")
    return {
        "no file": b"",
        "text": b"not a photo, but a letter",
        "half": jpeg[: len(jpeg) // 2],
        "white": saved(Image.new("RGB", (600, 400), "white"), "JPEG"),
        "elsewhere": saved(picture(address(world, host="evil.example")), "PNG"),
        "mistyped": saved(picture(address(world, "7K3M9QX2WTBB")), "PNG"),
        "two": saved(picture(address(world), address(world, OTHER)), "PNG"),
        "large": jpeg.ljust(MAX_PHOTO_BYTES + 1, b"\0"),
        "very large": jpeg.ljust(20_000_000, b"\0"),
        "pixels": saved(Image.new("1", (8_001, 5_000)), "PNG"),
    }


@pytest.mark.parametrize(("name", "status", "code", "zh", "en"), REFUSED)
def test_what_shows_no_label_is_answered_in_plain_words_with_both_ways_to_try_again(
    world: World, photos: dict[str, bytes], name: str, status: int, code: str, zh: str, en: str
) -> None:
    for lang, said in (("zh-CN", zh), ("en", en)):
        answer = send(world, photos[name], lang)

        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-store"
        assert said in answer.text
        assert 'name="code"' in answer.text
        assert 'name="photo"' in answer.text
        assert "evil.example" not in answer.text
        assert "假" not in answer.text
        assert not re.search(r"\bfake\b", answer.text, re.I)
    check_refusal(send(world, photos[name], Accept="application/json"), status, code, "/photo")


def test_a_photo_of_the_largest_size_is_taken(world: World) -> None:
    jpeg = saved(picture(address(world)), "JPEG")

    assert send(world, jpeg.ljust(MAX_PHOTO_BYTES, b"\0")).status_code == 303


def test_nothing_is_kept(world: World, photos: dict[str, bytes]) -> None:
    folder = world.node.settings.data_dir.parent
    before, size = everything_in(folder), world.size

    for data in (*photos.values(), saved(picture(address(world)), "JPEG")):
        send(world, data)

    assert everything_in(folder) == before
    assert world.size == size
    assert world.client.app.state.photos._in_hand == 0


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


def test_another_site_cannot_send_photos_from_its_readers_browsers(world: World) -> None:
    answer = Browser(world, origin="https://evil.example").post("/t", {}, {"photo": ("x", b"x", "image/jpeg")})

    assert answer.status_code == 403


def test_two_photos_in_one_form_are_no_form_of_ours(world: World) -> None:
    answer = Browser(world).post("/t", {}, {"photo": ("x", b"x", "image/jpeg"), "other": ("y", b"y", "image/jpeg")})

    assert answer.status_code == 400


def test_a_crowd_of_photos_is_refused_at_once_and_the_next_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen in hand, two of them unpacked at a time."""
    unpacking = most = 0

    async def sent(request: Any) -> bytes:
        await asyncio.sleep(0)
        return b"photo"

    async def slowly(work: Any, *given: Any) -> list[str]:
        nonlocal unpacking, most
        unpacking += 1
        most = max(most, unpacking)
        await asyncio.sleep(0.01)
        unpacking -= 1
        return ["code"]

    monkeypatch.setattr(photo_page, "_sent_photo", sent)
    monkeypatch.setattr(photo_page.asyncio, "to_thread", slowly)

    async def crowd() -> tuple[list[Any], list[str]]:
        photos = Photos()
        request: Any = None
        found = await asyncio.gather(*(photos.codes_on(request) for _ in range(20)), return_exceptions=True)
        return found, await photos.codes_on(request)

    found, after = asyncio.run(crowd())

    assert [type(one) for one in found] == [list] * 16 + [Overloaded] * 4
    assert (most, after) == (2, ["code"])


def test_the_start_page_and_an_unknown_code_offer_the_photo_form(world: World) -> None:
    for path in ("/", f"/t/{OTHER}", "/t?code=nothing"):
        text = world.get(path).text
        assert '<form class="code-form" action="/t" method="post" enctype="multipart/form-data">' in text
        assert 'accept="image/jpeg,image/png,image/webp"' in text


@pytest.mark.parametrize(
    "written",
    [
        "{a}-{b}-{c}", " {a} {b} {c} ", "{a}–{b}—{c}", "{a}　{b}　{c}", "{a}_{b}－{c}",
        "https://suxin.example/t/{a}{b}{c}#1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2", "http://other.example/t/{a}{b}{c}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("as_typed", ["as it is", "lower", "full width", "letters for digits"])
def test_a_code_is_found_however_it_is_typed(world: World, written: str, as_typed: str) -> None:
    groups = {"a": world.code[:4], "b": world.code[4:8], "c": world.code[8:]}
    change = {
        "as it is": str,
        "lower": str.lower,
        "full width": lambda text: "".join(chr(ord(one) + 0xFEE0) for one in text),
        "letters for digits": lambda text: text.replace("0", "O").replace("1", "l"),
    }[as_typed]
    typed = written.format(**{name: change(group) for name, group in groups.items()})

    answer = world.client.get("/t", params={"code": typed}, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, f"/t/{world.code}")
