"""Which packets a container may send and receive: rules of the kernel's packet filter in its network namespace.

The engine has no call for it.  Where the engine is on this machine, its namespaces are files here and we are root, `nsenter` and
`iptables-restore` do it; elsewhere containers pass everything, which `Filters.set` says.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from dcsim.errors import MachineError
from emulators.machines.commands import run
from emulators.machines.docker.endpoint import Endpoint
from emulators.machines.docker.observe import ContainerInfo
from emulators.machines.port import CardFilter, PacketRule

SECONDS: Final = 10.0
PORTS: Final = frozenset({6, 17, 33, 132, 136})
"""Protocols with ports: TCP, UDP, DCCP, SCTP, UDP-Lite."""
ICMP: Final = 1
ANYWHERE: Final = "0.0.0.0/0"


class Filters:
    """The filters of one engine's containers."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._enter = shutil.which("nsenter") or ""
        self._restore = shutil.which("iptables-restore") or ""
        self._possible = endpoint.local and os.geteuid() == 0 and bool(self._enter and self._restore)

    async def set(self, info: ContainerInfo, cards: tuple[CardFilter, ...]) -> bool:
        """Replace the container's filter; False when it can't be done here. Raises MachineError when it does not run, or fails."""
        namespace = info.NetworkSettings.SandboxKey
        if not namespace or info.State.Status not in {"running", "paused"}:
            raise MachineError(f"The container {info.Name} does not run, so its packets can't be filtered; start it first.")
        if not self.possible(namespace):
            return False
        await self._run(namespace, "\n".join(table(cards)) + "\n", info.Name)
        return True

    def possible(self, namespace: str) -> bool:
        """Whether a container's network namespace can be entered from here."""
        return self._possible and Path(namespace).exists()

    async def _run(self, namespace: str, rules: str, name: str) -> None:
        try:
            await run(self._enter, f"--net={namespace}", self._restore, "--wait", stdin=rules.encode(), deadline=SECONDS)
        except MachineError as error:
            raise MachineError(f"The packets of {name} can't be filtered: {error.message}") from error


def table(cards: Iterable[CardFilter]) -> Iterator[str]:
    """The filter as `iptables-restore` reads it: answers pass, then what a rule lets through, and nothing else at these addresses."""
    yield "*filter"
    yield from (":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]")
    yield "-A INPUT -i lo -j ACCEPT"
    yield "-A OUTPUT -o lo -j ACCEPT"
    for chain in ("INPUT", "OUTPUT"):
        yield f"-A {chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    for card in cards:
        for address in card.addresses:
            for rule in card.rules:
                yield from _lines(address, rule)
            yield f"-A INPUT -d {address}/32 -j DROP"
            yield f"-A OUTPUT -s {address}/32 -j DROP"
    yield "COMMIT"


def _lines(address: str, rule: PacketRule) -> Iterator[str]:
    chain, own, other = ("INPUT", "-d", "-s") if rule.inbound else ("OUTPUT", "-s", "-d")
    for remote in (ANYWHERE,) if rule.remotes is None else rule.remotes:
        end = "" if remote == ANYWHERE else f" {other} {remote}"
        yield f"-A {chain} {own} {address}/32{end}{_what(rule)} -j ACCEPT"


def _what(rule: PacketRule) -> str:
    """Protocol and ports, or type and code."""
    if rule.protocol < 0:
        return ""
    said = f" -p {rule.protocol}"
    if rule.protocol in PORTS and rule.low >= 0:
        return (
            f"{said} --dport {rule.low}:{rule.high}" if rule.protocol in {6, 17} else f"{said} -m multiport --dports {rule.low}:{rule.high}"
        )
    if rule.protocol == ICMP and rule.low >= 0:
        return f"{said} -m icmp --icmp-type {rule.low}" + (f"/{rule.high}" if rule.high >= 0 else "")
    return said
