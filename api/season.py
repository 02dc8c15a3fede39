"""How does a season go into a node: the steps of a file, one after the other, through the public API.

The same loader serves the demonstration, with a clock that it moves along, and a real season of a co-op, without one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

from trace.events import KINDS, Nature

from .season_cells import CellValue, Named, ReadFile, RecordNamed, RecordOf
from .season_file import CellFault, SeasonError
from .season_keys import step_keys
from .season_steps import Season, Step, parse_season, part_names
from .season_words import ANSWER_KIND, BATCH_KIND, PARTY_KIND, PLACE_KIND, SPLIT_KIND

__all__ = [
    "CellFault",
    "Interlude",
    "Played",
    "PostRefused",
    "Season",
    "SeasonError",
    "StepRefused",
    "files_beside",
    "parse_season",
    "play",
]

RECORDED_AFTER = timedelta(minutes=7)
"""A demonstration's clerk writes each thing down some minutes after it happened."""

LONGEST_CHAIN = 200
"""So many records of a batch are looked at for a flag: as many as one answer of the API lists."""

_BY_RULE = frozenset(name for name, kind in KINDS.items() if kind.nature is Nature.DERIVED) | {"hold_released"}

LABORATORY_KINDS = frozenset({"sample_taken", "lab_report"})

TokenFor = Callable[[str, str | None], str]
"""Gives a bearer token for a role (official, member, laboratory) and the id of the party it speaks for."""


def files_beside(folder: Path) -> ReadFile:
    """Reads the files that `文件:…` cells name, in `folder` (of the season file) and below it, nowhere else."""
    root = folder.resolve()

    def read_file(path: str) -> bytes | None:
        file = (root / path).resolve()
        return file.read_bytes() if file.is_relative_to(root) and file.is_file() else None

    return read_file


class Client(Protocol):
    """The public API, in process or over HTTP."""

    def post(self, path: str, json: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        """The JSON answer of a 2xx. Raises PostRefused for any other answer."""

    def get(self, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """As `post`."""


class Clock(Protocol):
    """The clock of a demonstration, which `received` follows."""

    def set(self, at: datetime) -> None:
        """From now on it is `at`."""


class PostRefused(Exception):
    """A client got no 2xx: the status and the problem that the node answered (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code', '')}")
        self.status = status
        self.problem = problem


class StepRefused(RuntimeError):
    """The node did not take a row; `problem` is what it answered. The rows before it in time are in."""

    def __init__(self, row: int, kind: str, refused: PostRefused) -> None:
        super().__init__(f"row {row} ({kind}) was not taken: {refused}")
        self.row = row
        self.kind = kind
        self.problem = refused.problem


@dataclass(frozen=True)
class Played:
    """What the node answered: ids by the names of the file, answers by row, and the label code of each batch."""

    parties: Mapping[str, str]
    places: Mapping[str, str]
    batches: Mapping[str, str]
    codes: Mapping[str, str]
    answers: Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True)
class Interlude:
    """What somebody else does in a demonstration, between its steps: not through a season file, as with an own key."""

    at: datetime
    act: Callable[[Played], None]


def play(
    season: Season,
    client: Client,
    token_for: TokenFor,
    clock: Clock | None = None,
    interludes: Sequence[Interlude] = (),
) -> Played:
    """Sends every step in order of time; with a `clock`, sets it a few minutes past each step first.

    Safe to repeat, also after a row was mended: each row has its own Idempotency-Key, made of what it says. Raises
    StepRefused at the first row that the node does not take.
    """
    player, keys = _Player(season, client), step_keys(season)
    waiting = sorted(interludes, key=lambda one: one.at)
    for step in season.steps:
        while waiting and waiting[0].at <= (step.told_at or step.occurred_at):
            _give_way(waiting.pop(0), player, clock)
        if clock is not None:
            clock.set(step.told_at or step.occurred_at + RECORDED_AFTER)
        headers = {
            "Authorization": f"Bearer {player.token(step, token_for)}",
            "Idempotency-Key": str(keys[step.row]),
        }
        try:
            answer = client.post(player.path(step), player.body(step, headers), headers)
        except PostRefused as refused:
            raise StepRefused(step.row, step.kind, refused) from refused
        player.take(step, answer)
    for one in waiting:
        _give_way(one, player, clock)
    return player.played()


def _give_way(interlude: Interlude, player: "_Player", clock: Clock | None) -> None:
    if clock is not None:
        clock.set(interlude.at)
    interlude.act(player.played())


class _Player:
    """Keeps what the node called everything so far."""

    def __init__(self, season: Season, client: Client) -> None:
        self._client = client
        self._ids: dict[str, dict[str, str]] = {"party": {}, "place": {}, "batch": {}}
        self._codes: dict[str, str] = {}
        self._answers: dict[int, Mapping[str, Any]] = {}
        self._laboratories = {
            step.name for step in season.steps if step.kind == PARTY_KIND and "laboratory" in _roles(step)
        }

    def path(self, step: Step) -> str:
        match step.kind:
            case "party_registered":
                return "/api/v1/parties"
            case "place_registered":
                return "/api/v1/places"
            case "batch_opened":
                return "/api/v1/batches"
            case _:
                return f"/api/v1/batches/{self._ids['batch'][step.name]}/events"

    def token(self, step: Step, token_for: TokenFor) -> str:
        """Parties are registered by an official, reports and samples of a laboratory by it, all else by a member."""
        if step.actor is None:
            return token_for("official", None)
        speaks_as_laboratory = step.kind in LABORATORY_KINDS and step.actor in self._laboratories
        return token_for("laboratory" if speaks_as_laboratory else "member", self._ids["party"][step.actor])

    def body(self, step: Step, headers: Mapping[str, str]) -> dict[str, Any]:
        payload = {field: self._sent(value) for field, value in step.payload.items() if field != "outputs"}
        occurred_at = step.occurred_at.isoformat()
        if step.kind in (PARTY_KIND, PLACE_KIND):
            return {**payload, "occurred_at": occurred_at}
        if step.kind == BATCH_KIND and step.actor is not None:
            return {**payload, "party": self._ids["party"][step.actor], "occurred_at": occurred_at}
        if step.kind == SPLIT_KIND:
            payload["outputs"] = [self._sent(quantity) for quantity in _part_quantities(step)]
        if step.kind == ANSWER_KIND:
            payload["flag"] = self._flag(payload["flag"], headers)
        body = {"kind": step.kind, "occurred_at": occurred_at, "payload": payload}
        if isinstance(step.corrects, RecordOf):
            body |= {"corrects": self._answers[step.corrects.row]["id"], "reason": step.reason}
        return body

    def take(self, step: Step, answer: Mapping[str, Any]) -> None:
        self._answers[step.row] = answer
        what = {PARTY_KIND: "party", PLACE_KIND: "place", BATCH_KIND: "batch"}.get(step.kind)
        if what is not None:
            self._ids[what][step.name] = answer["id"]
        if step.kind == BATCH_KIND:
            self._codes[step.name] = answer["code"]
        for name, part in zip(part_names(step), answer.get("items", ()), strict=True):
            self._ids["batch"][name], self._codes[name] = part["id"], part["code"]

    def _flag(self, record: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        """The entry of the flag that this record raised: what follows by rule stands right behind it."""
        path = f"/api/v1/batches/{record['chain']}/events?limit={LONGEST_CHAIN}"
        behind = [one for one in self._client.get(path, headers)["items"] if one["seq"] > record["seq"]]
        followed = takewhile(lambda one: one.get("kind") in _BY_RULE, behind)
        flag = next((one for one in followed if one["kind"] == "flag_raised"), None)
        if flag is None:
            raise PostRefused(404, {"code": "bad-reference"})
        return {"chain": record["chain"], "seq": flag["seq"], "leaf": flag["leaf"]}

    def played(self) -> Played:
        return Played(self._ids["party"], self._ids["place"], self._ids["batch"], self._codes, self._answers)

    def _sent(self, value: CellValue) -> Any:
        """The value as the API takes it: names become ids, records become entries."""
        match value:
            case Named(what, name):
                return self._ids[what][name]
            case RecordOf(row):
                return self._entry(self._answers[row])
            case RecordNamed():
                raise TypeError("a record is still named: the season was not made by parse_season")
            case list():
                return [self._sent(item) for item in value]
            case dict():
                return {name: self._sent(item) for name, item in value.items()}
            case _:
                return value

    def _entry(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """{chain, seq, leaf} of an answered step: a batch's answer has its id for a chain and a head."""
        place = {**answer, **answer.get("head", {})}
        return {"chain": place.get("chain", answer["id"]), "seq": place["seq"], "leaf": place["leaf"]}


def _part_quantities(step: Step) -> list[CellValue]:
    """What is asked of a split: the node names the parts."""
    outputs = step.payload["outputs"]
    listed = outputs if isinstance(outputs, list) else []
    return [{"quantity": one["quantity"]} for one in listed if isinstance(one, dict)]


def _roles(step: Step) -> list[CellValue]:
    roles = step.payload.get("roles")
    return roles if isinstance(roles, list) else []
