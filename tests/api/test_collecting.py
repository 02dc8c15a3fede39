"""Python looks for rings less often while a node serves, and as before once it has ended."""

import gc

from api.collecting import YOUNG_OBJECTS, collect_as_before, collect_rarely


def test_what_is_loaded_is_left_out_until_it_is_undone() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    assert before[0] < YOUNG_OBJECTS

    thresholds = collect_rarely()
    try:
        assert gc.isenabled()
        assert gc.get_threshold() == (YOUNG_OBJECTS, *before[1:])
        assert gc.get_freeze_count() > frozen
    finally:
        collect_as_before(thresholds)

    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
