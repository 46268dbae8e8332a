"""Which VMs get a container: ``all``, ``none``, a number, or a selector such as ``name=web-*,tag=production,app=shop``."""

from __future__ import annotations

from fnmatch import fnmatchcase

import msgspec

from dcsim.errors import SettingsError
from emulators.machines.port import MachineSpec

TAG_PREFIX = "tag."
"""A VM's tags reach the machines as labels ``tag.<name>``; ``tag=`` matches the name, the value or the ``name:value`` of any."""

FIELDS = ("name", "id", "image")


class Term(msgspec.Struct, frozen=True):
    """One ``field=pattern`` of a selector: ``name``, ``id``, ``image``, any ``tag``, or the tag called ``field``; the pattern is a glob."""

    field: str
    pattern: str

    def matches(self, spec: MachineSpec) -> bool:
        """Whether the machine has such a value."""
        return any(fnmatchcase(value, self.pattern) for value in self._values(spec))

    def _values(self, spec: MachineSpec) -> list[str]:
        if self.field in FIELDS:
            return [str(getattr(spec, self.field))]
        tags = {key.removeprefix(TAG_PREFIX): value for key, value in spec.labels.items() if key.startswith(TAG_PREFIX)}
        pairs = [f"{name}:{value}" for name, value in tags.items()]
        return [*tags, *tags.values(), *pairs] if self.field == "tag" else [tags[self.field]] if self.field in tags else []


class ContainerPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The decision: at most ``limit`` containers (``None``: no bound), for machines that match any term (none: every machine)."""

    limit: int | None = None
    terms: tuple[Term, ...] = ()

    def wants(self, spec: MachineSpec, containers: int) -> bool:
        """Whether a new machine gets a container, when so many machines have one."""
        if self.limit is not None and containers >= self.limit:
            return False
        return not self.terms or any(term.matches(spec) for term in self.terms)


def parse_policy(text: str) -> ContainerPolicy:
    """Read a policy; commas separate alternatives. Raises SettingsError that names what is wrong."""
    word = text.strip()
    if word == "all":
        return ContainerPolicy()
    if word == "none":
        return ContainerPolicy(limit=0)
    if word.isdecimal():
        return ContainerPolicy(limit=int(word))
    return ContainerPolicy(terms=tuple(_term(part.strip()) for part in word.split(",")))


def _term(part: str) -> Term:
    field, equals, pattern = part.partition("=")
    if not (field and equals and pattern):
        raise SettingsError(
            f"{part!r} does not say which machines get containers; write all, none, a number, or name=GLOB, tag=GLOB, TAG=GLOB."
        )
    return Term(field, pattern)
