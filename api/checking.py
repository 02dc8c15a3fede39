"""What can be done without a node: check a bundle offline, keep a key and sign with it, answer the test port."""

import argparse
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson

from api import conform as port
from api import keyfiles, node
from api.catalogue import Lang, say
from api.hindrances import BAD, OK, Hindrance
from api.settings import Settings
from trace.ledger.bundle import BundleResult, NotABundle, verify_bundle
from trace.ledger.canonical import ProfileError, decode, encode
from trace.ledger.keys import Vkey, parse_vkey
from trace.ledger.statement import sign_document

_BETWEEN_SENTENCES: Mapping[Lang, str] = {"zh": "", "en": " "}


def verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Offline. The key is the caller's or this node's, never one from the file."""
    try:
        data = arguments.file.read_bytes()
        pinned = [parse_vkey(text) for text in arguments.key] or _own_vkeys(settings)
        witnesses = [parse_vkey(text) for text in arguments.witness]
    except (OSError, ValueError) as error:
        raise Hindrance("cli.cannot_read", why=error) from error
    if not pinned:
        raise Hindrance("cli.no_key")
    try:
        found = verify_bundle(data, pinned, _fragment(arguments.fragment), witnesses, arguments.quorum)
    except NotABundle as error:
        raise Hindrance("cli.not_a_bundle", why=error) from error
    answer = {
        "valid": found.valid,
        "failed": found.failed,
        "chain": found.chain,
        "seq": found.seq,
        "index": found.index,
        "zh": _sentence(found, "zh"),
        "en": _sentence(found, "en"),
        "checks": found.checks,
    }
    sys.stdout.write(orjson.dumps(answer).decode() + "\n")
    return OK if found.valid else BAD


def _fragment(given: str | None) -> str | None:
    """People copy it with its #, or the label's whole address."""
    return given if given is None else given.rpartition("#")[2]


def _own_vkeys(settings: Settings) -> list[Vkey]:
    genesis = node.read_genesis(settings)
    return [parse_vkey(genesis.vkey)] if genesis else []


def _sentence(found: BundleResult, language: Lang) -> str:
    """No more than was checked: "since the label was printed" only where a label was compared."""
    if not found.valid:
        return say(f"verify.failed.{found.failed}", language)
    said = (
        "verify.unchanged" if found.checks["label"] == "pass" else "verify.without_label",
        "verify.witnessed" if found.checks["witness"] == "pass" else "verify.not_witnessed",
    )
    return _BETWEEN_SENTENCES[language].join(say(one, language) for one in said)


def key(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.what == "new":
        try:
            made = keyfiles.write_key(arguments.file, os.urandom(32))
        except FileExistsError as error:
            raise Hindrance("cli.key_exists", path=arguments.file) from error
        sys.stdout.write(made.did + "\n")
        return OK
    own = keyfiles.load_key(arguments.file)
    try:
        document = decode(sys.stdin.buffer.read())
    except ProfileError as error:
        raise Hindrance("cli.not_json", why=error.rule) from error
    proofs = document.get("proof", [])
    others = proofs if isinstance(proofs, list) else [proofs]
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document["proof"] = [*others, sign_document(document, own, created)]
    sys.stdout.buffer.write(encode(document) + b"\n")
    return OK


def conform(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.kind not in port.KINDS:
        raise Hindrance("cli.unknown_kind", kind=arguments.kind, kinds=" ".join(port.KINDS))
    return port.run(arguments.kind, sys.stdin, sys.stdout)
