"""Classes that have no objects of their own but may be asked for: each stands for the concrete ones that derive from it.

The SDK's metadata has no inheritance; these are the abstract classes of the XML API's guide and of common scripts.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from emulators.ucs.schema.metadata import ClassMeta, Schema

ABSTRACT: Final[dict[str, tuple[str, ...]]] = {
    "computeItem": ("computeBlade", "computeRackUnit", "computeServerUnit"),
    "computePhysical": ("computeBlade", "computeRackUnit", "computeServerUnit"),
    "computeContainer": ("equipmentChassis",),
    "equipmentIOCardBase": ("equipmentIOCard", "equipmentSwitchIOCard"),
    "equipmentLed": ("equipmentLocatorLed", "equipmentHealthLed", "equipmentIndicatorLed", "equipmentBeaconLed"),
    "storageUnit": ("storageLocalDisk", "storageController"),
    "adaptorHostIf": ("adaptorHostEthIf", "adaptorHostFcIf", "adaptorHostIscsiIf"),
    "adaptorExtIf": ("adaptorExtEthIf",),
    "etherPhysEp": ("etherPIo", "etherServerIntFIo", "etherSwitchIntFIo"),
    "vnicIpV4Addr": ("vnicIpV4PooledAddr", "vnicIpV4StaticAddr", "vnicIpV4ProfDerivedAddr", "vnicIpV4MgmtPooledAddr"),
    "vnicIpV6Addr": ("vnicIpV6StaticAddr", "vnicIpV6MgmtPooledAddr"),
    "vnicL3Bean": ("vnicEther",),
    "poolPool": ("macpoolPool", "uuidpoolPool", "ippoolPool", "fcpoolInitiators", "iqnpoolPool", "computePool"),
}


@cache
def concrete(schema: Schema, class_id: str) -> tuple[ClassMeta, ...]:
    """The class of that name, or those that an abstract one stands for; a Refusal (594) when there is none."""
    if class_id in ABSTRACT and schema.find(class_id) is None:
        return tuple(meta for one in ABSTRACT[class_id] if (meta := schema.find(one)) is not None)
    return (schema.get(class_id),)
