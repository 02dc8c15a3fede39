"""By which links does whoever tries the demonstration come in: as a clerk, a grower, a laboratory, a market, an official?

On a live log an office hands these out one by one (`token`); here each person of the season has one from the start, and a
new one whenever the demonstration is started again: whoever has lost the first must not be locked out.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from api.auth.policy import Role
from api.auth.tokens import TOKEN_LIFE, new_token, sign_in_link, token_hash
from api.db import Operational
from api.demonstration.officials import OFFICIALS
from api.pages.own_records import own_record
from trace.ledger.store import Reads
from trace.queries import list_nouns

PEOPLE: Mapping[str, Role] = {
    "谯城区芍里中药材种植专业合作社（示例）": "member",
    "谷满仓（示例）": "member",
    "谯城区禾田家庭农场（示例）": "member",
    "谯城区青苗家庭农场（示例）": "member",
    "亳州溯源检验检测中心（示例）": "laboratory",
    "亳州谯东农产品批发市场有限公司（示例）": "member",
    **dict.fromkeys((name for name, _ in OFFICIALS[:2]), "official"),
}
"""Parties of the season by name, and what an account of theirs may do; of the officials as many as it takes to lift a
hold."""

LOOKED_AT = 100
"""Everybody of the season is among the first parties of its log."""


@dataclass(frozen=True)
class Door:
    """Whose it is, and the link that opens it."""

    name: str
    link: str


def open_doors(operational: Operational, reads: Reads, public_url: str) -> Iterator[Door]:
    """A new sign-in link for each, in the order of `PEOPLE`; whoever is not in the log has none."""
    found = dict(_named(reads))
    for name, role in PEOPLE.items():
        if name in found:
            party, region = found[name]
            token = new_token(os.urandom)
            expires = operational.clock() + TOKEN_LIFE[role]
            operational.add_token(token_hash(token), role, party, region if role == "official" else None, expires)
            yield Door(name, sign_in_link(public_url, token))


def _named(reads: Reads) -> Iterator[tuple[str, tuple[str, str]]]:
    """Name, id and region of each party; a person's name is opened, for here nobody is real."""
    for row in reversed(list_nouns(reads.connection, "party", -1, LOOKED_AT)):
        name = row["name"] or own_record(reads, reads.chain_rows(row["id"])[0]).payload.get("name")
        if name:
            yield str(name), (row["id"], row["region"])
