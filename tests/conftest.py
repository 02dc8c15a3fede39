"""What every test may rely on: our own `trace`, no network but loopback, and a list of what had to be left out."""

import os
import shutil
import socket
from collections.abc import Iterator
from ctypes.util import find_library
from typing import Any

import pytest

import trace  # the one bare import: it is what is being checked

if not hasattr(trace, "__path__"):
    raise SystemExit(f"`trace` is {trace.__file__}, the standard library's: run pytest from the checkout (make test)")

# What each tool is found by. Without it its tests are left out, listed, and forbidden gaps fail the run.
_TOOLS = {
    "chromium": lambda: shutil.which("chromium"),
    "zbar": lambda: find_library("zbar"),
    "node": lambda: shutil.which("node"),
    "strace": lambda: shutil.which("strace"),
}
_left_out: dict[str, int] = {}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for tool in marker.args:
            if not _TOOLS[tool]():
                _left_out[tool] = _left_out.get(tool, 0) + 1
                pytest.skip(f"needs {tool}")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for tool, count in sorted(_left_out.items()):
        terminalreporter.write_line(f"left out for want of {tool}: {count} tests (.ci/run installs it)")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _left_out and os.environ.get("SUXIN_TEST_GAPS") == "forbid":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that leaves this machine fails, so nothing here depends on anybody's server."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test may not connect to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield
