"""A token's body, as its issue and its validation both answer it."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.credentials import Credentials
from emulators.openstack.identity.access_model import ApplicationCredential, Trust
from emulators.openstack.identity.access_rules import rule_view
from emulators.openstack.identity.authenticator import Authenticator
from emulators.openstack.identity.catalog import catalog
from emulators.openstack.identity.model import Domain, Role
from emulators.openstack.identity.passwords import expiry_of
from emulators.openstack.times import micro_zulu
from emulators.world.state import WorldState


def token_body(call: Call, credentials: Credentials, *, with_catalog: bool = True) -> dict[str, Any]:
    """``{"token": ...}`` of a token."""
    state = call.state
    token: dict[str, Any] = {
        "methods": list(credentials.methods),
        "user": {
            "domain": domain_part(state, credentials.user_domain),
            "id": credentials.user,
            "name": credentials.user_name,
            "password_expires_at": expiry_of(state, credentials.user),
        },
        "audit_ids": list(credentials.audit_ids),
        "expires_at": micro_zulu(credentials.expires),
        "issued_at": micro_zulu(credentials.issued),
        **_scope(state, credentials),
    }
    if credentials.roles:
        token["roles"] = [{"id": role.uid, "name": role.name} for role in roles_of(call, credentials)]
        if with_catalog:
            token["catalog"] = catalog(call, credentials.project, credentials.user)
    if credentials.application_credential:
        token["application_credential"] = _application_credential(call, credentials.application_credential)
    if credentials.trust:
        token["OS-TRUST:trust"] = _trust(state, credentials.trust)
    return {"token": token}


def _trust(state: WorldState, uid: str) -> dict[str, Any]:
    found = state.get(Trust, uid)
    users = {"trustor_user": {"id": found.trustor}, "trustee_user": {"id": found.trustee}}
    return {"id": uid, "impersonation": found.impersonation, **users}


def _scope(state: WorldState, credentials: Credentials) -> dict[str, Any]:
    if credentials.project:
        domain = domain_part(state, credentials.project_domain)
        return {"project": {"domain": domain, "id": credentials.project, "name": credentials.project_name}, "is_domain": False}
    if credentials.domain:
        return {"domain": domain_part(state, credentials.domain)}
    return {"system": {"all": True}} if credentials.system else {}


def domain_part(state: WorldState, uid: str) -> dict[str, str]:
    """A domain as tokens name it."""
    found = state.maybe(Domain, uid)
    return {"id": uid, "name": found.name if found is not None else ""}


def roles_of(call: Call, credentials: Credentials) -> list[Role]:
    """The token's roles, in order of creation."""
    roles = call.cloud.part(Authenticator, call.cloud).roles(credentials.token)
    return list(roles)


def _application_credential(call: Call, uid: str) -> dict[str, Any]:
    found = call.state.get(ApplicationCredential, uid)
    view: dict[str, Any] = {"id": found.uid, "name": found.name, "restricted": not found.unrestricted}
    if found.restricted:
        view["access_rules"] = [rule_view(call, rule, links=False) for rule in found.access_rules]
    return view
