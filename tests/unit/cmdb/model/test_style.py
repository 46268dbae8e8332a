"""The style of the Neo4j Browser knows every family of classes and every verb that failures spread over."""

from __future__ import annotations

import re

from cmdb.browser.files import style
from cmdb.model import CLASSES, RELATIONS


def selectors(kind: str) -> set[str]:
    return set(re.findall(rf"^{kind}\.(\w+) ", style(), re.MULTILINE))


def test_every_class_has_the_colour_of_a_label_of_its_own() -> None:
    plain = {name for name, declared in CLASSES.items() if not set(declared.labels[1:]) & selectors("node")} - {"CI"}
    assert not plain


def test_every_verb_that_failures_spread_over_is_drawn() -> None:
    assert {one.name for one in RELATIONS if one.impact.spreads} <= selectors("relationship")


def test_nothing_is_styled_that_is_not_declared() -> None:
    assert selectors("node") <= set(CLASSES)
    assert selectors("relationship") <= {one.name for one in RELATIONS}
