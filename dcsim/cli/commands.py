"""The table of commands.  To add one, write its module and a line here.

Modules are imported only when their command is called, so that ``dcsim --help`` stays fast; inside them, imports that cost more than
a few milliseconds belong into the functions.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

import msgspec


class Command(msgspec.Struct, frozen=True):
    """One command: ``target`` is ``module:attribute``, a function for a verb, a ``typer.Typer`` for a noun."""

    name: str
    target: str
    help: str

    def load(self) -> Any:
        """The function or application."""
        module, attribute = self.target.split(":")
        return getattr(importlib.import_module(module), attribute)


VERBS: Final = (
    Command("up", "dcsim.cli.up:up", "Start the datacenter."),
    Command("down", "dcsim.cli.down:down", "Stop the datacenter."),
    Command("status", "dcsim.cli.status:status", "Show services, endpoints and health."),
    Command("env", "dcsim.cli.env:env", 'Print the variables that clients read:  eval "$(dcsim env)"'),
    Command("prove", "dcsim.cli.prove:prove", "Predict a failure, and prove it on a fork of the world."),
    Command("serve", "dcsim.cli.serve:serve", "Run one service alone."),
    Command("version", "dcsim.cli.version:version", "Print the version."),
)

NOUNS: Final = (
    Command("inventory", "dcsim.cli.inventory:app", "The datacenter as a YAML document."),
    Command("inject", "dcsim.cli.inject:app", "Break things in the running datacenter, and mend them."),
    Command("cmdb", "dcsim.cli.cmdb:app", "The graph of the datacenter."),
    Command("bus", "dcsim.cli.bus:app", "What consumers of events could not process."),
    Command("checkpoint", "dcsim.cli.checkpoint:app", "Keep the running world, go back, branch off."),
    Command("clock", "dcsim.cli.clock:app", "The simulated time."),
    Command("images", "dcsim.cli.images:app", "Guest images."),
    Command("config", "dcsim.cli.config:app", "Settings."),
    Command("token", "dcsim.cli.token:app", "Bearer tokens of the REST APIs."),
    Command("tls", "dcsim.cli.tls:app", "Certificates."),
)

SERVICES: Final = {
    "engine": "emulators.service:EngineService",
    "cmdb": "cmdb.service:CmdbService",
    "gateway": "graph.service:GatewayService",
}
"""Every service by name, in the order in which ``dcsim up`` starts them."""
