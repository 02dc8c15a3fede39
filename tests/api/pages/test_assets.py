"""Are static files named by their content, complete, and never read by a path that a reader typed?"""

from __future__ import annotations

import gzip
import re

import pytest

from api.pages.assets import load_assets


def test_every_file_stands_under_one_version() -> None:
    assets = load_assets()

    assert re.fullmatch(r"[0-9a-f]{16}", assets.version)
    assert assets.path("verify.js") == f"/static/{assets.version}/verify.js"


def test_a_name_that_is_not_listed_is_unknown() -> None:
    with pytest.raises(KeyError):
        load_assets().path("../scan_view.py")


def test_gzipped_bytes_are_the_same_file() -> None:
    for asset in load_assets().assets.values():
        assert gzip.decompress(asset.gzipped) == asset.body


def test_every_relative_import_of_a_script_is_on_the_list() -> None:
    assets = load_assets().assets

    for name, asset in assets.items():
        if not name.endswith(".js"):
            continue
        code = re.sub(r"/\*.*?\*/", "", asset.body.decode(), flags=re.S)
        for target in re.findall(r"(?:^import .*? from |import\()\"(\./[^\"]+)\"", code, flags=re.M):
            folder = name.rpartition("/")[0]
            assert f"{folder}/{target[2:]}".lstrip("/") in assets


def test_media_types_are_those_a_strict_browser_asks_for() -> None:
    types = {name: asset.content_type for name, asset in load_assets().assets.items()}

    assert types["suxin.css"] == "text/css; charset=utf-8"
    assert types["noble/sha2.js"] == "text/javascript; charset=utf-8"
    assert types["icon.svg"] == "image/svg+xml"
