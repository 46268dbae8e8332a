"""The smaller managers: alarms, custom fields, extensions, scheduled tasks, users, OVF, customisation."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.objects import Singleton
from emulators.vsphere.properties.table import prop
from emulators.vsphere.soap import metadata
from emulators.vsphere.views.about import VCENTER_VERSION
from emulators.vsphere.views.constructors import EPOCH, description, element, message, type_description
from emulators.world.model import World

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

DOMAINS: Final = ("vsphere.local",)


# -- alarms -------------------------------------------------------------------------------------------------------------------


@prop(vim.alarm.AlarmManager, "defaultExpression")
def default_expression(_view: View, _manager: Singleton) -> list[Any]:
    """Expressions to begin an alarm with."""
    alarm = vim.alarm
    return [
        alarm.StateAlarmExpression(operator="isEqual", type=vim.VirtualMachine, statePath="runtime.powerState", red="poweredOff"),
        alarm.StateAlarmExpression(operator="isEqual", type=vim.HostSystem, statePath="runtime.connectionState", red="notResponding"),
    ]


@prop(vim.alarm.AlarmManager, "description")
def alarm_description(_view: View, _manager: Singleton) -> vim.alarm.AlarmDescription:
    """What the parts of an alarm are called."""
    return vim.alarm.AlarmDescription(
        expr=[
            type_description("AndAlarmExpression", "And", "All of the expressions"),
            type_description("OrAlarmExpression", "Or", "Any of the expressions"),
            type_description("EventAlarmExpression", "Event", "An event occurs"),
            type_description("MetricAlarmExpression", "Metric", "A metric crosses a threshold"),
            type_description("StateAlarmExpression", "State", "A property has a value"),
        ],
        stateOperator=[element("isEqual", "Is equal to"), element("isUnequal", "Is not equal to")],
        metricOperator=[element("isAbove", "Is above"), element("isBelow", "Is below")],
        hostSystemConnectionState=[
            element("connected", "Connected"),
            element("disconnected", "Disconnected"),
            element("notResponding", "Not responding"),
        ],
        virtualMachinePowerState=[
            element("poweredOff", "Powered off"),
            element("poweredOn", "Powered on"),
            element("suspended", "Suspended"),
        ],
        datastoreConnectionState=[element("True", "Connected"), element("False", "Disconnected")],
        hostSystemPowerState=[
            element("poweredOff", "Powered off"),
            element("poweredOn", "Powered on"),
            element("standBy", "Standby"),
            element("unknown", "Unknown"),
        ],
        virtualMachineGuestHeartbeatStatus=[
            element("gray", "Gray", "VMware Tools are not installed or not running"),
            element("green", "Green", "Guest operating system is responding normally"),
            element("red", "Red", "No heartbeat"),
            element("yellow", "Yellow", "Intermittent heartbeat"),
        ],
        entityStatus=[element("gray", "Gray"), element("green", "Green"), element("yellow", "Yellow"), element("red", "Red")],
        action=[
            type_description("CreateTaskAction", "Create task"),
            type_description("MethodAction", "Run operation"),
            type_description("RunScriptAction", "Run script"),
            type_description("SendEmailAction", "Send e-mail"),
            type_description("SendSNMPAction", "Send SNMP trap"),
        ],
    )


# -- fields, extensions, users ----------------------------------------------------------------------------------------------------


@prop(vim.CustomFieldsManager, "field")
def custom_fields(_view: View, _manager: Singleton) -> list[Any]:
    """Custom fields: none is defined."""
    return []


@prop(vim.ExtensionManager, "extensionList")
def extension_list(view: View, _manager: Singleton) -> list[Any]:
    """vCenter's own extensions."""
    return [
        vim.Extension(
            description=description(label, summary),
            key=key,
            company="VMware, Inc.",
            version=VCENTER_VERSION,
            lastHeartbeatTime=_born(view),
        )
        for key, label, summary in (
            ("VirtualCenter", "VMware vCenter Server", "VMware vCenter Server"),
            ("com.vmware.vim.eam", "vSphere ESX Agent Manager", "vSphere ESX Agent Manager"),
            ("com.vmware.vim.sps", "vCenter storage profile service", "VMware vCenter Storage Monitoring Service"),
        )
    ]


def _born(view: View) -> datetime:
    """When this vCenter came to be: with its world."""
    return next((world.created for world in view.state.all(World)), EPOCH)


@prop(vim.UserDirectory, "domainList")
def domain_list(_view: View, _directory: object) -> list[str]:
    """The domains of users."""
    return list(DOMAINS)


# -- scheduled tasks ------------------------------------------------------------------------------------------------------------


@prop(vim.scheduler.ScheduledTaskManager, "scheduledTask")
def scheduled_tasks(_view: View, _manager: Singleton) -> list[Any]:
    """Scheduled tasks: none is defined."""
    return []


@prop(vim.scheduler.ScheduledTaskManager, "description")
def scheduled_task_description(_view: View, _manager: Singleton) -> vim.scheduler.ScheduledTaskDescription:
    """What the parts of a schedule are called."""
    detail: Any = vim.scheduler.ScheduledTaskDescription.SchedulerDetail
    kinds = ("AfterStartup", "Once", "Hourly", "Daily", "Weekly", "MonthlyByDay", "MonthlyByWeekday")
    return vim.scheduler.ScheduledTaskDescription(
        action=[type_description("MethodAction", "Run operation")],
        schedulerInfo=[detail(key=metadata.data_type(f"{kind}TaskScheduler"), label=kind, summary=kind, frequency=kind) for kind in kinds],
        state=[element("ready", "Ready"), element("running", "Running")],
        dayOfWeek=[element(day.lower(), day) for day in _DAYS],
        weekOfMonth=[element(week.lower(), week) for week in ("First", "Second", "Third", "Fourth", "Last")],
    )


_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


# -- OVF and customisation ------------------------------------------------------------------------------------------------------


@prop(vim.OvfManager, "ovfImportOption")
def ovf_import_options(_view: View, _manager: Singleton) -> list[Any]:
    """Options of an import: none."""
    return []


@prop(vim.OvfManager, "ovfExportOption")
def ovf_export_options(_view: View, _manager: Singleton) -> list[Any]:
    """Options of an export."""
    texts = {"mac": "Export MAC addresses", "uuid": "Export UUID", "extraconfig": "Export extra configuration"}
    return [vim.OvfManager.OvfOptionInfo(option=name, description=message(f"ovf.export.{name}", text)) for name, text in texts.items()]


@prop(vim.CustomizationSpecManager, "info")
def customization_specs(_view: View, _manager: Singleton) -> list[Any]:
    """Stored specifications: none."""
    return []


@prop(vim.CustomizationSpecManager, "encryptionKey")
def encryption_key(_view: View, _manager: Singleton) -> list[int]:
    """The key that passwords in specifications are encrypted with: none."""
    return []
