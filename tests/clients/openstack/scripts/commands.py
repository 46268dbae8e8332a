"""Runs openstack commands, each in a process of its own that is forked from this one.

A command spends most of its two seconds importing python-openstackclient and its plugins; here they are imported once.
One line of JSON each: ``{"arguments": [...], "folder": ...}`` comes in, ``{"status": ...}`` goes out when the command has ended, and
what it said is in the files ``stdout`` and ``stderr`` of the folder.
"""

import importlib
import json
import os
import sys
import traceback
from importlib.metadata import entry_points
from pathlib import Path

from openstackclient import shell

PLUGINS = "openstack."
"""What the groups of entry points begin with in which python-openstackclient looks for commands."""


def preload() -> None:
    """Import every command there is; a thread or a connection must not be among what that makes, for they don't survive a fork."""
    found = entry_points()
    for group in found.groups:
        for module in {one.module for one in found.select(group=group) if group.startswith(PLUGINS)}:
            importlib.import_module(module)


def answer(line: str) -> dict[str, int]:
    """Run a command to its end."""
    request = json.loads(line)
    child = os.fork()
    if not child:
        become(request["arguments"], Path(request["folder"]))
    _, ended = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(ended)}


def become(arguments: list[str], folder: Path) -> None:
    """Be the openstack command, as its console script is; never returns."""
    for number, name, flags in ((0, os.devnull, os.O_RDONLY), (1, folder / "stdout", os.O_WRONLY), (2, folder / "stderr", os.O_WRONLY)):
        opened = os.open(name, flags | (os.O_CREAT | os.O_TRUNC if number else 0))
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["openstack", *arguments]
    status: object = 1
    try:
        status = shell.main()
    except SystemExit as left:
        status = left.code
    except BaseException:  # noqa: BLE001 - as the interpreter does with what reaches it
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))


preload()
for asked in sys.stdin:
    sys.stdout.write(json.dumps(answer(asked)) + "\n")
    sys.stdout.flush()
