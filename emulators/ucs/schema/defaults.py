"""What a class's properties are when nobody has said otherwise, so that every object is shown with all of them.

A property without an entry here gets what its type suggests: no text, zero, or of its set of values the one that says least.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from emulators.ucs.schema.metadata import ClassMeta, Property
from emulators.ucs.schema.validation import BOUNDS

HIDDEN: Final = frozenset({"childAction", "sacl", "status", "rn", "dn"})
"""Attributes that are not sent along with an object's properties."""
COMMON: Final[dict[str, str]] = {
    "fltAggr": "0",
    "fsmDescr": "",
    "fsmFlags": "",
    "fsmPrev": "nop",
    "fsmProgr": "100",
    "fsmRmtInvErrCode": "none",
    "fsmRmtInvErrDescr": "",
    "fsmRmtInvRslt": "",
    "fsmStageDescr": "",
    "fsmStamp": "never",
    "fsmStatus": "nop",
    "fsmTry": "0",
    "intId": "none",
    "policyLevel": "0",
    "policyOwner": "local",
    "propAcl": "0",
    "type": "",
    "lcTs": "1970-01-01T00:00:00.000",
    "lc": "undiscovered",
    "mfgTime": "not-applicable",
    "operQualifierReason": "N/A",
    "revision": "0",
    "vendor": "",
}
BY_CLASS: Final[dict[str, dict[str, str]]] = {}
"""Defaults of one class, before the common ones."""
_MODEST: Final = (
    "unspecified", "none", "not-applicable", "n/a", "N/A", "NA", "unknown", "undefined", "default", "no", "false", "disabled", "nop",
)  # fmt: skip


@cache
def defaults(meta: ClassMeta) -> dict[str, str]:
    """Every property that an object of the class shows, with its value when nothing sets it; not to be changed."""
    own = BY_CLASS.get(meta.id, {})
    return {name: own.get(name, _default(prop)) for name, prop in meta.props.items() if name not in HIDDEN}


def _default(prop: Property) -> str:
    values = prop.restriction.values
    if prop.name in COMMON and (not values or not COMMON[prop.name] or COMMON[prop.name] in values):
        common = COMMON[prop.name]
        if common or not values:
            return common
    if values:
        return next((value for value in _MODEST if value in values), "" if prop.restriction.pattern else values[0])
    if prop.type in BOUNDS or prop.type == "float" or (prop.restriction.ranges and prop.type != "string"):
        return "0"
    return ""
