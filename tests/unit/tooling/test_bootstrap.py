"""Set-up on a machine with nothing: what scripts/bootstrap.py decides, and what it says when it cannot go on."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import os
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest

ROOT = Path(__file__).resolve().parents[3]
WHEEL = "uv-1.2.3-py3-none-any.whl"
NO_INDEX = {"UV_DEFAULT_INDEX": None, "UV_INDEX_URL": None, "PIP_INDEX_URL": None, "PIP_CONFIG_FILE": None, "XDG_CONFIG_HOME": None}


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Return scripts/bootstrap.py as a module of its own, on a home and cache without any pip configuration."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", ROOT / "scripts" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in NO_INDEX:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(module, "CACHE", tmp_path / ".cache")
    return module


class Index(BaseHTTPRequestHandler):
    """A package index that wants a login and has one wheel."""

    files: ClassVar[dict[str, bytes]] = {}
    login = "Basic " + base64.b64encode(b"me:s@cret").decode()

    def do_GET(self) -> None:
        """Answer a page or a file."""
        allowed = self.headers.get("Authorization") == self.login
        body = self.files.get(self.path)
        self.send_response(401 if not allowed else 404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body if allowed and body else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it so)
        """Stay quiet."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the address, with login, of a package index that offers a uv whose program prints `uv 1.2.3`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("uv-1.2.3.data/scripts/uv", "#!/bin/sh\necho uv 1.2.3\n")
    page = f'<a href="../../files/{WHEEL}#sha256=unchecked">{WHEEL}</a>'.encode()
    monkeypatch.setattr(Index, "files", {"/simple/uv/": page, f"/files/{WHEEL}": content.getvalue()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://me:s%40cret@127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    thread.join()
    server.server_close()


def entry(sha256: str) -> dict[str, object]:
    """Return uv's entry of a lock whose default index nobody can reach."""
    wheel = {"url": f"https://default.invalid/packages/{WHEEL}", "hash": f"sha256:{sha256}"}
    return {"name": "uv", "version": "1.2.3", "source": {"registry": "https://default.invalid/simple"}, "wheels": [wheel]}


def test_uv_comes_from_the_configured_index_and_is_checked(bootstrap: ModuleType, index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index)
    monkeypatch.setattr(bootstrap, "wheel_tag", lambda *_: "any")
    locked = entry(hashlib.sha256(Index.files[f"/files/{WHEEL}"]).hexdigest())
    uv = bootstrap.fetch_uv(locked)
    assert subprocess.run([uv], capture_output=True, text=True, check=True, timeout=10).stdout == "uv 1.2.3\n"
    Index.files.clear()
    assert bootstrap.fetch_uv(locked) == uv, "the second time nothing is fetched"


def test_a_file_with_another_hash_is_refused(bootstrap: ModuleType, index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"corp={index}")
    monkeypatch.setattr(bootstrap, "wheel_tag", lambda *_: "any")
    with pytest.raises(bootstrap.SetupError, match="wrong hash"):
        bootstrap.fetch_uv(entry("0" * 64))
    assert not list(bootstrap.CACHE.rglob("uv"))


def test_the_password_of_an_index_is_never_shown(bootstrap: ModuleType, index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.replace("s%40cret", "wrong"))
    monkeypatch.setattr(bootstrap, "wheel_tag", lambda *_: "any")
    with pytest.raises(bootstrap.SetupError, match=r"127\.0\.0\.1 answered 401") as refused:
        bootstrap.fetch_uv(entry("0" * 64))
    assert "wrong" not in str(refused.value)


def test_the_index_is_found_where_pip_would_find_it(bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "pip_configurations", lambda: [tmp_path / "absent.conf", tmp_path / "pip.conf"])
    assert bootstrap.configured_index() is None
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://mirror.invalid/simple\ntimeout = 10%\n")
    assert bootstrap.configured_index() == "https://mirror.invalid/simple"
    monkeypatch.setenv("UV_INDEX_URL", "https://uv.invalid/simple")
    assert bootstrap.configured_index() == "https://uv.invalid/simple"


def test_a_broken_pip_configuration_is_no_obstacle(bootstrap: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_bytes(b"\xff\xfe not a configuration")
    assert bootstrap.index_in(tmp_path / "pip.conf") is None


@pytest.mark.parametrize(
    ("system", "machine", "libc"),
    [
        ("Linux", "x86_64", "glibc"), ("Linux", "aarch64", "glibc"), ("Linux", "x86_64", ""), ("Linux", "aarch64", ""),
        ("Darwin", "arm64", ""), ("Darwin", "x86_64", ""),
    ],
)  # fmt: skip
def test_the_lock_has_uv_for_every_platform_we_name(bootstrap: ModuleType, system: str, machine: str, libc: str) -> None:
    wheel = bootstrap.locked_wheel(bootstrap.locked_uv(), bootstrap.wheel_tag(system, machine, libc))
    family = {"Darwin": "macosx", "Linux": "manylinux" if libc else "musllinux"}[system]
    assert family in wheel["url"]
    assert wheel["hash"].startswith("sha256:")


def test_a_platform_without_a_build_gets_a_sentence(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.SetupError, match="install uv yourself"):
        bootstrap.locked_wheel(bootstrap.locked_uv(), bootstrap.wheel_tag("Linux", "vax", "glibc"))


@pytest.mark.parametrize(
    ("shown", "usable"), [("uv 0.13.9 (x86_64)", True), ("uv 0.14.0", True), ("uv 1.0.0", True), ("uv 0.13.8", False), ("uv 0.9.30", False)]
)
def test_an_older_uv_on_path_is_not_used(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: str, usable: bool
) -> None:
    program = tmp_path / "uv"
    program.write_text(f"#!/bin/sh\necho '{shown}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (bootstrap.uv_on_path("0.13.9") is not None) is usable


def test_without_a_network_it_says_so_and_what_to_do(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    with pytest.raises(bootstrap.SetupError, match=r"no connection to the package index 127\.0\.0\.1 .*then run this again"):
        bootstrap.download("http://127.0.0.1:9/simple/uv/")


def test_only_web_addresses_are_fetched(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.SetupError, match="http or https"):
        bootstrap.download("file:///etc/passwd")


def test_the_stamp_changes_with_the_lock_and_covers_the_smaller_environment(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("uv.lock", "pyproject.toml", "scripts/bootstrap.py", ".venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for name, path in (("ROOT", tmp_path), ("VENV", tmp_path / ".venv"), ("STAMP", tmp_path / ".venv/stamp")):
        monkeypatch.setattr(bootstrap, name, path)
    assert not bootstrap.is_current(dev=False)
    bootstrap.STAMP.write_text(bootstrap.wanted_stamp(dev=True))
    assert bootstrap.is_current(dev=False)
    assert bootstrap.is_current(dev=True)
    bootstrap.STAMP.write_text(bootstrap.wanted_stamp(dev=False))
    assert not bootstrap.is_current(dev=True)
    (tmp_path / "uv.lock").write_text("changed")
    assert not bootstrap.is_current(dev=False)


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    """scripts/bootstrap in a checkout without .venv, where the only python3 is an old one."""
    scripts = tmp_path / "checkout" / "scripts"
    scripts.mkdir(parents=True)
    (scripts / "bootstrap").write_bytes((ROOT / "scripts" / "bootstrap").read_bytes())
    old = tmp_path / "bin" / "python3"
    old.parent.mkdir()
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit\nexit 1\n')
    old.chmod(0o755)
    (old.parent / "dirname").symlink_to("/usr/bin/dirname")
    done = subprocess.run(
        ["/bin/sh", scripts / "bootstrap", "true"], env={"PATH": str(old.parent)}, capture_output=True, text=True, timeout=10, check=False
    )
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed, and Python 3.9.2 is what is here" in done.stderr


def test_uv_is_kept_from_other_pythons_and_projects(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in bootstrap.MISLEADING:
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid")
    environment = bootstrap.uv_environment()
    assert not set(bootstrap.MISLEADING) & set(environment)
    assert environment["HTTPS_PROXY"] == "http://proxy.invalid"
    assert environment["UV_PYTHON_DOWNLOADS"] == "never"
    assert os.environ["UV_PYTHON"] == "elsewhere", "only uv's environment is changed"
