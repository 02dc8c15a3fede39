"""Which photo or paper does a party add to its answer? Kept like every file that it sends; its hash stands in the answer.

The party reads it again and so does the office of its region, nobody else; the log holds the hash of the answer alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping

from markupsafe import Markup

from api.catalogue import say
from api.documents.db import Prepared
from api.files import MAX_FILE_BYTES, Files
from api.form_body import Form
from api.pages.forms.answers import SHOWN_HEX, Answer
from api.pages.forms.questions import Question, element_id
from api.pages.forms.views import Link
from api.pages.held_files import Shelf
from api.pages.scan_words import Words
from trace.ledger.errors import DomainError, FieldFault, TooLarge
from trace.ledger.store import Reads

ENCLOSURE = "enclosure"
"""The control with the hash of a file that was kept already, and the part of a form that it fills."""
UPLOADS: Mapping[str, int] = {f"{ENCLOSURE}.file": MAX_FILE_BYTES}

PROVES: Mapping[str, str] = {
    "D-DEFENCE": "evidence_hashes",
    "D-RETEST-REQ": "reason",
    "D-REPAIR-APP": "duties_done_proof",
    "D-REMOVE-APP": "duties_done_proof",
}
"""Papers of a party to which it can add a file, each with the field that names it (documents.csv). A field in which the party
writes as well keeps its words and names the file below them."""

PROOF = "duties_done_proof"
"""A field that a file fills alone; a reason is still the party's to say."""

_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def takes_a_file(codes: Iterable[str]) -> bool:
    """Whether one of these papers can name a file."""
    return not PROVES.keys().isdisjoint(codes)


async def kept_enclosure(form: Form, files: Files, party: str) -> tuple[str, tuple[FieldFault, ...]]:
    """The hash of the file that belongs to a form, "" without one: the one that was chosen now, else the one that the party
    sent before. One that cannot be taken is a fault, and what was sent before stays."""
    upload, before = form.file(f"{ENCLOSURE}.file"), form.get(ENCLOSURE)
    try:
        if upload is not None:
            if upload.is_cut:
                raise TooLarge("file-too-large")
            return await asyncio.to_thread(files.keep, upload.data, party), ()
    except DomainError as error:
        return _own(before, files, party), (_fault(error.code),)
    own = _own(before, files, party)
    return own, (_fault("bad-reference"),) if before and not own else ()


def _own(sha256: str, files: Files, party: str) -> str:
    """Nobody names another's file, nor one that is not here."""
    return sha256 if files.holds(sha256) and party in files.owners(sha256) else ""


def _fault(code: str) -> FieldFault:
    return FieldFault(f"/values/{ENCLOSURE}", code)


def with_enclosure(values: Mapping[str, str], codes: Iterable[str], sha256: str) -> dict[str, str]:
    """What stands in these papers once the file is named in them, in Chinese as they are; unchanged without a file."""
    found = dict(values)
    for name in {PROVES[code] for code in codes if code in PROVES} if sha256 else ():
        written = "" if name == "evidence_hashes" else found.get(name, "")
        if sha256 not in written:
            named = say("notice.enclosed", "zh", sha256=sha256)
            found[name] = f"{written}\n{named}" if written else named
    return found


def enclosure_question(sha256: str, error: Markup, words: Words) -> Question:
    """The control: the file that is kept, which can be left out again, and the choice of another."""
    return Question(
        name=ENCLOSURE,
        control="files",
        label=words.html("notice.enclosure"),
        hint=words.html("notice.enclosure_hint"),
        tags=(words.html("forms.optional"),),
        texts=(sha256,) if sha256 else (),
        error=error,
    )


def enclosure_answer(sha256: str, words: Words) -> Answer:
    """The line of the page to check."""
    told = Markup('{} <code class="code">{}…</code>').format(words.html("forms.file_kept"), sha256[:SHOWN_HEX])
    return Answer(words.html("notice.enclosure"), told, element_id(ENCLOSURE))


def enclosure_links(shelf: Shelf, reads: Reads, paper: Prepared | None, words: Words) -> Iterator[Link]:
    """The files that a paper names and its party sent, each to be opened by whoever may."""
    name = PROVES.get(paper.code, "") if paper is not None else ""
    if paper is None or not name:
        return
    for sha256 in dict.fromkeys(_HASH.findall(paper.values.get(name, ""))):
        if _own(sha256, shelf.files, paper.subject):
            told = Markup('{} <code class="code small">{}…</code>').format(
                words.html("notice.enclosure_line"), sha256[:SHOWN_HEX]
            )
            yield Link(shelf.href(reads, sha256), told)
