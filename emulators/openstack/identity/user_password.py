"""POST /v3/users/{user_id}/password: whoever knows their old password sets a new one, without a token."""

from __future__ import annotations

from typing import Final

from dcsim.security.passwords import hash_password, verify_password
from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.identity import user_changes
from emulators.openstack.identity.extras import decoded
from emulators.openstack.identity.methods import unauthenticated
from emulators.openstack.identity.model import User
from emulators.openstack.identity.passwords import password_of
from emulators.openstack.identity.service import IDENTITY

_PASSWORD: Final = {"type": "string"}
_BODY: Final = {
    "type": "object",
    "properties": {
        "user": {
            "type": "object",
            "properties": {"original_password": _PASSWORD, "password": _PASSWORD},
            "required": ["original_password", "password"],
            "additionalProperties": False,
        }
    },
    "required": ["user"],
    "additionalProperties": False,
}


@IDENTITY.post("/users/{user_id}/password", rule=None, status=204, body=_BODY)
async def change_password(call: Call) -> None:
    """The new password holds, and the user's tokens are valid no more."""
    uid, given = call.path["user_id"], call.body["user"]
    user = call.state.maybe(User, uid)
    stored = password_of(call.state, uid) if user is not None else None
    right = await verify_password(stored.hash if stored is not None else None, given["original_password"])
    if not right or user is None or stored is None or not user.enabled:
        raise unauthenticated()
    if decoded(user.options).get("lock_password") is True:
        raise Fault(
            400,
            "Password validation error: You cannot change your password at this time due to password policy disallowing password "
            "changes. Please contact your administrator to reset your password.",
        )
    await call.ask(user_changes.change_password, uid=uid, stored=await hash_password(given["password"]))
