"""How are the first officials named? By a statement that the node and each of them sign, gathered from what they hand over.

It is made once (`--party …`), signed by each founder with an own key, on another machine or in the browser, and comes
back as files. A founder who is present may hand over the key file itself, on a stick: it is read, used, and not kept.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from api import migrations, node
from api.compose import Recorder, received_statement
from api.db import Operational
from api.hindrances import BAD, OK, Hindrance, both, tell
from api.keyfiles import load_key
from api.season import PostRefused
from api.season_client import HttpClient, season_tokens
from api.settings import Settings
from api.waiting import Waiting, document_bytes
from api.waiting.db import WaitingRoom
from trace.ledger.canonical import ProfileError, decode, encode
from trace.ledger.errors import DomainError
from trace.ledger.keys import PrivateKey
from trace.ledger.sqlite import AlreadyServed, reading
from trace.ledger.statement import StatementError, parse_statement, sign_document, verify_proofs
from trace.ledger.submission import Receipt, Submission
from trace.places import is_region
from trace.queries import find_key_owners, find_parties, list_offices

KIND = "founders_named"
_KEY_FILE = re.compile(rb"[0-9a-f]{64}\s*")


def founders(arguments: argparse.Namespace, settings: Settings) -> int:
    """`founders --party …` makes the statement; `founders FILE…` puts together what came back and names the founders."""
    genesis = node.read_genesis(settings)
    if genesis is None:
        raise Hindrance("cli.no_log", path=settings.data_dir)
    with reading(settings.database) as reads:
        if list_offices(reads.connection):
            raise Hindrance("founders.named_already")
    node_key, _ = node.own_keys(settings, genesis)
    recorder = Recorder(genesis.origin, node_key, genesis.chain, node.system_clock, os.urandom)
    region = arguments.region or genesis.region
    if region is not None and not is_region(region):
        raise Hindrance("cli.unknown_region", region=region)
    if arguments.party:
        return _make(settings, recorder, _payload(settings, arguments.party, region, arguments.basis))
    if not arguments.file:
        raise Hindrance("founders.nothing_given")
    keys, copies = _read(arguments.file)
    fields = _same(copies) if copies else None
    if fields is None:
        with reading(settings.database) as reads:
            owners = find_key_owners(reads.connection, [key.did for key in keys])
        fields = draft(recorder, _payload(settings, owners, region, arguments.basis))
    proofs = [proof for copy in copies for proof in copy["proof"]]
    statement = _signed(fields, proofs, [node_key, *keys], recorder.created())
    missing = _missing(settings, statement)
    if missing:
        sys.stdout.write(both("founders.missing", parties=" ".join(missing)) + "\n")
        return BAD
    return _submit(arguments, settings, genesis, region, statement)


def draft(recorder: Recorder, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The statement, to be signed by the node and by each founder."""
    fields, _ = recorder.draft(
        KIND, payload, chain=recorder.new_chain(), actor=recorder.node_chain, id=recorder.new_id()
    )
    return {**fields, "recorded_by": "founders"}


def _payload(settings: Settings, parties: Sequence[str], region: str | None, basis: str | None) -> dict[str, Any]:
    with reading(settings.database) as reads:
        known = {row["id"] for row in find_parties(reads.connection, parties)}
    for party in parties:
        if party not in known:
            raise Hindrance("founders.unknown_party", party=party)
    if len(known) < 2:
        raise Hindrance("founders.too_few")
    payload: dict[str, Any] = {"parties": list(dict.fromkeys(parties))}
    return payload | {name: value for name, value in (("region", region), ("basis", basis)) if value}


def _make(settings: Settings, recorder: Recorder, payload: Mapping[str, Any]) -> int:
    """Signed by the node, printed for those who sign with a file, and laid out for those who sign in their browser."""
    migrations.migrate(settings)
    fields = draft(recorder, payload)
    proof = sign_document(fields, recorder.node_key, recorder.created())
    room = WaitingRoom(Operational(settings.operational))
    room.add(Waiting(fields["id"], document_bytes(fields), (), (proof,), (), recorder.node_chain, recorder.clock()))
    sys.stderr.write(both("founders.made", address=f"{settings.public_url}/desk/waiting") + "\n")
    sys.stdout.buffer.write(encode({**fields, "proof": [proof]}) + b"\n")
    return OK


def _read(files: Iterable[Path]) -> tuple[list[PrivateKey], list[dict[str, Any]]]:
    """Key files, and copies of the statement with the proofs that their signers put to it."""
    keys: list[PrivateKey] = []
    copies: list[dict[str, Any]] = []
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise Hindrance("cli.cannot_read", why=error) from error
        if _KEY_FILE.fullmatch(data):
            keys.append(load_key(file))
            continue
        try:
            found: dict[str, Any] = decode(data)
            verify_proofs(parse_statement(encode(found)))
        except (ProfileError, StatementError) as error:
            raise Hindrance("founders.not_a_statement", path=file, why=error) from error
        copies.append(found)
    return keys, copies


def _same(copies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The statement that all of them signed. Raises Hindrance where they differ, or say something else."""
    documents = {document_bytes(copy) for copy in copies}
    if len(documents) > 1 or copies[0]["kind"] != KIND:
        raise Hindrance("founders.differ")
    return decode(documents.pop())


def _signed(
    fields: Mapping[str, Any], proofs: Iterable[dict[str, Any]], keys: Iterable[PrivateKey], created: str
) -> dict[str, Any]:
    """The statement with every proof once, and one by each of these keys that has not signed."""
    by_method = {proof["verificationMethod"]: proof for proof in proofs}
    signed = {method.partition("#")[0] for method in by_method}
    more = [sign_document(fields, key, created) for key in keys if key.did not in signed]
    return {**fields, "proof": [*by_method.values(), *more]}


def _missing(settings: Settings, statement: Mapping[str, Any]) -> list[str]:
    signers = [proof["verificationMethod"].partition("#")[0] for proof in statement["proof"]]
    with reading(settings.database) as reads:
        owners = find_key_owners(reads.connection, signers)
    return [party for party in statement["payload"]["parties"] if party not in owners]


def _submit(
    arguments: argparse.Namespace,
    settings: Settings,
    genesis: node.Genesis,
    region: str | None,
    statement: dict[str, Any],
) -> int:
    """Into the log of a stopped node, or of the one that is running."""
    try:
        index = _append(settings, statement).index
    except AlreadyServed:
        url = arguments.url or f"http://{settings.host}:{settings.port}"
        index = _send(settings, url, region or genesis.region, statement)
    except DomainError as refused:
        raise Hindrance("founders.refused", why=both(f"problem.{refused.code}")) from refused
    tell("founders.done", index=index)
    return OK


def _append(settings: Settings, statement: dict[str, Any]) -> Receipt:
    migrations.migrate(settings)
    opened = node.open_node(settings)
    with closing(opened):
        return opened.log.submit(Submission((received_statement(statement, []),), wait_proof=True)).result()[0]


def _send(settings: Settings, url: str, region: str | None, statement: dict[str, Any]) -> int:
    if region is None:
        raise Hindrance("founders.needs_region")
    with season_tokens(Operational(settings.operational), region) as token_for:
        headers = {"Authorization": f"Bearer {token_for('official', None)}"}
        try:
            answer = HttpClient(url).post("/api/v1/statements", {"statement": statement, "openings": []}, headers)
        except PostRefused as refused:
            why = f"{refused.problem.get('zh')} / {refused.problem.get('en')}"
            raise Hindrance("founders.refused", why=why) from refused
        except (OSError, ValueError) as error:
            raise Hindrance("cli.node_away", url=url, why=error) from error
    return int(answer["index"])
