"""``dcsim prove``: predict what a failure does, run it on a fork of the world, and compare."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from dcsim.cli import options

AT_LEAST: Final = 0.95
TIMEOUT_SECONDS: Final = 330.0
QUESTIONS: Final = {
    "down": "down",
    "affected": "down or degraded",
    "services_down": "services down",
    "services_affected": "services down or degraded",
}
SHOWN: Final = 40
"""How many differences the table has; ``--json`` has all."""


def prove(
    fail: Annotated[list[str], typer.Option("--fail", help="A CI's uid, its name, or Class:name; again for more at once.")],
    at_least: Annotated[float, typer.Option(min=0.0, max=1.0, help="Exit with 1 when a precision or recall is lower.")] = AT_LEAST,
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    as_json: options.AsJson = False,
) -> None:
    """Predict a failure, prove it on a fork of the world, and say how well they agree."""
    from dcsim.cli.engine import CmdbClient
    from dcsim.cli.output import print_json

    found = CmdbClient(data_dir, config, timeout=TIMEOUT_SECONDS).post("prove", body={"fail": fail})
    if as_json:
        print_json(found)
    else:
        _print(found)
    if any(min(score["precision"], score["recall"]) < at_least for score in found["scores"].values()):
        raise typer.Exit(1)


def _print(found: dict[str, Any]) -> None:
    from dcsim.cli.output import print_table

    names = ", ".join(f"{one['cls']} {one['name']}" for one in found["failed"])
    typer.echo(f"{names} failed on a fork at event {found['sequence']}; at rest after {found['simulated_seconds']:.0f} simulated s.")
    if found["is_stale"]:
        typer.echo("The graph had not heard all that the fork knew: ask again in a moment.")
    typer.echo()
    print_table(["QUESTION", "PREDICTED", "OBSERVED", "BOTH", "PRECISION", "RECALL"], [_score(*one) for one in found["scores"].items()])
    typer.echo()
    classes = [[name, str(row["predicted"]), str(row["observed"]), str(row["agreed"])] for name, row in found["classes"].items()]
    print_table(["CLASS", "PREDICTED", "OBSERVED", "AGREED"], classes)
    differences = found["differences"]
    typer.echo()
    if not differences:
        typer.echo("Prediction and world agree on every CI.")
        return
    print_table(
        ["CI", "PREDICTED", "OBSERVED", "THE WORLD SAYS", "PREDICTED BECAUSE", "SUSPECT"], [_row(one) for one in differences[:SHOWN]]
    )
    if len(differences) > SHOWN:
        typer.echo(f"and {len(differences) - SHOWN} more: see --json")


def _score(question: str, score: dict[str, Any]) -> list[str]:
    counts = [str(score[name]) for name in ("predicted", "observed", "both")]
    return [QUESTIONS.get(question, question), *counts, f"{score['precision']:.2f}", f"{score['recall']:.2f}"]


def _row(one: dict[str, Any]) -> list[str]:
    because = one["path"][0]["reason"] if one["path"] else "-"
    return [f"{one['ci']['cls']} {one['ci']['name']}", one["predicted"], one["observed"], one["seen"], because, _suspect(one["suspect"])]


def _suspect(found: dict[str, Any] | None) -> str:
    if found is None:
        return "-"
    if found["target"] is None:
        return str(found["sentence"])
    return f"{found['source']['name']} -{found['type']}-> {found['target']['name']} ({found['rule']})"
