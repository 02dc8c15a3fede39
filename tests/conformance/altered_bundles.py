"""Bundles that somebody has tampered with: seeded alterations of the worked example, one place at a time."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from tests.conformance.verifier_node import EXAMPLE, FRAGMENT

SEED = 20260910
FLIPPED_BITS = 400

Case = tuple[str, bytes, str | None]


def altered_copies() -> list[Case]:
    """Seeded alterations: members, entries, chains, bits, base64 forms, notes. Each with the fragment to check."""
    chance = random.Random(SEED)
    cases: list[Case] = []

    def add(about: str, bundle: dict[str, Any], fragment: str | None = FRAGMENT) -> None:
        cases.append((about, json.dumps(bundle, ensure_ascii=False).encode(), fragment))

    def fresh() -> dict[str, Any]:
        copied: dict[str, Any] = copy.deepcopy(EXAMPLE["bundle"])
        return copied

    for fragment in (
        "",
        "1.3",
        "1.9.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2",
        "1.03.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2",
        "1.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q3",
        "2.3.y9bAvvJ7VvV3umS18cCKLt2ys5V7E4q2",
        EXAMPLE["label_fragment_printed_after_entry_4"],
    ):
        add(f"fragment {fragment}", fresh(), fragment)
    for n, chain in enumerate(EXAMPLE["bundle"]["chains"]):
        for change in ("drop", "twice", "reverse"):
            altered = fresh()
            if change == "drop" and n > 0:
                del altered["chains"][n]
            elif change == "twice":
                altered["chains"].append(altered["chains"][n])
            else:
                altered["chains"][n]["entries"].reverse()
            add(f"chain {n} {change}", altered, None)
        for at in range(len(chain["entries"])):
            for change in ("drop", "seal", "twice", "extra", "salt", "blank"):
                altered = fresh()
                entries = altered["chains"][n]["entries"]
                if change == "drop":
                    del entries[at]
                elif change == "seal":
                    entries[at] = {"entry": entries[at]["entry"]}
                elif change == "twice":
                    entries.insert(at, entries[at])
                elif change == "extra":
                    entries[at]["note"] = "x"
                elif change == "salt":
                    entries[at]["salt"] = entries[at]["salt"][:-1] + ("B" if entries[at]["salt"][-1] != "B" else "C")
                else:
                    entries[at]["entry"] = entries[at]["entry"].replace(":", ": ", 1)
                add(f"chain {n} entry {at} {change}", altered, None)
        for field, value in (
            ("index", chain["index"] + 1),
            ("index", -1),
            ("index", str(chain["index"])),
            ("path", []),
            ("path", [*chain["path"], chain["path"][0]]),
            ("path", list(reversed(chain["path"]))),
            ("path", [chain["path"][0][:-1], *chain["path"][1:]]),
            ("path", ["AA==", *chain["path"][1:]]),
            ("chain", "short"),
            ("chain", "A" * 22),
            ("entries", []),
        ):
            altered = fresh()
            altered["chains"][n][field] = value
            add(f"chain {n} {field}={value}", altered, None)
    for field, value in (
        ("origin", "other.example/log"),
        ("origin", 1),
        ("format", "suxin.bundle/2"),
        ("extra", 1),
        ("chains", []),
        ("checkpoint", ""),
        ("checkpoint", "x\n"),
        ("checkpoint", 7),
    ):
        add(f"{field}={value}", {**fresh(), field: value}, None)
    note = EXAMPLE["bundle"]["checkpoint"]
    for old, new in (
        ("\n10\n", "\n11\n"),
        ("\n10\n", "\n010\n"),
        ("suxin.example/log\n10", "other.example/log\n10"),
        ("yjBn", "yjBm"),
        ("lrFq", "lrFr"),
        ("\n\n", "\n"),
        ("=\n\n", "=\nextra\n\n"),
        ("\u2014", "-"),
    ):
        add(f"note {old!r} {new!r}", {**fresh(), "checkpoint": note.replace(old, new, 1)}, None)
    text = json.dumps(EXAMPLE["bundle"], ensure_ascii=False)
    cases += [
        ("not json", b"{", None),
        ("list", b"[]", None),
        ("bom", b"\xef\xbb\xbf" + text.encode(), None),
        ("duplicate member", text.replace('"origin":', '"origin": "x", "origin":', 1).encode(), None),
        ("float", text.replace('"index": 9', '"index": 9.0', 1).encode(), None),
    ]
    plain = text.encode()
    for _ in range(FLIPPED_BITS):
        altered_bytes = bytearray(plain)
        at = chance.randrange(len(plain))
        altered_bytes[at] ^= 1 << chance.randrange(7)
        cases.append((f"bit at {at}", bytes(altered_bytes), chance.choice([None, FRAGMENT])))
    return cases
