"""Which tables does this program judge by, of both wings? By file name and the SHA-256 of their bytes.

The log names those of its first day; the audit compares, and an answer about the past says which it was given by.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from credit.reference import TABLES, table_hash
from trace.reference import rule_table_hashes


@lru_cache(maxsize=1)
def carried_tables() -> Mapping[str, str]:
    """SHA-256 in hex by file name, as `genesis` and `tables_adopted` name a table."""
    return MappingProxyType({**rule_table_hashes(), **{f"{name}.csv": table_hash(name) for name in TABLES}})
