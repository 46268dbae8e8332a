"""Where the services are: as the settings say, else as they announced themselves in this process."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.errors import NotFound
from dcsim.service import Endpoint


class Directory:
    """REST addresses of the services by the names under which the gateway serves them (``/api/<name>``)."""

    def __init__(self, given: Mapping[str, str], announced: Mapping[str, Endpoint]) -> None:
        """*announced* may still be filled: it is read at each call."""
        self._given = given
        self._announced = announced

    def url(self, name: str) -> str:
        """The service's base URL; raises NotFound."""
        found = self.all().get(name)
        if found is None:
            known = ", ".join(sorted(self.all())) or "none"
            raise NotFound(f"There is no service {name!r} behind this gateway; there are: {known}.", subject=name)
        return found

    def all(self) -> dict[str, str]:
        """Every service with its URL."""
        here = {endpoint.api: endpoint.url for endpoint in self._announced.values() if endpoint.api}
        return here | {name: url.rstrip("/") for name, url in self._given.items()}
