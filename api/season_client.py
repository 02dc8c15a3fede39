"""How does a season file reach a running node? Over HTTP, with tokens made for it and revoked after it."""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from api.auth.tokens import new_token, token_hash
from api.db import Operational
from api.season import Played, PostRefused, TokenFor, files_beside, parse_season, play

TOKEN_LIFE = timedelta(hours=2)
ANSWER_SECONDS = 30


@contextmanager
def season_tokens(operational: Operational, region: str) -> Iterator[TokenFor]:
    """Short-lived tokens for the roles of a season, revoked when it is in."""
    made: dict[tuple[str, str | None], str] = {}

    def token_for(role: str, party: str | None) -> str:
        if (role, party) not in made:
            token = made[role, party] = new_token(os.urandom)
            office = region if role == "official" else None
            operational.add_token(token_hash(token), role, party, office, operational.clock() + TOKEN_LIFE)
        return made[role, party]

    try:
        yield token_for
    finally:
        for token in made.values():
            operational.revoke_token(token_hash(token))


@dataclass(frozen=True)
class HttpClient:
    """The public API of a node at `url`."""

    url: str

    def post(self, path: str, json: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        return self._asked(path, orjson.dumps(dict(json)), {"Content-Type": "application/json", **headers})

    def get(self, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        return self._asked(path, None, headers)

    def _asked(self, path: str, data: bytes | None, headers: Mapping[str, str]) -> dict[str, Any]:
        accepting = {"Accept": "application/json", **headers}
        request = urllib.request.Request(self.url.rstrip("/") + path, data=data, headers=accepting)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                found: dict[str, Any] = orjson.loads(answer.read())
                return found
        except urllib.error.HTTPError as error:
            raise PostRefused(error.code, orjson.loads(error.read())) from error


def send_season(file: Path, url: str, operational: Operational, region: str) -> Played:
    """Send a season file; safe to repeat. Raises SeasonError, StepRefused, OSError where the node is away."""
    season = parse_season(file.read_bytes(), files_beside(file.parent))
    with season_tokens(operational, region) as token_for:
        return play(season, HttpClient(url), token_for)
