"""Writing an inventory as YAML that a person can edit: one line per VM, host, network ...; defaults left out."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml

from emulators.world.inventory.spec import Inventory

ONE_LINE = frozenset(
    {
        "hardware",
        "hosts",
        "datastores",
        "switches",
        "networks",
        "pools",
        "images",
        "vm_classes",
        "projects",
        "vms",
        "teams",
        "business_services",
    }
)
"""Sections whose items are written on one line each."""
ONE_LINE_INSIDE = frozenset({"chassis", "ha", "drs", "power_feeds", "upstream_switches", "needed"})
"""Keys, inside other sections, whose value or items are."""
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_MAP, _SEQ = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
_TAGS = {str: "tag:yaml.org,2002:str", int: "tag:yaml.org,2002:int", bool: "tag:yaml.org,2002:bool"}
WIDTH = 1_000_000


def dumps(inventory: Inventory, comment: str = "") -> str:
    """The document; ``comment`` stands at its head.  The same inventory gives the same text."""
    data = {"version": inventory.version, **msgspec.to_builtins(inventory)}
    pairs = [(_scalar(key), _section(key, value)) for key, value in data.items()]
    root = yaml.MappingNode(_MAP, pairs, flow_style=False)
    text: str = yaml.serialize(root, Dumper=_DUMPER, width=WIDTH, allow_unicode=True)
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return head + text


def dump_json(inventory: Inventory) -> str:
    """The same document as indented JSON (which is YAML too)."""
    data = {"version": inventory.version, **msgspec.to_builtins(inventory, str_keys=True)}
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"


def _section(name: str, value: Any) -> yaml.Node:
    if not isinstance(value, list | dict):
        return _scalar(value)
    inline = name in ONE_LINE
    if isinstance(value, list):
        return yaml.SequenceNode(_SEQ, [_node(item, inline=inline) for item in value], flow_style=False)
    return yaml.MappingNode(_MAP, [(_scalar(key), _node(item, inline=inline)) for key, item in value.items()], flow_style=False)


def _node(value: Any, *, inline: bool) -> yaml.Node:
    if isinstance(value, dict):
        pairs = [(_scalar(key), _member(key, item, inline=inline)) for key, item in value.items()]
        return yaml.MappingNode(_MAP, pairs, flow_style=inline)
    if isinstance(value, list):
        scalars = not any(isinstance(item, dict | list) for item in value)
        return yaml.SequenceNode(_SEQ, [_node(item, inline=True) for item in value], flow_style=inline or scalars)
    return _scalar(value)


def _member(key: str, value: Any, *, inline: bool) -> yaml.Node:
    if key in ONE_LINE_INSIDE and isinstance(value, list) and not inline:
        return yaml.SequenceNode(_SEQ, [_node(item, inline=True) for item in value], flow_style=False)
    return _node(value, inline=inline or key in ONE_LINE_INSIDE)


def _scalar(value: Any) -> yaml.ScalarNode:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return yaml.ScalarNode(_TAGS[type(value)], text)
