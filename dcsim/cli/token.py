"""``dcsim token``: bearer tokens of the REST APIs."""

from __future__ import annotations

from typing import Annotated

import typer

from dcsim.cli import options

app = typer.Typer()


@app.callback()
def token() -> None:
    """Bearer tokens for DCSIM_URL and the other REST APIs."""


@app.command()
def issue(
    subject: Annotated[str, typer.Option(help="Who bears it; shows in events and logs.")] = "cli",
    scope: Annotated[list[str] | None, typer.Option(help="What it allows, e.g. sim:read; repeat it. Default: admin, everything.")] = None,
    hours: Annotated[float, typer.Option(help="How long it is good for.", min=0.01, max=8760)] = 12,
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    as_json: options.AsJson = False,
) -> None:
    """Print a new token, signed with the data directory's key."""
    from datetime import timedelta

    from dcsim.security.tokens import Tokens
    from dcsim.supervisor import make_secrets

    tokens = Tokens(make_secrets(options.settings_from({"config": config, "data_dir": data_dir})))
    issued = tokens.issue(subject, scopes=scope or ["admin"], lifetime=timedelta(hours=hours))
    if as_json:
        from dcsim.cli.output import print_json

        print_json({"token": issued, "expires": tokens.verify(issued).expires})
    else:
        typer.echo(issued)
