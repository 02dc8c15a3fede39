"""A made-up season for the tests of pages: every kind of record on a batch chain, with all it can hold.

The first batch carries the chain id, code and log of the worked example, so that its bundle fits the page.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from api.pages.scan_names import Names, names_from_rows
from trace.history import BatchView, History, PartyView, RecordView

TABLES = Path(__file__).parents[3] / "trace" / "reference"
CO_OP, LABORATORY, STALL, GROWER = (
    "partyCoop0000000000000",
    "partyLab00000000000000",
    "partyStall000000000000",
    "partyGrower00000000000",
)
BATCH, INPUT = "ZJzlPwVWT99lpObhVU3FOw", "fi0e5QA7XBuCRVAxN-lh8g"
CODE = "7K3M9QX2WTBP"
VKEY = "suxin.example/log+ca3067c9+AQkb8yS875HTxiAcfw6G1vnOODKuUZIlTY5i04CgaBoO"
REPORT_HASH = "5e" * 32

PARTIES = {
    CO_OP: PartyView(CO_OP, "十河镇芍花中药材专业合作社（示例）", "co-op", ("grower",), "341602"),
    LABORATORY: PartyView(LABORATORY, "谯城区农产品检测中心（示例）", "institution", ("laboratory",), "341602"),
    STALL: PartyView(STALL, "上海示例药材摊位", "individual-business", ("retailer",), "310115"),
    GROWER: PartyView(GROWER, None, "household", ("grower",), "341602"),
}


def names() -> Names:
    """The names of the carried tables."""

    def rows(table: str) -> list[dict[str, str]]:
        with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    return names_from_rows(rows("products"), rows("processes"), rows("tests"), rows("division_codes"))


def kg(value: str) -> dict[str, str]:
    """A weight as a payload states it."""
    return {"value": value, "unit": "kg"}


def record(
    index: int,
    chain: str,
    seq: int,
    kind: str | None,
    day: str,
    actor: str | None,
    payload: dict[str, Any] | None,
    *,
    custody: bool = False,
    corrects: str | None = None,
    reason: str | None = None,
) -> RecordView:
    """One record at eight in the morning, received two hours later. Its statement's id is `urn:` and the index."""
    occurred_at = None if payload is None else f"{day}T08:00:00+08:00"
    return RecordView(
        index,
        chain,
        seq,
        kind,
        bytes([index]) * 32,
        f"{day}T02:00:00.000Z",
        occurred_at,
        actor,
        custody,
        payload,
        f"urn:{index}",
        corrects,
        reason,
    )


FIELD_RECORDS = (
    record(
        3,
        INPUT,
        0,
        "batch_opened",
        "2022-10-08",
        GROWER,
        {
            "product": "HB-BS",
            "township": "十河镇",
            "quantity": kg("1200"),
            "place": "placePrivate0000000000",
            "lot_no": "SH-2022-07",
        },
        custody=True,
    ),
    record(
        4,
        INPUT,
        1,
        "planting",
        "2022-10-10",
        GROWER,
        {
            "area_mu": "0.8",
            "method": "root-division",
            "variety": "线条型白芍",
            "seed_source": "十河镇良种圃",
            "previous_crop": "小麦",
        },
        custody=True,
    ),
    record(
        5,
        INPUT,
        2,
        "input_use",
        "2026-07-17",
        GROWER,
        {
            "input_kind": "pesticide",
            "name": "示例杀菌剂甲",
            "active": ["代森锰锌"],
            "target": "叶斑病",
            "dose": {"value": "240", "unit": "g"},
            "area_mu": "0.8",
            "used_from": "2026-07-16",
            "used_until": "2026-07-17",
            "interval_days": 21,
            "label_photo": "ab" * 32,
            "operator": {"commit": "1ET_te05i8v5NvktEFhW42cKU853YUmPdL0u7Yr1bAM"},
        },
        custody=True,
    ),
    record(
        6,
        INPUT,
        3,
        "input_use",
        "2026-03-02",
        GROWER,
        {"input_kind": "fertiliser", "name": "示例有机肥", "dose": kg("160")},
    ),
    record(
        7,
        INPUT,
        4,
        "harvest",
        "2026-09-18",
        GROWER,
        {"quantity": kg("1240"), "area_mu": "0.8", "growing_years": 4},
        custody=True,
    ),
    record(
        9,
        INPUT,
        5,
        "consumed",
        "2026-09-20",
        "nodeNodeNodeNodeNode00",
        {"rule": "balance@1", "source": {"chain": BATCH, "seq": 0, "leaf": "00" * 32}, "quantity": kg("1240")},
    ),
    record(25, INPUT, 6, "store_in", "2026-10-30", GROWER, {"township": "十河镇"}),
)

GOODS_RECORDS = (
    record(
        8,
        BATCH,
        0,
        "batch_opened",
        "2026-09-20",
        CO_OP,
        {
            "product": "HB-BS",
            "township": "十河镇",
            "quantity": kg("1240"),
            "inputs": [{"batch": INPUT, "quantity": kg("1240")}],
        },
    ),
    record(
        10,
        BATCH,
        1,
        "primary_processing",
        "2026-09-21",
        CO_OP,
        {
            "process": "PR-BOIL",
            "quantity_in": kg("1240"),
            "quantity_out": kg("1210"),
            "temperature": "100摄氏度，15分钟",
        },
    ),
    record(
        11,
        BATCH,
        2,
        "primary_processing",
        "2026-09-27",
        CO_OP,
        {
            "process": "PR-DRY-BS",
            "quantity_in": kg("1030"),
            "quantity_out": kg("560"),
            "moisture": "11.2",
            "sulphur_used": False,
            "additives": [],
        },
    ),
    record(
        12,
        BATCH,
        3,
        "sample_taken",
        "2026-09-29",
        LABORATORY,
        {"sample_no": "QC-2026-0929-04", "sample_kind": "entrusted", "quantity": kg("1.5"), "form": "cd" * 32},
    ),
    record(
        13,
        BATCH,
        4,
        "lab_report",
        "2026-10-09",
        LABORATORY,
        {
            "conclusion": "pass",
            "report_no": "QCJC-2026-1187",
            "standard": "《中国药典》2025年版",
            "cma_no": "示例-0001",
            "tested_on": "2026-10-08",
            "issued_on": "2026-10-09",
            "report": REPORT_HASH,
            "items": [
                {"item": "T-SO2", "value": "18", "unit": "mg/kg", "limit": "400", "judgement": "pass"},
                {"item": "T-MOIST", "value": "11.2", "unit": "%", "limit": "14.0", "judgement": "pass"},
                {"item": "T-ASSAY", "value": "2.4", "unit": "%", "limit": "1.6", "judgement": "pass"},
                {"item": "铅 Pb", "value": "<0.05", "unit": "mg/kg", "limit": "5", "judgement": "pass"},
                {"item": "T-PEST33", "value": "<0.01", "unit": "mg/kg"},
            ],
        },
    ),
    record(
        14,
        BATCH,
        5,
        "packing",
        "2026-10-12",
        CO_OP,
        {
            "levels": [
                {"level": "bag", "count": 1100, "net": {"value": "500", "unit": "g"}},
                {"level": "carton", "count": 55, "net": kg("10")},
            ],
            "grade": "一等",
            "packed_on": "2026-10-12",
            "best_before": "2028-10-11",
            "labels": {"used": 1100, "spoiled": 4, "returned": 0},
        },
    ),
    record(15, BATCH, 6, "labels_issued", "2026-10-12", CO_OP, {"count": 1104}),
    record(
        16,
        BATCH,
        7,
        "store_in",
        "2026-10-13",
        CO_OP,
        {"township": "十河镇", "conditions": "常温，湿度55%", "quantity": kg("550")},
    ),
    record(
        17,
        BATCH,
        8,
        "dispatch",
        "2026-10-20",
        CO_OP,
        {
            "quantity": kg("550"),
            "from_region": "341602",
            "to_region": "310115",
            "packs": 55,
            "price": {"commit": "ESUPDR-GnZ8p2XyR_rWWa5edqY4zDUzqmp6SXrHNzsQ"},
        },
    ),
    record(18, BATCH, 9, None, "2026-10-22", None, None),
    record(
        19, BATCH, 10, "retail_sale", "2026-10-26", STALL, {"quantity": kg("12.5"), "township": "三林镇"}, custody=True
    ),
)


def batch(records: tuple[RecordView, ...], chain: str, code: str, owner: str, holder: str) -> BatchView:
    """A batch of white peony root from Shihe."""
    return BatchView(
        chain,
        code,
        "HB-BS",
        "十河镇",
        "341602",
        kg("1240"),
        owner,
        holder,
        "stored",
        550_000_000,
        f"{records[0].received[:10]}T08:00:00+08:00",
        None,
        records,
    )


def history(*, records: tuple[RecordView, ...] = GOODS_RECORDS, demonstration: bool = True) -> History:
    """The season with the grower's batch upstream of the co-op's."""
    return History(
        batch(records, BATCH, CODE, CO_OP, STALL),
        (batch(FIELD_RECORDS, INPUT, "AAAABBBBCCCC", GROWER, CO_OP),),
        PARTIES,
        demonstration,
        "suxin.example/log",
        VKEY,
    )
