"""The log of usage audits: which hosts have reported on the last whole month.  None has: nova's default is not to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.compute.services import registered
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault

_ALL: Final = "/os-instance_usage_audit_log"


@COMPUTE.get(_ALL, rule=admin, quality="checked")
async def show_log(call: Call) -> dict[str, Any]:
    """Of the month before this one."""
    return {"instance_usage_audit_logs": _log(call, call.cloud.now())}


@COMPUTE.get(f"{_ALL}/{{before}}", rule=admin, quality="checked")
async def show_log_before(call: Call) -> dict[str, Any]:
    """Of the month before a time's."""
    text = call.path["before"]
    try:
        before = datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f" if "." in text else "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise Fault(400, f"Invalid timestamp for date {text}") from error
    return {"instance_usage_audit_log": _log(call, before)}


def _log(call: Call, before: datetime) -> dict[str, Any]:
    hosts = [host.name for host in registered(call.state)]
    end = before.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    begin = (end - timedelta(days=1)).replace(day=1) if end > datetime.min.replace(tzinfo=UTC) else end
    return {
        "period_beginning": f"{begin:%Y-%m-%d %H:%M:%S}",
        "period_ending": f"{end:%Y-%m-%d %H:%M:%S}",
        "num_hosts": len(hosts),
        "num_hosts_done": 0,
        "num_hosts_running": 0,
        "num_hosts_not_run": len(hosts),
        "hosts_not_run": hosts,
        "total_instances": 0,
        "total_errors": 0,
        "overall_status": f"0 of {len(hosts)} hosts done. 0 errors.",
        "log": {},
    }
