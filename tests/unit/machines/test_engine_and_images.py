"""Finding an engine, and what guest images are made of."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from dcsim.errors import MachineError, MachinesUnavailable
from emulators.machines import engine
from emulators.machines.commands import run
from emulators.machines.engine import PrivateEngine, find_engine, last_error, read_pid
from emulators.machines.images.debian import SOURCES, finish, host_mirror, pack
from emulators.machines.images.importing import context
from emulators.machines.images.tiny import BUSYBOX_PLACES, is_static, rootfs


async def test_without_any_engine_the_answer_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "what_is_missing", lambda: "dockerd is not installed")
    search = await find_engine(tmp_path, environ={}, default_socket=tmp_path / "none.sock")
    assert search.engine is None
    assert search.note.startswith("No Docker engine answers and dockerd is not installed. VMs are simulated")


async def test_an_engine_that_was_named_must_answer(tmp_path: Path) -> None:
    with pytest.raises(MachinesUnavailable, match="does not answer"):
        await find_engine(tmp_path, environ={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})


async def test_the_own_private_engine_stays_own_when_the_environment_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "RUNTIME_ROOT", tmp_path / "run")
    monkeypatch.setattr(engine, "what_is_missing", lambda: "dockerd is not installed")
    environ = {"DOCKER_HOST": PrivateEngine(tmp_path).host}  # what a shell has after `eval "$(dcsim env)"` of an earlier run
    search = await find_engine(tmp_path, environ=environ, default_socket=tmp_path / "none.sock")
    assert "dockerd is not installed" in search.note
    with pytest.raises(MachinesUnavailable, match="does not answer"):
        await find_engine(tmp_path / "other", environ=environ, default_socket=tmp_path / "none.sock")


async def test_a_private_engine_that_cannot_start_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "dockerd"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'failed to start daemon: no space left on device.' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setattr(engine, "what_is_missing", lambda: "")
    monkeypatch.setattr(engine, "RUNTIME_ROOT", tmp_path / "run")
    search = await find_engine(tmp_path, environ={}, default_socket=tmp_path / "none.sock")
    assert search.engine is None
    assert "did not start: no space left on device (all of it in" in search.note
    assert "VMs are simulated" in search.note


def test_private_engines_of_different_data_do_not_meet(tmp_path: Path) -> None:
    one, other = PrivateEngine(tmp_path / "a"), PrivateEngine(tmp_path / "b")
    assert one.socket != other.socket
    assert one.socket == PrivateEngine(tmp_path / "a").socket
    assert len(str(PrivateEngine(Path("/very/long" * 30)).socket)) < 108


@pytest.mark.parametrize("content", ["", "x", "1", "99999999"])
def test_a_pidfile_of_something_else_is_nobodys(tmp_path: Path, content: str) -> None:
    (tmp_path / "pid").write_text(content)
    assert read_pid(tmp_path / "pid") is None
    assert read_pid(tmp_path / "none") is None


def test_an_empty_log_is_said(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("")
    assert last_error(tmp_path / "log") == "it said nothing"


@pytest.mark.skipif(not any(is_static(place) for place in BUSYBOX_PLACES), reason="no static busybox on this machine")
async def test_the_tiny_root_file_system_is_the_same_every_time() -> None:
    busybox = next(place for place in BUSYBOX_PLACES if is_static(place))
    first, second = await rootfs(busybox), await rootfs(busybox)
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    with tarfile.open(fileobj=BytesIO(first)) as archive:
        names = set(archive.getnames())
        assert {"bin/sh", "sbin/dcsim-guest", "etc/passwd", "tmp"} <= names
        assert archive.getmember("tmp").mode == 0o1777
        assert all(member.mtime == 0 and member.uid == 0 for member in archive)


def test_dynamic_programs_are_no_base(tmp_path: Path) -> None:
    assert not is_static(tmp_path / "none")
    (tmp_path / "script").write_text("#!/bin/sh\n")
    assert not is_static(tmp_path / "script")
    python = shutil.which("bash")
    assert python is not None
    assert not is_static(Path(python))


@pytest.mark.parametrize("kind", ["tiny", "debian"])
def test_build_contexts_have_a_classic_dockerfile(kind: str) -> None:
    with tarfile.open(fileobj=BytesIO(context(kind))) as archive:
        assert archive.getmember("init.sh").mode == 0o755
        dockerfile = archive.extractfile("Dockerfile")
        assert dockerfile is not None
        text = dockerfile.read().decode()
    assert f"LABEL dcsim.guest={kind}" in text
    assert "--mount" not in text, "the classic builder has none"
    assert "<<" not in text, "the classic builder has none"


@pytest.mark.parametrize(
    ("file", "text", "mirror"),
    [
        ("sources.list", "deb [signed-by=/k] http://mirror.example/debian bookworm main\n", "http://mirror.example/debian"),
        (
            "sources.list.d/debian.sources",
            "Types: deb\nURIs: http://two.example/debian http://x\nSuites: bookworm bookworm-updates\nComponents: main\n",
            "http://two.example/debian",
        ),
        ("sources.list", "deb http://mirror.example/ubuntu noble main\n", "http://deb.debian.org/debian"),
        ("sources.list", "", "http://deb.debian.org/debian"),
    ],
)
def test_the_hosts_own_mirror_is_used(tmp_path: Path, file: str, text: str, mirror: str) -> None:
    path = tmp_path / "apt" / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert host_mirror(tmp_path) == mirror


def test_a_finished_debian_holds_nothing_of_this_machine(tmp_path: Path) -> None:
    for name in ("etc/ssh/ssh_host_rsa_key", "var/lib/apt/lists/x_Packages", "var/cache/apt/archives/a.deb", "var/log/apt/term.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "etc/apt").mkdir()
    (tmp_path / "etc/debian_version").write_text("12.0\n")
    finish(tmp_path)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"etc/debian_version", "etc/machine-id", "etc/hostname", "etc/apt/sources.list", "usr/local/sbin/dcsim-guest"}
    assert (tmp_path / "etc/apt/sources.list").read_text() == SOURCES
    pack(tmp_path, tmp_path.parent / "one.tar")
    pack(tmp_path, tmp_path.parent / "two.tar")
    assert (tmp_path.parent / "one.tar").read_bytes() == (tmp_path.parent / "two.tar").read_bytes()


async def test_a_tool_that_fails_is_a_sentence() -> None:
    assert await run("echo", "hello") == b"hello\n"
    with pytest.raises(MachineError, match="sh -c failed: broken"):
        await run("sh", "-c", "echo broken >&2; exit 3")
    with pytest.raises(MachineError, match="no-such-tool can't be run"):
        await run("no-such-tool")
    with pytest.raises(MachineError, match=r"still running after 0\.1 s"):
        await run("sleep", "60", deadline=0.1)
