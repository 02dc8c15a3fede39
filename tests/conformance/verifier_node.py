"""How does a test ask the page's verifier? Node runs the very files that are served."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.pages.assets import load_assets

VECTORS = Path(__file__).parent / "vectors"
PORT = Path(__file__).parent / "verifier_port.mjs"
EXAMPLE: dict[str, Any] = json.loads((VECTORS / "worked-example.json").read_text("utf-8"))
VKEY: str = EXAMPLE["keys"]["log"]["vkey"]
FRAGMENT: str = EXAMPLE["label_url"].split("#")[1]
ENGINES = ("native", "noble")
TIMEOUT_SECONDS = 120

Ask = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


def verifier(engine: str, folder: Path) -> Ask:
    """A function that answers a list of cases in order. Writes the static files into `folder` as they are served."""
    (folder / "package.json").write_text('{"type": "module"}')
    for asset in load_assets().assets.values():
        (folder / asset.name).parent.mkdir(exist_ok=True)
        (folder / asset.name).write_bytes(asset.body)
    node = shutil.which("node") or "node"

    def answer(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lines = "".join(json.dumps({"id": n, **case}) + "\n" for n, case in enumerate(cases))
        run = subprocess.run(
            [node, "--no-warnings", PORT, folder / "verify.js", engine],
            input=lines,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
        assert run.returncode == 0, run.stderr
        return [json.loads(line) for line in run.stdout.splitlines()]

    return answer


def bundle_case(bundle: object, fragment: str | None = FRAGMENT, vkeys: tuple[str, ...] = (VKEY,)) -> dict[str, Any]:
    data = bundle if isinstance(bundle, bytes) else json.dumps(bundle, ensure_ascii=False).encode()
    return {"port": "bundle", "bundle": base64.b64encode(data).decode(), "fragment": fragment, "vkeys": list(vkeys)}
