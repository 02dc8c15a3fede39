"""Where does this node keep things, and under which names is it reached? The one module that knows the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from os.path import realpath
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from api.catalogue import say
from trace.labels.address import MAX_PUBLIC_URL_BYTES
from trace.ledger.keys import is_key_name

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
MAX_ORIGIN_CHARACTERS = 200  # every entry repeats it


class SettingsError(Exception):
    """A variable cannot be used as it is: one line, in both languages, that names it and says what to do."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(f"{say(key, 'zh', **values)} / {say(key, 'en', **values)}")


@dataclass(frozen=True)
class Settings:
    """What one node is told from outside. Nothing here is secret; `public_url` has no slash at its end.

    Keys and guard have places of their own, because a copy of the data folder must carry neither: the guard is what
    shows that a restored copy is older than the log.
    """

    data_dir: Path
    key_dir: Path
    guard_path: Path
    host: str
    port: int
    public_url: str
    log_origin: str
    lan: bool = False
    """Whether phones of the local network are to reach it: `api.lan` finds the address, which depends on the machine."""

    @property
    def database(self) -> Path:
        """Evidence and projections, written by the serving process alone."""
        return self.data_dir / "suxin.db"

    @property
    def operational(self) -> Path:
        """Tokens and scan counts, written by commands too."""
        return self.data_dir / "ops.db"

    @property
    def files(self) -> Path:
        """Photos and papers that people added to their records, by SHA-256."""
        return self.data_dir / "files"

    @property
    def documents(self) -> Path:
        """The papers of cases, by SHA-256."""
        return self.data_dir / "documents"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that `environ` gives; a variable that is absent or blank has its default.

    Raises SettingsError at the first variable that cannot be used. Creates and opens nothing.
    """

    def given(name: str, default: str) -> str:
        return environ.get(name, "").strip() or default

    if given("SUXIN_DATABASE_URL", ""):
        # Ignoring it would put somebody's evidence where they do not look for it.
        raise SettingsError("settings.database_url")
    port = _port(given("SUXIN_PORT", str(DEFAULT_PORT)))
    data_dir = _path(given("SUXIN_DATA_DIR", "data"))
    return Settings(
        data_dir=data_dir,
        key_dir=_outside(data_dir, "SUXIN_KEY_DIR", given("SUXIN_KEY_DIR", "keys")),
        guard_path=_outside(data_dir, "SUXIN_GUARD_PATH", given("SUXIN_GUARD_PATH", "guard")),
        # This machine alone, until somebody decides otherwise: a node without TLS has no business on a network.
        host=given("SUXIN_HOST", DEFAULT_HOST),
        port=port,
        public_url=_public_url(given("SUXIN_PUBLIC_URL", f"http://localhost:{port}")),
        log_origin=_log_origin(given("SUXIN_LOG_ORIGIN", "suxin.localhost/log")),
        lan=_flag(given("SUXIN_LAN", "0")),
    )


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _outside(data_dir: Path, name: str, text: str) -> Path:
    """Whoever copies or restores the data folder would copy the keys with it, and take the guard back in time."""
    path = _path(text)
    if Path(realpath(path)).is_relative_to(realpath(data_dir)):
        raise SettingsError("settings.inside_data", name=name, value=_shown(text), data=_shown(str(data_dir)))
    return path


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65_535):
        raise SettingsError("settings.port", value=_shown(text))
    return int(text)


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise SettingsError("settings.lan", value=_shown(text))
    return text == "1"


def _public_url(text: str) -> str:
    """Scheme and host as labels carry them: a path would make the QR code denser, a query would break it."""
    try:
        url = urlsplit(text)
        usable = _is_plain_address(url)
    except ValueError:  # a port or a bracket that is none
        usable = False
    if not usable:
        raise SettingsError("settings.public_url", value=_shown(text))
    address = f"{url.scheme}://{url.netloc.lower()}"
    if len(address) > MAX_PUBLIC_URL_BYTES:
        # Found out now: later a label of a batch that grew would fail, with other labels in the shops already.
        sizes = {"limit": MAX_PUBLIC_URL_BYTES, "size": len(address)}
        raise SettingsError("settings.public_url_long", value=_shown(text), **sizes)
    return address


def _is_plain_address(url: SplitResult) -> bool:
    is_web = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    says_more = url.path.strip("/") or url.query or url.fragment or "@" in url.netloc
    return is_web and not says_more and url.netloc.isascii() and url.netloc.isprintable() and " " not in url.netloc


def _log_origin(text: str) -> str:
    """C2SP tlog-checkpoint: a URL without scheme or slash at its end, and the name of the log's key."""
    if not is_key_name(text) or "://" in text or text.strip("/") != text or len(text) > MAX_ORIGIN_CHARACTERS:
        raise SettingsError("settings.log_origin", value=_shown(text))
    return text


def _shown(text: str) -> str:
    """What was given, fit for one line."""
    return "".join(character if character.isprintable() else "�" for character in text[:80])
