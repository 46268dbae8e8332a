"""Key pairs: lists, one, made or imported, deleted; administrators act for other users from 2.10 on."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from emulators.openstack.call import Call, Reply
from emulators.openstack.compute import keys
from emulators.openstack.compute.keypairs import Keypair, create_keypair, delete_keypair, require
from emulators.openstack.compute.paging import listing, page
from emulators.openstack.compute.parameters import PAGING, TEXTS, grown
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import wrapped
from emulators.openstack.service import Versioned
from emulators.openstack.times import micro

_OLD_NAME: Final = {"type": "string", "pattern": r"^(?! )[_\- a-zA-Z0-9]+(?<! )$", "minLength": 1, "maxLength": 255}
_NAME: Final = {"type": "string", "pattern": r"^(?! )[_\-\@\. a-zA-Z0-9]+(?<! )$", "minLength": 1, "maxLength": 255}
_TYPE: Final = {"type": "string", "enum": ["ssh", "x509"]}
_TEXT: Final = {"type": "string"}
_OWNED: Final = {"name": _OLD_NAME, "type": _TYPE, "public_key": _TEXT, "user_id": _TEXT}
_CREATE: Final = Versioned(
    {
        "2.1-2.1": wrapped("keypair", {"name": _OLD_NAME, "public_key": _TEXT}, "name"),
        "2.2-2.9": wrapped("keypair", {"name": _OLD_NAME, "type": _TYPE, "public_key": _TEXT}, "name"),
        "2.10-2.91": wrapped("keypair", _OWNED, "name"),
        "2.92-": wrapped("keypair", {**_OWNED, "name": _NAME}, "name", "public_key"),
    }
)
_OF_USER: Final = grown(("2.1", {}), ("2.10", {"user_id": TEXTS}))
_LIST: Final = grown(("2.1", {}), ("2.10", {"user_id": TEXTS}), ("2.35", {"user_id": TEXTS, **PAGING}))


@COMPUTE.get("/os-keypairs", rule=anyone, query=_LIST, quality="client")
async def list_keypairs(call: Call) -> dict[str, Any]:
    """A user's, in the order of their names."""
    pairs = sorted(call.state.where(Keypair, "user", _user(call, call.first("user_id"))), key=_name)
    if not call.since("2.35"):
        return {"keypairs": [_item(call, pair) for pair in pairs]}
    shown = page(call, pairs, _name, missing="Marker {} could not be found.")
    return listing(call, "keypairs", "/os-keypairs", shown, _name, lambda pair: _item(call, pair))


@COMPUTE.post("/os-keypairs", rule=anyone, body=_CREATE, quality="client")
async def create(call: Call) -> Reply:
    """A public key that is given, or (below 2.92) a new pair, whose private key is shown this once."""
    wanted = call.body["keypair"]
    user, name, key_type = _user(call, wanted.get("user_id", "")), wanted["name"], wanted.get("type", "ssh")
    private, public = "", wanted.get("public_key")
    if public is None:
        private, public, fingerprint = await asyncio.to_thread(keys.generate, key_type, user)
    else:
        fingerprint = keys.fingerprint(key_type, public)
    fields = {"name": name, "type": key_type, "public_key": public, "fingerprint": fingerprint}
    pair = await call.ask(create_keypair, user=user, project=call.project, **fields)
    shown = _brief(call, pair) | {"user_id": pair.user} | ({"private_key": private} if private else {})
    return Reply({"keypair": shown}, status=201 if call.since("2.2") else 200)


@COMPUTE.get("/os-keypairs/{name}", rule=anyone, query=_OF_USER, quality="client")
async def show(call: Call) -> dict[str, Any]:
    """One, with when it was made."""
    pair = require(call.state, _user(call, call.first("user_id")), call.path["name"])
    never = {"deleted": False, "deleted_at": None, "updated_at": None}
    return {"keypair": {**_brief(call, pair), "user_id": pair.user, "id": pair.number, "created_at": micro(pair.created), **never}}


@COMPUTE.delete("/os-keypairs/{name}", rule=anyone, query=_OF_USER, quality="client")
async def delete(call: Call) -> Reply:
    """It goes; servers keep the key."""
    await call.ask(delete_keypair, user=_user(call, call.first("user_id")), name=call.path["name"])
    return Reply(status=204 if call.since("2.2") else 202)


def _user(call: Call, named: str) -> str:
    """Whose key pairs are meant: one's own, unless an administrator names another user."""
    own = call.credentials.user
    if not named or not call.since("2.10") or named == own:
        return own
    if not call.credentials.admin:
        verb = {"list_keypairs": "index"}.get(call.operation.handler.__name__, call.operation.handler.__name__)
        raise Fault(403, f"Policy doesn't allow os_compute_api:os-keypairs:{verb} to be performed.")
    return named


def _name(pair: Keypair) -> str:
    return pair.name


def _item(call: Call, pair: Keypair) -> dict[str, Any]:
    return {"keypair": _brief(call, pair)}


def _brief(call: Call, pair: Keypair) -> dict[str, Any]:
    shown = {"name": pair.name, "public_key": pair.public_key, "fingerprint": pair.fingerprint}
    return shown | {"type": pair.type} if call.since("2.2") else shown
