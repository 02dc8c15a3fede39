"""How many different failures one address may make, within which time, and whose they are."""

from dataclasses import dataclass

import pytest

from api.auth import limits
from api.auth.limits import FailedAccounts, FailedSignIns, Scans
from api.refusals import RateLimited


@dataclass
class Seconds:
    at: float = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def failed(seconds: Seconds) -> FailedSignIns:
    return FailedSignIns(seconds)


def fail(failed: FailedSignIns, address: str, times: int) -> None:
    for n in range(times):
        failed.add(address, n.to_bytes(32))


def test_ninety_nine_different_failures_stop_nobody_and_the_hundredth_does(failed: FailedSignIns) -> None:
    fail(failed, "192.0.2.7", 99)
    before = failed.seconds_to_wait("192.0.2.7")

    failed.add("192.0.2.7", b"one more")

    assert before == 0
    assert failed.seconds_to_wait("192.0.2.7") == 301


def test_the_same_failure_again_counts_once(failed: FailedSignIns) -> None:
    for _ in range(1_000):
        failed.add("192.0.2.7", b"a stale link")

    assert failed.seconds_to_wait("192.0.2.7") == 0


def test_the_wait_ends_when_the_oldest_failure_is_five_minutes_old(failed: FailedSignIns, seconds: Seconds) -> None:
    failed.add("192.0.2.7", b"first")
    seconds.at += 60
    fail(failed, "192.0.2.7", 99)

    assert failed.seconds_to_wait("192.0.2.7") == 241
    seconds.at += 239.9
    assert failed.seconds_to_wait("192.0.2.7") == 1
    seconds.at += 0.1
    assert failed.seconds_to_wait("192.0.2.7") == 0


def test_another_address_is_not_touched(failed: FailedSignIns) -> None:
    fail(failed, "192.0.2.7", 100)

    assert failed.seconds_to_wait("192.0.2.8") == 0


def test_a_whole_ipv6_net_is_one_address(failed: FailedSignIns) -> None:
    for n in range(100):
        failed.add(f"2001:db8::{n:x}", n.to_bytes(32))

    assert failed.seconds_to_wait("2001:db8::ffff") > 0
    assert failed.seconds_to_wait("2001:db8:0:1::1") == 0


def test_what_is_remembered_has_an_end(failed: FailedSignIns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADDRESSES_REMEMBERED", 3)
    fail(failed, "192.0.2.1", 100)
    for n in range(2, 5):
        failed.add(f"192.0.2.{n}", b"x")

    assert failed.seconds_to_wait("192.0.2.1") == 0


def test_an_address_that_is_none_is_counted_too(failed: FailedSignIns) -> None:
    fail(failed, "", 100)

    assert failed.seconds_to_wait("") > 0


# ---- labels ----------------------------------------------------------------------------------------------------------


def refused_for(scans: Scans, who: str) -> int:
    """Seconds until the next look-up, 0 where this one was taken."""
    try:
        scans.take(who)
    except RateLimited as error:
        seconds: int = error.values["retry_after"]
        return seconds
    return 0


def test_twelve_hundred_scans_are_taken_at_once_and_twenty_more_a_second(seconds: Seconds) -> None:
    scans = Scans(seconds)

    assert {refused_for(scans, "192.0.2.7") for _ in range(1_200)} == {0}
    assert refused_for(scans, "192.0.2.7") == 1
    seconds.at += 1
    assert [refused_for(scans, "192.0.2.7") for _ in range(21)] == [0] * 20 + [1]
    assert refused_for(scans, "192.0.2.8") == 0


def test_a_bucket_never_holds_more_than_a_minutes_scans(seconds: Seconds) -> None:
    scans = Scans(seconds)
    scans.take("192.0.2.7")
    seconds.at += 86_400

    assert [refused_for(scans, "192.0.2.7") for _ in range(1_201)] == [0] * 1_200 + [1]


def test_thirty_unknown_codes_within_a_minute_stop_every_look_up_until_the_first_is_a_minute_old(
    seconds: Seconds,
) -> None:
    scans = Scans(seconds)
    for n in range(29):
        scans.note_unknown("192.0.2.7", f"code {n}")
    before = refused_for(scans, "192.0.2.7")
    seconds.at += 10
    scans.note_unknown("192.0.2.7", "one more")

    assert before == 0
    assert refused_for(scans, "192.0.2.7") == 51
    seconds.at += 50
    assert refused_for(scans, "192.0.2.7") == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_may_ask_as_often_as_it_wants_but_not_guess(seconds: Seconds, address: str) -> None:
    scans = Scans(seconds)

    assert {refused_for(scans, address) for _ in range(2_000)} == {0}
    for n in range(30):
        scans.note_unknown(address, f"code {n}")
    assert refused_for(scans, address) > 0


def test_scans_forget_addresses_too(seconds: Seconds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADDRESSES_REMEMBERED", 2)
    scans = Scans(seconds)
    for _ in range(1_201):
        refused_for(scans, "192.0.2.1")
    for n in range(2, 4):
        scans.take(f"192.0.2.{n}")

    assert refused_for(scans, "192.0.2.1") == 0


ACCOUNT, PHONE = b"an account", b"its own phone"


@pytest.fixture
def accounts(seconds: Seconds) -> FailedAccounts:
    return FailedAccounts(seconds)


def fail_as(accounts: FailedAccounts, times: int, device: bytes = b"") -> None:
    for _ in range(times):
        accounts.add(ACCOUNT, device)


def test_nine_failures_of_an_account_cost_nothing_and_each_from_the_tenth_doubles_the_wait(
    accounts: FailedAccounts, seconds: Seconds
) -> None:
    fail_as(accounts, 9)
    waits = [accounts.seconds_to_wait(ACCOUNT)]

    for _ in range(5):
        fail_as(accounts, 1)
        waits.append(accounts.seconds_to_wait(ACCOUNT))

    assert waits == [0, 1, 2, 4, 8, 16]
    seconds.at += 16
    assert accounts.seconds_to_wait(ACCOUNT) == 0


def test_no_wait_is_longer_than_the_five_minutes_that_are_remembered(
    accounts: FailedAccounts, seconds: Seconds
) -> None:
    fail_as(accounts, 50)

    assert accounts.seconds_to_wait(ACCOUNT) == 300
    seconds.at += 300
    assert accounts.seconds_to_wait(ACCOUNT) == 0


def test_strangers_cannot_shut_out_a_browser_that_the_account_has_used(accounts: FailedAccounts) -> None:
    fail_as(accounts, 50)

    assert accounts.seconds_to_wait(ACCOUNT, PHONE) == 0
    assert accounts.seconds_to_wait(b"another") == 0
    fail_as(accounts, 10, PHONE)
    assert accounts.seconds_to_wait(ACCOUNT, PHONE) == 1


def test_what_is_remembered_of_accounts_has_an_end(accounts: FailedAccounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ACCOUNTS_REMEMBERED", 3)
    fail_as(accounts, 20)
    for n in range(3):
        accounts.add(bytes([n]))

    assert accounts.seconds_to_wait(ACCOUNT) == 0
