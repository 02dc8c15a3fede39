"""No personal value, price or sealed statement stands in any byte that a node publishes."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from api import compose
from api.demonstration import SEASON
from api.demonstration.casedesk import RECEIVER, texts
from api.demonstration.goods import CHECKER, SAMPLER, SIGNATORY
from api.demonstration.listing_story import GROUNDS_OF_LISTING
from api.demonstration.sample_story import GROUNDS, GROUNDS_OF_REPAIR
from api.routes import reading
from tests.api.app_parts import World, running_demonstration
from tests.api.published import addresses, fetched, get_routes
from trace.events import Kind
from trace.payload import commit_payload

# Which columns of the season's file are private (L-PIPL, payload table), written by hand. `party` names one that is
# registered: its name stands in the list of parties, and that it has to do with this batch is what must not be seen.
PRIVATE_COLUMNS = {
    "主体": ["身份证号", "联系方式", "法定代表人", "电话"],
    "地块": ["地块名称", "面积（亩）", "地块边界"],
    "批次": ["散户卖家"],
    "种植": ["操作人"],
    "投入品使用": ["购买来源", "施用人"],
    "采收": ["采收人"],
    "产地初加工": ["加工人"],
    "抽样": ["抽样人员", "受检方在场人"],
    "检验报告": ["委托方", "授权签字人"],
    "包装": ["包装人"],
    "入库": ["保管人", "仓库", "库位"],
    "发运": ["购货方名称", "车牌号", "金额（元）"],
    # All of a receipt but its amount, which a dispatch says too, is between its parties.
    "收货": ["供货者名称", "供货者地址", "供货者联系方式", "到货状况", "收货人"],
    "零售": ["金额（元）"],
    # The amount of a transfer and the kind of paper of an attachment are no secret; that they were recorded is.
    "交货": ["金额（元）"],
    "接收": ["说明"],
    "附件": ["标题"],
    "入市查验": ["理由", "摊位", "查验人"],
    "损耗": ["说明"],
    "更正": ["共同确认的人"],
    "异常说明": ["说明"],
}
NATURAL_PERSON_COLUMNS = ["主体名称", "地址"]  # of a 农户: its name is a person's, its address a home
PRIVATE_PARTIES = {"批次": "收购自（已登记主体）", "发运": "承运主体"}
OF_CASES = {
    *("case_opened", "case_step", "document_served", "credit_opened"),
    *("record_entered", "record_ended", "measure_started", "measure_ended"),
}
OF_THE_SAMPLE = [
    *("D-RESULT-NOTICE", "D-FACT-NOTICE", "D-REC-ENTRY", "D-REC-CONFIRM", "D-PROMISE", "D-REPAIR-APP", "D-ACCEPT"),
    *("D-VERIFY", "D-REPAIR-DECISION"),
]
"""The papers of the demonstration's failed sample, of which nothing is for the public."""
DECISION, INTERNAL = "D-LIST-DECISION", ("D-REVIEW", "D-UPPER-REQ", "D-UPPER")
"""Of its listing: the paper whose number is published, and those that stay in the offices."""
SEALED = {"receipt": 5, "transfer_offered": 2, "transfer_accepted": 1, "attachment_added": 1, "flag_answered": 1}
"""Kinds of the season that are not public, with how many private values each has there."""
PEOPLE = 40
"""How many people the season's file names in private columns by three or four characters alone, counted by hand."""


def rows_of_the_season() -> Iterator[tuple[str, dict[str, str]]]:
    """Section and cells by heading: blocks begin with 【name】 and a heading row, and end with an empty line."""
    section, heading = "", []
    for cells in csv.reader(io.StringIO(SEASON.read_text("utf-8-sig"))):
        if cells and (title := re.fullmatch("【(.+)】", cells[0])):
            section, heading = title[1], []
        elif not any(cells):
            section = ""
        elif section and not heading:
            heading = cells
        elif section:
            yield section, dict(zip(heading, cells, strict=True))


def private_values() -> set[str]:
    found = set()
    for section, row in rows_of_the_season():
        columns = [*PRIVATE_COLUMNS.get(section, [])]
        if row.get("主体类型") == "农户":
            columns += NATURAL_PERSON_COLUMNS
        written = {column: cell for column in columns if (cell := row.get(column))}
        found |= {part.strip() for column, cell in written.items() for part in parts(column, cell)}
    return found


def parts(column: str, cell: str) -> list[str]:
    """A cell as a whole, and what in it tells of somebody by itself: names, telephone numbers, coordinates."""
    match column:
        case "抽样人员":
            return cell.split("；")
        case "地块边界":
            return [cell, *re.findall(r"[0-9]+\.[0-9]+", cell)]
        case "说明" | "标题" | "共同确认的人":  # 当面过秤，虞慎之经手; 包装正面的样稿，由邰封袋核对; 滕守田在场复看
            return [cell, *re.findall("虞慎之|邰封袋|竺刀娴|滕守田", cell)]
        case "联系方式" | "散户卖家" | "购买来源" | "供货者名称" | "委托方" | "购货方名称":
            names = [
                part.partition("，")[0] for part in cell.split(" ")[1:2]
            ]  # 合作社办公室 王砚秋; 集市卖家 蒲松节，五马镇…
            return [cell, *names, *re.findall("1[0-9]{10}", cell)]
    return [cell]


def forms(value: str) -> set[bytes]:
    """As it may stand in JSON, in JSON inside JSON, in HTML and in an address."""
    once = json.dumps(value)[1:-1]
    plain = json.dumps(value, ensure_ascii=False)[1:-1]
    texts = {
        value,
        once,
        plain,
        json.dumps(once)[1:-1],
        json.dumps(plain, ensure_ascii=False)[1:-1],
        html.escape(value),
    }
    texts |= {re.sub("\\\\u....", lambda escape: "\\u" + escape[0][2:].upper(), once)}
    for address in (quote(value), quote(value, safe="")):
        texts |= {address, re.sub("%..", lambda escape: escape[0].lower(), address)}
    return {text.encode() for text in texts}


def where(published: Mapping[str, bytes], value: str) -> list[str]:
    """The addresses whose answers hold a value in any form. A number is looked for as a number: the time of an entry that
    came at 08.361 seconds would hold 8.36 by chance."""
    if re.fullmatch(r"[0-9]+\.[0-9]+", value):
        number = re.compile(rb"(?<![0-9.])" + re.escape(value).encode() + rb"(?![0-9])")
        return [path for path, body in published.items() if number.search(body)]
    return [path for path, body in published.items() if any(form in body for form in forms(value))]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_demonstration(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture(scope="module")
def published(world: World) -> dict[str, bytes]:
    return fetched(world)


def test_the_search_visits_every_address_that_answers_get(world: World) -> None:
    assert set(addresses(world)) == get_routes(world)
    assert all(addresses(world).values())


def test_the_list_of_private_values_is_whole() -> None:
    values = private_values()

    assert {
        "19900001371",
        "柳青禾（示例）",
        "11010519491231002X",
        "5564.37",
        "皖S·示8F26",
        "115.66211",
        "118.47",
    } <= values
    assert len([value for value in values if re.fullmatch("[\u4e00-\u9fff]{3,4}", value)]) == PEOPLE
    assert {section for section, _ in rows_of_the_season()} == {*PRIVATE_COLUMNS, "发放标签", "分批"}


def test_no_private_value_of_the_season_is_published(published: Mapping[str, bytes]) -> None:
    leaks = {value: found for value in sorted(private_values()) if (found := where(published, value))}

    assert leaks == {}


def test_no_salt_that_would_open_a_commitment_is_published(world: World, published: Mapping[str, bytes]) -> None:
    salts = [row[0] for row in query(world, "SELECT salt FROM opening")]

    assert len(salts) > 40
    assert [salt.hex() for salt in salts if any(where_bytes(published, salt))] == []


def test_no_hash_of_an_identity_number_is_published(world: World, published: Mapping[str, bytes]) -> None:
    """It stands beside the log; the season registers one person with a number."""
    with closing(sqlite3.connect(world.node.settings.operational)) as kept:
        hashes = [row[0] for row in kept.execute("SELECT hash FROM id_number")]

    assert len(hashes) == 1
    assert [path for hash in hashes for path in where_bytes(published, hash)] == []


def test_nothing_of_a_sealed_statement_is_published(world: World, published: Mapping[str, bytes]) -> None:
    sealed = [row for row in query(world, "SELECT bytes, salt FROM statement") if kind(row[0]) in SEALED]

    assert {kind(data) for data, _ in sealed} == set(SEALED)
    for data, salt in sealed:
        statement = json.loads(data)
        commits = [
            value["commit"] for value in statement["payload"].values() if isinstance(value, dict) and "commit" in value
        ]
        telling = [statement["proof"][0]["proofValue"], statement["occurred_at"], *commits]
        assert len(commits) == SEALED[kind(data)]
        assert {value: found for value in telling if (found := where(published, value))} == {}
        assert not any(where_bytes(published, salt))
        assert data not in b"".join(published.values())


def test_who_bought_a_batch_is_not_told_with_it(world: World, published: Mapping[str, bytes]) -> None:
    """The offer and its acceptance are sealed, and so is whose goods they are since."""
    # The last one: who bought first processed the goods, which is public.
    *_, (batch, buyer) = query(
        world, "SELECT chain, actor FROM record WHERE kind = 'transfer_accepted' ORDER BY \"index\""
    )
    [(code,)] = query(world, f"SELECT code FROM batch WHERE id = '{batch!s}'")
    of_it = {path: body for path, body in published.items() if str(batch) in path or str(code) in path}
    listed = world.get("/api/v1/batches").json()["items"]
    name = next(one["name"] for one in world.get("/api/v1/parties").json()["items"] if one["id"] == buyer)

    assert len(of_it) > 5
    assert {value: found for value in (str(buyer), name) if (found := where(of_it, value))} == {}
    assert [one["owner"] for one in listed if one["id"] == batch] != [buyer]


def is_of_a_listing(statement: Mapping[str, Any]) -> bool:
    """Whether it is the record of a listing, or a measure of one, which are published."""
    return "P05" in json.dumps(statement["payload"]) and statement["kind"] != "case_step"


def where_bytes(published: Mapping[str, bytes], data: bytes) -> Iterator[str]:
    """The addresses whose answers hold bytes as they are, in hex or in base64."""
    url = base64.urlsafe_b64encode(data).rstrip(b"=")
    for path, body in published.items():
        if any(form in body for form in (data, data.hex().encode(), url, base64.b64encode(data).rstrip(b"="))):
            yield path


def kind(statement: bytes) -> str:
    return str(json.loads(statement)["kind"])


def query(world: World, sql: str) -> list[tuple[bytes, ...]]:
    connection = sqlite3.connect(f"file:{world.node.settings.database}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_who_sold_to_or_drove_for_a_batch_is_not_told_with_it(world: World, published: Mapping[str, bytes]) -> None:
    """Such a party is registered, and its own record is public; what is private is that this batch names it."""
    names = {row.get(PRIVATE_PARTIES.get(section, "")) for section, row in rows_of_the_season()} - {None}
    legal_forms = {row["主体名称"]: row["主体类型"] for section, row in rows_of_the_season() if section == "主体"}
    forms_told = {"农户": "household", "企业": "enterprise"}
    wanted = {(name, forms_told[legal_forms[name]]) for name in names if name}
    openers = {actor for (actor,) in query(world, "SELECT actor FROM record WHERE kind = 'batch_opened'")}
    # A household has no name in the list; the other one opened a batch itself, which is public.
    parties = [one for one in world.get("/api/v1/parties").json()["items"] if one["id"] not in openers]
    ids = [
        party["id"]
        for party in parties
        for name, form in wanted
        if (party.get("name"), party["legal_form"]) == (None if form == "household" else name, form)
    ]
    of_batches = {path: body for path, body in published.items() if "/batches" in path or path.startswith("/t/")}

    assert len(ids) == 2
    assert {id: found for id in ids if (found := where(of_batches, id))} == {}


def test_nothing_of_a_case_or_of_the_sector_layer_is_published(world: World, published: Mapping[str, bytes]) -> None:
    """Its papers with their numbers and words, who took them, the grounds, the record and the measure: not one of them."""
    statements = [json.loads(data) for (data,) in query(world, "SELECT bytes FROM statement")]
    sealed = [one for one in statements if one["kind"] in OF_CASES and not is_of_a_listing(one)]
    documents = [paper for one in sealed for paper in one["payload"].get("documents", [])]
    telling = {paper[name] for paper in documents if paper["code"] != DECISION for name in ("doc_no", "hash")}
    telling -= {paper["doc_no"] for paper in documents if paper["code"] == DECISION}  # each code counts from 1
    telling |= {GROUNDS, GROUNDS_OF_REPAIR, GROUNDS_OF_LISTING, RECEIVER, SAMPLER, SIGNATORY, CHECKER}
    telling |= {one["proof"][0]["proofValue"] for one in sealed} | {one["id"] for one in sealed}
    telling |= {
        text
        for code in (*OF_THE_SAMPLE, *INTERNAL)
        for text in texts().get(code, {}).values()
        if "{" not in text and len(text) > 12
    }

    assert {one["kind"] for one in sealed} >= {"case_opened", "case_step", "document_served", "record_entered"}
    # Examples in the description of the API, which is the same for every log, name a number of this form too.
    of_this_log = {path: body for path, body in published.items() if not path.endswith("/openapi.json")}
    assert len(telling) > 100
    assert {value: found for value in sorted(telling) if (found := where(of_this_log, value))} == {}
    # As a word of its own: three letters stand by chance in a proof's base64 once in a few runs.
    assert [path for path, body in of_this_log.items() if re.search(rb"(?<![\w+/=-])N09(?![\w+/=-])", body)] == []


def outside_envelopes(path: str, body: bytes) -> bytes:
    """What an address says but for the one place where a chain has to stand: an entry's envelope, as the log's files and the
    list of entries give it, names its own. Its members are sorted: a link's chain is followed by a leaf, its own by the index."""
    is_of_envelopes = path.startswith(("/api/v1/entries", "/log/tile/entries/"))
    return re.sub(rb'("|\\")chain\1:\1[\w-]+\1,(?=\1index\1:)', b"", body) if is_of_envelopes else body


def sealed_chains(world: World) -> list[str]:
    """The chains of cases and of credit files, which nobody can tell from a party or a listing."""
    return [str(id) for (id,) in query(world, 'SELECT id FROM "case" UNION SELECT id FROM credit_file')]


def test_no_chain_of_a_case_or_of_a_credit_file_is_told_with_anything(
    world: World, published: Mapping[str, bytes]
) -> None:
    """Who knew which chain is whose could watch it grow, of sealed entries too (ledger.md 2): envelopes alone name it."""
    chains = sealed_chains(world)
    told = {path: outside_envelopes(path, body) for path, body in published.items()}
    raw = [base64.urlsafe_b64decode(chain + "==") for chain in chains]

    assert len(chains) > 5
    assert all(where(published, chain) for chain in chains)
    assert {chain: found for chain in chains if (found := where(told, chain))} == {}
    assert [chain.hex() for chain in raw if any(where_bytes(told, chain))] == []


# ---- the search itself is tried: what would it have found? -----------------------------------------------------------


def test_in_a_log_that_commits_nothing_and_seals_nothing_the_search_finds_every_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "commit_payload", _commit_nothing)
    monkeypatch.setattr(reading, "is_public", lambda kind: True)

    with running_demonstration(tmp_path) as world:
        published = fetched(world)

    stores = {row["仓库"] for section, row in rows_of_the_season() if section == "入库"}
    assert [value for value in sorted(private_values()) if not where(published, value)] == []
    assert stores <= private_values()


def _commit_nothing(kind: Kind, payload: dict[str, Any], salts: Iterator[bytes]) -> tuple[dict[str, Any], Any]:
    """But for whom an offer is made to and who took a paper: by that commitment it is found again, and opened."""
    if kind.name == "document_served":
        return commit_payload(kind, payload, salts)
    if kind.name != "transfer_offered":
        return dict(payload), ()
    committed, openings = commit_payload(kind, {"buyer": payload["buyer"]}, salts)
    return {**payload, **committed}, openings


@pytest.mark.parametrize(
    "planted",
    [
        "<p>皖S·示8F26</p>".encode(),
        b'{"vehicle":"\\u7696S\\u00b7\\u793a8F26"}',
        b'{"statement":"{\\"vehicle\\":\\"\\\\u7696S\\\\u00b7\\\\u793a8F26\\"}"}',
        b"/search?q=%E7%9A%96S%C2%B7%E7%A4%BA8F26",
        b"/search?q=%e7%9a%96S%c2%b7%e7%a4%ba8F26",
    ],
)
def test_a_planted_value_is_found_however_it_is_written(planted: bytes) -> None:
    assert where({"/planted": planted}, "皖S·示8F26") == ["/planted"]


def test_a_planted_sealed_record_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "is_public", lambda kind: True)
    receipt = next(one for one in query(world, "SELECT bytes FROM statement") if kind(one[0]) == "receipt")
    proof = json.loads(receipt[0])["proof"][0]["proofValue"]

    assert any("/bundle" in path for path in where(fetched(world), proof))


def test_a_chain_that_stands_beside_its_envelopes_is_found(world: World) -> None:
    """As a link of another entry, as the id of something that is published, and where no envelope is."""
    chain = sealed_chains(world)[0]
    own = f'"chain":"{chain}","index":7,"links":['.encode()
    link = f'"chain":"{"A" * 22}","index":7,"links":[{{"chain":"{chain}","leaf":"00","seq":1}}]'.encode()
    escaped = link.replace(b'"', b'\\"')
    planted = {"/api/v1/entries/7": escaped, "/log/tile/entries/000": link, "/listings.json": own}
    exempt = {"/api/v1/entries": own.replace(b'"', b'\\"'), "/log/tile/entries/001": own}
    told = {path: outside_envelopes(path, body) for path, body in {**planted, **exempt}.items()}

    assert where(told, chain) == list(planted)
