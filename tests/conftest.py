"""What every test may rely on: our own `trace`, no network but loopback, and a list of what had to be left out."""

import ipaddress
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import trace  # the one bare import: it is what is being checked

if not hasattr(trace, "__path__"):
    raise SystemExit(f"`trace` is {trace.__file__}, the standard library's: run pytest from the checkout (make test)")

# Property tests draw the same examples in each run, and none fails because the machine was busy: speed is measured elsewhere.
settings.register_profile(
    "the same everywhere", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("the same everywhere")

# ---- what has to be left out -----------------------------------------------------------------------------------------

# What each tool is found by. `.ci/run` installs all of them.
TOOLS: Mapping[str, Callable[[], object]] = {
    "chromium": lambda: shutil.which("chromium"),
    "git": lambda: shutil.which("git"),
    # `make env` puts Node.js into .venv where the machine has none.
    "node": lambda: shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent)),
    "strace": lambda: shutil.which("strace"),
    "zbar": lambda: find_library("zbar"),
}
FORBIDDEN = os.environ.get("SUXIN_TEST_GAPS") == "forbid"
AnyReport = pytest.TestReport | pytest.CollectReport


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Gaps())


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for tool in marker.args:
            if not TOOLS[tool]():
                pytest.skip(f"there is no {tool} on this machine")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not hasattr(report, "wasxfail"):
        _mark_gap(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _mark_gap(report)
    return report


def _mark_gap(report: AnyReport) -> None:
    """Every skip is a gap, whoever skipped; where gaps are forbidden it fails. The mark travels with the report."""
    if report.outcome != "skipped":
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.gap = reason.removeprefix("Skipped: ")
    if FORBIDDEN:
        report.outcome = "failed"
        report.longrepr = f"left out, where nothing may be left out: {reason}"


class Gaps:
    """The list, kept where reports arrive: in this process, or in the one that hands files out to several."""

    def __init__(self) -> None:
        self._gaps: dict[str, list[str]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: AnyReport) -> None:
        if reason := getattr(report, "gap", ""):
            self._gaps[reason].append(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._gaps:
            terminalreporter.section("left out on this machine")
        for reason, left_out in sorted(self._gaps.items()):
            terminalreporter.write_line(f"{reason}: {len(left_out)}")
            for nodeid in left_out:
                terminalreporter.write_line(f"    {nodeid}")


# ---- nothing leaves this machine -------------------------------------------------------------------------------------


def _stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook (PEP 578): sees every connect, send and look-up of this process, whichever library makes it."""
    match event, arguments:
        case (("socket.connect" | "socket.sendto" | "socket.sendmsg"), (_, (str(host), *_))):
            pass
        case "socket.getaddrinfo", (str(host), *_):
            pass
        case _:
            return  # a path of AF_UNIX, an address to bind to, or nothing of the network
    if not _is_here(host):
        raise AssertionError(f"a test may not reach {host}")


def _is_here(host: str) -> bool:
    if host in ("", "localhost") or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


sys.addaudithook(_stay_on_this_machine)
