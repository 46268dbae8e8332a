"""Who asks Neutron for something, as its decisions need to know it."""

from __future__ import annotations

from typing import Final

import msgspec

from emulators.openstack.credentials import Credentials


class Caller(msgspec.Struct, frozen=True):
    """A project's member, or an administrator."""

    project: str
    admin: bool = False


ADMIN: Final = Caller("", admin=True)
"""The deployment itself."""


def caller_of(credentials: Credentials) -> Caller:
    """Who asks with a token."""
    return Caller(credentials.project, credentials.admin)
