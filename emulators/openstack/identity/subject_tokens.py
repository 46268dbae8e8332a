"""GET, HEAD and DELETE /v3/auth/tokens: what a token (X-Subject-Token) says, and its revocation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import Credentials, anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.access_model import Revocation
from emulators.openstack.identity.authenticator import Authenticator
from emulators.openstack.identity.lists import flag
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.identity.token_view import token_body
from emulators.world.decide import Decision

SUBJECT = "X-Subject-Token"


@IDENTITY.get("/auth/tokens", rule=anyone)
async def validate_token(call: Call) -> Reply:
    """What the token says, to its own user, to services and administrators."""
    subject = _subject(call)
    if "service" not in call.credentials.roles:
        allow(call, owner=subject.user, reads="")
    return _answer(call, subject, token_body(call, subject, with_catalog="nocatalog" not in call.query))


@IDENTITY.head("/auth/tokens", rule=anyone)
async def check_token(call: Call) -> Reply:
    """Whether the token is valid."""
    subject = _subject(call)
    allow(call, owner=subject.user, reads="")
    return _answer(call, subject, None)


@IDENTITY.delete("/auth/tokens", rule=anyone)
async def revoke_token(call: Call) -> None:
    """The token is valid no more."""
    subject = _subject(call)
    allow(call, owner=subject.user)
    await call.ask(revoke, audit=subject.audit_ids[0], expires=subject.expires)


def _answer(call: Call, subject: Credentials, body: dict[str, Any] | None) -> Reply:
    return Reply(body, headers={SUBJECT: call.request.headers[SUBJECT], "Vary": "X-Auth-Token"})


def _subject(call: Call) -> Credentials:
    """The token that is spoken of; raises Fault 404 for one that is not valid, 400 for none."""
    token = call.request.headers.get(SUBJECT, "")
    if not token:
        raise Fault(400, "Expecting to find X-Subject-Token in the request's headers.")
    authenticator = call.cloud.part(Authenticator, call.cloud)
    found = authenticator.authenticate(token)
    if found is None and flag(call, "allow_expired"):
        found = authenticator.lately_expired(token)
    if found is None:
        raise Fault(404, f"Could not find token: {token[:20]}...")
    return found


@ask
def revoke(decision: Decision, *, audit: str, expires: datetime) -> None:
    """The token of that audit id is revoked; revocations of tokens that have expired since are forgotten."""
    for old in decision.state.all(Revocation):
        if old.expires <= decision.now:
            decision.delete(events.REVOCATION.deleted, old)
    if decision.state.one(Revocation, "name", audit) is None:
        decision.create(events.REVOCATION.created, Revocation, name=audit, expires=expires)
