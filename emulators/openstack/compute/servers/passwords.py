"""The administrator's password of a server: what its guest takes when it first boots."""

from __future__ import annotations

import base64
from typing import Final

from dcsim.ids import digest
from emulators.openstack.compute.servers.records import NovaServer

LENGTH: Final = 12


def password_of(uid: str, salt: str = "") -> str:
    """The administrator's password that a server is given when nobody names one."""
    return base64.b32encode(digest("adminPass", uid, salt)).decode()[:LENGTH]


def admin_pass(server: NovaServer) -> str:
    """The administrator's password in the guest: the one that somebody named last, or the server's own."""
    return server.admin_pass or password_of(server.uid)
