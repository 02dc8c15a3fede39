"""Does the page's verifier give the answers of the vectors, and on altered bundles the answers of the Python one?"""

from __future__ import annotations

import base64
import copy
import json
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.pages.assets import load_assets
from trace.ledger.bundle import verify_bundle
from trace.ledger.keys import parse_vkey

VECTORS = Path(__file__).parent / "vectors"
PORT = Path(__file__).parent / "verifier_port.mjs"
EXAMPLE = json.loads((VECTORS / "worked-example.json").read_text("utf-8"))
VKEY = EXAMPLE["keys"]["log"]["vkey"]
FRAGMENT = EXAMPLE["label_url"].split("#")[1]
MUTATION_SEED = 20260910
MUTATIONS = 400

Ask = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


def vector(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((VECTORS / name).read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module", params=["native", "noble"])
def ask(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Answers a list of cases by the verifier as it is served: same files, same folders."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    folder = tmp_path_factory.mktemp("static")
    (folder / "package.json").write_text('{"type": "module"}')
    for asset in load_assets().assets.values():
        (folder / asset.name).parent.mkdir(exist_ok=True)
        (folder / asset.name).write_bytes(asset.body)

    def answer(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lines = "".join(json.dumps({"id": n, **case}) + "\n" for n, case in enumerate(cases))
        run = subprocess.run(
            [node, "--no-warnings", PORT, folder / "verify.js", request.param],
            input=lines,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert run.returncode == 0, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]

    answer.kind = request.param  # type: ignore[attr-defined]
    return answer


def test_the_engine_is_the_one_asked_for(ask: Ask) -> None:
    answer = ask([{"port": "engine"}])[0]

    kind = "noble" if ask.kind == "noble" else "webcrypto"  # type: ignore[attr-defined]
    assert (answer["hashing"], answer["signing"]) == (kind, kind)


def test_ed25519_answers_every_case_as_stated(ask: Ask) -> None:
    cases = vector("ed25519.json")["verify"]

    answers = ask([{"port": "ed25519", **{k: case[k] for k in ("key", "message", "signature")}} for case in cases])

    assert len(cases) == 22
    assert [(case["id"], answer["ok"]) for case, answer in zip(cases, answers, strict=True)] == [
        (case["id"], case["ok"]) for case in cases
    ]


def test_the_profile_of_json_names_the_broken_rule(ask: Ask) -> None:
    vectors = vector("profile.json")
    deep = ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}").encode().hex()

    accepted = ask([{"port": "canonical", "json": case["json"]} for case in vectors["accept"]])
    refused = ask([{"port": "canonical", "json": case.get("json", deep)} for case in vectors["reject"]])

    assert [answer.get("jcs") for answer in accepted] == [case["jcs"] for case in vectors["accept"]]
    assert [(case["id"], answer.get("error")) for case, answer in zip(vectors["reject"], refused, strict=True)] == [
        (case["id"], case["rule"]) for case in vectors["reject"]
    ]


def test_inclusion_proofs_answer_as_stated(ask: Ask) -> None:
    cases = vector("proofs.json")["inclusion"]

    answers = ask(
        [{"port": "inclusion", **{k: case[k] for k in ("index", "size", "leaf", "proof", "root")}} for case in cases]
    )

    assert [(case["id"], answer["ok"]) for case, answer in zip(cases, answers, strict=True)] == [
        (case["id"], case["ok"]) for case in cases
    ]


def test_envelopes_answer_as_stated(ask: Ask) -> None:
    cases = vector("envelopes.json")["entry"]

    answers = ask([{"port": "entry", "entry": case["entry"]} for case in cases])

    assert [(case["id"], answer["ok"]) for case, answer in zip(cases, answers, strict=True)] == [
        (case["id"], case["ok"]) for case in cases
    ]


def test_documents_and_base58_answer_as_stated(ask: Ask) -> None:
    vectors = vector("data-integrity.json")

    documents = ask([{"port": "document", "json": case["json"]} for case in vectors["document"]])
    texts = ask([{"port": "base58", "text": case["text"]} for case in vectors["base58btc"]])
    refused = ask([{"port": "base58", "text": case["text"]} for case in vectors["base58btc_reject"]])

    assert [(case["id"], answer["ok"]) for case, answer in zip(vectors["document"], documents, strict=True)] == [
        (case["id"], case["ok"]) for case in vectors["document"]
    ]
    assert [answer["hex"] for answer in texts] == [case["hex"] for case in vectors["base58btc"]]
    assert [answer["hex"] for answer in refused] == [None] * len(refused)


def test_notes_vkeys_and_checkpoints_answer_as_stated(ask: Ask) -> None:
    vectors = vector("notes.json")

    vkeys = ask([{"port": "vkey", "vkey": case["vkey"]} for case in vectors["vkeys"]])
    notes = ask([{"port": "note", "note": case["note"], "vkeys": case["vkeys"]} for case in vectors["notes"]])
    checkpoints = ask([{"port": "checkpoint", "text": case["text"]} for case in vectors["checkpoints"]])

    assert [(case["vkey"], answer["ok"]) for case, answer in zip(vectors["vkeys"], vkeys, strict=True)] == [
        (case["vkey"], case["ok"]) for case in vectors["vkeys"]
    ]
    assert [(case["id"], answer["ok"]) for case, answer in zip(vectors["notes"], notes, strict=True)] == [
        (case["id"], case["ok"]) for case in vectors["notes"]
    ]
    assert [answer["verified"] for case, answer in zip(vectors["notes"], notes, strict=True) if case["ok"]] == [
        case["verified"] for case in vectors["notes"] if case["ok"]
    ]
    assert [(case["id"], answer["ok"]) for case, answer in zip(vectors["checkpoints"], checkpoints, strict=True)] == [
        (case["id"], case["ok"]) for case in vectors["checkpoints"]
    ]


def bundle_case(bundle: object, fragment: str | None = FRAGMENT, vkeys: tuple[str, ...] = (VKEY,)) -> dict[str, Any]:
    data = bundle if isinstance(bundle, bytes) else json.dumps(bundle, ensure_ascii=False).encode()
    return {"port": "bundle", "bundle": base64.b64encode(data).decode(), "fragment": fragment, "vkeys": list(vkeys)}


def test_the_worked_example_passes_open_and_sealed(ask: Ask) -> None:
    answers = ask(
        [
            bundle_case(EXAMPLE["bundle"]),
            bundle_case(EXAMPLE["bundle_with_one_sealed"]),
            bundle_case(EXAMPLE["bundle"], fragment=None),
        ]
    )

    passed = dict.fromkeys(
        ("format", "label", "entry", "chain", "body", "signature", "inclusion", "checkpoint"), "pass"
    )
    later = dict.fromkeys(("witness", "remembered", "complete"), "skipped")
    assert [answer["valid"] for answer in answers] == [True, True, True]
    assert answers[0]["checks"] == passed | later
    assert answers[2]["checks"] == passed | later | {"label": "skipped"}
    assert [answer["sealed"] for answer in answers[:2]] == [0, 1]


def mutations() -> list[tuple[str, bytes, str | None]]:
    """Seeded alterations: members, entries, chains, bits, base64 forms, notes. Each with the fragment to check."""
    chance = random.Random(MUTATION_SEED)
    cases: list[tuple[str, bytes, str | None]] = []

    def add(about: str, bundle: dict[str, Any], fragment: str | None = FRAGMENT) -> None:
        cases.append((about, json.dumps(bundle, ensure_ascii=False).encode(), fragment))

    def fresh() -> dict[str, Any]:
        copied: dict[str, Any] = copy.deepcopy(EXAMPLE["bundle"])
        return copied

    for fragment in (
        "1.3",
        "1.9.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2",
        "1.03.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2",
        "1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q3",
        "2.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2",
        EXAMPLE["label_fragment_printed_after_entry_4"],
    ):
        add(f"fragment {fragment}", fresh(), fragment)
    for n, chain in enumerate(EXAMPLE["bundle"]["chains"]):
        for change in ("drop", "twice", "reverse"):
            altered = fresh()
            if change == "drop" and n > 0:
                del altered["chains"][n]
            elif change == "twice":
                altered["chains"].append(altered["chains"][n])
            else:
                altered["chains"][n]["entries"].reverse()
            add(f"chain {n} {change}", altered, None)
        for at in range(len(chain["entries"])):
            for change in ("drop", "seal", "twice", "extra", "salt", "blank"):
                altered = fresh()
                entries = altered["chains"][n]["entries"]
                if change == "drop":
                    del entries[at]
                elif change == "seal":
                    entries[at] = {"entry": entries[at]["entry"]}
                elif change == "twice":
                    entries.insert(at, entries[at])
                elif change == "extra":
                    entries[at]["note"] = "x"
                elif change == "salt":
                    entries[at]["salt"] = entries[at]["salt"][:-1] + ("B" if entries[at]["salt"][-1] != "B" else "C")
                else:
                    entries[at]["entry"] = entries[at]["entry"].replace(":", ": ", 1)
                add(f"chain {n} entry {at} {change}", altered, None)
        for field, value in (
            ("index", chain["index"] + 1),
            ("index", -1),
            ("index", str(chain["index"])),
            ("path", []),
            ("path", [*chain["path"], chain["path"][0]]),
            ("path", list(reversed(chain["path"]))),
            ("path", [chain["path"][0][:-1], *chain["path"][1:]]),
            ("path", ["AA==", *chain["path"][1:]]),
            ("chain", "short"),
            ("chain", "A" * 22),
            ("entries", []),
        ):
            altered = fresh()
            altered["chains"][n][field] = value
            add(f"chain {n} {field}={value}", altered, None)
    for field, value in (
        ("origin", "other.example/log"),
        ("origin", 1),
        ("format", "suxin.bundle/2"),
        ("extra", 1),
        ("chains", []),
        ("checkpoint", ""),
        ("checkpoint", "x\n"),
        ("checkpoint", 7),
    ):
        add(f"{field}={value}", {**fresh(), field: value}, None)
    note = EXAMPLE["bundle"]["checkpoint"]
    for old, new in (
        ("\n10\n", "\n11\n"),
        ("\n10\n", "\n010\n"),
        ("suxin.example/log\n10", "other.example/log\n10"),
        ("yjBn", "yjBm"),
        ("lrFq", "lrFr"),
        ("\n\n", "\n"),
        ("=\n\n", "=\nextra\n\n"),
        ("\u2014", "-"),
    ):
        add(f"note {old!r} {new!r}", {**fresh(), "checkpoint": note.replace(old, new, 1)}, None)
    text = json.dumps(EXAMPLE["bundle"], ensure_ascii=False)
    cases += [
        ("not json", b"{", None),
        ("list", b"[]", None),
        ("bom", b"\xef\xbb\xbf" + text.encode(), None),
        ("duplicate member", text.replace('"origin":', '"origin": "x", "origin":', 1).encode(), None),
        ("float", text.replace('"index": 9', '"index": 9.0', 1).encode(), None),
    ]
    plain = text.encode()
    for _ in range(MUTATIONS):
        altered_bytes = bytearray(plain)
        at = chance.randrange(len(plain))
        altered_bytes[at] ^= 1 << chance.randrange(7)
        cases.append((f"bit at {at}", bytes(altered_bytes), chance.choice([None, FRAGMENT])))
    return cases


def python_answer(data: bytes, fragment: str | None) -> tuple[bool | None, str | None]:
    """(valid, failed) of the Python verifier; None where it could not read the bundle at all."""
    try:
        result = verify_bundle(data, [parse_vkey(VKEY)], fragment)
    except ValueError:
        return None, None
    return result.valid, result.failed


def test_both_verifiers_agree_on_every_mutation_and_accept_none_that_changes_evidence(ask: Ask) -> None:
    cases = mutations()

    answers = ask([bundle_case(data, fragment) for _, data, fragment in cases])

    differ = []
    for (about, data, fragment), answer in zip(cases, answers, strict=True):
        mine = (None, None) if answer.get("unreadable") else (answer["valid"], answer["failed"])
        if mine != python_answer(data, fragment):
            differ.append((about, mine, answer.get("why"), python_answer(data, fragment)))
    assert differ == []
