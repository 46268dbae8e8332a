"""``dcsim cmdb``: what stands around the graph of the datacenter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcsim.cli import options
from dcsim.cli.cmdb_export import export, inventory, inventory_plugin

if TYPE_CHECKING:
    from dcsim.settings import Settings

app = typer.Typer()
app.command()(export)
app.command()(inventory)
app.command("inventory-plugin")(inventory_plugin)


@app.callback()
def cmdb() -> None:
    """The graph of the running datacenter."""


@app.command()
def browser(
    to: Annotated[Path | None, typer.Option("--to", help="Write the files into this folder, too.")] = None,
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    as_json: options.AsJson = False,
) -> None:
    """Say how the Neo4j Browser gets the guide, the style and the favourites for impact analysis."""
    from cmdb.browser import serving
    from dcsim.cli.env import client_variables
    from dcsim.errors import OperationalError

    settings, _, state = options.running(data_dir, config)
    url = client_variables(settings, state).get("DCSIM_CMDB_URL")
    if not url:
        raise OperationalError("No running service announces a CMDB; `dcsim status` lists what runs.")
    base = serving.address(url)
    if to is not None:
        _write(to, base)
    if as_json:
        from dcsim.cli.output import print_json

        print_json({"guide": f"{base}/guide", "style": f"{base}/style.grass", "favourites": f"{base}/favourites.zip"})
    else:
        typer.echo(_advice(settings, base))


def _advice(settings: Settings, base: str) -> str:
    steps = [
        "In the Neo4j Browser's editor, type",
        f"    :play {base}/guide",
        "and follow its first page: it loads the style and has the ten favourites.",
        f"For the favourites in the sidebar, download {base}/favourites.zip and drop it into the Browser's window.",
    ]
    if not settings.cmdb.neo4j_url:
        steps.append("The graph of this datacenter is not in Neo4j yet: start it with cmdb.neo4j_url (`dcsim config` tells how).")
    if "//localhost" not in base:
        steps.append("Neo4j must list that host in browser.remote_content_hostname_whitelist.")
    return "\n".join(steps)


def _write(folder: Path, base: str) -> None:
    """The files as they are served, and each favourite by itself."""
    from cmdb.browser import files

    folder.mkdir(parents=True, exist_ok=True)
    (folder / files.GUIDE).write_text(files.guide(base))
    (folder / files.STYLE).write_text(files.style())
    (folder / files.FAVOURITES).write_bytes(files.archive())
    for one in files.favourites():
        (folder / f"{one.name}.cypher").write_text(one.statement + "\n")
