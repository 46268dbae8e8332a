"""The running CMDB's REST API, as the command line uses it: answers are read a piece at a time."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

from dcsim.cli import options
from dcsim.errors import OperationalError

TIMEOUT_SECONDS: Final = 60.0
PIECE: Final = 1 << 16
_ERROR: Final = 400


class CmdbClient:
    """Calls the CMDB of DCSIM_CMDB_URL and DCSIM_TOKEN, else that of the dc-sim that runs here."""

    def __init__(self, data_dir: Path | None, config: Path | None) -> None:
        self._url, self._token = os.environ.get("DCSIM_CMDB_URL", ""), os.environ.get("DCSIM_TOKEN", "")
        if data_dir is not None or config is not None or not (self._url and self._token):
            _, _, state = options.running(data_dir, config)
            env = {name: value for endpoint in state.endpoints for name, value in endpoint.env.items()}
            self._url, self._token = env.get("DCSIM_CMDB_URL", ""), env.get("DCSIM_TOKEN", "")
        if not self._url:
            raise OperationalError("The running dc-sim has no CMDB; start one with `dcsim up`.")

    def read(self, path: str, query: Mapping[str, str]) -> Iterator[bytes]:
        """The answer to a GET, in pieces.  Raises OperationalError, with the problem's own sentence for a refusal."""
        parts = urlsplit(self._url)
        target = f"{path}?{urlencode({name: value for name, value in query.items() if value})}"
        headers = {"Authorization": f"Bearer {self._token}", "User-Agent": f"dcsim-cli/{os.getpid()}"}
        try:
            with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)) as connection:
                connection.request("GET", target, headers=headers)
                response = connection.getresponse()
                if response.status >= _ERROR:
                    raise OperationalError(_reason(response.read()) or f"GET {target} was refused with {response.status}.")
                while piece := response.read(PIECE):
                    yield piece
        except http.client.IncompleteRead as error:
            raise OperationalError("The CMDB broke off in the middle of its answer; its log has the cause. Try again.") from error
        except (OSError, http.client.HTTPException) as error:
            raise OperationalError(f"{self._url} does not answer ({error}); see `dcsim status`.") from error


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body).get("detail") or "")
    except ValueError:
        return ""
