"""What happens to goods in a demonstration beside its season? Batches are opened, sampled, tested and let in at a market.

Through the public API, by the party itself; each name and number is marked as made for the demonstration.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from api.node import Node
from api.season import Client, TokenFor

FAILED = {"item": "T-SO2", "value": "318", "unit": "mg/kg", "limit": "150", "method": "通则 2331", "judgement": "fail"}
"""Sulphur dioxide of 白芍: 《中国药典》2025 年版 allows 150 mg/kg."""

TASK_NO = "演示监督抽查任务"
REPORT = Path(__file__).parent / "files" / "supervision-report.txt"
SAMPLER, SIGNATORY, CHECKER = "演示抽样员", "演示授权签字人", "演示查验人"


@dataclass(frozen=True)
class Hands:
    """Those who record goods, each under its own account."""

    node: Node
    client: Client
    token_for: TokenFor

    def open_batch(self, owner: str, source: str, kilograms: str, lot_no: str) -> str:
        """A batch out of another one of the same owner; its id."""
        quantity = {"value": kilograms, "unit": "kg"}
        body = {
            "product": "HB-BS",
            "quantity": quantity,
            "inputs": [{"batch": source, "quantity": quantity}],
            "lot_no": lot_no,
            "party": owner,
        }
        return str(self._post("member", owner, "/api/v1/batches", body)["id"])

    def sample(self, laboratory: str, batch: str, owner: str, sample_no: str) -> Mapping[str, Any]:
        """A supervision sample, drawn by the laboratory; its entry."""
        payload = {
            "sample_no": sample_no,
            "sample_kind": "supervision",
            "task_no": TASK_NO,
            "sampled": owner,
            "quantity": {"value": "1", "unit": "kg"},
            "parts": 2,
            "seal_no": f"FQ-{sample_no}",
            "township": "十河镇",
            "stage": "store",
            "base_quantity": {"value": "100", "unit": "kg"},
            "laboratory": laboratory,
            "samplers": [SAMPLER, SAMPLER],
        }
        return self._record("laboratory", laboratory, batch, "sample_taken", payload)

    def report_failure(
        self, laboratory: str, batch: str, sample: Mapping[str, Any], sample_no: str, report_no: str
    ) -> None:
        """The report of that sample: sulphur dioxide above the limit."""
        day = self._now().date().isoformat()
        payload = {
            "items": [FAILED],
            "report_no": report_no,
            "conclusion": "fail",
            "sample": {name: sample[name] for name in ("chain", "seq", "leaf")},
            "sample_no": sample_no,
            "report_kind": "supervision",
            "standard": "《中国药典》2025 年版 白芍",
            "cma_no": "示例-000000",
            "cma_until": "2028-12-31",
            "tested_on": day,
            "issued_on": day,
            "report": hashlib.sha256(REPORT.read_bytes()).hexdigest(),
            "signatory": SIGNATORY,
        }
        self._record("laboratory", laboratory, batch, "lab_report", payload)

    def let_in(self, market: str, batch: str, seller: str, kilograms: str) -> None:
        """Let in at a market, on a test at its gate."""
        payload = {
            "decision": "admitted",
            "market": "谯东农产品批发市场（示例）",
            "quantity": {"value": kilograms, "unit": "kg"},
            "test": {"method": "二氧化硫快速检测（演示）", "result": "pass", "tested_at": self._now().isoformat()},
            "seller": seller,
            "checked_by": CHECKER,
        }
        self._record("member", market, batch, "market_admission", payload)

    def _record(self, role: str, party: str, batch: str, kind: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._post(role, party, f"/api/v1/batches/{batch}/events", {"kind": kind, "payload": payload})

    def _post(self, role: str, party: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {self.token_for(role, party)}",
            "Idempotency-Key": str(uuid.UUID(bytes=self.node.recorder.random_bytes(16), version=4)),
        }
        return self.client.post(path, {**body, "occurred_at": self._now().isoformat()}, headers)

    def _now(self) -> datetime:
        return self.node.clock().astimezone().replace(microsecond=0)
