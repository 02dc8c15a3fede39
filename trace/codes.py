"""Is this a well-formed code: a registered body's, a person's, or the one printed on a label? (pure)"""

import re
import unicodedata
from datetime import date

from stdnum import luhn
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

LABEL_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without I L O (read as 1 1 0) and U: five bits a character."""

LABEL_RANDOM_CHARACTERS = 11
LABEL_RANDOM_BITS = 5 * LABEL_RANDOM_CHARACTERS
"""55 bits: with throttled misses too many to guess (the label forger's cost)."""

_USCC_SHAPE = re.compile(r"[0-9ANY][0-9][0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}", re.ASCII)
_RESIDENT_ID_SHAPE = re.compile(r"[1-9][0-9]{5}((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})[0-9]{3}[0-9X]", re.ASCII)
_LABEL_SHAPE = re.compile(rf"[{LABEL_ALPHABET}]{{{LABEL_RANDOM_CHARACTERS + 1}}}", re.ASCII)
_DASHES = "-‐‑‒–—―−﹣－_"
_READ_AS = str.maketrans("OIL", "011")


def is_uscc(text: str) -> bool:
    """Is this a 统一社会信用代码 exactly as stored: 18 characters, upper case, right check character?

    Source: GB 32100-2015. stdnum 2.2 wants a digit in front and so refuses the departments named by a letter (N1-N3
    rural collectives, A1, Y1); and it takes blanks, dashes and lower case, which are no part of the code. The shape is
    therefore ours, the check character stdnum's.
    """
    return _USCC_SHAPE.fullmatch(text) is not None and uscc.calc_check_digit(text) == text[-1]


def is_resident_id(text: str) -> bool:
    """Is this a resident id number: 18 characters, a real date of birth, right check character, X in upper case?

    Source: GB 11643, check by ISO 7064 mod 11-2. stdnum's own test of it also wants the county to have existed that
    year, by a list that would turn a real person away for a gap in it.
    """
    shape = _RESIDENT_ID_SHAPE.fullmatch(text)
    if shape is None:
        return False
    try:
        date(*map(int, shape.groups()))
    except ValueError:
        return False
    return mod_11_2.is_valid(text)


def is_label_code(text: str) -> bool:
    """Is this a label code as stored: 12 characters of `LABEL_ALPHABET`, right by Luhn mod 32?

    What somebody typed goes through `fold_label_code` first.
    """
    return _LABEL_SHAPE.fullmatch(text) is not None and luhn.is_valid(text, LABEL_ALPHABET)


def label_code(random: bytes) -> str:
    """The label code made from the last 55 bits of `random`; ValueError where fewer than 7 bytes are given."""
    if 8 * len(random) < LABEL_RANDOM_BITS:
        raise ValueError(f"a label code needs 7 random bytes, got {len(random)}")
    number = int.from_bytes(random, "big")
    body = "".join(LABEL_ALPHABET[number >> shift & 31] for shift in range(LABEL_RANDOM_BITS - 5, -1, -5))
    return body + luhn.calc_check_digit(body, LABEL_ALPHABET)


def fold_label_code(typed: str) -> str:
    """What somebody typed or read aloud, as it would be stored; whether it is a code, `is_label_code` says.

    Folds full width, case, blanks (also U+3000), dashes, O to 0, I and L to 1.
    """
    kept = (character for character in typed if not character.isspace() and character not in _DASHES)
    return unicodedata.normalize("NFKC", "".join(kept)).upper().translate(_READ_AS)


def print_label_code(code: str) -> str:
    """The code as printed, in three groups of four: `YST0-4QAB-KQJM`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
