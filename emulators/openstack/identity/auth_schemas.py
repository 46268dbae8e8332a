"""The body that a token is asked for with (Keystone's own schema of it)."""

from __future__ import annotations

from typing import Any, Final

_ID: Final = {"type": "string"}
_DOMAIN: Final[dict[str, Any]] = {"type": "object", "properties": {"id": _ID, "name": _ID}}
_USER: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"id": _ID, "name": _ID, "password": {"type": "string"}, "passcode": {"type": "string"}, "domain": _DOMAIN},
}
TOKEN_ISSUE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "auth": {
            "type": "object",
            "properties": {
                "identity": {
                    "type": "object",
                    "properties": {
                        "methods": {"type": "array", "items": {"type": "string"}},
                        "password": {"type": "object", "properties": {"user": _USER}},
                        "token": {"type": "object", "properties": {"id": _ID}, "required": ["id"]},
                        "application_credential": {
                            "type": "object",
                            "properties": {"id": _ID, "name": _ID, "secret": {"type": "string"}, "user": _USER},
                        },
                    },
                    "required": ["methods"],
                },
                "scope": {
                    "type": ["object", "string"],
                    "properties": {
                        "project": {"type": "object", "properties": {"id": _ID, "name": _ID, "domain": _DOMAIN}},
                        "domain": _DOMAIN,
                        "system": {"type": "object", "properties": {"all": {"type": "boolean"}}},
                        "OS-TRUST:trust": {"type": "object", "properties": {"id": _ID}},
                    },
                },
            },
            "required": ["identity"],
        }
    },
    "required": ["auth"],
}
