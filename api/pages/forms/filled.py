"""What has somebody filled in so far? One state from the first page to the last, carried by the form itself.

A form needs no memory of ours: what was typed, and the id that the statement will have, go round with every request. So it
works without script, in two tabs at once, and sending it twice gives the first answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from api.form_body import Form
from api.pages.forms.controls import LOCAL_OFFSET, MAX_FILE_ROWS, PREFIX, fold, payload_of, read_value, texts_of
from trace.events import Kind
from trace.fieldtype import FieldType, ListOf, Members, Plain
from trace.ledger.errors import FieldFault, Invalid
from trace.ledger.statement import is_time

_NOON = "T12:00:00"


@dataclass(frozen=True)
class Filled:
    """A form's state. `when`: today, yesterday, other (with `day`), or "" where a time is asked for (`at`, RFC 3339 or as
    typed)."""

    id: str
    payload: Mapping[str, Any]
    when: str = ""
    day: str = ""
    at: str = ""
    reason: str = ""


def read_filled(form: Form, kind: Kind) -> Filled:
    """The state that a form sent. Raises `Invalid` (bad-reference) for an id that is none of ours."""
    try:
        id = str(uuid.UUID(form.get("id")))
    except ValueError as error:
        raise Invalid("bad-reference", FieldFault("/id", "bad-reference")) from error
    texts: dict[str, list[str]] = {}
    for name, text in form.fields:
        texts.setdefault(name, []).append(text)
    at = read_value(Plain.TIME, "at", texts)
    return Filled(
        id=id,
        payload=payload_of(kind, texts),
        when=form.get("when"),
        day=fold(form.get("day")),
        at=at or "",
        reason=form.get("reason").strip(),
    )


def hidden_pairs(filled: Filled, kind: Kind) -> Iterator[tuple[str, str]]:
    """Everything that the state is made of, as hidden fields carry it."""
    yield "id", filled.id
    yield from ((name, text) for name, text in _own(filled) if text)
    for name, texts in texts_of(kind, filled.payload).items():
        yield from ((name, text) for text in texts)


def _own(filled: Filled) -> tuple[tuple[str, str], ...]:
    return ("when", filled.when), ("day", filled.day), ("at", filled.at), ("reason", filled.reason)


def day_of(filled: Filled, now: datetime) -> date | None:
    """The day that is meant, `now` being local; None where it cannot be read."""
    match filled.when:
        case "yesterday":
            return now.date() - timedelta(days=1)
        case "other":
            return _date(filled.day)
        case "":
            return _date(filled.at[:10]) if filled.at else now.date()
    return now.date()


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(_read_day(text))
    except ValueError:
        return None


def _read_day(text: str) -> str:
    return str(read_value(Plain.DATE, "day", {"day": [text]}) or "")


def occurred_at(filled: Filled, now: datetime) -> str | None:
    """When it happened, RFC 3339; None for now. Noon stands for a day of which nobody said the hour.

    Raises `Invalid` where a day was asked for and none can be read.
    """
    if not filled.when:
        if filled.at and not is_time(filled.at):
            raise Invalid("not-a-time", FieldFault("/occurred_at", "not-a-time"))
        return filled.at or None
    day = day_of(filled, now)
    if day is None:
        raise Invalid("not-a-time", FieldFault("/day", "not-a-time"))
    if day == now.date():
        return None
    return f"{day.isoformat()}{_NOON}{LOCAL_OFFSET}"


def file_controls(kind: Kind) -> dict[str, tuple[str, ...]]:
    """Controls that take a file, by the name under which the browser sends it: the path of the value in the payload."""
    found: dict[str, tuple[str, ...]] = {}
    for name, declared in kind.fields.items():
        for path in _hash_paths(declared.type, (name,)):
            found[".".join((PREFIX, *path, "file"))] = path
    return found


def _hash_paths(type: FieldType, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    match type:
        case Plain.HASH | ListOf(item=Plain.HASH):
            yield path
        case Members(members):
            for member in members:
                yield from _hash_paths(member.type, (*path, member.name))
        case ListOf(item=Members() as item):
            for row in range(MAX_FILE_ROWS):
                yield from _hash_paths(item, (*path, str(row)))


def with_file(form: Form, control: str, path: tuple[str, ...], kind: Kind, sha256: str) -> Form:
    """The form as if the hash of an uploaded file had been typed: added to a list of files, in place of a single one."""
    name = control.removesuffix(".file")
    declared = kind.fields[path[0]].type
    is_list = isinstance(declared, ListOf) and len(path) == 1
    kept = tuple(pair for pair in form.fields if is_list or pair[0] != name)
    return Form((*kept, (name, sha256)), form.files)


def new_id() -> str:
    """The id of a statement to be: made when its form is first shown."""
    return str(uuid.uuid4())


def default_at(now: datetime) -> str:
    """The present minute, as a form's time begins with."""
    return now.replace(second=0, microsecond=0).isoformat()
