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
BY_CLASS: Final[dict[str, dict[str, str]]] = {
    "equipmentLocatorLed": {"adminState": "off", "color": "blue", "operState": "off"},
    "faultInst": {"lc": "", "ack": "no"},
    "lsServer": {
        "assignState": "unassigned",
        "assocState": "unassociated",
        "configState": "not-applied",
        "operState": "unassociated",
        "resolveRemote": "yes",
        "type": "instance",
        "uuid": "derived",
        "uuidSuffix": "0000-000000000000",
    },
    "lsPower": {"softShutdownTimer": "150-secs", "state": "up"},
}
"""Defaults of one class, before the common ones."""
SECRET: Final = frozenset({"encPwd", "encSecret", "password", "privpwd", "pwd", "secret"})
"""Properties that can be set and are never shown again."""
_COMMON: Final[dict[str, tuple[str, ...]]] = {
    "adminAction": ("no-op", "unspecified", "none"),
    "adminActionTrigger": ("idle",),
    "adminPower": ("policy",),
    "adminPowerState": ("policy", "none"),
    "adminState": ("policy", "in-service", "enabled", "enable", "acknowledged", "off", "triggered", "inactive"),
    "availability": ("unavailable",),
    "cdnSource": ("vnic-name",),
    "configState": ("applied", "ok", "N/A"),
    "currentTime": ("1970-01-01T00:00:00.000",),
    "fsmPrev": ("nop",),
    "fsmProgr": ("100",),
    "fsmRmtInvErrCode": ("none",),
    "fsmStamp": ("never", "1970-01-01T00:00:00.000"),
    "fsmStatus": ("nop",),
    "highestSeverity": ("info",),
    "hostPort": ("ANY",),
    "intId": ("none",),
    "lc": ("undiscovered", "available"),
    "lcTs": ("1970-01-01T00:00:00.000",),
    "level": ("root",),
    "licState": ("license-ok",),
    "mfgTime": ("not-applicable",),
    "operQualifierReason": ("N/A",),
    "operState": ("ok", "up", "unknown"),
    "policyOwner": ("local",),
    "prevSeverity": ("info",),
    "purpose": ("general",),
    "revision": ("0",),
    "switchId": ("NONE",),
    "virtualizationPreference": ("NONE",),
}
"""Values of properties of a name, wherever the class allows one of them; the first that it does counts."""
_MODEST: Final = (
    "unspecified", "none", "not-applicable", "n/a", "N/A", "NA", "unknown", "undefined", "default", "no", "false", "disabled", "nop", "ok",
)  # fmt: skip


@cache
def defaults(meta: ClassMeta) -> dict[str, str]:
    """Every property that an object of the class shows, with its value when nothing sets it; not to be changed."""
    own = BY_CLASS.get(meta.id, {})
    return {name: own.get(name, _default(prop)) for name, prop in meta.props.items() if name not in HIDDEN}


def _default(prop: Property) -> str:
    values = prop.restriction.values
    for common in _COMMON.get(prop.name, ()):
        if not values or common in values or (prop.restriction.pattern and prop.name.endswith(("Ts", "Stamp", "Time"))):
            return common
    if values:
        return next((value for value in _MODEST if value in values), "" if prop.restriction.pattern else values[0])
    if prop.type in BOUNDS or prop.type == "float":
        return "0"
    return ""
