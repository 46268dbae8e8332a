"""How long the SOAP codec takes to read requests and write answers, beside pyVmomi's own serialiser and deserialiser.

    python -m benchmarks.vsphere.codec [--repetitions 9]

One JSON line a figure: CPU microseconds of one operation, ours and pyVmomi's (medians of alternating repetitions), and pyVmomi's divided
by ours.  ``parse`` is lxml's share before decoding starts; pyVmomi parses and builds at once, so its figure is to be compared with the sum.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from lxml import etree
from pyVmomi import SoapAdapter, vim
from pyVmomi import vmodl as _api

from dcsim.xml import parse
from emulators.vsphere.soap import envelope, metadata, vmodl
from emulators.vsphere.soap.decode import decode

VERSION = "vim.version.v8_0_3_0"
ACTION = '"urn:vim25/8.0.3.0"'
LIST_LENGTH = 1_000

api: Any = _api
collector: Any = api.query.PropertyCollector
stub: Any = SoapAdapter.SoapStubAdapter(version=VERSION)


def request(target: Any, name: str, *arguments: Any) -> bytes:
    """A request as pyVmomi's client sends it."""
    body: bytes = stub.SerializeRequest(target, getattr(type(target), name).info, list(arguments))
    return body


def requests() -> dict[str, bytes]:
    """The requests to decode, by figure."""
    view = vim.view.ContainerView("session[1]view-1")
    paths = ["name", "runtime.powerState", "guest.ipAddress", "config.uuid"]
    query = collector.FilterSpec(
        propSet=[collector.PropertySpec(type=vim.VirtualMachine, all=False, pathSet=paths)],
        objectSet=[
            collector.ObjectSpec(
                obj=view, skip=True, selectSet=[collector.TraversalSpec(name="v", type=vim.view.ContainerView, path="view", skip=False)]
            )
        ],
    )
    card = vim.vm.device.VirtualVmxnet3(key=-1, backing=vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName="VM Network"))
    config = vim.vm.ConfigSpec(
        numCPUs=2,
        memoryMB=1024,
        extraConfig=[vim.option.OptionValue(key=f"guestinfo.k{number}", value="v") for number in range(5)],
        deviceChange=[vim.vm.device.VirtualDeviceSpec(operation="add", device=card)],
    )
    place = vim.vm.RelocateSpec(pool=vim.ResourcePool("resgroup-8"), datastore=vim.Datastore("datastore-11"))
    clone = vim.vm.CloneSpec(location=place, powerOn=True, template=False, config=config)
    vm = vim.VirtualMachine("vm-1001")
    return {
        "decode_PowerOffVM_Task": request(vm, "PowerOff"),
        "decode_RetrievePropertiesEx": request(
            collector("propertyCollector"), "RetrievePropertiesEx", [query], collector.RetrieveOptions()
        ),
        "decode_CloneVM_Task": request(vm, "Clone", vim.Folder("group-v3"), "web-17", clone),
    }


def vm_config() -> Any:
    """A virtual machine's configuration with 13 devices and 20 advanced settings."""
    devices: list[Any] = [vim.vm.device.VirtualIDEController(key=200 + bus, busNumber=bus) for bus in range(2)]
    devices += [vim.vm.device.ParaVirtualSCSIController(key=1000, busNumber=0, sharedBus="noSharing", scsiCtlrUnitNumber=7)]
    for number in range(5):
        backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(
            fileName=f"[ds-1] web/web_{number}.vmdk", diskMode="persistent", thinProvisioned=True, datastore=vim.Datastore("datastore-11")
        )
        label = vim.Description(label=f"Hard disk {number + 1}", summary="41,943,040 KB")
        devices.append(
            vim.vm.device.VirtualDisk(
                key=2000 + number, deviceInfo=label, backing=backing, controllerKey=1000, unitNumber=number, capacityInKB=41943040
            )
        )
        devices.append(
            vim.vm.device.VirtualVmxnet3(
                key=4000 + number,
                deviceInfo=vim.Description(label=f"Network adapter {number + 1}", summary="VM Network"),
                backing=vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName="VM Network", network=vim.Network("network-12")),
                connectable=vim.vm.device.VirtualDevice.ConnectInfo(
                    startConnected=True, allowGuestControl=True, connected=True, status="ok"
                ),
                macAddress="00:50:56:81:6a:0f",
                addressType="assigned",
            )
        )
    return vim.vm.ConfigInfo(
        changeVersion="2026-01-31T08:00:00.000000Z",
        modified=datetime(2026, 1, 31, 8, tzinfo=UTC),
        name="web-17",
        guestFullName="Debian GNU/Linux 12 (64-bit)",
        version="vmx-21",
        uuid="4201b5b6-3c0a-7d4c-9a57-1f0a2b3c4d5e",
        template=False,
        guestId="debian12_64Guest",
        files=vim.vm.FileInfo(vmPathName="[ds-1] web/web.vmx", logDirectory="[ds-1] web/"),
        flags=vim.vm.FlagInfo(enableLogging=True, useToe=False),
        defaultPowerOps=vim.vm.DefaultPowerOpInfo(powerOffType="soft"),
        hardware=vim.vm.VirtualHardware(numCPU=2, memoryMB=1024, device=devices),
        extraConfig=[vim.option.OptionValue(key=f"guestinfo.k{number}", value=f"value {number}") for number in range(20)],
    )


def cpu_us(operation: Callable[[], object], number: int) -> float:
    """CPU microseconds of one run of ``operation``, from ``number`` of them."""
    started = time.process_time_ns()
    for _ in range(number):
        operation()
    return (time.process_time_ns() - started) / number / 1000


def compare(figure: str, repetitions: int, ours: Callable[[], object], peer: Callable[[], object], **more: object) -> None:
    """Run both alternately and print the JSON line."""
    number = max(1, int(20_000 / max(cpu_us(ours, 1), cpu_us(peer, 1), 1.0)))
    pairs = [(cpu_us(ours, number), cpu_us(peer, number)) for _ in range(repetitions)]
    mine, theirs = statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)
    line = {
        "figure": figure,
        "unit": "cpu_us",
        "ours": round(mine, 1),
        "pyvmomi": round(theirs, 1),
        "pyvmomi_by_ours": round(theirs / mine, 2),
    }
    print(json.dumps(line | {"repetitions": repetitions, "load_1min": round(os.getloadavg()[0], 2)} | more))


def pyvmomi_reads(body: bytes) -> Callable[[], object]:
    """The target and arguments through pyVmomi's deserialiser, which takes one element at a time."""
    info = decode(parse(body)).method
    types = {param.name: param.item for param in info.params} | {"_this": vmodl.ManagedObject}
    texts = [(etree.tostring(element), types[str(element.tag).rpartition("}")[2]]) for element in parse(body)[0][0]]
    return lambda: [SoapAdapter.Deserialize(text, cls) for text, cls in texts]


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=9)
    repetitions = parser.parse_args().repetitions
    for figure, body in requests().items():
        root = parse(body)
        parse_us = statistics.median(cpu_us(partial(parse, body), 500) for _ in range(repetitions))
        ours = partial(decode, root, ACTION, body)
        compare(figure, repetitions, ours, pyvmomi_reads(body), parse_us=round(parse_us, 1), bytes=len(body))
    config, info = vm_config(), vmodl.support().Object(name="val", type=object, version=VERSION, flags=0)
    size = len(envelope.encode_any("val", config, vim.vm.ConfigInfo))
    compare(
        "encode_vm_config",
        repetitions,
        lambda: envelope.encode_any("val", config, vim.vm.ConfigInfo),
        lambda: SoapAdapter.Serialize(config, info=info, version=VERSION),
        bytes=size,
    )
    listing(repetitions)


def listing(repetitions: int) -> None:
    """1,000 VMs with 4 properties each: joined from fragments that were encoded before, and serialised anew by pyVmomi."""
    values = {"name": "web-17", "runtime.powerState": vim.VirtualMachine.PowerState.poweredOn, "guest.ipAddress": "10.0.0.17"}
    values["config.uuid"] = "4201b5b6-3c0a-7d4c-9a57-1f0a2b3c4d5e"
    fragments = [(path, envelope.encode_any("val", value, object)) for path, value in values.items()]
    method = metadata.method("urn:vim25", "RetrievePropertiesEx")
    if method is None:
        raise SystemExit("pyVmomi has no RetrievePropertiesEx")
    content = [
        collector.ObjectContent(
            obj=vim.VirtualMachine(f"vm-{number}"), propSet=[api.DynamicProperty(name=path, val=value) for path, value in values.items()]
        )
        for number in range(LIST_LENGTH)
    ]
    result = collector.RetrieveResult(objects=content)
    info = vmodl.support().Object(name="returnval", type=collector.RetrieveResult, version=VERSION, flags=0)

    def joined() -> bytes:
        rows = (envelope.object_content("VirtualMachine", f"vm-{number}", fragments) for number in range(LIST_LENGTH))
        return envelope.raw_response(method, envelope.retrieve_result(rows))

    if joined().count(b"<objects>") != LIST_LENGTH:
        raise SystemExit("the joined answer is not complete")
    compare("join_1000_vms_4_properties", repetitions, joined, lambda: SoapAdapter.Serialize(result, info=info, version=VERSION))


if __name__ == "__main__":
    main()
