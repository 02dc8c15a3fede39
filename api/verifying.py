"""Where are incoming statements read and checked? A few in threads here; a crowd in a process beside the one that serves.

That process starts when the first crowd comes. Whatever arrived while it was busy goes over in one piece. It dies with
its parent, keeps nothing, and is missed by nobody: before it is there, and should it fail, the same function runs here.
"""

import asyncio
import pickle
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable

from api.incoming import FRAME_BYTES, Answer, Incoming, answer_of, framed, opened

A_CROWD = 4  # bodies at one time
MOST_AT_ONCE = 16  # bodies in one piece: others wait for the whole of it
PIECES_UNDERWAY = 2  # the next piece lies ready when one is done


Listener = Callable[[Answer], None]

# Not `-m`: the classes that come back must be those of `api.incoming`, and not of `__main__`.
_PROGRAM = "from api.incoming import main; main()"


def _start_process(line: socket.socket) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", _PROGRAM], stdin=line.fileno(), stdout=subprocess.DEVNULL)


class Verifier:
    """Reads and checks bodies for one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[bytes, Listener]] = deque()
        self._underway: deque[list[tuple[bytes, Listener]]] = deque()
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[None] | None = None
        self._in_threads = 0

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.to_thread(_start_process, theirs)
        reader, self._writer = await asyncio.open_connection(sock=ours)
        self._reading = asyncio.create_task(self._take_answers(reader))

    async def read(self, body: bytes) -> Incoming:
        """The statements of a body. Raises what `read_incoming` raises."""
        if self._writer is None:
            return opened(await self._read_here(body))
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.offer(body, lambda found: None if answer.done() else answer.set_result(found))  # who gave up hears nothing
        return opened(await answer)

    def offer(self, body: bytes, listener: Listener) -> bool:
        """Have the process read a body, if there is one; then `listener` hears of it in the loop, once."""
        if self._writer is None:
            return False
        self._waiting.append((body, listener))
        self._send()
        return True

    async def _read_here(self, body: bytes) -> Answer:
        self._in_threads += 1
        if self._in_threads >= A_CROWD and self._starting is None:
            self._starting = asyncio.create_task(self._start())
        try:
            return await asyncio.to_thread(answer_of, body)
        finally:
            self._in_threads -= 1

    async def stop(self) -> None:
        """End the process, if there is one. What it has not answered is checked here."""
        if self._starting is not None:
            await self._starting
        if self._writer is not None:
            self._writer.close()
        if self._reading is not None and self._process is not None:
            await self._reading
            await asyncio.to_thread(self._process.wait)

    def _send(self) -> None:
        while self._writer is not None and self._waiting and len(self._underway) < PIECES_UNDERWAY:
            piece = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
            self._underway.append(piece)
            self._writer.write(framed([body for body, _ in piece]))

    async def _take_answers(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(FRAME_BYTES))
                answers: list[Answer] = pickle.loads(await reader.readexactly(size))  # noqa: S301  from our own child
                for (_, listener), answer in zip(self._underway.popleft(), answers, strict=True):
                    listener(answer)
                self._send()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        left = [one for piece in (*self._underway, self._waiting) for one in piece]
        self._underway.clear()
        self._waiting.clear()
        for body, listener in left:
            listener(await asyncio.to_thread(answer_of, body))
