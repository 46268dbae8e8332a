"""The stage of the story: blades with ESXi installed and no identity, a reader of the event stream, and one of Docker's."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from typing import Any

from lxml import etree

from tests.clients.harness import Datacenter, wait_until

INVENTORY = """
sites: [{name: ams1, power_feeds: {A: feed-a, B: feed-b}, upstream_switches: {A: n9k-a, B: n9k-b}}]
hardware: {b200: {memory: 256GiB, dimms: 8, cores_per_socket: 12, disks: [480GiB]}}
ucs_domains:
  - name: ams1-ucs-1
    site: ams1
    address: 10.141.0.4
    chassis:
      - {slot: 1, blades: {1: b200, 2: b200, 3: b200, 4: b200, 5: b200}}
      - {slot: 2, blades: {1: b200, 2: b200, 3: b200, 4: b200}}
arrays: [{name: array-1, site: ams1, luns: {lun-1: 4TiB}}]
clusters:
  - name: prod
    site: ams1
    associated: false
    management: mgmt
    hosts:
      esx-1: ams1-ucs-1/1/1
      esx-2: ams1-ucs-1/1/2
      esx-3: ams1-ucs-1/1/3
      esx-4: ams1-ucs-1/1/4
      esx-5: ams1-ucs-1/2/1
      esx-6: ams1-ucs-1/2/2
      esx-7: ams1-ucs-1/2/3
      esx-8: ams1-ucs-1/2/4
datastores: [{name: vmfs-1, site: ams1, luns: [lun-1], clusters: [prod]}]
networks:
  - {name: mgmt, site: ams1, cidr: 10.141.0.0/24, vlan: 10, clusters: [prod]}
  - {name: app, site: ams1, cidr: 10.141.1.0/24, vlan: 20, clusters: [prod]}
vms:
  - {name: web-1, cluster: prod, host: esx-1, datastore: vmfs-1, networks: [app], disks: [10GiB], memory: 4GiB, power: "off"}
  - {name: web-2, cluster: prod, host: esx-1, datastore: vmfs-1, networks: [app], disks: [10GiB], memory: 4GiB, power: "off"}
  - {name: db-1, cluster: prod, host: esx-2, datastore: vmfs-1, networks: [app], disks: [40GiB], memory: 8GiB, power: "off"}
"""


class Listener:
    """A reader of ucsmsdk's event stream: what it tells of each object, in order."""

    def __init__(self, ucs: Any) -> None:
        self._told: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._lock = threading.Lock()
        self._stream = ucs.post_xml(xml_str=f'<eventSubscribe cookie="{ucs.cookie}"/>'.encode(), read=False)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while line := self._stream.readline():
            vessel = etree.fromstring(self._stream.read(int(line)))
            with self._lock:
                for change in vessel.iterfind(".//inConfig/*"):
                    self._told[str(change.get("dn"))].append({str(name): str(value) for name, value in change.attrib.items()})

    def close(self) -> None:
        """Wait for the end of the stream, which the session's end is."""
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._stream.close()

    def values(self, dn: str, name: str) -> list[str]:
        """The values of a property of an object, in the order told."""
        with self._lock:
            return [one[name] for one in self._told.get(dn, []) if one.get(name)]


class Containers:
    """What Docker itself says of VMs, from now on; where machines are simulated there is nobody to ask, and nothing to find wrong."""

    def __init__(self, datacenter: Datacenter) -> None:
        self._datacenter = datacenter
        self._are_there = "docker" in datacenter.arguments
        self._started: dict[str, str] = {}
        self._since = time.time()

    def require_running(self, names: list[str]) -> None:
        """Each VM is a container that runs."""
        for name in names if self._are_there else ():
            state = self._state(name)
            assert state["Running"], (name, state)
            self._started[name] = state["StartedAt"]
        self._since = time.time()

    def require_killed_and_started_again(self, names: list[str]) -> None:
        """Each VM's container was killed since, not merely told to stop, and one of it runs now that was started after that."""
        for name in names if self._are_there else ():
            told = self._told(name)
            died = next((place for place, one in enumerate(told) if one == ("die", "137")), None)
            assert died is not None, (name, told)
            assert "start" in {action for action, _ in told[died:]}, (name, told)
            state = self._state(name)
            assert state["Running"], (name, state)
            assert state["StartedAt"] > self._started[name]

    def require_on_networks(self, name: str, count: int) -> None:
        """The VM's container is plugged into so many networks, sooner or later."""
        if self._are_there:
            wait_until(lambda: len(self._inspect(name)["NetworkSettings"]["Networks"]) == count, f"{name} is on {count} networks")

    def _state(self, name: str) -> dict[str, Any]:
        state: dict[str, Any] = self._inspect(name)["State"]
        return state

    def _inspect(self, name: str) -> Any:
        found = self._datacenter.docker("ps", "--all", "--quiet", "--filter", f"label=dcsim.name={name}").split()
        assert len(found) == 1, (name, found)
        return json.loads(self._datacenter.docker("inspect", found[0]))[0]

    def _told(self, name: str) -> list[tuple[str, str]]:
        """(action, exit code) of the engine's events about a VM's containers, in order."""
        window = ("--since", f"{self._since:.6f}", "--until", f"{time.time():.6f}")
        shape = ("--format", '{{.Action}} {{index .Actor.Attributes "exitCode"}}')
        lines = self._datacenter.docker("events", *window, "--filter", f"label=dcsim.name={name}", *shape).splitlines()
        return [(one.split()[0], one.split()[1] if len(one.split()) > 1 else "") for one in lines if one]
