"""The running services' REST APIs, as the command line uses them: URLs and tokens are the run state's."""

from __future__ import annotations

import http.client
import json
import os
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlsplit

from dcsim.cli import options
from dcsim.errors import OperationalError

TIMEOUT_SECONDS: Final = 60.0
_ERROR: Final = 400


class EngineClient:
    """Calls one running dc-sim; refusals become OperationalErrors with the problem's own sentence."""

    WHAT: ClassVar[str] = "engine"
    VARIABLE: ClassVar[str] = "DCSIM_URL"
    ROOT: ClassVar[str] = "/sim/"

    def __init__(self, data_dir: Path | None, config: Path | None, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout
        _, _, state = options.running(data_dir, config)
        env = {name: value for endpoint in state.endpoints for name, value in endpoint.env.items()}
        self._url = env.get(self.VARIABLE, "")
        self._token = env.get("DCSIM_TOKEN", "")
        if not self._url:
            raise OperationalError(f"The running dc-sim has no {self.WHAT}; start one with `dcsim up`.")

    def get(self, *path: str) -> Any:
        """The answer to a GET."""
        return self._call("GET", path)

    def post(self, *path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer to a POST."""
        return self._call("POST", path, body)

    def put(self, *path: str, body: dict[str, Any]) -> Any:
        """The answer to a PUT."""
        return self._call("PUT", path, body)

    def delete(self, *path: str) -> None:
        """A DELETE."""
        self._call("DELETE", path)

    def _call(self, method: str, path: tuple[str, ...], body: dict[str, Any] | None = None) -> Any:
        target = self.ROOT + "/".join(quote(part, safe="?=&") for part in path)
        headers = {"Authorization": f"Bearer {self._token}", "User-Agent": f"dcsim-cli/{os.getpid()}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        parts = urlsplit(self._url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self._timeout)
        try:
            connection.request(method, target, json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise OperationalError(f"{self._url} does not answer ({error}); see `dcsim status`.") from error
        finally:
            connection.close()
        decoded = json.loads(answer) if answer else None
        if response.status >= _ERROR:
            raise OperationalError(str((decoded or {}).get("detail") or f"{method} {target} was refused with {response.status}."))
        return decoded


class CmdbClient(EngineClient):
    """The same for the CMDB."""

    WHAT: ClassVar[str] = "CMDB"
    VARIABLE: ClassVar[str] = "DCSIM_CMDB_URL"
    ROOT: ClassVar[str] = "/cmdb/"
