"""What the operator's verbs promise, each on a node of its own: what is printed, what is on disk, and the exit code."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from api.cli import settings_of
from api.node import read_genesis
from tests.ports import free_port
from trace.ledger.sqlite import reading

from ..faults.intruder import intrusion
from ..trace.labels.test_photo import saved
from .command_parts import ROOT, Home, Shell, lines

SEASON = ROOT / "api" / "demonstration" / "white-peony.csv"
OF_SEASON = 127
"""Entries of a season's log: genesis, 97 steps of the file, and what followed from them by rule."""
BY_THE_DAY = frozenset({"credit_opened", "record_entered"})
"""Kinds that the node enters by itself when their day has come."""
TOKEN = re.compile(r"sx_[0-9A-Za-z]{49}")
PARTY = {"name": "示例农机服务社", "legal_form": "co-op", "roles": ["grower"], "region": "341602"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A stopped demonstration node; tests that change it take a copy."""
    home = Home(tmp_path_factory.mktemp("played"), free_port())
    done = home.run("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"Demonstration batch “.+”: http://localhost:\d+/t/[0-9A-Z]{12}", done.stdout)
    return home


@pytest.fixture(scope="module")
def size(played: Home) -> int:
    """Entries of the demonstration."""
    return size_of(played)


@pytest.fixture(scope="module")
def running(played: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The same node, serving."""
    home = played.copy(tmp_path_factory.mktemp("running"))
    with home.serving():
        yield home


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return Home(tmp_path, free_port())


@pytest.fixture
def sh(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


def size_of(home: Home) -> int:
    with reading(home.settings.database) as reads:
        tail = reads.tail()
    assert tail is not None
    return tail.size


def told_in(home: Home) -> int:
    """Entries but for those that came with a day, which are more on a later one."""
    with closing(sqlite3.connect(f"file:{home.settings.database}?mode=ro", uri=True)) as database:
        kinds = [json.loads(data)["kind"] for (data,) in database.execute("SELECT bytes FROM statement")]
    return sum(kind not in BY_THE_DAY for kind in kinds)


def files_of(home: Home) -> list[str]:
    return sorted(str(path.relative_to(home.folder)) for path in home.folder.rglob("*") if path.is_file())


# ---- init ------------------------------------------------------------------------------------------------------------


def test_init_opens_a_live_log_with_what_its_flags_say(empty: Home) -> None:
    done = empty.run(
        "init", "--origin", "log.example.cn/suxin", "--public-url", "https://trace.example.cn", "--region", "341602"
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "log.example.cn/suxin" in done.stdout
    genesis = read_genesis(empty.settings)
    assert genesis is not None
    assert (genesis.origin, genesis.purpose, genesis.region) == ("log.example.cn/suxin", "live", "341602")
    assert genesis.vkey.startswith("log.example.cn/suxin+")
    assert stat.S_IMODE((empty.folder / "keys" / "log.key").stat().st_mode) == 0o600


def test_init_refuses_a_folder_that_has_a_log(played: Home, sh: Shell) -> None:
    done = sh(played, "init")

    assert (done.returncode, done.stdout) == (2, "")
    assert len(lines(done.stderr)) == 1
    assert "holds a log already" in done.stderr


@pytest.mark.parametrize(
    ("flag", "value", "named"),
    [
        ("--origin", "https://log.example.cn", "SUXIN_LOG_ORIGIN"),
        ("--origin", "two words", "SUXIN_LOG_ORIGIN"),
        ("--public-url", "https://example.cn/path", "SUXIN_PUBLIC_URL"),
        ("--region", "999999", "999999"),
    ],
)
def test_init_makes_nothing_where_a_flag_cannot_be_used(
    empty: Home, sh: Shell, flag: str, value: str, named: str
) -> None:
    done = sh(empty, "init", flag, value)

    assert done.returncode == 2
    assert named in done.stderr
    assert files_of(empty) == []


def test_the_address_given_to_init_stands_on_labels_unless_the_environment_names_another(
    empty: Home, sh: Shell
) -> None:
    sh(empty, "init", "--public-url", "https://trace.example.cn")

    assert settings_of(empty.environment).public_url == "https://trace.example.cn"
    moved = {**empty.environment, "SUXIN_PUBLIC_URL": "https://new.example.cn"}
    assert settings_of(moved).public_url == "https://new.example.cn"


# ---- migrate ---------------------------------------------------------------------------------------------------------


def test_migrate_creates_both_databases_and_repeats_without_a_change(empty: Home, sh: Shell) -> None:
    first = empty.run("migrate")
    made = {path.name: path.read_bytes() for path in (empty.folder / "data").glob("*.db")}
    again = sh(empty, "migrate")

    assert (first.returncode, again.returncode) == (0, 0)
    assert sorted(made) == ["ops.db", "suxin.db"]
    assert {path.name: path.read_bytes() for path in (empty.folder / "data").glob("*.db")} == made


# ---- serve -----------------------------------------------------------------------------------------------------------


def test_serve_opens_a_live_log_in_an_empty_folder_and_a_second_start_keeps_what_came_in(
    empty: Home, sh: Shell
) -> None:
    with empty.serving():
        token = lines(sh(empty, "token", "--role", "official", "--region", "341602").stdout)[-1]
        status, party = empty.post("/api/v1/parties", PARTY, token)
        assert status == 201
    genesis = read_genesis(empty.settings)
    assert genesis is not None
    assert genesis.purpose == "live"

    with empty.serving():
        ready = json.loads(empty.get("/readyz")[1])
        found = empty.get(f"/api/v1/parties/{party['id']}")

    assert ready == {"ready": True, "log_size": 2, "read_only": False}
    assert found[0] == 200


def test_a_node_that_has_read_a_photo_ends_without_a_word(empty: Home, tmp_path: Path) -> None:
    photo = saved(Image.new("L", (90, 90)), "PNG")
    head = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Origin": empty.url}
    form = urllib.request.Request(f"{empty.url}/t", head + photo + b"\r\n--b--\r\n", headers)

    with (tmp_path / "said").open("w") as said, empty.serving(said):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(form, timeout=60)
        refused.value.close()

    assert refused.value.code == 422
    assert (tmp_path / "said").read_text() == ""


def test_a_busy_port_is_one_line_that_names_the_setting_and_nothing_is_opened(empty: Home) -> None:
    with socket.create_server(("127.0.0.1", empty.port)):
        done = empty.run("serve")

    assert (done.returncode, done.stdout) == (2, "")
    assert len(lines(done.stderr)) == 1
    assert "SUXIN_PORT" in done.stderr
    assert files_of(empty) == []


def test_a_second_server_on_the_same_folder_is_one_line(running: Home) -> None:
    done = running.run("serve", SUXIN_PORT=str(free_port()))

    assert (done.returncode, done.stdout) == (2, "")
    assert len(lines(done.stderr)) == 1
    assert "Another process serves" in done.stderr
    assert running.get("/readyz")[0] == 200


def test_a_folder_that_may_not_be_written_is_one_line_that_names_the_setting(empty: Home) -> None:
    empty.folder.chmod(0o555)

    done = empty.run("serve", careful=True)
    empty.folder.chmod(0o755)

    assert (done.returncode, done.stdout) == (2, "")
    assert len(lines(done.stderr)) == 1
    assert "SUXIN_DATA_DIR" in done.stderr


@pytest.mark.parametrize("setting", ["SUXIN_DATA_DIR", "SUXIN_KEY_DIR", "SUXIN_GUARD_PATH"])
def test_a_file_where_a_folder_should_be_is_one_line_that_names_the_setting(
    empty: Home, sh: Shell, setting: str
) -> None:
    (empty.folder / "file").write_text("in the way")

    done = sh(empty, "init", **{setting: str(empty.folder / "file" / "below")})

    assert (done.returncode, done.stdout) == (2, "")
    assert len(lines(done.stderr)) == 1
    assert setting in done.stderr


def test_a_log_is_not_opened_beside_the_guard_of_another(played: Home, sh: Shell) -> None:
    done = sh(played.beside("elsewhere"), "init")

    assert done.returncode == 2
    assert len(lines(done.stderr)) == 1
    assert "SUXIN_GUARD_PATH" in done.stderr


def test_a_log_is_not_opened_with_the_keys_of_another(played: Home, tmp_path: Path, sh: Shell) -> None:
    home = played.copy(tmp_path)
    (home.folder / "keys" / "log.key").write_text("07" * 32 + "\n")

    done = sh(home, "serve")

    assert done.returncode == 2
    assert len(lines(done.stderr)) == 1
    assert "SUXIN_KEY_DIR" in done.stderr


def test_a_key_that_others_can_read_is_not_used(played: Home, tmp_path: Path, sh: Shell) -> None:
    home = played.copy(tmp_path)
    (home.folder / "keys" / "node.key").chmod(0o644)

    done = sh(home, "serve")

    assert done.returncode == 2
    assert "chmod 600" in done.stderr


# ---- demo ------------------------------------------------------------------------------------------------------------


def test_a_second_demo_is_refused(played: Home, sh: Shell) -> None:
    before = size_of(played)

    done = sh(played, "demo")

    assert (done.returncode, done.stdout) == (2, "")
    assert len(lines(done.stderr)) == 1
    assert "demo --if-empty" in done.stderr
    assert size_of(played) == before


def test_demo_if_empty_leaves_a_log_alone_and_opens_its_doors_anew(played: Home, sh: Shell) -> None:
    before = size_of(played)

    once, again = (sh(played, "demo", "--if-empty") for _ in range(2))

    assert [(done.returncode, done.stderr) for done in (once, again)] == [(0, "")] * 2
    assert size_of(played) == before
    links = [re.findall(r"Sign in as (.+?): \S+/in#(sx_\w+)", done.stdout) for done in (once, again)]
    assert [name for name, _ in links[0]] == [name for name, _ in links[1]]
    assert len({token for found in links for _, token in found}) == 16  # eight people, twice


def test_demo_if_empty_says_nothing_of_a_live_log(empty: Home, sh: Shell) -> None:
    sh(empty, "init")

    done = sh(empty, "demo", "--if-empty")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_live_log_refuses_the_demonstration(empty: Home, sh: Shell) -> None:
    sh(empty, "init")

    done = sh(empty, "demo")

    assert done.returncode == 2
    assert "cannot go into it" in done.stderr
    assert size_of(empty) == 1


# ---- token -----------------------------------------------------------------------------------------------------------


def test_a_token_made_while_the_node_runs_is_the_last_line_and_works_at_once(running: Home) -> None:
    done = running.run("token", "--role", "official", "--region", "341602")
    token = lines(done.stdout)[-1]

    status, answer = running.post("/api/v1/parties", PARTY, token)

    assert (done.returncode, done.stderr) == (0, "")
    assert TOKEN.fullmatch(token)
    assert status == 201
    assert answer["id"]


def test_a_token_does_what_its_role_may_and_no_more(running: Home, sh: Shell) -> None:
    made = {
        "member": sh(running, "token", "--role", "member", "--party", "p" * 22),
        "laboratory": sh(running, "token", "--role", "laboratory", "--party", "p" * 22),
        "auditor": sh(running, "token", "--role", "auditor"),
        "administrator": sh(running, "token", "--role", "administrator"),
    }

    answers = {
        role: running.post("/api/v1/parties", PARTY, lines(done.stdout)[-1])[1]["code"] for role, done in made.items()
    }

    assert answers == dict.fromkeys(made, "scope-missing")


def test_a_made_up_token_is_not_taken(running: Home) -> None:
    status, answer = running.post("/api/v1/parties", PARTY, "sx_" + "0" * 49)

    assert (status, answer["code"]) == (401, "token-invalid")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--role", "member"), "--party"),
        (("--role", "laboratory"), "--party"),
        (("--role", "official"), "--region"),
        (("--role", "official", "--region", "99"), "GB/T 2260"),
        (("--role", "king"), "invalid choice"),
        ((), "--role"),
    ],
)
def test_a_token_without_what_it_is_bound_to_is_not_made(
    played: Home, sh: Shell, words: tuple[str, ...], named: str
) -> None:
    done = sh(played, "token", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert named in done.stderr


# ---- audit and rebuild -----------------------------------------------------------------------------------------------


def test_an_audit_of_a_running_node_answers_in_json(running: Home, size: int) -> None:
    done = running.run("audit", "--json")
    answer = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert list(answer) == ["ok", "size", "first_bad_index", "check", "zh", "en"]
    assert (answer["ok"], answer["first_bad_index"], answer["check"]) == (True, None, None)
    assert answer["size"] >= size


@pytest.mark.parametrize("words", [(), ("--envelopes",)])
def test_an_audit_of_a_stopped_node_is_a_line_in_both_languages(
    played: Home, size: int, sh: Shell, words: tuple[str, ...]
) -> None:
    done = sh(played, "audit", *words)

    assert done.returncode == 0
    assert lines(done.stdout) == [f"{size} 条记录，全部核对无误。 / {size} entries, all in order."]


def test_an_audit_names_the_first_entry_whose_byte_was_changed(
    played: Home, size: int, tmp_path: Path, sh: Shell
) -> None:
    home = played.copy(tmp_path)
    with intrusion(home.settings.database) as database:
        for index in (21, 12):
            (data,) = database.execute('SELECT bytes FROM statement WHERE "index" = ?', (index,)).fetchone()
            changed = data[:100] + bytes([data[100] ^ 1]) + data[101:]
            database.execute('UPDATE statement SET bytes = ? WHERE "index" = ?', (changed, index))

    whole, line, outside = home.run("audit", "--json"), sh(home, "audit"), sh(home, "audit", "--envelopes")

    answer = json.loads(whole.stdout)
    assert (whole.returncode, answer["ok"], answer["first_bad_index"], answer["check"]) == (1, False, 12, "body")
    assert answer["size"] == size
    assert line.returncode == 1
    assert "Entry 12 is wrong" in line.stdout
    assert outside.returncode == 0  # statements are not in the envelopes, which still hold


def test_rebuild_names_a_changed_projection_and_mends_it(played: Home, tmp_path: Path, sh: Shell) -> None:
    home = played.copy(tmp_path)
    with intrusion(home.settings.database) as database:
        (id,) = database.execute("SELECT id FROM batch ORDER BY id LIMIT 1").fetchone()
        database.execute("UPDATE batch SET township = '别处' WHERE id = ?", (id.decode(),))

    found, after = home.run("rebuild"), sh(home, "rebuild")

    assert found.returncode == 1
    assert len(lines(found.stdout)) == 1
    assert f"batch {id.decode()}: township" in found.stdout
    assert (after.returncode, len(lines(after.stdout))) == (0, 1)
    assert "agree with the log" in after.stdout


def test_rebuild_waits_for_nobody_where_the_node_serves(running: Home, sh: Shell) -> None:
    done = sh(running, "rebuild")

    assert (done.returncode, len(lines(done.stderr))) == (2, 1)
    assert "Another process serves" in done.stderr


@pytest.mark.parametrize("words", [("audit",), ("rebuild",), ("backup", "copy.db"), ("verify", __file__)])
def test_a_folder_without_a_log_and_a_file_that_is_no_database_are_one_line(
    empty: Home, sh: Shell, words: tuple[str, ...]
) -> None:
    without = sh(empty, *words)
    (empty.folder / "data").mkdir(exist_ok=True)
    (empty.folder / "data" / "suxin.db").write_text("no database at all")
    damaged = sh(empty, *words)

    assert (without.returncode, len(lines(without.stderr))) == (2, 1)
    assert (damaged.returncode, len(lines(damaged.stderr))) == (2, 1)


# ---- backup and restore ----------------------------------------------------------------------------------------------


def test_a_backup_made_while_serving_comes_back_read_only_where_the_log_went_on_since(
    played: Home, size: int, tmp_path: Path, sh: Shell
) -> None:
    home = played.copy(tmp_path)
    token = lines(sh(home, "token", "--role", "official", "--region", "341602").stdout)[-1]
    old, whole = tmp_path / "old.db", tmp_path / "whole.db"
    with home.serving():
        saved = home.run("backup", old)
        for name in ("甲社", "乙社"):
            assert home.post("/api/v1/parties", PARTY | {"name": name}, token)[0] == 201
    assert sh(home, "backup", whole).returncode == 0
    assert (saved.returncode, saved.stderr) == (0, "")
    assert stat.S_IMODE(old.stat().st_mode) == 0o600

    behind = home.beside("behind")
    restored = behind.run("restore", old)

    assert (restored.returncode, restored.stderr) == (1, "")
    assert f"entries {size} to {size + 1} are missing" in restored.stdout
    token = lines(sh(behind, "token", "--role", "official", "--region", "341602").stdout)[-1]
    with behind.serving():
        status, state = behind.get("/readyz")
        written, refusal = behind.post("/api/v1/parties", PARTY, token)
        assert behind.get("/log/checkpoint")[0] == 200
    answer = json.loads(state)
    assert (status, answer["ready"], answer["read_only"]) == (503, False, True)
    assert answer["missing_entries"] == {"from": size, "to": size + 2}
    assert (written, refusal["code"]) == (503, "read-only")
    assert size_of(behind) == size

    level = home.beside("level")
    assert sh(level, "restore", whole).returncode == 0
    token = lines(sh(level, "token", "--role", "official", "--region", "341602").stdout)[-1]
    with level.serving():
        assert level.post("/api/v1/parties", PARTY | {"name": "丙社"}, token)[0] == 201
    assert size_of(level) == size + 3


def test_a_backup_never_overwrites(played: Home, sh: Shell, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("something else")

    done = sh(played, "backup", tmp_path / "there")

    assert (done.returncode, len(lines(done.stderr))) == (2, 1)
    assert (tmp_path / "there").read_text() == "something else"


def test_restore_takes_a_backup_alone_and_only_into_a_folder_without_a_log(
    played: Home, tmp_path: Path, sh: Shell
) -> None:
    target = Home(tmp_path, free_port())
    (tmp_path / "text").write_text("no database")
    sh(played, "backup", tmp_path / "good.db")

    absent, text = sh(target, "restore", tmp_path / "absent"), sh(target, "restore", tmp_path / "text")
    keyless, occupied = sh(target, "restore", tmp_path / "good.db"), sh(played, "restore", tmp_path / "good.db")

    for refused, why in (
        (absent, "no backup"),
        (text, "no backup"),
        (keyless, "is missing"),
        (occupied, "holds a log already"),
    ):
        assert (refused.returncode, len(lines(refused.stderr))) == (2, 1)
        assert why in refused.stderr
    assert not (tmp_path / "data" / "suxin.db").exists()


# ---- season ----------------------------------------------------------------------------------------------------------


def test_a_season_file_goes_into_a_running_live_node_and_its_wrong_cells_are_named(empty: Home, sh: Shell) -> None:
    sh(empty, "init", "--region", "341602", "--public-url", "https://trace.example.cn")
    text = SEASON.read_text("utf-8-sig")
    wrong = empty.folder / "wrong.csv"
    wrong.write_text(re.sub(r"(?m)^(【采收】.*\n.*\n[^\n]*?)(\d+) 公斤", r"\1很多 公斤", text), "utf-8")
    with empty.serving() as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        bad = sh(empty, "season", wrong, "--url", empty.url)
        after_bad = json.loads(empty.get("/readyz")[1])["log_size"]
        good = empty.run("season", SEASON, "--url", empty.url)
        told = told_in(empty)
        again = sh(empty, "season", SEASON, "--url", empty.url)
        told_again = told_in(empty)

    assert "Start page: https://trace.example.cn/" in first
    assert (bad.returncode, after_bad) == (1, 1)
    assert "采收量" in bad.stdout
    assert "nothing was recorded" in lines(bad.stdout)[-1]
    assert (good.returncode, good.stderr) == (0, "")
    assert re.search(r"Recorded: \d+ parties, \d+ places, 15 batches, \d+ records\.", good.stdout)
    assert told == OF_SEASON
    assert (again.returncode, told_again) == (0, OF_SEASON)


def test_a_season_for_nobody_says_whom_it_looked_for(played: Home, sh: Shell) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    away, file = sh(played, "season", SEASON, "--url", url), sh(played, "season", "none.csv", "--url", url)

    assert (away.returncode, len(lines(away.stderr))) == (2, 1)
    assert url in away.stderr
    assert (file.returncode, len(lines(file.stderr))) == (2, 1)
    assert "none.csv" in file.stderr


# ---- wrong words -----------------------------------------------------------------------------------------------------


def test_wrong_words_are_answered_with_the_usage_and_exit_2(empty: Home) -> None:
    done = empty.run("sing")

    assert done.returncode == 2
    assert done.stderr.startswith("usage: python -m api")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("serve", "now"),
        ("key", "lose", "file"),
        ("key", "new"),
        ("verify",),
        ("verify", "file", "--quorum", "-1"),
        ("backup",),
        ("restore",),
        ("season", "file.csv"),
        ("conform",),
        ("audit", "--xml"),
    ],
)
def test_every_verb_answers_wrong_arguments_with_its_usage(empty: Home, sh: Shell, words: tuple[str, ...]) -> None:
    done = sh(empty, *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: python -m api")
    assert files_of(empty) == []


def test_a_setting_that_cannot_be_used_is_one_line(empty: Home, sh: Shell) -> None:
    done = sh(empty, "serve", SUXIN_PORT="http")

    assert (done.returncode, len(lines(done.stderr))) == (2, 1)
    assert "SUXIN_PORT" in done.stderr
