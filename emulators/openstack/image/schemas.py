"""What an image may be, as Glance tells it at ``/v2/schemas/image``: the schema that requests are checked against, too."""

from __future__ import annotations

from typing import Any, Final

CONTAINER_FORMATS: Final = ("ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed")
DISK_FORMATS: Final = ("ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop", "gpt")
VISIBILITIES: Final = ("community", "public", "private", "shared")
STATUSES: Final = ("queued", "saving", "active", "killed", "deleted", "uploading", "importing", "pending_delete", "deactivated")
UUID_PATTERN: Final = "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"
MAX_INT: Final = 0x7FFFFFFF


def _text(description: str, *, read_only: bool = False, longest: int = 0, null: bool = False) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": ["null", "string"] if null else "string", "description": description}
    if longest:
        schema["maxLength"] = longest
    return schema | ({"readOnly": True} if read_only else {})


def _extra(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, "is_base": False, **more}


PROPERTIES: Final[dict[str, Any]] = {
    "id": {"type": "string", "description": "An identifier for the image", "pattern": UUID_PATTERN},
    "name": _text("Descriptive name for the image", longest=255, null=True),
    "status": {"type": "string", "readOnly": True, "description": "Status of the image", "enum": list(STATUSES)},
    "visibility": {"type": "string", "description": "Scope of image accessibility", "enum": list(VISIBILITIES)},
    "protected": {"type": "boolean", "description": "If true, image will not be deletable."},
    "os_hidden": {"type": "boolean", "description": "If true, image will not appear in default image list response."},
    "checksum": _text("md5 hash of image contents.", read_only=True, longest=32, null=True),
    "os_hash_algo": _text("Algorithm to calculate the os_hash_value", read_only=True, longest=64, null=True),
    "os_hash_value": _text("Hexdigest of the image contents using the algorithm specified", read_only=True, longest=128, null=True),
    "owner": _text("Owner of the image", longest=255, null=True),
    "size": {"type": ["null", "integer"], "readOnly": True, "description": "Size of image file in bytes"},
    "virtual_size": {"type": ["null", "integer"], "readOnly": True, "description": "Virtual size of image in bytes"},
    "container_format": {
        "type": ["null", "string"],
        "description": "Format of the container",
        "enum": [None, *CONTAINER_FORMATS],
    },
    "disk_format": {"type": ["null", "string"], "description": "Format of the disk", "enum": [None, *DISK_FORMATS]},
    "created_at": _text("Date and time of image registration", read_only=True),
    "updated_at": _text("Date and time of the last image modification", read_only=True),
    "tags": {
        "type": "array",
        "description": "List of strings related to the image",
        "items": {"type": "string", "maxLength": 255},
    },
    "direct_url": _text("URL to access the image file kept in external store", read_only=True),
    "min_ram": {
        "type": "integer",
        "description": "Amount of ram (in MB) required to boot image.",
        "minimum": 0,
        "maximum": MAX_INT,
    },
    "min_disk": {
        "type": "integer",
        "description": "Amount of disk space (in GB) required to boot image.",
        "minimum": 0,
        "maximum": MAX_INT,
    },
    "self": _text("An image self url", read_only=True),
    "file": _text("An image file url", read_only=True),
    "stores": _text("Store in which image data resides.  Only present when the operator has enabled multiple stores.", read_only=True),
    "schema": _text("An image schema url", read_only=True),
    "locations": {
        "type": "array",
        "description": "A set of URLs to access the image file kept in external store",
        "items": {
            "type": "object",
            "properties": {"url": {"type": "string", "maxLength": 255}, "metadata": {"type": "object"}},
            "required": ["url", "metadata"],
        },
    },
    "architecture": _extra("Operating system architecture"),
    "instance_uuid": _extra("Metadata which can be used to record which instance this image is associated with."),
    "kernel_id": _extra(
        "ID of image stored in Glance that should be used as the kernel when booting an AMI-style image.",
        type=["null", "string"],
        pattern=UUID_PATTERN,
    ),
    "os_distro": _extra("Common name of operating system distribution"),
    "os_version": _extra("Operating system version as specified by the distributor."),
    "ramdisk_id": _extra(
        "ID of image stored in Glance that should be used as the ramdisk when booting an AMI-style image.",
        type=["null", "string"],
        pattern=UUID_PATTERN,
    ),
    "description": _extra("A human-readable string describing this image."),
}
IMAGE: Final[dict[str, Any]] = {
    "name": "image",
    "properties": PROPERTIES,
    "additionalProperties": {"type": "string"},
    "links": [
        {"rel": "self", "href": "{self}"},
        {"rel": "enclosure", "href": "{file}"},
        {"rel": "describedby", "href": "{schema}"},
    ],
}
MEMBER: Final[dict[str, Any]] = {
    "name": "member",
    "properties": {
        "created_at": _text("Date and time of image member creation"),
        "image_id": {"type": "string", "description": "An identifier for the image", "pattern": UUID_PATTERN},
        "member_id": _text("An identifier for the image member (tenantId)"),
        "schema": _text("The schema of a member", read_only=True),
        "status": {"type": "string", "description": "The status of this image member", "enum": ["pending", "accepted", "rejected"]},
        "updated_at": _text("Date and time of last modification of image member"),
    },
}
TASK: Final[dict[str, Any]] = {
    "name": "task",
    "properties": {
        "id": {"type": "string", "description": "An identifier for the task", "pattern": UUID_PATTERN},
        "type": {
            "type": "string",
            "description": "The type of task represented by this content",
            "enum": ["import", "api_image_import", "location_import"],
        },
        "status": {
            "type": "string",
            "description": "The current status of this task",
            "enum": ["pending", "processing", "success", "failure"],
        },
        "input": {"type": ["null", "object"], "description": "The parameters required by task, JSON blob"},
        "result": {"type": ["null", "object"], "description": "The result of current task, JSON blob"},
        "owner": _text("An identifier for the owner of this task"),
        "message": _text("Human-readable informative message only included when appropriate (usually on failure)"),
        "image_id": _text("Image associated with the task"),
        "request_id": _text("Human-readable informative request-id"),
        "user_id": _text("User associated with the task"),
        "expires_at": _text("Datetime when this resource would be subject to removal", null=True),
        "created_at": _text("Datetime when this resource was created"),
        "updated_at": _text("Datetime when this resource was updated"),
        "self": _text("The resource's own address", read_only=True),
        "schema": _text("The schema of a task", read_only=True),
    },
}


def collection(name: str, item: dict[str, Any]) -> dict[str, Any]:
    """The schema of a list."""
    return {
        "name": name,
        "properties": {
            name: {"type": "array", "items": item},
            "first": {"type": "string"},
            "next": {"type": "string"},
            "schema": {"type": "string"},
        },
        "links": [
            {"rel": "first", "href": "{first}"},
            {"rel": "next", "href": "{next}"},
            {"rel": "describedby", "href": "{schema}"},
        ],
    }


SCHEMAS: Final[dict[str, Any]] = {
    "image": IMAGE,
    "images": collection("images", IMAGE),
    "member": MEMBER,
    "members": collection("members", MEMBER),
    "task": TASK,
    "tasks": collection("tasks", TASK),
}
REQUEST: Final[dict[str, Any]] = {
    "type": "object",
    "properties": PROPERTIES,
    "patternProperties": {"^.{256,}$": {"not": {}}},
    "additionalProperties": {"type": "string", "maxLength": 65535},
}
"""A body that makes an image."""
PARTIAL: Final[dict[str, Any]] = {
    "type": "object",
    "properties": PROPERTIES,
    "additionalProperties": {"type": "string", "maxLength": 65535},
}
"""What a patch sets."""
