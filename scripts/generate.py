"""Write the files that are made from the code, or with --check only say which are out of date (exit code 1).

The GraphQL schema that is written down is what clients were promised: a change that would break them is written with --allow-breaking only.

scripts/generate [--check | --allow-breaking]
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgspec

from cmdb.api import routes as cmdb_routes
from dcsim.bus.asyncapi import asyncapi
from dcsim.events import catalogue
from dcsim.http.routes import Routes, openapi
from dcsim.problems import STATUS, code_of
from emulators.api.routes import routes
from emulators.openstack import coverage as openstack_coverage
from emulators.ucs import coverage as ucs_coverage
from emulators.ucs.rest.routes import routes as ucs_routes
from emulators.vsphere import coverage
from emulators.vsphere.rest import routes as vsphere_routes
from graph.auth.api import routes as accounts_routes
from graph.execution.contract import broken, sdl
from graph.execution.reference import page
from graph.schema import build

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "docs" / "reference" / "schema.graphql"
CALLED = ROOT / "tests" / "clients" / "tempest" / "names" / "called.txt"


def engine_openapi() -> str:
    """The engine's REST API as an OpenAPI 3.1 document."""
    return _document(routes)


def ucs_openapi() -> str:
    """The same of UCS's convenience API."""
    return _document(ucs_routes)


def vsphere_openapi() -> str:
    """What vCenter has of REST beside its own API."""
    return _document(vsphere_routes)


def cmdb_openapi() -> str:
    """The CMDB's REST API."""
    return _document(cmdb_routes)


def accounts_openapi() -> str:
    """The gateway's accounts."""
    return _document(accounts_routes)


def events_asyncapi() -> str:
    """Every type of event, as an AsyncAPI 3 document."""
    for declaring in ("emulators.service", "cmdb.events"):
        importlib.import_module(declaring)
    document = asyncapi(catalogue, version=version("dc-sim"))
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def graphql_sdl() -> str:
    """The gateway's GraphQL schema."""
    return sdl(build()._schema)


def graphql_page() -> str:
    """The same for people."""
    return page(build()._schema)


def _document(of: Routes) -> str:
    return msgspec.json.format(msgspec.json.encode(openapi(of)), indent=2).decode() + "\n"


WHAT_TO_DO = {
    "not-found": "List the collection for what there is; ids change when another world is loaded.",
    "already-exists": "Use another name, or the object that has it (`subject`).",
    "invalid-argument": "Correct the value that `field` names.",
    "invalid-state": "Bring the object (`subject`) into the state that the operation needs.",
    "busy": "Wait for the task that holds the object, then repeat.",
    "version-conflict": "Read the object again, and repeat with its new ETag in If-Match.",
    "in-use": "Remove what depends on the object first.",
    "insufficient-resources": "Free some of what is short, or ask for less.",
    "permission-denied": "Use a principal, or a token with a scope, that may.",
    "unauthenticated": "Send a bearer token: `dcsim token issue` makes one, `dcsim env` exports it as DCSIM_TOKEN.",
    "too-many-requests": "Wait as many seconds as `Retry-After` says.",
    "not-supported": "The coverage pages say what there is.",
    "injected": "Somebody asked for this failure: `dcsim inject list` shows it, `dcsim inject clear` ends it.",
    "refused": "The detail says why.",
    "machine-not-found": "Its container was removed outside dc-sim; power the VM on again.",
    "image-not-found": "`dcsim images list` shows what there is, `dcsim images build` makes what is missing.",
    "machines-unavailable": "Start the Docker engine; what was asked for can be repeated.",
    "machine-error": "The detail is what the engine said; its log says more.",
    "journal-unavailable": "Free some disk space; nothing was changed, and the request can be repeated.",
    "store-unavailable": "Look at the CMDB's health: its Neo4j, or the disk under its file. Events wait meanwhile; repeat the request.",
    "operational-error": "The detail says what to do.",
    "dcsim-error": "A mistake of dc-sim's own: report it with its `request_id`, which is in the log too.",
}


ERRORS_INTRODUCTION = """\
# Errors of the REST APIs

Every refusal is an RFC 9457 problem (`application/problem+json`). Its `type` links here; `detail` is a sentence about this case;
`subject` and `field` name the object and the argument at fault; `request_id` is in the log, too. Made from the code by scripts/generate.
"""


def errors_page() -> str:
    """Every type of problem that the REST APIs answer with, under the anchor that its ``type`` links to."""
    sections = [ERRORS_INTRODUCTION]
    for kind, status in STATUS.items():
        code = code_of(kind)
        meaning = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].replace("``", "`").replace("\n", " ")
        sections.append(f"## {code}\n\n**{status.value} {status.phrase}.** {meaning}\n\n{WHAT_TO_DO[code]}\n")
    return "\n".join(sections)


def openstack_page() -> str:
    """The coverage page of OpenStack; what Tempest calls in its lists is proven by a client, whatever its declaration says."""
    return openstack_coverage.page(frozenset(CALLED.read_text().splitlines()))


GENERATED: dict[str, Callable[[], str]] = {
    "docs/reference/asyncapi.json": events_asyncapi,
    "docs/reference/coverage/openstack.md": openstack_page,
    "docs/reference/coverage/ucs.md": ucs_coverage.page,
    "docs/reference/coverage/vsphere.md": coverage.page,
    "docs/reference/errors.md": errors_page,
    "docs/reference/graphql.md": graphql_page,
    "docs/reference/openapi/accounts.json": accounts_openapi,
    "docs/reference/openapi/cmdb.json": cmdb_openapi,
    "docs/reference/openapi/engine.json": engine_openapi,
    "docs/reference/openapi/ucs.json": ucs_openapi,
    "docs/reference/openapi/vsphere.json": vsphere_openapi,
    "docs/reference/schema.graphql": graphql_sdl,
}
"""Each file, and what makes its content."""


def stale() -> dict[Path, str]:
    """The files whose content is not what it should be, with what it should be."""
    wanted = {ROOT / name: make() for name, make in GENERATED.items()}
    return {path: text for path, text in wanted.items() if not path.exists() or path.read_text() != text}


def unpromised(found: dict[Path, str], schema: Path = SCHEMA) -> list[str]:
    """What the new schema takes from the clients of the one that is written down."""
    return broken(schema.read_text(), found[schema]) if schema in found and schema.exists() else []


def main(arguments: list[str]) -> int:
    """Do what the command line asks; the exit code."""
    found = stale()
    if breaking := unpromised(found):
        print("The GraphQL schema breaks its clients:", *breaking, sep="\n  ")
        if "--allow-breaking" not in arguments:
            print("Deprecate what was there, and keep it; if it has to go, run scripts/generate --allow-breaking")
            return 1
    for path, text in found.items():
        if arguments == ["--check"]:
            print(f"{path.relative_to(ROOT)} is out of date: run scripts/generate, and commit what it changes")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")
    return 1 if found and arguments == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
