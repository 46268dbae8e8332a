"""The table of benchmarks, ``figures.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("figures.toml")


class Benchmark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file, and what is known of its figures; ``long`` are its arguments in the long run."""

    module: str
    figures: dict[str, str]
    limits: str
    next: str
    shared: bool = False
    needs: tuple[str, ...] = ()
    long: tuple[str, ...] = ()


def benchmarks() -> list[Benchmark]:
    """All of them, in the order of the page."""
    return msgspec.convert(tomllib.loads(FILE.read_text())["benchmark"], list[Benchmark])
