"""Starting, stopping, freezing and rebooting: what is done to a server's machine, and the server's state after it."""

from __future__ import annotations

from typing import Final

from emulators.conductor import specs
from emulators.conductor.effects import SHUTDOWN_GRACE_SECONDS
from emulators.conductor.hands import IN_USE, Hands
from emulators.machines.port import MachineState
from emulators.openstack.compute.servers import guest, states
from emulators.openstack.compute.servers.events import SERVER_BOOTED
from emulators.openstack.compute.servers.power import freeze, switch_off, switch_on
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.servers.works import ServerWork, conclude, let_be, work
from emulators.world.commands import Effect
from emulators.world.decide import Decision
from emulators.world.model import Power, Vm

REAL: Final = "docker"


async def run_machine(hands: Hands, job: ServerWork) -> Effect:
    """Run the server's machine, made first if need be, with what the guest is to know."""
    vm = hands.vm(job.vm)
    await hands.create(vm)
    await guest.prepare(hands, job.server, vm)
    return await hands.start(vm)


async def end_machine(hands: Hands, job: ServerWork) -> None:
    """Ask the guest to end, and wait for it."""
    if await hands.known(hands.vm(job.vm)):
        await hands.machines.stop(job.vm, SHUTDOWN_GRACE_SECONDS)


def running(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The server is ACTIVE."""
    switch_on(d, job.vm, done)
    conclude(d, server, states.ACTIVE, fault=None)


@work("spawn", event="compute__do_build_and_run_instance")
async def spawn(hands: Hands, job: ServerWork) -> Effect:
    """The first start."""
    return await run_machine(hands, job)


@spawn.finish
def spawned(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The server is ACTIVE for the first time."""
    switch_on(d, job.vm, done)
    now = conclude(d, server, states.ACTIVE, fault=None)
    d.update(SERVER_BOOTED, now, launched=d.now)


@work("start")
async def start(hands: Hands, job: ServerWork) -> Effect:
    """Power on."""
    return await run_machine(hands, job)


start.finish(running)


@work("stop")
async def stop(hands: Hands, job: ServerWork) -> Effect:
    """A clean shutdown."""
    await end_machine(hands, job)
    return Effect()


stop.fail(let_be)


@stop.finish
def stopped(d: Decision, server: NovaServer, job: ServerWork, _: Effect) -> None:
    """The server is SHUTOFF."""
    switch_off(d, job.vm)
    conclude(d, server, states.STOPPED)


@work("reboot")
async def reboot(hands: Hands, job: ServerWork) -> Effect:
    """SOFT asks the guest to end first, HARD cuts its power."""
    vm = hands.vm(job.vm)
    if job.given.get("type") == "SOFT":
        await end_machine(hands, job)
        return await run_machine(hands, job)
    if await hands.known(vm) and (await hands.machines.inspect(vm.uid)).state in IN_USE:
        return await hands.reset(vm)
    return await run_machine(hands, job)


reboot.finish(running)


@work("pause")
async def pause(hands: Hands, job: ServerWork) -> Effect:
    """Freeze the machine."""
    if await hands.known(hands.vm(job.vm)):
        await hands.machines.pause(job.vm)
    return Effect()


pause.fail(let_be)


@pause.finish
def paused(d: Decision, server: NovaServer, job: ServerWork, _: Effect) -> None:
    """The server is PAUSED."""
    freeze(d, job.vm)
    conclude(d, server, states.PAUSED)


@work("suspend")
async def suspend(hands: Hands, job: ServerWork) -> Effect:
    """Freeze the machine; its memory stays where it is."""
    return await pause.machine(hands, job)


suspend.fail(let_be)


@suspend.finish
def suspended(d: Decision, server: NovaServer, job: ServerWork, _: Effect) -> None:
    """The server is SUSPENDED."""
    freeze(d, job.vm)
    conclude(d, server, states.SUSPENDED)


async def thaw(hands: Hands, job: ServerWork) -> Effect:
    """Let the machine go on; one that is not frozen any more is started."""
    vm: Vm = hands.vm(job.vm)
    if vm.power is Power.SUSPENDED and await hands.known(vm):
        observed = await hands.machines.inspect(vm.uid)
        if observed.state is MachineState.PAUSED:
            await hands.machines.resume(vm.uid)
            return specs.effect_of(await hands.machines.inspect(vm.uid), vm)
    return await run_machine(hands, job)


unpause = work("unpause")(thaw)
unpause.finish(running)
resume = work("resume")(thaw)
resume.finish(running)


@work("rewire", event="")
async def rewire(hands: Hands, job: ServerWork) -> Effect:
    """Cards and disks follow when the work is settled (`Hands.sync`); the guest is told of the disks."""
    vm, server = hands.vm(job.vm), hands.state.maybe(NovaServer, job.server)
    if server is not None and vm.machine == REAL and vm.power is Power.ON and await hands.known(vm):
        await guest.tell_disks(hands, server, vm)
    return Effect()


rewire.fail(let_be)
