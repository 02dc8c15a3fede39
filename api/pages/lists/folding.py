"""When are two spellings the same to whoever searches?"""

from __future__ import annotations

from trace.codes import fold_label_code

_WRITTEN_FOR = (("毫州", "亳州"),)
"""A city whose first character few keyboards offer: people write the one that looks like it."""


def fold(text: str) -> str:
    """The text as it is compared: full width, case, blanks, dashes, O and 0, I, L and 1 make no difference."""
    folded = fold_label_code(text)
    for written, meant in _WRITTEN_FOR:
        folded = folded.replace(written, meant)
    return folded
