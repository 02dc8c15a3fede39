"""Which bytes are taken for a photo or a paper?"""

import pytest

from api.files.formats import format_of
from api.refusals import UnsupportedMediaType
from tests.api.files.file_bytes import CUT, JPEG, PDF, PNG, POLYGLOTS, WEBP
from trace.ledger.errors import Invalid


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp"), (PDF, "application/pdf")],
)
def test_photos_and_papers_are_known_by_their_bytes(data: bytes, media_type: str) -> None:
    assert format_of(data).media_type == media_type


def test_what_a_phone_adds_behind_a_photo_is_kept() -> None:
    assert format_of(JPEG + b"SEFT\x00\x01motion").media_type == "image/jpeg"


@pytest.mark.parametrize("name", list(POLYGLOTS))
def test_what_is_something_else_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedMediaType) as refused:
        format_of(POLYGLOTS[name])

    assert refused.value.code == "unsupported-file"


@pytest.mark.parametrize("name", list(CUT))
def test_a_file_without_its_end_was_not_sent_whole(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        format_of(CUT[name])

    assert refused.value.code == "bad-image"
