"""What does the same event cost an app without evidence? Plain FastAPI and SQLModel, written as one would write it.

The same facts in typed columns, checked by pydantic; SQLite in WAL mode with synchronous=FULL, so that an answer is as
durable as ours; one commit a request, in a `def` route, which FastAPI runs in its threads. No signature is checked, no
token asked for, nothing hashed, nothing linked, nobody's rights looked at.
"""

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import event
from sqlmodel import JSON, Column, Session, SQLModel, create_engine
from sqlmodel import Field as ColumnField

LOCK_SECONDS = 30  # a writer waits for its turn, so that nobody is refused


class Dose(BaseModel):
    model_config = ConfigDict(extra="forbid")
    value: Decimal
    unit: Literal["kg", "g", "L", "mL"]


class InputUse(BaseModel):
    """What was put on a field: the payload that our statements carry."""

    model_config = ConfigDict(extra="forbid")
    input_kind: Literal[
        "pesticide", "fertiliser", "growth-regulator", "seed-coating", "mulch", "feed-additive", "other"
    ]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    active: list[str]
    dose: Dose
    area_mu: Decimal
    used_from: date
    used_until: date
    method: str
    target: str
    maker: str
    registration_no: str
    interval_days: int
    interval_source: Literal["label", "prescription", "table"]
    label_photo: str
    toxicity: str
    crop_on_label: bool
    source: str
    operator: str


class NewEvent(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: UUID
    chain: str
    kind: Literal["input_use"]
    actor: str
    occurred_at: datetime
    payload: InputUse


class Event(SQLModel, table=True):
    """One record of a batch."""

    number: int | None = ColumnField(default=None, primary_key=True)
    id: UUID = ColumnField(unique=True)
    chain: str = ColumnField(index=True)
    kind: str
    actor: str
    occurred_at: datetime
    received: datetime
    input_kind: str
    name: str
    active: list[str] = ColumnField(sa_column=Column(JSON))
    dose: Decimal
    dose_unit: str
    area_mu: Decimal
    used_from: date
    used_until: date
    method: str
    target: str
    maker: str
    registration_no: str
    interval_days: int
    interval_source: str
    label_photo: str
    toxicity: str
    crop_on_label: bool
    source: str
    operator: str


class Stored(BaseModel):
    id: UUID
    chain: str
    number: int


def create_plain_app(path: Path) -> FastAPI:
    """The app over a database of its own, which it makes."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": LOCK_SECONDS})

    @event.listens_for(engine, "connect")
    def _make_durable(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    SQLModel.metadata.create_all(engine, [Event.__table__])  # type: ignore[attr-defined]
    app = FastAPI()

    @app.post("/events", status_code=201)
    def record_event(new: NewEvent) -> Stored:
        said = new.payload
        row = Event(
            **new.model_dump(exclude={"payload"}),
            **said.model_dump(exclude={"dose"}),
            received=datetime.now(UTC),
            dose=said.dose.value,
            dose_unit=said.dose.unit,
        )
        # In the route, not in a dependency: a dependency gives its connection back in a thread of the pool, and where all
        # of those wait for a connection nothing moves any more.
        with Session(engine, expire_on_commit=False) as session:
            session.add(row)
            session.commit()
        assert row.number is not None
        return Stored(id=row.id, chain=row.chain, number=row.number)

    return app
