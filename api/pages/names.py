"""What are products, processes, tests and places called? The carried tables as the pages want them, read once."""

from functools import lru_cache

from api.pages.scan_names import Names, names_from_rows
from trace.reference import rows


@lru_cache(maxsize=1)
def names() -> Names:
    return names_from_rows(rows("products"), rows("processes"), rows("tests"), rows("division_codes"))
