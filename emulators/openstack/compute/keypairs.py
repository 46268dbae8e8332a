"""Key pairs: public keys that users keep by name; a private one is shown once and kept nowhere."""

from __future__ import annotations

from typing import ClassVar

from emulators.openstack.asks import ask
from emulators.openstack.compute import quotas
from emulators.openstack.faults import Fault
from emulators.world.decide import Decision
from emulators.world.decisions.records import Record
from emulators.world.events import declare
from emulators.world.model.base import kind
from emulators.world.state import WorldState

KEYPAIR_CREATED = declare("dcsim.compute.keypair.created", "A key pair was made or imported")
KEYPAIR_DELETED = declare("dcsim.compute.keypair.deleted", "A key pair was deleted")


@kind
class Keypair(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A user's public key; ``type`` is ``ssh`` or ``x509``."""

    KIND: ClassVar[str] = "nova_keypair"
    INDEXED: ClassVar[tuple[str, ...]] = ("user",)

    user: str
    type: str = "ssh"
    public_key: str
    fingerprint: str


def keypair_of(state: WorldState, user: str, name: str) -> Keypair | None:
    """A user's key pair of that name."""
    return next((pair for pair in state.where(Keypair, "user", user) if pair.name == name), None)


def require(state: WorldState, user: str, name: str) -> Keypair:
    """The same; raises Fault 404."""
    pair = keypair_of(state, user, name)
    if pair is None:
        raise Fault(404, f"Keypair {name} not found for user {user}")
    return pair


@ask
def create_keypair(decision: Decision, *, user: str, project: str, name: str, type: str, public_key: str, fingerprint: str) -> Keypair:  # noqa: A002 - Nova's word
    """A user's key pair; raises Fault 409 when the name is taken, 403 over quota."""
    quotas.require_count(decision.state, project, "key_pairs", used=decision.state.count(Keypair, "user", user))
    if keypair_of(decision.state, user, name) is not None:
        raise Fault(409, f"Key pair '{name}' already exists.")
    fields = {"user": user, "name": name, "type": type, "public_key": public_key, "fingerprint": fingerprint}
    return decision.create(KEYPAIR_CREATED, Keypair, uid=decision.new_uuid(), **fields)


@ask
def delete_keypair(decision: Decision, *, user: str, name: str) -> None:
    """The key pair is gone; servers keep the key."""
    decision.delete(KEYPAIR_DELETED, require(decision.state, user, name))
