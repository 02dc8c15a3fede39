"""How is a QR code drawn in a terminal? Two rows of modules to a line, dark on light where colours can be set."""

from itertools import zip_longest

from trace.labels.qr import QUIET_MODULES, qr_matrix

BLACK_ON_WHITE, AS_BEFORE = "\x1b[30;107m", "\x1b[0m"


def terminal_qr(text: str, colours: bool) -> str:
    """Lines that a phone reads off the screen, each with its line end.

    Without colours the light modules are drawn, as for letters lighter than their ground, which most terminals have.
    """
    matrix = qr_matrix(text)
    side = [False] * QUIET_MODULES
    blank = [[False] * (len(matrix) + 2 * QUIET_MODULES)] * QUIET_MODULES
    rows = [*blank, *([*side, *row, *side] for row in matrix), *blank]
    lines = []
    for upper, lower in zip_longest(rows[::2], rows[1::2], fillvalue=blank[0]):
        drawn = "".join(
            _cell(one != (not colours), other != (not colours)) for one, other in zip(upper, lower, strict=True)
        )
        lines.append(f"{BLACK_ON_WHITE}{drawn}{AS_BEFORE}\n" if colours else f"{drawn}\n")
    return "".join(lines)


def _cell(upper: bool, lower: bool) -> str:
    match upper, lower:
        case True, True:
            return "█"
        case True, False:
            return "▀"
        case False, True:
            return "▄"
        case _:
            return " "
