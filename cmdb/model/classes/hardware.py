"""UCS hardware, and the service profiles that give servers their identity."""

from __future__ import annotations

from cmdb.model.declare import Flag, Integer, Item, Text, Texts, ci_class

SERIAL_OR_PLACE = (("serial",), ("dn", "site"))
SERVER_KEYS = (("serial",), ("uuid",), ("macs",), ("dn", "site"))


@ci_class(table="cmdb_ci_hardware", icon="chip", family="hardware", identifiers=SERIAL_OR_PLACE, indexed=("operable",), abstract=True)
class Hardware(Item, frozen=True, kw_only=True):
    """A part that can be touched.  ``dn`` is its distinguished name in UCS Manager."""

    dn: Text = None
    serial: Text = None
    model: Text = None
    vendor: Text = None
    operable: Flag = None
    present: Flag = None


@ci_class(table="cmdb_ci_ucs_domain", icon="domain", identifiers=(("name", "site"),))
class UcsDomain(Hardware, frozen=True, kw_only=True):
    """One UCS Manager: a pair of fabric interconnects and the chassis behind them."""

    address: Text = None


@ci_class(table="cmdb_ci_ucs_fabric_interconnect", icon="fabric")
class FabricInterconnect(Hardware, frozen=True, kw_only=True):
    """Fabric interconnect A or B of a domain."""

    leg: Text = None


@ci_class(table="cmdb_ci_switch_port", icon="port", identifiers=(("dn", "site"),))
class FabricPort(Hardware, frozen=True, kw_only=True):
    """An Ethernet port of a fabric interconnect; its ``role`` is server or network (an uplink)."""

    slot: Integer = None
    port: Integer = None
    role: Text = None
    link_up: Flag = None
    enabled: Flag = None


@ci_class(table="cmdb_ci_ucs_chassis", icon="chassis")
class Chassis(Hardware, frozen=True, kw_only=True):
    """A blade chassis; ``slot`` is its number in the domain."""

    slot: Integer = None
    discovered: Flag = None
    commissioned: Flag = None


@ci_class(table="cmdb_ci_ucs_iom", icon="iom")
class IoModule(Hardware, frozen=True, kw_only=True):
    """A chassis' fabric extender towards fabric A or B."""

    leg: Text = None


@ci_class(table="cmdb_ci_power_supply", icon="psu")
class PowerSupply(Hardware, frozen=True, kw_only=True):
    """A power supply of a chassis or rack server."""

    slot: Integer = None


@ci_class(table="cmdb_ci_fan", icon="fan")
class Fan(Hardware, frozen=True, kw_only=True):
    """A fan module of a chassis or rack server."""

    slot: Integer = None


@ci_class(table="cmdb_ci_server_hardware", icon="server", identifiers=SERVER_KEYS, indexed=("power",), abstract=True)
class Server(Hardware, frozen=True, kw_only=True):
    """A machine that takes a service profile and runs a host; ``uuid`` is its profile's, else its own, ``original_uuid`` always its own."""

    uuid: Text = None
    original_uuid: Text = None
    macs: Texts = None
    asset_tag: Text = None
    power: Text = None
    discovered: Flag = None
    commissioned: Flag = None
    cpu_model: Text = None
    sockets: Integer = None
    cores: Integer = None
    threads: Integer = None
    core_mhz: Integer = None
    memory_bytes: Integer = None
    slot: Integer = None


@ci_class(table="cmdb_ci_ucs_blade", icon="blade")
class Blade(Server, frozen=True, kw_only=True):
    """A server in a slot of a chassis."""


@ci_class(table="cmdb_ci_ucs_rack_unit", icon="server")
class RackServer(Server, frozen=True, kw_only=True):
    """A server in a rack of its own height; ``slot`` is its number in the domain."""


@ci_class(table="cmdb_ci_ucs_service_profile", icon="profile", family="hardware", identifiers=(("uuid",), ("dn", "site")))
class ServiceProfile(Item, frozen=True, kw_only=True):
    """The identity that a server takes when associated: UUID, MACs, WWNs and name."""

    dn: Text = None
    uuid: Text = None
    macs: Texts = None
    wwpns: Texts = None
    wwnn: Text = None
    vlans: Texts = None
