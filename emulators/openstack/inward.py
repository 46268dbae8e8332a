"""One service asking another as a client would, with the caller's own credentials, but without a socket between them.

Nova's proxies of the network, the images and the volumes are made of it: what they may see and do is decided where it always is.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from emulators.openstack import validation
from emulators.openstack.call import Call, Reply
from emulators.openstack.faults import Fault
from emulators.openstack.microversions import Version
from emulators.openstack.router import Router
from emulators.openstack.service import Operation, Schema, Service, Versioned

_NO_VERSION = Version(0, 0)


async def ask_service(call: Call, service: Service, method: str, target: str, body: Any = None) -> Any:
    """What a service answers to a request (its path below the base, with its query); raises the Fault that refuses it."""
    path, _, query = target.partition("?")
    found = _router(service).find(service.base + path)
    version = service.microversions.lowest if service.microversions else _NO_VERSION
    chosen = next((one for one in (found.operations if found else ()) if one[0].method == method and version in one[0].held), None)
    if found is None or chosen is None:
        raise Fault(404, "The resource could not be found.")
    operation, names = chosen
    _admit(call, operation)
    parameters: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters.setdefault(name, []).append(value)
    asked = Call(
        cloud=call.cloud,
        operation=operation,
        request=call.request,
        path=dict(zip(names, found.values, strict=True)),
        query=parameters,
        body=body,
        version=version,
        origin=call.origin,
        actor=call.actor,
        _credentials=call.credentials,
    )
    _check(operation.body, body, version)
    _check(operation.query, parameters, version)
    answer = await operation.handler(asked)
    return answer.body if isinstance(answer, Reply) else answer


@cache
def _router(service: Service) -> Router:
    return Router(service.operations)


def _admit(call: Call, operation: Operation) -> None:
    if operation.rule is not None and not operation.rule(call.credentials):
        raise Fault(403, f"Policy doesn't allow {operation.service.type}:{operation.handler.__name__} to be performed.")


def _check(schema: Schema, instance: Any, version: Version) -> None:
    wanted: Any = schema.of(version) if isinstance(schema, Versioned) else schema
    if wanted is not None:
        validation.check(wanted, instance)
