"""How does a demonstration come about? The season of a file, played through the public API with a clock of its own."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from starlette.types import ASGIApp, Message

from api.app import create_app
from api.aside.db import AsideStore
from api.db import Operational
from api.demonstration.bureaus import found_bureaus
from api.demonstration.casedesk import CaseDesk
from api.demonstration.goods import Hands
from api.demonstration.lifting import ask_for_release, lifting
from api.demonstration.listing_story import ListingStory
from api.demonstration.officials import Official, name_officials
from api.demonstration.sample_story import SampleStory
from api.documents import DocumentStore
from api.files import Kept
from api.keeper import Keeper
from api.migrations import migrate
from api.node import open_node
from api.season import Played, PostRefused, files_beside, parse_season, play
from api.season_client import season_tokens
from api.settings import Settings
from api.waiting.db import WaitingRoom

SEASON = Path(__file__).parent / "white-peony.csv"
REGION = "341602"


@dataclass
class SeasonClock:
    """The time of a season that is being played; it never goes back."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        self.at = max(self.at, at)


@dataclass
class InProcessClient:
    """Requests to an ASGI app without a network: the same routes, guards and readers as a caller from outside."""

    app: ASGIApp
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def post(self, path: str, json: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        return self._asked("POST", path, orjson.dumps(dict(json)), headers)

    def get(self, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        return self._asked("GET", path, b"", headers)

    def _asked(self, method: str, path: str, data: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        status, body = self.runner.run(self._send(method, path, data, headers))
        answer: dict[str, Any] = orjson.loads(body)
        if not 200 <= status < 300:
            raise PostRefused(status, answer)
        return answer

    async def _send(self, method: str, address: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        path, _, query = address.partition("?")
        told = {"content-type": "application/json", "content-length": str(len(body))} if body else {}
        sent = {"host": "localhost", **told, **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": ("127.0.0.1", 0),
            "server": ("localhost", 80),
        }
        status, parts = 0, [b""]

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self.app(scope, receive, send)
        return status, b"".join(parts)


@dataclass(frozen=True)
class PlayedDemonstration(Played):
    """What was played, the officials who can sign in it, and the batches opened beside the season, by lot number."""

    officials: tuple[Official, ...] = ()
    sampled: Mapping[str, str] = field(default_factory=dict)


def play_demonstration(settings: Settings, season_file: Path = SEASON) -> PlayedDemonstration:
    """Make a demonstration log with a whole season in it; an interrupted play leaves no half of one behind.

    The season is played beside the data folder's own files, which the finished ones replace, the log last: where it
    lies, everything else does.
    """
    unfinished = settings.data_dir / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    staged = replace(settings, data_dir=unfinished, guard_path=unfinished / "guard")
    migrate(staged)
    played = _play(staged, season_file)
    settings.guard_path.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(settings.documents, ignore_errors=True)  # of a play that broke off before its log lay there
    for made, place in (
        (staged.documents, settings.documents),
        (staged.guard_path, settings.guard_path),
        (staged.operational, settings.operational),
        (staged.database, settings.database),
    ):
        shutil.move(made, place)
    shutil.rmtree(unfinished)
    return played


def _play(settings: Settings, season_file: Path) -> PlayedDemonstration:
    season = parse_season(season_file.read_bytes(), files_beside(season_file.parent))
    first = min(step.occurred_at for step in season.steps)
    clock = SeasonClock(first - timedelta(hours=1))
    node = open_node(settings, "demonstration", clock, REGION)
    operational = Operational(settings.operational)
    client = InProcessClient(create_app(node, operational))
    try:
        officials = name_officials(node)
        bureaus = found_bureaus(node, officials)
        store = DocumentStore(operational, Kept(settings.documents))
        desk = CaseDesk(node, store, client.runner, Keeper(node, store, AsideStore(operational)))
        with season_tokens(operational, REGION) as token_for:
            sample = SampleStory(desk, Hands(node, client, token_for), officials, bureaus.farming)
            listing = ListingStory(desk, officials, bureaus)
            told = [lifting(node, officials), *sample.interludes(), *listing.interludes()]
            played = play(season, client, token_for, clock, [one for one in told if one.at <= datetime.now(UTC)])
            clock.set(datetime.now(UTC))  # what waits lapses by today's date, not by the season's
            sample.fail_today(played)
        room = WaitingRoom(operational)
        client.runner.run(ask_for_release(node, room, played, officials))
        desk.keep()  # who serves it today finds nothing left to say by itself
        return PlayedDemonstration(**vars(played), officials=officials, sampled=sample.batches)
    finally:
        client.runner.close()
        clock.set(datetime.now(UTC))
        node.close()
