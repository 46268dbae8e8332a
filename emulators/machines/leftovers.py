"""What an ended Docker engine leaves on the host: interfaces of its networks, and the packet filter's rules about them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from emulators.machines.commands import run

INTERFACES: Final = Path("/sys/class/net")
DEADLINE_SECONDS: Final = 15.0
_INTERFACE: Final = re.compile(r"(?<=-[io] )\S+")


async def remove_bridges(names: Collection[str]) -> None:
    """Take an ended engine's interfaces away, and their routes and rules with them; it makes them anew when it starts again."""
    if shutil.which("ip") is not None:
        for name in names:
            if (INTERFACES / name).exists():
                await run("ip", "link", "delete", name, deadline=DEADLINE_SECONDS)
    if names and shutil.which("iptables-save") is not None:
        kept = (await run("iptables-save", deadline=DEADLINE_SECONDS)).decode()
        if orders := "".join(f"{line}\n" for line in removals(kept, names)):
            await run("iptables-restore", "--noflush", "--wait", stdin=orders.encode(), deadline=DEADLINE_SECONDS)


def removals(kept: str, names: Collection[str]) -> Iterator[str]:
    """What tells iptables-restore to forget every rule about these interfaces, given what iptables-save says."""
    table, begun = "", False
    for line in kept.splitlines():
        if line.startswith("*"):
            table, begun = line, False
        elif line == "COMMIT" and begun:
            yield line
        elif line.startswith("-A ") and any(name in names for name in _INTERFACE.findall(line)):
            if not begun:
                yield table
                begun = True
            yield f"-D {line.removeprefix('-A ')}"
