"""How does a statement get into the log? The one write path: queue, one transaction, seal, project, commit, answer.

One thread writes. It takes whatever queued while it was committing, opens one transaction, and answers after COMMIT.
An error at COMMIT means that nobody knows: the callers are told so and the log stops until the next start decides.

Where more is queued, those whose entries are durable hear of it just before the next COMMIT: while the disk works, nobody
else wants the interpreter, and what their answers set off does not hold up the writer.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Protocol

from .appending import Scribe, Transaction
from .errors import DomainError, OutcomeUnknown, Overloaded, Unavailable
from .publisher import Published, Publisher
from .store import Store
from .submission import Receipt, Submission

QUEUE_LENGTH = 4_096  # requests; a full queue answers at once instead of making everybody wait
TRANSACTION_REQUESTS = 256  # measured: more no longer raises the rate and delays the first answer
PUBLISH_SECONDS = 1.0  # a checkpoint is at most this much older than an answer


class Answer(Protocol):
    """Who waits for a submission: hears one of the two, once. A `Future` is one."""

    def set_result(self, receipts: tuple[Receipt, ...], /) -> None: ...
    def set_exception(self, error: BaseException, /) -> None: ...


Told = tuple[Answer, tuple[Receipt, ...] | DomainError]
"""Who waits, and what they will hear."""


class Log:
    """The writer of one log. `submit` may be called from any thread; everything else happens in the writer's own."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        scribe: Scribe,
    ) -> None:
        self._store, self._publisher, self._scribe = store, publisher, scribe
        self._edge = publisher.edge
        self.on_stop: Callable[[], None] = lambda: None
        self._queue: deque[tuple[Submission, Answer]] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._stopped: str | None = None
        self._unheard: list[Told] = []
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)

    @property
    def published(self) -> Published:
        return self._publisher.published

    @property
    def size(self) -> int:
        return self._edge.size

    @property
    def read_only(self) -> str | None:
        """Why this node does not write, or None."""
        return self._stopped or self._publisher.read_only

    @property
    def missing(self) -> tuple[int, int] | None:
        """From which index to before which one the entries are missing that were signed once, where that is known."""
        return self._publisher.missing

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Write what is queued, publish it, stop. The store stays open for its owner to close."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def submit(self, submission: Submission) -> "Future[tuple[Receipt, ...]]":
        """Queue a submission, as `put` does; its answer is a future."""
        answer: Future[tuple[Receipt, ...]] = Future()
        self.put(submission, answer)
        return answer

    def put(self, submission: Submission, answer: Answer) -> None:
        """Queue a submission whose proofs were verified; `answer` hears of it from the writer's thread, once.

        Raises `Overloaded` or `Unavailable` at once, taking nothing.
        """
        if self.read_only:
            raise Unavailable("read-only", reason=self.read_only)
        with self._wake:
            if self._closing:
                raise Unavailable("stopping")
            if len(self._queue) >= QUEUE_LENGTH:
                raise Overloaded("overloaded")
            self._queue.append((submission, answer))
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                if not self._queue and not self._closing:
                    self._wake.wait(self._publisher.seconds_until_due(PUBLISH_SECONDS))
                taken = [self._queue.popleft() for _ in range(min(len(self._queue), TRANSACTION_REQUESTS))]
                finished = self._closing and not taken
            if taken:
                self._transact(taken)
            is_due = not self.read_only and (finished or self._publisher.is_due(PUBLISH_SECONDS))
            if is_due or not self._queue:
                self._tell()
            if is_due:
                self._publish()
            if finished:
                return

    def _publish(self) -> None:
        try:
            self._publisher.publish(self._edge)
        except Exception as error:
            self._stop(f"publishing failed: {type(error).__name__}: {error}")

    def _stop(self, why: str) -> None:
        self._stopped = why
        self.on_stop()

    def _transact(self, taken: list[tuple[Submission, Answer]]) -> None:
        if self.read_only:
            for _, answer in taken:
                answer.set_exception(Unavailable("read-only", reason=self.read_only))
            return
        results: list[Told] = []
        writes = self._store.begin()
        try:
            submissions = [submission for submission, _ in taken]
            transaction = Transaction(self._scribe, writes, self._edge, submissions)
            for submission, answer in taken:
                try:
                    results.append((answer, transaction.append(submission)))
                except DomainError as refusal:
                    results.append((answer, refusal))
            if transaction.rows:
                transaction.write()
        except Exception as error:
            writes.rollback()
            for _, answer in taken:
                answer.set_exception(error)
            return
        self._tell()
        try:
            writes.commit()
        except Exception as error:
            # Point of no return: the rows may be on disk or not, and asking this connection would not tell
            # (SQLITE_IOERR_FSYNC at the WAL: gone for this process, there after a restart). Never "failed".
            self._stop(f"COMMIT raised {type(error).__name__}")
            for _, answer in taken:
                answer.set_exception(OutcomeUnknown("outcome-unknown"))
            return
        if transaction.rows:
            self._edge = replace(transaction.edge, new_tiles=[])
            self._publisher.committed(self._edge.size)
        if any(submission.wait_proof for submission, _ in taken):
            self._publish()
            results = [
                self._with_proof(submission, *told) for (submission, _), told in zip(taken, results, strict=True)
            ]
        self._unheard = results

    def _with_proof(self, submission: Submission, answer: Answer, result: tuple[Receipt, ...] | DomainError) -> Told:
        """Who asked for a checkpoint and has none hears so: the entry is durable, and nothing signed says it yet."""
        if isinstance(result, DomainError) or not submission.wait_proof:
            return answer, result
        is_published = self.published.size > max(one.index for one in result)
        return answer, result if is_published else Unavailable("not-published")

    def _tell(self) -> None:
        unheard, self._unheard = self._unheard, []
        for answer, result in unheard:
            if isinstance(result, DomainError):
                answer.set_exception(result)
            else:
                answer.set_result(result)
