"""A demonstration is there whole or not at all."""

from pathlib import Path

import pytest

import api.demonstration as demonstration
from api.auth.tokens import token_hash
from api.db import Operational
from api.demonstration.doors import PEOPLE, open_doors
from api.migrations import migrate
from api.node import read_genesis
from api.season import Played
from api.settings import Settings, load_settings
from trace.ledger.sqlite import reading
from trace.queries import all_rows


def settings_in(folder: Path) -> Settings:
    places = {"SUXIN_DATA_DIR": "data", "SUXIN_KEY_DIR": "keys", "SUXIN_GUARD_PATH": "guard"}
    return load_settings({name: str(folder / place) for name, place in places.items()})


def test_an_interrupted_play_leaves_no_half_of_a_season(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path)

    class PowerCut(BaseException):
        pass

    def cut(*_: object) -> None:
        raise PowerCut

    whole_play = demonstration.play
    monkeypatch.setattr(demonstration, "play", cut)
    with pytest.raises(PowerCut):
        demonstration.play_demonstration(settings)
    monkeypatch.setattr(demonstration, "play", whole_play)

    assert read_genesis(settings) is None
    assert not settings.guard_path.exists()
    played = demonstration.play_demonstration(settings)
    genesis = read_genesis(settings)
    assert genesis is not None
    assert genesis.purpose == "demonstration"
    assert settings.guard_path.read_text().startswith(genesis.origin)
    assert len(played.codes) == 13


def test_everybody_of_the_season_has_a_door_and_of_the_officials_as_many_as_a_hold_takes(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    played = demonstration.play_demonstration(settings)
    operational = Operational(settings.operational)

    doors = list(open_doors(operational, played, played.officials, "http://suxin.example"))

    found = [operational.find_token(token_hash(door.link.removeprefix("http://suxin.example/in#"))) for door in doors]
    roles = [(token.role, token.party, token.region) for token in found if token]
    people = [played.parties[name] for name, _ in PEOPLE]
    assert [party for _, party, _ in roles] == [*people, *(one.party for one in played.officials[:2])]
    assert [role for role, _, _ in roles] == [*["member"] * 3, "laboratory", "member", "official", "official"]
    assert [region for _, _, region in roles] == [None] * 5 + ["341602"] * 2


def test_a_season_of_others_opens_no_doors_but_the_officials(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.data_dir.mkdir()
    migrate(settings)

    doors = open_doors(Operational(settings.operational), Played({}, {}, {}, {}, {}), (), "http://suxin.example")

    assert list(doors) == []


def test_the_season_leaves_one_hold_open_one_lifted_and_one_question_answered(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    played = demonstration.play_demonstration(settings)
    names = {id: name for name, id in played.batches.items()}

    with reading(settings.database) as reads:
        rows = all_rows(reads.connection)

    assert {names[row["batch"]] for row in rows["hold"] if row["released"] is None} == {
        "2026 东岗田间批",
        "2026 两户合批",
        "2026 合批 1 公斤袋装",
        "2026 合批散装",
    }
    assert [(names[row["batch"]], row["release_ground"]) for row in rows["hold"] if row["released"] is not None] == [
        ("2026 复检批", "officials")
    ]
    answered = [row for row in rows["flag"] if row["answered"] is not None]
    assert [(names[row["batch"]], row["reason"]) for row in answered] == [("2026 秋白菜", "yield-outside-band")]
    standing = [(names[row["batch"]], row["reason"]) for row in rows["flag"] if row["is_open"]]
    assert standing == [("秋白菜 第二车", "fields-missing")]  # the first one's papers are its test at the gate
