"""OptionManager: the advanced settings of vCenter and of its hosts.

A setting that somebody has changed is a vendor record; all others have their defaults.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.objects import Singleton
from emulators.vsphere.properties.table import prop
from emulators.vsphere.properties.view import View
from emulators.vsphere.soap import faults, vmodl
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.views.about import INSTANCE_ID
from emulators.vsphere.views.host_system import options as host_options
from emulators.world.decisions.records import ChangeRecord, CreateRecord, Record
from emulators.world.model import Hypervisor, kind

VCENTER: Final = "vcenter"
DEFAULTS: Final[dict[str, Any]] = {
    "VirtualCenter.InstanceName": "vcenter.dcsim.local",
    "VirtualCenter.FQDN": "vcenter.dcsim.local",
    "VirtualCenter.ManagedIP": "127.0.0.1",
    "instance.id": INSTANCE_ID,
    "config.vpxd.event.syslog.enabled": True,
    "config.vpxd.hostnameUrl": "vcenter.dcsim.local",
    "event.maxAge": 30,
    "event.maxAgeEnabled": True,
    "event.batchsize": 2000,
    "task.maxAge": 30,
    "task.maxAgeEnabled": True,
    "client.timeout.normal": 30,
    "client.timeout.long": 120,
    "log.level": "info",
    "vpxd.enableDebugBrowse": True,
    "VirtualCenter.VimPasswordExpirationInDays": 30,
}


@kind
class Setting(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A setting (``name`` is its key) that is no longer at its default; ``holder`` is a host's uid, or vCenter."""

    KIND: ClassVar[str] = "vsphere_setting"
    INDEXED: ClassVar[tuple[str, ...]] = ("holder",)

    holder: str
    value: bool | int | str


def holder_of(subject: Singleton | Hypervisor) -> str:
    """Whose settings a manager has."""
    return subject.uid if isinstance(subject, Hypervisor) else VCENTER


def settings_of(view: View, subject: Singleton | Hypervisor) -> dict[str, Any]:
    """The values by key; whole numbers of hosts are longs, vCenter's are ints."""
    on_host = isinstance(subject, Hypervisor)
    values = {one.key: one.value for one in host_options.settings()} if on_host else dict(DEFAULTS)
    for setting in view.state.where(Setting, "holder", holder_of(subject)):
        is_number = isinstance(setting.value, int) and not isinstance(setting.value, bool)
        values[setting.name] = vmodl.long(setting.value) if on_host and is_number else setting.value
    return values


@prop(vim.option.OptionManager, "setting")
def settings(view: View, subject: Singleton | Hypervisor) -> list[Any]:
    """All settings."""
    values = settings_of(view, subject)
    return [vim.option.OptionValue(key=key, value=values[key]) for key in sorted(values, key=str.lower)]


@prop(vim.option.OptionManager, "supportedOption")
def supported_options(_view: View, subject: Singleton | Hypervisor) -> list[Any]:
    """What values settings may have; vCenter tells that of none."""
    return list(host_options.definitions()) if isinstance(subject, Hypervisor) else []


def _subject(call: Call) -> Singleton | Hypervisor:
    return call.target.subject if isinstance(call.target.subject, Singleton) else call.entity(Hypervisor)


@method(vim.option.OptionManager, "QueryOptions", quality="client")
async def query_options(call: Call) -> list[Any]:
    """Settings of a key, or under a prefix that ends with a dot; all without a name.  Faults: InvalidName."""
    name: str = call.args.name or ""
    values = settings_of(call.view, _subject(call))
    found = [key for key in sorted(values, key=str.lower) if not name or key == name or (name.endswith(".") and key.startswith(name))]
    if not found:
        raise invalid_name(name)
    return [vim.option.OptionValue(key=key, value=values[key]) for key in found]


@method(vim.option.OptionManager, "UpdateOptions", quality="client")
async def update_options(call: Call) -> None:
    """Change settings, all or none.  Faults: InvalidName for one that a host doesn't have; InvalidArgument for a value of another type."""
    subject = _subject(call)
    values = settings_of(call.view, subject)
    for change in call.args.changedValue:
        if change.key not in values and isinstance(subject, Hypervisor):
            raise invalid_name(change.key)
        if not _fits(change.value, values.get(change.key, change.value)):
            raise faults.invalid_argument("changedValue.value")
    for change in call.args.changedValue:
        await _store(call, holder_of(subject), change.key, change.value)


def _fits(value: Any, present: Any) -> bool:
    if isinstance(present, bool) or isinstance(value, bool):
        return isinstance(present, bool) and isinstance(value, bool)
    return (isinstance(value, int) and isinstance(present, int)) or (isinstance(value, str) and isinstance(present, str))


async def _store(call: Call, holder: str, key: str, value: Any) -> None:
    plain = value if isinstance(value, bool) else int(value) if isinstance(value, int) else str(value)
    known = next((one for one in call.world.state.where(Setting, "holder", holder) if one.name == key), None)
    if known is not None:
        await call.execute(ChangeRecord(uid=known.uid, fields={"value": plain}))
    else:
        await call.execute(CreateRecord(kind=Setting.KIND, fields={"name": key, "holder": holder, "value": plain}))


def invalid_name(name: str) -> VimFault:
    """The fault for a setting that does not exist."""
    return VimFault(vim.fault.InvalidName(name=name), f"The name '{faults.echo(name)}' is invalid.")
