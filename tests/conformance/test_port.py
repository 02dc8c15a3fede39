"""`python -m api conform KIND` answers every carried case as stated, in order, through the command itself."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
VECTORS = Path(__file__).parent / "vectors"


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    return found


def ask(kind: str, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps({"id": n, **case}) + "\n" for n, case in enumerate(cases))
    run = subprocess.run(
        [sys.executable, "-m", "api", "conform", kind],
        cwd=ROOT,
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert [one["id"] for one in found] == list(range(len(cases)))
    return found


def profile_cases() -> list[dict[str, Any]]:
    deep = (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}").hex()
    profile = load("profile")
    return [
        {"json": case.get("json", deep), "ok": "rule" not in case, **case}
        for case in profile["accept"] + profile["reject"]
    ]


def refused(vectors: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**one, "ok": False, "rule": one["error"]} for one in vectors["refused"]]


def cases_of(kind: str) -> list[dict[str, Any]]:
    match kind:
        case "root":
            return load("tree")["standard"]
        case "inclusion" | "consistency":
            return load("tree")[kind] + load("proofs")[kind]
        case "canonical":
            return profile_cases()
        case "ed25519":
            return load("ed25519")["verify"]
        case "document":
            return load("data-integrity")["document"]
        case "statement":
            good = [{"json": one["statement"].encode().hex(), "ok": True} for one in load("worked-example")["entries"]]
            return good + [{**one, "ok": False} for one in load("data-integrity")["statement_only"]]
        case "commitment":
            return [
                {"salt": one["salt"], "json": one["jcs"], "commit": one["commit"]}
                for one in load("data-integrity")[kind]
            ]
        case "entry":
            return load("envelopes")[kind]
        case "note" | "checkpoint" | "proof":
            return load("notes")[f"{kind}s"]
        case "tile":
            return load("tiles")["paths"]
        case "code":
            return load("codes")["cases"]
        case "gate":
            gates = load("gates")
            return gates["judged"] + refused(gates)
        case "working-days":
            return load(kind)["counted"] + refused(load(kind))
        case "procedure":
            return load("procedures")["walked"] + refused(load("procedures"))
        case "score":
            return load("scores")["scored"] + refused(load("scores"))
    raise KeyError(kind)


RESULTS = (
    *("root", "jcs", "commit", "leaf", "verified", "path", "verdict", "unverified"),
    *("date", "provisional", "log", "state", "asked"),
    *("score", "indicators", "clamped", "points", "effect", "band", "caps", "counted", "grade"),
)
KINDS = (
    "root inclusion consistency canonical ed25519 document statement commitment entry note checkpoint proof tile code "
    "gate working-days procedure score"
)


@pytest.mark.parametrize("kind", KINDS.split())
def test_every_case_is_answered_as_stated(kind: str) -> None:
    cases = cases_of(kind)

    found = ask(kind, [{name: value for name, value in case.items() if name != "id"} for case in cases])

    assert [one["ok"] for one in found] == [case.get("ok", True) for case in cases]
    for case, one in zip(cases, found, strict=True):
        stated = {name: case[name] for name in RESULTS if name in one and name in case}
        assert {name: one[name] for name in stated} == stated
        if "rule" in case:
            assert one["error"] == case["rule"]


def test_a_tile_that_no_tree_has_is_refused() -> None:
    assert [one["ok"] for one in ask("tile", [{"level": 64, "index": 0, "width": 0}])] == [False]


def test_a_case_that_cannot_be_read_is_answered_and_the_next_one_too() -> None:
    found = ask("inclusion", [{"index": 0}, {"index": 0, "size": 1, "leaf": "zz", "proof": [], "root": ""}])

    assert [(one["ok"], one["error"]) for one in found] == [(False, "bad-case")] * 2


def test_a_kind_that_this_release_does_not_have_exits_2() -> None:
    run = subprocess.run([sys.executable, "-m", "api", "conform", "digital-link"], cwd=ROOT, input=b"", check=False)

    assert run.returncode == 2
