"""What does each command of a node's operator do? One function a verb; every sentence it prints is in the catalogue."""

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path

from api import auditing, migrations, node, serving
from api.aside.db import AsideStore, aside
from api.auth.tokens import TOKEN_LIFE, new_token, sign_in_link, token_hash
from api.db import Operational
from api.demonstration import play_demonstration
from api.demonstration.doors import open_doors
from api.documents.db import DocumentStore, document, put_register, take_register
from api.files import Files, Kept
from api.files.db import DOCUMENTS, put_files, take_files
from api.hindrances import BAD, DATABASE_ERRORS, OK, Hindrance, both, tell
from api.lan import refuse_plain_http
from api.registers.db import IdNumberTable, id_number
from api.season import SeasonError, StepRefused
from api.season_client import send_season
from api.settings import Settings, load_settings
from api.terminal_qr import terminal_qr
from trace.ledger.sqlite import back_up, reading
from trace.places import is_region

PUBLIC_URL_FILE = "public-url"
"""In the data folder: the address that `init` was given, used by later commands where SUXIN_PUBLIC_URL is not set."""
COPY_BYTES = 1 << 20


def prepare(settings: Settings) -> None:
    """Data folder and current schema."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrations.migrate(settings)


def own_genesis(settings: Settings) -> node.Genesis:
    """What the log in the data folder says of itself."""
    genesis = node.read_genesis(settings)
    if genesis is None:
        raise Hindrance("cli.no_log", path=settings.data_dir)
    return genesis


def init(arguments: argparse.Namespace, settings: Settings) -> int:
    if node.read_genesis(settings):
        raise Hindrance("cli.log_exists", path=settings.data_dir)
    given_url = settings.public_url
    origin = _asked(arguments.origin, "cli.ask_origin", settings.log_origin)
    public_url = _asked(arguments.public_url, "cli.ask_public_url", given_url)
    region = _asked(arguments.region, "cli.ask_region", "")
    # Checked before anything is made: origin and region can never be changed afterwards.
    checked = load_settings({"SUXIN_LOG_ORIGIN": origin, "SUXIN_PUBLIC_URL": public_url})
    _check_region(region)
    settings = replace(settings, log_origin=checked.log_origin, public_url=checked.public_url)
    prepare(settings)
    opened = node.open_node(settings, region=region or None)
    opened.close()
    if arguments.public_url or public_url != given_url:
        (settings.data_dir / PUBLIC_URL_FILE).write_text(settings.public_url + "\n", "ascii")
    tell("cli.log_opened", origin=opened.genesis.origin, vkey=opened.genesis.vkey)
    return OK


def _asked(given: str | None, question: str, default: str) -> str:
    """What a flag says, or what somebody at a terminal types, or the default."""
    if given is None and sys.stdin.isatty():
        given = input(f"{both(question)} [{default}]: ").strip()
    return given or default


def _check_region(region: str | None) -> None:
    if region and not is_region(region):
        raise Hindrance("cli.unknown_region", region=region)


def migrate(arguments: argparse.Namespace, settings: Settings) -> int:
    prepare(settings)
    tell("cli.migrated", path=settings.data_dir)
    return OK


def demo(arguments: argparse.Namespace, settings: Settings) -> int:
    known = node.read_genesis(settings)
    if known and arguments.if_empty:
        if known.purpose == "demonstration":
            prepare(settings)
            _print_doors(settings)
        return OK
    if known:
        key = "cli.demo_again" if known.purpose == "demonstration" else "cli.demo_refused"
        raise Hindrance(key, path=settings.data_dir)
    prepare(settings)
    played = play_demonstration(settings)
    for name, code in played.codes.items():
        tell("cli.demo_batch", name=name, address=f"{settings.public_url}/t/{code}")
    for one in played.officials:
        tell("founders.demo_official", name=one.name, party=one.party, region=one.region, file=one.key_file)
    _print_doors(settings)
    return OK


def _print_doors(settings: Settings) -> None:
    """A link for each person of the season: each time a new one, for only its hash is kept."""
    with reading(settings.database) as reads:
        for door in open_doors(Operational(settings.operational), reads, settings.public_url):
            tell("cli.demo_door", name=door.name, link=door.link)


def serve(arguments: argparse.Namespace, settings: Settings) -> int:
    genesis = node.read_genesis(settings)
    refuse_plain_http(settings, genesis is not None and genesis.purpose == "demonstration")
    try:
        ports = serving.take_ports(settings)
    except OSError as error:
        raise Hindrance("cli.port_busy", host=settings.host, port=settings.port) from error
    with ExitStack() as held:
        for port in ports:
            held.enter_context(closing(port))
        prepare(settings)
        opened = node.open_node(settings)
        if opened.log.read_only:
            sys.stderr.write(_why_read_only(opened) + "\n")
        for key, address in serving.addresses(opened):
            tell(key, address=address)
        if settings.lan:
            tell("cli.open_on_phone", address=settings.public_url + "/")
            _draw(settings.public_url + "/")
        return serving.serve(opened, ports)


def _draw(address: str) -> None:
    sys.stdout.write(terminal_qr(address, colours=sys.stdout.isatty()))
    sys.stdout.flush()


def _why_read_only(opened: node.Node) -> str:
    first, before = opened.log.missing or (0, 0)
    return both(f"cli.read_only.{opened.log.read_only}", first=first, last=before - 1)


def season(arguments: argparse.Namespace, settings: Settings) -> int:
    region = arguments.region or own_genesis(settings).region
    if region is None:
        raise Hindrance("cli.season_needs_region")
    _check_region(region)
    if not arguments.file.is_file():
        raise Hindrance("cli.cannot_read", why=arguments.file)
    try:
        played = send_season(arguments.file, arguments.url, Operational(settings.operational), region)
    except SeasonError as error:
        for fault in error.faults:
            sys.stdout.write(f"{fault.sentence('zh')} / {fault.sentence('en')}\n")
        tell("season.faults", count=len(error.faults))
        return BAD
    except StepRefused as error:
        reason = f"{error.problem.get('zh')} / {error.problem.get('en')}"
        tell("season.refused", row=error.row, reason=reason)
        return BAD
    except (OSError, HTTPException, ValueError) as error:  # nobody there, or somebody who is no node
        raise Hindrance("cli.node_away", url=arguments.url, why=error) from error
    records = len(played.answers) - len(played.parties) - len(played.places) - len(played.batches)
    found = {"parties": len(played.parties), "places": len(played.places), "batches": len(played.batches)}
    tell("season.played", records=records, **found)
    return OK


def token(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.role in ("member", "laboratory") and not arguments.party:
        raise Hindrance("cli.token_needs_party", role=arguments.role)
    if arguments.role == "official" and not arguments.region:
        raise Hindrance("cli.token_needs_region")
    _check_region(arguments.region)
    prepare(settings)
    made = new_token(os.urandom)
    expires = datetime.now(UTC) + TOKEN_LIFE[arguments.role]
    Operational(settings.operational).add_token(
        token_hash(made), arguments.role, arguments.party, arguments.region, expires
    )
    link = sign_in_link(settings.public_url, made)
    tell("cli.token_made", role=arguments.role, day=expires.date())
    if sys.stdout.isatty():  # a file or a pipe gets nothing but lines
        _draw(link)
    sys.stdout.write(f"{link}\n{made}\n")
    return OK


def audit(arguments: argparse.Namespace, settings: Settings) -> int:
    found = auditing.run_audit(settings, own_genesis(settings), envelopes=arguments.envelopes)
    if arguments.json:
        sys.stdout.write(auditing.audit_json(found) + "\n")
    else:
        sys.stdout.write(f"{auditing.audit_sentence(found, 'zh')} / {auditing.audit_sentence(found, 'en')}\n")
    return OK if found.ok else BAD


def rebuild(arguments: argparse.Namespace, settings: Settings) -> int:
    own_genesis(settings)
    differences = auditing.run_rebuild(settings)
    for table, id, column in differences:
        tell("rebuild.bad", table=table, id=id, column=column)
    if not differences:
        tell("rebuild.ok")
    return BAD if differences else OK


def backup(arguments: argparse.Namespace, settings: Settings) -> int:
    """Keys and guard are not in it: a backup must not be able to bring the guard back in time."""
    own_genesis(settings)

    def fill() -> None:
        back_up(settings.database, arguments.file)
        # After the log: what it names lies here already.
        put_files(arguments.file, Files(settings.files))
        put_files(arguments.file, Kept(settings.documents), DOCUMENTS)
        for table in (document, aside, id_number):
            put_register(arguments.file, settings.operational, table)

    _write_new(arguments.file, fill)
    tell("cli.backed_up", path=arguments.file)
    return OK


def _write_new(file: Path, fill: Callable[[], None]) -> None:
    """Fill a new file that only its owner can read (a backup has every private value in it) and make it durable."""
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Hindrance("cli.file_exists", path=file) from error
    try:
        fill()
        os.fsync(handle)
    except BaseException:
        file.unlink()  # half a backup is worse than none
        raise
    finally:
        os.close(handle)


def restore(arguments: argparse.Namespace, settings: Settings) -> int:
    """The copy is opened read-only by its guard where the log went on since."""
    source: Path = arguments.file
    if settings.database.exists():
        raise Hindrance("cli.log_exists", path=settings.data_dir)
    try:
        genesis = node.genesis_in(source)
    except DATABASE_ERRORS as error:
        raise Hindrance("cli.not_a_backup", path=source) from error
    if genesis is None:
        raise Hindrance("cli.not_a_backup", path=source)
    node.own_keys(settings, genesis)  # before anything is copied
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    beside = settings.database.with_suffix(".restoring")
    beside.unlink(missing_ok=True)
    _write_new(beside, lambda: _copy(source, beside))
    take_files(beside, Files(settings.files))
    take_files(beside, Kept(settings.documents), DOCUMENTS)
    papers, waiting, numbers = (take_register(beside, table) for table in (document, aside, id_number))
    beside.rename(settings.database)
    prepare(settings)
    operational = Operational(settings.operational)
    DocumentStore(operational, Kept(settings.documents)).add_register(papers)
    AsideStore(operational).add_kept(waiting)
    IdNumberTable(operational).add(numbers)
    opened = node.open_node(settings)
    with closing(opened):
        if opened.log.read_only:
            sys.stdout.write(_why_read_only(opened) + "\n")
            return BAD
    tell("cli.restored", path=settings.data_dir)
    return OK


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("wb") as new:
        while block := old.read(COPY_BYTES):
            new.write(block)
