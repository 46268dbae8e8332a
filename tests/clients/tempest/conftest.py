"""Runs of Tempest against clouds of their own, each once for all the tests that judge it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.conftest import CONTAINERS, require_docker
from tests.clients.harness import Datacenter
from tests.clients.openstack.environment import announced
from tests.clients.tempest import lists, running
from tests.clients.tempest.called import called
from tests.clients.tempest.report import Report
from tests.clients.tempest.running import Kind

SIMULATED = ("--machines", "simulated", "--seed", "7")
SSH_USER = "root"
CALLED: set[str] = set()
"""The operations that they called with success."""


@pytest.fixture(scope="session")
def administrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    """Interop's and smoke's tests, as users that Tempest makes with the administrator's credentials."""
    names = tuple(sorted({*lists.interop(), *lists.smoke()}))
    folder = tmp_path_factory.mktemp("administrated")
    with _cloud(folder, SIMULATED) as environment:
        report = _ran(folder, environment, Kind(), lists.without_logins(names))
        CALLED.update(called(environment))
        yield report


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    """Interop's tests, as users that were there before and may make none."""
    folder = tmp_path_factory.mktemp("plain")
    with _cloud(folder, SIMULATED) as environment:
        yield _ran(folder, environment, Kind(plain=True), lists.without_logins(lists.interop(administrator=False)))


@pytest.fixture(scope="session")
def guests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of a cloud whose servers are containers."""
    require_docker()
    with _cloud(tmp_path_factory.mktemp("guests"), CONTAINERS) as environment:
        yield environment


@pytest.fixture(scope="session")
def logged_in(guests: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Tests that log in to servers."""
    return _ran(tmp_path_factory.mktemp("logged-in"), guests, Kind(ssh_user=SSH_USER), lists.validated())


@pytest.fixture(scope="session")
def plain_logged_in(guests: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Those of Interop that Tempest runs only where it can log in, as users that were there before."""
    names = tuple(sorted(lists.LOGIN_ONLY & set(lists.interop())))
    return _ran(tmp_path_factory.mktemp("plain-logged-in"), guests, Kind(plain=True, ssh_user=SSH_USER), names)


@contextmanager
def _cloud(folder: Path, arguments: tuple[str, ...]) -> Iterator[dict[str, str]]:
    running.needed()
    datacenter = Datacenter(folder / "data", *arguments)
    try:
        datacenter.start()
        announced(datacenter)
        yield datacenter.env
    finally:
        datacenter.clear_away()


def _ran(folder: Path, environment: dict[str, str], kind: Kind, names: tuple[str, ...]) -> Report:
    running.configured(folder, environment, kind)
    return running.run(running.needed(), folder, names, kind)
