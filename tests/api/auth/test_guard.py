"""What the door of a route says to each kind of visitor."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, cast

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from api.app import create_app
from api.auth.guard import action_of, actions_of, allow, allow_page
from api.auth.policy import POLICY, Caller
from api.auth.tokens import new_token, token_hash
from api.db import Operational, metadata
from api.node import Node
from api.offers.turns import Turns
from api.problems import install
from api.settings import load_settings
from trace.ledger.sqlite import operational_engine

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
MISTYPED = "sx_0000000000000000000000000000000000000000000" + "4JAc9C"
UNKNOWN = "sx_0000000000000000000000000000000000000000000" + "4JAc9B"


@dataclass
class Clock:
    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Site:
    """Three routes behind guards, and the tokens of ops.db."""

    operational: Operational
    clock: Clock
    app: FastAPI
    client: TestClient = field(init=False)
    made: int = 0

    def __post_init__(self) -> None:
        self.client = TestClient(self.app)

    def token(self, role: str, party: str | None = None, region: str | None = None, days: int = 30) -> str:
        self.made += 1
        token = new_token(lambda size: self.made.to_bytes(size))
        self.operational.add_token(token_hash(token), role, party, region, NOW + timedelta(days=days))
        return token

    def ask(self, path: str, authorization: str | None) -> tuple[int, Any]:
        headers = {} if authorization is None else {"Authorization": authorization}
        response = self.client.get(path, headers=headers)
        body = response.json()
        return response.status_code, body.get("code", body)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    path = tmp_path / "ops.db"
    metadata.create_all(operational_engine(path))
    clock = Clock()
    app = FastAPI()

    @app.get("/open")
    async def read_open(caller: Annotated[Caller, allow("public.read")]) -> Response:
        return JSONResponse({"role": caller.role, "party": caller.party, "region": caller.region})

    @app.get("/list")
    async def read_list(caller: Annotated[Caller, allow("batches.list")]) -> Response:
        return JSONResponse({"role": caller.role})

    @app.get("/parties")
    async def register(caller: Annotated[Caller, allow("parties.create")]) -> Response:
        return JSONResponse({"account": caller.account})

    app.state.operational = Operational(path, clock)
    install(app)
    return Site(app.state.operational, clock, app)


def test_without_a_token_the_public_comes_in_as_anyone(site: Site) -> None:
    assert site.ask("/open", None) == (200, {"role": "anyone", "party": None, "region": None})


def test_without_a_token_a_route_that_needs_one_says_so(site: Site) -> None:
    assert site.ask("/parties", None) == (401, "unauthenticated")


def test_a_list_lets_anyone_in_because_a_demonstration_may_answer(site: Site) -> None:
    assert site.ask("/list", None) == (200, {"role": "anyone"})


def test_a_token_tells_the_route_role_party_and_region(site: Site) -> None:
    member = site.token("member", party="coop-1234567890123456")
    official = site.token("official", region="341602")

    assert site.ask("/open", f"Bearer {member}")[1] == {
        "role": "member",
        "party": "coop-1234567890123456",
        "region": None,
    }
    assert site.ask("/open", f"Bearer {official}")[1] == {"role": "official", "party": None, "region": "341602"}


def test_an_account_is_named_by_a_part_of_its_hash_and_its_sign_in(site: Site) -> None:
    official = site.token("official", region="341602")

    status, told = site.ask("/parties", f"Bearer {official}")

    assert status == 200
    assert told == {"account": f"token:{token_hash(official).hex()[:16]}"}
    assert official not in str(told)


@pytest.mark.parametrize("role", ["member", "laboratory", "auditor", "administrator"])
def test_a_role_that_never_may_is_sent_away_at_the_door(site: Site, role: str) -> None:
    token = site.token(role, party="coop-1234567890123456")

    assert site.ask("/parties", f"Bearer {token}") == (403, "scope-missing")


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {MISTYPED}",
        f"Bearer {UNKNOWN}",
        f"Bearer  {UNKNOWN}",
        f"Basic {UNKNOWN}",
        UNKNOWN,
        "Bearer ' OR 1=1--",
    ],
)
@pytest.mark.parametrize("path", ["/open", "/parties"])
def test_what_is_no_known_token_is_refused_everywhere(site: Site, path: str, sent: str) -> None:
    assert site.ask(path, sent) == (401, "token-invalid")


def test_the_scheme_is_read_without_case(site: Site) -> None:
    assert site.ask("/parties", f"bEARER {site.token('official', region='341602')}")[0] == 200


def test_two_tokens_are_none(site: Site) -> None:
    token = site.token("official", region="341602")

    response = site.client.get("/parties", headers=[("Authorization", f"Bearer {token}")] * 2)

    assert (response.status_code, response.json()["code"]) == (401, "token-invalid")


def test_a_mistyped_token_is_not_looked_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(site.operational, "find_token", asked.append)

    site.ask("/open", f"Bearer {MISTYPED}")
    site.ask("/open", f"Bearer {UNKNOWN}")

    assert asked == [token_hash(UNKNOWN)]


def test_a_token_ends_with_its_time(site: Site) -> None:
    token = site.token("official", region="341602", days=30)
    site.clock.at = NOW + timedelta(days=30, seconds=-1)
    before = site.ask("/parties", f"Bearer {token}")[0]

    site.clock.at = NOW + timedelta(days=30)

    assert before == 200
    assert site.ask("/parties", f"Bearer {token}") == (401, "token-invalid")


def test_a_revoked_token_is_refused_at_once(site: Site) -> None:
    token = site.token("official", region="341602")
    before = site.ask("/parties", f"Bearer {token}")[0]

    site.operational.revoke_token(token_hash(token))

    assert before == 200
    assert site.ask("/parties", f"Bearer {token}") == (401, "token-invalid")


def test_a_token_made_after_it_was_refused_is_taken(site: Site) -> None:
    before = site.ask("/open", f"Bearer {UNKNOWN}")[0]

    site.operational.add_token(token_hash(UNKNOWN), "auditor", None, None, NOW + timedelta(days=1))

    assert before == 401
    assert site.ask("/open", f"Bearer {UNKNOWN}")[0] == 200


def test_every_route_shows_its_action(site: Site) -> None:
    later = APIRouter()

    @later.post("/events")
    async def record(caller: Annotated[Caller, allow("events.create")]) -> Response:
        return Response()

    site.app.include_router(later, prefix="/api/v1")

    found = {route: action for route, action in actions_of(site.app).items() if action}

    assert found == {
        "GET /open": "public.read",
        "GET /list": "batches.list",
        "GET /parties": "parties.create",
        "POST /api/v1/events": "events.create",
    }


def test_a_route_without_policy_is_found(site: Site) -> None:
    @site.app.get("/forgotten")
    async def forgotten(request: Request) -> Response:
        return Response()

    assert actions_of(site.app)["GET /forgotten"] is None


def test_no_route_of_the_node_is_without_policy(site: Site) -> None:
    node = SimpleNamespace(settings=load_settings({}), turns=Turns(), genesis=SimpleNamespace(purpose="live"))

    actions = actions_of(create_app(cast(Node, node), site.operational))

    # FastAPI's own route: the description of the API is for everybody.
    without = {route for route, action in actions.items() if action is None}
    assert without == {"GET /api/v1/openapi.json", "HEAD /api/v1/openapi.json"}
    assert POLICY.keys() == {action for action in actions.values() if action is not None}


def test_an_action_behind_another_dependency_counts(site: Site) -> None:
    def who(caller: Annotated[Caller, allow("keys.change")]) -> str:
        return caller.account

    @site.app.get("/nested")
    async def nested(name: Annotated[str, Depends(who)]) -> Response:
        return Response()

    assert action_of(site.app.routes[-1]) == "keys.change"


def test_a_route_with_two_actions_is_a_mistake(site: Site) -> None:
    @site.app.get("/twice")
    async def twice(
        one: Annotated[Caller, allow("public.read")], two: Annotated[Caller, allow("keys.change")]
    ) -> Response:
        return Response()

    with pytest.raises(ValueError, match="one route, one action"):
        action_of(site.app.routes[-1])


@pytest.mark.parametrize("declare", [allow, allow_page])
def test_an_action_without_a_line_cannot_be_declared(declare: Callable[[str], object]) -> None:
    with pytest.raises(KeyError):
        declare("batches.destroy")


def test_a_page_shows_its_action_and_is_no_route_of_the_api(site: Site) -> None:
    @site.app.get("/page")
    async def page(caller: Annotated[Caller, allow_page("session.own")]) -> Response:
        return Response()

    assert actions_of(site.app)["GET /page"] == "session.own"
    assert "security" not in site.app.openapi()["paths"]["/page"]["get"]


def test_openapi_says_which_routes_need_a_token(site: Site) -> None:
    document = site.app.openapi()

    secured = {path: "security" in one["get"] for path, one in document["paths"].items()}
    assert secured == {"/open": False, "/list": False, "/parties": True}
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
