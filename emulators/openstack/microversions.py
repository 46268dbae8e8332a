"""Microversions: what a client may ask for, what it gets, and how both sides say so in headers.

Source: the API SIG's microversion specification, and the services' own headers (``X-OpenStack-Nova-API-Version``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from emulators.openstack.faults import Fault

HEADER: Final = "OpenStack-API-Version"
_FORM: Final = re.compile(r"([1-9][0-9]*)\.(0|[1-9][0-9]*)")


class Version(NamedTuple):
    """A microversion."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


def parse(text: str) -> Version:
    """``2.53`` as a version; ValueError for anything else."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return Version(int(found[1]), int(found[2]))


class Range(NamedTuple):
    """From one version to another, both included."""

    lowest: Version
    highest: Version

    def __contains__(self, version: object) -> bool:
        return isinstance(version, Version) and self.lowest <= version <= self.highest


ALWAYS: Final = Range(Version(0, 0), Version(1_000_000, 0))


def span(text: str) -> Range:
    """``2.1-2.35``, ``2.36-`` or ``-2.35`` as a range; empty means every version."""
    low, _, high = text.partition("-")
    return Range(parse(low) if low else ALWAYS.lowest, parse(high) if high else ALWAYS.highest)


@dataclass(frozen=True, slots=True)
class Microversions:
    """The microversions of a service: its word in the common header, its range, and the header it had before that."""

    word: str
    lowest: Version
    highest: Version
    legacy_header: str = ""

    def asked(self, headers: Mapping[str, str]) -> Version:
        """The version that a request is to be answered in; raises Fault 400 for a malformed one, 406 for one that is not there."""
        text = self._wanted(headers)
        if not text:
            return self.lowest
        if text == "latest":
            return self.highest
        try:
            version = parse(text)
        except ValueError as error:
            raise Fault(400, f"API Version String {text} is of invalid format. Must be of format MajorNum.MinorNum.") from error
        if not self.lowest <= version <= self.highest:
            raise Fault(
                406,
                f"Version {text} is not supported by the API. Minimum is {self.lowest} and maximum is {self.highest}.",
            )
        return version

    def _wanted(self, headers: Mapping[str, str]) -> str:
        for part in headers.get(HEADER, "").split(","):
            word, _, version = part.strip().partition(" ")
            if word.lower() == self.word:
                return version.strip().lower()
        return headers.get(self.legacy_header, "").strip().lower() if self.legacy_header else ""

    def told(self, version: Version) -> dict[str, str]:
        """The headers that say which version an answer is in."""
        headers = {HEADER: f"{self.word} {version}", "Vary": HEADER}
        if self.legacy_header:
            headers[self.legacy_header] = str(version)
            headers["Vary"] = f"{HEADER}, {self.legacy_header}"
        return headers
