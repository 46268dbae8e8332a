"""One UCS domain behind its endpoint: its tree, who is logged in, and who listens."""

from __future__ import annotations

from emulators.ucs.backups import Backups
from emulators.ucs.events import Events
from emulators.ucs.mit.tree import Tree
from emulators.ucs.providers.audit import Audit
from emulators.ucs.providers.sessions import SessionObjects
from emulators.ucs.sessions import Sessions
from emulators.ucs.users import Users
from emulators.world.engine import World
from emulators.world.model import UcsDomain

ADMIN = "admin"


class Domain:
    """A UCS Manager; ``passwords`` are those that its users begin with, in the clear."""

    def __init__(self, world: World, domain: UcsDomain, passwords: dict[str, str]) -> None:
        self.world = world
        self.uid = domain.uid
        self.name = domain.name
        self.tree = Tree(world, domain.uid)
        self.sessions = Sessions(world.clock)
        self.events = Events(self.tree)
        self.audit = Audit(world, domain.uid, self.tree.schema)
        self.tree.provide(SessionObjects(self.sessions, self.tree.schema))
        self.tree.provide(self.audit)
        self.backups = Backups(self.tree)
        self.users = Users(world.state, domain.uid, passwords)

    def close(self) -> None:
        """End streams and sessions, and stop following the world."""
        self.events.close()
        self.sessions.close()
        self.audit.close()
        self.backups.close()
        self.tree.close()
