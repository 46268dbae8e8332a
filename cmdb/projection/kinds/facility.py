"""Sites, racks, power and upstream switches: what the engine alone knows."""

from __future__ import annotations

from cmdb.model.classes.facility import Datacenter, PowerFeed, Rack, Switch
from cmdb.projection.declare import ENGINE, Link, Shape, Statements, View, projects, seen


class SiteShape(Shape, frozen=True, kw_only=True):
    """A site."""

    location: str = ""
    time_zone: str = "UTC"


class RackShape(Shape, frozen=True, kw_only=True):
    """A rack."""

    units: int = 42


class FeedShape(Shape, frozen=True, kw_only=True):
    """A power feed."""

    leg: str = "A"
    energised: bool = True


class SwitchShape(Shape, frozen=True, kw_only=True):
    """An upstream switch."""

    leg: str = "A"
    operable: bool = True
    model: str = "N9K-C93180YC-FX"


def site_of(it: Shape, view: View) -> str | None:
    """The name of the site that an entity is in; None when it is in none, or in one that is not known yet."""
    site = view.look(SiteShape, it.site) if it.site else None
    return site.name if site else None


def state_of(working: bool) -> str:
    """The word for whether something works."""
    return "operational" if working else "failed"


@projects("site", SiteShape)
def site(it: SiteShape, _: View) -> Statements:
    """A building."""
    yield seen(ENGINE, it, Datacenter(location=it.location, time_zone=it.time_zone))


@projects("rack", RackShape)
def rack(it: RackShape, view: View) -> Statements:
    """A cabinet."""
    yield seen(ENGINE, it, Rack(site=site_of(it, view), units=it.units))
    yield Link(ENGINE, it.uid, "LOCATED_IN", it.site)


@projects("power_feed", FeedShape)
def power_feed(it: FeedShape, view: View) -> Statements:
    """A leg of the site's power."""
    state = state_of(it.energised)
    yield seen(ENGINE, it, PowerFeed(site=site_of(it, view), leg=it.leg, energised=it.energised, operational_state=state))
    yield Link(ENGINE, it.uid, "LOCATED_IN", it.site)


@projects("upstream_switch", SwitchShape)
def upstream_switch(it: SwitchShape, view: View) -> Statements:
    """One of the pair at the top."""
    state = state_of(it.operable)
    item = Switch(site=site_of(it, view), leg=it.leg, model=it.model, operable=it.operable, operational_state=state)
    yield seen(ENGINE, it, item)
    yield Link(ENGINE, it.uid, "LOCATED_IN", it.site)
