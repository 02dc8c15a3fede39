"""What every route answers when all is well: status, shape, headers, pages of a list, and who may read what."""

from __future__ import annotations

import base64
import json
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from api.auth.guard import actions_of
from api.node import Node
from tests.api.app_parts import AT, COOP, ORIGIN, REGION, World, running_app, running_world, settings_in
from tests.api.refusal_parts import check_refusal

V1 = "/api/v1"
ID = re.compile(r"[A-Za-z0-9_-]{22}")
LEAF = re.compile(r"[0-9a-f]{64}")
STATEMENT = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{12}")
KEY = "3f1c5a52-6d0e-4b53-9b39-0c6f3b1f7a10"
HARVEST = {
    "kind": "harvest",
    "occurred_at": AT,
    "payload": {"quantity": {"value": "12.50", "unit": "kg"}, "area_mu": "0.01", "operator": "厉秋收"},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """For the tests that only read; every read is made after a checkpoint over all of it."""
    with running_world(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """For the tests that log something."""
    with running_world(tmp_path) as running:
        yield running


def test_every_route_has_a_policy_and_a_test_here(world: World) -> None:
    actions = actions_of(world.client.app)

    assert None not in {action for path, action in actions.items() if "openapi.json" not in path}
    assert {path for path in actions if path.startswith((f"GET {V1}", f"POST {V1}"))} == {
        f"GET {V1}/openapi.json",
        *(
            f"POST {V1}/{path}"
            for path in ("parties", "parties/{id}/events", "places", "batches", "batches/{id}/events", "statements")
        ),
        *(
            f"GET {V1}/{path}"
            for path in ("parties", "places", "batches", "parties/{id}", "places/{id}", "batches/{id}")
        ),
        *(f"GET {V1}/batches/{{id}}/{path}" for path in ("events", "bundle", "labels.svg", "labels.png")),
        *(f"GET {V1}/batches/{{id}}/{path}" for path in ("upstream", "downstream")),  # test_lineage_routes.py
        f"GET {V1}/batches/{{id}}/verdicts",  # test_verdict_routes.py
        *(f"GET {V1}/cases{path}" for path in ("", "/{id}")),  # test_case_routes.py
        *(f"GET {V1}/entries{path}" for path in ("", "/{index}", "/{index}/proof")),
    }


@pytest.mark.parametrize("path", ["api/v1/batches/{batch}/labels.svg", "api/v1/batches/{batch}/labels.png"])
def test_an_address_that_finds_no_room_on_a_label_is_told_and_no_fault_of_the_server(
    own_world: World, path: str
) -> None:
    """As one that was taken by an earlier release."""
    own_world.node.settings = replace(own_world.node.settings, public_url="https://trace-of-herbs.bozhou.example")

    answer = own_world.get(f"/{path.format(batch=own_world.batch)}")

    check_refusal(answer, 409, "label-address-too-long", None)


# ---- writing ---------------------------------------------------------------------------------------------------------


def test_a_party_is_registered_under_its_chain(own_world: World) -> None:
    before = own_world.size

    made = own_world.made(f"{V1}/parties", {**COOP, "uscc": "933416029GJRFYBU32"}, "official")

    assert set(made) == {"id", "chain", "seq", "index", "leaf", "statement"}
    assert ID.fullmatch(made["id"])
    assert LEAF.fullmatch(made["leaf"])
    assert STATEMENT.fullmatch(made["statement"])
    assert (made["chain"], made["seq"], made["index"]) == (made["id"], 0, before)


def test_a_place_is_registered_under_its_chain(own_world: World) -> None:
    body = {"party": own_world.parties["coop"], "region": REGION, "township": "十河镇", "place_kind": "store"}

    made = own_world.made(f"{V1}/places", body, "official")

    assert (made["chain"], made["seq"]) == (made["id"], 0)
    assert own_world.get(f"{V1}/places/{made['id']}").json() == {"id": made["id"], **body}


def test_a_batch_is_opened_with_a_label_code_and_the_township_of_its_place(own_world: World) -> None:
    body = {
        "party": own_world.parties["coop"],
        "product": "HB-BS",
        "place": own_world.place,
        "quantity": {"value": "1000", "unit": "kg"},
        "inputs": [],
    }

    made = own_world.made(f"{V1}/batches", body, "coop")

    assert set(made) == {"id", "code", "statement", "head", "verdicts"}
    assert made["verdicts"] == []
    assert set(made["head"]) == {"seq", "index", "leaf"}
    assert CODE.fullmatch(made["code"])
    assert made["head"]["seq"] == 0
    assert own_world.get(f"{V1}/batches/{made['id']}").json()["township"] == "十河镇"


def test_a_batch_made_from_another_takes_its_township_and_is_linked_to_it(own_world: World) -> None:
    taken = {"batch": own_world.batch, "quantity": {"value": "121", "unit": "kg"}}
    body = {"party": own_world.parties["coop"], "product": "HB-BS", "quantity": taken["quantity"], "inputs": [taken]}
    head = own_world.get(f"{V1}/batches/{own_world.batch}").json()["head"]

    made = own_world.made(f"{V1}/batches", body, "coop")

    entry = json.loads(own_world.get(f"{V1}/entries/{made['head']['index']}").json()["entry"])
    after = own_world.get(f"{V1}/batches/{own_world.batch}").json()
    assert own_world.get(f"{V1}/batches/{made['id']}").json()["township"] == "十河镇"
    assert entry["links"] == [{"chain": own_world.batch, "seq": head["seq"], "leaf": head["leaf"]}]
    assert (after["head"]["seq"], after["balance"]["base_units"]) == (head["seq"] + 1, 1_129_500_000)  # 1250.5 - 121 kg


def test_an_event_is_signed_by_the_node_in_custody_and_its_private_fields_are_committed(own_world: World) -> None:
    made = own_world.made(f"{V1}/batches/{own_world.batch}/events", HARVEST, "coop")

    entry = own_world.get(f"{V1}/entries/{made['index']}").json()
    statement = json.loads(entry["statement"])
    assert set(made) == {"id", "chain", "seq", "index", "leaf", "verdicts"}
    assert made["verdicts"] == []
    assert (made["chain"], made["id"]) == (own_world.batch, statement["id"])
    assert (statement["actor"], statement["custody"]) == (own_world.parties["coop"], "platform")
    assert statement["occurred_at"] == AT
    assert re.fullmatch(r"token:[0-9a-f]{16}", statement["recorded_by"])
    assert statement["payload"]["quantity"] == {"value": "12.50", "unit": "kg"}
    assert set(statement["payload"]["operator"]) == {"commit"}
    assert [proof["verificationMethod"].split("#")[0] for proof in statement["proof"]] == [own_world.node.genesis.key]


def test_wait_proof_answers_under_a_checkpoint_that_covers_the_record(own_world: World) -> None:
    made = own_world.made(f"{V1}/batches/{own_world.batch}/events?wait=proof", HARVEST, "coop")

    assert int(own_world.get("/log/checkpoint").text.splitlines()[1]) > made["index"]
    assert own_world.get(f"{V1}/entries/{made['index']}/proof").status_code == 200


def test_a_record_comes_under_a_checkpoint_though_nobody_waits_for_it(own_world: World) -> None:
    made = own_world.made(f"{V1}/batches/{own_world.batch}/events", HARVEST, "coop")
    deadline = time.monotonic() + 60  # promised are two, which a busy machine does not keep

    while int(own_world.get("/log/checkpoint").text.splitlines()[1]) <= made["index"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("what", ["parties", "places", "batches", "events"])
def test_a_repeat_with_the_same_key_has_the_first_answer(own_world: World, what: str) -> None:
    coop = own_world.parties["coop"]
    path, body, who = {
        "parties": (
            "parties",
            {**COOP, "uscc": "933416029GJRFYBU32", "key": "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"},
            "official",
        ),
        "places": ("places", {"party": coop, "region": REGION, "township": "十河镇", "name": "西洼"}, "coop"),
        "batches": (
            "batches",
            {
                "party": coop,
                "product": "HB-BS",
                "place": own_world.place,
                "quantity": {"value": "9", "unit": "kg"},
                "seller": "蒲松节",
            },
            "coop",
        ),
        "events": (f"batches/{own_world.batch}/events", HARVEST, "coop"),
    }[what]
    first = own_world.post(f"{V1}/{path}", body, who, **{"Idempotency-Key": KEY})
    size = own_world.size

    again = own_world.post(f"{V1}/{path}", body, who, **{"Idempotency-Key": KEY})
    other = own_world.post(f"{V1}/{path}", changed(body), who, **{"Idempotency-Key": KEY})

    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert again.json() == first.json()
    assert first.json().get("statement", first.json()["id"]) == f"urn:uuid:{KEY}"
    check_refusal(other, 409, "statement-id-reused", "/Idempotency-Key")
    assert own_world.size == size


def changed(body: dict[str, Any]) -> dict[str, Any]:
    """The same with another value: in a private field where there is one."""
    if "payload" in body:
        return {**body, "payload": {**body["payload"], "operator": "骆春犁"}}
    name = next(name for name in ("seller", "contact", "name") if name in body)
    return {**body, name: "另一个"}


def test_an_official_adds_and_revokes_keys_of_a_party_of_the_region(own_world: World) -> None:
    path = f"{V1}/parties/{own_world.parties['retailer']}/events"
    key = "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"

    far = own_world.made(
        path, {"kind": "key_added", "payload": {"key": key, "authenticated": "in person"}}, "far official"
    )
    gone = own_world.made(path, {"kind": "key_revoked", "payload": {"key": key, "why": "left"}}, "far official")

    assert [far["seq"], gone["seq"]] == [1, 2]
    check_refusal(
        own_world.post(path, {"kind": "key_revoked", "payload": {"key": key, "why": "left"}}, "far official"),
        409,
        "key-revoked",
        "/payload/key",
    )


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_a_party_is_shown_without_anything_private(world: World) -> None:
    answer = world.get(f"{V1}/parties/{world.parties['coop']}")

    assert answer.status_code == 200
    assert answer.json() == {
        "id": world.parties["coop"],
        "name": "示例中药材专业合作社",
        "legal_form": "co-op",
        "roles": ["grower", "processor"],
        "region": "341602",
    }


def test_a_household_is_shown_without_its_name(own_world: World) -> None:
    body = {"name": "柳青禾", "legal_form": "household", "roles": ["grower"], "region": REGION, "township": "十河镇"}
    id = own_world.made(f"{V1}/parties", body, "official")["id"]

    answer = own_world.get(f"{V1}/parties/{id}")

    assert answer.json() == {"id": id, "legal_form": "household", "roles": ["grower"], "region": REGION}


def test_a_place_is_shown_by_its_township(world: World) -> None:
    assert world.get(f"{V1}/places/{world.place}").json() == {
        "id": world.place,
        "party": world.parties["coop"],
        "region": "341602",
        "township": "十河镇",
        "place_kind": "plot",
    }


def test_a_batch_is_shown_without_what_its_sealed_receipt_says(world: World) -> None:
    shown = world.get(f"{V1}/batches/{world.batch}").json()

    assert shown == {
        "id": world.batch,
        "code": world.code,
        "product": "HB-BS",
        "township": "十河镇",
        "owner": world.parties["coop"],
        "state": "open",
        "balance": {"base_units": 1_250_500_000},
        "head": {"seq": 2, "index": world.receipt["index"], "leaf": world.receipt["leaf"]},
    }


@pytest.mark.parametrize("who", ["coop", "auditor", "official"])
def test_a_batch_is_shown_whole_to_those_who_may_open_all_of_it(world: World, who: str) -> None:
    shown = world.get(f"{V1}/batches/{world.batch}", who).json()

    assert (shown["holder"], shown["stage"]) == (world.parties["retailer"], "receipt")


READERS = {None: False, "neighbour": False, "laboratory": False, "administrator": False, "far official": False,
           "coop": True, "retailer": False, "official": True, "auditor": True}  # fmt: skip


@pytest.mark.parametrize(("who", "may"), READERS.items())
def test_a_sealed_receipt_is_open_to_its_parties_their_office_and_the_auditor_alone(
    world: World, who: str | None, may: bool
) -> None:
    index = world.receipt["index"]

    record = world.get(f"{V1}/batches/{world.batch}/events", who).json()["items"][-1]
    entry = world.get(f"{V1}/entries/{index}", who).json()
    listed = world.get(f"{V1}/entries?from={index}", who).json()["items"][0]
    item = world.get(f"{V1}/batches/{world.batch}/bundle", who).json()["chains"][0]["entries"][-1]

    assert record["index"] == index
    assert ("kind" in record, "occurred_at" in record) == (may, may)
    assert set(entry) == {"index", "entry"} | ({"salt", "statement"} if may else set())
    assert listed == entry
    assert set(item) == {"entry"} | ({"salt", "statement"} if may else set())


def test_events_are_listed_oldest_first(world: World) -> None:
    items = world.get(f"{V1}/batches/{world.batch}/events").json()["items"]

    assert [item.get("kind") for item in items] == ["batch_opened", "harvest", None]
    assert [item["seq"] for item in items] == [0, 1, 2]
    assert set(items[1]) == {"id", "kind", "occurred_at", "seq", "index", "leaf"}
    assert set(items[2]) == {"id", "seq", "index", "leaf"}
    assert items[2]["leaf"] == world.receipt["leaf"]


def test_a_bundle_holds_the_batch_its_signers_and_the_log(world: World) -> None:
    answer = world.get(f"{V1}/batches/{world.batch}/bundle")
    bundle = answer.json()

    assert answer.headers["cache-control"] == "no-cache"
    assert set(bundle) == {"format", "origin", "chains", "checkpoint"}
    assert (bundle["format"], bundle["origin"]) == ("suxin.bundle/1", ORIGIN)
    assert [chain["chain"] for chain in bundle["chains"]] == [world.batch, world.node.genesis.chain]
    assert set(bundle["chains"][0]) == {"chain", "entries", "index", "path"}
    assert bundle["checkpoint"].startswith(f"{ORIGIN}\n{world.size}\n")


def test_entries_are_listed_from_an_index_on(world: World) -> None:
    items = world.get(f"{V1}/entries?from=3&limit=2").json()["items"]

    assert [item["index"] for item in items] == [3, 4]
    assert json.loads(items[0]["entry"])["index"] == 3
    assert world.get(f"{V1}/entries?from=999").json() == {"items": []}


def test_a_proof_is_a_tlog_proof_under_the_checkpoint(world: World) -> None:
    answer = world.get(f"{V1}/entries/2/proof")

    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 2"]
    assert all(len(base64.b64decode(line)) == 32 for line in lines[2 : lines.index("")])
    assert answer.text.endswith(world.get("/log/checkpoint").text)


@pytest.mark.parametrize("accept", ["text/plain", "*/*", "text/html,*/*;q=0.1"])
def test_a_proof_is_given_to_whoever_takes_it(world: World, accept: str) -> None:
    assert world.get(f"{V1}/entries/2/proof", Accept=accept).status_code == 200


# ---- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "parties", "places", "batches"),
    [
        ("coop", ["coop"], 1, 1),
        ("neighbour", ["neighbour"], 0, 0),
        ("retailer", ["retailer"], 0, 0),
        ("laboratory", ["laboratory"], 0, 0),
        ("official", ["coop", "neighbour", "laboratory"], 1, 1),
        ("far official", ["retailer"], 0, 0),
        ("auditor", ["coop", "neighbour", "laboratory", "retailer"], 1, 1),
    ],
)
def test_a_list_holds_what_policy_gives_the_reader(
    world: World, who: str, parties: list[str], places: int, batches: int
) -> None:
    listed = [item["id"] for item in world.get(f"{V1}/parties", who).json()["items"]]

    assert listed == [world.parties[name] for name in parties]
    assert len(world.get(f"{V1}/places", who).json()["items"]) == places
    assert len(world.get(f"{V1}/batches", who).json()["items"]) == batches


def test_an_administrator_finds_parties_and_nothing_of_their_trade(world: World) -> None:
    assert len(world.get(f"{V1}/parties", "administrator").json()["items"]) == 4
    for noun in ("places", "batches"):
        check_refusal(world.get(f"{V1}/{noun}", "administrator"), 403, "scope-missing", None)


def test_a_demonstration_lists_everything_to_everybody(tmp_path: Path) -> None:
    with running_world(tmp_path, "demonstration") as world:
        assert len(world.get(f"{V1}/parties").json()["items"]) == 4
        assert [item["id"] for item in world.get(f"{V1}/batches").json()["items"]] == [world.batch]
        assert "holder" not in world.get(f"{V1}/batches").json()["items"][0]


@pytest.mark.parametrize("path", ["parties", "entries", "batches/@batch/events"])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 200])
def test_pages_of_a_list_hold_every_item_once_and_end(world: World, path: str, limit: int) -> None:
    path = f"{V1}/{path.replace('@batch', world.batch)}"
    whole = world.get(path, "auditor").json()["items"]
    found: list[dict[str, Any]] = []
    link: str | None = f"<{path}?limit={limit}>"
    pages = 0

    while link:
        target = re.match(r"<([^>]+)>", link)
        assert target
        answer = world.get(target[1], "auditor")
        assert len(answer.json()["items"]) <= limit
        found += answer.json()["items"]
        link = answer.headers.get("link")
        assert link is None or link.endswith('>; rel="next"')
        pages += 1

    assert found == whole
    assert pages == max(1, -(-len(whole) // limit))


def test_a_page_keeps_the_other_parameters_of_its_list(world: World) -> None:
    first = world.get(f"{V1}/entries?from=2&limit=3")
    target = re.match(r"<([^>]+)>", first.headers["link"])
    assert target

    second = world.get(target[1])

    assert [item["index"] for item in first.json()["items"] + second.json()["items"]] == [2, 3, 4, 5, 6, 7]


# ---- labels, pages, log files, health --------------------------------------------------------------------------------


def test_the_label_is_given_as_svg_and_as_png_that_a_phone_reads(world: World, tmp_path: Path) -> None:
    svg = world.get(f"{V1}/batches/{world.batch}/labels.svg")
    png = world.get(f"{V1}/batches/{world.batch}/labels.png", Accept="image/png")
    (tmp_path / "label.png").write_bytes(png.content)
    with Image.open(tmp_path / "label.png") as picture:
        read = zxingcpp.read_barcodes(picture)

    fragment = base64.urlsafe_b64encode(bytes.fromhex(world.receipt["leaf"])[:24]).decode()
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert svg.text.startswith("<svg ")
    assert png.headers["content-type"] == "image/png"
    assert [one.text for one in read] == [f"http://suxin.example/t/{world.code}#1.2.{fragment}"]


def test_the_scan_page_has_an_etag_and_is_asked_for_again_each_time(own_world: World) -> None:
    first = own_world.get(f"/t/{own_world.code}?lang=en")
    again = own_world.get(f"/t/{own_world.code}?lang=en", **{"If-None-Match": first.headers["etag"]})
    other = own_world.get(f"/t/{own_world.code}?lang=zh", **{"If-None-Match": first.headers["etag"]})

    assert (first.status_code, again.status_code, other.status_code) == (200, 304, 200)
    assert again.content == b""
    assert first.headers["cache-control"] == "no-cache"
    assert "Accept-Language" in first.headers["vary"]


@pytest.mark.parametrize("typed", ["{}", "{} ", "dashed", "lower"])
def test_a_typed_code_finds_its_page(world: World, typed: str) -> None:
    code = world.code
    sent = {"dashed": f"{code[:4]}-{code[4:8]}-{code[8:]}", "lower": code.lower()}.get(typed, typed.format(code))

    answer = world.get(f"/t?code={sent}")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/t/{code}")


@pytest.mark.parametrize("path", ["/", "/t/@code", "/t/@code/label"])
def test_pages_are_html_in_the_language_that_the_reader_asks_for(world: World, path: str) -> None:
    chinese = world.get(path.replace("@code", world.code))
    english = world.get(path.replace("@code", world.code), **{"Accept-Language": "en-GB"})

    assert chinese.headers["content-type"] == "text/html; charset=utf-8"
    assert 'lang="zh' in chinese.text
    assert 'lang="en' in english.text


def test_a_label_of_nobody_is_a_page_that_says_so(world: World) -> None:
    answer = world.get("/t/00000000000Z")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_the_checkpoint_may_be_kept_two_seconds_and_a_tile_for_ever(world: World) -> None:
    checkpoint = world.get("/log/checkpoint")
    size = int(checkpoint.text.splitlines()[1])
    hashes = world.get(f"/log/tile/0/000.p/{size}")
    entries = world.get(f"/log/tile/entries/000.p/{size}")

    assert checkpoint.headers["cache-control"] == "public, max-age=2"
    assert checkpoint.headers["content-type"].startswith("text/plain")
    assert len(hashes.content) == 32 * size
    assert entries.content[2:].startswith(b'{"body"')
    for tile in (hashes, entries):
        assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert tile.headers["content-type"] == "application/octet-stream"


def test_the_vkey_is_that_of_the_log(world: World) -> None:
    assert world.get("/log/vkey").text == f"{world.node.genesis.vkey}\n"
    assert re.fullmatch(r"log\.example/test\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*\n", world.get("/log/vkey").text)


def test_openapi_is_public(world: World) -> None:
    answer = world.get(f"{V1}/openapi.json")

    assert (answer.status_code, answer.json()["openapi"]) == (200, "3.1.0")


def test_a_node_that_writes_is_healthy_and_ready(world: World) -> None:
    assert world.get("/healthz").json() == {"ok": True}
    assert world.get("/readyz").json() == {"ready": True, "log_size": world.size, "read_only": False}


def test_a_node_behind_its_guard_says_what_is_missing_reads_on_and_takes_nothing(tmp_path: Path) -> None:
    with running_world(tmp_path) as world:
        size, batch, token, kept = world.size, world.batch, world.tokens["coop"], tmp_path / "kept.db"
        copy_database(world.node, kept)
        world.made(f"{V1}/batches/{batch}/events?wait=proof", HARVEST, "coop")
    settings = settings_in(tmp_path)
    for end in ("", "-wal", "-shm"):
        settings.database.with_name(settings.database.name + end).unlink(missing_ok=True)
    shutil.copy(kept, settings.database)

    with running_app(tmp_path) as restored:
        ready = restored.get("/readyz")
        body, headers = HARVEST, {"Authorization": f"Bearer {token}"}
        refused = restored.client.post(f"{V1}/batches/{batch}/events", json=body, headers=headers)
        read = restored.get(f"{V1}/batches/{batch}")

        assert ready.status_code == 503
        assert (ready.json()["ready"], ready.json()["read_only"], ready.json()["log_size"]) == (False, True, size)
        assert ready.json()["missing_entries"] == {"from": size, "to": size + 1}
        check_refusal(refused, 503, "read-only", None)
        assert 1 <= int(refused.headers["retry-after"]) <= 5
        assert read.status_code == 200
        assert restored.size == size


def copy_database(node: Node, to: Path) -> None:
    """An older copy, as a backup would be (SQLite's backup API)."""
    with sqlite3.connect(node.settings.database) as source, sqlite3.connect(to) as target:
        source.backup(target)
    source.close()
    target.close()
