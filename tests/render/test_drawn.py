"""Every shipped dashboard, drawn by Grafana's own libraries over a day that holds hostile text: README.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest

from grafana.dashboard import FOLDER, load
from render import day
from render.drawing import Browser, Drawn, Panel
from render.standing import KINDS, standing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ASKED: dict[str, dict[str, str]] = {
    "user": {"user": "alice"},
    "helpdesk": {"user": "alice"},
    "domain": {"domain": "corp.example"},
}
"""With which variables a dashboard is opened, beside those that it has by itself."""

HOSTILE: dict[str, dict[str, str]] = {
    "user": {"user": day.MALLORY},
    "helpdesk": {"user": day.MALLORY, "language": "ja"},
    "events": {"user": day.MALLORY},
}
"""The same with an attack in a variable, which is drawn over one of the databases: it is the browser's affair."""

SEEN: dict[str, list[str]] = {
    "": ["Open incidents"],
    "fleet": ["mx1.corp.example:9553", "mx2.corp.example:9553"],
    "who": ["corp.example", "partner.example", "alice"],
    "user": ["sales@corp.example", "denki.example"],
    "helpdesk": ["NO", "203.0.113.5"],
    "domain": ["alice", "scan@corp.example"],
    "events": ["refused", "203.0.113."],
    "incidents": ["partner.example", "ito@shop.example", "kuroda"],
}
"""Words that are on a dashboard when it is first opened."""


def boards(kind: str) -> list[Path]:
    return sorted((FOLDER / "dashboards" / kind).glob("*.json"))


def short(path: Path) -> str:
    return path.stem.removeprefix("rejectwatch").removeprefix("-")


def opened(name: str, kind: str) -> list[dict[str, str]]:
    return [ASKED.get(name, {}), *([HOSTILE[name]] if kind == "sqlite" and name in HOSTILE else [])]


def test_every_dashboard_is_drawn_here() -> None:
    found = {path.parent.name for path in (FOLDER / "dashboards").rglob("*.json")}

    assert found == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_dashboard_shows_all_of_it_and_makes_nothing_of_hostile_text(kind: str, place: Path) -> None:
    with standing(place, day.ATTACKED, (kind,)) as sources, Browser(sources) as browser:
        found = [
            f"{path.name} {values}: {fault}"
            for path in boards(kind)
            for values in opened(short(path), kind)
            for fault in faults(load(path), browser.draw(load(path), day.NOW, values), short(path), values)
        ]

    assert found == [], "\n".join(found)


def faults(board: dict[str, Any], drawn: Drawn, name: str, values: dict[str, str]) -> Iterator[str]:
    """What is wrong with a drawn dashboard, each in a sentence."""
    yield from (f"an error: {error}" for error in drawn.errors)
    yield from (f"asks {url}" for url in drawn.elsewhere)
    yield from (f"makes {element}" for element in drawn.made)
    wanted = {panel["title"] for panel in board["panels"] if panel["type"] != "row"}
    if missing := wanted - {panel.title for panel in drawn.panels}:
        yield f"does not show {missing}"
    headings = [panel["title"] for panel in board["panels"] if panel["type"] == "row"]
    yield from (f"does not show the heading {title}" for title in headings if title not in drawn.text)
    for panel in drawn.panels:
        yield from (f"{panel.title}: {fault}" for fault in faults_of(panel, shown_words(board)))
    yield from (f"leads to {href}" for href in drawn.hrefs if not is_ours(href))
    if values.get("user") != day.MALLORY:
        yield from (f"{panel.title}: no rows" for panel in drawn.panels if panel.rows == 0)
        yield from (f"does not say {word}" for word in SEEN[name] if word not in drawn.text)
    elif max(panel.rows for panel in drawn.panels) < 2:
        yield "finds nothing of him"


def faults_of(panel: Panel, words: set[str]) -> Iterator[str]:
    if panel.title not in panel.text:
        yield "is without its title"
    if "No data" in panel.text:
        yield "No data"
    for link in panel.links:
        if not is_ours(link):
            yield f"leads to {link}"
    if told := {word for link in panel.links for word in values_of(link)} & words:
        yield f"links say what is shown, not what it is: {told}"


def is_ours(href: str) -> bool:
    return href.startswith("/d/rejectwatch")


def values_of(link: str) -> list[str]:
    return [value for name, value in parse_qsl(unquote(link).partition("?")[2]) if name.startswith("var-")]


def shown_words(board: dict[str, Any]) -> set[str]:
    """What a panel shows instead of a value: the words of its mappings, and those for nothing."""
    found: set[str] = set()
    for panel in board["panels"]:
        options = panel.get("fieldConfig", {"defaults": {}, "overrides": []})
        properties = [
            (one["id"], one["value"]) for rule in options["overrides"] for one in rule["properties"]
        ]
        for name, value in [*options["defaults"].items(), *properties]:
            if name == "noValue" and value:
                found.add(value)
            if name == "mappings":
                found |= {
                    shown["text"] for mapping in value for key, shown in mapping["options"].items()
                    if isinstance(shown, dict) and "text" in shown and shown["text"] != key
                }  # fmt: skip
    return found
