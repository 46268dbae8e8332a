"""The objects of a fresh UCS Manager that can be configured: organisation, clouds, default pools and policies."""

from __future__ import annotations

from typing import Final

Row = tuple[str, str, dict[str, str]]
"""Class, DN and properties; naming properties come from the DN."""

FABRIC: Final[tuple[Row, ...]] = (
    ("fabricEp", "fabric", {}),
    ("fabricLanCloud", "fabric/lan", {"mode": "end-host", "macAging": "mode-default"}),
    *(("fabricEthLan", f"fabric/lan/{leg}", {"name": "", "transport": "ether", "type": "lan", "locale": "external"}) for leg in "AB"),
    ("qosclassDefinition", "fabric/lan/classes", {}),
    ("qosclassEthBE", "fabric/lan/classes/class-best-effort", {"mtu": "normal", "weight": "5"}),
    ("qosclassFc", "fabric/lan/classes/class-fc", {"cos": "3", "weight": "5"}),
    *(
        ("qosclassEthClassified", f"fabric/lan/classes/class-{priority}", {"adminState": "disabled", "mtu": "normal", **given})
        for priority, given in (
            ("platinum", {"cos": "5", "drop": "no-drop", "weight": "10"}),
            ("gold", {"cos": "4", "drop": "drop", "weight": "9"}),
            ("silver", {"cos": "2", "drop": "drop", "weight": "8"}),
            ("bronze", {"cos": "1", "drop": "drop", "weight": "7"}),
        )
    ),
    ("fabricSanCloud", "fabric/san", {"mode": "end-host"}),
    *(("fabricFcSan", f"fabric/san/{leg}", {"name": "", "transport": "fc", "type": "san", "locale": "external"}) for leg in "AB"),
    ("fabricVsan", "fabric/san/net-default", {"id": "1", "fcoeVlan": "4048", "switchId": "dual", "operState": "ok", "type": "san"}),
    ("fabricDceSrv", "fabric/server", {"locale": "server", "transport": "dce", "type": "lan"}),
    *(("fabricDceSwSrv", f"fabric/server/sw-{leg}", {"locale": "server", "transport": "dce", "type": "lan"}) for leg in "AB"),
    ("fabricEthEstcCloud", "fabric/eth-estc", {}),
    ("fabricFcEstcCloud", "fabric/fc-estc", {}),
)
POOLS: Final[tuple[Row, ...]] = (
    ("macpoolPool", "org-root/mac-pool-default", {}),
    ("uuidpoolPool", "org-root/uuid-pool-default", {"prefix": "derived"}),
    ("fcpoolInitiators", "org-root/wwn-pool-node-default", {"purpose": "node-wwn-assignment"}),
    ("fcpoolInitiators", "org-root/wwn-pool-default", {"purpose": "port-wwn-assignment"}),
    ("ippoolPool", "org-root/ip-pool-ext-mgmt", {}),
    ("ippoolPool", "org-root/ip-pool-iscsi-initiator-pool", {}),
    ("iqnpoolPool", "org-root/iqn-pool-default", {}),
    ("computePool", "org-root/compute-pool-default", {}),
)
_BOOT: Final = "org-root/boot-policy-default"
POLICIES: Final[tuple[Row, ...]] = (
    ("adaptorHostEthIfProfile", "org-root/eth-profile-default", {}),
    ("adaptorHostEthIfProfile", "org-root/eth-profile-Linux", {}),
    ("adaptorHostEthIfProfile", "org-root/eth-profile-VMWare", {}),
    ("adaptorHostEthIfProfile", "org-root/eth-profile-Windows", {}),
    ("adaptorHostFcIfProfile", "org-root/fc-profile-default", {}),
    ("adaptorHostFcIfProfile", "org-root/fc-profile-Linux", {}),
    ("adaptorHostFcIfProfile", "org-root/fc-profile-VMWare", {}),
    ("adaptorHostFcIfProfile", "org-root/fc-profile-Windows", {}),
    ("biosVProfile", "org-root/bios-prof-SRIOV", {"rebootOnUpdate": "no"}),
    ("biosVProfile", "org-root/bios-prof-usNIC", {"rebootOnUpdate": "no"}),
    ("computeChassisDiscPolicy", "org-root/chassis-discovery", {"action": "1-link", "linkAggregationPref": "port-channel"}),
    ("computePsuPolicy", "org-root/psu-policy", {"redundancy": "grid"}),
    ("computeScrubPolicy", "org-root/scrub-default", {"biosSettingsScrub": "no", "diskScrub": "no", "flexFlashScrub": "no"}),
    ("computeServerDiscPolicy", "org-root/server-discovery", {"action": "immediate"}),
    ("computeServerMgmtPolicy", "org-root/server-mgmt-policy", {"action": "auto-acknowledged"}),
    ("epqosDefinition", "org-root/ep-qos-default", {}),
    ("fabricMulticastPolicy", "org-root/mc-policy-default", {"querierState": "disabled", "snoopingState": "enabled"}),
    ("firmwareComputeHostPack", "org-root/fw-host-pack-default", {"mode": "staged", "updateTrigger": "immediate"}),
    (
        "lsbootPolicy",
        _BOOT,
        {"bootMode": "legacy", "enforceVnicName": "yes", "purpose": "operational", "rebootOnUpdate": "no"},
    ),
    ("lsbootVirtualMedia", f"{_BOOT}/read-only-vm", {"lunId": "unspecified", "order": "1", "type": "virtual-media"}),
    ("lsbootLan", f"{_BOOT}/lan", {"order": "2", "prot": "pxe", "type": "lan"}),
    ("lsbootStorage", f"{_BOOT}/storage", {"order": "3", "type": "storage"}),
    ("lsmaintMaintPolicy", "org-root/maint-default", {"softShutdownTimer": "150-secs", "uptimeDisr": "immediate"}),
    ("nwctrlDefinition", "org-root/nwctrl-default", {"cdp": "disabled", "macRegisterMode": "only-native-vlan"}),
    ("powerMgmtPolicy", "org-root/pwr-mgmt-policy", {"style": "intelligent-policy-driven"}),
    ("powerPolicy", "org-root/power-policy-default", {"prio": "5", "fanSpeed": "any"}),
    ("statsThresholdPolicy", "org-root/thr-policy-default", {}),
    ("storageLocalDiskConfigPolicy", "org-root/local-disk-config-default", {"mode": "any-configuration", "protectConfig": "yes"}),
    ("vnicVhbaBehPolicy", "org-root/beh-vhba", {"action": "none"}),
    ("vnicVnicBehPolicy", "org-root/beh-vnic", {"action": "none"}),
)
SYSTEM: Final[tuple[Row, ...]] = (
    ("aaaUserEp", "sys/user-ext", {"pwdStrengthCheck": "yes"}),
    ("aaaUser", "sys/user-ext/user-admin", {"accountStatus": "active", "configState": "ok", "priv": "admin,read-only", "pwdSet": "yes"}),
    ("aaaUserRole", "sys/user-ext/user-admin/role-admin", {"configState": "ok"}),
    ("aaaRole", "sys/user-ext/role-admin", {"configState": "ok", "priv": "admin"}),
    ("aaaRole", "sys/user-ext/role-read-only", {"configState": "ok", "priv": "read-only"}),
    ("commSvcEp", "sys/svc-ext", {}),
    ("commDateTime", "sys/svc-ext/datetime-svc", {"adminState": "enabled", "timezone": "Etc/UTC"}),
    ("commDns", "sys/svc-ext/dns-svc", {"adminState": "enabled", "domain": ""}),
    ("commHttp", "sys/svc-ext/http-svc", {"adminState": "enabled", "redirectState": "disabled"}),
    ("commHttps", "sys/svc-ext/https-svc", {"adminState": "enabled"}),
    ("trigSched", "sys/sched-default", {}),
    ("sysdebugTechSupFileRepository", "sys/tech-support-files", {}),
)
HOLDERS: Final[tuple[Row, ...]] = (
    ("aaaLog", "aaa-log", {}),
    ("faultHolder", "fault", {}),
    ("faultPolicy", "fault/fault-policy", {"ackAction": "delete-on-clear", "clearAction": "retain"}),
    ("macpoolUniverse", "mac", {}),
)
FRESH: Final[tuple[Row, ...]] = (
    ("orgOrg", "org-root", {"level": "root", "permAccess": "yes"}),
    *FABRIC,
    *POOLS,
    *POLICIES,
    *SYSTEM,
    *HOLDERS,
)
"""All of them, parents first."""
DEFAULT_VLAN: Final[dict[str, str]] = {
    "compressionType": "included",
    "configOverlap": "ok",
    "ifRole": "network",
    "ifType": "virtual",
    "locale": "external",
    "operState": "ok",
    "overlapStateForA": "active",
    "overlapStateForB": "active",
    "sharing": "none",
    "switchId": "dual",
    "transport": "ether",
    "type": "lan",
}
"""What every VLAN of the LAN cloud has; its id and name come on top."""
