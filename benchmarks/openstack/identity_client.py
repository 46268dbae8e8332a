"""Logins and validations of tokens, against dc-sim's Keystone and a real one alike."""

from __future__ import annotations

import http.client
import json
from typing import Any, Final

LOGIN: Final[dict[str, Any]] = {
    "identity": {"methods": ["password"], "password": {"user": {"name": "admin", "domain": {"id": "default"}}}},
    "scope": {"project": {"name": "admin", "domain": {"id": "default"}}},
}


class Keystone:
    """One connection to a Keystone at ``path`` (such as ``/v3``) of a port of this machine."""

    def __init__(self, port: int, path: str, password: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._path = path
        body = json.loads(json.dumps({"auth": LOGIN}))
        body["auth"]["identity"]["password"]["user"]["password"] = password
        self._login = json.dumps(body).encode()
        self.token = ""

    def login(self) -> str:
        """A new token of the administrator in their project, by password."""
        self._connection.request("POST", f"{self._path}/auth/tokens", self._login, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 201:
            raise RuntimeError(f"login: {answer.status}")
        self.token = answer.headers["X-Subject-Token"]
        return self.token

    def validate(self) -> int:
        """Ask what the token says; how many bytes that is."""
        self._connection.request("GET", f"{self._path}/auth/tokens", headers={"X-Auth-Token": self.token, "X-Subject-Token": self.token})
        answer = self._connection.getresponse()
        size = len(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"validate: {answer.status}")
        return size

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
