"""Bodies of requests about servers, by microversion (nova.api.openstack.compute.schemas.servers)."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.compute.parameters import HOSTNAME
from emulators.openstack.compute.servers.grown import Step, grown
from emulators.openstack.schemas import BOOLEAN, METADATA, NAME, POSITIVE, UUID, Schema, closed

TEXT: Final[Schema] = {"type": "string"}
IPV4: Final[Schema] = {"type": "string", "format": "ipv4"}
IPV6: Final[Schema] = {"type": "string", "format": "ipv6"}
TAG: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]*$"}
MAX_TAGS: Final = 50
TAGS: Final[Schema] = {"type": "array", "items": TAG, "maxItems": MAX_TAGS}
FLAVOR_REF: Final[Schema] = {"type": ["string", "integer"], "minLength": 1}
IMAGE_REF: Final[Schema] = {"type": "string", "oneOf": [{"format": "uuid", "minLength": 1}, {"maxLength": 0}]}
DISK_CONFIG: Final[Schema] = {"type": "string", "enum": ["AUTO", "MANUAL"]}
DESCRIPTION: Final[Schema] = {"type": ["string", "null"], "maxLength": 255, "pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"}
NAME_OR_NULL: Final[Schema] = {"type": ["string", "null"], "minLength": 1, "maxLength": 255}
PASSWORD: Final[Schema] = {"type": "string", "maxLength": 4096}
PERSONALITY: Final[Schema] = {"type": "array", "items": closed({"path": TEXT, "contents": TEXT})}
CERTIFICATES: Final[Schema] = {
    "type": ["array", "null"],
    "minItems": 1,
    "maxItems": 50,
    "uniqueItems": True,
    "items": {"type": "string", "minLength": 1},
}
SHORT_HOSTNAME: Final[Schema] = {"type": "string", "minLength": 2, "maxLength": 63, "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$"}
USER_DATA: Final[Schema] = {"type": "string", "format": "base64", "maxLength": 65535}
VOLUME_SIZE: Final[Schema] = {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1, "minLength": 1, "maximum": 0x7FFFFFFF}
HINT_IDS: Final[Schema] = {"type": ["string", "array"], "items": UUID}
HINTS: Final[Schema] = {
    "type": "object",
    "properties": {
        "group": {"oneOf": [{"type": "array", "items": UUID}, UUID]},
        "different_host": {"oneOf": [UUID, {"type": "array", "items": UUID}]},
        "same_host": HINT_IDS,
        "query": {"type": ["string", "object"]},
        "target_cell": NAME,
        "different_cell": {"type": ["string", "array"], "items": TEXT},
        "build_near_host_ip": {"type": "string", "format": "ip"},
        "cidr": {"type": "string", "pattern": "^/[0-9a-f.:]+$"},
    },
    "additionalProperties": True,
}
_LEGACY: Final[dict[str, Any]] = {
    "virtual_name": {"type": "string", "maxLength": 255},
    "volume_id": UUID,
    "snapshot_id": UUID,
    "volume_size": VOLUME_SIZE,
    "device_name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._/-]*$"},
    "delete_on_termination": BOOLEAN,
    "no_device": {},
    "connection_info": {"type": "string", "maxLength": 16777215},
}
_SECOND: Final[dict[str, Any]] = {
    **_LEGACY,
    "source_type": {"type": "string", "enum": ["volume", "image", "snapshot", "blank"]},
    "uuid": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._-]*$"},
    "image_id": UUID,
    "destination_type": {"type": "string", "enum": ["local", "volume"]},
    "guest_format": {"type": "string", "maxLength": 255},
    "device_type": {"type": "string", "maxLength": 255},
    "disk_bus": {"type": "string", "maxLength": 255},
    "boot_index": {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$"},
}


def _devices(**more: Schema) -> dict[str, Schema]:
    return {"block_device_mapping_v2": {"type": "array", "items": closed({**_SECOND, **more})}}


def _networks(uuid: Schema = UUID, *, words: bool = True, **more: Schema) -> dict[str, Schema]:
    port: Schema = {"type": ["string", "null"], "format": "uuid"}
    rows: Schema = {"type": "array", "items": closed({"fixed_ip": {"type": "string", "format": "ip"}, "port": port, "uuid": uuid, **more})}
    return {"networks": {"oneOf": [rows, {"type": "string", "enum": ["none", "auto"]}]} if words else rows}


_CREATE: Final[dict[str, Any]] = {
    "name": NAME,
    "imageRef": IMAGE_REF,
    "flavorRef": FLAVOR_REF,
    "adminPass": PASSWORD,
    "metadata": METADATA,
    **_networks(TEXT, words=False),
    "OS-DCF:diskConfig": DISK_CONFIG,
    "accessIPv4": IPV4,
    "accessIPv6": IPV6,
    "personality": PERSONALITY,
    "availability_zone": NAME,
    "block_device_mapping": {"type": "array", "items": closed(_LEGACY)},
    **_devices(),
    "config_drive": BOOLEAN,
    "key_name": NAME,
    "min_count": POSITIVE,
    "max_count": POSITIVE,
    "return_reservation_id": BOOLEAN,
    "security_groups": {"type": "array", "items": closed({"name": NAME})},
    "user_data": USER_DATA,
}
CREATE: Final = grown(
    "server",
    _CREATE,
    ("name", "flavorRef"),
    Step(19, {"description": DESCRIPTION}),
    Step(32, {**_networks(TEXT, words=False, tag=TAG), **_devices(tag=TAG)}),
    Step(33, {**_devices()}),
    Step(37, _networks(), required=("networks",)),
    Step(42, {**_networks(tag=TAG), **_devices(tag=TAG)}),
    Step(52, {"tags": TAGS}),
    Step(57, gone=("personality",)),
    Step(63, {"trusted_image_certificates": CERTIFICATES}),
    Step(67, _devices(tag=TAG, volume_type={"type": ["string", "null"], "minLength": 0, "maxLength": 255})),
    Step(74, {"host": HOSTNAME, "hypervisor_hostname": HOSTNAME}),
    Step(90, {"hostname": SHORT_HOSTNAME}),
    Step(94, {"hostname": HOSTNAME}),
    beside={"os:scheduler_hints": HINTS, "OS-SCH-HNT:scheduler_hints": HINTS},
)
UPDATE: Final = grown(
    "server",
    {"name": NAME, "OS-DCF:diskConfig": DISK_CONFIG, "accessIPv4": IPV4, "accessIPv6": IPV6},
    (),
    Step(19, {"description": DESCRIPTION}),
    Step(90, {"hostname": SHORT_HOSTNAME}),
    Step(94, {"hostname": HOSTNAME}),
)
REBUILD: Final = grown(
    "",
    {
        "name": NAME,
        "imageRef": UUID,
        "adminPass": PASSWORD,
        "metadata": METADATA,
        "preserve_ephemeral": BOOLEAN,
        "OS-DCF:diskConfig": DISK_CONFIG,
        "accessIPv4": IPV4,
        "accessIPv6": IPV6,
        "personality": PERSONALITY,
    },
    ("imageRef",),
    Step(19, {"description": DESCRIPTION}),
    Step(54, {"key_name": NAME_OR_NULL}),
    Step(57, {"user_data": {**USER_DATA, "type": ["string", "null"]}}, gone=("personality",)),
    Step(63, {"trusted_image_certificates": CERTIFICATES}),
    Step(90, {"hostname": SHORT_HOSTNAME}),
    Step(94, {"hostname": HOSTNAME}),
)
RESIZE: Final = closed({"flavorRef": FLAVOR_REF, "OS-DCF:diskConfig": DISK_CONFIG}, "flavorRef")
CREATE_IMAGE: Final = closed({"name": NAME, "metadata": METADATA}, "name")
REBOOT: Final = closed({"type": {"type": "string", "enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]}}, "type")
ANYTHING: Final[Schema] = {}
"""What Nova takes for the content of ``os-stop`` and its like."""
