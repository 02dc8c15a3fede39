"""A loopback server for browser tests: pages, static files and one bundle, with the headers of the real site."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from api.pages.assets import load_assets

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass
class Site:
    """What the server answers with; a test changes it between visits."""

    render: Callable[[str, str, str], str]
    bundle: bytes | None
    address: str = ""
    requests: list[str] = field(default_factory=list)


@contextmanager
def serve(site: Site) -> Iterator[Site]:
    """Answers on a free loopback port until the block ends. `render(path, lang, text_size)` gives a page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            site.requests.append(url.path)
            asset = (
                load_assets().assets.get("/".join(url.path.split("/")[3:])) if url.path.startswith("/static/") else None
            )
            if asset is not None:
                self._answer(200, asset.content_type, asset.gzipped, gzipped=True)
            elif url.path.endswith("/bundle") and site.bundle is not None:
                self._answer(200, "application/json", site.bundle)
            elif url.path.startswith("/t/"):
                query = parse_qs(url.query)
                page = site.render(url.path, query.get("lang", ["zh"])[0], query.get("text", ["standard"])[0])
                self._answer(200, "text/html; charset=utf-8", page.encode())
            else:
                self._answer(404, "text/plain", b"")

        def _answer(self, status: int, content_type: str, body: bytes, *, gzipped: bool = False) -> None:
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-security-policy", CSP)
            self.send_header("x-content-type-options", "nosniff")
            self.send_header("cache-control", "public, max-age=31536000, immutable" if gzipped else "no-cache")
            if gzipped:
                self.send_header("content-encoding", "gzip")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Quiet: a test prints what it asserts."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
