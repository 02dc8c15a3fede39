"""Which procedures, policies, items, measures, powers, documents and working days does the credit wing know? The carried tables.

Each table is read once, from the folder of this module; a broken row stops the program when its table is first read.
"""

import csv
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).parent
PROCEDURE_TABLES = (
    "procedure_penalty_record",
    "procedure_listing",
    "procedure_repair",
    "procedure_objection",
    "procedure_consent_report",
    "procedure_recall",
)
POLICY_TABLES = ("policy_producer_v1", "policy_dealer_v1")
TABLES = (
    *PROCEDURE_TABLES,
    "procedure_facts",
    "procedure_pauses",
    "procedure_extensions",
    "procedure_effects",
    *POLICY_TABLES,
    "working_days",
    "credit_catalogue",
    "measures",
    "measure_starts",
    "measure_acts",
    "competence",
    "documents",
    "document_sentences",
    "authority_names",
)


@lru_cache(maxsize=len(TABLES))
def table_hash(table: str) -> str:
    """SHA-256 of the carried bytes, in hex: by it the log names the version of a table. KeyError as `rows`."""
    if table not in TABLES:
        raise KeyError(table)
    return hashlib.sha256((_FOLDER / f"{table}.csv").read_bytes()).hexdigest()


@lru_cache(maxsize=len(TABLES))
def rows(table: str) -> tuple[Mapping[str, str], ...]:
    """Every row of a carried table by column, in the order of the file. KeyError for a table that is not carried."""
    if table not in TABLES:
        raise KeyError(table)
    with (_FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(MappingProxyType(row) for row in csv.DictReader(stream, strict=True))
