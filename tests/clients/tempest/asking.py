"""Just enough of OpenStack's APIs to ask a cloud what it has: a token, and JSON in and out."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

DEADLINE = 60


class Answered(Exception):
    """A service answered something other than success; the message has the request, the status and the body."""


class Api:
    """One user's calls.  Addresses come from the catalog of the token."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.region = environment.get("OS_REGION_NAME", "RegionOne")
        self.identity = versioned(environment["OS_AUTH_URL"])
        self.password = environment["OS_PASSWORD"]
        self.username = environment["OS_USERNAME"]
        self.project = environment["OS_PROJECT_NAME"]
        domains = {"id": environment.get("OS_USER_DOMAIN_ID", "default")}, {"id": environment.get("OS_PROJECT_DOMAIN_ID", "default")}
        user = {"name": self.username, "domain": domains[0], "password": self.password}
        asked = {"identity": {"methods": ["password"], "password": {"user": user}}}
        scope = {"project": {"name": self.project, "domain": domains[1]}}
        answer, headers = self._exchange("POST", f"{self.identity}/auth/tokens", {"auth": {**asked, "scope": scope}})
        self.token = headers["x-subject-token"]
        self.catalog = {entry["type"]: public(entry["endpoints"], self.region) for entry in answer["token"]["catalog"]}

    def get(self, service: str, path: str) -> Any:
        """Read something of a service, by its type in the catalog."""
        return self.call("GET", service, path)

    def call(self, method: str, service: str, path: str, body: Any = None, media: str = "application/json") -> Any:
        """Call a service, by its type in the catalog; answers the decoded body, or the bytes of what is not JSON, or None."""
        base = self.identity if service == "identity" else self.catalog[service].rstrip("/")
        return self._exchange(method, f"{base}{path}", body, media)[0]

    def _exchange(self, method: str, url: str, body: Any, media: str = "application/json") -> tuple[Any, dict[str, str]]:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=DEADLINE)
        token = {"X-Auth-Token": self.token} if hasattr(self, "token") else {}
        content = body if body is None or isinstance(body, bytes) else json.dumps(body)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            connection.request(method, path, content, {"Content-Type": media, **token})
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise Answered(f"{method} {url}: {answer.status} {read.decode(errors='replace')}")
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return decoded(read, headers.get("content-type", "")), headers


def decoded(content: bytes, media: str) -> Any:
    """A body by its media type."""
    if not content:
        return None
    return json.loads(content) if media.startswith("application/json") else content


def versioned(auth_url: str) -> str:
    """The address of identity v3, whether or not what one was told says so."""
    base = auth_url.rstrip("/")
    return base if base.endswith("/v3") else f"{base}/v3"


def public(endpoints: list[dict[str, Any]], region: str) -> str:
    """The address of a service that everybody may use, in a region."""
    return next(str(one["url"]) for one in endpoints if one["interface"] == "public" and one["region"] == region)
