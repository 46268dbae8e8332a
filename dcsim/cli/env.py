"""``dcsim env``: the variables that every client reads, as the running services announce them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dcsim.cli import options

if TYPE_CHECKING:
    from dcsim.datadir import RunState
    from dcsim.settings import Settings


def env(
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    clouds_yaml: Annotated[bool, typer.Option("--clouds-yaml", help="Print a clouds.yaml for OpenStack clients instead.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Print ``export`` lines for all clients:  eval "$(dcsim env)"."""
    settings, _, state = options.running(data_dir, config)
    variables = client_variables(settings, state)
    if clouds_yaml:
        typer.echo(clouds(variables, settings.data_dir / "tls" / "ca.pem"), nl=False)
    elif as_json:
        from dcsim.cli.output import print_json

        print_json(variables)
    else:
        for name, value in variables.items():
            typer.echo(f"export {name}={shlex.quote(value)}")


def client_variables(settings: Settings, state: RunState) -> dict[str, str]:
    """What the services announced, the data directory, and a fresh token for their REST APIs."""
    from dcsim.security.tokens import Tokens
    from dcsim.supervisor import make_secrets

    variables = {name: value for endpoint in state.endpoints for name, value in endpoint.env.items()}
    variables.setdefault("DCSIM_TOKEN", Tokens(make_secrets(settings)).issue("cli", scopes=["admin"]))
    return dict(sorted(variables.items()))


def clouds(variables: dict[str, str], ca: Path) -> str:
    """A clouds.yaml with one cloud, ``dcsim``, made from the OS_* variables.  Raises OperationalError when there are none."""
    import yaml

    from dcsim.errors import OperationalError

    if "OS_AUTH_URL" not in variables:
        raise OperationalError(
            "No running service announces an OpenStack endpoint, so there is no clouds.yaml; `dcsim status` lists what runs."
        )
    auth_keys = ("auth_url", "username", "password", "project_name", "user_domain_id", "project_domain_id")
    values = {name.removeprefix("OS_").lower(): value for name, value in variables.items() if name.startswith("OS_")}
    cloud: dict[str, Any] = {"auth": {key: values[key] for key in auth_keys if key in values}}
    cloud |= {key: values[key] for key in ("region_name", "identity_api_version", "interface") if key in values}
    if values["auth_url"].startswith("https:"):
        cloud["cacert"] = str(ca)
    return yaml.safe_dump({"clouds": {"dcsim": cloud}}, sort_keys=False)
