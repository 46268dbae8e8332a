"""/v3/domains."""

from __future__ import annotations

import re
from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.identity import events
from emulators.openstack.identity.domain_view import domain_view
from emulators.openstack.identity.extras import extra_of, options_of, require_mutable
from emulators.openstack.identity.finding import conflict, require, require_same_id
from emulators.openstack.identity.ids import new_id
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.model import DEFAULT_DOMAIN, Domain
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.removal import remove_domain
from emulators.openstack.identity.schemas import ID, OPTIONS, SHORT_NAME, SWITCH, TAGS, TEXT, changed, created, switched
from emulators.openstack.identity.service import IDENTITY
from emulators.world.decide import Decision

PROPERTIES: Final = {"name": SHORT_NAME, "description": TEXT, "enabled": SWITCH, "tags": TAGS, "options": OPTIONS}
KNOWN: Final = frozenset({*PROPERTIES, "explicit_domain_id"})
_UUID: Final = re.compile("[0-9a-f]{32}")


@IDENTITY.get("/domains", rule=anyone)
async def list_domains(call: Call) -> dict[str, Any]:
    """Every domain; a domain's readers see their own."""
    allow(call, reads=call.credentials.domain)
    own = call.credentials.domain
    found = [one for one in call.state.all(Domain) if not own or call.credentials.admin or one.uid == own]
    return listed(call, "domains", (domain_view(call, one) for one in found), ("name", "enabled"))


@IDENTITY.post("/domains", rule=anyone, status=201, body=created("domain", {**PROPERTIES, "explicit_domain_id": ID}, "name"))
async def create_domain(call: Call) -> dict[str, Any]:
    """A new domain."""
    allow(call)
    given = call.body["domain"]
    if not _UUID.fullmatch(given.get("explicit_domain_id", "0" * 32)):
        raise Fault(400, "Domain ID does not conform to required UUID format.")
    made = await call.ask(create, given=given)
    return {"domain": domain_view(call, made)}


@ask
def create(decision: Decision, *, given: dict[str, Any]) -> Domain:
    """The domain exists; raises Fault 409 for a name or id that is taken."""
    name, uid = given["name"].strip(), given.get("explicit_domain_id") or new_id(decision)
    _require_free(decision, name)
    if decision.state.find(uid) is not None:
        raise conflict("domain", f"Duplicate entry: {uid}")
    return decision.create(
        events.DOMAIN.created,
        Domain,
        uid=uid,
        name=name,
        description=given.get("description") or "",
        enabled=switched(given, True),
        tags=tuple(given.get("tags", ())),
        options=options_of(given),
        extra=extra_of(given, KNOWN),
    )


def _require_free(decision: Decision, name: str, but: str = "") -> None:
    if any(one.uid != but for one in decision.state.where(Domain, "name", name)):
        raise conflict("domain", f"it is not permitted to have two projects acting as domains with the same name: {name}")


@IDENTITY.get("/domains/{domain_id}", rule=anyone)
async def get_domain(call: Call) -> dict[str, Any]:
    """A domain; whoever works in it may see it."""
    uid, caller = call.path["domain_id"], call.credentials
    if uid not in (caller.domain, caller.project_domain):
        allow(call, reads=uid)
    return {"domain": domain_view(call, require(call.state, Domain, uid))}


@IDENTITY.patch("/domains/{domain_id}", rule=anyone, body=changed("domain", PROPERTIES))
async def update_domain(call: Call) -> dict[str, Any]:
    """The domain with its changes."""
    allow(call)
    given = call.body["domain"]
    require_same_id(given, call.path["domain_id"])
    return {"domain": domain_view(call, await call.ask(update, uid=call.path["domain_id"], given=given))}


@ask
def update(decision: Decision, *, uid: str, given: dict[str, Any]) -> Domain:
    """The domain's properties are these."""
    domain = require(decision.state, Domain, uid)
    require_mutable("domain", uid, domain.options, given)
    name = given.get("name", domain.name).strip()
    _require_free(decision, name, uid)
    enabled = switched(given, domain.enabled)
    return decision.update(
        events.DOMAIN.changed,
        domain,
        name=name,
        description=given.get("description", domain.description) or "",
        enabled=enabled,
        generation=domain.generation + (domain.enabled and not enabled),
        tags=tuple(given.get("tags", domain.tags)),
        options=options_of(given, domain.options),
        extra=extra_of(given, KNOWN, domain.extra),
    )


@IDENTITY.delete("/domains/{domain_id}", rule=anyone)
async def delete_domain(call: Call) -> None:
    """The domain is gone with everything in it."""
    allow(call)
    await call.ask(delete, uid=call.path["domain_id"])


@ask
def delete(decision: Decision, *, uid: str) -> None:
    """Raises Fault 403 for a domain that is enabled, or the default one."""
    domain = require(decision.state, Domain, uid)
    if uid == DEFAULT_DOMAIN:
        raise Fault(403, "Cannot delete the default domain.")
    require_mutable("domain", uid, domain.options)
    if domain.enabled:
        raise Fault(403, "Cannot delete a domain that is enabled, please disable it first.")
    remove_domain(decision, domain)
