"""Which Idempotency-Key does a row of a season file have, so that sending it again is never saying it twice?

The key is made of what the row says and of the key of what it speaks of: party → plot or batch → record. A mended file
may then be played again: rows that did not change get their first answers, however the row numbers moved.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from .season_cells import CellValue, Named, RecordNamed, RecordOf
from .season_steps import Season, Step, part_names
from .season_words import BATCH_KIND, PARTY_KIND, PLACE_KIND

KEY_NAMESPACE = UUID("6f1d8a52-3c0e-5b7a-9d43-70e1c2f4a9b6")


def step_keys(season: Season) -> Mapping[int, UUID]:
    """The key of each step, by its row. Two rows that say exactly the same are two records and have two keys."""
    keys: dict[int, UUID] = {}
    parties: dict[str, UUID] = {}
    batches: dict[str, UUID] = {}
    used: set[UUID] = set()
    for step in season.steps:
        actor = KEY_NAMESPACE if step.actor is None else parties[step.actor]
        about = actor if step.kind in (PARTY_KIND, PLACE_KIND, BATCH_KIND) else batches[step.name]
        key = _unused(about, _said(step, actor, keys), used)
        used.add(key)
        keys[step.row] = key
        if step.kind == PARTY_KIND:
            parties[step.name] = key
        elif step.kind == BATCH_KIND:
            batches[step.name] = key
        batches.update((part, uuid5(key, part)) for part in part_names(step))
    return keys


def _said(step: Step, actor: UUID, keys: Mapping[int, UUID]) -> str:
    said = [step.kind, step.name, str(actor), step.occurred_at.isoformat(), _written(dict(step.payload), keys)]
    if step.corrects is not None:
        said += [_written(step.corrects, keys), step.reason]
    return json.dumps(said, sort_keys=True)


def _unused(about: UUID, said: str, used: set[UUID]) -> UUID:
    key, repeat = uuid5(about, said), 1
    while key in used:
        key, repeat = uuid5(about, f"{said} {repeat}"), repeat + 1
    return key


def _written(value: CellValue, keys: Mapping[int, UUID]) -> Any:
    """The value with names as they stand in the file, and the key of a named record in place of its row number."""
    match value:
        case Named(what, name):
            return [what, name]
        case RecordOf(row):
            return str(keys[row])
        case RecordNamed(text):
            return text
        case list():
            return [_written(item, keys) for item in value]
        case dict():
            return {name: _written(item, keys) for name, item in value.items()}
        case _:
            return value
