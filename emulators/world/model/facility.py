"""Sites, racks and what is shared between machines: power and upstream switches."""

from __future__ import annotations

from typing import ClassVar

from emulators.world.model.base import Entity, kind


@kind
class Site(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A building; one vSphere datacenter and one or more UCS domains stand in it."""

    KIND: ClassVar[str] = "site"

    location: str = ""
    time_zone: str = "UTC"


@kind
class Rack(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A cabinet of ``units`` height units."""

    KIND: ClassVar[str] = "rack"
    INDEXED: ClassVar[tuple[str, ...]] = ("site",)

    units: int = 42


@kind
class PowerFeed(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """One of the two supplies (leg A or B) of a site; what hangs on it loses power with it."""

    KIND: ClassVar[str] = "power_feed"
    INDEXED: ClassVar[tuple[str, ...]] = ("site",)

    leg: str = "A"
    energised: bool = True


@kind
class UpstreamSwitch(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """One of the pair of switches that the fabric interconnects' uplinks go to."""

    KIND: ClassVar[str] = "upstream_switch"
    INDEXED: ClassVar[tuple[str, ...]] = ("site",)

    leg: str = "A"
    operable: bool = True
    model: str = "N9K-C93180YC-FX"
