"""The guards of conftest.py themselves."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_a_test_cannot_connect_to_another_machine() -> None:
    with socket.socket() as client, pytest.raises(AssertionError, match=r"may not reach 192\.0\.2\.1"):
        client.connect(("192.0.2.1", 80))


def test_a_test_cannot_ask_for_the_address_of_a_name() -> None:
    with pytest.raises(AssertionError, match=r"may not reach example\.org"):
        socket.getaddrinfo("example.org", 443)


def test_a_test_may_talk_to_itself() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=60) as client,
    ):
        assert client.getpeername() == server.getsockname()


def _run_without_tools(folder: Path, gaps: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "tests/conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = needs\n", "utf-8")
    (folder / "test_two.py").write_text(
        "import pytest\n@pytest.mark.needs('strace')\ndef test_that_traces(): pass\ndef test_that_does_not(): pass\n",
        "utf-8",
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_two.py"],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "SUXIN_TEST_GAPS": gaps, "HOME": os.environ.get("HOME", "")},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_what_is_left_out_is_listed_with_its_reason(tmp_path: Path) -> None:
    run = _run_without_tools(tmp_path, gaps="")

    assert run.returncode == 0, run.stdout
    assert "there is no strace on this machine: 1\n    test_two.py::test_that_traces" in run.stdout
    assert "1 passed, 1 skipped" in run.stdout


def test_a_gap_fails_where_gaps_are_forbidden(tmp_path: Path) -> None:
    run = _run_without_tools(tmp_path, gaps="forbid")

    assert run.returncode == 1
    assert "1 passed, 1 error" in run.stdout
