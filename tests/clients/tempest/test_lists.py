"""The lists that OpenStack clouds are judged by, whole: what passes is counted, what does not is listed with its reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.tempest import lists
from tests.clients.tempest.conftest import CALLED
from tests.clients.tempest.report import PASSED, Report

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
Record = Callable[[str, object], None]


def judge(record: Record, title: str, report: Report, names: tuple[str, ...]) -> None:
    """Every test passes but those known to fail, and these do fail; the counts close the whole run's output."""
    record("Tempest", f"{title}: {report.summary(names)}")
    known, failing = lists.known_failures(), report.not_passed(names)
    unexpected = {name: reason for name, reason in failing.items() if name not in known}
    assert not unexpected, f"{len(unexpected)} of {len(names)}:\n" + "\n".join(f"{name}\n    {why}" for name, why in unexpected.items())
    assert [name for name in names if name in known and report.of(name).status == PASSED] == [], "these pass: take them off the list"


def test_interop_with_users_that_tempest_makes(administrated: Report, record_property: Record) -> None:
    judge(record_property, "Interop, dynamic credentials", administrated, lists.without_logins(lists.interop()))


def test_smoke(administrated: Report, record_property: Record) -> None:
    judge(record_property, "smoke, dynamic credentials", administrated, lists.without_logins(lists.smoke()))


def test_what_the_coverage_page_says_of_clients(administrated: Report) -> None:
    assert administrated.names
    assert set(lists.read("called")) - CALLED == set(), "renew the list: scripts/tempest --called tests/clients/tempest/names/called.txt"


@pytest.mark.long
def test_interop_as_plain_users(plain: Report, record_property: Record) -> None:
    judge(record_property, "Interop, plain users", plain, lists.without_logins(lists.interop(administrator=False)))


@pytest.mark.docker
def test_servers_can_be_logged_in_to(logged_in: Report, record_property: Record) -> None:
    judge(record_property, "with logins to servers, dynamic credentials", logged_in, lists.validated())


@pytest.mark.long
@pytest.mark.docker
def test_plain_users_can_log_in_to_their_servers(plain_logged_in: Report, record_property: Record) -> None:
    judge(record_property, "Interop with logins to servers, plain users", plain_logged_in, tuple(lists.LOGIN_ONLY & set(lists.interop())))
