"""What a node makes of its environment: defaults that work, and one line for each thing that cannot."""

from pathlib import Path

import pytest

from api.settings import Settings, SettingsError, load_settings


def test_an_empty_environment_gives_a_node_of_this_machine() -> None:
    settings = load_settings({})

    assert settings == Settings(
        data_dir=Path("data"),
        key_dir=Path("keys"),
        guard_path=Path("guard"),
        host="127.0.0.1",
        port=8000,
        public_url="http://localhost:8000",
        log_origin="suxin.localhost/log",
    )
    assert (settings.database, settings.operational) == (Path("data/suxin.db"), Path("data/ops.db"))


def test_every_variable_is_taken() -> None:
    settings = load_settings(
        {
            "SUXIN_DATA_DIR": "/srv/suxin/data",
            "SUXIN_KEY_DIR": "/srv/suxin/keys",
            "SUXIN_GUARD_PATH": "/srv/guard/file",
            "SUXIN_HOST": "::1",
            "SUXIN_PORT": "8080",
            "SUXIN_PUBLIC_URL": "https://Suxin.example:8443/",
            "SUXIN_LOG_ORIGIN": "log.example.cn/suxin",
        }
    )

    assert settings == Settings(
        Path("/srv/suxin/data"),
        Path("/srv/suxin/keys"),
        Path("/srv/guard/file"),
        "::1",
        8080,
        "https://suxin.example:8443",
        "log.example.cn/suxin",
    )


def test_a_blank_variable_is_no_variable() -> None:
    assert load_settings({"SUXIN_PORT": "", "SUXIN_DATA_DIR": "  ", "SUXIN_DATABASE_URL": ""}) == load_settings({})


def test_the_public_url_follows_the_port() -> None:
    assert load_settings({"SUXIN_PORT": "8001"}).public_url == "http://localhost:8001"


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/herb")

    assert load_settings({"SUXIN_DATA_DIR": "~/data"}).data_dir == Path("/srv/herb/data")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("SUXIN_PORT", value) for value in ("0", "65536", "-1", "8e3", "http", "٨٠٨٠", "8000.0", "1" * 5000)),
        *(
            ("SUXIN_PUBLIC_URL", value)
            for value in (
                "suxin.example",
                "ftp://suxin.example",
                "https://",
                "https://suxin.example/trace",
                "https://suxin.example?x=1",
                "https://suxin.example#x",
                "https://me@suxin.example",
                "https://suxin.example:99999",
                "https://suxin.example:x",
                "https://[::1",
                "https://溯信.example",
                "https://suxin example",
            )
        ),
        *(("SUXIN_LOG_ORIGIN", value) for value in ("https://log.example", "a b", "a+b", "x" * 201)),
        *(("SUXIN_LOG_ORIGIN", value) for value in ("log.example.cn/suxin/", "/log.example.cn", "/")),
        *(("SUXIN_KEY_DIR", value) for value in ("data", "data/keys", "data/x/../keys")),
        *(("SUXIN_GUARD_PATH", value) for value in ("data/guard", "./data/deep/guard")),
        ("SUXIN_DATABASE_URL", "postgresql://localhost/suxin"),
    ],
)
def test_what_cannot_be_used_is_one_line_that_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({name: value})

    line = str(refused.value)
    assert name in line
    assert line.isprintable()
    assert len(line) < 500
    assert " / " in line


def test_a_host_of_twenty_characters_is_taken_and_one_more_is_not() -> None:
    """84 bytes of a label, less what stands behind the host: /t/, 12 of the code, #1.99999. and 32 of the leaf."""
    assert (
        load_settings({"SUXIN_PUBLIC_URL": "https://trace.bozhou.example"}).public_url == "https://trace.bozhou.example"
    )

    with pytest.raises(SettingsError) as refused:
        load_settings({"SUXIN_PUBLIC_URL": "https://trace1.bozhou.example"})

    assert str(refused.value).startswith(
        "SUXIN_PUBLIC_URL 是“https://trace1.bozhou.example”，有 29 个字符，太长：标签的二维码里最多放 28 个"
    )


def test_a_guard_that_a_link_leads_into_the_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "data")

    with pytest.raises(SettingsError, match="SUXIN_GUARD_PATH"):
        load_settings(
            {"SUXIN_DATA_DIR": str(tmp_path / "data"), "SUXIN_GUARD_PATH": str(tmp_path / "elsewhere" / "guard")}
        )


def test_keys_and_guard_may_stand_beside_the_data_folder_whatever_they_are_called(tmp_path: Path) -> None:
    places = {"SUXIN_DATA_DIR": "data", "SUXIN_KEY_DIR": "data-keys", "SUXIN_GUARD_PATH": "data.guard"}

    settings = load_settings({name: str(tmp_path / folder) for name, folder in places.items()})

    assert settings.key_dir == tmp_path / "data-keys"


def test_the_line_says_what_was_given_and_what_to_write() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"SUXIN_PORT": "80\n80"})

    assert str(refused.value) == (
        "SUXIN_PORT 是“80�80”；端口应为 1 到 65535 的整数，例如 SUXIN_PORT=8001。"
        " / SUXIN_PORT is “80�80”; a port is a whole number from 1 to 65535. For example SUXIN_PORT=8001."
    )
