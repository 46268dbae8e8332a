"""The real Ansible with the graph as its inventory: by the plugin, by the collection, by the script."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.ansible.environment import DEADLINE, VENV, environment, installed
from tests.clients.cmdb.test_rest import call, filled, items
from tests.clients.harness import ROOT, Datacenter

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PYTHON = f"ansible_python_interpreter={VENV}/bin/python"
CONFIGURATION = """
plugin: dcsim_cmdb
class: VirtualMachine
filters: ["cmdb.attributes.power == 'on'"]
keyed_groups: [{key: cmdb.attributes.guest_id, prefix: guest}]
compose: {memory_gib: cmdb.attributes.memory_bytes // 1073741824}
groups: {vital: "'Payments' in cmdb.services"}
"""
PLAY = """
- hosts: app_payments
  gather_facts: false
  tasks:
    - {name: ping, ansible.builtin.ping: {}}
    - {name: where, ansible.builtin.debug: {msg: "{{ cmdb.name }} on {{ cmdb.host }} in {{ cmdb.cluster }}"}}
"""


class Ansible:
    """Its commands, with the variables that `dcsim env` prints."""

    def __init__(self, datacenter: Datacenter, folder: Path) -> None:
        installed()
        filled(datacenter)
        self._datacenter, self._folder = datacenter, folder
        self.file = folder / "dc.dcsim.yml"
        self.file.write_text(CONFIGURATION)
        self.script = folder / "inventory"
        self.script.write_text(f'#!/bin/sh\ncd {ROOT}\nexec {sys.executable} -m dcsim.cli.main cmdb inventory "$@"\n')
        self.script.chmod(0o755)

    def run(self, command: str, *arguments: str, refused: bool = False, **variables: str) -> str:
        """Run a command to its end; answers what it prints."""
        plugins = self._datacenter.dcsim("cmdb", "inventory-plugin").strip()
        ours = {**self._datacenter.env, "ANSIBLE_INVENTORY_PLUGINS": plugins, "ANSIBLE_INVENTORY_ENABLED": "dcsim_cmdb,script,auto"}
        done = subprocess.run(
            [str(VENV / "bin" / command), *arguments], cwd=self._folder, env={**environment(self._folder), **ours, **variables},
            capture_output=True, text=True, timeout=DEADLINE, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert (done.returncode != 0) == refused, f"{done.stdout}\n{done.stderr}"
        return done.stderr if refused else done.stdout

    def listed(self, source: Path, **variables: str) -> dict[str, Any]:
        """Return what ansible-inventory makes of a source."""
        found: dict[str, Any] = unmarked(json.loads(self.run("ansible-inventory", "-i", str(source), "--list", refused=False, **variables)))
        return found


def unmarked(value: Any) -> Any:
    """Return what is printed without the marks that Ansible puts to every text that a plugin gives it."""
    if isinstance(value, dict):
        return value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else {key: unmarked(one) for key, one in value.items()}
    return [unmarked(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
def ansible(simulated: Datacenter, tmp_path: Path) -> Ansible:
    """Return Ansible over the shared datacenter."""
    return Ansible(simulated, tmp_path)


def running(datacenter: Datacenter) -> set[str]:
    """Return the names of all VMs that are on."""
    return {one["name"] for one in items(datacenter, "class=VirtualMachine&limit=1000") if one["attributes"]["power"] == "on"}


def test_the_plugin_has_the_hosts_that_pass_and_groups_of_its_own(ansible: Ansible, simulated: Datacenter) -> None:
    found = ansible.listed(ansible.file)
    variables = found["_meta"]["hostvars"]
    assert set(variables) == running(simulated)
    assert all(one["memory_gib"] == one["cmdb"]["attributes"]["memory_bytes"] >> 30 for one in variables.values())
    vital = {name for name, one in variables.items() if "Payments" in one["cmdb"]["services"]}
    assert set(found["vital"]["hosts"]) == vital != set()
    assert any(name.startswith("guest_") for name in found)
    assert set(found["app_payments"]["hosts"]) == {name for name, one in variables.items() if "payments" in one["cmdb"]["applications"]}
    graph = ansible.run("ansible-inventory", "-i", str(ansible.file), "--graph", "app_payments")
    assert graph.splitlines()[0] == "@app_payments:"


def test_the_script_says_the_same_of_each_host(ansible: Ansible) -> None:
    by_script = ansible.listed(ansible.script, ANSIBLE_INVENTORY_ENABLED="script")["_meta"]["hostvars"]
    by_plugin = ansible.listed(ansible.file)["_meta"]["hostvars"]
    assert set(by_plugin) < set(by_script)
    for name, given in by_plugin.items():
        assert by_script[name] == {key: value for key, value in given.items() if key != "memory_gib"}
    host = min(by_script)
    assert json.loads(ansible.run("ansible-inventory", "-i", str(ansible.script), "--host", host)) == by_script[host]


def test_a_play_runs_on_a_group_of_the_graph(ansible: Ansible, tmp_path: Path) -> None:
    play = tmp_path / "play.yml"
    play.write_text(PLAY)
    printed = ansible.run(
        "ansible-playbook", "-i", str(ansible.file), "-c", "local", "-e", f"ansible_python_interpreter={VENV}/bin/python", str(play)
    )
    plays = json.loads(printed)["plays"]
    ping, where = (task["hosts"] for task in plays[0]["tasks"])
    assert {one["ping"] for one in ping.values()} == {"pong"}
    assert all(one["msg"].startswith(f"{name} on esx-") for name, one in where.items())


def test_what_people_write_is_never_evaluated(ansible: Ansible, simulated: Datacenter) -> None:
    from pyVmomi import vim

    from tests.clients.pyvmomi.session import all_of, connected, finish

    name = min(running(simulated))
    trap = "{{ 7*7 }} {{ lookup('pipe', 'id') }}"
    with connected(simulated) as service:
        vm = next(one for one in all_of(service, vim.VirtualMachine) if one.name == name)
        before = vm.config.annotation
        finish(vm.ReconfigVM_Task(vim.vm.ConfigSpec(annotation=trap)))
        try:
            filled_with(simulated, name, trap)
            for source in (ansible.file, ansible.script):
                arguments = ("-i", str(source), "-c", "local", "-m", "ansible.builtin.debug", "-a", "var=cmdb.attributes.annotation", name)
                said = ansible.run("ansible", *arguments, ANSIBLE_STDOUT_CALLBACK="default")
                assert "{{ 7*7 }}" in said
                assert "uid=" not in said
        finally:
            finish(vm.ReconfigVM_Task(vim.vm.ConfigSpec(annotation=before)))


def filled_with(datacenter: Datacenter, name: str, annotation: str) -> None:
    """Return when the graph has heard of it."""
    from tests.clients.harness import wait_until

    wait_until(
        lambda: items(datacenter, f"class=VirtualMachine&name={name}")[0]["attributes"].get("annotation") == annotation,
        "the annotation is there",
    )


def test_the_cache_answers_when_the_cmdb_cannot(ansible: Ansible, tmp_path: Path) -> None:
    cache = {"ANSIBLE_INVENTORY_CACHE": "1", "ANSIBLE_INVENTORY_CACHE_PLUGIN": "jsonfile"}
    cache["ANSIBLE_INVENTORY_CACHE_CONNECTION"] = str(tmp_path / "cache")
    first = ansible.listed(ansible.file, **cache)
    assert ansible.listed(ansible.file, **cache, DCSIM_TOKEN="nothing")["_meta"] == first["_meta"]


def test_a_refusal_is_said_in_its_own_words(ansible: Ansible) -> None:
    said = ansible.run(
        "ansible-inventory", "-i", str(ansible.file), "--list", refused=True, DCSIM_TOKEN="x", ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="1"
    )
    assert "The CMDB refuses" in said
    ansible.file.write_text("plugin: dcsim_cmdb\nclass: Rack\n")
    said = ansible.run("ansible-inventory", "-i", str(ansible.file), "--list", refused=True, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="1")
    assert "Rack is no kind of host" in " ".join(said.split())


def test_the_collection_installs(ansible: Ansible, simulated: Datacenter, tmp_path: Path) -> None:
    folder = simulated.dcsim("cmdb", "inventory-plugin", "--collection").strip()
    ansible.run("ansible-galaxy", "collection", "install", folder, "-p", str(tmp_path / "collections"))
    ansible.file.write_text(CONFIGURATION.replace("plugin: dcsim_cmdb", "plugin: dcsim.cmdb.dcsim_cmdb"))
    found = ansible.listed(
        ansible.file, ANSIBLE_COLLECTIONS_PATH=str(tmp_path / "collections"), ANSIBLE_INVENTORY_ENABLED="auto", ANSIBLE_INVENTORY_PLUGINS=""
    )
    assert set(found["_meta"]["hostvars"]) == running(simulated)
    assert call(simulated, "GET", "/cmdb/ansible/inventory?class=Rack")[0] == 400
