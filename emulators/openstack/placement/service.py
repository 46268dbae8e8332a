"""The service's declaration."""

from __future__ import annotations

import uuid
from typing import Any, Final

from dcsim.telemetry.tracing import current_request_id
from emulators.openstack.faults import Fault, errors
from emulators.openstack.microversions import Microversions, Version
from emulators.openstack.service import Service

UNDEFINED: Final = "placement.undefined_code"


def wording(fault: Fault) -> Any:
    """The API SIG's errors with a code, which says what happened where placement has a word for it, and the request's id."""
    body = errors(fault)
    for error in body["errors"]:
        error.setdefault("code", UNDEFINED)
        error["request_id"] = _request_id()
    return body


def _request_id() -> str:
    """The request's id as the answer's header has it."""
    given = current_request_id()
    try:
        return f"req-{uuid.UUID(given.removeprefix('req-'))}"
    except ValueError:
        return f"req-{given}"


def sentence(path: list[str], reason: str, value: Any) -> str:
    """What does not fit a schema, in placement's words."""
    where = "".join(f"['{part}']" for part in path)
    return f"JSON does not validate: {value!r:.200} {reason} on instance{where}"


PLACEMENT: Final = Service(
    name="placement",
    type="placement",
    prefix="/placement",
    base="",
    wording=wording,
    sentence=sentence,
    title="OpenStack Placement API",
    microversions=Microversions("placement", Version(1, 0), Version(1, 39)),
    classic_port=8778,
)
