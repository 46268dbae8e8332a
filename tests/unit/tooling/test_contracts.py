"""Every import contract of pyproject.toml holds on a clean skeleton of the packages, and fails on an import it is there to stop."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PURE = next(
    contract["source_modules"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    if contract["id"] == "pure"
)
MODULES = [
    "dcsim.cli.main", "dcsim.clock", "emulators.api.routes", "emulators.conductor.runner", "emulators.machines.port",
    "emulators.openstack.app", "emulators.ucs.mit", "emulators.vsphere.session", "emulators.world.journal", "itsm.desk", *PURE,
]  # fmt: skip


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """Return a folder with empty modules under the real names, and the real contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module in MODULES:
        path = module_path(tmp_path, module)
        path.parent.mkdir(parents=True, exist_ok=True)
        for package in path.relative_to(tmp_path).parents[:-1]:
            (tmp_path / package / "__init__.py").touch()
        path.touch()
    return tmp_path


def module_path(root: Path, module: str) -> Path:
    """Return the file of a module."""
    return root.joinpath(*module.split(".")).with_suffix(".py")


def lint_imports(folder: Path) -> tuple[int, str]:
    """Run import-linter on a folder; return its exit code and output."""
    program = Path(sys.executable).with_name("lint-imports")
    environment = os.environ | {"PYTHONPATH": str(folder)}  # before the real packages
    done = subprocess.run([program, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def test_a_clean_skeleton_keeps_every_contract(skeleton: Path) -> None:
    module_path(skeleton, "dcsim.cli.main").write_text("import emulators.vsphere.session\nimport dcsim.clock\n")
    module_path(skeleton, "emulators.vsphere.session").write_text("import emulators.world.model\nimport emulators.machines.port\n")
    code, output = lint_imports(skeleton)
    assert code == 0, output


@pytest.mark.parametrize(
    ("contract", "importer", "imported"),
    [
        ("The kernel knows no service", "dcsim.clock", "emulators.world.model"),
        ("Nothing is built on the command line", "dcsim.clock", "dcsim.cli.main"),
        ("Nothing is built on the command line", "emulators.vsphere.session", "dcsim.cli.main"),
        ("Vendors stand apart", "emulators.vsphere.session", "emulators.openstack.app"),
        ("Vendors stand apart", "emulators.openstack.app", "emulators.ucs.mit"),
        ("Vendors stand apart", "emulators.vsphere.session", "emulators.api.routes"),
        ("Vendors stand apart", "emulators.machines.port", "emulators.vsphere.session"),
        ("Vendors stand apart", "emulators.machines.port", "emulators.conductor.runner"),
        ("Vendors stand apart", "emulators.conductor.runner", "emulators.vsphere.session"),
        ("Vendors stand apart", "emulators.world.journal", "emulators.machines.port"),
        ("Vendors stand apart", "emulators.world.journal", "emulators.api.routes"),
        *(("The world's physics does no I/O", module, "sqlite3") for module in PURE),
        ("The world's physics does no I/O", PURE[0], "asyncio"),
        ("The world's physics does no I/O", PURE[0], "pathlib"),
        ("The world's physics does no I/O", PURE[0], "aiohttp"),
    ],
)
def test_a_contract_fails_on_the_import_it_forbids(skeleton: Path, contract: str, importer: str, imported: str) -> None:
    module_path(skeleton, importer).write_text(f"import {imported}\n")
    code, output = lint_imports(skeleton)
    broken = [line for line in output.splitlines() if line.rstrip().endswith("BROKEN")]
    assert code == 1, output
    assert [contract in line for line in broken] == [True], output


def test_the_physics_may_not_reach_io_through_another_module(skeleton: Path) -> None:
    module_path(skeleton, PURE[0]).write_text("import emulators.world.journal\n")
    module_path(skeleton, "emulators.world.journal").write_text("import sqlite3\n")
    code, output = lint_imports(skeleton)
    assert code == 1, output
