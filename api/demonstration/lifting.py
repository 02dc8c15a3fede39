"""Who frees the batch whose second test was clean? Two demonstration officials, each by an own key, as on a live log."""

from datetime import datetime

from api.compose import received_statement
from api.demonstration.officials import Official
from api.keyfiles import load_key
from api.node import Node
from api.season import Interlude, Played
from trace.holds import entry_named
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import sign_document
from trace.ledger.submission import Submission
from trace.legal_days import SHANGHAI
from trace.queries import open_holds

BATCH = "2026 复检批"
LIFTED_AT = datetime(2026, 10, 28, 10, 0, tzinfo=SHANGHAI)
REASON = "挑选后复检合格，报告 SL-2026-10261"


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
        holds = open_holds(reads.connection, [batch])
    for hold in holds:
        payload = {"hold": entry_named(hold), "ground": "officials", "reason_text": REASON}
        fields, _ = recorder.draft("hold_released", payload, chain=batch, actor=actor, id=recorder.new_id())
        fields["proof"] = [sign_document(fields, key, recorder.created()) for key in keys]
        node.log.submit(Submission((received_statement(fields, []),))).result()
