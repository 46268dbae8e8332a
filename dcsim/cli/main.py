"""The entry point of ``dcsim``: builds the application from the table of commands and words errors for people."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import typer

from dcsim.cli.commands import NOUNS, VERBS, Command
from dcsim.errors import DcsimError

FAILED = 1
INTERRUPTED = 130

_ROOM = "Free some space, or choose another data directory with --data-dir."
_ACCESS = "Choose a data directory of your own with --data-dir, or let this user in."
ADVICE = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EACCES: _ACCESS,
    errno.EPERM: _ACCESS,
    errno.EROFS: _ACCESS,
    errno.ENOTDIR: "Choose a directory with --data-dir.",
    errno.EMFILE: "Allow this process more open files (`ulimit -n 65536`).",
}
"""What to do about errors of the machine; any other OSError is a bug of dc-sim and keeps its traceback."""


def main() -> None:
    """Run the command line; exits with 0, 1 (it failed) or 2 (it was called wrongly)."""
    try:
        build(sys.argv[1:])()
    except DcsimError as error:
        complain(error.message)
        sys.exit(FAILED)
    except OSError as error:
        if error.errno not in ADVICE:
            raise
        complain(f"{error.filename or 'A file'}: {error.strerror}. {ADVICE[error.errno]}")
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def build(arguments: Sequence[str]) -> typer.Typer:
    """The application with every command listed, and those named in *arguments* loaded."""
    completing = "_DCSIM_COMPLETE" in os.environ
    named = {command.name for command in (*VERBS, *NOUNS) if completing or command.name in arguments}
    app = typer.Typer(
        name="dcsim",
        help="A datacenter you can run on a laptop: vSphere, OpenStack and UCS over one simulated world.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if named else None,  # importing rich takes longer than listing the commands without it
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for command in VERBS:
        app.command(command.name, help=command.help)(command.load() if command.name in named else _listed_only)
    for command in NOUNS:
        _add_noun(app, command, wanted=command.name in named)
    return app


def complain(message: str) -> None:
    """One red line on stderr; the colour stays away without a terminal or with NO_COLOR."""
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    typer.secho(f"Error: {message}", err=True, fg=typer.colors.RED if coloured else None)


def _add_noun(app: typer.Typer, command: Command, *, wanted: bool) -> None:
    if wanted:
        app.add_typer(command.load(), name=command.name, help=command.help, no_args_is_help=True)
    else:
        app.command(command.name, help=command.help)(_listed_only)


def _listed_only() -> None:
    """Stands for a command that the arguments don't name."""


if __name__ == "__main__":
    main()
