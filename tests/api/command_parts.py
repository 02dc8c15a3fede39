"""`python -m api VERB` on a folder of its own: as a process, as a call of the same entry, and a node that serves."""

from __future__ import annotations

import ctypes
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from api import cli
from api.settings import Settings, load_settings
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2  # prctl(2), capabilities(7)

Result = subprocess.CompletedProcess[str]


def obey_permissions() -> None:
    """For `preexec_fn`: root, too, may then write only where the mode says so; anybody else is not changed."""
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


@dataclass(frozen=True)
class Home:
    """Where one node keeps its data, keys and guard."""

    folder: Path
    port: int
    data: str = "data"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SUXIN_")}
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "SUXIN_DATA_DIR": str(self.folder / self.data),
            "SUXIN_KEY_DIR": str(self.folder / "keys"),
            "SUXIN_GUARD_PATH": str(self.folder / "guard"),
            "SUXIN_PORT": str(self.port),
        }

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def beside(self, data: str) -> Home:
        """The same keys and guard, another data folder."""
        return Home(self.folder, free_port(), data)

    def copy(self, to: Path) -> Home:
        """A copy of everything, as if somebody had moved the stopped node."""
        shutil.copytree(self.folder, to / "home")
        return Home(to / "home", free_port())

    def run(self, *words: str | Path, typed: str = "", careful: bool = False, **more: str) -> Result:
        """One command as a process. `careful`: root has to obey permissions as anybody else."""
        return subprocess.run(
            [sys.executable, "-m", "api", *map(str, words)],
            env={**self.environment, **more},
            cwd=self.folder,
            input=typed,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            preexec_fn=obey_permissions if careful else None,
        )

    @contextmanager
    def serving(self, stderr: int | IO[str] = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
        """A node that answers; at the end SIGTERM, and exit 0."""
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve"],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        try:
            self.wait_until_it_answers(process)
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()
            process.communicate()

    def wait_until_it_answers(self, process: subprocess.Popen[Any], seconds: float = SECONDS) -> None:
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            assert process.poll() is None, process.communicate()
            try:
                self.get("/healthz")
            except urllib.error.URLError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(self.url)

    def get(self, path: str) -> tuple[int, bytes]:
        return _answer(urllib.request.Request(self.url + path, headers={"Accept": "application/json"}))

    def post(self, path: str, body: Mapping[str, Any], token: str) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        status, answer = _answer(request)
        return status, json.loads(answer)


def _answer(request: urllib.request.Request) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


@dataclass(frozen=True)
class Shell:
    """The same entry without a process: what `python -m api` calls, with its arguments and environment."""

    patch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, home: Home, *words: str | Path, typed: str = "", **more: str) -> Result:
        for name, value in {**home.environment, **more}.items():
            if name.startswith("SUXIN_"):
                self.patch.setenv(name, value)
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode()), "utf-8"))
        self.capsys.readouterr()
        try:
            code = cli.main([*map(str, words)])
        except SystemExit as ended:  # argparse
            code = int(ended.code or 0)
        said = self.capsys.readouterr()
        return subprocess.CompletedProcess(words, code, said.out, said.err)


def lines(text: str) -> list[str]:
    return text.splitlines()
