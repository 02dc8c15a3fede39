"""The second story: the company and its papers, the way of an official to a step, and a paper read in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.api.case_parts import cases
from tests.browser.case_walk import CaseWalk, Person
from trace.ledger.canonical import decode_value
from trace.ledger.entry import parse_entry

COMPANY, ADDRESS = "谯城区示例药材有限公司", "谯东镇示例大道99号"
FACTS = "当事人销售假药材，被处以严重的行政处罚，处罚决定已经生效。"
LIST = "市场监督管理严重违法失信名单"
PENALTY_NO = "谯市监罚〔2026〕31号"
NOTICE, DECISION, REPAIR = "列入严重违法失信名单告知书", "列入严重违法失信名单决定书", "信用修复告知书"

PAPERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "信用信息录入单": ("Record entry sheet", ("P04 行政处罚 严重", "2026年9月8日", "药品管理法第一百一十七条")),
    "信用信息复核单": ("Second officer sheet", ("文号、日期、机关和条款", "与处罚决定书一致")),
    "公示事先告知书": (
        "Written word that it will be published",
        ("公示的平台", "怎样提出异议", "市场监督管理行政处罚信息公示规定"),
    ),
    REPAIR: ("Repair notice", ("12个月", "到哪里申请", "申请信用修复不收取任何费用")),
    "送达回证": ("Proof of service", ("当面签收", "王砚秋", "示例区市场监督管理局服务大厅")),
    "公示信息摘要": ("Publication summary", (COMPANY, "公示截止")),
    "列入严重违法失信名单建议书": ("Listing proposal", (FACTS, PENALTY_NO, "示例承办人、示例复核人")),
    NOTICE: (
        "Prior notice of listing",
        (FACTS, "S08 入市加严查验", "自列入之日起36个月", "5个工作日内提出", "当事人不承担组织听证的费用"),
    ),
    "陈述申辩书": ("Statement and defence", ("已停止销售并召回", "2026年9月28日09:00", "网上账户")),
    "法制审核（复核）意见书": ("Legal review opinion", ("已逐点答复", "同意列入")),
    "报请上一级同意列入的请示": ("Request for upper consent", ("拟列入严重违法失信名单", "SHA-256")),
    "上一级意见": ("Answer of the upper authority", ("亳市监〔2026〕1号", "同意列入", "事实清楚，程序合法")),
    DECISION: (
        "Listing decision",
        (
            *(FACTS, ADDRESS, PENALTY_NO, "S08 入市加严查验", "列入满12个月"),
            "60日内，向亳州市谯城区人民政府申请行政复议",
            "6个月内，依法向亳州市谯城区人民法院提起行政诉讼",
        ),
    ),
    "信用承诺书": ("Credit promise", ("承诺依法经营",)),
    "移出名单申请书": ("Application for early removal", ("罚款已缴清", "召回销毁")),
    "受理通知书": ("Acceptance", ("2027年10月21日", "2027年10月25日", "2027年11月3日")),
    "移出严重违法失信名单决定书": ("Removal decision", ("满12个月", "S08 入市加严查验", "2027年10月26日")),
}
"""Each paper's title in Chinese and English, and what has to stand in it: fields, rights, periods, remedies."""


@dataclass
class Story:
    """The company whose story it is, its goods at the market, and the scan of the penalty."""

    walk: CaseWalk
    company: str
    code: str
    scan: str

    def case(self, procedure: str) -> str:
        return str(next(row["id"] for row in reversed(cases(self.walk.world)) if row["procedure"] == procedure))

    def state(self, procedure: str) -> str:
        return str(next(row["state"] for row in reversed(cases(self.walk.world)) if row["procedure"] == procedure))

    def go(self, who: str, procedure: str, step: str, look: str) -> Person:
        """From the list of what waits for this official, through the case, to the form of a step."""
        person, case = self.walk.person(who), self.case(procedure)
        hand = person.start()
        hand.tap(person.page.locator(f'main a[href="/desk/cases/{case}"]').first)
        hand.tap(person.page.locator(f'main a[href="/desk/cases/{case}/steps/{step}"]').first)
        person.look(f"listing-{look}")
        return person

    def take(self, who: str, procedure: str, step: str, look: str, **texts: str) -> int:
        """Filled in, checked and signed; the number of its entry."""
        person = self.go(who, procedure, step, look)
        person.fill_in(texts)
        person.save()
        return person.must_sign()

    def kinds_after(self, index: int) -> list[str]:
        """What the log has behind an entry; all of it came in at the same moment."""
        with self.walk.world.node.reading() as reads:
            rows = list(reads.rows(index, reads.count("entry")))
        assert len({parse_entry(row.entry).received for row in rows}) == 1
        said: list[Any] = [decode_value(row.statement) for row in rows]
        return [one["kind"] for one in said[1:]]

    def hand_over(self, procedure: str, step: str, title: str, look: str) -> None:
        """The clerk reads a paper, gives it to the company against a signature, and says so with an own key."""
        clerk = self.go("clerk", procedure, step, look)
        self.read(clerk, clerk.page.locator("main a", has_text=title).first.get_attribute("href") or "", title)
        clerk.open(f"/desk/cases/{self.case(procedure)}/steps/{step}")
        clerk.hand.tap(clerk.page.locator('main a[href*="/serve/"]', has_text=title))
        clerk.fill_in({"method": "receipt", "receiver": "王砚秋"})
        clerk.save()
        clerk.must_sign()

    def read(self, person: Person, path: str, title: str) -> None:
        """Open a paper: its number, and what has to stand in it."""
        english, texts = PAPERS[title]
        said = re.sub(r"\s+", "", person.open(path).inner_text("main"))
        assert title in said
        assert re.search("[谯亳]市监〔202[67]〕[0-9]+号", said), said
        assert [text for text in texts if re.sub(r"\s+", "", text) not in said] == [], said
        assert COMPANY in said
        person.picture(f"listing-paper-{english.replace(' ', '-').lower()}-zh")

    def read_in_english(self, person: Person, path: str, title: str) -> None:
        """The copy of a paper for whoever reads no Chinese."""
        english = PAPERS[title][0]
        person.context.add_cookies([{"name": "sx_lang", "value": "en", "url": self.walk.url}])
        assert english in person.open(f"{path}/copy").inner_text("h1")
        person.picture(f"listing-paper-{english.replace(' ', '-').lower()}-en")
        person.context.add_cookies([{"name": "sx_lang", "value": "zh", "url": self.walk.url}])

    def read_all(self, person: Person, page: str, titles: tuple[str, ...]) -> None:
        """Every paper that this page leads to, and no other; a party's page leads to the copy first."""
        person.open(page)
        links = person.page.locator('main a[href*="/documents/"]')
        paths = ((one.get_attribute("href") or "").removesuffix("/copy") for one in links.all())
        found = set(zip(paths, (one.inner_text().strip() for one in links.all()), strict=True))
        assert sorted(said.partition("，")[0] for _, said in found) == sorted(titles), person.main()
        for path, said in sorted(found, key=lambda one: one[1]):
            self.read(person, path, said.partition("，")[0])
            if path.startswith("/desk/"):
                self.read_in_english(person, path, said.partition("，")[0])
        person.open(page)
