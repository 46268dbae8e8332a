"""What the REST convenience API takes and answers.  Sizes are bytes; states are in UCS Manager's own words."""

from __future__ import annotations

from typing import Literal

import msgspec

from dcsim.http.pages import Limit


class DomainView(msgspec.Struct, frozen=True):
    """A UCS domain; ``faults`` counts what is wrong in it by severity."""

    uid: str
    name: str
    address: str
    version: str
    chassis: int
    blades: int
    rack_servers: int
    service_profiles: int
    faults: dict[str, int]


class FabricInterconnectView(msgspec.Struct, frozen=True):
    """A fabric interconnect."""

    uid: str
    domain: str
    dn: str
    id: str
    model: str
    serial: str
    operability: str


class ChassisView(msgspec.Struct, frozen=True):
    """A chassis."""

    uid: str
    domain: str
    dn: str
    id: int
    model: str
    serial: str
    presence: str
    oper_state: str
    power: str
    blades: int


class ServerView(msgspec.Struct, frozen=True, kw_only=True):
    """What blades and rack servers have in common; ``service_profile`` is the DN of the profile that one is associated with, or empty."""

    uid: str
    version: int
    domain: str
    dn: str
    label: str
    model: str
    serial: str
    uuid: str
    cores: int
    memory_bytes: int
    presence: str
    discovery: str
    power: str
    oper_state: str
    availability: str
    association: str
    service_profile: str


class BladeView(ServerView, frozen=True, kw_only=True):
    """A blade in its slot."""

    chassis: int
    slot: int


class RackServerView(ServerView, frozen=True, kw_only=True):
    """A rack server, by its number in the domain."""

    id: int


class ServiceProfileView(msgspec.Struct, frozen=True):
    """A service profile or a template of some; ``server`` is the DN of the server that it is on, or empty."""

    uid: str
    version: int
    domain: str
    dn: str
    name: str
    type: str
    label: str
    uuid: str
    template: str
    server: str
    assoc_state: str
    oper_state: str
    desired_power: str


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of a list: ``cursor`` is the last page's ``next``; ``domain`` is a uid or a name."""

    limit: Limit = 100
    cursor: str = ""
    domain: str = ""


class PowerBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which power a server should have; ``reset`` cuts it and gives it back."""

    power: Literal["on", "off", "reset"]
