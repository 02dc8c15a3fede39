"""What does a correction change? The record that it means, what stood there and what will, why, and on which papers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from api.pages.forms.answers import Answer, answers, time_words
from api.pages.forms.choices import Choices
from api.pages.own_records import current_payload
from api.pages.queries import find_record_by_id
from api.pages.scan_words import Words
from api.waiting import Unlogged
from trace.events import KINDS
from trace.ledger.canonical import decode_value
from trace.ledger.store import Reads
from trace.payload import shown_payload
from trace.records import record_id
from trace.state import Row


def correction_answers(
    reads: Reads, waiting: Unlogged, choices: Choices, words: Words, *, opens: bool
) -> tuple[Answer, ...]:
    """Field by field, before and after. `opens`: the reader's own words, so that private fields of before are read too."""
    (sealed,) = reads.known([str(waiting.fields["corrects"])]).values()
    row = find_record_by_id(reads.connection, record_id(sealed.chain, sealed.seq))
    return tuple(_answers(reads, row, waiting, choices, words, opens)) if row else ()


def _answers(
    reads: Reads, row: Row, waiting: Unlogged, choices: Choices, words: Words, opens: bool
) -> Iterator[Answer]:
    kind, said = KINDS[row["kind"]], waiting.opened
    title = words.html("lineage.record_of", kind=words.word("kind", kind.name), n=row["index"])
    yield Answer(words.html("lineage.corrected"), title, "")
    before = {one.term: one for one in answers(kind, _before(reads, row, opens), choices, words)}
    restated = said.get("restated")
    if restated is None:
        yield Answer(words.html("lineage.becomes"), words.html("member.fate.did_not_occur"), "")
        yield from before.values()
    else:
        was, becomes = (time_words(one, words) for one in (row["occurred_at"], restated["occurred_at"]))
        yield Answer(words.html("forms.occurred"), _change(was, becomes, words), "")
        after = {one.term: one for one in answers(kind, restated["payload"], choices, words)}
        for term, one in after.items():
            text = _change(before[term].text, one.text, words) if term in before else one.text
            yield Answer(term, text, "", one.files)
        for term in (one for one in before if one not in after):
            yield Answer(term, words.html("lineage.removed", before=before[term].text), "")
    yield Answer(words.html("forms.reason"), words.quoted(waiting.fields["reason"]), "")
    papers = {name: value for name, value in said.items() if name == "evidence"}
    yield from answers(waiting.kind, papers, choices, words)


def _before(reads: Reads, row: Row, opens: bool) -> Mapping[str, Any]:
    if opens:
        return current_payload(reads, row)
    closed: Any = decode_value(row["payload"].encode())
    return shown_payload(KINDS[row["kind"]], closed, {})


def _change(before: Markup, after: Markup, words: Words) -> Markup:
    return after if before == after else words.html("lineage.changed", before=before, after=after)
