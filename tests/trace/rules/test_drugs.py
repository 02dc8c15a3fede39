"""G03 for animals: 兽药管理条例 art. 39; 公告250, 2292, 2428."""

import re
from datetime import date

import pytest

from trace.reference.inputs import veterinary_bans
from trace.rules import Outcome, drug_lawful

NEW_YEAR = date(2026, 1, 1)


@pytest.mark.parametrize(
    "name", ["氯霉素", "孔雀石绿", "呋喃唑酮", "己烯雌酚", "培氟沙星", "chloramphenicol", "56-75-7"]
)
def test_drugs_of_the_lists_that_were_read_are_banned(name: str) -> None:
    """公告250 (2019-12-27) and 公告2292 (last use 2016-12-31)."""
    verdict = drug_lawful(name, NEW_YEAR)

    assert (verdict.outcome, verdict.unverified) == (Outcome.BLOCK, False)


def test_a_ban_counts_from_its_day() -> None:
    """公告250 came into force on 2019-12-27."""
    assert drug_lawful("氯霉素", date(2019, 12, 27)).outcome is Outcome.BLOCK
    assert drug_lawful("氯霉素", date(2019, 12, 26)).reasons == ("drug-ban-comes-later",)


def test_names_of_the_list_from_memory_warn() -> None:
    """公告250: the wording of most rows was not read."""
    for ban in veterinary_bans():
        if not ban.citation.is_firm and ban.substances:
            verdict = drug_lawful(re.split(r"[ (]", ban.name_zh)[0], NEW_YEAR)
            assert (verdict.outcome, verdict.unverified) == (Outcome.WARN, True), ban.name_zh


def test_clenbuterol_is_one_of_the_beta_agonists() -> None:
    assert drug_lawful("克仑特罗", NEW_YEAR).reasons == ("drug-banned-unverified",)


def test_colistin_depends_on_its_purpose() -> None:
    """公告2428 stops it as a growth promoter alone, from 2017-05-01."""
    verdict = drug_lawful("硫酸黏菌素", NEW_YEAR)

    assert (verdict.outcome, verdict.reasons) == (Outcome.WARN, ("drug-purpose-unclear",))


def test_enrofloxacin_is_not_for_laying_hens_and_lawful_for_pigs() -> None:
    """GB 31650-2019, from a third-party copy: it warns."""
    hens, pigs = drug_lawful("恩诺沙星", NEW_YEAR, is_laying=True), drug_lawful("恩诺沙星", NEW_YEAR)

    assert (hens.outcome, hens.unverified, hens.reasons) == (Outcome.WARN, True, ("not-in-laying-period",))
    assert hens.rows == ("limits_food_selected 恩诺沙星|鸡蛋_(laying_hens) 2020-04-01 copy",)
    assert pigs.outcome is Outcome.PASS


def test_an_unknown_drug_and_a_pesticide_warn() -> None:
    assert drug_lawful("神奇粉", NEW_YEAR).reasons == ("drug-unknown",)
    assert drug_lawful("吡虫啉", NEW_YEAR).reasons == ("drug-unknown",)
