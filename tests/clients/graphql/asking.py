"""Asking a running datacenter's gateway, as any program does."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.clients.harness import DEADLINE, Datacenter, wait_until


class Graph(NamedTuple):
    """The GraphQL endpoint of a datacenter."""

    datacenter: Datacenter

    def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        """Data and errors."""
        env = self.datacenter.env
        parts = urlsplit(env["DCSIM_GATEWAY_URL"])
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=DEADLINE)
        headers = {"Authorization": f"Bearer {env['DCSIM_TOKEN']}", "Content-Type": "application/json"}
        try:
            connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}), headers)
            found: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return found

    def data(self, query: str, **variables: Any) -> Any:
        """The data of an answer that must have no errors."""
        found = self.answer(query, **variables)
        assert "errors" not in found, found["errors"]
        return found["data"]

    def change(self, mutation: str, shown: str, **given: Any) -> Any:
        """The payload of a mutation with this input, of which *shown* is selected beside its errors."""
        kind = self.input_of(mutation)
        query = f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code message field path }} {shown} }} }}"
        return self.data(query, input=given)[mutation]

    def input_of(self, mutation: str) -> str:
        """The type of a mutation's input."""
        known = {"VirtualMachine": "VirtualMachineActionInput", "Maintenance": "HostMaintenanceInput", "Server": "ServerPowerInput"}
        return next((kind for end, kind in known.items() if mutation.endswith(end)), f"{mutation[0].upper()}{mutation[1:]}Input")

    def one(self, field: str, name: str, shown: str) -> Any:
        """The one of a list that has that name."""
        (found,) = self.data(f"query ($name: String!) {{ {field}(filter: {{name: {{eq: $name}}}}) {{ nodes {{ {shown} }} }} }}", name=name)[
            field
        ]["nodes"]
        return found


def eventually(look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What *look* sees as soon as it is as wanted."""
    seen: list[Any] = []

    def try_once() -> bool:
        seen.append(look())
        return wanted(seen[-1])

    wait_until(try_once, "what the graph shows")
    return seen[-1]


def names(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The names of rows, in order."""
    return [row["name"] for row in rows]
