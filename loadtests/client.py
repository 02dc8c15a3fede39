"""How many of these requests does a server answer in this time? A cheap client in a process of its own.

Bare sockets and epoll: an HTTP library costs more than the request that it is to measure, and an event loop more than twice
as much as this. It sends the requests that came on its standard input, each once or (`--repeat`) round and round, until the
time is over or none is left, and prints one line of JSON.
"""

import argparse
import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

CONNECT_SECONDS = 10.0  # and for each answer
READ_BYTES = 65_536


@dataclass(frozen=True)
class Load:
    """What one run of the client found. `sent` requests were taken from the list; `bad` answers were not 2xx."""

    seconds: float
    sent: int
    bad: int
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return (self.sent - self.bad) / self.seconds


def request_bytes(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A whole request of HTTP/1.1."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def measure(port: int, requests: Sequence[bytes], connections: int, seconds: float, *, repeat: bool = False) -> Load:
    """Run the client against a server of this machine. RuntimeError where it lost a connection."""
    command = [sys.executable, "-m", "loadtests.client", str(port), str(connections), str(seconds)]
    framed = b"".join(len(one).to_bytes(4) + one for one in requests)
    done = subprocess.run(
        [*command, *(["--repeat"] if repeat else [])],
        input=framed,
        capture_output=True,
        timeout=seconds + 60,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return Load(**json.loads(done.stdout))


class _Line:
    """One connection: a request, its answer, the next request, until the time is over."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._waiting, self._started = b"", 0.0

    def send_next(self, run: "_Run") -> bool:
        """Whether there was anything left to send."""
        self._started = time.perf_counter()
        request = run.next_request(self._started)
        if request is not None:
            self.socket.sendall(request)
        return request is not None

    def receive(self, run: "_Run") -> bool:
        """Take what has come; whether the answer is whole. RuntimeError where nothing will come any more."""
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise RuntimeError("the server closed a connection")
        self._waiting += data
        end = self._waiting.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self._waiting[:end].lower()
        at = head.find(b"\r\ncontent-length:")
        length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._waiting) < end + 4 + length:
            return False
        run.answered(head[9:10] == b"2", time.perf_counter() - self._started)
        self._waiting = self._waiting[end + 4 + length :]
        return True


class _Run:
    def __init__(self, requests: Sequence[bytes], ends: float, repeat: bool) -> None:
        self._requests: Iterator[bytes] = cycle(requests) if repeat else iter(requests)
        self._ends = ends
        self.sent = self.bad = 0
        self.took: list[float] = []

    def next_request(self, now: float) -> bytes | None:
        if now >= self._ends:
            return None
        request = next(self._requests, None)
        self.sent += request is not None
        return request

    def answered(self, is_good: bool, took: float) -> None:
        self.bad += not is_good
        self.took.append(took)


def _run(port: int, connections: int, seconds: float, requests: Sequence[bytes], repeat: bool) -> Load:
    lines = {line.socket.fileno(): line for line in (_Line(port) for _ in range(connections))}
    began = time.perf_counter()
    run = _Run(requests, began + seconds, repeat)
    with select.epoll() as waiting:
        for number, line in lines.items():
            if line.send_next(run):
                waiting.register(number, select.EPOLLIN)
        underway = run.sent
        while underway:
            for number, _ in waiting.poll():
                if lines[number].receive(run) and not lines[number].send_next(run):
                    underway -= 1
    took = sorted(run.took)
    return Load(
        seconds=time.perf_counter() - began,
        sent=run.sent,
        bad=run.bad,
        p50_ms=took[len(took) // 2] * 1e3,
        p99_ms=took[len(took) * 99 // 100] * 1e3,
    )


def _framed(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        found.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--repeat", action="store_true")
    asked = parser.parse_args()
    requests = _framed(sys.stdin.buffer.read())
    load = _run(asked.port, asked.connections, asked.seconds, requests, asked.repeat)
    print(json.dumps(load.__dict__))


if __name__ == "__main__":
    main()
