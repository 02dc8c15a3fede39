"""What does each command of the operator do? One function a verb; every sentence it prints is in the catalogue."""

import argparse
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import orjson

from api import auditing, keyfiles, migrations, node, serving
from api import conform as port
from api.auth.tokens import TOKEN_LIFE, new_token, token_hash
from api.catalogue import say
from api.db import Operational
from api.demonstration import play_demonstration
from api.season import SeasonError, StepRefused
from api.season_client import send_season
from api.settings import Settings
from trace.ledger.bundle import NotABundle, verify_bundle
from trace.ledger.canonical import ProfileError, decode, encode
from trace.ledger.keys import Vkey, parse_vkey
from trace.ledger.sqlite import AlreadyServed, back_up
from trace.ledger.statement import sign_document

OK, BAD, COULD_NOT = 0, 1, 2


class CommandError(Exception):
    """What hinders a command, in one line that says what to do."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(f"{say(key, 'zh', **values)} / {say(key, 'en', **values)}")


def tell(key: str, **values: object) -> None:
    """One line for a person, both languages."""
    print(f"{say(key, 'zh', **values)} / {say(key, 'en', **values)}", flush=True)


@contextmanager
def hindrances() -> Iterator[None]:
    """What can be in the way of opening a node, as one line each."""
    try:
        yield
    except AlreadyServed as error:
        raise CommandError("cli.already_served", path=str(error)) from error
    except PermissionError as error:
        raise CommandError("cli.unwritable", path=error.filename) from error
    except (node.NodeError, keyfiles.KeyFileError) as error:
        raise CommandError("cli.cannot_open", why=str(error)) from error


def prepare(settings: Settings) -> None:
    """Data folder and current schema."""
    with hindrances():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        migrations.migrate(settings)


def init(arguments: argparse.Namespace, settings: Settings) -> int:
    asked = {}
    for name, default in (("origin", settings.log_origin), ("public_url", settings.public_url), ("region", "")):
        given = getattr(arguments, name)
        if given is None and sys.stdin.isatty():
            given = input(f"{say(f'cli.ask_{name}', 'zh')} [{default}]: ").strip()
        asked[name] = given or default
    settings = replace(settings, log_origin=asked["origin"], public_url=asked["public_url"])
    if node.read_genesis(settings):
        raise CommandError("cli.log_exists", path=settings.data_dir)
    prepare(settings)
    with hindrances():
        opened = node.open_node(settings, region=asked["region"] or None)
    opened.close()
    tell("cli.log_opened", origin=opened.genesis.origin, vkey=opened.genesis.vkey)
    return OK


def migrate(arguments: argparse.Namespace, settings: Settings) -> int:
    prepare(settings)
    tell("cli.migrated", path=settings.data_dir)
    return OK


def demo(arguments: argparse.Namespace, settings: Settings) -> int:
    known = node.read_genesis(settings)
    if known and arguments.if_empty:
        return OK
    if known:
        raise CommandError("cli.demo_refused", path=settings.data_dir)
    prepare(settings)
    with hindrances():
        played = play_demonstration(settings)
    for name, code in played.codes.items():
        tell("cli.demo_batch", name=name, address=f"{settings.public_url}/t/{code}")
    return OK


def serve(arguments: argparse.Namespace, settings: Settings) -> int:
    prepare(settings)
    probe = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((settings.host, settings.port))
    except OSError as error:
        raise CommandError("cli.port_busy", host=settings.host, port=settings.port) from error
    finally:
        probe.close()
    with hindrances():
        opened = node.open_node(settings)
    for key, address in serving.addresses(opened):
        tell(key, address=address)
    return serving.serve(opened)


def season(arguments: argparse.Namespace, settings: Settings) -> int:
    genesis = own_genesis(settings)
    try:
        played = send_season(arguments.file, arguments.url, Operational(settings.operational), genesis.region or "")
    except SeasonError as error:
        for fault in error.faults:
            print(f"{fault.sentence('zh')} / {fault.sentence('en')}")
        return BAD
    except StepRefused as error:
        why = f"{error.problem.get('zh')} / {error.problem.get('en')}"
        tell("cli.step_refused", row=error.row, why=why)
        return BAD
    except OSError as error:
        raise CommandError("cli.cannot_read", why=str(error)) from error
    tell("season.sent", n=len(played.answers))
    return OK


def own_genesis(settings: Settings) -> node.Genesis:
    """What the log in the data folder says of itself."""
    genesis = node.read_genesis(settings)
    if genesis is None:
        raise CommandError("cli.no_log", path=settings.data_dir)
    return genesis


def token(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.role in ("member", "laboratory") and not arguments.party:
        raise CommandError("cli.token_needs_party", role=arguments.role)
    if arguments.role == "official" and not arguments.region:
        raise CommandError("cli.token_needs_region")
    prepare(settings)
    made = new_token(os.urandom)
    expires = datetime.now(UTC) + TOKEN_LIFE[arguments.role]
    Operational(settings.operational).add_token(
        token_hash(made), arguments.role, arguments.party, arguments.region, expires
    )
    tell("cli.token_made", role=arguments.role, day=expires.date())
    print(made)
    return OK


def key(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.what == "new":
        try:
            print(keyfiles.write_key(arguments.file, os.urandom(32)).did)
        except FileExistsError as error:
            raise CommandError("cli.key_exists", path=arguments.file) from error
        return OK
    with hindrances():
        own = keyfiles.load_key(arguments.file)
    try:
        document = decode(sys.stdin.buffer.read())
    except ProfileError as error:
        raise CommandError("cli.not_json", why=error.rule) from error
    proofs = document.get("proof", [])
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    others = proofs if isinstance(proofs, list) else [proofs]
    document["proof"] = [*others, sign_document(document, own, created)]
    sys.stdout.buffer.write(encode(document) + b"\n")
    return OK


def verify(arguments: argparse.Namespace, settings: Settings) -> int:
    """Offline. The key is the caller's or this node's, never one from the file."""
    try:
        data = arguments.file.read_bytes()
        pinned = [parse_vkey(text) for text in arguments.key] or _own_vkeys(settings)
        witnesses = [parse_vkey(text) for text in arguments.witness]
    except (OSError, ValueError) as error:
        raise CommandError("cli.cannot_read", why=str(error)) from error
    if not pinned:
        raise CommandError("cli.no_key")
    try:
        found = verify_bundle(data, pinned, arguments.fragment, witnesses, arguments.quorum)
    except NotABundle as error:
        raise CommandError("cli.not_a_bundle", why=str(error)) from error
    sentence = "verify.valid" if found.valid else f"verify.failed.{found.failed}"
    answer = {
        "valid": found.valid,
        "failed": found.failed,
        "chain": found.chain,
        "seq": found.seq,
        "index": found.index,
        "zh": say(sentence, "zh"),
        "en": say(sentence, "en"),
        "checks": found.checks,
    }
    print(orjson.dumps(answer).decode())
    return OK if found.valid else BAD


def _own_vkeys(settings: Settings) -> list[Vkey]:
    genesis = node.read_genesis(settings)
    return [parse_vkey(genesis.vkey)] if genesis else []


def audit(arguments: argparse.Namespace, settings: Settings) -> int:
    found = auditing.run_audit(settings, own_genesis(settings), envelopes=arguments.envelopes)
    if arguments.json:
        print(auditing.audit_json(found))
    else:
        print(f"{auditing.audit_sentence(found, 'zh')} / {auditing.audit_sentence(found, 'en')}")
    return OK if found.ok else BAD


def rebuild(arguments: argparse.Namespace, settings: Settings) -> int:
    own_genesis(settings)
    with hindrances():
        differences = auditing.run_rebuild(settings)
    for table, id, column in differences:
        tell("rebuild.bad", table=table, id=id, column=column)
    if not differences:
        tell("rebuild.ok")
    return BAD if differences else OK


def backup(arguments: argparse.Namespace, settings: Settings) -> int:
    """Keys and guard are not in it: a backup must not be able to bring the guard back in time."""
    own_genesis(settings)
    if arguments.file.exists():
        raise CommandError("cli.file_exists", path=arguments.file)
    with hindrances():
        back_up(settings.database, arguments.file)
    tell("cli.backed_up", path=arguments.file)
    return OK


def restore(arguments: argparse.Namespace, settings: Settings) -> int:
    """The copy is opened read-only by its guard where the log went on since."""
    if not arguments.file.is_file():
        raise CommandError("cli.cannot_read", why=str(arguments.file))
    if settings.database.exists():
        raise CommandError("cli.log_exists", path=settings.data_dir)
    with hindrances():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(arguments.file, settings.database)
    prepare(settings)
    with hindrances():
        opened = node.open_node(settings)
    reason, missing = opened.log.read_only, opened.log.missing
    opened.close()
    if reason is None:
        tell("cli.restored", path=settings.data_dir)
        return OK
    tell(f"cli.read_only.{reason}", first=missing[0] if missing else "", last=missing[1] - 1 if missing else "")
    return BAD


def conform(arguments: argparse.Namespace, settings: Settings) -> int:
    return port.run(arguments.kind, sys.stdin, sys.stdout)
