"""By which links does whoever tries the demonstration come in: as a clerk, a grower, a laboratory, a market, an official?

On a live log an office hands these out one by one (`token`); here each person of the season has one from the start.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from api.auth.policy import Role
from api.auth.tokens import TOKEN_LIFE, new_token, sign_in_link, token_hash
from api.db import Operational
from api.demonstration.officials import Official
from api.season import Played

PEOPLE: tuple[tuple[str, Role], ...] = (
    ("谯城区芍里中药材种植专业合作社（示例）", "member"),
    ("谷满仓（示例）", "member"),
    ("谯城区禾田家庭农场（示例）", "member"),
    ("亳州溯源检验检测中心（示例）", "laboratory"),
    ("亳州谯东农产品批发市场有限公司（示例）", "member"),
)
"""Parties of the season by name, and what an account of theirs may do."""

OFFICIALS = 2
"""As many as a hold takes to be lifted."""


@dataclass(frozen=True)
class Door:
    """Whose it is, and the link that opens it."""

    name: str
    link: str


def open_doors(
    operational: Operational, played: Played, officials: tuple[Official, ...], public_url: str
) -> Iterator[Door]:
    """A sign-in link for each; people who are not in the season have none."""
    for name, role in PEOPLE:
        if name in played.parties:
            yield _door(operational, name, role, played.parties[name], None, public_url)
    for one in officials[:OFFICIALS]:
        yield _door(operational, one.name, "official", one.party, one.region, public_url)


def _door(operational: Operational, name: str, role: Role, party: str, region: str | None, public_url: str) -> Door:
    token = new_token(os.urandom)
    operational.add_token(token_hash(token), role, party, region, operational.clock() + TOKEN_LIFE[role])
    return Door(name, sign_in_link(public_url, token))
