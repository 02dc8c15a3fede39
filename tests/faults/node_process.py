"""How does a test run a real node, kill it and start it again? `python -m api serve` over a folder of its own, loopback only."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.auditing import run_audit, run_rebuild
from api.node import Genesis, read_genesis
from api.settings import Settings, load_settings
from tests.ports import free_port
from trace.ledger.audit import AuditResult
from trace.ledger.keys import Vkey, parse_vkey
from trace.ledger.notes import Checkpoint, open_checkpoint
from trace.ledger.sqlite import reading
from trace.ledger.tiles import split_entry_bundle

ROOT = Path(__file__).resolve().parents[2]
SERVE = ("-m", "api", "serve")
ORIGIN = "log.example/faults"
READY_SECONDS, EXIT_SECONDS, ANSWER_SECONDS, REACHED_SECONDS = 300, 300, 300, 300
POLL_SECONDS = 0.02
PRINTED_CHARACTERS = 12_000
"""Of what a process printed that failed: the stack of every thread stands at the end."""
TILE_WIDTH = 256


class NotReady(Exception):
    """The process ended, or took too long, before it was ready to write; what it printed."""


class Unanswered(Exception):
    """A request without an answer: it may have been carried out."""


class NotReached(Exception):
    """The process ended, or took too long, before it said what it was waited for; what it printed."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def code(self) -> str | None:
        """The code of a refusal."""
        found: str | None = self.body.get("code") if isinstance(self.body, dict) else None
        return found


class Client:
    """One keep-alive connection, used by one thread. A request is never sent a second time on its own."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def post(self, path: str, body: Mapping[str, Any], sent: Callable[[], None] = lambda: None) -> Answer:
        """`sent` is called when all of it has left. Raises Unanswered."""
        return self._ask("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"}, sent)

    def get(self, path: str) -> Answer:
        """Raises Unanswered."""
        return self._ask("GET", path, None, {}, lambda: None)

    def close(self) -> None:
        self._connection.close()

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], sent: Callable[[], None]
    ) -> Answer:
        try:
            self._connection.request(method, path, body, {**self._headers, **headers})
            sent()
            response = self._connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unanswered from error
        is_json = (response.getheader("Content-Type") or "").endswith("json")
        return Answer(response.status, json.loads(data) if is_json else data)


@dataclass
class NodeProcess:
    """A node of one folder (`data`, `keys`, `guard` and what it printed), running or not. Each start takes a free port."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    port: int = 0
    boot_seconds: list[float] = field(default_factory=list)
    _printed_before: int = 0

    @property
    def settings(self) -> Settings:
        return load_settings(self._environment())

    @property
    def printed(self) -> Path:
        return self.folder / "printed.txt"

    def _environment(self) -> dict[str, str]:
        return {
            "SUXIN_DATA_DIR": str(self.folder / "data"),
            "SUXIN_KEY_DIR": str(self.folder / "keys"),
            "SUXIN_GUARD_PATH": str(self.folder / "guard"),
            "SUXIN_LOG_ORIGIN": ORIGIN,
            "SUXIN_PORT": str(self.port or 1),
        }

    def start(self, *command: str, tracer: Sequence[str] = ()) -> None:
        """Start and wait until it is ready to write. `command`: what Python is to run, else the product's own `serve`;
        `tracer`: what runs Python. Raises NotReady."""
        self.port = free_port()
        environment = {**os.environ, **self._environment(), "PYTHONPATH": str(ROOT)}
        begun = time.monotonic()
        with self.printed.open("ab") as printed:
            self._printed_before = printed.tell()
            self.process = subprocess.Popen(
                [*tracer, sys.executable, "-X", "faulthandler", *(command or SERVE)],
                cwd=ROOT,
                env=environment,
                stdout=printed,
                stderr=printed,
            )
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() - begun > READY_SECONDS:
                self._end(signal.SIGABRT)  # one that hangs says where
                raise NotReady(self._said()[-PRINTED_CHARACTERS:])
            time.sleep(POLL_SECONDS)
        self.boot_seconds.append(time.monotonic() - begun)

    def _is_ready(self) -> bool:
        try:
            return self.get("/readyz").status == 200
        except Unanswered:
            return False

    def wait_for(self, line: str) -> None:
        """Until the process of now has printed that line. Raises NotReached."""
        assert self.process is not None
        begun = time.monotonic()
        while line not in self._said():
            if self.process.poll() is not None or time.monotonic() - begun > REACHED_SECONDS:
                self._end(signal.SIGABRT)
                raise NotReached(self._said()[-PRINTED_CHARACTERS:])
            time.sleep(POLL_SECONDS)

    def _said(self) -> str:
        """What the process of now has printed."""
        return self.printed.read_bytes()[self._printed_before :].decode("utf-8", "replace")

    def strike(self) -> None:
        """Kill -9, without waiting until it is gone."""
        assert self.process is not None
        self.process.kill()

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting for its end."""
        assert self.process is not None
        self.process.terminate()

    def kill(self) -> None:
        """Kill -9, and wait until the process is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End it as an operator does (SIGTERM); its exit code."""
        return self._end(signal.SIGTERM)

    def wait(self) -> int:
        """The exit code of a process that ends by itself."""
        assert self.process is not None
        return self.process.wait(EXIT_SECONDS)

    def _end(self, by: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(by)  # does nothing to one that was waited for
        return self.process.wait(EXIT_SECONDS)

    def get(self, path: str) -> Answer:
        """On a connection of its own. Raises Unanswered."""
        with closing(Client(self.port)) as client:
            return client.get(path)

    def post(self, path: str, body: Mapping[str, Any], token: str) -> Answer:
        """On a connection of its own. Raises Unanswered."""
        with closing(Client(self.port, token)) as client:
            return client.post(path, body)

    # ---- what the outside sees of the log ---------------------------------------------------------------------------

    @property
    def genesis(self) -> Genesis:
        """What the log says of itself; of a node that runs, or was stopped and not killed."""
        found = read_genesis(self.settings)
        assert found is not None
        return found

    @property
    def size(self) -> int:
        found: int = self.get("/readyz").body["log_size"]
        return found

    def checkpoint(self, vkeys: Sequence[Vkey], client: Client | None = None) -> Checkpoint:
        """The published one; its signature was verified. Raises Unanswered."""
        answer = client.get("/log/checkpoint") if client else self.get("/log/checkpoint")
        assert answer.status == 200, answer
        return open_checkpoint(answer.body.decode(), vkeys)

    def published_entries(self, size: int) -> list[bytes]:
        """The first `size` entries as anybody may mirror them (C2SP tlog-tiles)."""
        entries: list[bytes] = []
        with closing(Client(self.port)) as client:
            while len(entries) < size:
                number, width = len(entries) // TILE_WIDTH, min(size - len(entries), TILE_WIDTH)
                name = f"{number:03}" if number < 1000 else f"x{number // 1000:03}/{number % 1000:03}"
                answer = client.get(f"/log/tile/entries/{name}" + (f".p/{width}" if width < TILE_WIDTH else ""))
                assert answer.status == 200, answer
                entries += split_entry_bundle(answer.body)
        return entries

    def stored(self, ids: Sequence[str]) -> dict[str, int]:
        """Statement id → index, of those that are in the log of this running node."""
        found: dict[str, int] = {}
        with reading(self.settings.database) as reads:
            for start in range(0, len(ids), 500):
                found |= {id: row.index for id, row in reads.known(ids[start : start + 500]).items()}
        return found

    def audited(self) -> AuditResult:
        """The audit with statements, beside the running node: a reader that is left alone with the WAL would clear it."""
        return run_audit(self.settings, self.genesis, envelopes=False)

    def differences(self) -> list[tuple[str, str, str]]:
        """Stop the node, rebuild its projections and say what was wrong with them (table, id, column)."""
        assert self.stop() == 0
        return run_rebuild(self.settings)


def vkeys_of(node: NodeProcess) -> list[Vkey]:
    return [parse_vkey(node.genesis.vkey)]
