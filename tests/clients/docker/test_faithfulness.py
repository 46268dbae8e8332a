"""The docker client as the outsider: what it does shows in vCenter, and what is killed is found again."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from emulators.machines.engine import PrivateEngine, read_pid
from tests.clients.harness import Datacenter, wait_until
from tests.clients.pyvmomi.session import all_of, connected, finish, named, reference

pytestmark = pytest.mark.docker


def running(datacenter: Datacenter) -> dict[str, str]:
    """{VM's name: container} of containers that run."""
    lines = datacenter.docker(
        "ps", "--no-trunc", "--filter", "label=dcsim.name", "--format", '{{.Label "dcsim.name"}} {{.ID}}'
    ).splitlines()
    return dict(line.split() for line in lines)


def powered_on(service: Any) -> dict[str, Any]:
    """{name: VM} of VMs that are on."""
    return {vm.name: vm for vm in all_of(service, vim.VirtualMachine) if vm.runtime.powerState == "poweredOn"}


def settled(datacenter: Datacenter, service: Any) -> dict[str, str]:
    """Wait until VMs and containers agree; the containers."""

    def agree() -> dict[str, str]:
        containers = running(datacenter)
        return containers if set(containers) == set(powered_on(service)) else {}

    return wait_until(agree, "VMs that are on and containers that run are the same", 30)


def told(service: Any, vm: Any) -> list[str]:
    """What happened to a VM, in words, newest last."""
    by_entity = vim.event.EventFilterSpec.ByEntity(entity=vm, recursion="self")
    events = service.content.eventManager.QueryEvents(vim.event.EventFilterSpec(entity=by_entity))
    return [f"{type(event).__name__} {event.userName}" for event in sorted(events, key=lambda event: event.key)]


def test_docker_kill_is_a_power_event_from_outside(containers: Datacenter) -> None:
    with connected(containers) as service:
        name, container = next(iter(settled(containers, service).items()))
        vm = named(service, vim.VirtualMachine, name)
        containers.docker("kill", container)
        wait_until(lambda: vm.runtime.powerState == "poweredOff", "vCenter shows it off")
        newest = wait_until(lambda: told(service, vm)[-1], "an event")
        assert "PoweredOff" in newest
        assert "Administrator" not in newest
        finish(vm.PowerOn())
        assert name in running(containers)


def test_docker_start_and_pause_show_too(containers: Datacenter) -> None:
    with connected(containers) as service:
        name, container = next(iter(settled(containers, service).items()))
        vm = named(service, vim.VirtualMachine, name)
        containers.docker("pause", container)
        wait_until(lambda: vm.runtime.powerState == "suspended", "vCenter shows it suspended")
        containers.docker("unpause", container)
        wait_until(lambda: vm.runtime.powerState == "poweredOn", "vCenter shows it on")
        finish(vm.PowerOff())
        containers.docker("start", container)
        wait_until(lambda: vm.runtime.powerState == "poweredOn", "vCenter shows it on again")
        wait_until(lambda: vm.guest.ipAddress, "the guest's address")


def test_docker_rm_leaves_a_vm_that_is_off_and_can_be_started(containers: Datacenter) -> None:
    with connected(containers) as service:
        name, container = next(iter(settled(containers, service).items()))
        vm = named(service, vim.VirtualMachine, name)
        containers.docker("rm", "--force", container)
        wait_until(lambda: vm.runtime.powerState == "poweredOff", "vCenter shows it off")
        finish(vm.PowerOn())
        assert running(containers)[name] != container


def test_killed_with_sigkill_nothing_is_lost(own_containers: Datacenter) -> None:
    """Containers run on without dc-sim; the next start takes them over, and believes what happened meanwhile."""
    with connected(own_containers) as service:
        before = settled(own_containers, service)
        vms = powered_on(service)
        finish(vms[min(before)].Reconfigure(vim.vm.ConfigSpec(annotation="acknowledged")))
        kept = finish(vms[min(before)].CreateSnapshot("acknowledged", "", memory=False, quiesce=False))
        assert kept is not None
    own_containers.kill()
    assert running(own_containers) == before
    killed = max(before)
    own_containers.docker("kill", before[killed])
    own_containers.start()
    with connected(own_containers) as service:
        after = settled(own_containers, service)
        assert after == {name: container for name, container in before.items() if name != killed}
        vm = named(service, vim.VirtualMachine, min(before))
        assert (vm.config.annotation, vm.snapshot.rootSnapshotList[0].name) == ("acknowledged", "acknowledged")
        assert vm.guest.ipAddress in own_containers.docker("exec", after[vm.name], "ip", "-4", "addr")
        finish(named(service, vim.VirtualMachine, killed).PowerOn())
        settled(own_containers, service)


def test_killed_in_the_middle_of_a_task_it_comes_to_its_end(own_containers: Datacenter) -> None:
    with connected(own_containers) as service:
        settled(own_containers, service)
        vms = list(powered_on(service).values())
        tasks = [vm.Reset()._moId for vm in vms]
        own_containers.kill()
    own_containers.start()
    with connected(own_containers) as service:
        states = [reference(vim.Task, task, service._stub) for task in tasks]
        wait_until(lambda: all(str(task.info.state) in {"success", "error"} for task in states), "every task has ended", 30)
        settled(own_containers, service)


def test_stopped_it_leaves_nothing_running_and_started_again_the_same_vms_run(own_containers: Datacenter) -> None:
    with connected(own_containers) as service:
        before = settled(own_containers, service)
    engine = PrivateEngine(own_containers.data_dir)
    private = read_pid(engine.pidfile)
    own_containers.stop()
    assert read_pid(engine.pidfile) is None
    assert private is not None or running(own_containers) == {}
    own_containers.start()
    with connected(own_containers) as service:
        assert settled(own_containers, service) == before
