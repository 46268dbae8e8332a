"""What a client may know of a VM: what was acknowledged, and what it asked for without hearing how it went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from pyVmomi import vim, vmodl

RENAMED = ".r"
"""Between a VM's first name, by which the books are kept, and what a rename appended."""


@dataclass(frozen=True)
class Facts:
    """One VM as a client sees it."""

    name: str
    annotation: str = ""
    power: str = "poweredOff"
    snapshots: tuple[str, ...] = ()

    def having(self, **changes: Any) -> Facts:
        """The same VM after a change."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Asked:
    """A request without a known end: what holds if it was done; ``task`` once its acceptance was acknowledged."""

    key: str
    before: Facts | None
    after: Facts | None
    task: str = ""


@dataclass
class Books:
    """What one client was told.  ``known`` has every VM of its own by its first name; ``open`` what has not been answered."""

    known: dict[str, Facts] = field(default_factory=dict)
    open: dict[str, Asked] = field(default_factory=dict)
    done: int = 0
    refused: list[str] = field(default_factory=list)

    def ask(self, key: str, after: Facts | None) -> Asked:
        """Note a request before it is sent."""
        asked = Asked(key, self.known.get(key), after)
        self.open[key] = asked
        return asked

    def accepted(self, asked: Asked, task: str) -> Asked:
        """Note that a task was acknowledged."""
        asked = replace(asked, task=task)
        self.open[asked.key] = asked
        return asked

    def succeeded(self, asked: Asked) -> None:
        """Note that it was acknowledged as done."""
        self.done += 1
        self.close(asked.key, asked.after)

    def failed(self, asked: Asked, why: str) -> None:
        """Note that it was refused: nothing has changed."""
        self.refused.append(f"{asked.key}: {why}")
        self.close(asked.key, asked.before)

    def close(self, key: str, facts: Facts | None) -> None:
        """Note what is true of a VM now, and that nothing is asked of it."""
        self.open.pop(key, None)
        if facts is None:
            self.known.pop(key, None)
        else:
            self.known[key] = facts


def key_of(name: str) -> str:
    """The first name of a VM."""
    return name.partition(RENAMED)[0]


PATHS = ["name", "config.annotation", "config.template", "runtime.powerState", "snapshot"]


def read_facts(service: Any) -> list[Facts]:
    """Every VM that is no template, at one moment."""
    rows = [row for _, row in _rows(service, PATHS)]
    return [_facts(row) for row in rows if not row["config.template"]]


def vms_by_key(service: Any) -> dict[str, Any]:
    """{first name: VM} of every VM, at one moment."""
    return {key_of(row["name"]): vm for vm, row in _rows(service, ["name"])}


def _rows(service: Any, paths: list[str]) -> list[tuple[Any, dict[str, Any]]]:
    """Properties of every VM, in one call of the PropertyCollector."""
    content = service.RetrieveContent()
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    collector = vmodl.query.PropertyCollector
    traversal = collector.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=view, skip=True, selectSet=[traversal])],
        propSet=[collector.PropertySpec(type=vim.VirtualMachine, pathSet=paths)],
    )
    rows = [(found.obj, {one.name: one.val for one in found.propSet}) for found in content.propertyCollector.RetrieveContents([spec])]
    view.Destroy()
    return rows


def _facts(row: dict[str, Any]) -> Facts:
    roots = row["snapshot"].rootSnapshotList if "snapshot" in row else []
    return Facts(row["name"], row.get("config.annotation", ""), str(row["runtime.powerState"]), tuple(sorted(_names(roots))))


def _names(trees: Iterable[Any]) -> Iterable[str]:
    for tree in trees:
        yield tree.name
        yield from _names(tree.childSnapshotList)
