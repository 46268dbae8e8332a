"""One data directory, one running dc-sim: the lock that makes it so, and the file that tells others how it runs."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import msgspec

from dcsim.errors import AlreadyRunning, OperationalError
from dcsim.service import Endpoint

LOCK_ATTEMPTS: Final = 10
LOCK_PAUSE_SECONDS: Final = 0.02


class RunningService(msgspec.Struct, frozen=True, kw_only=True):
    """One service of a running dc-sim; ``health`` is the URL of its ``/readyz``, empty when it has no REST listener."""

    name: str
    endpoints: tuple[Endpoint, ...] = ()
    health: str = ""


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """What ``dcsim status``, ``env`` and ``down`` know of a running dc-sim.  It is written once everything is healthy."""

    pid: int
    started: datetime
    version: str
    services: tuple[RunningService, ...] = ()

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints of all services, in order."""
        return tuple(endpoint for service in self.services for endpoint in service.endpoints)


class DataDir:
    """The directory's lock and run state."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None

    @property
    def log(self) -> Path:
        """Where ``dcsim up --detach`` logs."""
        return self.path / "dcsim.log"

    @property
    def _state(self) -> Path:
        return self.path / "run.json"

    def lock(self) -> None:
        """Take the directory for this process, until `unlock` or its end.  Raises AlreadyRunning."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            stream = (self.path / "lock").open("a+")
        except OSError as error:
            raise OperationalError(f"The data directory {self.path} cannot be used ({error}); choose another with --data-dir.") from error
        if not _locked(stream):
            stream.close()
            raise AlreadyRunning(
                f"dc-sim already runs with the data directory {self.path} (process {self._holder() or 'unknown'}); "
                "see `dcsim status`, stop it with `dcsim down`, or choose another --data-dir."
            )
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        self._lock = stream
        self._state.unlink(missing_ok=True)

    def unlock(self) -> None:
        """Give the directory back; the run state goes with it."""
        if self._lock is not None:
            self._state.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def holder(self) -> int | None:
        """The process that has the directory now, or None."""
        try:
            with (self.path / "lock").open() as stream:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return self._holder()
        return None

    def _holder(self) -> int | None:
        content = (self.path / "lock").read_text()
        return int(content) if content.isdigit() else None

    def publish(self, state: RunState) -> None:
        """Write the run state, readable by its owner only: endpoints carry passwords."""
        descriptor, temporary = tempfile.mkstemp(dir=self.path, prefix=".run.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.json.encode(state))
        Path(temporary).replace(self._state)

    def state(self) -> RunState | None:
        """The run state of the process that has the directory; None while there is none, or it is still starting."""
        if self.holder() is None:
            return None
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=RunState)
        except (FileNotFoundError, msgspec.DecodeError):
            return None


def _locked(stream: IO[str]) -> bool:
    """Lock *stream*, trying a few times: `DataDir.holder` in another process has it for a moment while it looks."""
    for _ in range(LOCK_ATTEMPTS):
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE_SECONDS)
        else:
            return True
    return False
