"""The YAML document: what is written reads back the same; what is wrong is refused with line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dcsim.errors import InvalidArgument
from emulators.world.inventory.dump import dumps
from emulators.world.inventory.generate import PRESETS, Preset, generate
from emulators.world.inventory.load import load, loads
from emulators.world.inventory.spec import (
    Inventory,
    ProjectSpec,
    decode_inventory,
    encode_inventory,
    format_size,
    parse_size,
)

SMALL = """\
sites:
- {name: ams1, racks: [r01]}
hardware:
  b200-m5: {memory: 64GiB, dimms: 4}
ucs_domains:
- name: ucs-1
  site: ams1
  chassis:
  - {slot: 1, rack: r01, blades: {1: b200-m5, 2: b200-m5, 3: b200-m5}}
clusters:
- name: c1
  site: ams1
  management: mgmt
  hosts:
    esx-01.ams1: ucs-1/1/1
    esx-02.ams1: ucs-1/1/2
arrays:
- name: array-1
  site: ams1
  luns: {lun-1: 1TiB}
datastores:
- {name: ds-1, site: ams1, luns: [lun-1], clusters: [c1]}
networks:
- {name: mgmt, site: ams1, cidr: 10.0.0.0/24, clusters: [c1]}
vms:
- {name: web-01, cluster: c1, datastore: ds-1, networks: [mgmt], disks: [20GiB], memory: 4GiB, cpus: 2}
- {name: web-02, cluster: c1, datastore: ds-1, networks: [{network: mgmt, ip: 10.0.0.77}], disks: [20GiB], power: off}
"""


@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_written_reads_back_the_same(preset: Preset) -> None:
    inventory = generate(7, preset)
    text = dumps(inventory, "a comment\nof two lines")
    assert loads(text) == inventory
    assert text.startswith("# a comment\n# of two lines\nversion: 1\n")


def test_a_vm_is_one_line() -> None:
    lines = dumps(generate(7)).splitlines()
    assert sum(line.startswith("- {name: shop-") for line in lines) == 10
    assert len(lines) < 150


def test_a_person_can_write_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SMALL)
    inventory = load(path)
    assert [vm.power for vm in inventory.vms] == ["on", "off"]
    assert list(inventory.clusters[0].hosts) == ["esx-01.ams1", "esx-02.ams1"]


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(SMALL.splitlines(), 1) if text in line)


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("cpus: 2}", "cpu: 2}", "vms[0].cpu", "no such key"),
        ("cpus: 2}", "cpus: two}", "vms[0].cpus", "Expected `int`, got `str`"),
        ("cpus: 2}", "cpus: -1}", "vms[0].cpus", "not between"),
        ("memory: 4GiB", "memory: 4G", "vms[0].memory", "'4G' is not a size"),
        ("disks: [20GiB], memory", "disks: [big], memory", "vms[0].disks[0]", "'big' is not a size"),
        ("{name: web-01, cluster: c1", "{name: web-01, cluster: c2", "vms[0].cluster", "no cluster 'c2'"),
        ("{name: web-01, cluster: c1", "{name: web-02, cluster: c1", "vms[1].name", "called 'web-02'"),
        ("{name: web-01, cluster: c1, ", "{name: web-01, ", "vms[0]", "needs a cluster or a host"),
        ("networks: [mgmt]", "networks: [mgnt]", "vms[0].networks[0]", "Did you mean 'mgmt'?"),
        ("ip: 10.0.0.77", "ip: 10.0.1.77", "vms[1].networks[0].ip", "not a free address"),
        ("ip: 10.0.0.77", "ip: 10.0.0.1", "vms[1].networks[0].ip", "not a free address"),
        ("ip: 10.0.0.77", "mac: 5", "vms[1].networks[0].mac", "Expected `str`"),
        ("ip: 10.0.0.77", "mac: 00-50-56", "vms[1].networks[0].mac", "not a MAC address"),
        ("cidr: 10.0.0.0/24", "cidr: 10.0.0.1/24", "networks[0].cidr", "host bits set"),
        ("cidr: 10.0.0.0/24", "gateway: 10.1.0.1, cidr: 10.0.0.0/24", "networks[0].gateway", "not an address of"),
        ("esx-02.ams1: ucs-1/1/2", "esx-02.ams1: ucs-1/1/1", "clusters[0].hosts.esx-02.ams1", "has two hosts"),
        ("esx-02.ams1: ucs-1/1/2", "esx-02.ams1: ucs-1/1/9", "clusters[0].hosts.esx-02.ams1", "no blade 'ucs-1/1/9'"),
        ("esx-02.ams1: ucs-1/1/2", "esx 2: ucs-1/1/2", "clusters[0].hosts.esx 2", "cannot name a host"),
        ("memory: 64GiB", "memory: 65GiB", "hardware.b200-m5.memory", "cannot come in 4 equal modules"),
        ("luns: [lun-1]", "luns: [lun-2]", "datastores[0].luns", "no LUN 'lun-2'"),
        ("blades: {1: b200-m5,", "blades: {9: b200-m5,", "ucs_domains[0].chassis[0].blades", "not between 1 and 8"),
    ],
)
def test_what_is_wrong_is_refused_with_line_and_field(old: str, new: str, at: str, message: str) -> None:
    line = line_of(old)
    if at == "vms[1].name":
        line += 1
    with pytest.raises(InvalidArgument) as refused:
        loads(SMALL.replace(old, new), "mine.yaml")
    assert refused.value.message.startswith(f"mine.yaml, line {line}: {at}: ")
    assert message in refused.value.message
    assert refused.value.field == at


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vms: [", "line 2"),
        ("vms: []\nvms: []", "line 2: 'vms' stands here twice"),
        ("vms: &a []\nteams: *a", "line 1: Anchors and tags"),
        ("vms: *a", "line 1: "),
        ("vms: !!python/object/apply:os.system [true]", "line 1: Anchors and tags"),
        ("[" * 100_000, "line 1: Too deeply nested"),
        ("a: " + "{a: " * 100_000, "line 1: Too deeply nested"),
        ("vms: []\n---\nvms: []", "line 2: A second document"),
        ("{[1]: 2}", "line 1: A key must be"),
        ("- 1", "line 1: Expected `object`, got `array`"),
        ("sites: [{name: 1}]", "line 1: sites[0].name: Expected `str`, got `int`"),
        ("version: 2", "line 1: version: "),
        ("vms: [" + "9" * 5000 + "]", "line 1: vms[0]: Expected `object`, got `str`"),
        ("\x00", "not YAML"),
    ],
)
def test_what_is_no_inventory_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        loads(text)
    assert message in refused.value.message


def test_an_empty_document_is_an_empty_inventory() -> None:
    assert loads("") == Inventory()
    assert loads("# nothing yet\n") == Inventory()


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"missing\.yaml cannot be read: No such file"):
        load(tmp_path / "missing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"sites: [{name: \xe9}]")
    with pytest.raises(InvalidArgument, match="not UTF-8"):
        load(tmp_path / "latin.yaml")


@given(st.text(max_size=30))
@example("off")
@example("00:50:56:10:20:30")
@example("1e3")
@example("~")
@example("2026-01-01")
def test_any_text_survives(text: str) -> None:
    inventory = Inventory(projects=[ProjectSpec(name="p", description=text.replace("\x00", ""))])
    printable = "".join(ch for ch in inventory.projects[0].description if ch.isprintable())
    inventory = Inventory(projects=[ProjectSpec(name="p", description=printable)])
    assert loads(dumps(inventory)) == inventory


@given(st.integers(0, 1 << 60))
def test_sizes_round_trip(size: int) -> None:
    assert parse_size(format_size(size)) == size


@pytest.mark.parametrize("text", ["", "4", "4 gib", "-1GiB", "4GiB ", "1.5GiB", "٤GiB"])
def test_sizes_have_a_binary_unit(text: str) -> None:
    with pytest.raises(InvalidArgument, match="not a size"):
        parse_size(text)


def test_the_compact_form_round_trips_and_refuses_junk() -> None:
    inventory = generate(7)
    assert decode_inventory(encode_inventory(inventory)) == inventory
    for junk in (b"", b"\xc1", b"\x81\xa3foo\x01", b"\x93\x01\x02\x03"):
        with pytest.raises(InvalidArgument, match="Not an inventory"):
            decode_inventory(junk)
