"""A settled node in a folder of its own for every test: made once, then copied; and a line that a campaign may say."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .device_keys import Coop, settle
from .node_process import ROOT, NodeProcess


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Coop]:
    """The folder of a stopped node with the co-op in its log."""
    node = NodeProcess(tmp_path_factory.mktemp("settled"))
    try:
        coop = settle(node)
        assert node.stop() == 0
    finally:
        node.kill()
    return node.folder, coop


@pytest.fixture
def coop(settled: tuple[Path, Coop]) -> Coop:
    return settled[1]


@pytest.fixture
def node(settled: tuple[Path, Coop], tmp_path: Path) -> Iterator[NodeProcess]:
    """Not started yet; killed at the end, whatever a test left."""
    folder = tmp_path / "node"
    shutil.copytree(settled[0], folder)
    made = NodeProcess(folder)
    yield made
    made.kill()


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Say one line on the terminal though the test passes: the figures of a campaign, with its seed and commit."""

    def say(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n[{_commit()}] {line}\n")

    return say


def _commit() -> str:
    if not shutil.which("git"):
        return "no git"
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    return found.stdout.strip() or "no commit"
