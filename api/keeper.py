"""What does the node look after by itself while it runs? Cases that a report or a date moves, once a day what was earned, and
that nothing lies aside that is in the log already or whose time is over.

Nobody's right hangs on it: terms end on their day, however late the entry that says so (credit.md 3).
"""

import asyncio
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from api.aside.db import AsideStore
from api.aside.keeping import note_logged
from api.casework import keep_up
from api.documents.db import DocumentStore
from api.earned import enter_earned
from api.node import Node
from api.problems import log_failure
from trace.ledger.errors import DomainError
from trace.legal_days import SHANGHAI


class Keeper:
    """Keeps up in the background, as long as the app runs. `SECONDS` between two looks: nobody's right hangs on it."""

    SECONDS = 5.0

    def __init__(self, node: Node, store: DocumentStore, aside: AsideStore) -> None:
        self._node, self._store, self._aside = node, store, aside
        self._since = -1
        self._earned_on: date | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def look(self) -> None:
        """Once, now."""
        await asyncio.to_thread(note_logged, self._node, self._aside)
        if not self._node.log.read_only:
            self._since = await keep_up(self._node, self._store, self._since)
            await self._look_at_the_day()

    async def _look_at_the_day(self) -> None:
        now = self._node.clock()
        today = now.astimezone(SHANGHAI).date()
        if self._earned_on != today:
            await enter_earned(self._node, now)
            self._earned_on = today

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self.SECONDS)
            try:
                await self.look()
            except (
                DomainError,
                SQLAlchemyError,
                OSError,
            ) as error:
                log_failure(error)  # the next look tries again

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
