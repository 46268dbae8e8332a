"""/v3/users/{user_id}/credentials/OS-EC2: access keys and secrets for EC2's and S3's APIs."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, Final

import msgspec

from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import stored_credentials
from emulators.openstack.identity.access_model import StoredCredential
from emulators.openstack.identity.finding import not_found, require
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.model import User
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.identity.standing import effective_roles
from emulators.openstack.sealing import Sealing
from emulators.world.model import Project

_BODY: Final = {"type": "object", "properties": {"tenant_id": {"type": "string"}}, "required": ["tenant_id"]}
PATH: Final = "/users/{user_id}/credentials/OS-EC2"


def _view(call: Call, credential: StoredCredential) -> dict[str, Any]:
    blob = msgspec.json.decode(call.cloud.part(Sealing, call.cloud).open(credential.blob))
    return {
        "user_id": credential.user,
        "tenant_id": credential.project,
        "access": blob["access"],
        "secret": blob.get("secret", ""),
        "trust_id": blob.get("trust_id"),
        "links": {"self": call.link(f"/users/{credential.user}/credentials/OS-EC2/{blob['access']}")},
    }


@IDENTITY.get(PATH, rule=anyone)
async def ec2_list_credentials(call: Call) -> dict[str, Any]:
    """The user's."""
    uid = call.path["user_id"]
    allow(call, reads="", owner=uid)
    require(call.state, User, uid)
    found = [one for one in call.state.where(StoredCredential, "user", uid) if one.type == "ec2"]
    return listed(call, "credentials", (_view(call, one) for one in found))


@IDENTITY.post(PATH, rule=anyone, status=201, body=_BODY)
async def ec2_create_credential(call: Call) -> dict[str, Any]:
    """A new key and secret of the user's for a project that they have a role in."""
    uid, project = call.path["user_id"], call.body["tenant_id"]
    allow(call, owner=uid)
    require(call.state, User, uid)
    require(call.state, Project, project)
    if not effective_roles(call.state, uid, project):
        raise Fault(403, "You are not authorized to perform the requested action: identity:ec2_create_credential.")
    blob = {"access": secrets.token_hex(16), "secret": secrets.token_hex(16), "trust_id": None}
    text = msgspec.json.encode(blob).decode()
    given = {"type": "ec2", "user_id": uid, "project_id": project}
    sealed = call.cloud.part(Sealing, call.cloud).seal(text)
    made = await call.ask(stored_credentials.create, uid=stored_credentials.access_id(text), given=given, sealed=sealed)
    return {"credential": _view(call, made)}


def _own(call: Call, *, reads: bool = False) -> StoredCredential:
    uid, access = call.path["user_id"], call.path["credential_id"]
    allow(call, reads="" if reads else None, owner=uid)
    found = call.state.maybe(StoredCredential, hashlib.sha256(access.encode(errors="surrogatepass")).hexdigest())
    if found is None or found.user != uid:
        raise not_found("credential", access)
    return found


@IDENTITY.get(PATH + "/{credential_id}", rule=anyone)
async def ec2_get_credential(call: Call) -> dict[str, Any]:
    """A key and its secret."""
    return {"credential": _view(call, _own(call, reads=True))}


@IDENTITY.delete(PATH + "/{credential_id}", rule=anyone)
async def ec2_delete_credential(call: Call) -> None:
    """The key is gone."""
    await call.ask(stored_credentials.delete, uid=_own(call).uid)
