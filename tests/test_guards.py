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


ALONE, SHARED = (), ("-n", "2")


def _run_without_tools(folder: Path, gaps: str, workers: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "tests/conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = needs\n", "utf-8")
    (folder / "test_two.py").write_text(
        "import pytest\n@pytest.mark.needs('strace')\ndef test_that_traces(): pass\ndef test_that_does_not(): pass\n",
        "utf-8",
    )
    (folder / "test_whole.py").write_text(
        "import pytest\npytest.skip('no such machine', allow_module_level=True)\n", "utf-8"
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *workers, "test_two.py", "test_whole.py"],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "SUXIN_TEST_GAPS": gaps, "HOME": os.environ.get("HOME", "")},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("workers", [ALONE, SHARED], ids=["alone", "shared"])
def test_what_is_left_out_is_listed_once_with_its_reason(tmp_path: Path, workers: tuple[str, ...]) -> None:
    run = _run_without_tools(tmp_path, "", workers)

    assert run.returncode == 0, run.stdout
    _, *listed = run.stdout.split(" left out on this machine ")
    assert len(listed) == 1
    assert "no such machine: 1\n    test_whole.py\n" in listed[0]
    assert "there is no strace on this machine: 1\n    test_two.py::test_that_traces\n" in listed[0]
    assert "1 passed, 2 skipped" in listed[0]


@pytest.mark.parametrize("workers", [ALONE, SHARED], ids=["alone", "shared"])
def test_a_gap_fails_where_gaps_are_forbidden(tmp_path: Path, workers: tuple[str, ...]) -> None:
    run = _run_without_tools(tmp_path, "forbid", workers)

    assert run.returncode != 0
    assert "left out, where nothing may be left out: Skipped: no such machine" in run.stdout
    assert " skipped" not in run.stdout
