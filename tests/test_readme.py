"""README, Makefile and docs/acceptance.md name only what is there, and what README promises is done as written."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api import cli
from tests.ports import free_port

from .api.command_parts import Home

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
ACCEPTANCE = (ROOT / "docs/acceptance.md").read_text("utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
# Minutes, and the network: the environment is built anew from the locks.
IS_LONG = os.environ.get("SUXIN_CAMPAIGN") == "long"
BUILD_SECONDS = 900
START_SECONDS = 300


def verbs(capsys: pytest.CaptureFixture[str]) -> set[str]:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    return set(re.findall(r"^    ([a-z]+) ", capsys.readouterr().out, re.MULTILINE))


# ---- what is named is there ------------------------------------------------------------------------------------------


def test_the_table_of_commands_has_every_verb_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^\| `([a-z].+)` \| ", README.partition("| `python -m api …` |")[2], re.MULTILINE)

    named = {word for row in rows for word in re.findall(r"(?:^|`, `)([a-z]+)", row)}

    assert named == verbs(capsys)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_there(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = page.read_text("utf-8")
    known = verbs(capsys)

    assert {verb for verb in re.findall(r"python -m api ([a-z]+)", text) if verb not in known} == set()
    assert {
        target for target in re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE) if target not in TARGETS
    } == set()


def test_readme_lists_the_settings_that_the_program_reads() -> None:
    read = set(re.findall(r"\"(SUXIN_[A-Z_]+)\"", (ROOT / "api/settings.py").read_text("utf-8")))

    assert set(re.findall(r"SUXIN_[A-Z_]+", README)) == read - {"SUXIN_DATABASE_URL"}


def test_make_help_lists_every_target_with_what_it_does() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)

    assert set(re.findall(r"^  make ([a-z]+) +\S", done.stdout, re.MULTILINE)) == TARGETS
    assert {"run", "test", "lint", "format", "bench", "clean", "env"} <= TARGETS


@pytest.mark.parametrize("module", sorted(set(re.findall(r"-m (loadtests\.[a-z_]+)", MAKEFILE))))
def test_every_module_that_make_runs_is_there(module: str) -> None:
    assert (ROOT / module.replace(".", "/")).with_suffix(".py").is_file()


def test_every_file_that_make_tests_is_there() -> None:
    assert [name for name in re.findall(r"tests/[\w/]+\.py", MAKEFILE) if not (ROOT / name).is_file()] == []


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []


def test_acceptance_names_only_tests_that_exist() -> None:
    absent = []
    for path, name in re.findall(r"(tests/[\w/]+\.py)(?:::(\w+))?", ACCEPTANCE):
        file = ROOT / path
        defined = (
            {node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if hasattr(node, "name")}
            if file.is_file()
            else None
        )
        if defined is None or (name and name not in defined):
            absent.append(f"{path}::{name}")

    assert absent == []


# ---- what is promised is done ----------------------------------------------------------------------------------------


@contextmanager
def running(
    command: list[str], home: Home, folder: Path, seconds: float, ends: tuple[int, ...] = (0,)
) -> Iterator[str]:
    """What a long-running command has printed once its node answers; at the end SIGTERM to all of it."""
    told = folder / "printed.txt"
    with told.open("w") as printed:
        process = subprocess.Popen(
            command, cwd=folder, env=home.environment, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            home.wait_until_it_answers(process, seconds)
            yield told.read_text("utf-8")
            os.killpg(process.pid, signal.SIGTERM)
            assert process.wait(START_SECONDS) in ends
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=120) as answer:
        found: bytes = answer.read()
    return found


def test_make_run_plays_a_season_serves_it_and_prints_addresses_that_open(tmp_path: Path) -> None:
    recipe = re.search(r"^run: env .*\n\t@(.+)$", MAKEFILE, re.MULTILINE)
    assert recipe
    command = ["sh", "-c", recipe[1].replace("$(PY)", sys.executable)]
    home = Home(tmp_path, free_port())

    with running(command, home, tmp_path, START_SECONDS) as printed:
        addresses = re.findall(r"http://localhost:\d+/\S*", printed)
        pages = {address: fetch(address) for address in addresses}
        check_without_us(home, tmp_path)
    with running(command, home, tmp_path, START_SECONDS) as again:
        kept = re.findall(r"http://localhost:\d+/\S*", again)

    assert sum("/t/" in address for address in pages) >= 4
    assert all(("登录" if "/in#" in one else "示例").encode() in page for one, page in pages.items())
    assert {one for one in kept if "/in#" not in one} <= set(addresses)
    assert len(kept) >= 4


def check_without_us(home: Home, folder: Path) -> None:
    """The lines of README's "Check without us", one after the other."""
    items = json.loads(fetch(f"{home.url}/api/v1/batches"))["items"]
    vkey = fetch(f"{home.url}/log/vkey").decode().strip()
    assert fetch(f"{home.url}/log/checkpoint").startswith(vkey.split("+")[0].encode())
    size = int(fetch(f"{home.url}/log/checkpoint").split(b"\n")[1])
    assert len(fetch(f"{home.url}/log/tile/0/000.p/{size}")) == 32 * size
    assert fetch(f"{home.url}/log/tile/entries/000.p/{size}")
    (folder / "bundle.json").write_bytes(fetch(f"{home.url}/api/v1/batches/{items[0]['id']}/bundle"))
    checked = home.run("verify", "bundle.json", "--key", vkey)
    assert (checked.returncode, json.loads(checked.stdout)["valid"]) == (0, True)


if IS_LONG:

    @pytest.mark.needs("git")
    def test_one_command_in_a_clean_clone_ends_with_a_server(tmp_path: Path) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        clone = tmp_path / "clone"
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (clone / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, clone / name)
        home = Home(clone, free_port())

        with running(["make", "run"], home, clone, BUILD_SECONDS, ends=(0, 2, -signal.SIGTERM)) as printed:
            (label,) = re.findall(r"http://\S+/label", printed)[:1]
            assert "示例".encode() in fetch(label)
