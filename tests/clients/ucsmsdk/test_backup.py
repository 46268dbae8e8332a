"""Backups with the SDK's own helper: ordered, waited for, downloaded, and taken away."""

from __future__ import annotations

import http.client
import io
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from ucsmsdk.mometa.ls.LsServer import LsServer
from ucsmsdk.mometa.macpool.MacpoolBlock import MacpoolBlock
from ucsmsdk.mometa.macpool.MacpoolPool import MacpoolPool
from ucsmsdk.mometa.mgmt.MgmtBackup import MgmtBackup
from ucsmsdk.mometa.mgmt.MgmtImporter import MgmtImporter
from ucsmsdk.utils.ucsbackup import backup_ucs
from ucsmsdk.utils.ucstechsupport import get_tech_support

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import door, refused

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # the SDK closes neither file nor connection


def read(path: Path) -> etree._Element:
    """The document in a backup; that of a full-state one is in an archive."""
    content = path.read_bytes()
    if path.name.endswith(".tar.gz"):
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            inside = archive.extractfile(archive.getnames()[0])
            assert inside is not None
            content = inside.read()
    return etree.fromstring(content)


@pytest.mark.parametrize(
    ("kind", "name", "tops"),
    [
        ("config-all", "all.xml", {"orgOrg"}),
        ("config-logical", "logical.xml", {"orgOrg"}),
        ("config-system", "system.xml", set()),
        ("full-state", "full.tar.gz", {"orgOrg"}),
    ],
)
def test_every_kind(ucs: Any, org: str, tmp_path: Path, kind: str, name: str, tops: set[str]) -> None:
    pool = MacpoolPool(org, name="macs", descr="kept & safe")
    MacpoolBlock(pool, r_from="00:25:B5:AA:00:00", to="00:25:B5:AA:00:0F")
    ucs.add_mo(pool)
    ucs.add_mo(LsServer(org, name="profile"))
    ucs.commit()
    backup_ucs(ucs, kind, str(tmp_path), name)
    root = read(tmp_path / name)
    assert {child.tag for child in root} >= tops
    kept = root.find(".//macpoolPool[@name='macs']")
    assert (kept is not None) == ("orgOrg" in tops)
    if kept is not None:
        assert (kept.get("descr"), [block.get("from") for block in kept]) == ("kept & safe", ["00:25:B5:AA:00:00"])
        assert root.find(".//lsServer[@name='profile']") is not None
    assert ucs.query_classid("MgmtBackup") == [], "the helper takes it away"


def test_a_file_is_for_those_who_are_logged_in(ucs: Any, tmp_path: Path, simulated: Datacenter) -> None:
    at = door(simulated, secure=False)
    ucs.add_mo(
        MgmtBackup("sys", hostname="mine", type="config-all", remote_file=str(tmp_path / "mine.xml"), admin_state="enabled", proto="http")
    )
    ucs.commit()
    assert ucs.query_dn("sys/backup-mine").admin_state == "disabled"
    ucs.file_download("backupfile/mine.xml", str(tmp_path), "mine.xml")
    assert read(tmp_path / "mine.xml").tag
    for cookie, path, status in (("none", "mine.xml", 401), (ucs.cookie, "other.xml", 404), (ucs.cookie, "../../etc/passwd", 404)):
        with closing(http.client.HTTPConnection(at.host, at.port, timeout=10)) as connection:
            connection.request("GET", f"/backupfile/{path}", headers={"Cookie": f"ucsm-cookie={cookie}"})
            assert connection.getresponse().status == status
    ucs.remove_mo(ucs.query_dn("sys/backup-mine"))
    ucs.commit()


def test_a_file_for_support(ucs: Any, tmp_path: Path) -> None:
    made = get_tech_support(ucs, option="ucsm", file_dir=str(tmp_path), file_name="support.tar", remove_from_ucs=True, timeout=20)
    assert made is None or made.oper_state == "available"
    with tarfile.open(tmp_path / "support.tar") as archive:
        parts = {name: archive.extractfile(name) for name in archive.getnames()}
        blades = etree.fromstring(parts["equipment.xml"].read()).findall("computeBlade")  # type: ignore[union-attr]
    assert set(parts) == {"config-all.xml", "faults.xml", "equipment.xml"}
    assert {one.get("dn") for one in blades} == {one.dn for one in ucs.query_classid("computeBlade")}
    assert ucs.query_children(in_dn="sys/tech-support-files") == []


def test_an_import_fails_and_says_why(ucs: Any) -> None:
    ucs.add_mo(MgmtImporter("sys", hostname="10.9.9.9", remote_file="/x.xml", proto="scp", action="merge", admin_state="enabled"))
    ucs.commit()
    made = ucs.query_dn("sys/import-config-10.9.9.9")
    assert (made.fsm_prev, made.admin_state, "/x.xml" in made.fsm_rmt_inv_err_descr) == ("importFail", "disabled", True)
    ucs.remove_mo(made)
    ucs.commit()
    ucs.add_mo(MgmtImporter("sys", hostname="nowhere", proto="scp", admin_state="enabled"))
    with refused("ERR-xml-parse-error", "remoteFile"):
        ucs.commit()


def test_one_without_a_file_is_refused(ucs: Any) -> None:
    ucs.add_mo(MgmtBackup("sys", hostname="nowhere", type="config-all", admin_state="enabled", proto="http"))
    with refused("ERR-xml-parse-error", "remoteFile"):
        ucs.commit()
    assert ucs.query_dn("sys/backup-nowhere") is None


def test_one_to_a_machine_that_is_not_there_fails(ucs: Any) -> None:
    ucs.add_mo(
        MgmtBackup(
            "sys", hostname="10.9.9.9", type="config-all", remote_file="/x.xml", admin_state="enabled", proto="ftp", user="u", pwd="p"
        )
    )
    ucs.commit()
    made = ucs.query_dn("sys/backup-10.9.9.9")
    assert (made.backupstatus, made.admin_state, "10.9.9.9" in made.fsm_rmt_inv_err_descr) == ("fail", "disabled", True)
    assert made.pwd in {"", None}, "a password is not shown"
    ucs.remove_mo(made)
    ucs.commit()
