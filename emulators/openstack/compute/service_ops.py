"""Services: listed; computes enabled, disabled, forced down and deleted, by host and binary before 2.53 and by id from then on."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.parameters import HOSTNAME, TEXTS, path_number, query
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.compute.services import COMPUTE_BINARY, Standing, delete_service, say, services
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import BOOLEAN, closed, truth
from emulators.openstack.service import Versioned
from emulators.openstack.times import micro

_WORD: Final = {"type": "string", "minLength": 1, "maxLength": 255}
_OLD: Final = {"host": HOSTNAME, "binary": _WORD, "disabled_reason": _WORD}
_UPDATE: Final = Versioned(
    {
        "2.1-2.10": closed(_OLD, "host", "binary"),
        "2.11-2.52": closed({**_OLD, "forced_down": BOOLEAN}, "host", "binary"),
        "2.53-": closed({"status": {"type": "string", "enum": ["enabled", "disabled"]}, "disabled_reason": _WORD, "forced_down": BOOLEAN}),
    }
)
_REPORTS: Final = 10
"""Seconds between two reports of a service (nova's report_interval)."""


@COMPUTE.get("/os-services", rule=admin, query=query(host=TEXTS, binary=TEXTS), quality="faults")
async def list_services(call: Call) -> dict[str, Any]:
    """All, or those of a host or of a binary."""
    host, binary = call.first("host"), call.first("binary")
    found = [one for one in services(call.state) if host in ("", one.host) and binary in ("", one.binary)]
    return {"services": [_view(call, one) for one in found]}


@COMPUTE.put("/os-services/{service_id}", rule=admin, body=_UPDATE, quality="faults")
async def update(call: Call) -> dict[str, Any]:
    """A nova-compute is enabled, disabled, forced down or up."""
    if call.since("2.53"):
        service = _by_id(call)
        await _say(call, service, _wanted(call.body))
        return {"service": _view(call, _by_id(call))}
    return await _old_update(call)


@COMPUTE.delete("/os-services/{service_id}", rule=admin, quality="faults")
async def delete(call: Call) -> None:
    """A nova-compute is forgotten."""
    service = _by_id(call)
    if service.hypervisor is None:
        raise Fault(409, f"{service.binary} is part of this deployment and runs as long as it does.")
    await call.ask(delete_service, host=service.hypervisor.uid)


async def _old_update(call: Call) -> dict[str, Any]:
    """The body names the service, the path what is to be done."""
    body, verb = call.body, call.path["service_id"]
    said = _old_wanted(call, verb)
    if body["binary"] != COMPUTE_BINARY:
        raise _not_compute(body["binary"])
    found = next((one for one in services(call.state) if one.host == body["host"] and one.binary == COMPUTE_BINARY), None)
    if found is None:
        raise Fault(404, f"Could not find binary {body['binary']} on host {body['host']}.")
    await _say(call, found, said)
    answer = {"host": body["host"], "binary": body["binary"]}
    if verb == "force-down":
        return {"service": {**answer, "forced_down": said["forced_down"]}}
    reason = {"disabled_reason": said["disabled_reason"]} if said["disabled_reason"] else {}
    return {"service": {**answer, "status": "disabled" if said["disabled"] else "enabled", **reason}}


def _old_wanted(call: Call, verb: str) -> dict[str, Any]:
    if verb == "enable":
        return {"disabled": False, "disabled_reason": None}
    if verb == "disable":
        return {"disabled": True, "disabled_reason": None}
    if verb == "disable-log-reason":
        if "disabled_reason" not in call.body:
            raise Fault(400, "Missing disabled reason field")
        return {"disabled": True, "disabled_reason": call.body["disabled_reason"]}
    if verb == "force-down" and call.since("2.11"):
        if "forced_down" not in call.body:
            raise Fault(400, "Missing forced_down field")
        return {"forced_down": truth(call.body["forced_down"])}
    raise Fault(404, "Unknown action")


def _wanted(body: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if body.get("status") == "enabled":
        if body.get("disabled_reason"):
            raise Fault(400, "Specifying 'disabled_reason' with status 'enabled' is invalid.")
        said = {"disabled": False, "disabled_reason": None}
    elif body.get("status") == "disabled":
        said = {"disabled": True, "disabled_reason": body.get("disabled_reason")}
    if "forced_down" in body:
        said["forced_down"] = truth(body["forced_down"])
    if not said:
        raise Fault(400, "No updates were requested. Fields 'status' or 'forced_down' should be specified.")
    return said


async def _say(call: Call, service: Standing, said: dict[str, Any]) -> None:
    if service.hypervisor is None:
        raise _not_compute(service.binary)
    await call.ask(say, host=service.hypervisor.uid, said=said)


def _not_compute(binary: str) -> Fault:
    return Fault(400, f"Updating a {binary} service is not supported. Only nova-compute services can be updated.")


def _by_id(call: Call) -> Standing:
    """The service of the path's id: a UUID from 2.53 on, a number before."""
    text = call.path["service_id"]
    by_uuid = call.since("2.53")
    if by_uuid:
        _require_uuid(text)
    else:
        path_number(text)
    found = next((one for one in services(call.state) if text == (one.uuid if by_uuid else str(one.number))), None)
    if found is None:
        raise Fault(404, f"Service {text} not found.")
    return found


def _require_uuid(text: str) -> None:
    try:
        uuid.UUID(text)
    except ValueError as error:
        raise Fault(400, f"Invalid uuid {text}") from error


def _view(call: Call, service: Standing) -> dict[str, Any]:
    now = call.cloud.now()
    seen = service.seen or now - timedelta(seconds=now.second % _REPORTS)
    shown: dict[str, Any] = {
        "binary": service.binary,
        "host": service.host,
        "id": service.uuid if call.since("2.53") else service.number,
        "zone": service.zone,
        "status": "disabled" if service.disabled else "enabled",
        "state": "up" if service.up else "down",
        "updated_at": micro(seen),
        "disabled_reason": service.disabled_reason,
    }
    return shown | {"forced_down": service.forced_down} if call.since("2.11") else shown
