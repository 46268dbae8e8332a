"""What a run of Tempest came to, for a list of tests: exact counts, and why each test that did not pass did not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

PASSED = "success"
SKIPPED = "skip"
SETTING_UP = ("setUpClass (", "tearDownClass (")


class Outcome(NamedTuple):
    """How one test ended: ``status`` is success, skip, fail, or absent; ``why`` a skip's reason or a failure's traceback."""

    name: str
    status: str
    why: str = ""
    seconds: float = 0.0

    @property
    def reason(self) -> str:
        """Why it did not pass, in one line."""
        lines = [line.strip() for line in self.why.strip().splitlines() if line.strip()]
        return lines[-1][:300] if lines else self.status


class Report:
    """The outcomes of a run, by test.  A class that could not be set up, or not be taken down, speaks for all its tests.

    ``seconds``: how long the run took by the clock on the wall.
    """

    def __init__(self, told: Iterable[Mapping[str, Any]], seconds: float = 0.0) -> None:
        self.seconds = seconds
        outcomes = [Outcome(plain(one["name"]), one["status"], one["why"], one["seconds"]) for one in told]
        self._tests = {one.name: one for one in outcomes if not one.name.startswith(SETTING_UP)}
        self._classes = {of_class(one.name): one for one in outcomes if one.name.startswith(SETTING_UP) and one.status != PASSED}

    @property
    def names(self) -> tuple[str, ...]:
        """All tests that were run."""
        return tuple(sorted(self._tests))

    def of(self, name: str) -> Outcome:
        """How a test ended."""
        class_ = self._classes.get(name.rpartition(".")[0])
        test = self._tests.get(name)
        if class_ is not None and (test is None or test.status == PASSED):
            return class_._replace(name=name)
        return test or Outcome(name, "absent", "Tempest ran no such test")

    def not_passed(self, names: Iterable[str]) -> dict[str, str]:
        """Those of some tests that did not pass, each with its reason."""
        outcomes = map(self.of, names)
        return {one.name: f"{one.status}: {one.reason}" for one in outcomes if one.status != PASSED}

    def summary(self, names: Iterable[str]) -> str:
        """Counts of some tests, and the sum of the seconds that they took."""
        outcomes = [self.of(name) for name in names]
        statuses = [one.status for one in outcomes]
        counts = {kind: statuses.count(kind) for kind in (PASSED, "fail", SKIPPED, "absent")}
        told = f"{counts.pop(PASSED)} of {len(outcomes)} passed"
        others = "".join(f", {count} {kind}" for kind, count in counts.items() if count)
        return f"{told}{others}; {sum(one.seconds for one in outcomes):.0f} s of tests in {self.seconds:.0f} s"

    def slowest(self, count: int) -> list[Outcome]:
        """The tests that took longest."""
        return sorted(self._tests.values(), key=lambda one: -one.seconds)[:count]


def plain(name: str) -> str:
    """A test's name without its id and tags."""
    return name.partition("[")[0]


def of_class(name: str) -> str:
    """The class that ``setUpClass (…)`` is about."""
    return name.partition("(")[2].rstrip(")")
