"""The dashboards against Grafana's own types, of four releases: `satisfies` is checked by tsc."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from grafana.dashboard import FOLDER, load
from parts.packages import program
from render.drawing import node_modules

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

RELEASES = {
    "10.4": ("schema-10", "dist/index.d.ts", "dist/esm/raw/composable/{}/panelcfg/x/{}PanelCfg_types.gen"),
    "11.4": ("schema-11", "dist/index.d.ts", "dist/esm/raw/composable/{}/panelcfg/x/{}PanelCfg_types.gen"),
    "12.4": ("schema-12", "dist/types/index.d.ts", "dist/types/raw/composable/{}/panelcfg/x/types.gen"),
    "13.2": ("@grafana/schema", "dist/types/index.d.ts", "dist/types/raw/composable/{}/panelcfg/x/types.gen"),
}
"""Release → npm package, its types, and those of a panel."""

PANELS = {
    "stat": "Stat", "timeseries": "TimeSeries", "bargauge": "BarGauge", "table": "Table", "state-timeline": "StateTimeline",
}  # fmt: skip
NO_CUSTOM = {"stat", "bargauge"}
"""Have no field options of their own."""
_ANYWHERE = {"state-timeline": {"spanNulls", "insertNulls"}}
NOT_TYPED: dict[str, dict[str, set[str]]] = {
    "10.4": {
        **_ANYWHERE,
        "bargauge": {"maxVizHeight", "namePlacement", "sizing"},
        "table": {"hideFrom", "wrapText"},
    },
    "11.4": {**_ANYWHERE, "table": {"hideFrom", "wrapText"}},
    "12.4": {**_ANYWHERE, "table": {"hidden", "wrapText"}},
    "13.2": {**_ANYWHERE, "table": {"hidden", "wrapText"}},
}
"""Options that a release's types do not have: it does not know them yet and passes over them, or knows them only as the
older name of another one (a table's), or its panel has them and its types do not (a state timeline's)."""
OF_PROMETHEUS = {"expr", "step", "titleFormat", "textFormat", "tagKeys", "useValueForTime"}
"""What an annotation has beside its type: its data source reads it."""

# JSON holds the values of an enum, not its members; and only what differs from the default needs to stand there.
EXACT = """
export type E<T> = 0 extends 1 & T ? T : T extends string ? `${T}` : T extends number ? `${T}` extends `${infer N extends number}` ? N : T
  : T extends (infer U)[] ? E<U>[] : T extends object ? { [K in keyof T]?: E<T[K]> } : T;
"""

Board = dict[str, Any]


@pytest.mark.parametrize("release", RELEASES)
def test_each_dashboard_fits_the_types_of_grafana(release: str, tmp_path: Path) -> None:
    found = sorted((FOLDER / "dashboards").rglob("*.json"))
    boards = {f"{path.parent.name}-{path.stem}": load(path) for path in found}

    assert complaints(boards, release, tmp_path) == {}


def first(kind: str, board: Board) -> Any:
    return next(panel for panel in board["panels"] if panel["type"] == kind)


def wrong_place(board: Board) -> None:
    board["panels"][0]["gridPoss"] = board["panels"][0].pop("gridPos")


def wrong_refresh(board: Board) -> None:
    board["refresh"] = 7


def wrong_style(board: Board) -> None:
    first("timeseries", board)["fieldConfig"]["defaults"]["custom"]["drawStyle"] = "lines"


def wrong_mode(board: Board) -> None:
    first("stat", board)["options"]["graphMode"] = "nope"


def unknown_option(board: Board) -> None:
    first("timeseries", board)["options"]["legends"] = {}


def wrong_override(board: Board) -> None:
    first("timeseries", board)["fieldConfig"]["overrides"].append(
        {
            "matcher": {"id": "byName", "options": "x"},
            "properties": [{"id": "custom.fillOpacity", "value": "much"}],
        }
    )


def wrong_threshold(board: Board) -> None:
    first("stat", board)["fieldConfig"]["defaults"]["thresholds"]["mode"] = "percent"


def wrong_variable(board: Board) -> None:
    board["templating"]["list"][0]["hide"] = "no"


MISTAKES: list[Callable[[Board], None]] = [
    wrong_place, wrong_refresh, wrong_style, wrong_mode, unknown_option, wrong_override, wrong_threshold, wrong_variable,
]  # fmt: skip


@pytest.mark.parametrize("release", ["10.4", "13.2"])
def test_each_mistake_is_seen(release: str, tmp_path: Path) -> None:
    board = load(FOLDER / "dashboards" / "prometheus" / "rejectwatch.json")
    boards = {}
    for mistake in MISTAKES:
        mistake(copy := deepcopy(board))
        boards[mistake.__name__] = copy

    assert set(complaints(boards, release, tmp_path)) == {mistake.__name__ for mistake in MISTAKES}


def complaints(boards: dict[str, Board], release: str, place: Path) -> dict[str, list[str]]:
    """What tsc says of each dashboard; those that fit are left out."""
    package, index, panel = RELEASES[release]
    home = node_modules() / package
    (place / "exact.d.ts").write_text(EXACT)
    for number, (name, board) in enumerate(boards.items()):
        (place / f"{number}-{name}.ts").write_text(satisfying(board, home / panel, NOT_TYPED[release]))
    settings = {
        "compilerOptions": {
            "strict": True, "noEmit": True, "skipLibCheck": True, "types": [], "target": "es2022", "module": "esnext",
            "moduleResolution": "bundler", "baseUrl": str(node_modules()),
            "paths": {"@grafana/schema": [str(home / index)]},
        },
        "include": ["*.ts"],
    }  # fmt: skip
    (place / "tsconfig.json").write_text(json.dumps(settings))
    tsc = node_modules() / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [program("node", "nodejs"), tsc, "--pretty", "false", "--project", place],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        file, is_one, _ = line.partition(".ts(")
        if not line.startswith(" ") and is_one:
            found.setdefault(file.partition("-")[2], []).append(line)
    assert done.returncode == 0 or found, done.stdout + done.stderr
    return found


def satisfying(board: Board, types: Path, not_typed: dict[str, set[str]]) -> str:
    """A dashboard as TypeScript: each part stands beside the type that it has to have."""
    head = {**board, "annotations": without(board["annotations"], OF_PROMETHEUS)}
    del head["panels"]
    lines = [
        'import type * as schema from "@grafana/schema";',
        'import type { E } from "./exact";',
        *(
            f'import type * as {named(kind)} from "{str(types).format(folder(kind), name)}";'
            for kind, name in PANELS.items()
        ),
        having(head, "schema.Dashboard"),
    ]
    for panel in board["panels"]:
        lines.extend(parts(without(panel, not_typed.get(panel["type"], set()))))
    return "\n".join(lines) + "\n"


def without(value: Any, names: set[str]) -> Any:
    """The same without these keys, however deep they stand."""
    if isinstance(value, list):
        return [without(one, names) for one in value]
    if isinstance(value, dict):
        kept = {key: without(one, names) for key, one in value.items() if key not in names}
        is_of_them = str(kept.get("id")).removeprefix("custom.") in names  # an override
        return {} if is_of_them else kept
    return value


def parts(panel: dict[str, Any]) -> list[str]:
    kind = panel["type"]
    if kind == "row":
        return [having(panel, "schema.RowPanel")]
    fields = panel["fieldConfig"]
    custom = fields["defaults"].get("custom", {})
    standard = {key: value for key, value in fields["defaults"].items() if key != "custom"}
    own_type = "Record<string, never>" if kind in NO_CUSTOM else f"{named(kind)}.FieldConfig"
    told = [
        having({**panel, "options": {}, "fieldConfig": {"defaults": {}, "overrides": []}}, "schema.Panel"),
        having(panel["options"], f"{named(kind)}.Options"),
        having(standard, "schema.FieldConfig"),
        having(custom, own_type),
    ]
    for rule in fields["overrides"]:
        for one in filter(None, rule["properties"]):
            name, _, own = one["id"].partition("custom.")
            told.append(
                having({own: one["value"]}, own_type)
                if own
                else having({name: one["value"]}, "schema.FieldConfig")
            )
    return told


def having(value: Any, type_: str) -> str:
    return f"({json.dumps(value)}) satisfies E<{type_}>;"


def named(kind: str) -> str:
    return kind.replace("-", "_")


def folder(kind: str) -> str:
    return kind.replace("-", "")
