"""Which good facts enter the credit files today? Once a day, all parties in one group, in random order.

Nobody who sees the log can tell from its neighbours whose file grew: entries of credit files link to nothing, and stand
beside no public fact (docs/formats.md, "Chains").
"""

import secrets
from datetime import datetime
from typing import Any

from api.casework import FILE_RULE, own_statement
from api.node import Node
from api.recording import log_all
from credit.earning import facts_of
from credit.good_facts import DUE, good_facts
from credit.queries import know, parties_with_facts
from credit.wing import CREDIT
from trace.ledger.submission import Signed
from trace.legal_days import SHANGHAI
from trace.queries import find_parties
from trace.records import entry_of
from trace.state import Row, State

MOST_TOGETHER = 900
"""Statements of one group: what a submission takes, with room for the last party's whole file."""


async def enter_earned(node: Node, now: datetime) -> int:
    """Log every good record that is due by the end of the legal day before; how many files grew."""
    day = now.astimezone(SHANGHAI).date()
    with node.reading() as reads:
        connection = reads.connection
        ids = parties_with_facts(connection, DUE)
        state = State()
        for name in ("credit_file", "credit_record"):
            know(state, reads, name, "subject", ids)
        CREDIT.load_facts(state, reads, ids)
        parties = {row["id"]: row for row in find_parties(connection, ids)}
    found: list[list[Signed]] = []
    for id, party in parties.items():
        facts = facts_of(state, id)
        entered = [state.rows["credit_record", one] for one in state.ids_of("credit_record.subject", id)]
        if earned := good_facts(facts, entered, day):
            found.append(_growth(node, state, party, earned, facts.own))
    secrets.SystemRandom().shuffle(found)
    group: list[Signed] = []
    for one in found:
        if len(group) + len(one) > MOST_TOGETHER and group:
            await log_all(node, *group)
            group = []
        group += one
    if group:
        await log_all(node, *group)
    return len(found)


def _growth(
    node: Node, state: State, party: Row, earned: tuple[dict[str, Any], ...], own: tuple[Row, ...]
) -> list[Signed]:
    """The records of one file, behind its opening where it has none yet."""
    file = next(iter(state.ids_of("credit_file.subject", party["id"])), None)
    said: list[Signed] = []
    if file is None:
        file = node.recorder.new_chain()
        first = min(own, key=lambda row: int(row["index"]), default=None)
        payload = {
            "subject": party["id"],
            "rule": FILE_RULE,
            "region": party["region"],
            **({"first_fact": entry_of(first)} if first else {}),
        }
        said.append(own_statement(node, "credit_opened", payload, file))
    return [*said, *(own_statement(node, "record_entered", one, file) for one in earned)]
