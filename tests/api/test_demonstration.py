"""A demonstration is there whole or not at all."""

from pathlib import Path

import pytest

import api.demonstration as demonstration
from api.node import read_genesis
from api.settings import Settings, load_settings


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
