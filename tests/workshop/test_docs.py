"""The documents say what is so: the configuration that README shows, the settings and metrics of the guide."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from rejectwatch.cli import COMMANDS
from rejectwatch.metrics import Metrics
from rejectwatch.settings import Settings, load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
GUIDE = (ROOT / "docs" / "operating.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_the_configuration_in_the_readme_is_right_and_short(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    file = tmp_path / "rejectwatch.toml"
    file.write_text(shown)
    (tmp_path / "postmasters.url").write_text("mailtos://example.org")

    assert load(file, with_urls=True).channels[0].name == "postmasters"
    assert len(shown.splitlines()) <= 12


def test_every_setting_is_in_the_guide() -> None:
    def names(model: type[BaseModel], prefix: str = "") -> set[str]:
        return {f"{prefix}{name}" for name in model.model_fields}

    told = set(re.findall(r"^\| `([a-z_.\[\]]+)`", GUIDE, re.MULTILINE))
    top = names(Settings)
    missing = {
        name
        for name in top
        if not any(one == name or one.startswith((f"{name}.", f"{name}[")) for one in told)
    }

    assert missing == set()


def test_the_guide_has_every_metric_and_no_other() -> None:
    registry = CollectorRegistry()
    Metrics(registry, sources=[], codes=[553], causes=[], domains=[], channels=[], rule_kinds=[])
    exported = {metric.name + ("_total" if metric.type == "counter" else "") for metric in registry.collect()}
    told = set(re.findall(r"`(rejectwatch_[a-z_]+)`", GUIDE.partition("## Metrics")[2].partition("\n## ")[0]))

    assert told == exported


def test_every_command_is_in_the_readme() -> None:
    missing = {name for name in COMMANDS if f"`{name}" not in README and f"rejectwatch {name}" not in README}

    assert missing == set()


def test_every_module_has_its_place_in_the_architecture() -> None:
    package = ROOT / "daemon" / "rejectwatch"
    modules = {path.name for path in package.glob("*.py")} - {"__init__.py", "__main__.py"}
    folders = {f"{path.parent.name}/" for path in package.glob("*/__init__.py")}

    assert {name for name in modules | folders if f"`{name}`" not in ARCHITECTURE} == set()


def test_every_test_that_the_promise_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "exactly-once.md").read_text("utf-8")))
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }

    assert len(named) > 60
    assert named - there == set()
