"""Which address a phone of the local network gets, and which log may be served there. Nobody is asked outside."""

import io
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from api import lan
from api.auth.tokens import is_token
from api.cli import settings_of
from api.hindrances import Hindrance
from api.lan import listens_at, local_address, on_lan, refuse_plain_http
from api.settings import Settings, SettingsError, load_settings
from api.terminal_qr import terminal_qr
from tests.api.command_parts import Home, Shell, lines
from tests.ports import free_port


@pytest.fixture
def sh(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, free_port())


def settings(**environ: str) -> Settings:
    return load_settings({f"SUXIN_{name}": value for name, value in environ.items()})


# ---- the address -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("found", ["192.168.1.5", "10.0.0.7", "172.20.10.2", "100.64.3.4"])
def test_an_address_of_a_private_network_is_taken(found: str) -> None:
    assert local_address(lambda _far: found) == found


@pytest.mark.parametrize("found", [None, "127.0.0.1", "169.254.7.7", "8.8.8.8", "0.0.0.0"])
def test_no_other_address_is(found: str | None) -> None:
    with pytest.raises(Hindrance, match="SUXIN_HOST"):
        local_address(lambda _far: found)


def test_a_network_without_a_way_out_is_found_too() -> None:
    routes = {"192.168.255.254": "192.168.43.1"}

    assert local_address(routes.get) == "192.168.43.1"


def test_the_address_is_bound_and_becomes_the_public_one() -> None:
    moved = on_lan(settings(LAN="1", PORT="8001"), keep_url=False, address=lambda: "192.168.1.5")

    assert (moved.host, moved.public_url) == ("192.168.1.5", "http://192.168.1.5:8001")
    assert listens_at(moved) == ("192.168.1.5", "127.0.0.1")


def test_what_was_given_by_hand_stays() -> None:
    given = settings(LAN="1", HOST="0.0.0.0", PUBLIC_URL="http://demo.local:8000")

    moved = on_lan(given, keep_url=True, address=lambda: "192.168.1.5")

    assert (moved.host, moved.public_url) == ("0.0.0.0", "http://demo.local:8000")
    assert listens_at(moved) == ("0.0.0.0",)


def test_without_lan_one_address_is_bound() -> None:
    assert listens_at(settings()) == ("127.0.0.1",)
    assert listens_at(settings(HOST="10.0.0.7")) == ("10.0.0.7",)


def test_the_environment_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "own_address_towards", lambda _far: "192.168.1.5")
    monkeypatch.setattr(lan.local_address, "__defaults__", (lan.own_address_towards,))

    assert settings_of({"SUXIN_LAN": "1"}).public_url == "http://192.168.1.5:8000"
    assert settings_of({"SUXIN_LAN": "0"}).public_url == "http://localhost:8000"
    assert settings_of({"SUXIN_LAN": ""}).host == "127.0.0.1"


@pytest.mark.parametrize("value", ["yes", "2", "true"])
def test_a_wish_that_is_none_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match="SUXIN_LAN"):
        settings(LAN=value)


# ---- which log -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "public_url", "live", "demonstration"),
    [
        ("127.0.0.1", "http://localhost:8000", True, True),
        ("::1", "http://localhost:8000", True, True),
        ("localhost", "http://localhost:8000", True, True),
        ("192.168.1.5", "http://192.168.1.5:8000", False, True),
        ("0.0.0.0", "http://localhost:8000", False, True),
        ("::", "http://localhost:8000", False, True),
        ("suxin.example", "http://suxin.example", False, True),
        ("10.0.0.7", "https://suxin.example", True, True),
    ],
)
def test_a_live_log_does_not_leave_this_machine_unencrypted(
    host: str, public_url: str, live: bool, demonstration: bool
) -> None:
    asked = settings(HOST=host, PUBLIC_URL=public_url)
    for is_demonstration, may in ((False, live), (True, demonstration)):
        if may:
            refuse_plain_http(asked, is_demonstration)
        else:
            with pytest.raises(Hindrance, match=re.escape(host)):
                refuse_plain_http(asked, is_demonstration)


def test_serve_says_so_in_one_line_and_opens_nothing(home: Home, sh: Shell) -> None:
    done = sh(home, "serve", SUXIN_HOST="0.0.0.0")

    assert (done.returncode, done.stdout, len(lines(done.stderr))) == (2, "", 1)
    assert "SUXIN_PUBLIC_URL=https://" in done.stderr
    assert not (home.folder / "data").exists()


# ---- what a phone reads off the screen -------------------------------------------------------------------------------


def modules(drawn: str, dark: bool) -> list[str]:
    """The rows of modules that a drawing shows, each two rows a line."""
    upper = str.maketrans("█▀▄ ", "##..")
    lower = str.maketrans("█▀▄ ", "#.#.")
    rows = [row for line in lines(drawn) for row in (line.translate(upper), line.translate(lower))]
    return rows if dark else [row.translate(str.maketrans("#.", ".#")) for row in rows]


def test_a_code_in_a_terminal_has_the_modules_of_its_text() -> None:
    text = "http://192.168.1.5:8000/"

    coloured = terminal_qr(text, colours=True)
    plain = terminal_qr(text, colours=False)

    told = coloured.replace("\x1b[30;107m", "").replace("\x1b[0m", "")
    dark = modules(told, dark=True)
    assert modules(plain, dark=False)[: len(dark)] == dark
    # Version 2 has 25 modules a side, and a quiet zone of four around them.
    assert {len(row) for row in dark} == {33}
    assert dark[4][4:11] == dark[10][4:11] == "#######"
    assert dark[7][4:11] == "#.###.#"
    assert all(row == "." * 33 for row in dark[:4])


def test_a_token_comes_with_its_link_in_the_line_before(home: Home, sh: Shell) -> None:
    made = lines(sh(home, "token", "--role", "auditor", SUXIN_PUBLIC_URL="https://suxin.example").stdout)

    assert is_token(made[-1])
    assert made[-2] == f"https://suxin.example/in#{made[-1]}"
    assert len(made) == 3


def test_a_terminal_shows_the_link_as_a_code(home: Home, sh: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = sh(home, "token", "--role", "auditor").stdout
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    shown = sh(home, "token", "--role", "auditor").stdout

    assert "█" not in plain
    link, token = lines(shown)[-2:]
    assert terminal_qr(link, colours=True) in shown
    assert is_token(token)


# ---- served for a phone ----------------------------------------------------------------------------------------------


def test_a_demonstration_is_served_at_the_network_s_address_and_its_labels_carry_it(home: Home) -> None:
    """127.0.0.2 stands for the network's address: it is another than the one that a node is bound to by itself."""
    there = f"http://127.0.0.2:{home.port}"
    environ = {**home.environment, "SUXIN_LAN": "1", "SUXIN_HOST": "127.0.0.2"}
    assert home.run("demo", SUXIN_LAN="1", SUXIN_HOST="127.0.0.2").returncode == 0

    process = subprocess.Popen(
        [sys.executable, "-m", "api", "serve"], env=environ, cwd=home.folder, stdout=subprocess.PIPE, text=True
    )
    try:
        home.wait_until_it_answers(process)  # at 127.0.0.1, where this machine's own browser goes
        with urllib.request.urlopen(f"{there}/", timeout=120) as answer:
            code = re.findall(r"/t/([0-9A-Z]{12})", answer.read().decode())[0]
        with urllib.request.urlopen(f"{there}/t/{code}/label", timeout=120) as answer:
            image = re.findall(r'src="([^"]+labels\.svg)"', answer.read().decode())[0]
        with urllib.request.urlopen(there + image.replace(".svg", ".png"), timeout=120) as answer:
            (label,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.read())))
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=120)

    assert process.returncode == 0
    assert label.text.startswith(f"{there}/t/{code}#1.")
    assert terminal_qr(f"{there}/", colours=False) in said
    assert f"{there}/t/{code}" in said
