"""A browser as a node sees it: it keeps its cookie, says where a form comes from, and sends the form's token back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from httpx2 import Response
from starlette.testclient import TestClient

from tests.api.app_parts import World

ORIGIN = "http://testserver"
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

Fields = Mapping[str, str | Sequence[str]]
Files = Mapping[str, tuple[str, bytes, str]]


@dataclass
class Browser:
    """One visitor of pages. `cookie` is the session's, once there is one."""

    world: World
    origin: str | None = ORIGIN
    lang: str = "zh-CN"
    cookie: str | None = None
    form_token: str = field(default="", repr=False)

    @property
    def client(self) -> TestClient:
        return self.world.client

    def get(self, path: str, **headers: str) -> Response:
        """A page; the token of its forms is kept."""
        return self._seen(self.client.get(path, headers=self._headers() | headers, follow_redirects=False))

    def post(self, path: str, fields: Fields, files: Files | None = None, **headers: str) -> Response:
        """A form with the token of the page seen last, unless `fields` say another."""
        sent = {"form_token": self.form_token, **fields}
        told = {"Origin": self.origin} if self.origin else {}
        answer = self.client.post(
            path, data=sent, files=files, headers=self._headers() | told | headers, follow_redirects=False
        )
        return self._seen(answer)

    def sign_in(self, who: str, wanted: str = "") -> Response:
        """With the token that the world has under this name; then the page that it leads to has been seen."""
        answer = self.post("/in", {"token": self.world.tokens[who], "next": wanted})
        assert answer.status_code == 303, answer.text
        self.get("/m/me")
        return answer

    def _headers(self) -> dict[str, str]:
        cookie = {"Cookie": f"sx={self.cookie}"} if self.cookie else {}
        return {"Accept": HTML, "Accept-Language": self.lang, **cookie}

    def _seen(self, answer: Response) -> Response:
        self.client.cookies.clear()  # this browser's own jar is `cookie`: many browsers share the client
        for sent in answer.headers.get_list("set-cookie"):
            if found := re.match(r'sx=("?)([^";]*)\1;', sent):
                self.cookie = found[2] or None
        if found := re.search(r'name="form_token" value="([^"]+)"', answer.text):
            self.form_token = found[1]
        return answer


def signed_in(world: World, who: str, lang: str = "zh-CN") -> Browser:
    """A browser of somebody whom `populate` gave a token."""
    browser = Browser(world, lang=lang)
    browser.sign_in(who)
    return browser
