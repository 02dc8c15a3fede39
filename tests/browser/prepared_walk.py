"""People of cases in a district that stands already: what is not the subject of a walk is told to the log, not clicked.

Each official holds an office and a key that the test keeps, with which the state before a walk is made; what is clicked
is signed with a second key, made in that official's browser, that nothing else has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Locator

from api.waiting.signing import add_proof
from tests.api.app_parts import CREATED, REGION, World, running_world
from tests.api.case_parts import adopt, case_row, cases, give, run
from tests.api.office_parts import KEYS, OFFICE, name_founders, said, sign
from tests.api.page_parts import signed_in
from tests.api.pages.test_desk_case_steps import SCAN, asked, serve_links
from tests.browser.case_walk import AUTHORITIES, CITY, NAMES, YEARS, CaseWalk, Person, own_token, served
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import sign_document
from trace.legal_days import SHANGHAI

OFFICES: Mapping[str, tuple[str, ...]] = {
    "first": ("case_officer", "file_officer", "hearing_host"),
    "second": ("dept_lead", "second_officer", "verifier", "head"),
    "third": ("head", "registrar", "legal_reviewer"),
    "reviewer": ("legal_reviewer",),
    "host": ("hearing_host",),
    "clerk": ("service_clerk",),
}
"""What each official of the market's bureau does; `upper` agrees for the city. `first` could host a hearing, of a case that
`first` did not investigate."""

KEPT = {name: PrivateKey.from_seed(bytes([n]) * 32) for n, name in enumerate((*OFFICES, "upper"), 81)}
KEPT |= {name: KEYS[name] for name in ("first", "second")}

BEFORE = count(700)
"""Numbers of what is said before a walk."""

CHECKED_BY = "JMQUY258BE"
"""The check characters of 91341602EXAMPLE10 to 19 (GB 32100)."""
ANSWERS = {"guard": "true"}


@dataclass
class PreparedWalk(CaseWalk):
    """`scan`: where the picture of a signed paper lies; `enrolled`: officials whose browser has a key of its own;
    `companies`: how many were registered."""

    scan: str = ""
    enrolled: set[str] = field(default_factory=set)
    companies: int = 0

    def official(self, name: str) -> Person:
        """With a key made in the own browser, for which both founders vouch, from the first time on."""
        person = self.person(name)
        if name not in self.enrolled:
            self.enrolled.add(name)
            self.vouch(name)
        return person

    def both_sign(self, path: str) -> int:
        """With the founders' own keys, in no browser."""
        state, node = self.world.client.app.state, self.world.node  # type: ignore[attr-defined]
        receipt = None
        for name in ("first", "second"):
            waiting = state.waiting.find(f"urn:uuid:{path.rpartition('/')[2]}")
            proof = sign_document(waiting.fields, KEPT[name], CREATED)
            receipt = run(
                self.world, add_proof(node, state.waiting, state.documents, waiting, self.world.parties[name], proof)
            )
        assert receipt is not None
        return int(receipt.index)

    def company(self, name: str, shown: str, key: PrivateKey | None = None) -> str:
        """An enterprise of the district with an account, and a key of its own where it has one; its id."""
        number, self.companies = self.companies, self.companies + 1
        body = {"name": shown, "legal_form": "enterprise", "roles": ["processor"], "region": REGION}
        body |= {"uscc": f"91341602EXAMPLE1{number}{CHECKED_BY[number]}", "address": "谯东镇示例大道99号"}
        body |= {"key": key.did} if key else {}
        id = self.world.parties[name] = self.world.made("/api/v1/parties", body, "official")["id"]
        self.world.add_token(own_token(name), "member", party=id, days=YEARS)
        return str(id)

    def signs(self, who: str, path: str, files: Mapping[str, Any] | None = None, **values: str) -> None:
        """A step before the walk: the page's own form, each blank filled with 见卷, signed with the kept key."""
        browser = signed_in(self.world, own_token(who))
        answer = sign(browser, asked(browser, path, files, **values), KEPT[who])
        assert answer.status_code == 303, answer.text

    def takes(self, who: str, case: str, step: str, **values: str) -> None:
        self.signs(who, f"/desk/cases/{case}/steps/{step}", **values)

    def decides(self, who: str, case: str, step: str) -> None:
        """As `takes`, a decision: none of the dates that it may state."""
        dates = dict.fromkeys(("fact.decision_date", "fact.examination_from", "fact.examination_until"), "")
        self.signs(who, f"/desk/cases/{case}/steps/{step}", None, **dates)

    def serves(self, case: str, step: str) -> None:
        """Make the papers of a serving step where they are not made yet, hand each over, and say so."""
        path = f"/desk/cases/{case}/steps/{step}"
        clerk = signed_in(self.world, own_token("clerk"))
        if not serve_links(clerk.get(path)):
            asked(clerk, path)
        for link in serve_links(clerk.get(path)):
            self.signs("clerk", link, method="receipt", receiver="王砚秋")
        self.signs("clerk", path)

    def proposed(self, company: str) -> str:
        """A listing proposed by `first`; its case."""
        office = self.world.parties["market office"]
        self.signs("first", f"/desk/parties/{self.world.parties[company]}/listing", authority=office)
        return str(cases(self.world)[-1]["id"])

    def noticed(self, company: str) -> str:
        """A listing proposed by `first`, its notice signed by `second` and served by `clerk` today; its case."""
        case = self.proposed(company)
        self.takes("second", case, "L03", **ANSWERS)
        self.serves(case, "L04")
        return case

    def listed(self, company: str) -> str:
        """A listing that its company waived to answer, decided, served and published today; its case."""
        case, today = self.noticed(company), self.world.clock().astimezone(SHANGHAI).date().isoformat()
        self.signs("clerk", f"/desk/cases/{case}/steps/L07", {"f.D-WAIVER.file": SCAN}, guard="true", paper_on=today)
        self.takes("reviewer", case, "L15", **ANSWERS)
        self.takes("second", case, "L18")
        self.takes("upper", case, "L19")
        self.decides("third", case, "L22")
        self.serves(case, "L25")
        self.publishes(case, "L27")
        return case

    def publishes(self, case: str, step: str) -> None:
        """As `takes`, by the registrar: without a stay or a longer restriction."""
        dates = dict.fromkeys(("fact.restriction_end", "fact.stay_from", "fact.stay_until"), "")
        self.signs("third", f"/desk/cases/{case}/steps/{step}", None, **ANSWERS, **dates)

    def penalised(self, company: str, item: str, number: str, dated: str) -> str:
        """A penalty by its paper, compared, served and published today; its case."""
        told = {"item": item, "number": number, "made_by": "示例区市场监督管理局", "dated": dated}
        basis = {"class_basis": "一般失信信息", "legal_basis": "药品管理法第一百一十七条"}
        told |= {**basis, "authority": self.world.parties["market office"], "fact.document_received": dated}
        path = f"/desk/parties/{self.world.parties[company]}/penalty"
        self.signs("first", path, {"file.file": SCAN}, **told)
        case = str(cases(self.world)[-1]["id"])
        self.takes("second", case, "P05", **ANSWERS)
        self.serves(case, "P06")
        self.publishes(case, "P07")
        return case

    def state(self, case: str) -> str:
        return str(case_row(self.world, case)["state"])


SENDS = """([action, sent]) => {
  const form = document.createElement("form");
  form.method = "post"; form.action = action; form.enctype = "multipart/form-data";
  sent.push(["form_token", document.querySelector("[name=form_token]").value]);
  for (const [name, value] of sent) {
    const field = document.createElement("input");
    field.type = "hidden"; field.name = name; field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""


def forces(person: Person, other: Person) -> str:
    """Send from this person's browser what another one's is about to send, where no page offered it; the answer, in words."""
    action = other.page.locator("main form").first.get_attribute("action")
    sent = other.page.evaluate("Array.from(new FormData(document.querySelector('main form')))")
    person.open("/desk/ledger")
    with person.page.expect_navigation():
        person.page.evaluate(SENDS, [action, [*(one for one in sent if one[0] != "form_token"), ["do", "save"]]])
    return person.main()


def button(person: Person, step: str) -> Locator:
    """The button of a step on the page of its case."""
    return person.page.locator(f'main a.button[href$="/steps/{step}"]')


def go(walk: PreparedWalk, who: str, case: str, step: str, look: str = "") -> Person:
    """From the overview, or the list where the case waits for no office, through the case to the form of a step."""
    person = walk.official(who)
    hand, link = person.start(), person.page.locator(f'main a[href="/desk/cases/{case}"]')
    if not link.count():
        hand.link("案件")
    hand.tap(link.first)
    if look:
        person.look(look)
    hand.tap(button(person, step))
    return person


def of(code: str, **texts: str) -> dict[str, str]:
    """Fields of a paper as its form names them."""
    return {f"d.{code}.{name}": text for name, text in texts.items()}


def sees(walk: PreparedWalk, who: str, case: str, step: str, *texts: str) -> Person:
    """An official whom the case offers no button for a step, but these sentences."""
    person = walk.official(who)
    person.open(f"/desk/cases/{case}")
    assert button(person, step).count() == 0
    assert [text for text in texts if text not in person.main()] == [], person.main()
    return person


@contextmanager
def prepared_walk(folder: Path, browser: Browser) -> Iterator[PreparedWalk]:
    """A market's bureau with its officials in office, the competence register adopted, and nobody's browser open yet."""
    with running_world(folder) as world, served(world) as url:
        scan = folder / "scan.png"
        Image.new("RGB", (60, 80), "white").save(scan)
        walk = PreparedWalk(world, url, browser, office=OFFICE, scan=str(scan))
        try:
            _appoint(world)
            walk.on("2026-09-10", 13)
            yield walk
        finally:
            for one in walk.people.values():
                one.context.close()
    assert walk.violations == []


def _appoint(world: World) -> None:
    for name, (shown, kind, region) in AUTHORITIES.items():
        body = {"name": shown, "legal_form": "authority", "roles": ["regulator"], "region": region}
        world.parties[name] = world.made("/api/v1/parties", {**body, "authority_kind": kind}, "official")["id"]
    for name in KEPT:
        region = CITY if name == "upper" else REGION
        body = {"name": NAMES[name], "legal_form": "person", "roles": ["regulator"], "region": region}
        known = {"key": KEPT[name].did} if name in ("first", "second") else {}
        world.parties[name] = world.made("/api/v1/parties", {**body, **known}, "official")["id"]
        world.add_token(own_token(name), "official", party=world.parties[name], region=region, days=YEARS)
    world.add_token(own_token("auditor"), "auditor", days=YEARS)
    name_founders(world)
    for name, offices in OFFICES.items():
        give(world, name, "market office", list(offices))
    give(world, "upper", "city office", ["upper_authority"], CITY)
    for name in KEPT.keys() - {"first", "second"}:
        _vouch(world, name)
    adopt(world, "competence")


def _vouch(world: World, name: str) -> None:
    """The kept key of an official, by both founders."""
    answer = said(
        world,
        next(BEFORE),
        [KEPT["first"], KEPT["second"]],
        chain=world.parties[name],
        kind="key_added",
        actor=world.parties["first"],
        payload={"key": KEPT[name].did, "authenticated": "in person"},
    )
    assert answer.status_code == 201, answer.text
