"""What new objects are like where the schema's defaults don't say it, and the objects that are always under them."""

from __future__ import annotations

from typing import Final

INITIAL: Final[dict[str, dict[str, str]]] = {
    "computePool": {"assigned": "0", "size": "0"},
    "fabricVlan": {
        "compressionType": "included",
        "defaultNet": "no",
        "ifRole": "network",
        "ifType": "virtual",
        "local": "0",
        "operState": "ok",
        "overlapStateForA": "active",
        "overlapStateForB": "active",
        "sharing": "none",
        "switchId": "dual",
        "transport": "ether",
        "type": "lan",
    },
    "fabricVsan": {
        "fcZoneSharingMode": "coalesce",
        "ifRole": "network",
        "ifType": "virtual",
        "operState": "ok",
        "switchId": "dual",
        "transport": "fc",
        "type": "san",
        "zoningState": "disabled",
    },
    "fabricEthLanPc": {"adminState": "enabled", "operState": "failed", "ifRole": "network", "ifType": "aggregation", "type": "lan"},
    "fabricEthLanPcEp": {"adminState": "enabled", "ifRole": "network", "ifType": "physical", "membership": "up", "type": "lan"},
    "fcpoolInitiators": {"assigned": "0", "assignmentOrder": "default", "purpose": "port-wwn-assignment", "size": "0"},
    "ippoolPool": {"assigned": "0", "assignmentOrder": "default", "size": "0", "v4Assigned": "0", "v4Size": "0"},
    "iqnpoolPool": {"assigned": "0", "assignmentOrder": "default", "size": "0"},
    "lsBinding": {"operState": "unused", "restrictMigration": "no"},
    "lsRequirement": {"operState": "unused", "restrictMigration": "no"},
    "lsServer": {
        "assignState": "unassigned",
        "assocState": "unassociated",
        "configState": "not-applied",
        "extIPState": "none",
        "operState": "unassociated",
        "owner": "management",
        "svnicConfig": "no",
        "type": "instance",
        "uuid": "derived",
    },
    "lsbootPolicy": {"bootMode": "legacy", "enforceVnicName": "yes", "purpose": "operational", "rebootOnUpdate": "no"},
    "lsmaintMaintPolicy": {"dataDisr": "user-ack", "softShutdownTimer": "150-secs", "uptimeDisr": "immediate"},
    "macpoolPool": {"assigned": "0", "assignmentOrder": "default", "size": "0"},
    "mgmtBackup": {"adminState": "disabled", "backupstatus": "none", "job": "immediate", "type": "full-state"},
    "orgOrg": {"permAccess": "yes"},
    "uuidpoolPool": {"assigned": "0", "assignmentOrder": "default", "prefix": "derived", "size": "0"},
    "vnicEther": {
        "addr": "derived",
        "adminVcon": "any",
        "cdnSource": "vnic-name",
        "configState": "not-applied",
        "instType": "manual",
        "mtu": "1500",
        "operSpeed": "line-rate",
        "order": "unspecified",
        "owner": "logical",
        "purpose": "general",
        "switchId": "A",
        "type": "ether",
    },
    "vnicEtherIf": {"defaultNet": "no", "operState": "indeterminate", "owner": "logical", "sharing": "none", "type": "ether"},
    "vnicFc": {
        "addr": "derived",
        "adminVcon": "any",
        "configState": "not-applied",
        "instType": "manual",
        "maxDataFieldSize": "2048",
        "nodeAddr": "vnic-derived",
        "order": "unspecified",
        "owner": "logical",
        "persBind": "disabled",
        "switchId": "A",
        "type": "fc",
    },
    "vnicFcIf": {"operState": "indeterminate", "owner": "logical", "type": "fc"},
    "vnicFcNode": {"addr": "pool-derived", "owner": "logical"},
    "vnicLanConnTempl": {
        "cdnSource": "vnic-name",
        "mtu": "1500",
        "redundancyPairType": "none",
        "switchId": "A",
        "target": "adaptor",
        "templType": "initial-template",
    },
    "vnicSanConnTempl": {
        "maxDataFieldSize": "2048",
        "redundancyPairType": "none",
        "switchId": "A",
        "target": "adaptor",
        "templType": "initial-template",
    },
}
"""Properties of new objects."""
_VCON: Final = {"fabric": "NONE", "instType": "auto", "placement": "physical", "select": "all", "share": "shared"}
IMPLICIT: Final[dict[str, tuple[tuple[str, str, dict[str, str]], ...]]] = {
    "lsServer": (
        ("lsPower", "power", {"softShutdownTimer": "never", "state": "up"}),
        ("lsVersionBeh", "ls-vers-beh", {"pciEnum": "static-zero-func", "vconMap": "round-robin", "vnicMap": "physical-cap-first"}),
        *(("fabricVCon", f"vcon-{place}", _VCON) for place in range(1, 5)),
        ("vnicFcNode", "fc-node", {"addr": "pool-derived", "identPoolName": "node-default"}),
    )
}
"""Objects made with others: class, relative name, properties."""
ALWAYS_THERE: Final = frozenset({"lsPower", "lsVersionBeh", "fabricVCon", "lsmaintAck"})
"""Classes that clients neither create nor delete."""
