"""Encoded properties, kept until something that they depend on changes, their time is over, or memory is short.

An object has a row; a row has a fragment for each path that was asked for, and joined ObjectContents for whole sets of paths, so that a
list of 10,000 unchanged objects is 10,000 look-ups.  ``touch`` drops what depends on a key and says which paths of which rows those were:
that is all that a waiting filter needs to know.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from emulators.vsphere.objects import Object
from emulators.world.state import Key

BUDGET: Final = 128 << 20
_OVERHEAD: Final = 200
"""Bytes that a fragment costs besides its data."""
_SLACK: Final = 1000
_MOST_ROUNDS: Final = 128
"""Rows that are looked at to make room for one fragment; when all are in use, memory exceeds its budget for a while."""
LINKS: Final = ">"
_WORTH_PACKING: Final = 1024
"""Bytes from which on a fragment is compressed when memory is short."""
_MOST_JOINED: Final = 4
"""Sets of paths whose joined ObjectContent a row keeps."""

Changed = Mapping["Row", set[str]]
"""Which paths of which rows have to be looked at again."""


class Fragment:
    """A property as it goes out: ``data`` is its ``<val>`` element, empty when it is unset; ``fault`` tells why it can't be read.

    ``expires`` is the simulated time, in seconds since the epoch, until which it holds; None: until one of ``keys`` is touched.
    """

    __slots__ = ("_data", "_packed", "expires", "fault", "keys")

    def __init__(self, data: bytes, keys: frozenset[Key], expires: float | None = None, fault: Any = None) -> None:
        self._data = data
        self._packed = False
        self.keys = keys
        self.expires = expires
        self.fault = fault

    @property
    def data(self) -> bytes:
        """The ``<val>`` element."""
        return zlib.decompress(self._data) if self._packed else self._data

    def pack(self) -> None:
        """Compress it, when that is worth while; from then on reading it costs some 50 microseconds."""
        if not self._packed and len(self._data) >= _WORTH_PACKING:
            self._data, self._packed = zlib.compress(self._data, 1), True

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return len(self._data) + _OVERHEAD


class Links(Fragment):
    """What a property refers to: the managed objects by id, in order.  Kept under the property's path and ``LINKS``."""

    __slots__ = ("targets",)

    def __init__(self, targets: dict[str, Object], keys: frozenset[Key], expires: float | None = None) -> None:
        super().__init__(b"", keys, expires)
        self.targets = targets

    @property
    def size(self) -> int:
        """Bytes that it takes, about; the targets themselves are shared."""
        return 100 * len(self.targets) + _OVERHEAD


class Row:
    """The fragments of one object for one API version.  A row with ``pins`` stays, because filters compare with it."""

    __slots__ = ("fragments", "home", "id", "joined", "packed", "pins", "size", "states", "used")

    def __init__(self, home: dict[str, Row], row_id: str) -> None:
        self.home = home
        self.id = row_id
        self.fragments: dict[str, Fragment] = {}
        self.joined: dict[Any, tuple[bytes, float | None]] = {}
        self.states: dict[Any, Any] = {}
        self.size = 0
        self.pins = 0
        self.used = True
        self.packed = False


class Fragments:
    """All rows, by API version and object id, within a budget of bytes."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget = budget
        self.size = 0
        self._homes: dict[str, dict[str, Row]] = {}
        self._readers: dict[Key, set[Row]] = {}
        self._keys: dict[frozenset[Key], frozenset[Key]] = {}
        self._queue: deque[Row] = deque()
        self._packed: deque[Row] = deque()

    def home(self, version: str) -> dict[str, Row]:
        """The rows of an API version by object id; for looking only."""
        return self._homes.setdefault(version, {})

    def row(self, version: str, row_id: str) -> Row:
        """The row of an object, made when it isn't there."""
        home = self.home(version)
        row = home.get(row_id)
        if row is None:
            row = home[row_id] = Row(home, row_id)
            self._queue.append(row)
            if len(self._queue) + len(self._packed) > 2 * sum(map(len, self._homes.values())) + _SLACK:
                self._queue = deque(one for one in self._queue if one.home.get(one.id) is one)
                self._packed = deque(one for one in self._packed if one.home.get(one.id) is one)
        row.used = True
        return row

    def put(self, row: Row, path: str, fragment: Fragment) -> None:
        """Keep a fragment, and make room for it."""
        self._discard(row, path)
        fragment.keys = self._keys.setdefault(fragment.keys, fragment.keys)
        row.fragments[path] = fragment
        row.packed = False
        self._grow(row, fragment.size)
        for key in fragment.keys:
            readers = self._readers.get(key)
            if readers is None:
                readers = self._readers[key] = set()
            readers.add(row)
        self._evict()

    def join(self, row: Row, paths: Any, content: bytes, expires: float | None) -> None:
        """Keep a joined ObjectContent of a row for a set of paths."""
        if len(row.joined) >= _MOST_JOINED:
            self._unjoin(row)
        before, _ = row.joined.get(paths, (b"", None))
        row.joined[paths] = (content, expires)
        self._grow(row, len(content) - len(before))
        self._evict()

    def touch(self, keys: Iterable[Key]) -> dict[Row, set[str]]:
        """Drop what depends on any of the keys, and answer what that was."""
        changed: dict[Row, set[str]] = {}
        for key in keys:
            for row in self._readers.pop(key, ()):
                dropped = [path for path, fragment in row.fragments.items() if key in fragment.keys]
                if dropped:
                    changed.setdefault(row, set()).update(dropped)
                for path in dropped:
                    self._discard(row, path)
        return changed

    def forget(self, row_ids: Iterable[str]) -> None:
        """Drop the rows of objects that are gone, unless a filter still compares with them."""
        for row_id in row_ids:
            for home in self._homes.values():
                row = home.get(row_id)
                if row is not None and not row.pins:
                    self._remove(row)

    # -- bookkeeping -----------------------------------------------------------------------------------------------------------

    def _discard(self, row: Row, path: str) -> None:
        fragment = row.fragments.pop(path, None)
        if fragment is not None:
            self._grow(row, -fragment.size)
            self._unjoin(row)

    def _unjoin(self, row: Row) -> None:
        self._grow(row, -sum(len(content) for content, _ in row.joined.values()))
        row.joined.clear()
        row.states.clear()

    def _grow(self, row: Row, size: int) -> None:
        row.size += size
        if row.home.get(row.id) is row:
            self.size += size

    def _remove(self, row: Row) -> None:
        """Take a row out; the sets of readers that still name it are cleaned when their keys are touched."""
        if row.home.get(row.id) is row:
            self.size -= row.size
            del row.home[row.id]
        for fragment in row.fragments.values():
            for key in fragment.keys:
                readers = self._readers.get(key)
                if readers is not None:
                    readers.discard(row)
                    if not readers:
                        del self._readers[key]
        row.fragments.clear()
        row.joined.clear()
        row.states.clear()

    def _pack(self, row: Row) -> None:
        """Compress what a row holds, and let go of what can be joined again."""
        self._unjoin(row)
        for fragment in row.fragments.values():
            before = fragment.size
            fragment.pack()
            self._grow(row, fragment.size - before)
        row.packed = True

    def _squeeze(self, row: Row) -> None:
        if row.home.get(row.id) is not row:
            return
        if row.used:
            row.used = False
            self._queue.append(row)
        else:
            self._pack(row)
            self._packed.append(row)

    def _drop(self, row: Row) -> None:
        if row.home.get(row.id) is not row:
            return
        if not row.packed:
            self._queue.append(row)
        elif row.used or row.pins:
            row.used = False
            self._packed.append(row)
        else:
            self._remove(row)

    def _evict(self) -> None:
        """Make room: rows that were not used for a round are compressed, and if that is not enough, compressed ones go."""
        for queue, shrink in ((self._queue, self._squeeze), (self._packed, self._drop)):
            rounds = min(2 * len(queue), _MOST_ROUNDS)
            while self.size > self.budget and queue and rounds:
                rounds -= 1
                shrink(queue.popleft())
        if len(self._keys) > 2 * (len(self._readers) + 1000):
            self._keys.clear()
