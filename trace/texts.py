"""May this text be taken as somebody wrote it? (pure)

Markup, formulas and rare characters are taken and escaped where they are shown; what is refused here cannot be shown
safely (it reorders or hides what stands beside it), or says nothing.
"""

import re

MAX_CHARACTERS = 200
MAX_NOTE_CHARACTERS = 500
MAX_OUTLINE_CHARACTERS = 20_000

_FORBIDDEN_RANGES = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: end lines, move cursors
    "\u2028\u2029"  # line and paragraph separators: end a line in scripts
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi controls: 12 shown as 21
    "\u00ad\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u3164\uffa0\ufeff"  # zero width: names that look alike
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations and tags: text that nobody sees
)
_FORBIDDEN = re.compile(f"[{_FORBIDDEN_RANGES}]")
_FORBIDDEN_IN_LINES = re.compile(f"(?!\n)[{_FORBIDDEN_RANGES}]")

# `\d` on purpose: a phone number in full-width digits is a phone number too.
_MOBILE = re.compile(r"(?<!\d)(?:\+?(?:00)?86[ -]?)?[1１][3-9３-９]\d[ \u3000-]?\d{4}[ \u3000-]?\d{4}(?!\d)")
_MOBILE_DIGITS = 11
"""Most texts are shorter, and hold neither number."""
# Region, date of birth, serial, check character (GB 11643). The year ends at 2009: document numbers are commonly built
# the same way from region, today's date and a serial, and nobody born later runs a farm's books.
_RESIDENT_ID = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19[0-9]{2}|200[0-9])(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
    r"(?![0-9A-Za-z])"
)


def text_fault(text: str, max_characters: int, *, lines: bool = False) -> str | None:
    """Why a text is not taken: forbidden-character, blank (also of U+3000), too-long; None where it is.

    `lines` allows line feeds: for a signed note that is carried inside a field.
    """
    if (_FORBIDDEN_IN_LINES if lines else _FORBIDDEN).search(text):
        return "forbidden-character"
    if not text or text.isspace():
        return "blank"
    return "too-long" if len(text) > max_characters else None


def holds_personal_data(text: str) -> bool:
    """Is there a mainland mobile number or a resident id number in it? Such a text may not stand in an open field.

    Sources: PIPL art. 6 (no more than is needed); the log of statements is read by everyone.
    """
    if len(text) < _MOBILE_DIGITS:
        return False
    return _MOBILE.search(text) is not None or _RESIDENT_ID.search(text) is not None
