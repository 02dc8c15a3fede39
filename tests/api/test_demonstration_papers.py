"""The papers of the demonstration say what its log says: measures, hashes, numbers and days have one source."""

import hashlib
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.demonstration import casedesk
from api.documents import Prepared, prepared_for
from api.pages.own_records import own_record
from credit.queries import list_cases, list_listings, measures_of_subject, records_of_subject
from tests.api.app_parts import World, running_demonstration
from tests.api.case_parts import papers

PENALTY = Path("api/demonstration/files/penalty-decision.txt")
REPORT = Path("api/demonstration/files/supervision-report.txt")
MEASURES = ["S01", "S02", "S03", "S04", "S07", "S08"]
"""What measures.csv starts with a listing of a processor: S05 needs a list in force, S06 and S09 a restriction."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_demonstration(tmp_path_factory.mktemp("node")) as running:
        yield running


def cases_of(world: World, procedure: str) -> list[str]:
    with world.node.reading() as reads:
        return [row["id"] for row in list_cases(reads.connection) if row["procedure"] == procedure]


def paper(world: World, procedure: str, code: str, step: str = "") -> Prepared:
    (case,) = cases_of(world, procedure)
    found = [one for one in prepared_for(papers(world), case) if one.code == code and step in ("", one.step)]
    (one,) = found
    return one


def listed(world: World) -> dict[str, Any]:
    with world.node.reading() as reads:
        (row,) = list_listings(reads.connection)
    return dict(row)


def test_notice_and_decision_of_the_listing_tell_of_the_measures_that_the_log_starts(world: World) -> None:
    with world.node.reading() as reads:
        started = [row["measure"] for row in measures_of_subject(reads.connection, listed(world)["subject"])]
    told = [
        paper(world, "listing", "D-LIST-NOTICE").values["intended_measures"],
        paper(world, "listing", "D-LIST-DECISION").values["measures_and_hint"],
    ]

    assert started == MEASURES
    assert [[line.partition(" ")[0] for line in text.split("\n")] for text in told] == [MEASURES] * 2


def test_what_is_called_a_hash_is_one_and_leads_to_its_bytes(world: World) -> None:
    decision, report = (hashlib.sha256(file.read_bytes()).hexdigest() for file in (PENALTY, REPORT))
    review = paper(world, "listing", "D-REVIEW").sha256
    named = [
        paper(world, "penalty_record", "D-REC-ENTRY").values["document_hash"],
        paper(world, "listing", "D-LIST-PROPOSAL").values["evidence_hashes"],
        paper(world, "listing", "D-LIST-DECISION").values["evidence"],
        paper(world, "listing", "D-UPPER-REQ").values["file_hash"],
        paper(world, "trace_outcome", "D-REC-ENTRY").values["document_hash"],
    ]

    assert [re.findall("[0-9a-f]{64}", text) for text in named] == [
        *([decision], [decision], [decision], [review], [report])
    ]


def test_the_listing_rests_on_a_penalty_of_the_log_that_everybody_can_read(world: World) -> None:
    subject = listed(world)["subject"]
    with world.node.reading() as reads:
        records = {row["item"]: row for row in records_of_subject(reads.connection, subject)}
        (opened, *_) = reads.chain_rows(cases_of(world, "listing")[0])
        evidence = own_record(reads, opened).payload["evidence"]
    page = html.unescape(world.client.get(f"/p/{subject}", headers={"Accept-Language": "zh"}).text)

    assert records.keys() == {"P04", "P05"}
    assert [f"{one['chain']}/{one['seq']}" for one in evidence] == [records["P04"]["id"]]
    # Thirty-six months from the day of the document; recorded with its publication.
    told = ("recorded", "published_from", "published_until", "ended_on")
    assert [records["P04"][name] for name in told] == ["2026-07-27", "2026-07-27", "2029-07-20", None]
    assert "谯市监罚〔2026〕演示 1 号" in page
    proposal = paper(world, "listing", "D-LIST-PROPOSAL").values
    assert proposal["penalty_decision_no"] == "谯市监罚〔2026〕演示 1 号"
    assert proposal["handlers_2"] == "演示监管员一（区）、演示监管员二（区）"


def test_numbers_days_and_what_ended_are_those_of_the_log(world: World) -> None:
    decision = paper(world, "listing", "D-LIST-DECISION")
    shown = paper(world, "listing", "D-PUB-ENTRY").values
    repaired, accepted = (paper(world, "repair", code).values for code in ("D-REPAIR-DECISION", "D-ACCEPT"))
    repair = paper(world, "listing", "D-REPAIR-NOTICE")
    served = paper(world, "listing", "D-SERVICE", "L25").values["document_no"]

    assert (shown["decision_no"], listed(world)["decision_no"]) == (decision.doc_no,) * 2
    assert [shown[name] for name in ("published_from", "published_until")] == ["2026-10-20", "2029-10-20"]
    assert repaired["measures_ended"] == "S08 入市加严查验"
    # Seven working days from 2026-11-03, a Tuesday: 4, 5, 6, 9, 10, 11, 12.
    assert [accepted[name] for name in ("accepted_at", "decide_by")] == ["2026-11-03", "2026-11-12"]
    assert served == f"列入严重违法失信名单决定书 {decision.doc_no}；信用修复告知书 {repair.doc_no}"


def test_the_answer_of_the_authority_above_is_its_own(world: World) -> None:
    """Number, heading and signature are the city's; the district asked, and bears its own request."""
    asked, answer = (paper(world, "listing", code) for code in ("D-UPPER-REQ", "D-UPPER"))

    assert (asked.doc_no, asked.values["authority"]) == ("谯市监〔2026〕1号", "谯城区市场监督管理局（演示）")
    assert (answer.doc_no, answer.values["authority"]) == ("亳市监〔2026〕1号", "亳州市市场监督管理局（演示）")
    kept = papers(world).read(answer.sha256)
    assert kept is not None
    text = kept.decode()
    assert "谯城区市场监督管理局" not in text
    assert text.count("亳州市市场监督管理局（演示）") == 2


def test_nothing_is_written_by_hand_that_the_log_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every field of the table is marked and the season played: a mark that no paper bears was a second source."""
    marks = {code: {name: f"手写 {code} {name}" for name in fields} for code, fields in casedesk.texts().items()}
    monkeypatch.setattr(casedesk, "texts", lambda: marks)

    with running_demonstration(tmp_path) as world:
        with world.node.reading() as reads:
            ids = [row["id"] for row in list_cases(reads.connection)]
        made = [one for id in ids for one in prepared_for(papers(world), id)]

    borne = {(one.code, name) for one in made for name, text in one.values.items() if text == f"手写 {one.code} {name}"}
    assert {(code, name) for code, fields in marks.items() for name in fields} - borne == set()
