"""A demonstration is there whole or not at all."""

import html
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import api.demonstration as demonstration
from api.auth.tokens import token_hash
from api.db import Operational
from api.demonstration.doors import PEOPLE, open_doors
from api.demonstration.sample_story import OWNER
from api.documents import DocumentStore
from api.files import Kept
from api.migrations import migrate
from api.node import read_genesis
from api.pages.queries import current_records, last_decisions, samples_for
from api.settings import Settings, load_settings
from api.waiting.db import WaitingRoom
from credit.case_rows import progress_of
from credit.queries import list_cases, list_listings, measures_of_subject, records_of_subject
from tests.api.app_parts import running_demonstration
from trace.ledger.sqlite import reading
from trace.queries import all_rows
from trace.records import said

LISTED_AT = ("/listings", "/listings.json", "/listings.csv", "/listings.atom")
LABORATORY = "亳州溯源检验检测中心（示例）"


def settings_in(folder: Path) -> Settings:
    places = {"SUXIN_DATA_DIR": "data", "SUXIN_KEY_DIR": "keys", "SUXIN_GUARD_PATH": "guard"}
    return load_settings({name: str(folder / place) for name, place in places.items()})


def test_an_interrupted_play_leaves_no_half_of_a_season(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path)

    class PowerCut(BaseException):
        pass

    def cut(*_: object) -> None:
        raise PowerCut

    whole_play = demonstration.play
    monkeypatch.setattr(demonstration, "play", cut)
    with pytest.raises(PowerCut):
        demonstration.play_demonstration(settings)
    monkeypatch.setattr(demonstration, "play", whole_play)

    assert read_genesis(settings) is None
    assert not settings.guard_path.exists()
    played = demonstration.play_demonstration(settings)
    genesis = read_genesis(settings)
    assert genesis is not None
    assert genesis.purpose == "demonstration"
    assert settings.guard_path.read_text().startswith(genesis.origin)
    assert len(played.codes) == 15


def test_everybody_of_the_season_has_a_door_and_of_the_officials_as_many_as_a_hold_takes(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    played = demonstration.play_demonstration(settings)
    operational = Operational(settings.operational)

    with reading(settings.database) as reads:
        doors = list(open_doors(operational, reads, "http://suxin.example"))

    found = [operational.find_token(token_hash(door.link.removeprefix("http://suxin.example/in#"))) for door in doors]
    roles = [(token.role, token.party, token.region) for token in found if token]
    assert [door.name for door in doors] == list(PEOPLE)
    people = [played.parties[name] for name in PEOPLE if name in played.parties]
    assert [party for _, party, _ in roles] == [*people, *(one.party for one in played.officials[:2])]
    assert [role for role, _, _ in roles] == [*["member"] * 4, "laboratory", "member", "official", "official"]
    assert [region for _, _, region in roles] == [None] * 6 + ["341602"] * 2


def test_a_log_of_others_opens_no_doors(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.data_dir.mkdir()
    migrate(settings)

    with reading(settings.database) as reads:
        doors = list(open_doors(Operational(settings.operational), reads, "http://suxin.example"))

    assert doors == []


def test_the_season_leaves_one_hold_open_one_lifted_and_one_question_answered(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    played = demonstration.play_demonstration(settings)
    names = {id: name for name, id in played.batches.items()}

    with reading(settings.database) as reads:
        rows = all_rows(reads.connection)
    names |= {id: lot_no for lot_no, id in played.sampled.items()}

    assert {names[row["batch"]] for row in rows["hold"] if row["released"] is None} == {
        "演示抽检批-1",
        "演示抽检批-3",
        "2026 东岗田间批",
        "2026 两户合批",
        "2026 合批 1 公斤袋装",
        "2026 合批散装",
    }
    assert [(names[row["batch"]], row["release_ground"]) for row in rows["hold"] if row["released"] is not None] == [
        ("2026 复检批", "officials")
    ]
    answered = [row for row in rows["flag"] if row["answered"] is not None]
    assert [(names[row["batch"]], row["reason"]) for row in answered] == [("2026 秋白菜", "yield-outside-band")]
    standing = [(names[row["batch"]], row["reason"]) for row in rows["flag"] if row["is_open"]]
    assert standing == [("秋白菜 第二车", "fields-missing")]  # the first one's papers are its test at the gate


def test_every_state_that_a_page_can_show_is_there(tmp_path: Path) -> None:
    """The table of docs/season.md, asked of the log."""
    settings = settings_in(tmp_path)
    played = demonstration.play_demonstration(settings)
    batches = played.batches

    with reading(settings.database) as reads:
        rows = all_rows(reads.connection)
        decided = last_decisions(reads.connection, batches.values())
        samples = {said(row)["sample_no"] for row in samples_for(reads.connection, played.parties[LABORATORY])}
    waiting = WaitingRoom(Operational(settings.operational)).all_open()

    found = {row["id"]: row for row in rows["batch"]}
    assert decided == {
        batches["秋白菜 第一车"]: "admitted",
        batches["秋白菜 第二车"]: "test-first",
        batches["秋白菜 第三车"]: "refused",
    }
    assert found[batches["秋白菜 第四车"]]["offer"] is not None
    assert found[batches["秋白菜 第一车"]]["is_closed"]
    reported = {said(row)["sample_no"] for row in rows["record"] if row["kind"] == "lab_report"}
    assert samples - reported == {"CY-2026-1112-03"}
    assert [row for row in rows["flag"] if row["is_open"] and row["answered"] is None] != []
    assert {row["kind"] for row in rows["record"]} >= {"correction", "batch_split", "batch_merged", "transfer_accepted"}
    new = played.parties["谯城区青苗家庭农场（示例）"]
    assert [row for row in (*rows["batch"], *rows["place"]) if new in (row.get("owner"), row.get("party"))] == []
    (release,) = waiting
    assert (release.kind.name, release.fields["chain"]) == ("hold_released", batches["2026 东岗田间批"])
    assert len(release.signers) == 1
    assert release.lapses_at - datetime.now(UTC) > timedelta(days=9)


def test_the_start_page_says_where_each_batch_stands(tmp_path: Path) -> None:
    with running_demonstration(tmp_path) as world:
        page = world.client.get("/", headers={"Accept-Language": "zh"}).text

    states = Counter(re.findall(r'<p class="state"[^>]*>([^<]*)</p>', page))

    assert states["正被扣留"] == 6
    assert {"扣留已解除", "已售完", "等检测", "没有放行"} <= states.keys()


def test_a_failed_sample_walked_to_its_record_and_off_it_and_another_waits_for_its_party(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    played = demonstration.play_demonstration(settings)
    owner = played.parties[OWNER]
    later = datetime.now(UTC) + timedelta(minutes=1)

    with reading(settings.database) as reads:
        cases = list_cases(reads.connection, subject=owner)
        records = records_of_subject(reads.connection, owner)
        measures = measures_of_subject(reads.connection, owner)
        received = [row["received"] for row in all_rows(reads.connection)["record"]]

    assert sorted((one["procedure"], one["state"]) for one in cases) == [
        ("repair", "done"),
        ("sample_result", "final_fail"),
        ("sample_result", "retest_open"),
        ("trace_outcome", "ended"),
    ]
    # Served on 2026-09-23; the fifth working day after it is 10-08: 09-25 is the festival's, 10-01 to 10-07 the nation's.
    (bad,) = [one for one in records if one["direction"] == "bad"]
    told = ("item", "layer", "anchor", "recorded", "published_from", "ended_on", "how")
    assert [bad[name] for name in told] == ["N09", "sector", "2026-10-09", "2026-10-19", None, "2026-11-05", "repaired"]
    assert [(one["measure"], one["starts_on"], one["ended_on"]) for one in measures] == [
        ("S08", "2026-10-19", "2026-11-05")
    ]
    assert {one["item"] for one in records if one["direction"] == "good"} >= {"G01", "G03", "G06"}
    assert max(map(datetime.fromisoformat, received)) < later


def test_every_paper_of_its_cases_lies_beside_the_log(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    played = demonstration.play_demonstration(settings)
    store = DocumentStore(Operational(settings.operational), Kept(settings.documents))

    with reading(settings.database) as reads:
        cases = list_cases(reads.connection, subject=played.parties[OWNER])

    named = [paper for one in cases for paper in progress_of(one).papers]
    texts = [store.find(one.hash) for one in named]
    assert len(named) == 13  # three of them by the node: why it was raised, and what ended in either case
    assert None not in texts
    kept = Kept(settings.documents)
    assert all((kept.read(one.hash) or b"").startswith(b"<!doctype html>") for one in named)


def test_its_admission_stood_under_the_measure_with_a_test(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    played = demonstration.play_demonstration(settings)
    batch = played.sampled["演示抽检批-2"]

    with reading(settings.database) as reads:
        (admission,) = current_records(reads.connection, batch, "market_admission")

    assert "2026-10-19" <= admission["received"][:10] < "2026-11-05"
    assert (said(admission)["decision"], said(admission)["test"]["result"]) == ("admitted", "pass")


def test_a_party_made_for_it_is_listed_for_its_term_and_everybody_can_read_it(tmp_path: Path) -> None:
    with running_demonstration(tmp_path) as world:
        with world.node.reading() as reads:
            (listing,) = list_listings(reads.connection)
        pages = [html.unescape(world.client.get(path).text) for path in LISTED_AT]
        own = world.client.get(f"/p/{listing['subject']}", headers={"Accept-Language": "zh"}).text

    told = ("list", "decision_date", "listed_on", "removal_from", "until", "ended_on")
    assert [listing[name] for name in told] == [
        "市场监督管理严重违法失信名单",
        "2026-10-14",
        "2026-10-20",
        "2027-10-21",  # twelve months have to be over
        "2029-10-20",
        None,
    ]
    assert all("谯城区虚构药材有限公司（演示，不是真实主体）" in page for page in (*pages, own))
    assert "2029年10月20日" in own
    published = json.loads(pages[1])["items"][0]["published"]
    assert [published[name] for name in ("published_from", "published_until", "repair_from")] == [
        *("2026-10-20", "2029-10-20", "2027-10-21")
    ]
