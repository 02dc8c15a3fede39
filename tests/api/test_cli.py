"""What somebody types is read as they meant it."""

from pathlib import Path

import pytest

from api.cli import main
from trace.ledger.entry import is_chain_id

DASHED = "-AOk_CWJsuzxMrAZJtJn8A"  # one random id in 64 begins so


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["token", "--role", "member", "--party", DASHED], 0),
        (["founders", "--party", DASHED, "--party", "x" * 22], 2),  # there is no log yet, and one line says so
    ],
)
def test_an_id_that_begins_with_a_dash_is_no_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], code: int
) -> None:
    monkeypatch.setenv("SUXIN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SUXIN_KEY_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("SUXIN_GUARD_PATH", str(tmp_path / "guard"))

    assert is_chain_id(DASHED)
    assert main(words) == code
    told = capsys.readouterr().err
    assert "usage:" not in told
    assert len(told.splitlines()) == (1 if code else 0)


def test_an_option_without_its_value_is_still_a_slip(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["token", "--party", "--role", "member"])
    assert ended.value.code == 2
    assert "expected one argument" in capsys.readouterr().err
