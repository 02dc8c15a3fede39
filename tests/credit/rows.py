"""Rows of the credit projections, as short as a test can say them."""

from typing import Any

from credit.reference.catalogue import CATALOGUE_VERSION, catalogue

Row = dict[str, Any]


def record_row(item: str, anchor: str, **said: Any) -> Row:
    """A record that was entered on its anchor day, shown nowhere, not ended, unless `said` otherwise."""
    of = catalogue()[item]
    row: Row = {
        "id": f"file/{item}",
        "file": "file",
        "subject": "party",
        "item": item,
        "catalogue": CATALOGUE_VERSION,
        "direction": of.direction,
        "layer": of.layer,
        "class": of.severity,
        "class_basis": "L-SAMR45 13" if of.severity else None,
        "legal_basis": of.legal_basis,
        "rule": None,
        "case": None,
        "source": "case/1",
        "document": None,
        "anchor": anchor,
        "recorded": anchor,
        "period_start": anchor,
        "period_rule": None,
        "published_from": None,
        "published_until": None,
        "published": None,
        "paused": False,
        "ended_on": None,
        "how": None,
        "leaf": "00" * 32,
        "index": 1,
    }
    assert said.keys() <= row.keys()
    return {**row, **said}


def listing_row(listed_on: str, until: str, **said: Any) -> Row:
    """A listing that stands."""
    row: Row = {
        "id": "file/listing",
        "file": "file",
        "subject": "party",
        "item": "P05",
        "list": "市场监督管理严重违法失信名单",
        "authority": "authority",
        "legal_basis": "P-SAMR44",
        "decision_no": "谯市监列〔2026〕1号",
        "decision_date": listed_on,
        "listed_on": listed_on,
        "until": until,
        "removal_from": until,
        "published": "{}",
        "record": "file/P05",
        "case": "case",
        "paused": False,
        "ended_on": None,
        "how": None,
        "leaf": "00" * 32,
        "index": 1,
    }
    assert said.keys() <= row.keys()
    return {**row, **said}


def measure_row(measure: str, starts_on: str, **said: Any) -> Row:
    """A measure in force, resting on one record."""
    row: Row = {
        "id": f"file/{measure}",
        "file": "file",
        "subject": "party",
        "measure": measure,
        "records": "file/P05",
        "basis": "P-SAMR44",
        "scope": "all",
        "starts_on": starts_on,
        "until": None,
        "decision_no": None,
        "ended_on": None,
        "leaf": "00" * 32,
        "index": 1,
    }
    assert said.keys() <= row.keys()
    return {**row, **said}
