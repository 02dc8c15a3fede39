"""How the first officials are named from the command line: at one table, from afar, in the browser; and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api import node
from api.keyfiles import load_key
from tests.api.app_parts import World, populate, running_app
from tests.api.command_parts import Home, Shell
from tests.api.office_parts import KEYS, register_officials, sign
from tests.api.page_parts import signed_in
from tests.ports import free_port
from trace.ledger.canonical import encode
from trace.ledger.sqlite import reading
from trace.ledger.submission import Submission
from trace.queries import list_offices


@dataclass
class Ceremony:
    """A live log in which three people are registered; two have a key file."""

    home: Home
    sh: Shell
    parties: dict[str, str]

    def file(self, name: str) -> Path:
        return self.home.folder / f"{name}.key"

    def offices(self) -> list[tuple[str, str | None]]:
        with reading(self.home.settings.database) as reads:
            return [(row["party"], row["region"]) for row in list_offices(reads.connection)]


@pytest.fixture
def sh(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


@pytest.fixture
def ceremony(tmp_path: Path, sh: Shell) -> Ceremony:
    home = Home(tmp_path, free_port())
    made = Ceremony(home, sh, {})
    assert sh(home, "init", "--region", "341602").returncode == 0
    dids = {name: sh(home, "key", "new", made.file(name)).stdout.strip() for name in ("first", "second")}
    opened = node.open_node(home.settings)
    recorder = opened.recorder
    for name in ("first", "second", "third"):
        party = made.parties[name] = recorder.new_chain()
        said: list[tuple[str, dict[str, Any]]] = [
            (
                "party_registered",
                {"name": name, "legal_form": "person", "roles": ["regulator"], "region": "341602"},
            )
        ]
        if name in dids:
            said.append(("key_added", {"key": dids[name], "authenticated": "in person"}))
        for kind, payload in said:
            by_node = {"chain": party, "actor": recorder.node_chain, "recorded_by": "test", "id": recorder.new_id()}
            opened.log.submit(Submission((recorder.record(kind, payload, **by_node),))).result()
    opened.close()
    return made


def test_founders_who_bring_their_key_files_are_named_at_once(ceremony: Ceremony) -> None:
    done = ceremony.sh(ceremony.home, "founders", ceremony.file("first"), ceremony.file("second"))

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(ceremony.offices()) == sorted((ceremony.parties[name], "341602") for name in ("first", "second"))
    assert ceremony.sh(ceremony.home, "audit").returncode == 0
    again = ceremony.sh(ceremony.home, "founders", ceremony.file("first"), ceremony.file("second"))
    assert (again.returncode, again.stdout) == (2, "")


def test_founders_sign_far_from_the_server_and_hand_over_what_they_signed(ceremony: Ceremony) -> None:
    parties = [word for name in ("first", "second") for word in ("--party", ceremony.parties[name])]
    made = ceremony.sh(ceremony.home, "founders", *parties, "--region", "341600", "--basis", "谯政〔2026〕1号")
    assert made.returncode == 0
    said = json.loads(made.stdout)
    assert (said["kind"], said["payload"]["region"], len(said["proof"])) == ("founders_named", "341600", 1)

    signed = {}
    for name in ("first", "second"):
        done = ceremony.sh(ceremony.home, "key", "sign", ceremony.file(name), typed=made.stdout)
        signed[name] = ceremony.home.folder / f"{name}.json"
        signed[name].write_text(done.stdout)
    one = ceremony.sh(ceremony.home, "founders", signed["first"])
    assert (one.returncode, ceremony.parties["second"] in one.stdout) == (1, True)
    assert ceremony.offices() == []
    both = ceremony.sh(ceremony.home, "founders", signed["first"], signed["second"])

    assert both.returncode == 0
    assert {region for _, region in ceremony.offices()} == {"341600"}


def test_a_running_node_takes_them_too(ceremony: Ceremony) -> None:
    with ceremony.home.serving():
        done = ceremony.home.run("founders", ceremony.file("first"), ceremony.file("second"))

    assert (done.returncode, done.stderr) == (0, "")
    assert len(ceremony.offices()) == 2


@pytest.mark.parametrize("who", [("first",), ("first", "first"), ("first", "stranger"), ()])
def test_fewer_than_two_registered_founders_are_none(ceremony: Ceremony, who: tuple[str, ...]) -> None:
    ceremony.sh(ceremony.home, "key", "new", ceremony.file("stranger"))

    done = ceremony.sh(ceremony.home, "founders", *(ceremony.file(name) for name in who))

    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert ceremony.offices() == []


def test_signatures_of_different_statements_are_not_put_together(ceremony: Ceremony) -> None:
    parties = [word for name in ("first", "second") for word in ("--party", ceremony.parties[name])]
    files = []
    for name in ("first", "second"):
        made = ceremony.sh(ceremony.home, "founders", *parties).stdout
        files.append(ceremony.home.folder / f"{name}.json")
        files[-1].write_text(ceremony.sh(ceremony.home, "key", "sign", ceremony.file(name), typed=made).stdout)
    changed = json.loads(files[0].read_text())
    changed["payload"]["region"] = "340000"
    (ceremony.home.folder / "changed.json").write_bytes(encode(changed))

    for given in (files, [ceremony.home.folder / "changed.json"], [ceremony.home.folder / "absent.json"]):
        assert ceremony.sh(ceremony.home, "founders", *given).returncode == 2
    assert ceremony.offices() == []


def test_a_key_file_that_others_can_read_is_refused(ceremony: Ceremony) -> None:
    ceremony.file("first").chmod(0o644)

    done = ceremony.sh(ceremony.home, "founders", ceremony.file("first"), ceremony.file("second"))

    assert done.returncode == 2
    assert load_key(ceremony.file("second")).did not in done.stderr


# ---- in the browser ---------------------------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_app(tmp_path, now=datetime.now(UTC)) as running:  # the command has the machine's own clock
        populate(running)
        register_officials(running)
        yield running


def test_founders_sign_what_was_laid_out_for_them_in_their_browsers(world: World, sh: Shell) -> None:
    names = ("first", "second")
    home = Home(world.node.settings.data_dir.parent, free_port())
    parties = [word for name in names for word in ("--party", world.parties[name])]
    origin = {"SUXIN_LOG_ORIGIN": world.node.genesis.origin}
    assert sh(home, "founders", *parties, **origin).returncode == 0

    room = world.client.app.state.waiting  # type: ignore[attr-defined]
    (waiting,) = room.all_open()
    path = f"/desk/sign/{waiting.id.removeprefix('urn:uuid:')}"
    for name in names:
        assert "确定首任监管人员" in signed_in(world, name).get("/desk/waiting").text
    assert signed_in(world, "third").get(path).status_code == 404
    sign(signed_in(world, "first"), path, KEYS["first"])
    with world.node.reading() as reads:
        assert list_offices(reads.connection) == []
    sign(signed_in(world, "second"), path, KEYS["second"])

    with world.node.reading() as reads:
        assert {row["party"] for row in list_offices(reads.connection)} == {world.parties[name] for name in names}


def test_before_there_are_founders_the_node_adds_an_officials_first_key(world: World) -> None:
    third = signed_in(world, "third")
    third.get("/desk/keys")

    assert third.post("/desk/keys", {"key": KEYS["third"].did}).headers["location"] == "/desk/keys"
    assert "有效，但不能签职责内的事" in third.get("/desk/keys").text
