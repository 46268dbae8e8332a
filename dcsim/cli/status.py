"""``dcsim status``: what runs, where, and how it feels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from dcsim.cli import options

if TYPE_CHECKING:
    from dcsim.datadir import RunningService

HEALTH_SECONDS = 4.0


def status(config: options.ConfigFile = None, data_dir: options.DataDirectory = None, as_json: options.AsJson = False) -> None:
    """List services, endpoints and health; exit code 1 when nothing runs or a service is down."""
    settings, _, state = options.running(data_dir, config)
    services = [_service(service) for service in state.services]
    if as_json:
        from dcsim.cli.output import print_json

        print_json(
            {
                "pid": state.pid,
                "started": state.started,
                "version": state.version,
                "data_dir": str(settings.data_dir),
                "services": services,
            }
        )
    else:
        _print(f"dc-sim {state.version}, process {state.pid}, data in {settings.data_dir}", services)
    if any(service["status"] == "down" for service in services):
        raise typer.Exit(1)


def _print(title: str, services: list[dict[str, Any]]) -> None:
    from dcsim.cli.output import print_table

    typer.echo(f"{title}\n")
    checks = [
        [service["name"], check["name"], "ok" if check["ok"] else "down", check.get("detail", "")]
        for service in services
        for check in service["checks"] or [{"name": "-", "ok": service["status"] != "down", "detail": service["detail"]}]
    ]
    print_table(["SERVICE", "COMPONENT", "HEALTH", "DETAIL"], checks)
    typer.echo()
    endpoints = [[one["name"], one["url"], one["user"] or "-"] for service in services for one in service["endpoints"]]
    print_table(["ENDPOINT", "URL", "USER"], endpoints)


def _service(service: RunningService) -> dict[str, Any]:
    """One service with its health as its own ``/readyz`` tells it."""
    found = _ask(service.health) if service.health else {"status": "running"}
    return {
        "name": service.name,
        "status": found["status"],
        "detail": found.get("detail", ""),
        "checks": found.get("checks", []),
        "endpoints": [{"name": one.name, "url": one.url, "user": one.user} for one in service.endpoints],
    }


def _ask(url: str) -> dict[str, Any]:
    import http.client
    import json
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=HEALTH_SECONDS)
    try:
        connection.request("GET", parts.path)
        answer = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        return {"status": "down", "detail": f"{url} does not answer: {error}"}
    finally:
        connection.close()
    return dict(answer)
