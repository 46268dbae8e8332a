"""What a real vCenter sets, we set: field by field, against the recordings of one (vCenter Server 8.0.3, by pyVmomi 8.0.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from emulators.vsphere.records import Datacenter
from emulators.world.model import Datastore, Network
from tests.unit.vsphere.views.scene import XSI_TYPE, Scene

RECORDINGS = Path(__file__).parents[5] / "shared/samples/vsphere/pyvmomi-recordings"
BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
PLAIN = {"string", "int", "long", "boolean", "dateTime", "short", "byte", "double", "base64Binary"}
pytestmark = pytest.mark.skipif(not RECORDINGS.exists(), reason="the vendor's recordings are not here")

LEFT_OUT = re.compile(
    r"""
    # vSAN, vCenter's agents and appliances: the recorded datacenter ran on them, ours doesn't
    [vV]san(?!HostConfig$) | managedBy | vAppConfig | ^/config/product$ | StorageObjectId | backingObjectId | membershipUuid | accessGenNo
    # alarms, fields and issues of the recorded objects themselves
    | AlarmState: | ^/Permission: | CustomFieldDef: | RemoteTSMEnabledEvent
    # hardware that the recorded host had (a VM itself, with NVMe and parallel SCSI)
    | parentBridge | vvolHost | ParallelScsi | Pcie | Hpp | nvmeTopology | fcoeConfiguration | alternateName | durableName
    | standardInquiry | physicalLocation | HostVfatVolume | ^/fileSystemVolume/mountInfo/volume$
    # IPv6 and addresses from DHCP
    | ipV6(Config|DefaultGateway|GatewayDevice) | ipv6Route | virtualNicDevice | routeTableConfig
    # teaming of port groups comes from their switch here
    | ^/network/portgroup/spec/policy/nicTeaming
    # the host's certificate, its time service's history, rarer kinds of settings, resource groups four deep, an address for vCenter
    | ^/certificate$ | ntpDuration | ntpRunTime | optionType:(Choice|Int)Option | validCharacters | (/child){4} | managementServerIp
    # no guest was customised
    | customizationInfo/(start|end)Time
    # managers of a host that have nothing to show yet
    | ^/(accountManager|bootDeviceSystem|cacheConfigurationManager|cryptoManager|diagnosticSystem|firmwareSystem|imageConfigManager)$
    | ^/(iscsiManager|kernelModuleSystem|memoryManager|messageBusProxy|nvdimmSystem|patchManager|userDirectory)$
    """,
    re.VERBOSE,
)
"""Fields of the recordings that have no counterpart in the datacenter of the tests."""


def recorded(name: str) -> Iterator[tuple[str, Any]]:
    """Properties of a recording with their elements, unset ones left out."""
    for one in yaml.safe_load((RECORDINGS / name).read_text())["interactions"]:
        request, answer = one["request"]["body"] or "", one["response"]["body"]
        asked = re.search(r"<prop[^>]*>(.*?)</prop>", request if isinstance(request, str) else request.decode())
        if asked is not None:
            text = answer["string"] if isinstance(answer, dict) else answer
            answered = etree.fromstring(text if isinstance(text, bytes) else text.encode()).findall(f".//{BODY}/*/*")
            if answered:
                yield asked[1], answered[0]


def fields(element: Any, path: str = "") -> set[str]:
    """The paths of everything set below an element; values of a type of their own with that type."""
    found = set()
    for child in element:
        kind = child.get(XSI_TYPE, "").rpartition(":")[2]
        name = f"{path}/{etree.QName(child).localname}" + (f":{kind}" if kind and kind not in PLAIN else "")
        found |= {name} | fields(child, name)
    return found


def expected(element: Any) -> set[str]:
    """What of a recorded property we should set too; below what is left out, nothing."""
    found = sorted(fields(element))
    left = [one for one in found if LEFT_OUT.search(one)]
    return {one for one in found if not any(one == other or one.startswith(f"{other}/") for other in left)}


def subjects(scene: Scene, name: str) -> list[Any]:
    kinds: dict[str, list[Any]] = {
        "vm": scene.vms(),
        "host": scene.hosts(),
        "datastore": scene.state.all(Datastore),
        "datacenter": scene.state.all(Datacenter),
        "network": [one for one in scene.state.all(Network) if one.type == "standard"],
    }
    return kinds[name]


@pytest.mark.parametrize(
    ("name", "recording"),
    [
        ("vm", "test_json_vm_explode_default.yaml"),
        ("host", "test_json_host_explode.yaml"),
        ("datastore", "test_json_datastore_explode.yaml"),
        ("datacenter", "test_json_datacenter_explode.yaml"),
        ("network", "test_json_network_explode.yaml"),
    ],
)
def test_we_set_what_a_vcenter_sets(scene: Scene, name: str, recording: str) -> None:
    missing, compared = {}, 0
    for path, element in recorded(recording):
        ours = [one for subject in subjects(scene, name) if (one := scene.xml(subject, path)) is not None]
        assert ours, f"{path} is unset"
        assert element.get(XSI_TYPE) in {one.get(XSI_TYPE) for one in ours}, path
        gaps = expected(element) - set().union(*(fields(one) for one in ours))
        if gaps:
            missing[path] = sorted(gaps)
        compared += len(expected(element))
    assert missing == {}
    assert compared > 2
