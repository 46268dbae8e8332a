"""``dcsim images``: the guest images that VMs' containers are made of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from dcsim.cli import options
from dcsim.cli.output import print_json, print_table
from dcsim.errors import MachinesUnavailable

if TYPE_CHECKING:
    from dcsim.settings import Settings
    from emulators.machines.images.library import Built, GuestImage, ImageLibrary

app = typer.Typer()

MEGABYTE = 1_000_000


class Which(StrEnum):
    """The guest images that can be built."""

    TINY = "tiny"
    DEBIAN = "debian"
    ALL = "all"


@app.callback()
def images() -> None:
    """Guest images: what VMs' containers are made of."""


@app.command()
def build(
    which: Annotated[Which, typer.Argument(help="Which image to build.")] = Which.ALL,
    docker_host: options.DockerHost = None,
    data_dir: options.DataDirectory = None,
    config: options.ConfigFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Build guest images, offline where this machine has what they are made of."""
    settings = options.settings_from({"docker_host": docker_host, "data_dir": data_dir, "config": config})
    built = asyncio.run(_build(which, settings, lambda line: typer.echo(line, err=True)))
    if as_json:
        print_json(built)
    else:
        print_table(["IMAGE", "MADE", "SECONDS"], [[image.name, image.how, f"{image.seconds:g}"] for image in built])


@app.command("list")
def list_images(
    docker_host: options.DockerHost = None,
    data_dir: options.DataDirectory = None,
    config: options.ConfigFile = None,
    as_json: options.AsJson = False,
) -> None:
    """List the guest images that the Docker engine has."""
    settings = options.settings_from({"docker_host": docker_host, "data_dir": data_dir, "config": config})
    found = asyncio.run(_list(settings))
    if as_json:
        print_json(found)
    elif found:
        print_table(["IMAGE", "MB", "MADE (UTC)", "ID"], [_row(image) for image in found])
    else:
        typer.echo("No guest images yet; `dcsim images build` makes them.", err=True)


async def _build(which: Which, settings: Settings, report: Callable[[str], None]) -> list[Built]:
    from emulators.machines.images.names import ALL

    kinds = list(ALL) if which is Which.ALL else [which.value]
    async with _library(settings) as library:
        return [await library.build(kind, report) for kind in kinds]


async def _list(settings: Settings) -> list[GuestImage]:
    async with _library(settings) as library:
        return await library.list()


@asynccontextmanager
async def _library(settings: Settings) -> AsyncIterator[ImageLibrary]:
    """The images of the engine that dc-sim would use; a private one that had to be started for this is stopped again."""
    from emulators.machines.docker.client import EngineClient
    from emulators.machines.engine import find_engine
    from emulators.machines.images.library import ImageLibrary

    machines = settings.machines
    private = machines.own_engine == "auto"
    search = await find_engine(settings.data_dir, docker_host=machines.docker_host or "", start_private=private)
    if search.engine is None:
        raise MachinesUnavailable(f"{search.note} Guest images need an engine.")
    client = EngineClient(search.engine.docker_host)
    try:
        yield ImageLibrary(client)
    finally:
        await client.close()
        if search.started:
            await search.engine.stop()


def _row(image: GuestImage) -> list[str]:
    created = datetime.fromtimestamp(image.created, UTC)
    return [image.name, f"{image.size_bytes / MEGABYTE:.1f}", f"{created:%Y-%m-%d %H:%M}", image.id.removeprefix("sha256:")[:12]]
