"""``dcsim inject``: break things in the running datacenter, and mend them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dcsim.cli import options

app = typer.Typer()


@app.callback()
def inject() -> None:
    """Faults: the same vocabulary for every vendor."""


@app.command("list")
def list_faults(config: options.ConfigFile = None, data_dir: options.DataDirectory = None, as_json: options.AsJson = False) -> None:
    """What is wrong now, and what can be injected."""
    from dcsim.cli.engine import EngineClient
    from dcsim.cli.output import print_json, print_table

    engine = EngineClient(data_dir, config)
    faults, kinds = engine.get("faults?limit=1000")["items"], engine.get("inject")
    if as_json:
        print_json({"faults": faults, "kinds": kinds})
        return
    print_table(["CODE", "STRIKES", "SEVERITY", "MEANING"], [_kind(kind) for kind in kinds])
    typer.echo()
    print_table(["FAULT", "CODE", "SUBJECT", "SEVERITY", "INJECTED"], [_fault(fault) for fault in faults])


@app.command("fault")
def inject_fault(
    code: Annotated[str, typer.Argument(help="What to inject, e.g. host-crash; `dcsim inject list` shows all.")],
    subject: Annotated[str, typer.Argument(help="The uid of what it strikes, or its name where only one has it.")],
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    as_json: options.AsJson = False,
) -> None:
    """Break something; prints the fault's uid, which `dcsim inject clear` takes."""
    from dcsim.cli.engine import EngineClient

    fault = EngineClient(data_dir, config).post("inject", code, body={"subject": subject})
    _print(fault, fault["uid"], as_json=as_json)


@app.command("clear")
def clear_fault(
    fault: Annotated[str, typer.Argument(help="The uid of an injected fault.")],
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
) -> None:
    """Mend what an injected fault broke."""
    from dcsim.cli.engine import EngineClient

    EngineClient(data_dir, config).delete("faults", fault)


def _kind(kind: dict[str, Any]) -> list[str]:
    return [kind["code"], kind["subject_kind"], kind["severity"], kind["description"]]


def _fault(fault: dict[str, Any]) -> list[str]:
    return [fault["uid"], fault["code"], fault["subject_name"], fault["severity"], "yes" if fault["injected"] else "no"]


def _print(answer: Any, line: str, *, as_json: bool) -> None:
    from dcsim.cli.output import print_json

    if as_json:
        print_json(answer)
    else:
        typer.echo(line)
