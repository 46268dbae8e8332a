"""The domain itself and its fabric interconnects."""

from __future__ import annotations

from emulators.ucs.mit.declare import Made, anchor, live
from emulators.ucs.mit.view import View, stamp
from emulators.world.model import FabricInterconnect, UcsDomain
from emulators.world.state import WorldState


@anchor(UcsDomain)
def domain_place(_state: WorldState, domain: UcsDomain) -> tuple[str, str]:
    """``sys``."""
    return domain.uid, "sys"


@anchor(FabricInterconnect)
def interconnect_place(_state: WorldState, interconnect: FabricInterconnect) -> tuple[str, str]:
    """``sys/switch-A``."""
    return interconnect.domain, f"sys/switch-{interconnect.leg}"


@live("topSystem", UcsDomain)
def system(view: View, domain: UcsDomain) -> Made:
    """The domain by name and address."""
    yield (
        "sys",
        {
            "address": domain.address or "0.0.0.0",  # noqa: S104 - what UCS Manager shows for no address
            "currentTime": stamp(view.now(60)),
            "mode": "cluster",
            "name": domain.name,
            "systemUpTime": "00:00:00:00",
        },
    )


@live("networkElement", FabricInterconnect)
def interconnect(view: View, interconnect: FabricInterconnect) -> Made:
    """A fabric interconnect."""
    yield (
        view.dn(interconnect),
        {
            "id": interconnect.leg,
            "model": interconnect.model,
            "operability": "operable" if interconnect.operable else "inoperable",
            "serial": interconnect.serial,
            "vendor": "Cisco Systems, Inc.",
        },
    )
