"""The cache of encoded properties: what it drops, what it keeps, and how much."""

from __future__ import annotations

import random

from emulators.vsphere.properties.fragments import Fragment, Fragments, Row

V = "8"


def put(fragments: Fragments, row_id: str, path: str, *keys: str, size: int = 10) -> Row:
    row = fragments.row(V, row_id)
    fragments.put(row, path, Fragment(b"x" * size, frozenset(keys)))
    return row


def test_a_touched_key_drops_exactly_what_depends_on_it() -> None:
    fragments = Fragments()
    first = put(fragments, "vm-1", "name", "a")
    put(fragments, "vm-1", "guest", "a", "b")
    put(fragments, "vm-1", "config", "c")
    second = put(fragments, "vm-2", "name", "b")
    assert fragments.touch(["b", "unknown"]) == {first: {"guest"}, second: {"name"}}
    assert sorted(first.fragments) == ["config", "name"]
    assert second.fragments == {}
    assert fragments.touch(["b"]) == {}
    assert fragments.touch(["a", "c"]) == {first: {"name", "config"}}


def test_what_is_joined_of_a_row_goes_with_any_of_its_fragments() -> None:
    fragments = Fragments()
    row = put(fragments, "vm-1", "name", "a")
    put(fragments, "vm-1", "guest", "b")
    fragments.join(row, "columns", b"joined", None)
    row.states["columns"] = "state"
    fragments.touch(["z"])
    assert row.joined
    fragments.touch(["b"])
    assert (row.joined, row.states) == ({}, {})


def test_memory_stays_within_its_budget_and_what_is_used_stays_longest() -> None:
    fragments = Fragments(budget=100_000)
    for number in range(1000):
        put(fragments, f"vm-{number}", "name", f"key-{number}", size=1000)
        fragments.row(V, "vm-0")
    assert fragments.size <= 100_000
    assert "vm-0" in fragments.home(V)
    assert "vm-1" not in fragments.home(V)
    assert "vm-999" in fragments.home(V)


def test_what_is_not_used_is_compressed_before_it_goes() -> None:
    fragments = Fragments(budget=100_000)
    for number in range(200):
        put(fragments, f"vm-{number}", "config", f"key-{number}", size=5000)
    assert len(fragments.home(V)) == 200
    assert fragments.size <= 100_000
    first = fragments.home(V)["vm-0"].fragments["config"]
    assert first.size < 1000
    assert first.data == b"x" * 5000
    assert fragments.touch(["key-0"]) == {fragments.home(V)["vm-0"]: {"config"}}


def test_a_pinned_row_stays_whatever_it_costs() -> None:
    fragments = Fragments(budget=10_000)
    pinned = put(fragments, "vm-0", "name", "key", size=5000)
    pinned.pins += 1
    for number in range(1, 200):
        put(fragments, f"vm-{number}", "name", f"key-{number}", size=1000)
    assert fragments.home(V)["vm-0"] is pinned
    fragments.forget(["vm-0"])
    assert fragments.home(V)["vm-0"] is pinned
    pinned.pins -= 1
    fragments.forget(["vm-0"])
    assert "vm-0" not in fragments.home(V)


def test_the_books_balance_after_any_sequence_of_operations() -> None:
    chance = random.Random(3)
    fragments = Fragments(budget=20_000)
    for _ in range(3000):
        row_id, path = f"vm-{chance.randrange(30)}", f"path-{chance.randrange(4)}"
        match chance.randrange(5):
            case 0 | 1:
                put(fragments, row_id, path, *(f"key-{chance.randrange(40)}" for _ in range(3)), size=chance.randrange(500))
            case 2:
                fragments.touch([f"key-{chance.randrange(40)}"])
            case 3:
                fragments.join(fragments.row(V, row_id), chance.randrange(8), b"j" * chance.randrange(300), None)
            case _:
                fragments.forget([row_id])
        rows = fragments.home(V).values()
        held = sum(one.size for row in rows for one in row.fragments.values()) + sum(
            len(one) for row in rows for one, _ in row.joined.values()
        )
        assert fragments.size == held == sum(row.size for row in rows)
        assert fragments.size <= 20_000 + 500
        for row in rows:
            for fragment in row.fragments.values():
                assert all(row in fragments._readers[key] for key in fragment.keys)
