"""Each import contract fails where a forbidden import is added: a contract that cannot fail protects nothing."""

import sys
from pathlib import Path

import pytest

from workshop.checkout import copy_checkout, run

CORE = "The core computes: it imports only itself and what computes"
LAYERS = "Each layer imports only what stands below it"
LIGHT = "scan, explain and grafana start without the daemon"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_checkout(tmp_path, "daemon", "pyproject.toml", "tools/contracts.py")


def add(checkout: Path, module: str, line: str) -> None:
    """Add a line to a module, which is made if it is not there."""
    place = checkout / "daemon" / "rejectwatch" / module
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    with file.open("a") as source:
        source.write(f"\n{line}\n")


def broken(checkout: Path) -> tuple[set[str], str]:
    """The names of the contracts that import-linter finds broken, and all that it says."""
    program = Path(sys.executable).with_name("lint-imports")
    said = run(program, "--no-logo", "--no-cache", cwd=checkout, PYTHONPATH="daemon", COLUMNS="200").stdout
    return {name for name in (CORE, LAYERS, LIGHT) if f"{name} BROKEN" in said}, said


def test_all_contracts_hold(checkout: Path) -> None:
    names, said = broken(checkout)

    assert names == set()
    assert "Contracts: 3 kept, 0 broken." in said


@pytest.mark.parametrize(
    "library",
    ["sqlalchemy", "prometheus_client", "apprise", "gettext", "socket", "os", "threading", "subprocess"],
)
def test_the_core_imports_nothing_that_reaches_outside(library: str, checkout: Path) -> None:
    add(checkout, "causes", f"import {library}")
    names, said = broken(checkout)

    assert CORE in names
    assert f"rejectwatch.causes imports {library} (l." in said


@pytest.mark.parametrize(
    "module",
    ["facts", "changes", "state", "pipeline", "dialects", "correlate", "causes", "events", "incidents"],
)
def test_no_part_of_the_core_imports_the_shell(module: str, checkout: Path) -> None:
    add(checkout, module, "import rejectwatch.settings")
    names, said = broken(checkout)

    assert {CORE, LAYERS} <= names
    assert f"rejectwatch.{module} imports rejectwatch.settings (l." in said


def test_an_import_inside_a_function_counts(checkout: Path) -> None:
    add(checkout, "incidents", "def late() -> None:\n    import socket")
    names, _said = broken(checkout)

    assert CORE in names


@pytest.mark.parametrize(
    "lower, higher",
    [
        ("facts", "state"),
        ("sources", "settings"),
        ("messages", "store"),
        ("settings", "store"),
        ("store", "notify"),
        ("web", "app"),
        ("app", "cli"),
        # Side by side, and independent of each other.
        ("web", "notify"),
        ("notify", "web"),
        ("messages", "sources"),
        ("sources", "metrics"),
    ],
)
def test_a_layer_imports_nothing_above_or_beside_it(lower: str, higher: str, checkout: Path) -> None:
    add(checkout, lower, f"import rejectwatch.{higher}")
    names, said = broken(checkout)

    assert LAYERS in names
    assert f"rejectwatch.{lower} is not allowed to import rejectwatch.{higher}" in said


def test_a_new_module_needs_its_place_among_the_layers(checkout: Path) -> None:
    add(checkout, "helpers", '"""No place yet."""')
    _names, said = broken(checkout)

    assert "rejectwatch.helpers" in said
    assert "Contracts: 3 kept" not in said


@pytest.mark.parametrize("command", ["scan", "explain"])
@pytest.mark.parametrize("part", ["app", "store", "settings", "web", "notify"])
def test_a_light_command_imports_no_part_of_the_daemon_not_even_indirectly(
    command: str, part: str, checkout: Path
) -> None:
    add(checkout, "cli/between", f"def late() -> None:\n    import rejectwatch.{part}")
    add(checkout, f"cli/{command}", "import rejectwatch.cli.between")
    names, said = broken(checkout)

    assert LIGHT in names
    assert f"rejectwatch.cli.{command} is not allowed to import rejectwatch.{part}" in said
