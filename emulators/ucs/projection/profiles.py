"""What the world tells of service profiles: how the blade of an associated one is."""

from __future__ import annotations

from collections.abc import Mapping

from emulators.ucs.mit.declare import overlay
from emulators.ucs.mit.view import View
from emulators.ucs.projection.blades import Health
from emulators.ucs.records import ConfigMo
from emulators.world.model import Server, ServiceProfile


@overlay("lsServer")
def state(view: View, record: ConfigMo) -> Mapping[str, str]:
    """``operState`` of an associated profile with which nothing else is wrong follows its blade."""
    if record.props.get("assocState") != "associated" or record.props.get("operState") != "ok":
        return {}
    found = view.state.where(ServiceProfile, "dn", record.dn)
    profile = next((one for one in found if one.domain == record.domain), None)
    blade = view.state.maybe(Server, profile.blade) if profile is not None else None
    return {"operState": Health(view, blade).state(blade, associated=True)} if blade is not None else {}
