"""Backups: ordered, made, failed, forgotten."""

from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncIterator

import pytest
from lxml import etree

from emulators.ucs import projection
from emulators.ucs.backups import MOST, Backups
from emulators.ucs.methods.registry import load
from emulators.ucs.mit.tree import Tree
from emulators.ucs.refusals import Refusal
from emulators.world.model import Timer
from tests.unit.ucs.config.lab import UcsLab

DN = "sys/backup-laptop"


@pytest.fixture
async def files(ucs: UcsLab) -> AsyncIterator[Backups]:
    """The domain's files."""
    load(projection)
    tree = Tree(ucs.world, ucs.domain)
    made = Backups(tree)
    yield made
    made.close()
    tree.close()


def order(ucs: UcsLab, **props: str) -> None:
    """A backup to download."""
    ucs.put(
        "mgmtBackup", DN, **{"adminState": "enabled", "proto": "http", "type": "config-logical", "remoteFile": "/home/me/all.xml", **props}
    )


async def test_a_backup_has_the_configuration(ucs: UcsLab, files: Backups) -> None:
    ucs.mac_pool()
    profile = ucs.profile()
    order(ucs)
    assert ucs.props(DN, "adminState", "backupstatus", "fsmPrev") == ("disabled", "success", "backupSuccess")
    content = await files.get("all.xml")
    assert content is not None
    root = etree.fromstring(content)
    organisation = root.find("orgOrg")
    assert organisation is not None
    assert organisation.get("dn") == "org-root"
    (server,) = [one for one in organisation.iterfind("lsServer") if one.get("rn") == profile.rpartition("/")[2]]
    assert [one.get("addr") for one in server.iterfind("vnicEther")] == ["00:25:B5:00:00:01"]
    assert root.find("topSystem") is None
    assert await files.get("other.xml") is None


async def test_everything_is_an_archive(ucs: UcsLab, files: Backups) -> None:
    order(ucs, type="full-state", remoteFile="all.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(await files.get("all.tar.gz") or b"")) as archive:
        assert archive.getnames() == ["config-all.xml"]


async def test_old_files_make_room(ucs: UcsLab, files: Backups) -> None:
    for number in range(MOST + 1):
        order(ucs, remoteFile=f"{number}.xml")
    assert await files.get("0.xml") is None
    assert await files.get(f"{MOST}.xml") is not None


def test_another_machine_does_not_answer(ucs: UcsLab) -> None:
    order(ucs, proto="scp")
    assert ucs.props(DN, "adminState", "backupstatus", "fsmPrev") == ("disabled", "fail", "backupFail")


def test_a_backup_needs_a_file(ucs: UcsLab) -> None:
    with pytest.raises(Refusal):
        ucs.put("mgmtBackup", DN, adminState="enabled")


def test_it_takes_its_time_and_can_be_given_up(slow_ucs: UcsLab) -> None:
    order(slow_ucs)
    assert slow_ucs.props(DN, "adminState", "backupstatus") == ("enabled", "in-progress")
    slow_ucs.delete("mgmtBackup", DN)
    assert slow_ucs.state.all(Timer) == []
    order(slow_ucs)
    slow_ucs.fire()
    assert slow_ucs.prop(DN, "backupstatus") == "success"
