"""How does a node serve until it is told to stop, or until it must not go on? uvicorn, one worker."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn

from api.app import create_app
from api.aside.db import AsideStore
from api.connection import Connection
from api.db import Operational
from api.direct import Fronted
from api.documents.db import DocumentStore
from api.edge import security_headers
from api.files import Kept
from api.keeper import Keeper
from api.lan import listens_at
from api.node import Node
from api.settings import Settings
from trace.queries import list_nouns

EXAMPLES = 5


def addresses(node: Node) -> Iterator[tuple[str, str]]:
    """What to open: the start page, and the pages of a demonstration's newest batches."""
    yield "cli.open_home", node.settings.public_url + "/"
    if node.genesis.purpose != "demonstration":
        return
    with node.reading() as reads:
        rows = list_nouns(reads.connection, "batch", -1, 200)
    for row in rows[-EXAMPLES:]:
        if row["code"]:
            yield "cli.open_scan", f"{node.settings.public_url}/t/{row['code']}"
            yield "cli.open_label", f"{node.settings.public_url}/t/{row['code']}/label"


class _Server(uvicorn.Server):
    """uvicorn, but a signal that asked for an end is not raised again: it would kill the process before the log closes."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def take_port(host: str, port: int) -> socket.socket:
    """Bind the port before anything is opened: who finds it busy leaves nothing behind. Raises OSError."""
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # or a restart would wait for old connections
        taken.bind((host, port))
    except OSError:
        taken.close()
        raise
    return taken


def take_ports(settings: Settings) -> list[socket.socket]:
    """`take_port` for each address that the settings ask for: all or none."""
    taken: list[socket.socket] = []
    try:
        for host in listens_at(settings):
            taken.append(take_port(host, settings.port))
    except OSError:
        for one in taken:
            one.close()
        raise
    return taken


def server_config(app: Fronted, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the app of a node."""
    # uvicorn calls it as it would call a class of connections.
    connection: Any = partial(Connection, security=security_headers(settings), short_way=app.short_way)
    return uvicorn.Config(
        app,
        http=connection,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=10,
    )


def serve(node: Node, ports: list[socket.socket]) -> int:
    """Serve; 0 after SIGTERM or SIGINT, 1 where the log stopped itself (an outcome that only a restart can tell)."""
    operational = Operational(node.settings.operational)
    store = DocumentStore(operational, Kept(node.settings.documents))
    server = _Server(
        server_config(create_app(node, operational, keeper=Keeper(node, store, AsideStore(operational))), node.settings)
    )
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        server.should_exit = True

    node.log.on_stop = stop
    try:
        server.run(sockets=ports)
    finally:
        node.close()
    return 1 if stopped else 0
