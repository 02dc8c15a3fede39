"""Which address does a label carry, and what is printed beside it for a person who types?

The address is `{public URL}/t/{code}#1.{seq}.{24 bytes of the leaf}`. The fragment never reaches a server: the phone
compares it with the history that the server sends, so a history rewritten after printing no longer fits the label.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..codes import fold_label_code, is_label_code
from ..ledger.bundle import label_fragment, parse_fragment

MAX_ADDRESS_BYTES = 84
"""What QR version 5 with error correction M holds in byte mode (ISO/IEC 18004 table 7). Denser codes scanned
measurably worse from a tilted, blurred photo at 3 pixels a module."""

CODE_CHARACTERS = 12
_LAST_SEQ_WITH_ROOM = 99_999
"""A batch with more records than this is none that people keep."""
_LEAF_CHARACTERS = 32
MAX_PUBLIC_URL_BYTES = (
    MAX_ADDRESS_BYTES - len("/t/") - CODE_CHARACTERS - len(f"#1.{_LAST_SEQ_WITH_ROOM}.") - _LEAF_CHARACTERS
)
"""28, with https a host of 20 characters: labels of every batch fit, now and when it has grown."""
_AFTER_FOLDER = re.compile(r"/t/([^/?#\s]+)")
TAIL_CHARACTERS = 6
GROUP_CHARACTERS = 4


class LabelAddressTooLong(ValueError):
    """The public URL is too long for a label: the owner has to choose a shorter host."""

    def __init__(self, host: str, address_bytes: int) -> None:
        super().__init__(
            f"the address with host {host} takes {address_bytes} bytes, a label holds {MAX_ADDRESS_BYTES}: "
            "choose a shorter public URL"
        )
        self.host = host
        self.address_bytes = address_bytes


@dataclass(frozen=True)
class PrintedCode:
    """The three things a person can read off a label: `code` in groups of four, the host, the fragment's end."""

    code: str
    host: str
    tail: str

    @property
    def line(self) -> str:
        """One line for a label: code, host and tail, all ASCII."""
        return f"{self.code} {self.host} {self.tail}"


@dataclass(frozen=True)
class LabelAddress:
    """What a label's address says: the host that it leads to (lower case, without port), the code, and the fragment as it
    is printed, "" where none is left."""

    host: str
    code: str
    fragment: str


def parse_label_address(text: str) -> LabelAddress | None:
    """The address of a label, of any node; None for any other text."""
    try:
        url = urlsplit(text.strip())
        host = url.hostname or ""
    except ValueError:  # brackets that hold no address
        return None
    folder, _, last = url.path.rpartition("/")
    code = fold_label_code(last)
    if url.scheme not in ("http", "https") or not host or folder != "/t" or not is_label_code(code):
        return None
    return LabelAddress(host, code, url.fragment if _is_fragment(url.fragment) else "")


def typed_label_code(text: str) -> str:
    """What somebody typed or pasted into the field of a code, as it would be stored; whether it is a code, `is_label_code`
    says.

    People paste, and scanners read, the whole address, of any node and with whatever an app puts around it: its code counts.
    """
    plain = unicodedata.normalize("NFKC", text)
    found = _AFTER_FOLDER.search(plain)
    return fold_label_code(found[1] if found else plain)


def _is_fragment(text: str) -> bool:
    try:
        parse_fragment(text)
    except ValueError:
        return False
    return True


def label_address(public_url: str, code: str, seq: int, leaf: bytes) -> str:
    """The address in the label's QR code.

    `public_url` is the node's own, with or without a slash at the end; `code` has 12 characters without dashes;
    `seq` and `leaf` (32 bytes) are those of the batch's head at the moment of printing. Raises LabelAddressTooLong
    above 84 bytes, ValueError for a code of another length. Source: docs/formats.md, "Label".
    """
    if len(code) != CODE_CHARACTERS:
        raise ValueError(f"a label code has {CODE_CHARACTERS} characters, not {len(code)}")
    address = f"{public_url.rstrip('/')}/t/{code}#{label_fragment(seq, leaf)}"
    size = len(address.encode("utf-8"))
    if size > MAX_ADDRESS_BYTES:
        raise LabelAddressTooLong(_host(public_url), size)
    return address


def printed_code(public_url: str, code: str, seq: int, leaf: bytes) -> PrintedCode:
    """What stands in letters beside the QR: the code 4-4-4, the host (with its port) and the fragment's last six.

    The six characters let an inspector see without a phone whether two labels pin the same history.
    """
    groups = [code[start : start + GROUP_CHARACTERS] for start in range(0, len(code), GROUP_CHARACTERS)]
    return PrintedCode("-".join(groups), _host(public_url), label_fragment(seq, leaf)[-TAIL_CHARACTERS:])


def _host(public_url: str) -> str:
    return urlsplit(public_url).netloc or public_url
