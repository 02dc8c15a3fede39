"""What does an answer about cases look like? The examples of the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

_HASH = "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a"
_CASE = {
    "id": "ca5eZJzlPwVWT99lpObhVU",
    "procedure": "sample_result",
    "subject": "d7Ly_Ta_6061_BxWa_EyXA",
    "authority": "au7hZJzlPwVWT99lpObhVU",
    "region": "341602",
    "kind": "open",
    "opened": "2026-09-10T00:06:31.104000Z",
    "index": 4,
    "target": "ZJzlPwVWT99lpObhVU3FOw",
    "state": "fail_reported",
    "next": {
        "waits_for": "office",
        "late": False,
        "last_day": "2026-09-17",
        "provisional": False,
        "step": "S02",
        "action": "serve_result",
        "role": "service_clerk",
    },
}

CASE_ANSWERS: Mapping[str, Any] = {
    "case-list": {"items": [_CASE]},
    "case-read": {
        **_CASE,
        "done": [{"step": "S01", "at": "2026-09-10T08:06:00+08:00", "by": "1abZJzlPwVWT99lpObhVU3"}],
        "guarantees": [],
        "documents": [
            {
                "code": "D-LAB-REPORT",
                "doc_no": "谯农〔2026〕1号",
                "hash": _HASH,
                "step": "S01",
            }
        ],
        "served": [],
        "steps": [
            {
                "step": "S02",
                "action": "serve_result",
                "to_state": "retest_open",
                "role": "service_clerk",
                "guard": "service_proven",
                "documents": ["D-RESULT-NOTICE"],
                "last_day": "2026-09-17",
                "provisional": False,
                "late": False,
            }
        ],
    },
}
"""By the name of the route."""
