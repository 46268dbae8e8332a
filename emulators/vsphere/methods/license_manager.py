"""LicenseManager: the evaluation license that everything runs on, and the keys that people add."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from pyVmomi import vim, vmodl

from emulators.vsphere.call import Call, method
from emulators.vsphere.objects import Singleton, singleton
from emulators.vsphere.properties.table import prop
from emulators.vsphere.properties.view import View
from emulators.vsphere.soap import faults
from emulators.vsphere.soap.vmodl import long
from emulators.vsphere.views.about import VCENTER_VERSION, instance_uuid
from emulators.world.decisions.records import ChangeRecord, CreateRecord, DeleteRecord, Record
from emulators.world.model import Hypervisor, kind
from emulators.world.state import WorldState

EVALUATION_KEY: Final = "00000-00000-00000-00000-00000"
_EVALUATION_HOURS: Final = 60 * 24
_KEY: Final = re.compile(r"[0-9A-Z]{5}(-[0-9A-Z]{5}){4}")
_ASSIGNMENTS: Final = singleton(vim.LicenseAssignmentManager, "LicenseAssignmentManager")


@kind
class LicenseKey(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A license that was added; ``name`` is its key."""

    KIND: ClassVar[str] = "vsphere_license"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    labels: tuple[tuple[str, str], ...] = ()


def evaluation(used: int) -> vim.LicenseManager.LicenseInfo:
    """The evaluation license, which unlocks everything."""
    return vim.LicenseManager.LicenseInfo(
        licenseKey=EVALUATION_KEY, editionKey="eval", name="Product Evaluation", total=0, used=used, costUnit="", properties=_product()
    )


def _product() -> list[Any]:
    pairs = {"ProductName": "VMware VirtualCenter Server", "ProductVersion": VCENTER_VERSION.rpartition(".")[0]}
    return [vmodl.KeyAnyValue(key=key, value=value) for key, value in pairs.items()]


def added(license_key: LicenseKey) -> vim.LicenseManager.LicenseInfo:
    """A license that was added."""
    labels = [vim.KeyValue(key=key, value=value) for key, value in license_key.labels]
    return described(license_key.name, labels)


def described(key: str, labels: list[Any] | None = None) -> vim.LicenseManager.LicenseInfo:
    """What a key says of itself."""
    return vim.LicenseManager.LicenseInfo(
        licenseKey=key,
        editionKey="vc.standard.instance",
        name="VMware vCenter Server 8 Standard",
        total=1,
        used=0,
        costUnit="server",
        properties=_product(),
        labels=labels or [],
    )


def _hosts(state: WorldState) -> int:
    return sum(host.flavor == "esxi" for host in state.iterate(Hypervisor))


# -- properties -------------------------------------------------------------------------------------------------------------------


@prop(vim.LicenseManager, "licenses")
def licenses(view: View, _manager: Singleton) -> list[Any]:
    """The evaluation license and the added ones."""
    view.state.count(Hypervisor)
    return [evaluation(_hosts(view.state)), *(added(one) for one in view.state.all(LicenseKey))]


@prop(vim.LicenseManager, "source")
def source(_view: View, _manager: Singleton) -> Any:
    """Where licenses come from: the evaluation."""
    return vim.LicenseManager.EvaluationLicense(remainingHours=long(_EVALUATION_HOURS))


@prop(vim.LicenseManager, "sourceAvailable")
def source_available(_view: View, _manager: Singleton) -> bool:
    """Whether that is there."""
    return True


@prop(vim.LicenseManager, "licensedEdition")
def licensed_edition(_view: View, _manager: Singleton) -> str:
    """The edition in force."""
    return "eval"


@prop(vim.LicenseManager, "evaluation")
def evaluation_info(_view: View, _manager: Singleton) -> Any:
    """How long the evaluation lasts."""
    values = {"expirationHours": long(_EVALUATION_HOURS), "expirationMinutes": long(0)}
    return vim.LicenseManager.EvaluationInfo(properties=[vmodl.KeyAnyValue(key=key, value=value) for key, value in values.items()])


@prop(vim.LicenseManager, "licenseAssignmentManager")
def assignment_manager(view: View, _manager: Singleton) -> Any:
    """What says who uses which license."""
    return view.ref(_ASSIGNMENTS)


# -- methods ----------------------------------------------------------------------------------------------------------------------


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise faults.invalid_argument("licenseKey")
    return key


def _find(call: Call, key: str) -> LicenseKey | None:
    return call.world.state.one(LicenseKey, "name", key)


@method(vim.LicenseManager, "DecodeLicense", quality="client")
async def decode_license(call: Call) -> Any:
    """What a key would unlock.  Faults: InvalidArgument for what is no key."""
    return evaluation(0) if call.args.licenseKey == EVALUATION_KEY else described(_checked(call.args.licenseKey))


@method(vim.LicenseManager, "AddLicense", quality="client")
async def add_license(call: Call) -> Any:
    """Add a key; adding it again changes its labels.  Faults: InvalidArgument for what is no key."""
    return await _put(call)


@method(vim.LicenseManager, "UpdateLicense", quality="client")
async def update_license(call: Call) -> Any:
    """Change a key's labels, adding it when it isn't there.  Faults: InvalidArgument for what is no key."""
    return await _put(call)


async def _put(call: Call) -> Any:
    key = _checked(call.args.licenseKey)
    labels = {label.key: label.value for label in call.args.labels or ()}
    known = _find(call, key)
    if known is not None:
        await call.execute(ChangeRecord(uid=known.uid, fields={"labels": tuple({**dict(known.labels), **labels}.items())}))
    else:
        await call.execute(CreateRecord(kind=LicenseKey.KIND, fields={"name": key, "labels": tuple(labels.items())}))
    stored = _find(call, key)
    return added(stored) if stored is not None else described(key)


@method(vim.LicenseManager, "RemoveLicense", quality="client")
async def remove_license(call: Call) -> None:
    """Remove a key.  Faults: InvalidArgument for one that is not there."""
    known = _find(call, call.args.licenseKey)
    if known is None:
        raise faults.invalid_argument("licenseKey")
    await call.execute(DeleteRecord(uid=known.uid))


@method(vim.LicenseAssignmentManager, "QueryAssignedLicenses", quality="client")
async def query_assigned_licenses(call: Call) -> list[Any]:
    """vCenter and every host, all on the evaluation; or the one of an entity's id."""
    names = {instance_uuid(call.world.state): "vcenter"}
    for host in call.world.state.iterate(Hypervisor):
        found = call.services.objects.of(host)
        if found is not None:
            names[found.id] = host.name
    wanted = call.args.entityId
    return [
        vim.LicenseAssignmentManager.LicenseAssignment(entityId=key, entityDisplayName=name, assignedLicense=evaluation(len(names) - 1))
        for key, name in names.items()
        if wanted in {None, key}
    ]
