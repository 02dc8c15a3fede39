"""Which single check notices a bundle that passes all the others? Six of them, on the page of a real node.

Whoever made them holds the node's own keys where that is what it takes, so that no hash is wrong unless a test says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from api.keyfiles import load_key
from api.pages.scan_view import PANEL_ROWS
from tests.browser.panel import Visit, results, rows, state
from tests.browser.real_node import PACKED, RealNode
from tests.browser.rewritten_log import Forger, Row, rows_of
from trace.ledger.keys import PrivateKey

pytestmark = pytest.mark.needs("chromium")

Shown = Callable[[bytes, str | None], Page]

PARTY_KEY = PrivateKey.from_seed(bytes([7]) * 32)
STRANGER = PrivateKey.from_seed(bytes([8]) * 32)


@dataclass(frozen=True)
class Scene:
    """The served bundle as rows, whoever rewrites it, and the three chains that matter."""

    bundle: bytes
    rows: tuple[Row, ...]
    forger: Forger
    batch: str
    party: str
    node: str

    def at(self, kind: str) -> int:
        """Where the batch's record of a kind stands."""
        return next(place for place, row in enumerate(self.rows) if row.statement and row.said["kind"] == kind)

    def seal(self, rows: Sequence[Row]) -> tuple[bytes, str]:
        return self.forger.seal(rows, self.batch)


@pytest.fixture
def scene(node: RealNode) -> Scene:
    bundle = node.get(node.bundle_path(node.codes[PACKED]))
    parsed = json.loads(bundle)
    found = tuple(rows_of(bundle))
    batch = str(parsed["chains"][0]["chain"])
    opened = next(row for row in found if row.entry["chain"] == batch)
    genesis = found[0]
    node_key, log_key = (load_key(node.key_dir / f"{name}.key") for name in ("node", "log"))
    forger = Forger(parsed["origin"], node_key, log_key)
    return Scene(bundle, found, forger, batch, opened.said["actor"], genesis.entry["chain"])


@pytest.fixture
def shown(phone: Visit, node: RealNode) -> Shown:
    """The page of the packed batch, with another bundle under the address of its own."""

    def show(bundle: bytes, fragment: str | None) -> Page:
        code = node.codes[PACKED]
        address = f"{node.url}/t/{code}" + (f"#{fragment}" if fragment else "")
        return phone(address, routes={f"**{node.bundle_path(code)}": answer_with(bundle)})

    return show


def answer_with(body: bytes) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=body, content_type="application/json")


def with_party_key(scene: Scene, *, revoked: bool, shown: bool = True) -> list[Row]:
    """The same story, but the packing was signed by a key of the producer's own; it may have been revoked before."""
    packing = scene.at("packing")
    before = list(scene.rows[:packing])
    entry = scene.rows[packing].entry

    def step(number: int, kind: str, payload: dict[str, Any]) -> Row:
        return scene.forger.row(
            entry,
            {
                "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
                "origin": scene.forger.origin,
                "chain": scene.party,
                "kind": kind,
                "actor": scene.node,
                "occurred_at": "2026-09-27T08:00:00+08:00",
                "payload": payload,
            },
        )

    before += [step(1, "party_registered", {}), step(2, "key_added", {"key": PARTY_KEY.did})]
    if revoked:
        before.append(replace(step(3, "key_revoked", {"key": PARTY_KEY.did, "why": "lost"}), shown=shown))
    said = {name: value for name, value in scene.rows[packing].said.items() if name not in ("custody", "recorded_by")}
    return [*before, scene.forger.row(entry, said, [PARTY_KEY]), *scene.rows[packing + 1 :]]


def assert_red(page: Page, row: str, sentence: str) -> None:
    """One line is red and says why, those before it are green, those after it were not checked any more."""
    at = PANEL_ROWS.index(row)
    assert results(page) == ["pass"] * at + ["fail"] + ["skip"] * (len(PANEL_ROWS) - at - 1)
    assert rows(page)[row][1] == sentence
    assert state(page) == "failed"
    assert page.inner_text("#check-text") == sentence
    assert "先不要使用" in page.inner_text("#check-advice")
    assert "没有被改动" not in page.inner_text("#check")


def test_a_log_sealed_anew_without_a_fault_passes_so_what_follows_is_due_to_the_fault(
    scene: Scene, shown: Shown
) -> None:
    bundle, fragment = scene.seal(with_party_key(scene, revoked=False))

    assert results(shown(bundle, fragment)) == ["pass"] * 5


def test_a_history_rewritten_with_all_keys_no_longer_fits_the_printed_label(
    scene: Scene, shown: Shown, label: str
) -> None:
    rewritten = list(scene.rows)
    packing = scene.at("packing")
    said = rewritten[packing].said
    said["payload"]["packed_on"] = "2026-10-27"
    rewritten[packing] = scene.forger.row(rewritten[packing].entry, said)
    bundle, _ = scene.seal(rewritten)

    assert results(shown(bundle, None)) == ["skip"] + ["pass"] * 4
    assert_red(
        shown(bundle, label.partition("#")[2]),
        "label",
        "标签上印的校验值与12号记录不同：标签不是这批货的，或记录后来被改过。",
    )


def test_a_number_that_is_missing_breaks_the_chain(scene: Scene, shown: Shown) -> None:
    gap = list(scene.rows)
    packing = scene.at("packing")
    assert gap.pop(packing).entry["seq"] == 5
    gap[packing] = replace(gap[packing], skips=1)

    assert_red(shown(*scene.seal(gap)), "chain", "记录缺了一条或前后接不上：在5号记录处断开。")


def test_a_sealed_key_record_may_hide_a_revocation(scene: Scene, shown: Shown) -> None:
    sealed = with_party_key(scene, revoked=True, shown=False)

    assert_red(shown(*scene.seal(sealed)), "chain", "签名密钥的登记里有一条被遮住，可能藏着吊销。")


def test_a_record_signed_by_a_revoked_key(scene: Scene, shown: Shown) -> None:
    revoked = with_party_key(scene, revoked=True)

    assert_red(shown(*scene.seal(revoked)), "signature", "5号记录的签名密钥当时无效：没有登记，或已经吊销。")


def test_a_path_that_leads_to_another_root(scene: Scene, shown: Shown, label: str) -> None:
    bundle = json.loads(scene.bundle)
    path = bundle["chains"][0]["path"]
    assert len(path) > 1
    path.reverse()

    assert_red(shown(json.dumps(bundle).encode(), label.partition("#")[2]), "inclusion", "最新一条记录不在公开账本里。")


def test_a_log_of_the_same_name_signed_by_another_key(scene: Scene, shown: Shown) -> None:
    other = replace(scene, forger=replace(scene.forger, log_key=STRANGER))

    assert_red(shown(*other.seal(scene.rows)), "checkpoint", "账本的签名不是来自本页固定的公钥。")
