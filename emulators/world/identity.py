"""The one place where identities are made and mapped between vendors: serials, UUIDs, MACs, WWNs, DNs and managed object ids.

| physical fact   | UCS                                     | vSphere                      | OpenStack            |
|-----------------|-----------------------------------------|------------------------------|----------------------|
| serial, slot    | serial of blade or rack unit, its DN    | systemInfo serial, asset tag | provider name        |
| system UUID     | the profile's uuid                      | hardware.systemInfo.uuid     | hypervisor id        |
| MACs            | vnicEther addr                          | pnic mac                     | -                    |
| name            | service profile name                    | host name                    | hypervisor_hostname  |

Everything derives from the world's seed and a path, so the same seed gives the same ids.  MACs and WWNs are kept in lower case;
UCS shows them in upper case (``ucs_address``).
"""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Container
from typing import NamedTuple

from dcsim.errors import InvalidArgument
from dcsim.ids import digest, mac_for, uuid_for
from emulators.world.model import Blade, Chassis, Entity, Hypervisor, Owner, Port, RackServer, Server, ServiceProfile
from emulators.world.servers import Enclosure, enclosure_of
from emulators.world.state import WorldState

SERIAL_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
BURNED_IN_PREFIX = "70:df:2f"
"""An OUI of Cisco's, for the addresses that adapters leave the factory with."""
UCS_POOL_PREFIX = "00:25:b5"
"""What UCS Manager suggests for MAC and WWN pools."""
MAX_DOMAINS = 15
"""UCS domains of one world: the pools' addresses hold the domain's number in half an octet."""
_VMWARE_PREFIX, _VCENTER_FIRST, _VCENTER_LAST = "00:50:56", 0x80, 0xBF
_NEUTRON_PREFIX = "fa:16:3e"
_BLADE_DN = re.compile(r"sys/chassis-(\d+)/blade-(\d+)")


# -- hardware -----------------------------------------------------------------------------------------------------------------


def serial(vendor_code: str, seed: int, *path: int | str) -> str:
    """A serial number in Cisco's form: factory code, year and week of manufacture, four characters (``FCH2313V0QK``)."""
    raw = digest(seed, "serial", vendor_code, *path)
    year, week = 20 + raw[0] % 5, 1 + raw[1] % 52
    place = int.from_bytes(raw[2:8], "big")
    tail = "".join(SERIAL_ALPHABET[place // len(SERIAL_ALPHABET) ** power % len(SERIAL_ALPHABET)] for power in range(4))
    return f"{vendor_code}{year:02d}{week:02d}{tail}"


def blade_serial(seed: int, *path: int | str) -> str:
    """Serial number of a blade."""
    return serial("FCH", seed, "blade", *path)


def chassis_serial(seed: int, *path: int | str) -> str:
    """Serial number of a chassis."""
    return serial("FOX", seed, "chassis", *path)


def fabric_interconnect_serial(seed: int, *path: int | str) -> str:
    """Serial number of a fabric interconnect."""
    return serial("FDO", seed, "fi", *path)


def asset_tag(seed: int, *path: int | str) -> str:
    """The owner's label on a machine (``DC-048213``)."""
    return f"DC-{int.from_bytes(digest(seed, 'asset', *path)[:4], 'big') % 1_000_000:06d}"


def burned_in_mac(seed: int, *path: int | str) -> str:
    """The address that an adapter port leaves the factory with."""
    return mac_for(BURNED_IN_PREFIX, seed, *path)


def dimm_serial(seed: int, *path: int | str) -> str:
    """Serial number of a memory module: eight hexadecimal digits."""
    return digest(seed, "dimm", *path)[:4].hex().upper()


def disk_serial(seed: int, *path: int | str) -> str:
    """Serial number of a local disk."""
    return f"S{digest(seed, 'local disk', *path)[:7].hex().upper()}"


def rack_server_serial(seed: int, *path: int | str) -> str:
    """Serial number of a rack server."""
    return serial("WZP", seed, "rack server", *path)


def original_uuid(seed: int, *path: int | str) -> str:
    """The UUID that a blade leaves the factory with."""
    return uuid_for(seed, "blade", *path)


# -- storage ------------------------------------------------------------------------------------------------------------------


def array_serial(seed: int, *path: int | str) -> str:
    """Serial number of a storage array: twelve digits."""
    return f"{int.from_bytes(digest(seed, 'array', *path)[:8], 'big') % 10**12:012d}"


def naa(seed: int, *path: int | str) -> str:
    """The world-wide id of a LUN, in the form of NetApp's (``naa.600a0980...``)."""
    return f"naa.600a0980{digest(seed, 'naa', *path)[:12].hex()}"


def vmfs_uuid(seed: int, *path: int | str) -> str:
    """The UUID of a VMFS volume, in the form that hosts mount it under (``65f1a2b3-0c1d2e3f-4a5b-0025b51a0001``)."""
    raw = digest(seed, "vmfs", *path).hex()
    return f"6{raw[:7]}-{raw[7:15]}-{raw[15:19]}-{UCS_POOL_PREFIX.replace(':', '')}{raw[19:25]}"


# -- service profiles ---------------------------------------------------------------------------------------------------------


def _pool_tail(domain: int, leg: str, index: int) -> str:
    if not (1 <= domain <= MAX_DOMAINS and leg in {"A", "B"} and 0 <= index < 1 << 16):
        raise InvalidArgument(f"No pool address for domain {domain}, fabric {leg!r}, index {index}.", field="index")
    return f"{domain:x}{leg.lower()}:{index >> 8:02x}:{index & 0xFF:02x}"


def vnic_mac(domain: int, leg: str, index: int) -> str:
    """The ``index``-th MAC of a domain's pool for fabric A or B (domain 1 to 15): ``00:25:b5:1a:00:03``."""
    return f"{UCS_POOL_PREFIX}:{_pool_tail(domain, leg, index)}"


def vhba_wwpn(domain: int, leg: str, index: int) -> str:
    """The ``index``-th world-wide port name of a domain's pool for fabric A or B."""
    return f"20:00:{UCS_POOL_PREFIX}:{_pool_tail(domain, leg, index)}"


def wwnn(domain: int, index: int) -> str:
    """The ``index``-th world-wide node name of a domain."""
    return f"20:00:{UCS_POOL_PREFIX}:{domain:x}f:{index >> 8:02x}:{index & 0xFF:02x}"


def profile_uuid(seed: int, *path: int | str) -> str:
    """The UUID that a service profile gives to its blade."""
    return uuid_for(seed, "profile", *path)


def ucs_address(address: str) -> str:
    """A MAC or WWN as UCS Manager writes it: upper case."""
    return address.upper()


# -- hosts: what the three control planes must agree on -----------------------------------------------------------------------


class PhysicalNic(NamedTuple):
    """An Ethernet interface that the hypervisor sees."""

    name: str
    mac: str
    leg: str
    vlans: tuple[int, ...]
    failover: bool = False


class HostIdentity(NamedTuple):
    """What is known of a host by its hardware and its profile; ``profile`` is None when the server is not associated.

    ``blade`` is the server, a rack server too, which is its own ``chassis``.
    """

    blade: Server
    chassis: Enclosure
    profile: ServiceProfile | None
    name: str
    serial: str
    asset_tag: str
    uuid: str
    dn: str
    nics: tuple[PhysicalNic, ...]
    wwpns: tuple[str, ...]
    wwnn: str


def host_identity(state: WorldState, host: Hypervisor) -> HostIdentity:
    """Everything that names a host; raises NotFound when its blade is not in the world."""
    blade = state.get(Server, host.blade)
    chassis = enclosure_of(state, blade)
    profile = state.maybe(ServiceProfile, blade.profile) if blade.profile else None
    return HostIdentity(
        blade=blade,
        chassis=chassis,
        profile=profile,
        name=host.name,
        serial=blade.serial,
        asset_tag=blade.asset_tag,
        uuid=system_uuid(blade, profile),
        dn=server_dn(chassis, blade),
        nics=physical_nics(blade, profile),
        wwpns=tuple(vhba.wwpn for vhba in sorted(profile.vhbas, key=lambda vhba: vhba.order)) if profile else (),
        wwnn=profile.wwnn if profile else "",
    )


def system_uuid(blade: Server, profile: ServiceProfile | None) -> str:
    """The UUID in the machine's firmware: its profile's while associated, else the one it was made with."""
    return profile.uuid if profile else blade.original_uuid


def physical_nics(blade: Server, profile: ServiceProfile | None) -> tuple[PhysicalNic, ...]:
    """The host's ``vmnicN``: the profile's vNICs in their order, else the adapter's own ports."""
    if profile:
        vnics = sorted(profile.vnics, key=lambda vnic: vnic.order)
        return tuple(PhysicalNic(f"vmnic{place}", vnic.mac, vnic.leg, vnic.vlans, vnic.failover) for place, vnic in enumerate(vnics))
    return tuple(PhysicalNic(f"vmnic{place}", port.mac, port.leg, ()) for place, port in enumerate(blade.adapters))


def blade_dn(chassis: Chassis, blade: Blade) -> str:
    """The distinguished name of a blade in its UCS domain."""
    return f"sys/chassis-{chassis.slot}/blade-{blade.slot}"


def rack_dn(server: RackServer) -> str:
    """The distinguished name of a rack server in its UCS domain."""
    return f"sys/rack-unit-{server.unit}"


def server_dn(enclosure: Enclosure, server: Server) -> str:
    """The distinguished name of a server in its UCS domain."""
    if isinstance(server, Blade) and isinstance(enclosure, Chassis):
        return blade_dn(enclosure, server)
    return rack_dn(enclosure) if isinstance(enclosure, RackServer) else ""


def profile_dn(profile: ServiceProfile) -> str:
    """The distinguished name of a service profile in its UCS domain."""
    return profile.dn or f"org-root/ls-{profile.name}"


def parse_blade_dn(dn: str) -> tuple[int, int]:
    """Chassis and slot of a blade's DN; raises InvalidArgument."""
    match = _BLADE_DN.fullmatch(dn)
    if match is None:
        raise InvalidArgument(f"{dn!r} is not the DN of a blade (sys/chassis-N/blade-M).", field="dn")
    return int(match[1]), int(match[2])


# -- managed object ids -------------------------------------------------------------------------------------------------------


def moid(prefix: str, entity: Entity) -> str:
    """The managed object id of an entity, such as ``vm-1042``; numbers are never used twice."""
    return f"{prefix}-{entity.number}"


def moid_number(prefix: str, value: str) -> int:
    """The number in a managed object id; raises InvalidArgument when it is not one of ``prefix``."""
    head, _, tail = value.rpartition("-")
    if head != prefix or not (tail.isascii() and tail.isdigit()):
        raise InvalidArgument(f"{value!r} is not a {prefix} id.", field="moid")
    return int(tail)


# -- UUIDs ---------------------------------------------------------------------------------------------------------------------


def vm_uuid(seed: int, *path: int | str) -> str:
    """The SMBIOS UUID that vCenter gives a VM; it begins with 42, as vCenter's do."""
    return f"42{uuid_for(seed, 'bios', *path)[2:]}"


def instance_uuid(seed: int, *path: int | str) -> str:
    """The UUID under which vCenter itself knows a VM; it begins with 50, as vCenter's do."""
    return f"50{uuid_for(seed, 'instance', *path)[2:]}"


def disk_uuid(seed: int, *path: int | str) -> str:
    """The UUID of a virtual disk; it begins with 6000c29, as VMware's do."""
    return f"6000c29{uuid_for(seed, 'disk', *path)[7:]}"


def switch_uuid(seed: int, *path: int | str) -> str:
    """The UUID of a distributed switch, as vCenter writes it: ``50 2e 5a ... 17-8b 03 ...``."""
    octets = bytes([0x50, *digest(seed, "switch", *path)[:15]])
    return f"{octets[:8].hex(' ')}-{octets[8:].hex(' ')}"


def smbios_swapped(value: str) -> str:
    """A UUID with its first three fields in the other byte order, as tools read it that disagree about SMBIOS before 2.6.

    It is its own inverse: ``00112233-4455-6677-8899-aabbccddeeff`` is ``33221100-5544-7766-8899-aabbccddeeff``.  Raises InvalidArgument.
    """
    try:
        return str(uuid.UUID(bytes_le=uuid.UUID(value).bytes))
    except ValueError as error:
        raise InvalidArgument(f"{value!r} is not a UUID.", field="uuid") from error


def vmware_serial(value: str) -> str:
    """The SMBIOS serial number that a VMware guest shows for its UUID: ``VMware-42 11 22 33 44 55 66 77-88 99 ...``."""
    octets = uuid.UUID(value).bytes
    return f"VMware-{octets[:8].hex(' ')}-{octets[8:].hex(' ')}"


# -- virtual NICs ---------------------------------------------------------------------------------------------------------------


def vm_mac(owner: Owner, seed: int, *path: int | str) -> str:
    """A MAC for a virtual NIC: 00:50:56:80 to bf for vCenter, fa:16:3e for Neutron.  22 or 24 bits: check that it is free."""
    if owner is Owner.OPENSTACK:
        return mac_for(_NEUTRON_PREFIX, seed, *path)
    raw = digest(seed, "mac", *path)
    return f"{_VMWARE_PREFIX}:{_VCENTER_FIRST | raw[0] & 0x3F:02x}:{raw[1]:02x}:{raw[2]:02x}"


def assigned_by_vcenter(mac: str) -> bool:
    """Whether a MAC is of the range that vCenter gives out itself; others are manual."""
    return mac.startswith(f"{_VMWARE_PREFIX}:") and _VCENTER_FIRST <= int(mac[9:11], 16) <= _VCENTER_LAST


def new_vm_mac(state: WorldState, owner: Owner, seed: int, *path: int | str) -> str:
    """A MAC for a virtual NIC that no port of the world has."""
    return first_free(lambda turn: vm_mac(owner, seed, *path, turn), _TakenMacs(state))


class _TakenMacs:
    def __init__(self, state: WorldState) -> None:
        self._state = state

    def __contains__(self, mac: object) -> bool:
        return isinstance(mac, str) and self._state.count(Port, "mac", mac) > 0


def first_free(draw: Callable[[int], str], taken: Container[str]) -> str:
    """The first of ``draw(0)``, ``draw(1)``, ... that is not taken."""
    return next(value for value in map(draw, itertools.count()) if value not in taken)
