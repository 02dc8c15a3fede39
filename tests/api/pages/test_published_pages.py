"""What the tables call published stands on every public page and file, in both languages, through its last day.

The fields are those of the rows P07 and L27 (国家市场监督管理总局令第45号 art. 4); the words are written by hand.
"""

import csv
import html
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from api.pages.names import names
from api.pages.published_words import measures_in
from api.pages.scan_words import Words
from tests.api.app_parts import REGION, World, register_people, running_app
from tests.api.case_parts import PENALTY, fill, keep_up, moment, on, opened, serve, step
from tests.api.office_parts import appoint_officials
from tests.api.pages.public_days import History, appoint_upper, decide, give_years, opened_on, proposed

COMPANY = "示例公示药材有限公司"
OF_PENALTY = {"violation_kind": "使用国家禁止使用的农药", "measures": "罚款20000元，没收违法所得"}
OF_LISTING = {
    "violation_kind": "销售假药材，受到较重行政处罚",
    "ground_articles": "市场监督管理严重违法失信名单管理办法第二条",
}

PENALTY_LINES = {
    "zh": (
        "行政处罚 一般",
        "决定书文号 谯农罚〔2026〕31号",
        "作出决定的机关 示例农业农村局",
        "决定日期 2026年9月8日",
        "违法行为种类 使用国家禁止使用的农药",
        "依据条款 农产品质量安全法第七十条",
        "处罚内容或措施 罚款20000元，没收违法所得",
        "公示起始日 2026年9月10日",
        "公示期限 公示至2027年9月8日",
        "信用修复 2026年12月9日起可以申请修复",
    ),
    "en": (
        "Penalty, general",
        "Number of the decision 谯农罚〔2026〕31号",
        "Authority 示例农业农村局",
        "Date of the decision 8 Sep 2026",
        "Kind of violation 使用国家禁止使用的农药",
        "Articles 农产品质量安全法第七十条",
        "Penalty or measures 罚款20000元，没收违法所得",
        "Published from 10 Sep 2026",
        "8 Sep 2027",
        "9 Dec 2026",
    ),
}
# S01 to S04, S07 and S08 of measures.csv: those that start with a listing of a company.
MEASURES = (
    "列为重点监管对象 提高检查频次；不适用告知承诺制；不予授予荣誉称号和表彰；审查许可 资质 采购 招投标的重要考量；"
    "暂停自行承诺开证 改为批批检测；入市加严查验"
)
MEASURES_EN = (
    "Key supervision, more checks; No notice-and-promise approvals; No honours; Weighed in licences, procurement, tenders; "
    "No self-check certificates: each batch tested; Closer admission check"
)
BASIS_EN = "Measures on the list of serious violations in market supervision (not yet verified)"
LISTING_LINES = {
    "zh": (
        "作出机关 示例market office",
        "决定书文号 谯农〔2026〕15号",
        "决定日期 2026年9月18日",
        "违法行为种类 销售假药材，受到较重行政处罚",
        "依据条款 市场监督管理严重违法失信名单管理办法第二条",
        f"处罚内容或措施 {MEASURES}",
        "法律依据 市场监督管理严重违法失信名单管理办法（待核）",
        "列入日 2026年9月21日",
        "公示截止日 2029年9月21日",
        "可申请移出之日 2027年9月22日",
    ),
    "en": (
        "Authority 示例market office",
        "Number of the decision 谯农〔2026〕15号",
        "Date of the decision 18 Sep 2026",
        "Kind of violation 销售假药材，受到较重行政处罚",
        "Articles 市场监督管理严重违法失信名单管理办法第二条",
        f"Penalty or measures {MEASURES_EN}",
        f"Legal basis {BASIS_EN}",
        "Listed on 21 Sep 2026",
        "Published until 21 Sep 2029",
        "Removal may be asked for from 22 Sep 2027",
    ),
}
FILES = ("/listings.json", "/listings.csv", "/listings.atom")


Log = tuple[Path, History]
"""Where a told log lies, and its parties by name."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """On 2026-09-21 a co-op has a published penalty, and a company is listed."""
    folder = tmp_path_factory.mktemp("told") / "node"
    with running_app(folder, now=moment("2026-09-08")) as world:
        register_people(world)
        give_years(world, "official", "official", region=REGION)
        appoint_officials(world)
        fill(world)
        appoint_upper(world)
        body = {"name": COMPANY, "legal_form": "enterprise", "roles": ["processor"], "region": REGION}
        world.parties[COMPANY] = world.made("/api/v1/parties", body, "official")["id"]
        listing = proposed(world, COMPANY)
        on(world, "2026-09-10")
        penalty = opened(world, "penalty_record", "P01", "first", **PENALTY)
        step(world, penalty, "penalty_record", "P05", "second")
        for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
            serve(world, penalty, code)
        step(world, penalty, "penalty_record", "P06", "first")
        step(world, penalty, "penalty_record", "P07", "third", published=OF_PENALTY)
        on(world, "2026-09-18")
        keep_up(world)
        decide(world, listing, COMPANY)
        on(world, "2026-09-21")
        step(world, listing, "listing", "L27", "third", published=OF_LISTING)
        return folder, dict(world.parties)


@pytest.fixture(scope="module")
def world(told: Log, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened_on(told[0], tmp_path_factory.mktemp("read") / "node", moment("2026-09-21"), told[1]) as running:
        yield running


def text_of(world: World, path: str) -> str:
    """What a reader sees, without a mark, a blank for each gap."""
    main = world.get(path).text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", main)))


def on_the_list(world: World) -> dict[str, str]:
    """The row of the table, by heading."""
    (row,) = csv.DictReader(StringIO(world.get("/listings.csv").content.decode("utf-8-sig")))
    return row


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everything_that_is_published_of_a_penalty_stands_on_the_page_of_its_party(world: World, lang: str) -> None:
    page = text_of(world, f"/p/{world.parties['coop']}?lang={lang}")

    assert [line for line in PENALTY_LINES[lang] if line not in page] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", ["/listings", "/p/{company}"])
def test_everything_that_is_published_of_a_listing_stands_on_both_pages(world: World, path: str, lang: str) -> None:
    page = text_of(world, f"{path.format(company=world.parties[COMPANY])}?lang={lang}")

    assert COMPANY in page
    assert [line for line in ("市场监督管理严重违法失信名单", *LISTING_LINES[lang]) if line not in page] == []


def test_the_table_has_every_field_with_basis_and_term(world: World) -> None:
    assert on_the_list(world) == {
        "party": COMPANY,
        "uscc": "",
        "list": "市场监督管理严重违法失信名单",
        "authority": "示例market office",
        "legal_basis": "市场监督管理严重违法失信名单管理办法（待核）",
        "legal_basis_en": BASIS_EN,
        "decision_no": "谯农〔2026〕15号",
        "decision_date": "2026-09-18",
        **OF_LISTING,
        "measures": MEASURES,
        "measures_en": MEASURES_EN,
        "listed_on": "2026-09-21",
        "until": "2029-09-21",
        "removal_from": "2027-09-22",
    }


def test_the_json_has_every_field_by_the_name_of_the_table(world: World) -> None:
    (item,) = world.get("/listings.json").json()["items"]

    assert item["published"] == {
        **OF_LISTING,
        "decision_no": "谯农〔2026〕15号",
        "party": COMPANY,
        "measures": MEASURES,
        "authority": "示例market office",
        "decision_date": "2026-09-18",
        "published_from": "2026-09-21",
        "published_until": "2029-09-21",
        "repair_from": "2027-09-22",
    }
    assert (item["legal_basis"], item["measures_en"]) == ("市场监督管理严重违法失信名单管理办法（待核）", MEASURES_EN)


def test_the_feed_tells_it_in_both_languages(world: World) -> None:
    """RFC 4287 3.1.1.3: content of the type xhtml is a single div; 4.1.2: an entry has id, title and updated."""
    space = {"a": "http://www.w3.org/2005/Atom", "h": "http://www.w3.org/1999/xhtml"}
    (entry,) = fromstring(world.get("/listings.atom").content).findall("a:entry", space)
    (content,) = entry.findall("a:content", space)
    (whole,) = content
    told = {
        part.get("{http://www.w3.org/XML/1998/namespace}lang"): " ".join(part.itertext())
        for part in whole.findall("h:div", space)
    }

    assert content.get("type") == "xhtml"
    assert whole.tag == "{http://www.w3.org/1999/xhtml}div"
    assert [line for line in LISTING_LINES["zh"] if line not in told["zh-CN"]] == []
    assert [line for line in LISTING_LINES["en"] if line not in told["en"]] == []


def test_a_listing_leads_from_the_feed_to_its_place_on_the_page(world: World) -> None:
    space = {"a": "http://www.w3.org/2005/Atom"}
    (entry,) = fromstring(world.get("/listings.atom").content).findall("a:entry", space)
    fragment = str(entry.findtext("a:id", namespaces=space)).rpartition("#")[2]

    assert f'id="{fragment}"' in world.get("/listings").text
    assert world.get("/listings.json").json()["items"][0]["id"] == fragment


def test_words_that_no_table_has_stay_as_they_were_written() -> None:
    english = Words("en", names())

    assert measures_in("罚款20000元；入市加严查验", english).striptags() == "罚款20000元；入市加严查验"
    assert measures_in("入市加严查验", english) == "Closer admission check"


# ---- and not one day longer ------------------------------------------------------------------------------------------------


def faces(world: World) -> Mapping[str, str]:
    pages = ["/listings", *(f"/p/{world.parties[name]}" for name in ("coop", COMPANY))]
    paths = [*FILES, *(f"{page}?lang={lang}" for page in pages for lang in ("zh", "en"))]
    return {path: html.unescape(world.get(path).text) for path in paths}


@pytest.mark.parametrize(
    ("last", "over", "stated", "count"),
    [
        ("2027-09-08", "2027-09-09", OF_PENALTY, 2),  # its page in both languages
        ("2029-09-21", "2029-09-22", OF_LISTING, 7),  # its page and the list in both, and three files
    ],
)
def test_not_one_word_of_it_is_left_after_its_last_day(
    told: Log, tmp_path: Path, last: str, over: str, stated: Mapping[str, str], count: int
) -> None:
    def found(folder: str, day: str, hour: int) -> dict[str, int]:
        with opened_on(told[0], tmp_path / folder, moment(day, hour), told[1]) as world:
            return {text: sum(text in face for face in faces(world).values()) for text in stated.values()}

    assert found("last", last, 23) == dict.fromkeys(stated.values(), count)
    assert found("over", over, 0) == dict.fromkeys(stated.values(), 0)
