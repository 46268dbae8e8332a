"""The administrator's password of a server: what its guest takes when it first boots.

The journal has passwords that somebody named sealed (`Sealing`), in servers' records and in the works that set them; what acts on
machines opens them.  Those that nobody named are derived of the server's id and the key.
"""

from __future__ import annotations

import base64
from typing import Final
from weakref import WeakKeyDictionary

from dcsim.errors import MachineError
from emulators.conductor.hands import Hands
from emulators.openstack.cloud import Cloud
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.sealing import Sealing

LENGTH: Final = 12
_OF_HANDS: Final[WeakKeyDictionary[Hands, Sealing]] = WeakKeyDictionary()


def sealing(cloud: Cloud) -> Sealing:
    """What seals the cloud's passwords."""
    return cloud.part(Sealing, cloud)


def hand_over(cloud: Cloud) -> None:
    """Let what acts on the cloud's machines open the passwords that they are to be given."""
    _OF_HANDS[cloud.conductor.hands] = sealing(cloud)


def opener(hands: Hands) -> Sealing:
    """What opens passwords for machines; raises MachineError before `hand_over`."""
    found = _OF_HANDS.get(hands)
    if found is None:
        raise MachineError("The key of the guests' passwords is not there yet.")
    return found


def password_of(keeper: Sealing, uid: str, salt: str = "") -> str:
    """The administrator's password that a server is given when nobody names one."""
    return base64.b32encode(keeper.derived(f"adminPass {uid} {salt}")).decode()[:LENGTH]


def admin_pass(keeper: Sealing, server: NovaServer) -> str:
    """The administrator's password in the guest: the one that somebody named last, or the server's own."""
    return keeper.open(server.admin_pass) if server.admin_pass else password_of(keeper, server.uid)
