"""Sites, racks, power and upstream switches."""

from __future__ import annotations

from cmdb.model.declare import Flag, Integer, Item, Text, ci_class

SERIAL_OR_PLACE = (("serial",), ("name", "site"))


@ci_class(table="cmdb_ci_facility_hardware", icon="building", family="facility", identifiers=(("name", "site"),), abstract=True)
class Facility(Item, frozen=True, kw_only=True):
    """What stands in a building and carries everything else."""


@ci_class(table="cmdb_ci_datacenter", identifiers=(("name",),))
class Datacenter(Facility, frozen=True, kw_only=True):
    """A site: a building with one vSphere datacenter and one or more UCS domains."""

    location: Text = None
    time_zone: Text = None


@ci_class(table="cmdb_ci_rack", icon="rack")
class Rack(Facility, frozen=True, kw_only=True):
    """A cabinet of ``units`` height units."""

    units: Integer = None


@ci_class(table="cmdb_ci_power_eq", icon="plug")
class PowerFeed(Facility, frozen=True, kw_only=True):
    """One of the two supplies (leg A or B) of a site."""

    leg: Text = None
    energised: Flag = None


@ci_class(table="cmdb_ci_ip_switch", icon="switch", identifiers=SERIAL_OR_PLACE)
class Switch(Facility, frozen=True, kw_only=True):
    """An upstream switch of the pair that the fabric interconnects' uplinks go to."""

    leg: Text = None
    model: Text = None
    serial: Text = None
    operable: Flag = None
