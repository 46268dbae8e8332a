"""``ClusterConfigSpec`` and ``ClusterConfigSpecEx`` → ConfigureCluster.  Rules, groups, DPM and vSAN are refused: the world has none."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from pyVmomi import vim

from emulators.vsphere.call import Call
from emulators.vsphere.clusters import ConfigureCluster
from emulators.vsphere.soap import faults
from emulators.world.model import Cluster, DrsConfig, HaConfig, Vm

_REFUSED: Final = (
    "drsVmConfigSpec",
    "rulesSpec",
    "groupSpec",
    "vmOrchestrationSpec",
    "dpmHostConfigSpec",
    "vsanHostConfigSpec",
)
_REFUSED_WHEN_ENABLED: Final = ("dpmConfig", "vsanConfig", "proactiveDrsConfig", "infraUpdateHaConfig")
_PRIORITIES: Final = frozenset({"disabled", "lowest", "low", "medium", "high", "highest", "clusterRestartPriority"})


def configure(call: Call, cluster: Cluster, spec: Any, *, modify: bool) -> ConfigureCluster:
    """The operation that a spec asks for; without ``modify`` what it leaves unset goes back to the default.

    VimFault NotSupported for what the world has no model of, InvalidArgument for a priority that does not exist.
    """
    if any(getattr(spec, name, None) for name in _REFUSED) or any(_enabled(spec, name) for name in _REFUSED_WHEN_ENABLED):
        raise faults.not_supported()
    ha, drs = (cluster.ha, cluster.drs) if modify else (HaConfig(enabled=False), DrsConfig(enabled=False))
    return ConfigureCluster(
        cluster=cluster.uid,
        ha=_ha(spec.dasConfig, ha),
        drs=_drs(spec.drsConfig, drs),
        priorities=dict(_priority(call, one) for one in spec.dasVmConfigSpec),
    )


def _enabled(spec: Any, name: str) -> bool:
    return bool(getattr(getattr(spec, name, None), "enabled", False))


def _ha(config: Any, current: HaConfig) -> HaConfig:
    if config is None:
        return current
    given: dict[str, Any] = {}
    if config.enabled is not None:
        given["enabled"] = config.enabled
    if config.admissionControlEnabled is not None:
        given["admission_control"] = config.admissionControlEnabled
    level = getattr(config.admissionControlPolicy, "failoverLevel", None)
    if level is None:
        level = config.failoverLevel
    if level is not None:
        given["failures_to_tolerate"] = int(level)
    if config.defaultVmSettings is not None and config.defaultVmSettings.restartPriority:
        given["restart_priority"] = _known(config.defaultVmSettings.restartPriority, "spec.dasConfig.defaultVmSettings.restartPriority")
    return msgspec.structs.replace(current, **given)


def _drs(config: Any, current: DrsConfig) -> DrsConfig:
    if config is None:
        return current
    given: dict[str, Any] = {}
    if config.enabled is not None:
        given["enabled"] = config.enabled
    if config.defaultVmBehavior is not None:
        given["automation"] = str(config.defaultVmBehavior)
    if config.vmotionRate is not None:
        given["vmotion_rate"] = int(config.vmotionRate)
    return msgspec.structs.replace(current, **given)


def _priority(call: Call, spec: Any) -> tuple[str, str]:
    """A VM's uid and its own restart priority, empty when it goes by the cluster's."""
    if spec.operation == vim.option.ArrayUpdateSpec.Operation.remove:
        return call.find(spec.removeKey, Vm).uid, ""
    if spec.info is None:
        raise faults.invalid_argument("spec.dasVmConfigSpec.info")
    settings = spec.info.dasSettings
    wanted = str(settings.restartPriority if settings is not None else spec.info.restartPriority or "clusterRestartPriority")
    _known(wanted, "spec.dasVmConfigSpec.info.dasSettings.restartPriority")
    return call.find(spec.info.key, Vm).uid, "" if wanted == "clusterRestartPriority" else wanted


def _known(priority: str, path: str) -> str:
    if priority not in _PRIORITIES:
        raise faults.invalid_argument(path)
    return str(priority)
