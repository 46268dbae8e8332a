"""The privileges of vCenter and its system and sample roles (vSphere Security, "Defined Privileges" and "vCenter Server system roles")."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Privilege(NamedTuple):
    """A privilege: ``VirtualMachine.Interact.PowerOn`` is ``PowerOn`` of the group ``VirtualMachine.Interact``."""

    group: str
    name: str

    @property
    def id(self) -> str:
        """As methods and roles name it."""
        return f"{self.group}.{self.name}"

    @property
    def label(self) -> str:
        """The name in words: ``Power on``."""
        return humanise(self.name)


_TABLE: Final = """
System: Anonymous View Read
Alarm: Acknowledge Create Delete DisableActions Edit SetStatus ToggleEnableOnEntity
Authorization: ModifyPermissions ModifyRoles ModifyPrivileges ReassignRolePermissions
Certificate: Manage
Cns: Searchable
ContentLibrary: AddLibraryItem CreateLocalLibrary CreateSubscribedLibrary DeleteLibraryItem DeleteLocalLibrary DownloadSession
ContentLibrary: EvictLibraryItem ImportStorage ReadStorage SyncLibrary SyncLibraryItem TypeIntrospection UpdateConfiguration UpdateLibrary
ContentLibrary: UpdateLibraryItem
Cryptographer: Access AddDisk Clone Decrypt Encrypt EncryptNew ManageEncryptionPolicy ManageKeyServers ManageKeys Migrate RegisterHost
Cryptographer: RegisterVM
DVPortgroup: Create Delete Modify PolicyOp ScopeOp
DVSwitch: Create Delete HostOp Modify Move PolicyOp PortConfig PortSetting ResourceManagement Vspan
Datacenter: Create Delete IpPoolConfig IpPoolQueryAllocations IpPoolReleaseIp Move Reconfigure Rename
Datastore: AllocateSpace Browse Config Delete DeleteFile FileManagement Move Rename UpdateVirtualMachineFiles UpdateVirtualMachineMetadata
Extension: Register Unregister Update
Folder: Create Delete Move Rename
Global: CancelTask CapacityPlanning Diagnostics DisableMethods EnableMethods GlobalTag Health Licenses LogEvent ManageCustomFields Proxy
Global: ScriptAction ServiceManagers SetCustomField Settings SystemTag VCServer
HealthUpdateProvider: Register Unregister Update
Host.Cim: CimInteraction
Host.Config: AdvancedConfig AuthenticationStore AutoStart Connection DateTime Firmware GuestStoreManagement HyperThreading Image
Host.Config: Maintenance Memory NetService Network Nvdimm Patch PciPassthru Power ProductLocker Quarantine Resources Settings Snmp Storage
Host.Config: SystemManagement
Host.Inventory: AddHostToCluster AddStandaloneHost CreateCluster DeleteCluster EditCluster ManageClusterLifecyle MoveCluster MoveHost
Host.Inventory: RemoveHostFromCluster RenameCluster
Host.Local: CreateVM DeleteVM InstallAgent ManageUserGroups ReconfigVM
HostProfile: Clear Create Delete Edit Export View
InventoryService.Tagging: AttachTag CreateCategory CreateTag DeleteCategory DeleteTag EditCategory EditTag ModifyUsedByForCategory
InventoryService.Tagging: ObjectAttachable
Network: Assign Config Delete Move
Performance: ModifyIntervals
Profile: Clear Create Delete Edit Export View
Resource: ApplyRecommendation AssignVAppToPool AssignVMToPool ColdMigrate CreatePool DeletePool EditPool HotMigrate MovePool QueryVMotion
Resource: RenamePool
ScheduledTask: Create Delete Edit Run
Sessions: CollectPrivilegeChecks GlobalMessage ImpersonateUser TerminateSession ValidateSession
StoragePod: Config
StorageProfile: Apply Update View
StorageViews: ConfigureService View
Task: Create Update
TenantManager: Query Update
VApp: ApplicationConfig AssignResourcePool AssignVApp AssignVM Clone Create Delete Export ExtractOvfEnvironment Import InstanceConfig
VApp: ManagedByConfig Move PowerOff PowerOn Rename ResourceConfig Suspend Unregister
VirtualMachine.Config: AddExistingDisk AddNewDisk AddRemoveDevice AdvancedConfig Annotation CPUCount ChangeTracking DiskExtend DiskLease
VirtualMachine.Config: EditDevice HostUSBDevice ManagedBy Memory MksControl QueryFTCompatibility QueryUnownedFiles RawDevice
VirtualMachine.Config: ReloadFromPath RemoveDisk Rename ResetGuestInfo Resource Settings SwapPlacement ToggleForkParent
VirtualMachine.Config: UpgradeVirtualHardware
VirtualMachine.GuestOperations: Execute Modify ModifyAliases Query QueryAliases
VirtualMachine.Hbr: ConfigureReplication MonitorReplication ReplicaManagement
VirtualMachine.Interact: AnswerQuestion Backup ConsoleInteract CreateScreenshot CreateSecondary DefragmentAllDisks DeviceConnection
VirtualMachine.Interact: DisableSecondary DnD EnableSecondary GuestControl MakePrimary Pause PowerOff PowerOn PutUsbScanCodes Record
VirtualMachine.Interact: Replay Reset SESparseMaintenance SetCDMedia SetFloppyMedia Suspend SuspendToMemory TerminateFaultTolerantVM
VirtualMachine.Interact: ToolsInstall TurnOffFaultTolerance
VirtualMachine.Inventory: Create CreateFromExisting Delete Move Register Unregister
VirtualMachine.Namespace: Event EventNotify Management ModifyContent Query ReadContent
VirtualMachine.Provisioning: Clone CloneTemplate CreateTemplateFromVM Customize DeployTemplate DiskRandomAccess DiskRandomRead
VirtualMachine.Provisioning: FileRandomAccess GetVmFiles MarkAsTemplate MarkAsVM ModifyCustSpecs PromoteDisks PutVmFiles ReadCustSpecs
VirtualMachine.State: CreateSnapshot RemoveSnapshot RenameSnapshot RevertToSnapshot
vService: CreateDependency DestroyDependency ReconfigureDependency UpdateDependency
"""
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def _privileges() -> list[Privilege]:
    rows = (line.split(": ", 1) for line in _TABLE.strip().splitlines())
    return [Privilege(group, name) for group, names in rows for name in names.split()]


def humanise(name: str) -> str:
    """``CreateFromExisting`` as ``Create from existing``; abbreviations stay as they are."""
    first, *rest = _WORDS.findall(name)
    return " ".join([first[:1].upper() + first[1:], *(word if word.isupper() else word.lower() for word in rest)])


PRIVILEGES: Final = tuple(_privileges())
"""Every privilege, in the order of their groups."""
SYSTEM: Final = ("System.Anonymous", "System.View", "System.Read")
"""Who may see an object at all, list it, and read it: every role but No access has all three."""


class Role(NamedTuple):
    """A role; those that vCenter itself needs (``system``) cannot be changed."""

    id: int
    name: str
    label: str
    summary: str
    system: bool
    privileges: tuple[str, ...]


def _of(*groups: str) -> tuple[str, ...]:
    """All privileges of groups, or single ones by their id."""
    return tuple(one.id for one in PRIVILEGES if one.group in groups or one.id in groups)


_ALL: Final = tuple(one.id for one in PRIVILEGES)
_VM_USER: Final = _of(
    "Global.CancelTask",
    "ScheduledTask",
    *(f"VirtualMachine.Interact.{name}" for name in ("AnswerQuestion", "ConsoleInteract", "DeviceConnection", "PowerOff", "PowerOn")),
    *(f"VirtualMachine.Interact.{name}" for name in ("Reset", "SetCDMedia", "SetFloppyMedia", "Suspend", "ToolsInstall")),
)
ROLES: Final = (
    Role(-1, "Admin", "Administrator", "Full access rights", True, _ALL),
    Role(-2, "ReadOnly", "Read-only", "See details of objects, but not make changes", True, SYSTEM),
    Role(-3, "View", "View", "Visibility access (cannot be granted)", True, ("System.Anonymous", "System.View")),
    Role(-4, "Anonymous", "Anonymous", "Not logged-in user (cannot be granted)", True, ("System.Anonymous",)),
    Role(-5, "NoAccess", "No access", "Used for restricting granted access", True, ()),
    Role(
        -6,
        "NoCryptoAdmin",
        "No cryptography administrator",
        "Full access without cryptographic operations",
        True,
        tuple(one for one in _ALL if not one.startswith("Cryptographer.")),
    ),
    Role(
        4,
        "VirtualMachinePowerUser",
        "Virtual machine power user (sample)",
        "Provides virtual machine interaction and configuration permissions",
        False,
        (*SYSTEM, "Datastore.Browse", *_VM_USER, *_of("VirtualMachine.Config", "VirtualMachine.State")),
    ),
    Role(
        5,
        "VirtualMachineUser",
        "Virtual machine user (sample)",
        "Provides virtual machine interaction permissions",
        False,
        (*SYSTEM, *_VM_USER),
    ),
    Role(
        6,
        "ResourcePoolAdministrator",
        "Resource pool administrator (sample)",
        "Supports delegated resource management",
        False,
        (*SYSTEM, *_of("Alarm", "Authorization.ModifyPermissions", "Folder", "Global.CancelTask", "Resource", "ScheduledTask")),
    ),
    Role(
        7,
        "VMwareConsolidatedBackupUser",
        "VMware Consolidated Backup user (sample)",
        "Used by the Consolidated Backup utility",
        False,
        (
            *SYSTEM,
            *_of("VirtualMachine.State.CreateSnapshot", "VirtualMachine.State.RemoveSnapshot", "VirtualMachine.Provisioning.GetVmFiles"),
        ),
    ),
    Role(
        8,
        "DatastoreConsumer",
        "Datastore consumer (sample)",
        "Assigned to datastores to allow creation of virtual disks or snapshots",
        False,
        (*SYSTEM, "Datastore.AllocateSpace"),
    ),
    Role(
        9,
        "NetworkConsumer",
        "Network administrator (sample)",
        "Assigned to networks to allow association with virtual machines or hosts",
        False,
        (*SYSTEM, "Network.Assign"),
    ),
)
"""The roles that a new vCenter has."""
