"""Which files does a page load from us, under which address and with which bytes?

A named list, nothing is served by its path on disk. All stand under one version, the hash over all of them, so that a
page and its scripts always come from the same release and each address may be cached for ever. The cryptography that
stands in for a missing WebCrypto comes from the installed packages and is never copied into the tree.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

_STATIC = Path(__file__).parent / "static"
_PACKAGES = Path(__file__).parents[2] / "node_modules" / "@noble"
_VERSION_LENGTH = 16
"""Hex characters: 64 bits tell two releases apart; nobody gains by a collision of our own files."""

_TYPES = MappingProxyType(
    {
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".svg": "image/svg+xml",
    }
)

FILES: Mapping[str, Path] = MappingProxyType(
    {
        "suxin.css": _STATIC / "suxin.css",
        "member.css": _STATIC / "member.css",
        "panel.js": _STATIC / "panel.js",
        "verify.js": _STATIC / "verify.js",
        "sign_in.js": _STATIC / "sign_in.js",
        "forms.js": _STATIC / "forms.js",
        "desk.css": _STATIC / "desk.css",
        "document.css": _STATIC / "document.css",
        "own_keys.js": _STATIC / "own_keys.js",
        "keys.js": _STATIC / "keys.js",
        "sign.js": _STATIC / "sign.js",
        "icon.svg": _STATIC / "icon.svg",
        # Relative imports inside these files hold because they stand side by side.
        "noble/ed25519.js": _PACKAGES / "ed25519" / "index.js",
        "noble/sha2.js": _PACKAGES / "hashes" / "sha2.js",
        "noble/_md.js": _PACKAGES / "hashes" / "_md.js",
        "noble/_u64.js": _PACKAGES / "hashes" / "_u64.js",
        "noble/utils.js": _PACKAGES / "hashes" / "utils.js",
    }
)
"""Name below `/static/{version}/` → file on disk."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file as it is sent: plain bytes, the same gzipped, and its media type. `version`: of these bytes alone."""

    name: str
    version: str
    body: bytes
    gzipped: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """A file named by its own bytes: an address that outlives releases, and the hash a browser checks it by (W3C SRI)."""

    path: str
    integrity: str


@dataclass(frozen=True, slots=True)
class AssetSet:
    """All static files of this release and the version that names them."""

    version: str
    assets: Mapping[str, Asset]

    def path(self, name: str) -> str:
        """The address of a file; KeyError for a name that is not on the list."""
        return f"/static/{self.version}/{self.assets[name].name}"

    def pinned(self, name: str) -> Pinned:
        """For pages that are kept as bytes: the file by its own hash. KeyError for a name that is not on the list."""
        asset = self.assets[name]
        integrity = base64.b64encode(hashlib.sha256(asset.body).digest()).decode()
        return Pinned(f"/static/{asset.version}/{asset.name}", f"sha256-{integrity}")


@lru_cache(maxsize=1)
def load_assets() -> AssetSet:
    """Reads every file of the list once. FileNotFoundError names the file and the command that installs it."""
    assets: dict[str, Asset] = {}
    digest = hashlib.sha256()
    for name, path in sorted(FILES.items()):
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: `make env` installs the browser packages")
        body = path.read_bytes()
        # Length first, or two files could trade bytes at their border under one version.
        digest.update(f"{name} {len(body)}\n".encode() + body)
        # mtime=0: the same release gives the same bytes on every machine.
        own = hashlib.sha256(body).hexdigest()[:_VERSION_LENGTH]
        assets[name] = Asset(name, own, body, gzip.compress(body, 9, mtime=0), _TYPES[path.suffix])
    return AssetSet(digest.hexdigest()[:_VERSION_LENGTH], MappingProxyType(assets))
