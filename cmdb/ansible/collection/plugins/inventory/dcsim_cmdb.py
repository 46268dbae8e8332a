"""The CMDB of a running dc-sim as an Ansible inventory.  It stands alone: nothing of dc-sim needs to be installed beside Ansible."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

from ansible.errors import AnsibleParserError
from ansible.module_utils.urls import open_url
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

DOCUMENTATION = r"""
name: dcsim_cmdb
short_description: Hosts and groups from the CMDB of a running dc-sim
description:
  - Virtual machines and hypervisors are hosts; what the graph says of each is its variable C(cmdb).
  - Groups are made of classes, clusters, projects, owners, applications, tiers, business services, power states, datacenters and tags.
  - Files that configure it end in C(dcsim.yml), C(dcsim.yaml), C(dcsim_cmdb.yml) or C(dcsim_cmdb.yaml).
author: The dc-sim developers
extends_documentation_fragment:
  - constructed
  - inventory_cache
options:
  plugin:
    description: That it is this plugin.
    required: true
    choices: [dcsim_cmdb, dcsim.cmdb.dcsim_cmdb]
  url:
    description: Where the CMDB listens.
    type: str
    required: true
    env: [{name: DCSIM_CMDB_URL}]
  token:
    description: A token with the scope C(cmdb:read); C(dcsim env) exports one.
    type: str
    required: true
    env: [{name: DCSIM_TOKEN}]
  class:
    description: Only CIs of this class or below it, e.g. C(VirtualMachine).
    type: str
    default: ""
  tag:
    description: Only CIs with this tag.
    type: str
    default: ""
  text:
    description: Only CIs with every word of this text.
    type: str
    default: ""
  filters:
    description: Jinja conditions, all of which must be true of a host, e.g. C(cmdb.attributes.power == 'on').
    type: list
    elements: str
    default: []
  groups_of_the_graph:
    description: Whether the groups that the CMDB makes are wanted, beside those of C(groups) and C(keyed_groups).
    type: bool
    default: true
  timeout:
    description: Seconds that the CMDB may take to begin its answer.
    type: int
    default: 60
"""

EXAMPLES = r"""
# datacenter.dcsim.yml, after: eval "$(dcsim env)"
plugin: dcsim_cmdb
class: VirtualMachine
filters:
  - cmdb.attributes.power == 'on'
keyed_groups:
  - key: cmdb.attributes.guest_id
    prefix: guest
compose:
  ansible_user: "'root'"
"""

ENDINGS = ("dcsim.yml", "dcsim.yaml", "dcsim_cmdb.yml", "dcsim_cmdb.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads the inventory that the CMDB makes, and what its configuration makes of that."""

    NAME = "dcsim_cmdb"

    def verify_file(self, path: str) -> bool:
        """Whether this may be a configuration of ours."""
        return super().verify_file(path) and path.endswith(ENDINGS)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Fill the inventory."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        self._fill(self._cached(path, cache))

    def _cached(self, path: str, cache: bool) -> Any:
        key = self.get_cache_key(path)
        wanted = self.get_option("cache")
        if wanted and cache and key in self._cache:
            return self._cache[key]
        found = self._fetch()
        if wanted:
            self._cache[key] = found
        return found

    def _fetch(self) -> Any:
        asked = {name: self.get_option(name) for name in ("class", "tag", "text") if self.get_option(name)}
        url = f"{self.get_option('url').rstrip('/')}/cmdb/ansible/inventory?{urlencode(asked)}"
        headers = {"Authorization": f"Bearer {self.get_option('token')}"}
        try:
            with open_url(url, headers=headers, timeout=self.get_option("timeout"), http_agent="dcsim-inventory") as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            raise AnsibleParserError(f"The CMDB refuses {url}: {_reason(error)}") from error
        except (URLError, OSError, ValueError) as error:
            raise AnsibleParserError(f"The CMDB at {url} gives no inventory: {error}") from error

    def _fill(self, found: Any) -> None:
        variables = found["_meta"]["hostvars"]
        kept = {host for host, given in variables.items() if self._passes(plain(given))}
        for host in variables:
            if host in kept:
                self._add_host(host, plain(variables[host]))
        if self.get_option("groups_of_the_graph"):
            for group, given in found.items():
                members = sorted(kept.intersection(given.get("hosts", ())))
                if members:
                    self.inventory.add_group(group)
                for host in members:
                    self.inventory.add_child(group, host)

    def _passes(self, given: Any) -> bool:
        return all(self._compose(condition, given) for condition in self.get_option("filters"))

    def _add_host(self, host: str, given: Any) -> None:
        self.inventory.add_host(host)
        for name, value in given.items():
            self.inventory.set_variable(host, name, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), given, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), given, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), given, host, strict=strict)


def plain(value: Any) -> Any:
    """A value of the answer; what is marked in it as unsafe is never evaluated, whatever is written there."""
    if isinstance(value, dict):
        return (
            wrap_var(value["__ansible_unsafe"]) if set(value) == {"__ansible_unsafe"} else {key: plain(one) for key, one in value.items()}
        )
    return [plain(one) for one in value] if isinstance(value, list) else value


def _reason(error: HTTPError) -> str:
    try:
        return json.loads(error.read()).get("detail") or error.reason
    except ValueError:
        return error.reason
