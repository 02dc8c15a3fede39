"""What can be done without a node: `verify`, `key`, `conform`. Bundle and keys are those of the published worked example."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.ports import free_port

from .command_parts import ROOT, Home, Shell, lines

EXAMPLE: dict[str, Any] = json.loads((ROOT / "tests/conformance/vectors/worked-example.json").read_text("utf-8"))
LOG_VKEY, OTHER_VKEY = (EXAMPLE["keys"][name]["vkey"] for name in ("log", "witness"))
FRAGMENT = EXAMPLE["label_fragment_printed_after_entry_4"]
CHECKS = ["format", "label", "entry", "chain", "body", "signature", "inclusion", "checkpoint"]
CHECKS += ["witness", "remembered", "complete"]
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, free_port())


@pytest.fixture
def sh(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(EXAMPLE["bundle"]), "utf-8")
    return path


def changed(path: Path, old: str, new: str) -> Path:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return path


# ---- verify ----------------------------------------------------------------------------------------------------------


def test_a_good_bundle_with_its_label_is_exit_0_and_these_members_in_this_order(home: Home, bundle: Path) -> None:
    done = home.run("verify", bundle, "--key", LOG_VKEY, "--fragment", FRAGMENT)
    answer = json.loads(done.stdout)

    assert (done.returncode, done.stderr, len(lines(done.stdout))) == (0, "", 1)
    assert list(answer) == ["valid", "failed", "chain", "seq", "index", "zh", "en", "checks"]
    assert list(answer["checks"]) == CHECKS
    assert (answer["valid"], answer["failed"]) == (True, None)
    assert (answer["chain"], answer["seq"], answer["index"]) == (EXAMPLE["chains"]["batch-1"], 3, 9)
    assert [name for name in CHECKS if answer["checks"][name] == "skipped"] == ["witness", "remembered", "complete"]
    assert answer["en"] == "Unchanged since the label was printed. Not independently witnessed yet."
    assert answer["zh"] == "自打印标签以来没有被改动。还没有独立见证。"


@pytest.mark.parametrize("before", ["#", "https://suxin.example/t/7K3M9QX2WTBP#"])
def test_a_fragment_is_taken_as_it_is_copied_from_a_label(home: Home, sh: Shell, bundle: Path, before: str) -> None:
    answer = json.loads(sh(home, "verify", bundle, "--key", LOG_VKEY, "--fragment", before + FRAGMENT).stdout)

    assert (answer["valid"], answer["checks"]["label"]) == (True, "pass")


def test_without_a_label_nothing_is_said_about_one(home: Home, sh: Shell, bundle: Path) -> None:
    answer = json.loads(sh(home, "verify", bundle, "--key", LOG_VKEY).stdout)

    assert (answer["valid"], answer["checks"]["label"]) == (True, "skipped")
    assert "no label was compared" in answer["en"]
    assert "since the label" not in answer["en"]


def test_a_wrong_label_is_exit_1_and_what_comes_after_it_is_skipped(home: Home, bundle: Path) -> None:
    done = home.run("verify", bundle, "--key", LOG_VKEY, "--fragment", "1.1." + "A" * 32)
    answer = json.loads(done.stdout)

    assert (done.returncode, answer["valid"], answer["failed"]) == (1, False, "label")
    assert list(answer["checks"].values()) == ["pass", "fail"] + ["skipped"] * 9
    assert answer["en"] == "The records do not match the label's check value."
    assert answer["zh"] == "记录与标签上的校验值不符。"


def test_another_log_key_is_exit_1_at_the_checkpoint(home: Home, sh: Shell, bundle: Path) -> None:
    done = sh(home, "verify", bundle, "--key", OTHER_VKEY)

    assert (done.returncode, json.loads(done.stdout)["failed"]) == (1, "checkpoint")


def test_a_fault_of_shape_is_exit_1_and_another_format_is_exit_2(home: Home, sh: Shell, bundle: Path) -> None:
    shape = sh(home, "verify", changed(bundle, '"path"', '"paths"'), "--key", LOG_VKEY)
    format = sh(home, "verify", changed(bundle, "suxin.bundle/1", "suxin.bundle/2"), "--key", LOG_VKEY)
    bundle.write_text("{")
    unparsable = sh(home, "verify", bundle, "--key", LOG_VKEY)

    assert (shape.returncode, json.loads(shape.stdout)["failed"]) == (1, "format")
    for done in (format, unparsable):
        assert (done.returncode, done.stdout, len(lines(done.stderr))) == (2, "", 1)


def test_without_a_key_nothing_can_be_checked_and_none_is_taken_from_the_file(home: Home, bundle: Path) -> None:
    changed(bundle, '"format"', f'"vkey": "{LOG_VKEY}", "format"')

    done = home.run("verify", bundle)

    assert (done.returncode, done.stdout, len(lines(done.stderr))) == (2, "", 1)
    assert "--key" in done.stderr


def test_without_a_key_this_nodes_own_is_used(home: Home, sh: Shell, bundle: Path) -> None:
    sh(home, "init")

    done = sh(home, "verify", bundle)

    assert (done.returncode, json.loads(done.stdout)["failed"]) == (1, "checkpoint")


@pytest.mark.parametrize(
    ("words", "code", "failed"),
    [
        (("--witness", EXAMPLE["keys"]["witness"]["vkey"], "--quorum", "1"), 0, None),
        (("--witness", LOG_VKEY), 1, "witness"),
        (("--quorum", "1"), 1, "witness"),
        (("--witness", EXAMPLE["keys"]["witness"]["vkey"], "--quorum", "2"), 1, "witness"),
    ],
)
def test_as_many_pinned_witnesses_as_asked_for_must_have_signed(
    home: Home, sh: Shell, bundle: Path, words: tuple[str, ...], code: int, failed: str | None
) -> None:
    done = sh(home, "verify", bundle, "--key", LOG_VKEY, *words)
    answer = json.loads(done.stdout)

    assert (done.returncode, answer["failed"]) == (code, failed)
    assert ("Independently witnessed" in answer["en"]) == (failed is None)


@pytest.mark.parametrize("words", [("absent.json", "--key", LOG_VKEY), (__file__, "--key", "no vkey")])
def test_a_file_or_a_key_that_cannot_be_read_is_exit_2(home: Home, sh: Shell, words: tuple[str, ...]) -> None:
    done = sh(home, "verify", *words)

    assert (done.returncode, done.stdout, len(lines(done.stderr))) == (2, "", 1)


# ---- key -------------------------------------------------------------------------------------------------------------


def base58_decoded(text: str, length: int) -> bytes:
    number = 0
    for character in text:
        number = number * 58 + BASE58.index(character)
    return number.to_bytes(length, "big")


def proof_holds(document: dict[str, Any], proof: dict[str, Any]) -> bool:
    """eddsa-jcs-2022 from its text, with another canonicalizer than ours. Raises where the signature does not hold."""
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    bare = {name: value for name, value in document.items() if name != "proof"}
    signed = b"".join(hashlib.sha256(rfc8785.dumps(part)).digest() for part in (options, bare))
    multikey = base58_decoded(proof["verificationMethod"].split("#")[1][1:], 34)
    assert multikey[:2] == b"\xed\x01"
    Ed25519PublicKey.from_public_bytes(multikey[2:]).verify(base58_decoded(proof["proofValue"][1:], 64), signed)
    return True


def test_key_sign_adds_a_proof_that_holds_and_keeps_the_others(home: Home) -> None:
    document = json.loads(EXAMPLE["entries"][4]["statement"])
    made = home.run("key", "new", "officer.key")

    signed = home.run("key", "sign", "officer.key", typed=json.dumps(document))

    did = lines(made.stdout)[-1]
    answer = json.loads(signed.stdout)
    assert (made.returncode, made.stderr, signed.returncode, signed.stderr) == (0, "", 0, "")
    assert did.startswith("did:key:z6Mk")
    assert stat.S_IMODE((home.folder / "officer.key").stat().st_mode) == 0o600
    assert answer["proof"][:-1] == document["proof"]
    assert answer["proof"][-1]["verificationMethod"].split("#")[0] == did
    assert answer == document | {"proof": answer["proof"]}
    assert all(proof_holds(answer, proof) for proof in answer["proof"])


def test_key_new_never_overwrites_a_key(home: Home, sh: Shell) -> None:
    (home.folder / "mine").write_text("a key")

    done = sh(home, "key", "new", home.folder / "mine")

    assert (done.returncode, done.stdout, len(lines(done.stderr))) == (2, "", 1)
    assert (home.folder / "mine").read_text() == "a key"


def test_what_is_no_statement_is_not_signed(home: Home, sh: Shell) -> None:
    sh(home, "key", "new", home.folder / "mine")

    done = sh(home, "key", "sign", home.folder / "mine", typed='{"amount": 1.5}')

    assert (done.returncode, done.stdout, len(lines(done.stderr))) == (2, "", 1)
    assert "float" in done.stderr


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (None, 0o600, "is missing"),
        ("00" * 31, 0o600, "32 bytes in hex"),
        ("钥匙", 0o600, "32 bytes in hex"),
        ("00" * 32, 0o640, "chmod 600"),
    ],
)
def test_a_key_file_that_is_not_safe_or_not_whole_is_not_used(
    home: Home, sh: Shell, content: str | None, mode: int, said: str
) -> None:
    path = home.folder / "mine"
    if content is not None:
        path.write_text(content)
        path.chmod(mode)

    done = sh(home, "key", "sign", path)

    assert (done.returncode, done.stdout, len(lines(done.stderr))) == (2, "", 1)
    assert said in done.stderr


# ---- conform ---------------------------------------------------------------------------------------------------------


def test_conform_answers_a_case_a_line_in_order(home: Home) -> None:
    # RFC 9162 2.1.1: the tree of nothing, and of one empty leaf.
    cases = [{"id": "none", "leaves": []}, {"id": "one", "leaves": [""]}, {"id": "odd", "leaves": ["0g"]}]

    done = home.run("conform", "root", typed="".join(json.dumps(case) + "\n" for case in cases))

    answers = [json.loads(line) for line in lines(done.stdout)]
    assert (done.returncode, done.stderr) == (0, "")
    assert [answer["id"] for answer in answers] == ["none", "one", "odd"]
    assert [answer["ok"] for answer in answers] == [True, True, False]
    assert answers[0]["root"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert answers[1]["root"] == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert answers[2]["error"] == "bad-case"


def test_conform_exits_2_for_a_kind_that_is_not_there(home: Home, sh: Shell) -> None:
    done = sh(home, "conform", "digital-link")

    assert (done.returncode, done.stdout, len(lines(done.stderr))) == (2, "", 1)
    assert "inclusion" in done.stderr
