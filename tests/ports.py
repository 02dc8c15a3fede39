"""Which port may a node of a test listen on? One that nobody else on this machine gets meanwhile.

A port that the kernel gave to a probe may be given again, to the next probe or to any outgoing connection, before the
node takes it. These are below the kernel's own range, in blocks: a block is one process's own until that ends.
"""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import IO

PORTS = range(20_000, 32_000)
"""Below 32768, where Linux begins to give ports to outgoing connections, and none that a browser refuses."""
BLOCK = 200

_claims: list[IO[str]] = []


def free_port() -> int:
    """A port that nothing listens on, and that comes again only after all others of the block."""
    mine = _block()
    for _ in range(BLOCK):
        port = next(mine)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue  # something that is no test of ours
        return port
    raise OSError("every port of the block is taken")


@cache
def _block() -> Iterator[int]:
    folder = Path(tempfile.gettempdir()) / f"suxin-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for first in PORTS[::BLOCK]:
        claim = (folder / str(first)).open("w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            claim.close()
            continue
        _claims.append(claim)  # the kernel lets go of it when this process ends, however it ends
        return cycle(range(first, first + BLOCK))
    raise OSError("every block of ports is taken")
