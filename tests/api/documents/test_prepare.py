"""Does a case get its papers, with what the register and the clock know, and is what is missing named?"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.documents import OfCase, needed_fields, prepare, prepare_of, prepared_for
from credit.documents import FROM_CASE, is_computed
from credit.reference.documents import templates
from tests.api.app_parts import REGION
from tests.api.documents.case_world import CaseWorld, running_case
from tests.api.documents.paper_parts import asked_values, step_of
from trace.ledger.errors import Invalid, NotFound

CODES = sorted(templates())


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseWorld]:
    with running_case(tmp_path_factory.mktemp("papers")) as running:
        yield running


@pytest.fixture
def own_case(tmp_path: Path) -> Iterator[CaseWorld]:
    with running_case(tmp_path) as running:
        yield running


def asked(case: CaseWorld, code: str, **changed: str) -> None:
    """A paper of any procedure, for a case that would be of it."""
    procedure, step = step_of(code)
    values = {**asked_values(templates()[code]), **changed}
    of_case = replace(case.of_case, procedure=procedure)
    asyncio.run(
        prepare_of(case.world.node, case.store, of_case, step=step, code=code, values=values, prepared_by="token:ab")
    )


def test_number_day_authority_and_party_come_from_the_program(case: CaseWorld) -> None:
    data = case.store.read(case.entry.sha256)

    assert data is not None
    assert hashlib.sha256(data).hexdigest() == case.entry.sha256
    assert case.entry.doc_no == "谯农〔2026〕1号"
    assert case.entry.values["authority"] == "示例谯城区农业农村局"
    assert case.entry.values["date"] == "2026年9月10日"
    assert case.entry.values["subject_name"] == "示例中药材专业合作社"
    assert case.entry.values["subject_id_masked"] == "93341602MA75428340"


@pytest.mark.parametrize("code", CODES)
def test_every_paper_can_be_made_from_its_needed_fields_alone(case: CaseWorld, code: str) -> None:
    procedure, step = step_of(code)
    values = {one.name: f"内容{one.name}" for one in needed_fields(code) if not one.is_computed}

    made = asyncio.run(
        prepare_of(
            case.world.node,
            case.store,
            replace(case.of_case, procedure=procedure),
            step=step,
            code=code,
            values=values,
            prepared_by="token:ab",
        )
    )

    page = (case.store.read(made.sha256) or b"").decode()
    assert [value for value in values.values() if value not in page] == []
    assert made.doc_no in page


@pytest.mark.parametrize("code", CODES)
def test_a_paper_without_a_required_field_is_refused_with_its_name(case: CaseWorld, code: str) -> None:
    template = templates()[code]
    needed = [name for name in template.fields if name not in FROM_CASE and not is_computed(template, name)]
    registered = {"subject_address"} & set(needed)  # the co-op has no address in the register either

    for name in needed:
        with pytest.raises(Invalid) as refused:
            asked(case, code, **{name: " \r\n"})
        assert [(one.pointer, one.code) for one in refused.value.faults] == [(f"/values/{name}", "missing-field")]
    assert registered <= {"subject_address"}


def test_everything_that_is_missing_is_named_at_once(case: CaseWorld) -> None:
    with pytest.raises(Invalid) as refused:
        asyncio.run(
            prepare(
                case.world.node,
                case.store,
                case=case.case,
                step="P06",
                code="D-PUB-NOTICE",
                values={"where": "示例网站"},
                prepared_by="token:ab",
            )
        )

    assert [one.pointer for one in refused.value.faults] == [
        f"/values/{name}" for name in ("what", "from", "legal_basis", "objection_route")
    ]


@pytest.mark.parametrize("text", ["\u202e21", "字" * 20_001])
def test_text_that_cannot_be_shown_is_refused_with_its_field(case: CaseWorld, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        asked(case, "D-PUB-NOTICE", what=text)

    assert [one.pointer for one in refused.value.faults] == ["/values/what"]


def test_what_is_computed_cannot_be_typed(case: CaseWorld) -> None:
    made = case.prepared("P06", "D-PUB-NOTICE", doc_no="皖〔1999〕9号", date="1999年1月1日", subject_name="别人")

    page = (case.store.read(made.sha256) or b"").decode()
    assert "1999年" not in page
    assert "〔1999〕" not in page
    assert "别人" not in page


def test_line_ends_of_a_form_are_lines(case: CaseWorld) -> None:
    made = case.prepared("P06", "D-PUB-NOTICE", what="第一行\r\n第二行")

    page = (case.store.read(made.sha256) or b"").decode()
    assert "<p><bdi>第一行</bdi></p>\n<p><bdi>第二行</bdi></p>" in page


@pytest.mark.parametrize(
    ("case_id", "step", "code"),
    [
        ("", "P99", "D-PUB-NOTICE"),
        ("", "P06", "D-LIST-DECISION"),
        ("", "P06", "D-NOTHING"),
        ("nobody-opened-this-case", "P06", "D-PUB-NOTICE"),
    ],
)
def test_a_paper_that_the_step_does_not_ask_for_is_not_made(
    case: CaseWorld, case_id: str, step: str, code: str
) -> None:
    with pytest.raises(NotFound):
        asyncio.run(
            prepare(
                case.world.node,
                case.store,
                case=case_id or case.case,
                step=step,
                code=code,
                values={},
                prepared_by="token:ab",
            )
        )


def test_a_code_without_a_template_needs_nothing() -> None:
    with pytest.raises(NotFound):
        needed_fields("D-CONSENT")


def test_the_form_of_a_paper_knows_what_to_ask() -> None:
    found = {one.name: one for one in needed_fields("D-LIST-DECISION")}

    assert [name for name, one in found.items() if one.is_computed] == [
        *("doc_no", "authority", "date", "subject_name", "subject_id_masked", "authority_seal"),
    ]
    assert (found["facts"].zh, found["facts"].en, found["facts"].lines) == ("事实", "Facts", True)
    assert found["remedies_court_6m"].zh == "受理行政诉讼的人民法院"
    assert not found["term"].lines


def test_the_year_of_a_number_is_that_of_the_law_s_day(own_case: CaseWorld) -> None:
    """Seconds before and after midnight in Shanghai, which is 16:00 UTC."""
    clock = own_case.world.clock
    clock.at = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    before = own_case.prepared("P06", "D-PUB-NOTICE", what="一")
    clock.at = datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC)
    after = own_case.prepared("P06", "D-PUB-NOTICE", what="二")

    assert (before.doc_no, before.values["date"]) == ("谯农〔2026〕1号", "2026年12月31日")
    assert (after.doc_no, after.values["date"]) == ("谯农〔2027〕1号", "2027年1月1日")


def test_a_paper_that_stands_in_the_case_is_not_used_again(own_case: CaseWorld) -> None:
    notice = own_case.prepared("P06", "D-PUB-NOTICE")
    same = own_case.prepared("P06", "D-PUB-NOTICE")
    own_case.serve(notice, "first")

    again = own_case.prepared("P06", "D-PUB-NOTICE")

    assert same == notice
    assert again.doc_no == "谯农〔2026〕2号"
    assert [one.doc_no for one in prepared_for(own_case.store, own_case.case, "P06")] == [notice.doc_no, again.doc_no]
    assert len(prepared_for(own_case.store, own_case.case)) == 3


def test_a_natural_person_is_named_in_full_to_itself_and_by_the_ends_of_its_number(own_case: CaseWorld) -> None:
    world = own_case.world
    body = {
        "name": "张三丰（示例）",
        "legal_form": "household",
        "roles": ["grower"],
        "region": REGION,
        "id_number": "11010519491231002X",
    }
    person = world.made("/api/v1/parties", body, "official")["id"]
    of_case = OfCase("case-of-a-person-123", "trace_outcome", person, own_case.bureau, REGION)
    values = asked_values(templates()["D-FACT-NOTICE"])

    made = asyncio.run(
        prepare_of(
            world.node, own_case.store, of_case, step="T02", code="D-FACT-NOTICE", values=values, prepared_by="token:ab"
        )
    )

    page = (own_case.store.read(made.sha256) or b"").decode()
    assert "张三丰（示例）" in page
    assert "1101**********002X" in page
    assert "11010519491231002X" not in page + str(made.values)
