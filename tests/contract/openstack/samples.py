"""The services' own samples by operation, and what of an answer is not as a sample has it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import SAMPLES
from tests.contract.openstack.oracle import asked
from tests.contract.openstack.sample_table import ACTIONS, NAMED, RESOURCES, Named, Resource

FOLDER = SAMPLES / "openstack"
VERSION = re.compile(r"(?:^|/)v(\d+\.\d+)(?:/|$)|-(\d\.\d+)\.json$|-(?:req|resp|request|response)-v(\d)(\d+)\.json$")


class Sample(NamedTuple):
    """One sample: ``kind`` is body or response, ``version`` the microversion from which it holds (None: the first, or there are none)."""

    file: str
    kind: str
    version: tuple[int, int] | None
    content: Any


class Place(NamedTuple):
    """An operation: service, method, path without its parameters' names, action."""

    service: str
    method: str
    path: str
    action: str = ""


def of(service: str, method: str, path: str, action: str = "") -> tuple[Sample, ...]:
    """The samples of an operation; nothing where there are none, or no samples beside the checkout."""
    return tuple(index().get(Place(service, method, asked.nameless(path), action), ()))


@cache
def index() -> dict[Place, list[Sample]]:
    """All samples that belong to a known operation."""
    found: defaultdict[Place, list[Sample]] = defaultdict(list)
    for named in (*NAMED, *(one for resource in RESOURCES for one in habits(resource))):
        place = Place(named.service, named.method, asked.nameless(named.path), named.action)
        found[place] += [sample(named.service, path, named.kind) for path in files(named.service, named.pattern)]
    for service, at, pattern in ACTIONS:
        for action, one in actions(service, at, pattern):
            found[Place(service, "POST", asked.nameless(at), action)].append(one)
    return dict(found)


def habits(resource: Resource) -> Iterator[Named]:
    """What a resource's samples are called."""
    service, folder, path, one, many, change = resource
    member = f"{path}/{{id}}"
    for method, where, verb in (("POST", path, "create"), (change, member, "update")):
        yield Named(service, method, where, "body", f"{folder}/*{one}-{verb}-request.json")
        yield Named(service, method, where, "response", f"{folder}/*{one}-{verb}-response.json")
    yield Named(service, "GET", member, "response", f"{folder}/*{one}-show-response.json")
    yield Named(service, "GET", path, "response", f"{folder}/*{many}-list-response.json")
    yield Named(service, "GET", f"{path}/detail", "response", f"{folder}/*{many}-list-detailed-response.json")


def files(service: str, pattern: str) -> list[Path]:
    """Samples of a pattern, in which a star before the name stands for a folder of a microversion or nothing."""
    folder, _, name = pattern.rpartition("/")
    base = FOLDER / service / folder
    exact = name.removeprefix("*")
    return sorted(path for path in base.rglob(exact) if len(path.relative_to(base).parts) <= (2 if name.startswith("*") else 1))


def actions(service: str, at: str, pattern: str) -> Iterator[tuple[str, Sample]]:
    """Samples whose only key is an action of a path, with that action."""
    names = {one.action for one in asked.schemas(service) if one.kind == "body" and asked.nameless(one.path) == asked.nameless(at)}
    versioned = pattern.replace("*/", "*/v*/")
    for path in sorted({*(FOLDER / service).glob(pattern), *(FOLDER / service).glob(versioned)}):
        one = sample(service, path, "body")
        keys = list(one.content) if isinstance(one.content, dict) else []
        if len(keys) == 1 and keys[0] in names and not path.stem.endswith("resp"):
            yield keys[0], one


def sample(service: str, path: Path, kind: str) -> Sample:
    """A sample from its file."""
    name = path.relative_to(FOLDER / service).as_posix()
    return Sample(f"{service}/{name}", kind, version(name), json.loads(path.read_text()))


def version(name: str) -> tuple[int, int] | None:
    """The microversion that a sample's path names: ``servers/v2.47/…``, ``…-1.38.json`` or ``…-req-v257.json``."""
    found = VERSION.search(name)
    if found is None:
        return None
    folder, suffix, major, minor = found.groups()
    return asked.number(folder or suffix or f"{major}.{minor}")


def misshapen(sample_value: Any, answer: Any, where: str = "") -> list[str]:
    """What of an answer is not as a sample has it: keys that only one has, and values of another type.

    null may stand for anything; of a list, every item is held to the sample's first.
    """
    if isinstance(sample_value, dict) and isinstance(answer, dict):
        only = [f"{where}.{key}: missing" for key in sample_value.keys() - answer.keys()]
        only += [f"{where}.{key}: unknown" for key in answer.keys() - sample_value.keys()]
        both = (misshapen(sample_value[key], answer[key], f"{where}.{key}") for key in sample_value.keys() & answer.keys())
        return sorted([*only, *(one for some in both for one in some)])
    if isinstance(sample_value, list) and isinstance(answer, list):
        return [one for item in answer for one in misshapen(sample_value[0], item, f"{where}[]")] if sample_value else []
    if sample_value is None or answer is None or kind_of(sample_value) == kind_of(answer):
        return []
    return [f"{where}: {kind_of(answer)}, not {kind_of(sample_value)}"]


def kind_of(value: Any) -> str:
    """JSON's word for a value's type; whole numbers are numbers."""
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return kinds[type(value)]
