"""A node as a shopper meets it: the demonstration season in fresh folders, served by a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
FIELD, PACKED, BOUGHT = "2026 十河田间批", "2026 十河白芍 500 克袋装", "2026 收购散户批"
LATE, BLEND, HELD = "2026 东岗田间批", "2026 两户合批", "2026 合批 1 公斤袋装"
FREED, CABBAGE, WAITING = "2026 复检批", "秋白菜 第一车", "秋白菜 第二车"
"""Batches of the demonstration by their names in its file."""

PLAIN_HOST = "testserver"
"""A host that the node answers to and that no browser takes for this machine: there, no page is a secure context."""

WAIT_SECONDS = 120.0
PLAY_SECONDS = 600.0
"""In which a demonstration is played, ten seconds' work, where the machine has twenty other things to do."""
"""So long a process or an answer may take on a machine that is busy with others: it ends what hangs, and judges nothing."""


@dataclass
class RealNode:
    """`url` is its public one, `codes` the label codes by batch name, `key_dir` holds node.key and log.key."""

    url: str
    plain_url: str
    codes: Mapping[str, str]
    key_dir: Path
    environ: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and wait until it answers."""
        self.process = subprocess.Popen([sys.executable, "-m", "api", "serve"], env=dict(self.environ), cwd=ROOT)
        end = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                self.get("/")
                return
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """As an operator stops it; nothing is lost that was counted."""
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(WAIT_SECONDS) == 0

    def get(self, path: str) -> bytes:
        """The body of an answer."""
        with urllib.request.urlopen(self.url + path, timeout=WAIT_SECONDS) as answer:
            body: bytes = answer.read()
        return body

    def bundle_path(self, code: str) -> str:
        """Where the page of a code fetches what it checks."""
        found = re.search(r'data-bundle="([^"]+)"', self.get(f"/t/{code}").decode())
        assert found is not None
        return found[1]


@contextmanager
def real_node(folder: Path) -> Iterator[RealNode]:
    """Plays the season through the command line, serves it on a free port, stops it at the end."""
    environ = environment(folder)
    played = subprocess.run(
        [sys.executable, "-m", "api", "demo"],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PLAY_SECONDS,
    )
    assert played.returncode == 0, played.stderr
    codes = dict(re.findall(r"“([^”]+)”：\S+/t/([0-9A-Z]{12})", played.stdout))
    with serving(folder, environ, codes) as node:
        yield node


@contextmanager
def live_node(folder: Path) -> Iterator[RealNode]:
    """A live node as it is on an office's first day, served on a free port, stopped at the end."""
    with serving(folder, environment(folder), {}) as node:
        yield node


def environment(folder: Path) -> dict[str, str]:
    """All that a node's processes read from outside, and a port that is free now."""
    port = free_port()
    return {
        "PATH": "",
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "SUXIN_DATA_DIR": str(folder / "data"),
        "SUXIN_KEY_DIR": str(folder / "keys"),
        "SUXIN_GUARD_PATH": str(folder / "guard"),
        "SUXIN_PORT": str(port),
        "SUXIN_PUBLIC_URL": f"http://localhost:{port}",
    }


@contextmanager
def serving(folder: Path, environ: Mapping[str, str], codes: Mapping[str, str]) -> Iterator[RealNode]:
    url, port = environ["SUXIN_PUBLIC_URL"], environ["SUXIN_PORT"]
    node = RealNode(url, f"http://{PLAIN_HOST}:{port}", codes, folder / "keys", environ)
    node.start()
    try:
        yield node
    finally:
        node.stop()
