"""Does a started node stand a market morning, or a festival evening, without one error? Exit code 0 if so."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.auth.tokens import new_token, token_hash
from api.db import Operational
from api.demonstration import play_demonstration
from api.migrations import migrate
from api.settings import Settings
from loadtests.servers import free_port, node_environment, node_settings, started
from trace.ledger.sqlite import reading
from trace.queries import list_nouns

PROFILES: Mapping[str, str] = {"market_morning": "MarketMorning", "festival_evening": "FestivalEvening"}
SEED = 20260915
TOKEN_LIFE = timedelta(hours=2)
MOST_ROWS = 200
LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtests.locust_run", description=__doc__)
    parser.add_argument("--profile", choices=sorted(PROFILES), required=True)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    print(f"{asked.profile}: {asked.users} users, {asked.seconds} s, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="suxin-locust-") as name:
        folder = Path(name)
        port = free_port()
        settings = node_settings(folder, port)
        settings.data_dir.mkdir(parents=True)
        migrate(settings)
        play_demonstration(settings)
        told = folder / "told.json"
        told.write_text(json.dumps(_told(settings)), "utf-8")
        with started(port, "api", "serve", environment=node_environment(folder, port)):
            return _run_locust(asked, port, told)


def _told(settings: Settings) -> dict[str, object]:
    """The labels and batches of the season, and a new token of a stall in it."""
    with reading(settings.database) as reads:
        batches = list_nouns(reads.connection, "batch", -1, MOST_ROWS)
        parties = list_nouns(reads.connection, "party", -1, MOST_ROWS)
    stall = next(row["id"] for row in parties if "retailer" in row["roles"].split())
    token, now = new_token(os.urandom), datetime.now(UTC)
    Operational(settings.operational).add_token(token_hash(token), "member", stall, None, now + TOKEN_LIFE)
    return {
        "codes": [row["code"] for row in batches if row["code"]],
        "batches": [row["id"] for row in batches],
        "token": token,
    }


def _run_locust(asked: argparse.Namespace, port: int, told: Path) -> int:
    """Locust's own exit code: 1 where any request failed."""
    command = [sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), "--headless", "--only-summary"]
    command += ["--host", f"http://127.0.0.1:{port}", "--users", str(asked.users), "--spawn-rate", str(asked.users)]
    command += ["--run-time", f"{asked.seconds}s", "--stop-timeout", "10", "--loglevel", "WARNING"]
    command += ["--told", str(told), "--seed", str(asked.seed), PROFILES[asked.profile]]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
