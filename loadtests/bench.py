"""How does a node compare, in one run, with a plain app and with its own bare answer? Ratios with their spread.

Rounds are interleaved, because one figure of a shared machine moves by a factor of two; a ratio within a round does not.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from api.auth.tokens import new_token, token_hash
from api.db import Operational
from api.demonstration import play_demonstration
from api.migrations import migrate
from api.node import open_node, read_genesis
from api.settings import Settings
from credit.wing import CREDIT
from loadtests.client import Load, measure, request_bytes
from loadtests.servers import free_port, node_settings, started
from loadtests.workload import Append, appends, register_growers
from trace.audit_meaning import TraceMeaning
from trace.ledger.audit import audit
from trace.ledger.keys import parse_vkey
from trace.ledger.sqlite import SqliteReads, reading
from trace.rebuild import compare

SEED = 20260915
APPEND_CONNECTIONS = 64
SCAN_CONNECTIONS = 32
WARM_UP_SECONDS = 0.5
FIRST_RATE = 4_000.0  # appends a second, before any was measured
HEADROOM = 2.0  # statements ready for a round, above what the best rate so far would take
GOAL_APPEND, GOAL_SCAN = 5.0, 0.2
TOKEN_LIFE = timedelta(hours=1)
BROWSER = {"accept": "text/html,*/*;q=0.8", "accept-encoding": "gzip, deflate, br", "accept-language": "zh-CN,zh;q=0.9"}


@dataclass
class Supply:
    """Signed statements, made before a round begins: signing them takes nothing from what is measured."""

    source: Iterator[Append]
    rate: float = FIRST_RATE
    ready: list[Append] = field(default_factory=list)

    def take(self, seconds: float, run: Callable[[list[Append]], Load]) -> Load:
        """Run a measurement on more statements than it can use; those that it did use are gone."""
        wanted = int(self.rate * seconds) + APPEND_CONNECTIONS
        self.ready.extend(islice(self.source, max(0, wanted - len(self.ready))))
        load = run(self.ready)
        del self.ready[: load.sent]
        self.rate = max(self.rate, HEADROOM * load.rate)
        if load.bad:
            raise SystemExit(f"{load.bad} of {load.sent} requests were refused: nothing was measured")
        return load


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement in a round (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    print(f"seed {asked.seed}, {asked.rounds} interleaved rounds of {asked.seconds:g} s each", flush=True)
    with tempfile.TemporaryDirectory(prefix="suxin-bench-") as folder:
        appended = _bench_appends(Path(folder) / "log", asked.seconds, asked.rounds, asked.seed)
        _bench_reading_back(appended)
        _bench_scans(Path(folder) / "season", asked.seconds, asked.rounds)


def _bench_appends(folder: Path, seconds: float, rounds: int, seed: int) -> Settings:
    """Signed appends beside the plain app, at many connections and alone. The log stays behind for the audit."""
    settings, plain_port = node_settings(folder, free_port()), free_port()
    supply = Supply(_open_log(settings, seed))

    def ours(connections: int, for_seconds: float) -> Load:
        return supply.take(
            for_seconds, lambda ready: measure(settings.port, [one.signed for one in ready], connections, for_seconds)
        )

    def plain(connections: int, for_seconds: float) -> Load:
        return supply.take(
            for_seconds, lambda ready: measure(plain_port, [one.plain for one in ready], connections, for_seconds)
        )

    many: list[tuple[Load, Load]] = []
    alone: list[tuple[Load, Load]] = []
    with (
        started(settings.port, "loadtests.servers", "node", str(folder), str(settings.port)),
        started(plain_port, "loadtests.servers", "plain", str(folder), str(plain_port)),
    ):
        for run in (ours, plain):
            run(APPEND_CONNECTIONS, WARM_UP_SECONDS)
        for _ in range(rounds):
            many.append((ours(APPEND_CONNECTIONS, seconds), plain(APPEND_CONNECTIONS, seconds)))
            alone.append((ours(1, seconds / 2), plain(1, seconds / 2)))
    _print_rates(f"signed appends, {APPEND_CONNECTIONS} connections", many, "plain app", GOAL_APPEND)
    _print_spread("  answered after, p99", "ms", [one.p99_ms for one, _ in many])
    _print_spread("  the plain app's, p99", "ms", [one.p99_ms for _, one in many])
    _print_spread("a lone append, p99", "ms", [one.p99_ms for one, _ in alone])
    _print_spread("  the plain app's, p99", "ms", [one.p99_ms for _, one in alone])
    return settings


def _open_log(settings: Settings, seed: int) -> Iterator[Append]:
    """A migrated folder with a log, its growers and a token; what they will say."""
    settings.data_dir.mkdir(parents=True)
    migrate(settings)
    node = open_node(settings, "demonstration")
    growers = register_growers(node, seed)
    node.close()
    token, now = new_token(os.urandom), datetime.now(UTC)
    Operational(settings.operational).add_token(token_hash(token), "official", None, "341602", now + TOKEN_LIFE)
    return appends(node.genesis.origin, growers, token, seed, now)


def _bench_reading_back(settings: Settings) -> None:
    """Audit and rebuild of the log that the appends made, in one process."""
    genesis = read_genesis(settings)
    assert genesis is not None

    def audit_whole(reads: SqliteReads) -> int:
        found = audit(
            reads, genesis.origin, [parse_vkey(genesis.vkey)], TraceMeaning(reads, CREDIT), lambda done, size: None
        )
        if not found.ok:
            raise SystemExit(f"the audit of the log that was made fails at {found.first_bad_index}: {found.check}")
        return found.size

    def audit_envelopes(reads: SqliteReads) -> int:
        return audit(reads, genesis.origin, [parse_vkey(genesis.vkey)], None, lambda done, size: None).size

    def rebuild(reads: SqliteReads) -> int:
        if found := compare(reads, CREDIT):
            raise SystemExit(f"{len(found)} projected rows do not follow from the log that was made")
        return reads.count("entry")

    for what, run in (("audit", audit_whole), ("audit of envelopes alone", audit_envelopes), ("rebuild", rebuild)):
        with reading(settings.database) as reads:
            began = time.perf_counter()
            size = run(reads)
            took = time.perf_counter() - began
        print(f"{what:<34} {size / took:>8.0f} entries/s ({size} entries)", flush=True)


def _bench_scans(folder: Path, seconds: float, rounds: int) -> None:
    """The page behind a label, each scan counted, beside the least that the same server can answer."""
    settings = node_settings(folder, free_port())
    settings.data_dir.mkdir(parents=True)
    migrate(settings)
    codes = sorted(set(play_demonstration(settings).codes.values()))
    pages = [request_bytes("GET", f"/t/{code}", BROWSER) for code in codes]
    hello = [request_bytes("GET", "/hello", BROWSER)]

    def run(requests: Sequence[bytes], for_seconds: float) -> Load:
        load = measure(settings.port, requests, SCAN_CONNECTIONS, for_seconds, repeat=True)
        if load.bad:
            raise SystemExit(f"{load.bad} of {load.sent} pages were not found: nothing was measured")
        return load

    found: list[tuple[Load, Load]] = []
    with started(settings.port, "loadtests.servers", "node", str(folder), str(settings.port)):
        for requests in (pages, hello):
            run(requests, WARM_UP_SECONDS)
        for _ in range(rounds):
            found.append((run(pages, seconds / 2), run(hello, seconds / 2)))
    _print_rates(f"scan page, {SCAN_CONNECTIONS} connections", found, "hello", GOAL_SCAN)
    _print_spread("  answered after, p99", "ms", [one.p99_ms for one, _ in found])


def _print_rates(what: str, found: Sequence[tuple[Load, Load]], beside: str, goal: float) -> None:
    ratios = [one.rate / other.rate for one, other in found]
    _print_spread(what, "/s", [one.rate for one, _ in found])
    _print_spread(f"  {beside}", "/s", [other.rate for _, other in found])
    reached = "reached" if statistics.median(ratios) >= goal else "NOT REACHED"
    _print_spread("  ratio", f"(goal >= {goal:g}: {reached})", ratios, digits=2)


def _print_spread(what: str, unit: str, values: Sequence[float], digits: int = 1) -> None:
    """Median first, then how far the rounds lie apart."""
    shown = [f"{value:.{digits}f}" for value in (statistics.median(values), min(values), max(values))]
    print(f"{what:<34} {shown[0]:>8} {unit}  [{shown[1]} .. {shown[2]}]", flush=True)


if __name__ == "__main__":
    main()
