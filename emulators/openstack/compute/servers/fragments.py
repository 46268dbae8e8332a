"""Servers as bytes, remembered until something that they show changes: what makes lists of thousands cheap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.servers.views import Looks, brief, show
from emulators.world.state import WorldState

Fragment = Callable[[WorldState, NovaServer], bytes]
MAX_LOOKS: Final = 32
"""Beyond so many ways to look at servers (an address of the service each), what is seen is not remembered."""
_encode: Final = msgspec.json.Encoder().encode
_kept: dict[Looks, Fragment] = {}


def detail(state: WorldState, server: NovaServer, looks: Looks) -> bytes:
    """`views.show` as JSON."""
    function = _kept.get(looks)
    if function is None:
        function = _function(looks)
        if len(_kept) >= MAX_LOOKS:
            return function(state, server)
        _kept[looks] = function
    return state.derive(function, server)


def _function(looks: Looks) -> Fragment:
    def fragment(state: WorldState, server: NovaServer) -> bytes:
        return _encode(show(state, server, looks))

    return fragment


def short(server: NovaServer, looks: Looks) -> bytes:
    """`views.brief` as JSON."""
    return _encode(brief(server, looks))


def joined(rows: list[bytes], tail: bytes) -> bytes:
    """``{"servers": [...]}`` with what follows the list (``, "servers_links": [...]``)."""
    return b'{"servers":[%b]%b}' % (b",".join(rows), tail)
