"""Every exception that dc-sim raises on purpose, as one tree.

    DcsimError
    ├── DomainError                 a request that the world refuses; changes nothing
    │   ├── NotFound                no such object
    │   ├── AlreadyExists           the name or id is taken
    │   ├── InvalidArgument         a value is malformed or out of range (names the field)
    │   │   └── InvalidRows         several are, in rows of what was sent (names each row and field)
    │   ├── InvalidState            the object's state does not allow the operation
    │   ├── Busy                    another operation holds the object
    │   ├── VersionConflict         the object changed since the caller read it
    │   ├── InUse                   something still depends on the object
    │   ├── InsufficientResources   capacity, quota or admission refuses (names the resource)
    │   ├── PermissionDenied        the principal lacks a privilege
    │   ├── Unauthenticated         no session, or wrong credentials
    │   ├── TooManyRequests         asked too often (says how long to wait)
    │   ├── NotSupported            the real product has it, dc-sim does not (yet)
    │   └── Injected                a failure rule asked for this failure
    ├── MachineError                the machine backend failed
    │   ├── MachineNotFound
    │   ├── ImageNotFound
    │   └── MachinesUnavailable     the backend cannot be reached
    └── OperationalError            dc-sim itself cannot go on; the message says what to do
        ├── SettingsError
        ├── PortTaken
        ├── BusUnavailable
        ├── JournalUnavailable      nothing was written, the caller may retry (disk full, locked)
        ├── JournalCorrupt
        ├── StoreUnavailable        the CMDB's graph store is away; nothing was written, the caller may retry
        ├── StoreCorrupt
        └── AlreadyRunning

Domain errors know no vendor: each adapter has one table from these classes to its vendor's faults, the
REST APIs one to RFC 9457 problems (``dcsim/problems.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec


class DcsimError(Exception):
    """Root of the tree; ``str(error)`` is a sentence fit for the person who sees it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DomainError(DcsimError):
    """A request that the world refuses; nothing has changed.

    ``code`` is the stable word used in problem types, logs and metrics; ``subject`` is the uid of the object at fault and
    ``field`` the offending argument, when there is one.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, *, subject: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.subject = subject
        self.field = field


class NotFound(DomainError):
    """No such object."""

    code = "not-found"


class AlreadyExists(DomainError):
    """The name or id is taken; ``subject`` is the object that has it."""

    code = "already-exists"


class InvalidArgument(DomainError):
    """A value is malformed or out of range; ``field`` names it."""

    code = "invalid-argument"


class RowError(msgspec.Struct, frozen=True):
    """What is wrong with a row: its number (from 1), the field at fault (empty: the row), and why, as a sentence."""

    row: int
    field: str
    detail: str


class InvalidRows(InvalidArgument):
    """Rows are malformed; ``errors`` says all that is wrong with which."""

    def __init__(self, message: str, errors: Sequence[RowError]) -> None:
        super().__init__(message, field="rows")
        self.errors = tuple(errors)


class InvalidState(DomainError):
    """The object's state does not allow the operation; ``existing`` and ``requested`` say which states."""

    code = "invalid-state"

    def __init__(
        self,
        message: str,
        *,
        subject: str | None = None,
        field: str | None = None,
        existing: str | None = None,
        requested: str | None = None,
    ) -> None:
        super().__init__(message, subject=subject, field=field)
        self.existing = existing
        self.requested = requested


class Busy(DomainError):
    """Another operation holds the object; ``task`` is that operation's uid."""

    code = "busy"

    def __init__(self, message: str, *, subject: str | None = None, task: str | None = None) -> None:
        super().__init__(message, subject=subject)
        self.task = task


class VersionConflict(DomainError):
    """The object changed since the caller read it."""

    code = "version-conflict"


class InUse(DomainError):
    """Something still depends on the object."""

    code = "in-use"


class InsufficientResources(DomainError):
    """Capacity, quota or admission control refuses; ``resource`` names what is short."""

    code = "insufficient-resources"

    def __init__(self, message: str, *, subject: str | None = None, resource: str = "") -> None:
        super().__init__(message, subject=subject)
        self.resource = resource


class PermissionDenied(DomainError):
    """The principal lacks a privilege; ``privilege`` is its vendor-neutral name."""

    code = "permission-denied"

    def __init__(self, message: str, *, subject: str | None = None, privilege: str = "") -> None:
        super().__init__(message, subject=subject)
        self.privilege = privilege


class Unauthenticated(DomainError):
    """No session, an expired one, or wrong credentials."""

    code = "unauthenticated"


class TooManyRequests(DomainError):
    """The caller asked, or guessed, too often; ``retry_after`` is in seconds."""

    code = "too-many-requests"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotSupported(DomainError):
    """The real product has it, dc-sim does not (yet)."""

    code = "not-supported"


class Injected(DomainError):
    """A failure rule asked for this failure; ``fault`` names the vendor's fault to answer with."""

    code = "injected"

    def __init__(self, message: str, *, subject: str | None = None, fault: str = "") -> None:
        super().__init__(message, subject=subject)
        self.fault = fault


class MachineError(DcsimError):
    """The machine backend (Docker, or the simulated one) failed to do what was asked."""


class MachineNotFound(MachineError):
    """The backend has no machine of that id."""


class ImageNotFound(MachineError):
    """The backend has no image of that name; build it with ``dcsim images build``."""


class MachinesUnavailable(MachineError):
    """The backend cannot be reached."""


class OperationalError(DcsimError):
    """dc-sim itself cannot go on; the message says what is wrong and what to do next."""

    retry_after: float = 0.0
    """Seconds until it is worth while to ask again; 0 where nobody knows."""


class SettingsError(OperationalError):
    """A setting is unknown or has a value that cannot be used."""


class PortTaken(OperationalError):
    """A port that dc-sim should listen on belongs to another process."""


class BusUnavailable(OperationalError):
    """The event bus cannot be reached or started."""


class JournalUnavailable(OperationalError):
    """The journal could not be written (disk full, locked); nothing changed, and the caller may retry."""


class JournalCorrupt(OperationalError):
    """The journal cannot be read."""


class StoreUnavailable(OperationalError):
    """The CMDB's graph store cannot be used now; nothing changed, and the caller may retry."""


class StoreCorrupt(OperationalError):
    """The CMDB's graph store cannot be read, or is of another version; it can be dropped and is filled anew."""


class AlreadyRunning(OperationalError):
    """Another dc-sim already uses this data directory."""
