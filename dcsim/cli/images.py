"""``dcsim images``: the guest images that VMs' containers are made of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from dcsim.errors import MachinesUnavailable

if TYPE_CHECKING:
    from emulators.machines.images.library import Built, GuestImage, ImageLibrary

app = typer.Typer(help="Guest images: what VMs' containers are made of.", no_args_is_help=True)

MEGABYTE = 1_000_000

Row = TypeVar("Row")


class Which(StrEnum):
    """The guest images that can be built."""

    TINY = "tiny"
    DEBIAN = "debian"
    ALL = "all"


DockerHost = Annotated[str, typer.Option("--docker-host", help="The Docker engine, as in DOCKER_HOST; by default the one dc-sim uses.")]
Config = Annotated[Path | None, typer.Option("--config", help="The settings file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("build")
def build(
    which: Annotated[Which, typer.Argument(help="Which image to build.")] = Which.ALL,
    docker_host: DockerHost = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Build guest images, offline where this machine has what they are made of."""
    built = asyncio.run(_build(which, docker_host, config, lambda line: typer.echo(line, err=True)))
    _show(built, as_json, lambda image: f"{image.name}  {image.how}, {image.seconds:g} s")


@app.command("list")
def list_images(docker_host: DockerHost = "", config: Config = None, as_json: AsJson = False) -> None:
    """List the guest images that the Docker engine has."""
    _show(asyncio.run(_list(docker_host, config)), as_json, _row)


async def _build(which: Which, docker_host: str, config: Path | None, report: Callable[[str], None]) -> list[Built]:
    from emulators.machines.images.names import ALL

    kinds = list(ALL) if which is Which.ALL else [which.value]
    async with _library(docker_host, config) as library:
        return [await library.build(kind, report) for kind in kinds]


async def _list(docker_host: str, config: Path | None) -> list[GuestImage]:
    async with _library(docker_host, config) as library:
        return await library.list()


@asynccontextmanager
async def _library(docker_host: str, config: Path | None) -> AsyncIterator[ImageLibrary]:
    """The images of the engine that dc-sim would use; a private one that had to be started for this is stopped again."""
    from dcsim.settings import load_settings
    from emulators.machines.docker.client import EngineClient
    from emulators.machines.engine import find_engine
    from emulators.machines.images.library import ImageLibrary

    settings = load_settings(file=config)
    search = await find_engine(settings.data_dir, docker_host=docker_host or settings.machines.docker_host or "")
    if search.engine is None:
        raise MachinesUnavailable(f"{search.note} Guest images need an engine.")
    client = EngineClient(search.engine.docker_host)
    try:
        yield ImageLibrary(client)
    finally:
        await client.close()
        if search.started:
            await search.engine.stop()


def _show(rows: list[Row], as_json: bool, line: Callable[[Row], str]) -> None:
    """Print rows as JSON or as lines."""
    import msgspec

    if as_json:
        typer.echo(msgspec.json.encode(rows).decode())
        return
    for row in rows:
        typer.echo(line(row))
    if not rows:
        typer.echo("No guest images yet; `dcsim images build` makes them.", err=True)


def _row(image: GuestImage) -> str:
    created = datetime.fromtimestamp(image.created, UTC)
    return f"{image.name:28}  {image.size_bytes / MEGABYTE:7.1f} MB  {created:%Y-%m-%d %H:%M}Z  {image.id.removeprefix('sha256:')[:12]}"
