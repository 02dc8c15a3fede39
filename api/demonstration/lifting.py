"""Who frees the batches whose second test was clean? Two demonstration officials, each by an own key, as on a live log.

One hold is lifted within the season. For another the first of them has asked and signed, and the second signature is for
whoever tries the demonstration: by what the lifting of a hold sets free, control is seen to be real.
"""

from datetime import datetime

from api.compose import received_statement
from api.demonstration.officials import RECORDED_BY, Official
from api.keyfiles import load_key
from api.node import Node
from api.pages.desk_evidence import evidence_for
from api.season import Interlude, Played
from api.waiting.db import WaitingRoom
from api.waiting.signing import Asked, ask
from trace.holds import entry_named
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import sign_document
from trace.ledger.submission import Submission
from trace.legal_days import SHANGHAI
from trace.queries import open_holds

BATCH = "2026 复检批"
LIFTED_AT = datetime(2026, 10, 28, 10, 0, tzinfo=SHANGHAI)
REASON = "挑选后复检合格，报告 SL-2026-10261"


HELD_BATCH = "2026 东岗田间批"
REASON_ASKED = "留样送检没有检出戊唑醇，报告 SL-2026-11131"


def lifting(node: Node, officials: tuple[Official, ...]) -> Interlude:
    """Between the clean report and the dispatch. Does nothing in a season without this batch."""
    first, second = officials[:2]

    def lift(played: Played) -> None:
        if BATCH in played.batches:
            _lift(node, played.batches[BATCH], first.party, [load_key(one.key_file) for one in (first, second)])

    return Interlude(LIFTED_AT, lift)


def _lift(node: Node, batch: str, actor: str, keys: list[PrivateKey]) -> None:
    recorder = node.recorder
    with node.reading() as reads:
        holds = [(hold, evidence_for(reads, hold).ticked) for hold in open_holds(reads.connection, [batch])]
    for hold, evidence in holds:
        payload = {
            "hold": entry_named(hold),
            "ground": "officials",
            "reason_text": REASON,
            "evidence": evidence,
        }
        fields, _ = recorder.draft("hold_released", payload, chain=batch, actor=actor, id=recorder.new_id())
        fields["proof"] = [sign_document(fields, key, recorder.created()) for key in keys]
        node.log.submit(Submission((received_statement(fields, []),))).result()


async def ask_for_release(node: Node, room: WaitingRoom, played: Played, officials: tuple[Official, ...]) -> None:
    """By the first official, who signs. Does nothing in a season without this batch, or where nothing holds it."""
    batch, first = played.batches.get(HELD_BATCH, ""), officials[0]
    with node.reading() as reads:
        holds = [(hold, evidence_for(reads, hold).ticked) for hold in open_holds(reads.connection, [batch])]
    for hold, evidence in holds:
        payload = {
            "hold": entry_named(hold),
            "ground": "officials",
            "reason_text": REASON_ASKED,
            "evidence": evidence,
        }
        asked = Asked("hold_released", payload, batch, first.party, (first.region,))
        made = await ask(node, room, asked, asked_by=first.party, account=RECORDED_BY)
        room.add_proof(made.id, sign_document(made.fields, load_key(first.key_file), node.recorder.created()))
