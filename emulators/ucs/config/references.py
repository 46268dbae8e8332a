"""Names of policies, pools and templates: which object a name means where it stands.

A name is looked for in the organisation of who names it, then in the ones above.  ``bootPolicyName`` is what the user wrote,
``operBootPolicyName`` the DN that it means now.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from emulators.ucs import records
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema import naming
from emulators.ucs.schema.metadata import Schema

if TYPE_CHECKING:
    from emulators.ucs.config.transaction import Transaction

MEANS: Final[dict[str, str]] = {
    "adaptorProfileName": "adaptorHostEthIfProfile",
    "agentPolicyName": "lsAgentPolicy",
    "biosProfileName": "biosVProfile",
    "bootPolicyName": "lsbootPolicy",
    "dynamicConPolicyName": "vnicDynamicConPolicy",
    "extIPPoolName": "ippoolPool",
    "graphicsCardPolicyName": "computeGraphicsCardPolicy",
    "hostFwPolicyName": "firmwareComputeHostPack",
    "identPoolName": "macpoolPool",
    "iqnIdentPoolName": "iqnpoolPool",
    "kvmMgmtPolicyName": "computeKvmMgmtPolicy",
    "lacpPolicyName": "fabricLacpPolicy",
    "lanConnPolicyName": "vnicLanConnPolicy",
    "localDiskPolicyName": "storageLocalDiskConfigPolicy",
    "maintPolicyName": "lsmaintMaintPolicy",
    "mcastPolicyName": "fabricMulticastPolicy",
    "mgmtAccessPolicyName": "aaaEpAuthProfile",
    "mgmtFwPolicyName": "firmwareComputeMgmtPack",
    "nwCtrlPolicyName": "nwctrlDefinition",
    "nwTemplName": "vnicLanConnTempl",
    "peerRedundancyTemplName": "vnicLanConnTempl",
    "persistentMemoryPolicyName": "memoryPersistentMemoryPolicy",
    "powerPolicyName": "powerPolicy",
    "powerSyncPolicyName": "computePowerSyncPolicy",
    "qosPolicyName": "epqosDefinition",
    "sanConnPolicyName": "vnicSanConnPolicy",
    "scrubPolicyName": "computeScrubPolicy",
    "solPolicyName": "solPolicy",
    "srcTemplName": "lsServer",
    "statsPolicyName": "statsThresholdPolicy",
    "vconProfileName": "fabricVConProfile",
    "vmediaPolicyName": "cimcvmediaMountConfigPolicy",
}
"""What the properties that end in ``Name`` name."""
EXCEPTIONS: Final[dict[tuple[str, str], str]] = {
    ("lsServer", "identPoolName"): "uuidpoolPool",
    ("vnicFc", "identPoolName"): "fcpoolInitiators",
    ("vnicFcNode", "identPoolName"): "fcpoolInitiators",
    ("vnicSanConnTempl", "identPoolName"): "fcpoolInitiators",
    ("vnicFc", "nwTemplName"): "vnicSanConnTempl",
    ("vnicSanConnTempl", "peerRedundancyTemplName"): "vnicSanConnTempl",
    ("vnicFc", "adaptorProfileName"): "adaptorHostFcIfProfile",
    ("lsRequirement", "name"): "computePool",
    ("vnicIpV4MgmtPooledAddr", "name"): "ippoolPool",
    ("vnicIpV4PooledAddr", "name"): "ippoolPool",
}
REFERRERS: Final = (
    "lsServer", "vnicConnDef", "vnicEther", "vnicFc", "vnicFcNode", "lsRequirement", "vnicLanConnTempl", "vnicSanConnTempl", "fabricVlan",
    "fabricEthLanPc", "vnicIpV4MgmtPooledAddr",
)  # fmt: skip
"""Classes whose names are looked up again when what they may mean comes or goes."""
DEFAULT: Final = "default"
ALWAYS_ONE: Final = frozenset(
    {
        "adaptorHostEthIfProfile", "adaptorHostFcIfProfile", "computeKvmMgmtPolicy", "computeScrubPolicy", "fabricLacpPolicy",
        "fabricMulticastPolicy", "fcpoolInitiators", "firmwareComputeHostPack", "lsbootPolicy", "lsmaintMaintPolicy", "macpoolPool",
        "nwctrlDefinition", "powerPolicy", "statsThresholdPolicy", "storageLocalDiskConfigPolicy",
    }
)  # fmt: skip
"""What there must be one of: where nothing is named, or what is named is not there, the default one holds."""


class Reference(NamedTuple):
    """A property with a name, the one with the DN that it means, and the class of what it names."""

    name: str
    resolved: str
    target: str


def references_of(schema: Schema, class_id: str) -> tuple[Reference, ...]:
    """Every reference of a class."""
    return _references_of(schema, class_id)


@cache
def _references_of(schema: Schema, class_id: str) -> tuple[Reference, ...]:
    props = schema.get(class_id).props
    found = []
    for name in props:
        target = EXCEPTIONS.get((class_id, name)) or MEANS.get(name, "")
        oper = f"oper{name[0].upper()}{name[1:]}"
        if target and oper in props:
            found.append(Reference(name, oper, target))
    return tuple(found)


@cache
def _referrers_of(schema: Schema, target: str) -> tuple[tuple[str, Reference], ...]:
    return tuple((class_id, one) for class_id in REFERRERS for one in references_of(schema, class_id) if one.target == target)


def organisations(dn: str) -> list[str]:
    """The organisations that an object stands in, innermost first."""
    parts = naming.split(dn)
    depth = next((place for place, part in enumerate(parts) if not part.startswith("org-")), len(parts))
    return ["/".join(parts[:place]) for place in range(depth, 0, -1)]


def organisations_of(dn: str, rn: str) -> str:
    """The DN of what stands in the outermost organisation of an object."""
    return naming.join((organisations(dn) or ["org-root"])[-1], rn)


def resolve(tx: Transaction, dn: str, target: str, name: str) -> str:
    """The DN of the object of a class that a name means at a DN; empty when there is none."""
    if not name:
        return ""
    rn = naming.rn_of(tx.meta(target), {"name": name})
    places = [*organisations(dn), *_OUTSIDE.get(target, ())]
    return next((found for place in places if tx.find(found := naming.join(place, rn)) is not None), "")


_OUTSIDE: Final[dict[str, tuple[str, ...]]] = {"fabricLacpPolicy": ("fabric/lan", "org-root"), "fabricMulticastPolicy": ("org-root",)}
"""Where objects outside organisations look."""


def _meaning(tx: Transaction, record: ConfigMo, one: Reference) -> str:
    name = tx.value(record, one.name)
    found = resolve(tx, record.dn, one.target, name)
    if not found and (name or one.target in ALWAYS_ONE):
        found = resolve(tx, record.dn, one.target, DEFAULT)
    return "" if found == record.dn else found


def resolved(tx: Transaction, record: ConfigMo) -> ConfigMo:
    """The object with the DNs that its names mean."""
    wanted = {one.resolved: _meaning(tx, record, one) for one in references_of(tx.schema, record.class_id)}
    changed = {name: dn for name, dn in wanted.items() if record.props.get(name, "") != dn}
    return records.change(tx.decision, record, **changed) if changed else record


def appeared(tx: Transaction, record: ConfigMo) -> None:
    """Look again at the names that may mean this object now."""
    _look_again(tx, record)


def disappeared(tx: Transaction, record: ConfigMo) -> None:
    """Look again at the names that meant this object."""
    _look_again(tx, record)


def _look_again(tx: Transaction, target: ConfigMo) -> None:
    name = target.props.get("name", "")
    for class_id, one in _referrers_of(tx.schema, target.class_id):
        for record in tx.of_class(class_id):
            if name == DEFAULT or tx.value(record, one.name) == name:
                meaning = _meaning(tx, record, one)
                if record.props.get(one.resolved, "") != meaning:
                    tx.set(record, {one.resolved: meaning})
