"""Clients' environments: nothing is installed that its lock has no hash for, and what is there is not made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients import venvs


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(venvs, "CACHE", tmp_path)
    return tmp_path


def lock(folder: Path, text: str) -> Path:
    path = folder / "requirements.txt"
    path.write_text(text)
    return path


def test_a_requirement_without_a_hash_is_refused(tmp_path: Path) -> None:
    with pytest.raises(venvs.Unavailable, match="trial cannot be installed"):
        venvs.made("trial", lock(tmp_path, "six==1.17.0\n"))


def test_an_environment_is_made_once_for_each_lock(tmp_path: Path) -> None:
    empty = lock(tmp_path, "")
    python = venvs.made("trial", empty) / "bin" / "python"
    first = python.lstat().st_ctime_ns
    assert (venvs.made("trial", empty) / "bin" / "python").lstat().st_ctime_ns == first
    venvs.made("trial", lock(tmp_path, "# another\n"))
    assert python.lstat().st_ctime_ns != first


def test_every_wish_is_locked_with_hashes() -> None:
    assert len(venvs.LOCKED) == 4
    for wished in venvs.LOCKED:
        locked = wished.with_suffix(".txt").read_text()
        names = [line.split("=")[0].split(">")[0] for line in wished.read_text().splitlines() if line and not line.startswith("#")]
        assert [name for name in names if f"\n{name}==" not in f"\n{locked}"] == []
        assert locked.count("==") <= locked.count("--hash=sha256:")
