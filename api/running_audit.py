"""How far is the audit that somebody started from a page, and what did it find? One at a time, in a thread of its own."""

import threading
from dataclasses import dataclass, replace
from datetime import datetime

from api.carried import carried_tables
from api.node import Node
from credit.wing import CREDIT
from trace.audit_meaning import TraceMeaning
from trace.ledger.audit import AuditResult, audit
from trace.ledger.keys import parse_vkey
from trace.ledger.sqlite import reading


@dataclass(frozen=True)
class Run:
    """One audit. `result`: None while it runs; `failed`: it could not be carried out."""

    started_at: datetime
    done: int = 0
    size: int = 0
    result: AuditResult | None = None
    ended_at: datetime | None = None
    failed: bool = False

    @property
    def is_running(self) -> bool:
        return self.result is None and not self.failed


class Audits:
    """The last audit of this process, or the one that runs. What it found is no evidence: anybody can run it again."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._run: Run | None = None

    @property
    def last(self) -> Run | None:
        return self._run

    def start(self) -> Run:
        """Begin one, unless one runs already."""
        with self._lock:
            if self._run is None or not self._run.is_running:
                self._run = Run(self._node.clock())
                threading.Thread(target=self._audit, name="audit", daemon=True).start()
            return self._run

    def _audit(self) -> None:
        node = self._node
        try:
            with reading(node.settings.database) as reads:
                meaning = TraceMeaning(reads, CREDIT, carried_tables())
                found = audit(reads, node.genesis.origin, [parse_vkey(node.genesis.vkey)], meaning, self._progress)
            self._change(result=found, done=found.size, size=found.size)
        finally:
            # Whatever stopped it, a page that shows a run for ever would say neither sound nor bad.
            if self._run is not None and self._run.is_running:
                self._change(failed=True)

    def _progress(self, done: int, size: int) -> None:
        self._change(done=done, size=size)

    def _change(self, **changed: object) -> None:
        with self._lock:
            assert self._run is not None  # only a run changes
            self._run = replace(self._run, **changed, ended_at=self._node.clock())  # type: ignore[arg-type]
