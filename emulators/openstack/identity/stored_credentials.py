"""/v3/credentials: credentials of other kinds that Keystone keeps for users."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.access_model import StoredCredential
from emulators.openstack.identity.extras import decoded, extra_of
from emulators.openstack.identity.finding import conflict, require
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed, shown
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.schemas import TEXT, created
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.schemas import closed
from emulators.openstack.sealing import Sealing
from emulators.world.decide import Decision

_TEXT: Final = {"type": "string"}
PROPERTIES: Final = {"blob": _TEXT, "type": _TEXT, "user_id": _TEXT, "project_id": TEXT}
_CREATE: Final = created("credential", {"id": _TEXT, **PROPERTIES}, "blob", "type", "user_id", loose=True)
_UPDATE: Final = {
    "type": "object",
    "properties": {"credential": closed({"blob": _TEXT}, "blob")},
    "required": ["credential"],
}
"""All but the blob stays as it is."""


def credential_view(call: Call, credential: StoredCredential) -> dict[str, Any]:
    """A credential as clients see it."""
    own = {
        "id": credential.uid,
        "user_id": credential.user,
        "project_id": credential.project or None,
        "type": credential.type,
        "blob": call.cloud.part(Sealing, call.cloud).open(credential.blob),
    }
    return shown(call, "credentials", decoded(credential.extra) | own)


@IDENTITY.get("/credentials", rule=anyone)
async def list_credentials(call: Call) -> dict[str, Any]:
    """The caller's credentials; everybody's to administrators."""
    caller = call.credentials
    everybody = caller.admin or (caller.system and "reader" in caller.roles)
    found = call.state.all(StoredCredential) if everybody else call.state.where(StoredCredential, "user", caller.user)
    return listed(call, "credentials", (credential_view(call, one) for one in found), ("user_id", "type"))


@IDENTITY.post("/credentials", rule=anyone, status=201, body=_CREATE)
async def create_credential(call: Call) -> dict[str, Any]:
    """A new credential."""
    given = call.body["credential"]
    allow(call, owner=given["user_id"])
    uid = access_id(given["blob"]) if given["type"] == "ec2" else ""
    if given["type"] == "ec2" and not given.get("project_id"):
        raise Fault(400, "Expecting to find project_id in credential.")
    sealed = call.cloud.part(Sealing, call.cloud).seal(given["blob"])
    return {"credential": credential_view(call, await call.ask(create, uid=uid, given=given, sealed=sealed))}


def access_id(blob: str) -> str:
    """The id of an EC2 credential: the digest of its access key; raises Fault 400 when the blob is not one's."""
    try:
        access = msgspec.json.decode(blob)["access"]
        return hashlib.sha256(access.encode()).hexdigest()
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        raise Fault(400, "Invalid blob in credential") from error


@ask
def create(decision: Decision, *, uid: str, given: dict[str, Any], sealed: str) -> StoredCredential:
    """The credential is kept; raises Fault 409 for an access key that is known."""
    uid = uid or new_id(decision)
    if decision.state.find(uid) is not None:
        raise conflict("credential", f"Duplicate entry: {uid}")
    return decision.create(
        events.CREDENTIAL.created,
        StoredCredential,
        uid=uid,
        name=given["type"],
        type=given["type"],
        user=given["user_id"],
        project=given.get("project_id") or "",
        blob=sealed,
        extra=extra_of(given, PROPERTIES),
    )


def _own(call: Call, *, reads: bool = False) -> StoredCredential:
    """The credential of the path, once the caller may do this to it."""
    found = call.state.maybe(StoredCredential, call.path["credential_id"])
    allow(call, reads="" if reads else None, owner=found.user if found is not None else None)
    return require(call.state, StoredCredential, call.path["credential_id"])


@IDENTITY.get("/credentials/{credential_id}", rule=anyone)
async def get_credential(call: Call) -> dict[str, Any]:
    """A credential."""
    return {"credential": credential_view(call, _own(call, reads=True))}


@IDENTITY.patch("/credentials/{credential_id}", rule=anyone, body=_UPDATE)
async def update_credential(call: Call) -> dict[str, Any]:
    """The credential with its changes."""
    credential, blob = _own(call), call.body["credential"]["blob"]
    if credential.type == "ec2":
        access_id(blob)
    sealed = call.cloud.part(Sealing, call.cloud).seal(blob)
    return {"credential": credential_view(call, await call.ask(update, uid=credential.uid, sealed=sealed))}


@ask
def update(decision: Decision, *, uid: str, sealed: str) -> StoredCredential:
    """The credential's secret is this."""
    return decision.update(events.CREDENTIAL.changed, require(decision.state, StoredCredential, uid), blob=sealed)


@IDENTITY.delete("/credentials/{credential_id}", rule=anyone)
async def delete_credential(call: Call) -> None:
    """The credential is gone."""
    await call.ask(delete, uid=_own(call).uid)


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """The credential is gone."""
    decision.delete(events.CREDENTIAL.deleted, require(decision.state, StoredCredential, uid))
