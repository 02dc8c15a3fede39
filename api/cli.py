"""Which commands has the operator of a node? `python -m api VERB`: exit 0 yes, 1 checked and bad, 2 could not check."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from api import checking, commands
from api.founders import founders
from api.hindrances import COULD_NOT, Hindrance, hindrances
from api.lan import on_lan
from api.settings import Settings, SettingsError, load_settings
from trace.ledger.entry import is_chain_id

Command = Callable[[argparse.Namespace, Settings], int]
INTERRUPTED = 130  # 128 + SIGINT, as a shell has it


def main(arguments: Sequence[str]) -> int:
    """Run one verb. A problem that the user can mend is one line on stderr and exit 2."""
    parsed = _parser().parse_args(_joined(arguments))
    command: Command = parsed.command
    try:
        with hindrances():
            return command(parsed, settings_of(os.environ))
    except (SettingsError, Hindrance) as error:
        sys.stderr.write(f"{error}\n")
        return COULD_NOT
    except BrokenPipeError:
        # Whoever read our answer has gone; Python would complain about it once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT
    except KeyboardInterrupt:
        return INTERRUPTED


def _joined(arguments: Sequence[str]) -> list[str]:
    """`--party ID` as `--party=ID`: a random id may begin with a dash, which the parser would take for an option."""
    found: list[str] = []
    for word in arguments:
        if found and found[-1] == "--party" and is_chain_id(word):
            found[-1] = f"--party={word}"
        else:
            found.append(word)
    return found


def settings_of(environ: Mapping[str, str]) -> Settings:
    """The environment's settings; labels carry the address that `init` was given, where the environment names none."""
    settings = load_settings(environ)
    has_url = bool(environ.get("SUXIN_PUBLIC_URL", "").strip())
    if settings.lan:
        return on_lan(settings, keep_url=has_url)
    kept = settings.data_dir / commands.PUBLIC_URL_FILE
    if has_url or not kept.is_file():
        return settings
    return load_settings({**environ, "SUXIN_PUBLIC_URL": kept.read_text("ascii", "replace").strip()})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api", description="Suxin 溯信: one node and its tools")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, command: Command, help: str) -> argparse.ArgumentParser:
        found = verbs.add_parser(name, help=help, description=help)
        found.set_defaults(command=command)
        return found

    init = verb("init", commands.init, "open a live log in an empty folder")
    init.add_argument("--origin", help="name of the log, a URL without scheme: log.example.cn/suxin")
    init.add_argument("--public-url", help="address that labels carry: https://example.cn")
    init.add_argument("--region", help="GB/T 2260 code of the node's region: 341602")
    verb("migrate", commands.migrate, "bring the databases to this release's schema")
    verb("serve", commands.serve, "serve the node until SIGTERM")
    demo = verb("demo", commands.demo, "open a demonstration log and play a season into it")
    demo.add_argument(
        "--if-empty",
        action="store_true",
        help="leave a log alone that is there; of a demonstration, print new sign-in links",
    )
    season = verb("season", commands.season, "send a season file to a running node")
    season.add_argument("file", type=Path)
    season.add_argument("--url", required=True, help="address of the node: http://127.0.0.1:8000")
    season.add_argument("--region", help="region of the office that registers the parties (default: the log's)")
    token = verb(
        "token", commands.token, "make a bearer token and a sign-in link; the last line is the token, shown once"
    )
    token.add_argument(
        "--role", required=True, choices=["member", "laboratory", "official", "auditor", "administrator"]
    )
    token.add_argument("--party", help="id of the party that the account speaks for")
    token.add_argument("--region", help="region of an official")
    naming = verb("founders", founders, "name the first officials: make the statement, or gather its signatures")
    naming.add_argument(
        "file", type=Path, nargs="*", help="the statement with a founder's proof, or a founder's key file"
    )
    naming.add_argument("--party", action="append", default=[], help="id of a founder's party: makes the statement")
    naming.add_argument("--region", help="where their office holds (default: the log's region)")
    naming.add_argument("--basis", help="number of the paper that appoints them")
    naming.add_argument("--url", help="address of the node, where it is running (default: as the settings say)")
    key = verb("key", checking.key, "make an own key, or sign a statement with it")
    key.add_argument("what", choices=["new", "sign"])
    key.add_argument("file", type=Path)
    verify = verb("verify", checking.verify, "check a bundle offline; the answer is JSON")
    verify.add_argument("file", type=Path)
    verify.add_argument(
        "--key", action="append", default=[], metavar="VKEY", help="pinned log key (default: this node's)"
    )
    verify.add_argument("--fragment", help="what stands behind # on the label")
    verify.add_argument("--witness", action="append", default=[], metavar="VKEY", help="pinned key of a witness")
    verify.add_argument("--quorum", type=_count, default=0, help="how many witnesses must have signed")
    audit = verb("audit", commands.audit, "check the whole log; node running or stopped")
    audit.add_argument("--json", action="store_true", help="the result as JSON")
    audit.add_argument("--envelopes", action="store_true", help="envelopes alone, as anybody outside can")
    verb("rebuild", commands.rebuild, "replay the log, name every projected row that differs, and mend it")
    backup = verb("backup", commands.backup, "copy the evidence consistently while the node runs")
    backup.add_argument("file", type=Path)
    restore = verb("restore", commands.restore, "put a backup into an empty data folder")
    restore.add_argument("file", type=Path)
    conform = verb("conform", checking.conform, "answer test cases by the functions that writer and verifier call")
    conform.add_argument("kind")
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"not a number: {text}")
    return int(text)
