"""The managers whose properties are computed here, under the ids that a real vCenter gives them."""

from __future__ import annotations

from typing import Final

from pyVmomi import vim

from emulators.vsphere.objects import singleton

TASK_MANAGER: Final = singleton(vim.TaskManager, "TaskManager", content="taskManager")
PERFORMANCE_MANAGER: Final = singleton(vim.PerformanceManager, "PerfMgr", content="perfManager")
AUTHORIZATION_MANAGER: Final = singleton(vim.AuthorizationManager, "AuthorizationManager", content="authorizationManager")
ALARM_MANAGER: Final = singleton(vim.alarm.AlarmManager, "AlarmManager", content="alarmManager")
CUSTOM_FIELDS_MANAGER: Final = singleton(vim.CustomFieldsManager, "CustomFieldsManager", content="customFieldsManager")
EXTENSION_MANAGER: Final = singleton(vim.ExtensionManager, "ExtensionManager", content="extensionManager")
SCHEDULED_TASK_MANAGER: Final = singleton(vim.scheduler.ScheduledTaskManager, "ScheduledTaskManager", content="scheduledTaskManager")
USER_DIRECTORY: Final = singleton(vim.UserDirectory, "UserDirectory", content="userDirectory")
OVF_MANAGER: Final = singleton(vim.OvfManager, "OvfManager", content="ovfManager")
CUSTOMIZATION_SPECS: Final = singleton(vim.CustomizationSpecManager, "CustomizationSpecManager", content="customizationSpecManager")
