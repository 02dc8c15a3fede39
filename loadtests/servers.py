"""Which process answers a measurement? A node with the bench's bare answers beside it, or the plain app; one worker each."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn

from api.app import create_app
from api.db import Operational
from api.node import open_node
from api.serving import server_config, take_port
from api.settings import Settings, load_settings
from loadtests.plain_app import create_plain_app

START_SECONDS = 60.0
STOP_SECONDS = 30.0


def node_environment(folder: Path, port: int) -> dict[str, str]:
    """The variables of a node that keeps everything in `folder`."""
    return {
        "SUXIN_DATA_DIR": str(folder / "data"),
        "SUXIN_KEY_DIR": str(folder / "keys"),
        "SUXIN_GUARD_PATH": str(folder / "guard"),
        "SUXIN_PORT": str(port),
    }


def node_settings(folder: Path, port: int) -> Settings:
    return load_settings(node_environment(folder, port))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def started(port: int, *command: str, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """`python -m …` as a process of its own, from its open port to its orderly end. RuntimeError where it died before."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command], env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with code {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not open its port")


def _serve_node(folder: Path, port: int) -> None:
    """The product's own app and way of serving; `/hello` is the least that its framework can answer, behind the same edge."""
    node = open_node(node_settings(folder, port))
    app = create_app(node, Operational(node.settings.operational), on_close=node.close)

    @app.get("/hello")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    with suppress(KeyboardInterrupt):  # its orderly end, which uvicorn raises once more
        uvicorn.Server(server_config(app, node.settings)).run([take_port("127.0.0.1", port)])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("which", choices=["node", "plain"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    asked = parser.parse_args()
    if asked.which == "node":
        _serve_node(asked.folder, asked.port)
    else:
        app = create_plain_app(asked.folder / "plain.db")
        uvicorn.run(app, host="127.0.0.1", port=asked.port, access_log=False, server_header=False, log_level="warning")


if __name__ == "__main__":
    main()
