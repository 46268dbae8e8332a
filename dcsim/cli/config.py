"""``dcsim config``: the settings in force."""

from __future__ import annotations

import typer

from dcsim.cli import options

app = typer.Typer()


@app.callback()
def config() -> None:
    """Settings: dcsim.toml < environment (DCSIM_WORLD__SEED=7) < flags."""


@app.command()
def show(config: options.ConfigFile = None, data_dir: options.DataDirectory = None, as_json: options.AsJson = False) -> None:
    """Print the effective settings, secrets hidden."""
    from dcsim.settings import effective, settings_file

    tree = effective(options.settings_from({"config": config, "data_dir": data_dir}))
    if as_json:
        from dcsim.cli.output import print_json

        print_json(tree)
        return
    typer.echo(f"# file: {settings_file(config) or 'none'}")
    for key, value in _flat(tree):
        typer.echo(f"{key} = {value}")


def _flat(tree: dict[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Dotted keys and TOML-like values; unset ones show as a comment."""
    import json

    rows: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{key}.")
        else:
            rows.append((prefix + key, "# not set" if value is None else json.dumps(value)))
    return rows
