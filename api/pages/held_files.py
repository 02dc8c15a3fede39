"""May this reader open a file that a record names? A statement holds a hash alone: the bytes can lie elsewhere, or nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fastapi import Request
from markupsafe import Markup

from api.auth.policy import Caller, may
from api.files import Files, KeptFile
from api.pages.forms.answers import SHOWN_HEX, Answer
from api.pages.scan_words import Words
from trace.ledger.store import Reads
from trace.queries import find_parties


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files of this node before one reader."""

    files: Files
    caller: Caller

    def find(self, reads: Reads, sha256: str) -> KeptFile | None:
        """A file that this reader may read; None where the bytes are not here, and where they are not this reader's."""
        return self.files.find(sha256) if self.opens(reads, sha256) else None

    def opens(self, reads: Reads, sha256: str) -> bool:
        """Whether `/m/files/{sha256}` answers this reader."""
        owners = find_parties(reads.connection, self.files.owners(sha256)) if self.files.holds(sha256) else []
        return any(may(self.caller, "files.read", party=one["id"], region=one["region"]) for one in owners)

    def href(self, reads: Reads, sha256: str) -> str:
        """Where this reader opens a file; "" where it does not."""
        return f"/m/files/{sha256}" if self.opens(reads, sha256) else ""

    def named(self, sha256: str, told: Markup, words: Words) -> Markup:
        """A file as it is called; where its bytes are not here, with the beginning of its hash, and that it is not kept."""
        if self.files.holds(sha256):
            return told
        code = Markup('<code class="code small">{}…</code>').format(sha256[:SHOWN_HEX])
        return _with_note(Markup("{} {}").format(told, code), words.html("member.file_not_kept"))

    def linked(self, reads: Reads, sha256: str, told: Markup, words: Words) -> Markup:
        """The same, and behind it the link that opens the file, for whom it opens."""
        named, href = self.named(sha256, told, words), self.href(reads, sha256)
        return Markup('{} <a href="{}" download>{}</a>').format(named, href, words.html("case.file")) if href else named

    def answers(self, reads: Reads, told: Iterable[Answer], words: Words) -> tuple[Answer, ...]:
        """Answers whose files this reader can open; of the others the hash stands there, and that they are not kept here."""
        return tuple(self._answer(reads, one, words) if one.files else one for one in told)

    def _answer(self, reads: Reads, answer: Answer, words: Words) -> Answer:
        opened = tuple(one for one in answer.files if self.opens(reads, one))
        missing = sum(not self.files.holds(one) for one in answer.files)
        if not missing:
            return replace(answer, files=opened)
        is_one = len(answer.files) == 1
        note = words.html("member.file_not_kept") if is_one else words.html("member.files_not_kept", n=missing)
        return replace(answer, text=_with_note(answer.text, note), files=opened)


def shelf_of(request: Request, caller: Caller) -> Shelf:
    """The files of the node that answers, before this caller."""
    files: Files = request.app.state.files
    return Shelf(files, caller)


def _with_note(told: Markup, note: Markup) -> Markup:
    return Markup('{} <span class="small">{}</span>').format(told, note)
