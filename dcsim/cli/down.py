"""``dcsim down``: stop the datacenter."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Annotated

import typer

from dcsim.cli import options

if TYPE_CHECKING:
    from dcsim.datadir import DataDir

POLL_SECONDS = 0.05


def down(
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for a graceful stop.")] = 60.0,
    force: Annotated[bool, typer.Option("--force", help="Kill it when it does not stop in time; nothing acknowledged is lost.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Stop the dc-sim of a data directory; nothing happens when none runs."""
    from dcsim.datadir import DataDir
    from dcsim.errors import OperationalError

    directory = DataDir(options.settings_from({"data_dir": data_dir, "config": config}).data_dir)
    pid = directory.holder()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        if not _gone(directory, timeout):
            if not force:
                raise OperationalError(f"dc-sim (process {pid}) is still stopping after {timeout:g} s; wait, or use --force.")
            os.kill(pid, signal.SIGKILL)
            _gone(directory, timeout)
    if as_json:
        from dcsim.cli.output import print_json

        print_json({"stopped": pid})
    else:
        typer.echo(f"Stopped (process {pid})." if pid is not None else f"No dc-sim runs with {directory.path}.")


def _gone(directory: DataDir, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while directory.holder() is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
