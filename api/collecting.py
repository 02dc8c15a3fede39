"""How often does Python look for rings of objects that nobody else holds?

With its own threshold of 700 it walked again and again what the statements of a crowd hold, which a moment later is gone
by itself: a fifteenth of what an append cost the serving process.
"""

import gc

YOUNG_OBJECTS = 50_000
"""So many more containers made than let go, before the youngest are walked: some 5 ms then, and seldom."""


def collect_rarely() -> tuple[int, int, int]:
    """Leave what is loaded by now out of every collection, and look for rings less often. Returns the thresholds before."""
    before = gc.get_threshold()
    gc.freeze()  # a full collection that walks it stops everybody for 50 ms
    gc.set_threshold(YOUNG_OBJECTS, *before[1:])
    return before


def collect_as_before(thresholds: tuple[int, int, int]) -> None:
    """Undo `collect_rarely`."""
    gc.set_threshold(*thresholds)
    gc.unfreeze()  # or the QR reader's binding counts its types as leaked, and says so over many lines
