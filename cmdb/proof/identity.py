"""Which CI an entity of the engine is, and the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from cmdb.impact import CiRef
from cmdb.impact.report import ref
from cmdb.model import Ci
from cmdb.projection.declare import ENGINE, OPENSTACK, PROJECTED, UCS, VSPHERE
from cmdb.proof.trial import Sighting
from cmdb.stores.port import Filter, GraphStore, Query
from dcsim.comparison import Op
from dcsim.errors import InvalidArgument, NotFound, NotSupported

CLASSES: Final = {
    "power_feed": "PowerFeed",
    "upstream_switch": "Switch",
    "fabric_interconnect": "FabricInterconnect",
    "fi_port": "FabricPort",
    "io_module": "IoModule",
    "chassis": "Chassis",
    "power_supply": "PowerSupply",
    "fan": "Fan",
    "blade": "Blade",
    "rack_server": "RackServer",
    "storage_array": "StorageArray",
    "lun": "Lun",
    "datastore": "Datastore",
    "disk": "Disk",
    "hypervisor": "Hypervisor",
    "cluster": "Cluster",
    "vm": "VirtualMachine",
    "application": "Application",
    "business_service": "BusinessService",
}
"""The engine's kinds whose health a trial tells, and the classes of their CIs."""
FOLDED: Final = frozenset({"disk"})
"""Kinds whose entities may be no CIs: a disk behind a volume is the volume's."""
_OWN_KEYS: Final = (ENGINE, UCS, VSPHERE, OPENSTACK)
_FEW: Final = 20


async def choose(store: GraphStore, named: Sequence[str]) -> list[Ci]:
    """The CIs of these uids, names, or ``Class:name``.  Raises NotFound, and InvalidArgument where several have the name."""
    known = await store.nodes(named)
    return [known[one] if one in known else await _by_name(store, one) for one in dict.fromkeys(named)]


async def _by_name(store: GraphStore, named: str) -> Ci:
    cls, _, name = named.partition(":")
    if not name or cls not in CLASSES.values():
        cls, name = "CI", named
    found = (await store.page(Query(cls=cls, filters=(Filter("name", Op.EQ, name),), limit=_FEW))).items
    able = [ci for ci in found if ci.cls in CLASSES.values()] or list(found)
    if len(able) > 1:
        kinds = ", ".join(sorted(f"{ci.cls}:{name} ({ci.uid})" for ci in able))
        raise InvalidArgument(f"Several CIs are named {name!r}: {kinds}; give a uid, or the class as well.", field="fail")
    if not able:
        raise NotFound(f"There is no CI {named!r}.", subject=named, field="fail")
    return able[0]


def entity_of(ci: Ci) -> str:
    """The uid of the engine's entity that a CI is; raises NotSupported for a CI that the engine knows nothing of."""
    for source in _OWN_KEYS:
        claim = ci.sources.get(source)
        if claim is not None:
            return claim.key
    raise NotSupported(f"{ci.name} is in the graph only: nothing in the simulated datacenter can fail for it.", subject=ci.uid)


def is_watched(ci: Ci, watched: Iterable[str]) -> bool:
    """Whether a trial that looks at these kinds tells of such a CI."""
    return ci.cls in {CLASSES.get(kind, "") for kind in watched} and any(source in PROJECTED for source in ci.sources)


async def cis_of(store: GraphStore, sightings: Sequence[Sighting]) -> dict[str, CiRef]:
    """Entity → CI; an entity that should have one and has none is a CI of its own uid."""
    found: dict[str, str] = {}
    for source in _OWN_KEYS:
        found |= await store.bound(source, [one.uid for one in sightings if one.uid not in found])
    cis = await store.nodes(list(found.values()))
    refs = {entity: ref(cis[uid]) for entity, uid in found.items() if uid in cis}
    for one in sightings:
        if one.uid not in refs and one.kind not in FOLDED:
            refs[one.uid] = CiRef(one.uid, CLASSES.get(one.kind, one.kind), one.name)
    return refs
