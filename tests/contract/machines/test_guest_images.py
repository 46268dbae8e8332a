"""Guest images on an engine: named by their recipe, so that an earlier one is never taken for it, and taken away when nobody uses it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from emulators.machines.docker.client import EngineClient
from emulators.machines.images import recipe, tiny_files
from emulators.machines.images.importing import exists
from emulators.machines.images.library import ImageLibrary
from emulators.machines.images.names import DEBIAN, KIND_LABEL, TINY
from emulators.machines.images.recipe import engine_name
from tests.contract.machines.harness import DockerRig, Site

OLD, USED = "dcsim/guest-tiny:1", "dcsim/guest-tiny:1-00000000cafe"


@pytest.fixture
async def client(docker_host: str) -> AsyncIterator[EngineClient]:
    made = EngineClient(docker_host)
    yield made
    await made.close()


def test_another_recipe_is_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny, debian = engine_name(TINY), engine_name(DEBIAN)
    assert (tiny.rpartition("-")[0], debian.rpartition("-")[0]) == (TINY, DEBIAN)
    recipe.engine_name.cache_clear()
    assert engine_name(TINY) == tiny, "the same recipe gives the same name"
    monkeypatch.setitem(tiny_files.ETC, "issue", b"another guest\n")
    recipe.engine_name.cache_clear()
    assert engine_name(TINY) != tiny
    assert engine_name(DEBIAN) == debian
    assert engine_name("registry.example/own:3") == "registry.example/own:3"
    recipe.engine_name.cache_clear()


@pytest.mark.docker
async def test_images_of_earlier_recipes_go_unless_they_are_used(docker_rig: DockerRig, client: EngineClient) -> None:
    site = Site.of(docker_rig)
    machine = site.machine(image=USED, nics=())
    for name in (OLD, USED):
        repository, _, tag = name.rpartition(":")
        params = {"fromSrc": "-", "repo": repository, "tag": tag, "changes": f"CMD sleep 600\nLABEL {KIND_LABEL}=tiny\nENV OF={tag}"}
        files = tiny_files.pack(b"", (), {name.replace("/", "."): b""})
        await client.work("POST", "images/create", doing="make an image", params=params, body=files)
    await docker_rig.machines.create(machine)
    built = await ImageLibrary(client).build("tiny", lambda _: None)
    assert built.name == engine_name(TINY)
    assert [await exists(client, name) for name in (engine_name(TINY), OLD, USED)] == [True, False, True]
    assert {one.name for one in await ImageLibrary(client).list()} >= {engine_name(TINY), USED}
    await docker_rig.machines.delete(machine.id)
    await ImageLibrary(client).build("tiny", lambda _: None)
    assert not await exists(client, USED)


@pytest.mark.docker
async def test_a_container_is_of_the_recipes_image_and_the_machine_of_the_worlds(docker_rig: DockerRig) -> None:
    site = Site.of(docker_rig)
    made = await docker_rig.machines.create(site.machine(nics=()))
    assert made.image == TINY
    assert (await docker_rig.container(made.id))["Config"]["Image"] == engine_name(TINY)
