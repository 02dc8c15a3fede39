"""A season file: what a good one says, which cells of a bad one are named, and how it goes through the API."""

import csv
from collections.abc import Mapping
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from api import season_words
from api.catalogue import LANGS, messages
from api.season import (
    CellFault,
    Interlude,
    PostRefused,
    Season,
    SeasonError,
    StepRefused,
    files_beside,
    parse_season,
    play,
)
from api.season_cells import folded
from trace.events import KINDS, Privacy

ROOT = Path(__file__).parents[2]
DEMONSTRATION = ROOT / "api" / "demonstration"

# Rows as Excel numbers them: a field batch with its harvest, a second batch made of it with sample and report.
GOOD = """\
# 备注：栏目之外的行
【主体】
主体名称,时间,主体类型,从事的业务,所在地区,统一社会信用代码,电话
十河合作社,2026-03-01 09:00,农民专业合作社,种植；加工,谯城区,93341602MA75428340,19900000001
谯城检测站,2026-03-01 09:30,事业单位,检验机构,341602,1234160263MPUGDX8J,

【地块】
地块名称,主体名称,时间,所在地区,乡镇,面积（亩）
东地,十河合作社,2026-03-01 10:00,谯城区,十河镇,118.5

【批次】
批次名称,主体名称,时间,产品,地块,数量,原料批次
东地 2026,十河合作社,2026-03-02 08:00,白芍,东地,15000 公斤,
袋装,十河合作社,2026-09-01 08:00,白芍,,100 公斤,东地 2026|100 公斤

【采收】
批次名称,时间,采收量,采收人,涉及的地块
东地 2026,2026/8/20 18:00,18200 公斤,李四,东地

【抽样】
批次名称,填报主体,时间,样品编号,抽样类别,抽样数量,抽样人员
袋装,谯城检测站,2026-09-02 09:00,CY-1,委托检验,1 公斤,王五；赵六

【检验报告】
批次名称,填报主体,时间,检验项目,抽样记录
袋装,谯城检测站,2026-09-05 09:00,水分|11.8|%|14.0|||合格,CY-1

【收货】
批次名称,时间,收货数量,发运记录
袋装,2026-09-08 09:00,99 公斤,袋装/发运/第1条

【发运】
批次名称,时间,发运数量,发往地区
袋装,2026-09-07 09:00,99 公斤,310115
"""


def _faults(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(SeasonError) as refused:
        parse_season(text.encode())
    return [(fault.row, fault.column, fault.code) for fault in refused.value.faults]


def _demonstration() -> Season:
    return parse_season((DEMONSTRATION / "white-peony.csv").read_bytes(), files_beside(DEMONSTRATION))


# ---- a good file -----------------------------------------------------------------------------------------------------


def test_the_steps_stand_in_order_of_time_whatever_the_order_of_the_rows() -> None:
    season = parse_season(GOOD.encode())

    assert [(step.row, step.kind) for step in season.steps] == [
        (4, "party_registered"),
        (5, "party_registered"),
        (9, "place_registered"),
        (13, "batch_opened"),
        (18, "harvest"),
        (14, "batch_opened"),
        (22, "sample_taken"),
        (26, "lab_report"),
        (34, "dispatch"),
        (30, "receipt"),
    ]


def test_who_says_a_thing_is_the_owner_unless_another_party_is_named() -> None:
    steps = {step.row: step for step in parse_season(GOOD.encode()).steps}

    assert steps[4].actor is None  # an official registers parties
    assert steps[9].actor == "十河合作社"
    assert steps[18].actor == "十河合作社"
    assert steps[22].actor == "谯城检测站"


def test_times_mean_shanghai() -> None:
    steps = {step.row: step for step in parse_season(GOOD.encode()).steps}

    assert steps[18].occurred_at == datetime.fromisoformat("2026-08-20T18:00:00+08:00")


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gbk", "gbk"), ("gb18030", "gbk")]
)
def test_utf_8_with_and_without_bom_and_gbk_say_the_same(encoding: str, said: str) -> None:
    season = parse_season(GOOD.encode(encoding))

    assert season.steps == parse_season(GOOD.encode()).steps
    assert season.encoding == said


def test_what_excel_adds_changes_nothing() -> None:
    lines = [line + ",,,," for line in GOOD.splitlines()]
    padded = "\r\n".join(lines) + "\r\n,,,,\r\n"

    assert parse_season(padded.encode()).steps == parse_season(GOOD.encode()).steps


def test_full_width_commas_and_line_breaks_in_quotes_are_text() -> None:
    text = GOOD.replace("李四", '"李四，老李\n（组长）"').replace("十河镇", " 十河镇\u3000")

    with pytest.raises(SeasonError) as refused:
        parse_season(text.encode())

    # The line break is seen in its own cell (the record cannot carry it) and moves no row number.
    assert [(fault.row, fault.column, fault.code) for fault in refused.value.faults] == [
        (18, "采收人", "forbidden-character")
    ]


def test_a_quoted_full_width_comma_stays_in_the_text() -> None:
    steps = {step.row: step for step in parse_season(GOOD.replace("李四", '"李四，张三"').encode()).steps}

    assert steps[18].payload["operator"] == "李四，张三"


def test_headings_and_titles_may_be_written_with_blanks_and_half_width_brackets() -> None:
    text = GOOD.replace("面积（亩）", "面积 (亩)").replace("【批次】", "【建立批次】").replace("【地块】", "【 地块 】")

    assert parse_season(text.encode()).steps == parse_season(GOOD.encode()).steps


def test_the_example_of_the_documentation_is_a_good_season() -> None:
    page = (ROOT / "docs" / "season.md").read_text(encoding="utf-8")
    example = page.split("```csv\n")[1].split("```")[0]

    assert [step.kind for step in parse_season(example.encode()).steps] == [
        "party_registered",
        "place_registered",
        "batch_opened",
        "input_use",
        "harvest",
    ]


def test_the_documentation_lists_every_section_and_heading() -> None:
    page = (ROOT / "docs" / "season.md").read_text(encoding="utf-8")

    missing = [
        (sheet.titles[0], column.headings[0])
        for sheet in season_words.sheets()
        for column in sheet.columns
        if column.name != season_words.TOLD
        and f"| {column.headings[0]} " not in page
        and f"| **{column.headings[0]}**" not in page
    ]
    assert missing == []
    assert "**补记时间**" in page  # of every record; said once
    assert [sheet.titles[0] for sheet in season_words.sheets() if f"### 【{sheet.titles[0]}】" not in page] == []


def test_no_two_columns_of_a_section_share_a_heading() -> None:
    for sheet in season_words.sheets():
        headings = [folded(heading) for column in sheet.columns for heading in column.headings]
        assert len(headings) == len(set(headings)), sheet.kind.name


# ---- wrong cells -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("was", "written", "fault"),
    [
        ("18200 公斤", "18200", (18, "采收量", "not-a-quantity")),
        ("18200 公斤", "0 公斤", (18, "采收量", "not-positive")),
        ("18200 公斤", "18200 筐", (18, "采收量", "unknown-unit")),
        ("18200 公斤", "18200 亩", (18, "采收量", "unit-mismatch")),
        ("18200 公斤", "", (18, "采收量", "missing-cell")),
        ("118.5", '"1,118.5"', (9, "面积（亩）", "not-a-decimal")),
        ("2026/8/20 18:00", "2026/8/20", (18, "时间", "not-a-time")),
        ("2026/8/20 18:00", "", (18, "时间", "missing-cell")),
        ("农民专业合作社", "合作社联社", (4, "主体类型", "unknown-value")),
        ("93341602MA75428340", "93341602MA75428341", (4, "统一社会信用代码", "bad-code")),
        ("93341602MA75428340", "9.33416E+17", (4, "统一社会信用代码", "shortened-number")),
        ("事业单位,检验机构,341602", "事业单位,检验机构,999999", (5, "所在地区", "unknown-region")),
        ("谯城区,十河镇", "谯城区,千河镇", (9, "乡镇", "unknown-township")),
        ("2026-03-02 08:00,白芍", "2026-03-02 08:00,赤芍", (13, "产品", "unknown-value")),
        ("白芍,东地", "白芍,西地", (13, "地块", "unknown-place")),
        ("白芍,,100 公斤,东地 2026|100 公斤", "白芍,,100 公斤,", (14, "产地乡镇", "missing-cell")),
        ("东地 2026|100 公斤", "西地 2026|100 公斤", (14, "原料批次", "unknown-batch")),
        ("东地 2026|100 公斤", "东地 2026|100 公斤|1", (14, "原料批次", "too-many-parts")),
        ("委托检验", "送检", (22, "抽样类别", "unknown-value")),
        ("11.8|%", "约12|%", (26, "检验项目", "not-a-decimal")),
        (",CY-1\n", ",CY-2\n", (26, "抽样记录", "unknown-record")),
        ("袋装/发运/第1条", "袋装/发运/第2条", (30, "发运记录", "unknown-record")),
        ("袋装/发运/第1条", "袋装/发货/第1条", (30, "发运记录", "unknown-record")),
        ("袋装,谯城检测站,2026-09-02", "袋装,谯城化验室,2026-09-02", (22, "填报主体", "unknown-party")),
        ("袋装,2026-09-07", "罐装,2026-09-07", (34, "批次名称", "unknown-batch")),
        ("李四", "=B2", (18, "采收人", "formula")),
        ("谯城检测站,2026-03-01", "十河合作社,2026-03-01", (5, "主体名称", "repeated-name")),
        ("采收人", "采收者", (17, "采收者", "unknown-heading")),
        ("采收人", "采收量", (17, "采收量", "repeated-heading")),
        ("采收量", "", (17, "采收量", "missing-heading")),
        ("【采收】", "【收割】", (16, "【收割】", "unknown-section")),
        ("【采收】\n", "", (16, "", "outside-section")),
        ("【采收】\n", "【采收】\n\n", (16, "", "missing-headings")),
        ("李四,东地", "李四,东地,多的", (18, "", "cell-without-heading")),
        ("袋装,2026-09-07 09:00", "袋装,2026-09-09 09:00", (30, "发运记录", "named-too-early")),
        ("十河合作社,2026-03-01 09:00", "十河合作社,2026-03-01 11:00", (9, "主体名称", "named-too-early")),
    ],
)
def test_a_wrong_cell_is_named_by_row_and_heading(was: str, written: str, fault: tuple[int, str, str]) -> None:
    assert GOOD.count(was) >= 1

    assert fault in _faults(GOOD.replace(was, written, 1))


def test_all_wrong_cells_are_named_at_once_in_the_order_of_the_rows() -> None:
    text = GOOD.replace("118.5", "很大").replace("18200 公斤", "18200").replace("委托检验", "送检")

    assert _faults(text) == [
        (9, "面积（亩）", "not-a-decimal"),
        (18, "采收量", "not-a-quantity"),
        (22, "抽样类别", "unknown-value"),
    ]


def test_a_wrong_cell_is_named_once() -> None:
    assert _faults(GOOD.replace("93341602MA75428340", "9.33416E+17")) == [(4, "统一社会信用代码", "shortened-number")]


def test_two_samples_of_one_number_cannot_be_told_apart() -> None:
    row = "袋装,谯城检测站,2026-09-02 09:00,CY-1,委托检验,1 公斤,王五；赵六\n"

    assert (27, "抽样记录", "ambiguous-record") in _faults(GOOD.replace(row, row + row))


def test_a_telephone_number_in_an_open_field_is_refused() -> None:
    text = GOOD.replace("采收量,采收人", "采收量,采收方式").replace("李四", "问 19900000002")

    assert _faults(text) == [(18, "采收方式", "personal-data")]


def test_faults_and_their_sentences_never_repeat_a_cell() -> None:
    text = GOOD.replace("19900000001", "19900000001").replace("118.5", "秘密118")

    with pytest.raises(SeasonError) as refused:
        parse_season(text.encode())

    said = str(refused.value) + "".join(fault.sentence(lang) for fault in refused.value.faults for lang in LANGS)
    assert "秘密118" not in said


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"\xff\xff\xff", (0, "", "bad-encoding")),
        (GOOD.encode("utf-16"), (0, "", "bad-encoding")),
        ('【采收】\n批次名称,时间,采收量\n"东地'.encode(), (3, "", "bad-csv")),
        (b"", (1, "", "no-section")),
        ("# 只有备注\n".encode(), (1, "", "no-section")),
    ],
)
def test_a_file_that_cannot_be_read_as_rows_says_so(data: bytes, fault: tuple[int, str, str]) -> None:
    with pytest.raises(SeasonError) as refused:
        parse_season(data)

    assert [(one.row, one.column, one.code) for one in refused.value.faults] == [fault]


def test_more_rows_than_a_file_may_have_are_refused() -> None:
    with pytest.raises(SeasonError) as refused:
        parse_season(b"#\n" * 100_001)

    assert [fault.code for fault in refused.value.faults] == ["too-many-rows"]


def test_a_broken_first_cell_inside_a_section_is_no_remark() -> None:
    text = GOOD.replace("东地 2026,2026/8/20 18:00", "#N/A,2026/8/20 18:00")

    assert _faults(text) == [(18, "批次名称", "unknown-batch")]


def test_every_fault_of_a_season_has_a_sentence_in_both_languages() -> None:
    keys = {lang: {key for key in messages(lang) if key.startswith("season.")} for lang in LANGS}

    assert keys["zh"] == keys["en"]
    for key in keys["zh"]:
        if key.startswith("season.fault."):
            fault = CellFault(7, "采收量", key.removeprefix("season.fault."))
            if fault.code != "not-accepted":
                assert all(fault.sentence(lang) for lang in LANGS)


def test_a_value_that_the_payload_refuses_is_said_with_the_place_and_the_reason() -> None:
    sentence = CellFault(4, "统一社会信用代码", "bad-code").sentence("zh")

    assert sentence.startswith("第 4 行“统一社会信用代码”：")


# ---- playing ---------------------------------------------------------------------------------------------------------


class _Node:
    """Answers as the API would, and remembers every request."""

    def __init__(self, refused_path: str = "") -> None:
        self.requests: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.asked: list[str] = []
        self.records: list[dict[str, Any]] = []
        self._refused_path = refused_path

    def get(self, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        self.asked.append(path)
        return {"items": self.records}

    def post(self, path: str, json: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        if self._refused_path and path.endswith(self._refused_path):
            raise PostRefused(409, {"code": "uscc-taken"})
        number = len(self.requests)
        self.requests.append((path, dict(json), dict(headers)))
        if path == "/api/v1/batches":
            head = {"seq": 0, "index": number, "leaf": f"{number:064x}"}
            return {"id": f"id-{number}", "code": f"CODE{number}", "head": head}
        if json.get("kind") == "batch_split":
            parts = [
                {"id": f"id-{number}-{at}", "code": f"PART{at}"} for at, _ in enumerate(json["payload"]["outputs"])
            ]
            return {"id": f"urn:{number}", "chain": path.split("/")[-2], "seq": 1, "leaf": "0" * 64, "items": parts}
        if path.endswith("/events"):
            return {
                "id": f"urn:{number}",
                "chain": path.split("/")[-2],
                "seq": number,
                "index": 0,
                "leaf": f"{number:064x}",
            }
        return {"id": f"id-{number}"}


class _Clock:
    def __init__(self) -> None:
        self.times: list[datetime] = []

    def set(self, at: datetime) -> None:
        self.times.append(at)


def _token(role: str, party: str | None) -> str:
    return f"{role}/{party}"


def test_each_step_goes_to_its_address_with_ids_in_place_of_names() -> None:
    node = _Node()

    play(parse_season(GOOD.encode()), node, _token)

    assert [path for path, _, _ in node.requests] == [
        "/api/v1/parties",
        "/api/v1/parties",
        "/api/v1/places",
        "/api/v1/batches",
        "/api/v1/batches/id-3/events",
        "/api/v1/batches",
        "/api/v1/batches/id-5/events",
        "/api/v1/batches/id-5/events",
        "/api/v1/batches/id-5/events",
        "/api/v1/batches/id-5/events",
    ]
    assert node.requests[0][1] == {
        "name": "十河合作社",
        "legal_form": "co-op",
        "roles": ["grower", "processor"],
        "region": "341602",
        "uscc": "93341602MA75428340",
        "phone": "19900000001",
        "occurred_at": "2026-03-01T09:00:00+08:00",
    }
    assert node.requests[2][1] == {
        "name": "东地",
        "party": "id-0",
        "region": "341602",
        "township": "十河镇",
        "area_mu": "118.5",
        "occurred_at": "2026-03-01T10:00:00+08:00",
    }
    assert node.requests[5][1] == {
        "party": "id-0",
        "product": "HB-BS",
        "quantity": {"value": "100", "unit": "kg"},
        "inputs": [{"batch": "id-3", "quantity": {"value": "100", "unit": "kg"}}],
        "occurred_at": "2026-09-01T08:00:00+08:00",
    }
    assert node.requests[4][1] == {
        "kind": "harvest",
        "occurred_at": "2026-08-20T18:00:00+08:00",
        "payload": {"quantity": {"value": "18200", "unit": "kg"}, "operator": "李四", "places": ["id-2"]},
    }


def test_a_named_record_becomes_the_entry_that_the_node_answered() -> None:
    node = _Node()

    play(parse_season(GOOD.encode()), node, _token)

    assert node.requests[7][1]["payload"]["sample"] == {"chain": "id-5", "seq": 6, "leaf": f"{6:064x}"}
    assert node.requests[9][1]["payload"]["dispatch"] == {"chain": "id-5", "seq": 8, "leaf": f"{8:064x}"}


def test_officials_register_parties_laboratories_report_and_members_record() -> None:
    node = _Node()

    play(parse_season(GOOD.encode()), node, _token)

    assert [headers["Authorization"] for _, _, headers in node.requests] == [
        "Bearer official/None",
        "Bearer official/None",
        "Bearer member/id-0",
        "Bearer member/id-0",
        "Bearer member/id-0",
        "Bearer member/id-0",
        "Bearer laboratory/id-1",
        "Bearer laboratory/id-1",
        "Bearer member/id-0",
        "Bearer member/id-0",
    ]


def _keys_by_row(text: str) -> dict[str, str]:
    """The idempotency key of each request, by what was sent."""
    node = _Node()
    play(parse_season(text.encode()), node, _token)
    return {f"{path} {json}": str(UUID(headers["Idempotency-Key"])) for path, json, headers in node.requests}


def test_a_second_play_of_the_same_file_sends_the_same_idempotency_keys() -> None:
    keys = _keys_by_row(GOOD)

    assert _keys_by_row(GOOD) == keys
    assert len(set(keys.values())) == 10


def test_a_mended_row_gets_a_new_key_and_the_others_keep_theirs() -> None:
    before, after = _keys_by_row(GOOD), _keys_by_row("# 又一行备注\n" + GOOD.replace("李四", "李五"))

    assert len(set(before.values()) & set(after.values())) == 9
    assert {what for what in before if what not in after} == {what for what in before if "李四" in what}


def test_the_same_words_about_another_party_are_another_record() -> None:
    before, after = _keys_by_row(GOOD), _keys_by_row(GOOD.replace("93341602MA75428340", "933416029GJRFYBU32"))

    laboratory = next(key for what, key in before.items() if "谯城检测站" in what)
    assert set(before.values()) & set(after.values()) == {laboratory}


def test_two_rows_that_say_the_same_are_two_records() -> None:
    row = "东地 2026,2026/8/20 18:00,18200 公斤,李四,东地\n"
    node = _Node()

    play(parse_season(GOOD.replace(row, row + row).encode()), node, _token)

    assert len({headers["Idempotency-Key"] for _, _, headers in node.requests}) == 11


def test_the_clock_of_a_demonstration_is_set_a_few_minutes_past_each_step() -> None:
    clock = _Clock()
    season = parse_season(GOOD.encode())

    play(season, _Node(), _token, clock)

    assert clock.times[0] == datetime.fromisoformat("2026-03-01T09:07:00+08:00")
    assert clock.times == sorted(clock.times)
    assert len(clock.times) == len(season.steps)


def test_what_was_played_is_known_by_the_names_of_the_file() -> None:
    played = play(parse_season(GOOD.encode()), _Node(), _token)

    assert played.parties == {"十河合作社": "id-0", "谯城检测站": "id-1"}
    assert played.places == {"东地": "id-2"}
    assert played.batches == {"东地 2026": "id-3", "袋装": "id-5"}
    assert played.codes == {"东地 2026": "CODE3", "袋装": "CODE5"}


def test_a_refused_step_names_its_row_and_keeps_the_problem() -> None:
    with pytest.raises(StepRefused) as refused:
        play(parse_season(GOOD.encode()), _Node(refused_path="/places"), _token)

    assert (refused.value.row, refused.value.kind, refused.value.problem) == (
        9,
        "place_registered",
        {"code": "uscc-taken"},
    )


# ---- what a file may say of the records before it --------------------------------------------------------------------

MORE = (
    GOOD
    + """
【分批】
批次名称,时间,分成的批次,分批原因
袋装,2026-09-03 08:00,甲批|60 公斤；乙批|30 公斤,销售

【入库】
批次名称,时间,仓库乡镇
甲批,2026-09-04 08:00,十河镇

【更正】
批次名称,时间,更正的记录,更正哪一列,改为,更正原因,没有发生
东地 2026,2026-08-20 19:00,东地 2026/采收/第1条,采收量,1820 公斤,多打了一个0,
甲批,2026-09-04 09:00,甲批/入库/第1条,,,记错了批次,是

【异常说明】
批次名称,时间,要说明的问题,说明
东地 2026,2026-08-21 08:00,东地 2026/采收/第1条,过磅单在合作社

【投入品使用】
批次名称,时间,补记时间,投入品类别,商品名称
东地 2026,2026-07-01 08:00,2026-09-09 10:00,肥料,有机肥
"""
)


def _played(text: str, node: _Node, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    play(parse_season(text.encode()), node, _token, **more)
    return [(path, body) for path, body, _ in node.requests]


def _sent(node: _Node, kind: str) -> list[dict[str, Any]]:
    return [body for _, body, _ in node.requests if body.get("kind") == kind]


def _flagged() -> _Node:
    node = _Node()
    kinds = ["batch_opened", *["planting"] * 4, "verdict", "flag_raised", "harvest", "flag_raised"]
    node.records = [{"kind": kind, "seq": seq, "leaf": f"{seq:064x}"} for seq, kind in enumerate(kinds)]
    return node


def test_a_split_asks_for_its_parts_and_later_rows_name_them() -> None:
    node = _flagged()

    requests = _played(MORE, node)

    [split] = _sent(node, "batch_split")
    kg = [{"quantity": {"value": "60", "unit": "kg"}}, {"quantity": {"value": "30", "unit": "kg"}}]
    assert split["payload"] == {"outputs": kg, "why": "sale"}
    at = next(number for number, (_, body) in enumerate(requests) if body.get("kind") == "batch_split")
    [stored] = [path for path, body in requests if body.get("kind") == "store_in"]
    assert stored == f"/api/v1/batches/id-{at}-0/events"


def test_a_part_belongs_to_whoever_opened_what_was_split() -> None:
    steps = parse_season(MORE.encode()).steps

    assert [step.actor for step in steps if step.kind == "store_in"] == ["十河合作社"]


def test_a_correction_restates_the_whole_event_with_one_column_changed() -> None:
    node = _flagged()

    requests = _played(MORE, node)

    at = next(number for number, (_, body) in enumerate(requests) if body.get("kind") == "harvest")
    restated = _sent(node, "correction")[0]
    assert (restated["corrects"], restated["reason"]) == (f"urn:{at}", "多打了一个0")
    place = requests[at][1]["payload"]["places"]
    assert restated["payload"] == {
        "restated": {
            "kind": "harvest",
            "occurred_at": "2026-08-20T18:00:00+08:00",
            "payload": {"quantity": {"value": "1820", "unit": "kg"}, "operator": "李四", "places": place},
        }
    }
    assert _sent(node, "correction")[1]["payload"] == {"did_not_occur": True}


def test_an_answer_names_the_flag_that_stands_right_behind_the_record() -> None:
    node = _flagged()

    _played(MORE, node)

    [answered] = _sent(node, "flag_answered")
    assert node.asked == ["/api/v1/batches/id-3/events?limit=200"]
    assert answered["payload"]["flag"] == {"chain": "id-3", "seq": 6, "leaf": f"{6:064x}"}


def test_a_record_that_raised_no_flag_cannot_be_answered() -> None:
    node = _flagged()
    node.records[6]["kind"] = "planting"

    with pytest.raises(StepRefused) as refused:
        _played(MORE, node)

    assert (refused.value.kind, refused.value.problem["code"]) == ("flag_answered", "bad-reference")


def test_what_was_told_late_is_sent_when_it_was_told() -> None:
    node, clock = _flagged(), _Clock()

    requests = _played(MORE, node, clock=clock)

    assert requests[-1][1]["occurred_at"] == "2026-07-01T08:00:00+08:00"
    assert clock.times[-1] == datetime.fromisoformat("2026-09-09T10:00:00+08:00")


def test_an_interlude_comes_between_the_steps_before_and_behind_it() -> None:
    node, clock, seen = _flagged(), _Clock(), list[tuple[int, int]]()
    at = datetime.fromisoformat("2026-09-03T08:00:00+08:00")

    _played(
        MORE,
        node,
        clock=clock,
        interludes=[Interlude(at, lambda played: seen.append((len(node.requests), len(played.batches))))],
    )

    before = [body for _, body, _ in node.requests[: seen[0][0]]]
    assert [body.get("kind") for body in before][-1] == "sample_taken"
    assert seen[0][1] == 2
    assert at in clock.times


@pytest.mark.parametrize(
    ("was", "written", "fault"),
    [
        ("采收量,1820 公斤", "亩产,1820 公斤", (46, "更正哪一列", "unknown-heading")),
        ("采收量,1820 公斤", "采收量,1820", (46, "改为", "not-a-quantity")),
        ("采收量,1820 公斤", "采收量,", (46, "更正哪一列", "this-or-that")),
        ("记错了批次,是", "记错了批次,否", (47, "更正哪一列", "this-or-that")),
        ("东地 2026/采收/第1条,采收量", "东地 2026/采收/第2条,采收量", (46, "更正的记录", "unknown-record")),
        ("乙批|30 公斤", "甲批|30 公斤", (38, "分成的批次", "repeated-name")),
        ("2026-09-09 10:00", "2026-06-09 10:00", (55, "补记时间", "told-too-early")),
    ],
)
def test_a_wrong_cell_about_a_record_before_is_named(was: str, written: str, fault: tuple[int, str, str]) -> None:
    assert was in MORE
    assert fault in _faults(MORE.replace(was, written))


def test_files_are_read_beside_the_season_file_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (tmp_path / "season").mkdir()
    (tmp_path / "season" / "report.txt").write_bytes(b"report")

    read_file = files_beside(tmp_path / "season")

    assert read_file("report.txt") == b"report"
    assert read_file("../secret.txt") is None
    assert read_file(str(tmp_path / "secret.txt")) is None
    assert read_file("missing.txt") is None


# ---- the demonstration -----------------------------------------------------------------------------------------------


def test_the_demonstration_is_a_good_season() -> None:
    season = _demonstration()

    assert season.encoding == "utf-8"
    assert len(season.steps) == 97
    assert {step.kind for step in season.steps} == set(KINDS) - season_words.NEVER_STATED


def test_every_party_of_the_demonstration_says_that_it_is_an_example() -> None:
    names = [step.name for step in _demonstration().steps if step.kind == "party_registered"]

    assert len(names) == 9
    assert all(name.endswith("（示例）") for name in names)


def test_the_demonstration_lies_before_its_last_day() -> None:
    times = [step.occurred_at for step in _demonstration().steps]

    assert times[0] == datetime.fromisoformat("2022-09-26T09:00:00+08:00")
    assert times[-1] < datetime.fromisoformat("2026-11-20T00:00:00+08:00")


def test_every_private_field_is_used_in_the_demonstration() -> None:
    used = {(step.kind, field) for step in _demonstration().steps for field in step.payload}

    private = {
        (kind.name, name)
        for kind in KINDS.values()
        if kind.name not in season_words.NEVER_STATED
        for name, field in kind.fields.items()
        if field.privacy is not Privacy.OPEN
    }
    assert private - used == set()
    # A party's name and address are private for a natural person alone, so one must be in it.
    forms = [step.payload["legal_form"] for step in _demonstration().steps if step.kind == "party_registered"]
    assert "household" in forms


def test_no_private_text_of_the_demonstration_is_part_of_an_open_one() -> None:
    private: set[str] = set()
    open_texts: set[str] = set()
    said = [(step.kind, step.payload) for step in _demonstration().steps]
    # What a correction says anew is as private as it was the first time.
    anew = [one for _, payload in said if isinstance(one := payload.get("restated"), dict)]
    said = [(kind, {name: value for name, value in payload.items() if name != "restated"}) for kind, payload in said]
    for kind, payload in [*said, *((str(one["kind"]), one["payload"]) for one in anew)]:
        assert isinstance(payload, Mapping)
        is_natural = payload.get("legal_form") == "household"
        for field, value in payload.items():
            privacy = KINDS[kind].fields[field].privacy
            is_private = privacy is Privacy.COMMIT or (privacy is Privacy.COMMIT_FOR_NATURAL_PERSON and is_natural)
            (private if is_private else open_texts).update(_texts(value))

    assert len(private) >= 40
    assert [(secret, text) for secret in private for text in open_texts if secret in text] == []


def _texts(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, list):
        return {text for item in value for text in _texts(item)}
    if isinstance(value, dict):
        return {text for item in value.values() for text in _texts(item)}
    return set()


def test_the_demonstration_weighs_what_the_tables_allow() -> None:
    with (ROOT / "trace" / "reference" / "processes.csv").open(encoding="utf-8") as stream:
        bands = {row["code"]: row for row in csv.DictReader(stream)}

    steps = [step for step in _demonstration().steps if step.kind == "primary_processing"]

    herb = ["PR-BOIL", "PR-PEEL", "PR-BOIL", "PR-PEEL", "PR-BOIL", "PR-PEEL", "PR-DRY-BS", "PR-DRY-BS", "PR-DRY-BS"]
    assert [step.payload["process"] for step in steps] == [*herb, "PR-SORT"]
    for step in steps:
        went_in, came_out = step.payload["quantity_in"], step.payload["quantity_out"]
        assert isinstance(went_in, dict)
        assert isinstance(came_out, dict)
        ratio = float(str(came_out["value"])) / float(str(went_in["value"]))
        band = bands[str(step.payload["process"])]
        assert float(band["out_per_in_low"]) <= ratio <= float(band["out_per_in_high"])


def test_the_demonstration_has_one_use_inside_its_interval_and_that_one_was_told_late() -> None:
    steps = _demonstration().steps
    sprayed = [step for step in steps if step.kind == "input_use" and step.payload["input_kind"] == "pesticide"]
    first_harvest = {step.name: step for step in reversed(steps) if step.kind == "harvest"}

    def day(text: object) -> date:
        return date.fromisoformat(str(text)[:10])

    waited = {}
    for use in sprayed:
        harvest = first_harvest[use.name]
        picked = day(harvest.payload.get("from", harvest.occurred_at.isoformat()))
        waited[use.name] = ((picked - day(use.payload["used_until"])).days, use.payload["interval_days"], use.told_at)

    assert waited == {
        "2026 十河田间批": (100, 30, None),
        "2026 东岗田间批": (16, 30, datetime.fromisoformat("2026-10-30T10:15:00+08:00")),
        "2026 秋白菜": (26, 7, None),
    }
    assert [step.row for step in sprayed if "registration_no" in step.payload] == []


def test_the_demonstration_opens_in_excel_without_losing_a_character() -> None:
    data = (DEMONSTRATION / "white-peony.csv").read_bytes()

    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    rows = list(csv.reader(StringIO(data.decode("utf-8-sig"))))
    assert ["【采收】"] in rows


def test_every_file_of_the_demonstration_says_that_it_is_an_example() -> None:
    files = sorted((DEMONSTRATION / "files").iterdir())

    assert len(files) == 15
    assert [file.name for file in files if file.name != "serials.txt" and "示例" not in file.read_text("utf-8")] == []
