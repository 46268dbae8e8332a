"""Issues tokens and says whose they are: what the cloud's other services ask Keystone at every request."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from emulators.openstack.access import Access
from emulators.openstack.cloud import Cloud
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.identity import tokens
from emulators.openstack.identity.access_model import AccessRule, ApplicationCredential, Revocation, Trust
from emulators.openstack.identity.model import Role, User
from emulators.openstack.identity.standing import UNSCOPED, Scope, Standing, expanded, generation, standing
from emulators.openstack.identity.tokens import Claims

LIFETIME: Final = timedelta(hours=4)
EXPIRED_WINDOW: Final = timedelta(days=2)
SECRET: Final = "openstack-token-key"  # noqa: S105 - the secret's name
_KEPT: Final = 4096


class Authenticator:
    """Reads tokens.  ``cloud.part(Authenticator, cloud)`` is the one of the cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.key = bytes.fromhex(cloud.context.secrets.value(SECRET, lambda: secrets.token_hex(32)))
        self._claims: dict[str, Claims] = {}
        self._known: dict[str, tuple[Standing, Credentials]] = {}

    def authenticate(self, token: str) -> Credentials | None:
        """What a token says; None for one that is unknown, expired or revoked."""
        claims = self.claims(token)
        return None if claims is None or self._expired(claims) else self.credentials(token, claims)

    def lately_expired(self, token: str) -> Credentials | None:
        """The same for a token that may have expired in the last two days, for services that work on in somebody's name."""
        claims = self.claims(token)
        if claims is None or tokens.time_of(claims.expires) + EXPIRED_WINDOW <= self._cloud.now():
            return None
        return self.credentials(token, claims)

    def claims(self, token: str) -> Claims | None:
        """What was signed."""
        found = self._claims.get(token)
        if found is None:
            found = tokens.read(self.key, token)
            if found is not None:
                self._keep(token, found)
        return found

    def _keep(self, token: str, claims: Claims) -> None:
        if len(self._claims) >= _KEPT:
            for old in list(self._claims)[: _KEPT // 2]:
                del self._claims[old]
                self._known.pop(old, None)
        self._claims[token] = claims

    def _expired(self, claims: Claims) -> bool:
        return tokens.micros(self._cloud.now()) >= claims.expires

    def credentials(self, token: str, claims: Claims) -> Credentials | None:
        """The same for a token that may have expired."""
        held = self._standing(claims)
        if held is None:
            return None
        known = self._known.get(token)
        if known is None or known[0] is not held:
            rules = self._access_rules(claims) if claims.via else None
            known = held, credentials_of(token, claims, held, rules)
            self._known[token] = known
        return known[1]

    def _access_rules(self, claims: Claims) -> tuple[Access, ...] | None:
        """What the application credential may be used for; None: anything."""
        state = self._cloud.state
        credential = state.maybe(ApplicationCredential, tokens.unpacked(claims.via))
        if credential is None or not credential.restricted:
            return None
        rules = (state.get(AccessRule, uid) for uid in credential.access_rules)
        return tuple(Access(rule.service, rule.method, rule.path) for rule in rules)

    def roles(self, token: str) -> tuple[Role, ...]:
        """The roles of a valid token."""
        claims = self.claims(token)
        held = self._standing(claims) if claims is not None else None
        return held.roles if held is not None else ()

    def _standing(self, claims: Claims) -> Standing | None:
        state = self._cloud.state
        if state.one(Revocation, "name", tokens.audit_text(claims.audit)) is not None:
            return None
        user = state.maybe(User, tokens.unpacked(claims.user))
        scope = Scope(claims.scope, tokens.unpacked(claims.target))
        if user is None or generation(state, user, scope) != claims.generation:
            return None
        trust = state.maybe(Trust, tokens.unpacked(claims.via)) if claims.via else None
        if trust is not None:
            return self._trusted(trust, scope)
        held = standing(state, user.uid, scope)
        return self._lessened(held, claims) if held is not None and claims.via else held

    def _trusted(self, trust: Trust, scope: Scope) -> Standing | None:
        """What the trustor lends the trustee: the standing of the one with the name of the other, or of the one alone."""
        state = self._cloud.state
        lender, borrower = standing(state, trust.trustor, scope), standing(state, trust.trustee, UNSCOPED)
        if lender is None or borrower is None or (trust.expires is not None and trust.expires <= self._cloud.now()):
            return None
        lent = {role.uid for role in expanded(state, trust.roles)}
        roles = tuple(role for role in lender.roles if role.uid in lent)
        who = lender if trust.impersonation else borrower
        return Standing(who.user, who.user_domain, lender.project, lender.domain, roles) if roles else None

    def _lessened(self, held: Standing, claims: Claims) -> Standing | None:
        """The standing with no more roles than the application credential gives; None when that is no more."""
        state = self._cloud.state
        credential = state.maybe(ApplicationCredential, tokens.unpacked(claims.via))
        if credential is None or (credential.expires is not None and credential.expires <= self._cloud.now()):
            return None
        given = {role.uid for role in expanded(state, credential.roles)}
        roles = tuple(role for role in held.roles if role.uid in given)
        return Standing(held.user, held.user_domain, held.project, held.domain, roles) if roles else None


def credentials_of(token: str, claims: Claims, held: Standing, access_rules: tuple[Access, ...] | None = None) -> Credentials:
    """A token's content for the services."""
    audits = tuple(tokens.audit_text(audit) for audit in (claims.audit, claims.parent_audit) if audit)
    by_application = "application_credential" in tokens.methods_of(claims)
    return Credentials(
        token=token,
        user=held.user.uid,
        user_name=held.user.name,
        user_domain=held.user.domain,
        project=held.project.uid if held.project else "",
        project_name=held.project.name if held.project else "",
        project_domain=held.project.domain if held.project else "",
        domain=held.domain.uid if held.domain and not held.project else "",
        system=claims.scope == "system",
        roles=frozenset(role.name for role in held.roles),
        methods=tokens.methods_of(claims),
        audit_ids=audits,
        issued=tokens.time_of(claims.issued),
        expires=tokens.time_of(claims.expires),
        application_credential=tokens.unpacked(claims.via) if by_application else "",
        trust="" if by_application else tokens.unpacked(claims.via),
        access_rules=access_rules,
    )


def issue(
    cloud: Cloud,
    user: str,
    scope: Scope,
    methods: tuple[str, ...],
    *,
    via: str = "",
    parent: Credentials | None = None,
    latest: datetime | None = None,
) -> Credentials:
    """A new token; raises Fault 401 for a user without standing in the scope.

    One that is got with another token (``parent``) ends when that does; none ends after ``latest``.
    """
    authenticator, now = cloud.part(Authenticator, cloud), cloud.now()
    found = cloud.state.maybe(User, user)
    ends = [parent.expires if parent else now + LIFETIME] + ([latest] if latest else [])
    claims = Claims(
        user=tokens.packed(user),
        generation=generation(cloud.state, found, scope) if found is not None else 0,
        methods=tokens.bits(methods),
        scope=scope.kind,
        target=tokens.packed(scope.target),
        issued=tokens.micros(now),
        expires=tokens.micros(min(ends)),
        audit=secrets.token_bytes(16),
        parent_audit=_first_audit(authenticator, parent) if parent else b"",
        via=tokens.packed(via),
    )
    credentials = authenticator.credentials(tokens.sign(authenticator.key, claims), claims)
    if credentials is None:
        raise Fault(401, "The request you have made requires authentication.")
    return credentials


def _first_audit(authenticator: Authenticator, parent: Credentials) -> bytes:
    """The audit id that a chain of tokens began with."""
    claims = authenticator.claims(parent.token)
    return b"" if claims is None else claims.parent_audit or claims.audit
