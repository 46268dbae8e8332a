"""Make the private environment (.venv) on a machine with nothing but Python, then run a command in it.

    bootstrap.py [--dev] [COMMAND [ARGUMENT ...]]        (called by scripts/bootstrap, which finds a Python that is new enough)

Standard library only. What it installs is what uv.lock names, each file checked against the hash there; uv itself comes
from PATH when it is at least the locked version, else as a wheel by the same rule into .cache/. A second run does nothing:
.venv/.dcsim-stamp holds a digest of everything the environment was made from. Nothing outside the checkout is written,
except uv's own package cache.
"""

from __future__ import annotations

import base64
import compileall
import configparser
import fcntl
import hashlib
import io
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import IO, Any, NoReturn
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".dcsim-stamp"
CACHE = ROOT / ".cache"
TIMEOUT = 60  # seconds without a byte from the package index
MISLEADING = ("UV_PYTHON", "UV_PROJECT_ENVIRONMENT", "UV_PROJECT", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "CONDA_PREFIX")
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do next."""


def say(text: str) -> None:
    """Report progress on standard error, so that a command's own output stays clean."""
    print(f"set-up: {text}", file=sys.stderr, flush=True)


# --- is there anything to do? -----------------------------------------------------------------------------------------------


def wanted_stamp(dev: bool) -> str:
    """Digest of what the environment is made from, and for what it is made (`run`, or `dev`, which includes `run`)."""
    digest = hashlib.sha256(f"{ROOT}\n".encode())
    for name in ("uv.lock", "pyproject.toml", "scripts/bootstrap.py"):
        digest.update((ROOT / name).read_bytes())
    return f"{digest.hexdigest()} {'dev' if dev else 'run'}"


def is_current(dev: bool) -> bool:
    """Whether .venv already has what is asked for."""
    if not (VENV / "bin" / "python").exists() or not STAMP.exists():
        return False
    return STAMP.read_text() in {wanted_stamp(dev), wanted_stamp(dev=True)}


# --- uv: from PATH, or the locked wheel --------------------------------------------------------------------------------------


def locked_uv() -> dict[str, Any]:
    """Return uv's entry in uv.lock: `version`, `source.registry`, and `wheels` with `url` and `hash`."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    entry: dict[str, Any] = next(package for package in packages if package["name"] == "uv")
    return entry


def version_tuple(text: str) -> tuple[int, ...]:
    """Return the first dotted number in the text: `uv 0.13.9 (...)` gives `(0, 13, 9)`."""
    found = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def uv_on_path(at_least: str) -> str | None:
    """Return a uv that is installed and new enough to read our lock, if there is one."""
    path = shutil.which("uv")
    if path is None:
        return None
    shown = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)
    return path if shown.returncode == 0 and version_tuple(shown.stdout) >= version_tuple(at_least) else None


def wheel_tag(system: str, machine: str, libc: str) -> str:
    """Return a pattern for the part of a wheel's file name that says for which system and processor it is."""
    arch = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine.lower(), machine.lower())
    if system == "Darwin":
        return "macosx_[^.]*_arm64" if arch == "aarch64" else "macosx_[^.]*_x86_64"
    return f"{'manylinux' if libc == 'glibc' else 'musllinux'}[^.]*_{arch}"


def locked_wheel(entry: dict[str, Any], tag: str) -> dict[str, str]:
    """Return the wheel of the entry for a platform."""
    for wheel in entry["wheels"]:
        if re.search(rf"[-.]{tag}\.", wheel["url"]):
            return dict(wheel)
    message = f"uv has no ready-made build for this platform ({tag}): install uv yourself, then run this again."
    raise SetupError(message)


def fetch_uv(entry: dict[str, Any]) -> str:
    """Return the path of the locked uv in .cache/, fetched and checked the first time."""
    binary = CACHE / f"uv-{entry['version']}" / "uv"
    if not binary.exists():
        wheel = locked_wheel(entry, wheel_tag(platform.system(), platform.machine(), platform.libc_ver()[0]))
        say(f"fetching uv {entry['version']}")
        unpack_uv(checked(download(wheel_url(wheel["url"], entry)), wheel["hash"]), binary)
    return str(binary)


def find_uv(entry: dict[str, Any]) -> str:
    """Return the path of a uv that can read our lock."""
    return uv_on_path(entry["version"]) or fetch_uv(entry)


def wheel_url(locked: str, entry: dict[str, Any]) -> str:
    """Return where to get a locked file: from the index that pip or uv is configured to use, else where the lock says."""
    index = configured_index()
    if index is None or index.rstrip("/") == entry["source"]["registry"].rstrip("/"):
        return locked
    name = locked.rsplit("/", 1)[-1]
    page_url = f"{index.rstrip('/')}/uv/"
    found = re.search(rf"""["']([^"']*/{re.escape(name)})[^"']*["']""", download(page_url).decode(errors="replace"))
    if not found:
        message = f"the package index {host_of(index)} does not offer {name}: install uv yourself, then run this again."
        raise SetupError(message)
    return with_login(urljoin(page_url, found.group(1)), index)


def checked(content: bytes, expected: str) -> bytes:
    """Return the content if its hash (`sha256:...`) is the locked one."""
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != expected:
        message = (
            "the uv that was downloaded is not the one uv.lock names (wrong hash): something on the way changed it. Try another network."
        )
        raise SetupError(message)
    return content


def unpack_uv(wheel: bytes, binary: Path) -> None:
    """Write the program inside a uv wheel to `binary`: whole or not at all."""
    binary.parent.mkdir(parents=True, exist_ok=True)
    partial = binary.with_suffix(".partial")
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        member = next(name for name in archive.namelist() if name.endswith(".data/scripts/uv"))
        partial.write_bytes(archive.read(member))
    partial.chmod(0o755)
    partial.replace(binary)


# --- the package index -------------------------------------------------------------------------------------------------------


def configured_index() -> str | None:
    """Return the simple index URL that this machine's pip or uv is set to use, or None for the default one."""
    for name in INDEX_VARIABLES:
        if value := os.environ.get(name):
            return re.sub(r"^[\w.-]+=(?=https?:)", "", value)  # uv allows NAME=URL
    return next((url for path in pip_configurations() if (url := index_in(path))), None)


def pip_configurations() -> list[Path]:
    """Return where pip looks for its configuration, the winner first."""
    home = Path.home()
    chosen = os.environ.get("PIP_CONFIG_FILE")
    xdg = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return [*([Path(chosen)] if chosen else []), xdg / "pip/pip.conf", home / ".pip/pip.conf", Path("/etc/pip.conf")]


def index_in(path: Path) -> str | None:
    """Return the index URL in one of pip's configuration files, if it can be read and has one."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(path)
    except (configparser.Error, OSError, UnicodeDecodeError):
        return None  # pip's own file, pip's own complaint: without it the default index is used
    return parser.get("install", "index-url", fallback=None) or parser.get("global", "index-url", fallback=None)


def host_of(url: str) -> str:
    """Return the host of a URL, for messages: never its password."""
    return urlsplit(url).hostname or "?"


def with_login(url: str, index: str) -> str:
    """Return the URL with the index's user and password when both are on the same host."""
    ours, theirs = urlsplit(url), urlsplit(index)
    if theirs.username and not ours.username and ours.hostname == theirs.hostname:
        ours = ours._replace(netloc=f"{theirs.netloc.rpartition('@')[0]}@{ours.netloc}")
    return urlunsplit(ours)


def request_for(url: str) -> urllib.request.Request:
    """Return a request for a URL, its user and password moved into a header."""
    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if not bare.startswith(("https://", "http://")):
        message = f"the package index must be an http or https URL, not {bare!r}: see {', '.join(INDEX_VARIABLES)} and pip.conf."
        raise SetupError(message)
    request = urllib.request.Request(bare, headers={"User-Agent": "dc-sim-setup"})  # noqa: S310  (http and https only: above)
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        request.add_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    return request


def has_certificates() -> bool:
    """Whether this system, or SSL_CERT_FILE or SSL_CERT_DIR, has any certificate to trust."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile is not None or bool(paths.capath and any(Path(paths.capath).iterdir()))


def tls_context() -> ssl.SSLContext:
    """Return the TLS settings for downloads.

    A bare Debian has no CA certificates at all. There the server cannot be verified, and need not be: the one file that is
    fetched this way is used only if its SHA-256 is the one in uv.lock. uv then brings its own certificates.
    """
    context = ssl.create_default_context()
    if not has_certificates():
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def download(url: str) -> bytes:
    """Return what a URL answers; a SetupError says which host could not be reached and what to do."""
    try:
        with urllib.request.urlopen(request_for(url), timeout=TIMEOUT, context=tls_context()) as answer:  # noqa: S310  (as above)
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        error.close()
        message = f"{host_of(url)} answered {error.code} {error.reason}: check the package index set in pip.conf or the environment."
        raise SetupError(message) from error
    except OSError as error:
        raise SetupError(no_network(host_of(url), error)) from error


def no_network(host: str, error: OSError) -> str:
    """Return the sentence for a package index that cannot be reached."""
    reason = getattr(error, "reason", error)
    return (
        f"no connection to the package index {host} ({reason}). The first set-up needs the network: connect, or set HTTPS_PROXY, "
        "or point UV_DEFAULT_INDEX at a mirror, then run this again."
    )


# --- the environment ---------------------------------------------------------------------------------------------------------


def uv_environment() -> dict[str, str]:
    """Return the environment for uv: ours, without what would point it at another Python or another project."""
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    home = os.environ.get("HOME")
    if not (home and os.access(home, os.W_OK)):
        kept.setdefault("UV_CACHE_DIR", str(CACHE / "uv"))
    if has_certificates():
        kept.setdefault("UV_SYSTEM_CERTS", "1")  # trust what this system trusts: many a company adds its own
    return kept | {"UV_PYTHON_DOWNLOADS": "never"}


def run_uv(uv: str, *arguments: str) -> None:
    """Run uv in the checkout; it prints its own progress and errors."""
    done = subprocess.run([uv, *arguments], cwd=ROOT, env=uv_environment(), stdin=subprocess.DEVNULL, timeout=3600, check=False)
    if done.returncode != 0:
        message = f"`uv {' '.join(arguments[:2])}` failed (its reason is above). If the network was at fault, run this again: it resumes."
        raise SetupError(message)


def make_venv(uv: str) -> None:
    """Make .venv anew on the Python that runs this, unless it is there and was made for this place."""
    config = VENV / "pyvenv.cfg"
    place = VENV / ".dcsim-place"
    if config.exists() and (VENV / "bin" / "python").exists() and (not place.exists() or place.read_text() == str(ROOT)):
        return
    say("making .venv")
    base = getattr(sys, "_base_executable", None) or sys.executable
    run_uv(uv, "venv", "--quiet", "--clear", "--python", base, str(VENV))
    place.write_text(str(ROOT))


def install(uv: str, entry: dict[str, Any], dev: bool) -> None:
    """Install what uv.lock names, from the default index or the configured one."""
    groups = ["--group=build", "--group=dev"] if dev else ["--group=build", "--no-dev"]
    index = configured_index()
    if index is None or index.rstrip("/") == entry["source"]["registry"].rstrip("/"):
        run_uv(uv, "sync", "--frozen", "--compile-bytecode", *groups)  # compiled now, or again at every start
        return
    say(f"installing from {host_of(index)}")  # a lock holds the default index's addresses; the hashes are the same everywhere
    wanted = CACHE / "requirements.txt"
    run_uv(uv, "export", "--quiet", "--frozen", "--no-emit-project", *groups, "--output-file", str(wanted))
    target = ("--python", str(VENV / "bin" / "python"), "--default-index", index)
    run_uv(uv, "pip", "sync", "--require-hashes", "--compile-bytecode", *target, str(wanted))
    run_uv(uv, "pip", "install", "--no-deps", "--no-build-isolation", *target, "--editable", str(ROOT))


def compile_project() -> None:
    """Compile the project's own modules too, for where PYTHONDONTWRITEBYTECODE is set or the checkout is read-only later."""
    for package in ("dcsim", "emulators"):
        compileall.compile_dir(ROOT / package, quiet=2)


def take_turn(file: IO[str]) -> None:
    """Wait until no other set-up of this checkout runs; the lock goes with the file."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another set-up of this checkout")
        fcntl.flock(file, fcntl.LOCK_EX)


def set_up(dev: bool) -> None:
    """Bring .venv to what uv.lock says."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "set-up.lock").open("w") as lock:
        take_turn(lock)
        if is_current(dev):
            return
        entry = locked_uv()
        uv = find_uv(entry)
        make_venv(uv)
        STAMP.unlink(missing_ok=True)
        say("installing packages")
        install(uv, entry, dev)
        compile_project()
        STAMP.write_text(wanted_stamp(dev))
        say("ready")


def run(command: list[str]) -> NoReturn:
    """Become the command, taken from .venv/bin when it is there; its folder leads PATH for what the command starts.

    `uv` is the uv that set-up itself uses.
    """
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    program = find_uv(locked_uv()) if command[0] == "uv" else shutil.which(command[0], path=path)
    if program is None:
        message = f"{command[0]} is not there, although set-up finished: run `rm -rf .venv` and try again."
        raise SetupError(message)
    os.execve(program, command, os.environ | {"PATH": path})  # noqa: S606  (the point of this function)


def main(arguments: list[str]) -> int:
    """Set up, then run the command; the exit code is 1 when set-up failed."""
    dev = arguments[:1] == ["--dev"]
    command = arguments[1:] if dev else arguments
    try:
        if not is_current(dev):
            set_up(dev)
        if command:
            run(command)
    except SetupError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"{error.strerror or error} ({error.filename or ROOT}): make room or access there, then run this again.")
        return 1
    except subprocess.TimeoutExpired as error:
        say(f"{error.cmd[0]} hung: run this again, it resumes.")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
