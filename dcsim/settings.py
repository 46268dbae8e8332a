"""All settings of every service, as one typed tree: ``dcsim.toml`` < environment (``DCSIM_WORLD__SEED``) < flags.

The file is the one given, else ``./dcsim.toml``, else ``$XDG_CONFIG_HOME/dcsim/dcsim.toml``; none of them need exist.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin
from urllib.parse import urlsplit

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from dcsim.errors import SettingsError

PREFIX = "DCSIM_"
FOR_CLIENTS = frozenset(
    {"DCSIM_URL", "DCSIM_CMDB_URL", "DCSIM_GATEWAY_URL", "DCSIM_GATEWAY_USER", "DCSIM_GATEWAY_PASSWORD", "DCSIM_TOKEN", "DCSIM_CONFIG"}
)
"""Variables with our prefix that are no settings: what ``dcsim env`` exports, and where the file is."""
HIDDEN = "********"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Port = Annotated[int, Field(ge=0, le=65535)]


def _number_or_text(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdigit() else value


class Section(BaseModel):
    """One table of the file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Ports(Section):
    """TCP ports to listen on; 0 takes any free one."""

    engine: Port = 8081
    cmdb: Port = 8082
    vsphere: Port = 8989
    openstack: Port = 8090
    ucs_http: Port = 8092
    ucs_https: Port = 8093
    gateway: Port = 8080
    gateway_tls: Port = 8443


class World(Section):
    """The datacenter that is generated when the journal is empty."""

    seed: int = 7
    preset: Literal["small", "medium", "large"] = "small"
    hosts: Annotated[int, Field(ge=1)] | None = None
    """Hosts instead of the preset's number."""
    vms: Annotated[int, Field(ge=0)] | None = None
    """VMs instead of the preset's number."""
    inventory: Path | None = None
    """A YAML inventory instead of a generated one."""
    network_base: str = "auto"
    """The IPv4 range of the VMs' networks; ``auto``: the first of 10.77.0.0/16 to 10.99.0.0/16 that this machine routes nowhere else."""
    timing: Literal["instant", "demo", "realistic"] = "demo"
    """How long tasks, FSMs and boots take in simulated time."""


class Machines(Section):
    """What stands behind VMs."""

    backend: Literal["auto", "docker", "simulated"] = "auto"
    """``auto``: Docker when an engine answers, else simulated."""
    docker_host: str | None = None
    """The Docker engine's URL; by default what DOCKER_HOST says, else the local socket."""
    containers: Annotated[int | str, BeforeValidator(_number_or_text)] = 100
    """Which VMs get a container: ``all``, ``none``, the first so many, or a selector such as ``name=shop-*,tag=env:prod``."""
    max_in_flight: Annotated[int, Field(ge=1, le=64)] = 8
    """Operations that the Docker engine is given at once."""
    own_engine: Literal["auto", "never"] = "auto"
    """``auto``: start a private dockerd when none answers and it is installed."""


class Bus(Section):
    """The event bus."""

    url: str | None = None
    """A Redis or Valkey >= 6.2 (``redis://``, ``rediss://``, ``unix://``); by default a private Valkey in the data directory."""


class Cmdb(Section):
    """The configuration management database."""

    neo4j_url: str | None = None
    """Keep the graph in this Neo4j 5 (``neo4j://``, ``bolt://``, with ``+s`` for TLS) instead of a file in the data directory."""
    neo4j_user: str = "neo4j"
    neo4j_password: str = ""
    """Empty: the server wants none."""
    neo4j_database: str = "neo4j"
    engine_url: str | None = None
    """Where the engine's REST API is; by default that of the engine in the same process."""
    engine_token: str = ""
    """A token with the scopes sim:read and sim:write, when the engine has another data directory (``dcsim token issue`` there)."""


class Gateway(Section):
    """The one door in front of the services."""

    services: dict[str, str] = {}
    """Where services are (``{engine = "http://...", cmdb = "http://..."}``); by default those of the same process."""
    tls: Literal["off", "on", "both"] = "off"
    """``on``: TLS on ``ports.gateway``; ``both``: TLS on ``ports.gateway_tls`` beside the plain port."""
    database_url: str | None = None
    """Keep users, tokens and the audit here (``postgresql://``, ``sqlite:///``) instead of in a file in the data directory."""
    audit_days: Annotated[int, Field(ge=1)] = 90
    """How long the audit is kept."""
    persisted: tuple[Path, ...] = ()
    """Manifests of GraphQL documents that clients may ask for by hash: JSON objects of ``sha256:<hash>`` to the document's text."""
    points_per_second: Annotated[float, Field(ge=0)] = 5000
    """How much each principal may ask for, in points (a REST request is 10, a GraphQL query what it costs); 0 stands for no limit."""
    points_at_once: Annotated[float, Field(gt=0)] = 50_000
    """How many points a principal has saved at most; addresses without a token have a tenth of both."""


class Journal(Section):
    """The engine's journal."""

    synchronous: Literal["full", "normal"] = "normal"
    """SQLite's: with ``normal`` what was acknowledged survives a crash of dc-sim, with ``full`` one of the machine too."""


class Security(Section):
    """Passwords and keys."""

    demo: bool = False
    """Use the vendors' well-known passwords; only on a loopback address."""
    jwks_url: str | None = None
    """Trust tokens signed with a key of this set (a gateway's ``/.well-known/jwks.json``), too, not only those of the data directory."""


class Telemetry(Section):
    """Logs."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"
    """``auto``: console on a terminal, JSON elsewhere."""


class Process(Section):
    """How the process itself runs."""

    uvloop: Literal["auto", "never"] = "auto"
    asyncio_debug: bool = False
    drain_seconds: Annotated[float, Field(ge=0, le=300)] = 5.0
    """How long requests in flight may take to finish when dc-sim stops."""


def default_data_dir() -> Path:
    """``$XDG_STATE_HOME/dcsim``, by default ``~/.local/state/dcsim``."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "dcsim"


class Settings(Section):
    """The root of the tree.  Build it with `load_settings`; in tests, ``Settings(data_dir=...)`` takes nothing from outside."""

    data_dir: Path = Field(default_factory=default_data_dir)
    """Journal, secrets, certificates, logs and the run state live here."""
    host: str = "127.0.0.1"
    """The address to listen on."""
    services: tuple[str, ...] = ()
    """What ``dcsim up`` runs: names of services, or ``module:Class`` for one of your own; all of dc-sim's when empty."""
    ports: Ports = Ports()
    world: World = World()
    machines: Machines = Machines()
    bus: Bus = Bus()
    cmdb: Cmdb = Cmdb()
    gateway: Gateway = Gateway()
    journal: Journal = Journal()
    security: Security = Security()
    telemetry: Telemetry = Telemetry()
    process: Process = Process()

    @model_validator(mode="after")
    def _demo_stays_local(self) -> Settings:
        if self.security.demo and self.host not in LOOPBACK:
            raise ValueError(f"well-known passwords are for loopback addresses only, and host is {self.host}; drop one of the two")
        return self


Layer = tuple[str, dict[str, Any]]
"""Where settings came from, and the nested values found there."""


def load_settings(
    *, file: Path | None = None, flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """The effective settings.  *flags* is nested like the tree; None values in it count as not given.

    Raises SettingsError, which names each wrong key and the file, variable or flag that it came from.
    """
    variables = os.environ if environ is None else environ
    layers = [*_file_layers(file, variables), *_environment_layers(variables), ("command line", _given(flags or {}))]
    merged: dict[str, Any] = {}
    for _, values in layers:
        _merge(merged, values)
    try:
        return Settings(**merged)
    except ValidationError as error:
        complaints = dict.fromkeys(_complaint(dict(found), layers) for found in error.errors())
        raise SettingsError("\n".join(complaints)) from error


def effective(settings: Settings) -> dict[str, Any]:
    """The tree as plain values for display, with passwords inside URLs hidden."""
    tree = settings.model_dump(mode="json")
    if settings.bus.url:
        tree["bus"]["url"] = _without_password(settings.bus.url)
    if settings.gateway.database_url:
        tree["gateway"]["database_url"] = _without_password(settings.gateway.database_url)
    for key in ("neo4j_password", "engine_token"):
        if tree["cmdb"][key]:
            tree["cmdb"][key] = HIDDEN
    return tree


def settings_file(given: Path | None = None, environ: Mapping[str, str] | None = None) -> Path | None:
    """The settings file in force, or None; raises SettingsError when the one asked for does not exist."""
    variables = os.environ if environ is None else environ
    asked = given or (Path(variables["DCSIM_CONFIG"]) if variables.get("DCSIM_CONFIG") else None)
    if asked is not None:
        if not asked.is_file():
            raise SettingsError(f"The settings file {asked} does not exist; check --config or DCSIM_CONFIG.")
        return asked
    home = Path(variables.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return next((path for path in (Path("dcsim.toml"), home / "dcsim" / "dcsim.toml") if path.is_file()), None)


def _file_layers(given: Path | None, environ: Mapping[str, str]) -> list[Layer]:
    path = settings_file(given, environ)
    if path is None:
        return []
    try:
        return [(str(path), tomllib.loads(path.read_text()))]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from error


def _environment_layers(environ: Mapping[str, str]) -> list[Layer]:
    """One layer a variable, so that a complaint can name it."""
    layers: list[Layer] = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in FOR_CLIENTS:
            path = name.removeprefix(PREFIX).lower().split("__")
            layers.append((name, _nested(path, _value_of(name, path, environ[name]))))
    return layers


def _value_of(name: str, path: list[str], text: str) -> object:
    """A variable's value: JSON for a section or a list, else the text itself, which pydantic converts."""
    kind: Any = Settings
    for key in path:
        field = _fields_of(kind).get(key)
        kind = field.annotation if field is not None else None
    if not _fields_of(kind) and get_origin(kind) is not tuple:
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        form = "a whole section must be given as a JSON object" if _fields_of(kind) else "a list must be given as a JSON array"
        raise SettingsError(f"{name}: {form}.") from error


def _nested(path: list[str], value: object) -> dict[str, Any]:
    nested: Any = value
    for key in reversed(path):
        nested = {key: nested}
    return dict(nested)


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    """*flags* without the Nones, at every level."""
    return {key: _given(value) if isinstance(value, Mapping) else value for key, value in flags.items() if value is not None}


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value


def _complaint(found: dict[str, Any], layers: list[Layer]) -> str:
    path = _of_fields([str(part) for part in found["loc"]]) if found["type"] != "extra_forbidden" else [*map(str, found["loc"])]
    key = ".".join(path)
    where = _source_of(path, layers)
    if found["type"] == "extra_forbidden":
        return f"{where}: unknown setting {key}{_suggestion(path)}; `dcsim config show` lists them all."
    text = str(found["msg"]).removeprefix("Value error, ")
    return f"{where}: setting {key or 'host'}: {text}." if where else f"Settings: {text}."


def _fields_of(section: object) -> Mapping[str, Any]:
    """The fields of a section's class; none when it is a plain value's type."""
    return section.model_fields if isinstance(section, type) and issubclass(section, BaseModel) else {}


def _of_fields(path: list[str]) -> list[str]:
    """*path* without what pydantic appends for the members of a union."""
    fields = _fields_of(Settings)
    for length, key in enumerate(path, start=1):
        fields = _fields_of(fields[key].annotation)
        if not fields:
            return path[:length]
    return path


def _source_of(path: list[str], layers: list[Layer]) -> str:
    """The last layer that has a value at *path* or, for union members and whole sections, at its longest prefix."""
    for length in range(len(path), 0, -1):
        for name, values in reversed(layers):
            if _has(values, path[:length]):
                return name
    return ""


def _has(values: Any, path: list[str]) -> bool:
    for key in path:
        if not isinstance(values, dict) or key not in values:
            return False
        values = values[key]
    return True


def _suggestion(path: list[str]) -> str:
    fields = _fields_of(Settings)
    for key in path[:-1]:
        fields = _fields_of(fields[key].annotation)
    close = difflib.get_close_matches(path[-1], list(fields), n=1)
    return f" (did you mean {'.'.join([*path[:-1], close[0]])}?)" if close else ""


def _without_password(url: str) -> str:
    password = urlsplit(url).password
    return url.replace(f":{password}@", ":********@", 1) if password else url
