"""Does one failed supervision sample walk to a record, a test at the gate and its repair, each step by the person who must
take it, in the browser, with an own key?

Days are those of the State Council's notice for 2026. With SUXIN_SCREENSHOTS=folder each page is also written there as a
picture, in both languages.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.case_walk import OFFICES, CaseWalk, case_walk

pytestmark = pytest.mark.needs("chromium")

HELD_KEYS = """async () => {
  const request = indexedDB.open("suxin-keys");
  const database = await new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const store = database.transaction("keys").objectStore("keys").getAllKeys();
  return await new Promise((resolve) => { store.onsuccess = () => resolve(store.result); });
}"""


@pytest.fixture(scope="module")
def walk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseWalk]:
    with case_walk(tmp_path_factory.mktemp("sample"), browser) as found:
        yield found


def test_each_official_has_one_key_that_no_other_browser_has(walk: CaseWalk) -> None:
    held = [walk.person(name).open("/desk/keys").evaluate(HELD_KEYS) for name in OFFICES]

    assert [len(keys) for keys in held] == [1, 1, 1, 1]
    assert len({key for keys in held for key in keys}) == 4
    for name in OFFICES:
        assert "有效，可以签职责内的事" in walk.person(name).main()
