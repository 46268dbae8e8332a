"""The secrets of one data directory: a JSON file that only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
import stat
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dcsim.errors import SettingsError

PASSWORD_BYTES: Final = 15


class Secrets:
    """Named secrets, each generated once.

    With *demo*, `password` answers the well-known password that the caller names, so that copied commands work; the settings
    refuse demo mode on any but a loopback address.
    """

    def __init__(self, file: Path, *, demo: bool = False) -> None:
        """Read *file* if it exists.  Raises SettingsError when it is damaged or others can read it."""
        self._file = file
        self._demo = demo
        self._lock = threading.Lock()
        self._values = _read(file)

    @property
    def demo(self) -> bool:
        """Whether well-known passwords are in force."""
        return self._demo

    def password(self, name: str, *, well_known: str | None = None) -> str:
        """The password called *name* (e.g. ``vsphere/administrator``): random, the same at every start, 20 characters.

        In demo mode it is *well_known*, when the vendor has one.
        """
        if self._demo and well_known is not None:
            return well_known
        # The suffix satisfies the vendors' rules: lower, upper, digit, special.
        return self.value(f"password/{name}", lambda: secrets.token_urlsafe(PASSWORD_BYTES)[:16] + "-aA1")

    def value(self, name: str, generate: Callable[[], str]) -> str:
        """The secret called *name*; *generate* makes it the first time."""
        with self._lock:
            if name not in self._values:
                self._values = {**self._values, name: generate()}
                _write(self._file, self._values)
            return self._values[name]

    def known(self) -> frozenset[str]:
        """Every secret value, for hiding them in logs."""
        with self._lock:
            return frozenset(self._values.values())


def _read(file: Path) -> dict[str, str]:
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise SettingsError(f"Others can read the secrets in {file}; run: chmod 600 {file}")
        content = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except NotADirectoryError:  # the data directory is a file: said by whoever asked for it
        raise
    except (OSError, ValueError) as error:
        raise SettingsError(f"The secrets in {file} cannot be read ({error}); restore the file, or delete it to get new ones.") from error
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise SettingsError(f"The secrets in {file} are damaged; restore the file, or delete it to get new ones.")
    return content


def _write(file: Path, values: dict[str, str]) -> None:
    """Replace the file in one step, readable by its owner only from the beginning."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w") as stream:
            json.dump(values, stream, indent=1, sort_keys=True)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
