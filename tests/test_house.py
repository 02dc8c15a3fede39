"""The arrows, locks and words that hold the rooms together."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-npm.lock", "package-lock.json"]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
SQL_ROOMS = {"queries.py", "sqlite.py", "tables.py", "db.py"}
SQL_WORDS = {"select", "insert", "update", "delete"}
MAX_LINES = 350


def _modules(*wings: str) -> list[Path]:
    return sorted(path for wing in wings for path in (ROOT / wing).rglob("*.py"))


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _contracts() -> list[dict[str, object]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert isinstance(contracts, list)
    return contracts


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_import_contracts_hold() -> None:
    result = _lint_imports(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("trace/codes.py", "from api import catalogue", "wings"),
        ("trace/ledger/entry.py", "from trace import codes", "ledger"),
        ("trace/ledger/merkle.py", "import random", "pure"),
        ("trace/codes.py", "import sqlalchemy", "pure"),
        ("trace/codes.py", "from credit import working_days", "wings"),
        ("credit/working_days.py", "from api import catalogue", "wings"),
        ("credit/procedure.py", "import time", "pure"),
    ],
)
def test_a_planted_import_breaks_its_contract(tmp_path: Path, module: str, line: str, broken: str) -> None:
    for wing in ("trace", "credit", "api"):
        shutil.copytree(ROOT / wing, tmp_path / wing, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    name = next(contract["name"] for contract in _contracts() if contract["id"] == broken)
    planted = tmp_path / module

    planted.write_text(planted.read_text("utf-8") + f"\n{line}\n", "utf-8")
    result = _lint_imports(tmp_path)

    assert result.returncode == 1
    assert re.search(re.escape(str(name)) + r"\s+BROKEN", result.stdout), result.stdout


def _pure_modules() -> dict[str, ast.Module]:
    """The modules that say "(pure" in the first paragraph of their docstring, by dotted name."""
    parsed = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): _parsed(path) for path in _modules("trace", "credit")
    }
    return {name: tree for name, tree in parsed.items() if "(pure" in (ast.get_docstring(tree) or "").split("\n\n")[0]}


def _pure_contract(key: str) -> set[str]:
    names = next(contract[key] for contract in _contracts() if contract["id"] == "pure")
    assert isinstance(names, list)
    return set(names)


def test_the_pure_contract_names_only_modules_that_say_so() -> None:
    assert _pure_contract("source_modules") - _pure_modules().keys() == set()


def test_a_module_that_says_pure_imports_nothing_of_the_world() -> None:
    forbidden = _pure_contract("forbidden_modules")

    imported = []
    for name, tree in _pure_modules().items():
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    imported += [f"{name}: {alias.name}" for alias in names if alias.name.split(".")[0] in forbidden]
                case ast.ImportFrom(module=str(module), level=0) if module.split(".")[0] in forbidden:
                    imported.append(f"{name}: {module}")
                case _:
                    pass

    assert imported == []


def test_sql_stands_only_in_its_rooms() -> None:
    elsewhere = []
    for path in _modules("trace", "credit", "api"):
        if path.name in SQL_ROOMS or "migrations" in path.parts:
            continue
        tree = _parsed(path)
        borrowed = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("sqlalchemy", "sqlmodel")
            for alias in node.names
        }
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="execute" | "executemany" | "executescript")):
                    elsewhere.append(f"{_place(path)}:{node.lineno}")
                case ast.Call(func=ast.Name(id=word)) if word in SQL_WORDS & borrowed:
                    elsewhere.append(f"{_place(path)}:{node.lineno}")
                case _:
                    pass

    assert elsewhere == []


def test_nobody_writes_a_bare_import_of_trace() -> None:
    # These two check which `trace` they got, and have to look at the module itself for that.
    exempt = {"api/__main__.py", "tests/conftest.py"}

    bare = [
        f"{_place(path)}:{node.lineno}"
        for path in _modules("trace", "credit", "api", "loadtests", "tests")
        if _place(path) not in exempt
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "trace" for alias in node.names)
    ]

    assert bare == []


def test_no_module_has_grown_past_its_subject() -> None:
    long = {
        _place(path): lines
        for path in _modules("trace", "credit", "api", "loadtests")
        if (lines := len(path.read_text("utf-8").splitlines())) > MAX_LINES
    }

    assert long == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")

    assert "sha256:" in text or "sha512-" in text
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host|\"resolved\"", text)


def test_every_python_requirement_is_pinned_with_a_hash() -> None:
    for lock in LOCKS[:3]:
        for block in re.split(r"\n(?=[a-z])", (ROOT / lock).read_text("utf-8").strip()):
            assert re.match(r"[a-z0-9-]+==[^ ]+ ", block), block
            assert "--hash=sha256:" in block, block


def test_every_dependency_says_why_it_is_here() -> None:
    wanted = set()
    for source in ("requirements.in", "requirements-dev.in", "requirements-npm.in"):
        for line in (ROOT / source).read_text("utf-8").splitlines():
            if named := re.match(r"[a-z][a-z0-9-]*", line):
                wanted.add(named.group())
    package = (ROOT / "package.json").read_text("utf-8")
    wanted |= set(re.findall(r'"(@?[a-z0-9/-]+)": "\d', package))

    explained = set(re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/dependencies.md").read_text("utf-8"), re.MULTILINE))

    assert wanted - explained == set()
    assert explained - wanted == set()


@pytest.mark.needs("git")
def test_no_file_names_a_place_on_somebodys_machine() -> None:
    places = re.compile("|".join(f"/{folder}/" for folder in ("work", "root", "home", "tmp")) + "|[.][.]/shared")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    naming = [
        name
        for name in listed.split("\0")
        if name and name != "tests/test_house.py" and (ROOT / name).is_file()
        if places.search((ROOT / name).read_bytes().decode("utf-8", "replace"))
    ]

    assert naming == []


def _sentences(path: Path) -> dict[str, str]:
    with path.open("rb") as stream:
        return {str(message.id): str(message.string) for message in read_po(stream) if message.id}


@pytest.mark.parametrize("room", sorted(path.name for path in (ROOT / "api/locales/en").glob("*.po")))
def test_both_languages_say_the_same_things(room: str) -> None:
    chinese, english = (_sentences(ROOT / "api/locales" / folder / room) for folder in ("zh_CN", "en"))

    assert chinese.keys() == english.keys()
    assert [key for key, text in [*chinese.items(), *english.items()] if not text] == []
    for key, text in chinese.items():
        filled = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert filled == {name for _, name, _, _ in Formatter().parse(english[key]) if name}, key


def test_no_language_has_a_room_of_its_own() -> None:
    rooms = [sorted(path.name for path in (ROOT / "api/locales" / folder).glob("*.po")) for folder in ("zh_CN", "en")]

    assert rooms[0] == rooms[1] != []


def test_pure_modules_ask_nobody_for_the_time() -> None:
    asked = []
    for name, tree in _pure_modules().items():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="now" | "today" | "utcnow" | "uuid1" | "uuid4")):
                    asked.append(f"{name}:{node.lineno}")
                case ast.Call(func=ast.Name(id="open" | "input")):
                    asked.append(f"{name}:{node.lineno}")
                case _:
                    pass

    assert asked == []
