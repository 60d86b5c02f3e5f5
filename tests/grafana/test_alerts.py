"""The shipped alert rules: Prometheus takes them, they ask for metrics that exist, and each speaks when it should."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from grafana.dashboard import FOLDER
from grafana.test_promql import series, uses
from parts.prometheus import check_rules, test_rules

__all__ = ["series"]

RULES = FOLDER / "alerts" / "rejectwatch.yaml"
TEXT = RULES.read_text("utf-8")
NAMES = re.findall(r"- alert: (\w+)", TEXT)
HERE = 'job="rejectwatch",instance="mx1"'
LIVES = {"series": f'rejectwatch_build_info{{{HERE},version="1"}}', "values": "1x400"}


def a(metric: str, values: str, labels: str = "") -> dict[str, str]:
    return {"series": f"{metric}{{{HERE}{labels}}}", "values": values}


LAST = "rejectwatch_last_line_timestamp_seconds"
CASES: dict[str, tuple[list[dict[str, str]], list[dict[str, str]]]] = {
    # what makes it speak, and what is like it and does not; a value a minute, looked at after three hours
    "RejectwatchGone": ([], [LIVES]),
    "RejectwatchDown": ([LIVES, a("up", "0x400")], [LIVES, a("up", "1x400")]),
    "RejectwatchReadsNothing": (
        [
            LIVES,
            a(LAST, "1+0x400", ',source="mail"'),
            a("rejectwatch_catching_up", "0x400", ',source="mail"'),
        ],
        [
            LIVES,
            a(LAST, "1+0x400", ',source="mail"'),
            a("rejectwatch_catching_up", "1x50 0x2 1x400", ',source="mail"'),
        ],
    ),
    "RejectwatchBehind": (
        [LIVES, a("rejectwatch_catching_up", "1x400", ',source="mail"')],
        [LIVES, a("rejectwatch_catching_up", "1x150 0x400", ',source="mail"')],
    ),
    "RejectwatchLosesLines": (
        [LIVES, a("rejectwatch_gaps_total", "0x150 1x400", ',source="mail",reason="removed"')],
        [LIVES, a("rejectwatch_gaps_total", "1x400", ',source="mail",reason="removed"')],
    ),
    "RejectwatchChannelFails": (
        [LIVES, a("rejectwatch_channel_failing", "1x400", ',channel="c"')],
        [LIVES, a("rejectwatch_channel_failing", "0x400", ',channel="c"')],
    ),
    "RejectwatchGivesUp": (
        [LIVES, a("rejectwatch_notifications_total", "0x150 1x400", ',channel="c",result="given_up"')],
        [LIVES, a("rejectwatch_notifications_total", "0x150 1x400", ',channel="c",result="failed"')],
    ),
    "RejectwatchAlertsWait": (
        [LIVES, a("rejectwatch_notifications_waiting", "2x400")],
        [LIVES, a("rejectwatch_notifications_waiting", "2x100 0x2 2x400")],
    ),
    "RejectwatchReloadFailed": (
        [LIVES, a("rejectwatch_config_last_reload_successful", "0x400")],
        [LIVES, a("rejectwatch_config_last_reload_successful", "1x400")],
    ),
}


def expressions() -> list[str]:
    found = re.findall(r"expr: (?:>-\n((?:\s{10,}.+\n)+)|(.+))", TEXT)
    return [" ".join((folded or plain).split()) for folded, plain in found]


def test_promtool_finds_nothing_wrong() -> None:
    assert check_rules(RULES) == ""


def test_each_rule_has_a_case() -> None:
    assert sorted(CASES) == sorted(NAMES)
    assert len(expressions()) == len(NAMES)


@pytest.mark.parametrize("expression", expressions())
def test_it_asks_for_what_exists(expression: str, series: dict[str, list[dict[str, str]]]) -> None:
    known: dict[str, list[dict[str, str]]] = {**series, "up": [{}]}
    for use in uses(promql_parser.parse(expression)):
        assert use.metric in known
        labels = {label for one in known[use.metric] for label in one}
        assert {name for name, _, _ in use.matchers} <= labels | {"job", "instance"}
        for name, _, value in use.matchers:
            assert name == "job" or value in {one[name] for one in known[use.metric]}


@pytest.mark.parametrize("name", NAMES)
def test_it_speaks_when_it_should_and_not_otherwise(name: str, tmp_path: Path) -> None:
    speaks, silent = CASES[name]
    for number, (given, firing) in enumerate([(speaks, True), (silent, False)]):
        case = tmp_path / f"{number}.json"
        case.write_text(json.dumps(_case(name, given, firing=firing)))

        assert test_rules(case) == ""


def _case(name: str, given: list[dict[str, str]], *, firing: bool) -> dict[str, Any]:
    """How often it fires, whatever its labels are, as promtool takes it (JSON is YAML)."""
    count = f'count(ALERTS{{alertname="{name}",alertstate="firing"}})'
    samples = [{"labels": "{}", "value": 1}] if firing else []
    asked = {"expr": count, "eval_time": "3h", "exp_samples": samples}
    test = {"interval": "1m", "input_series": given, "promql_expr_test": [asked]}
    return {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}
