"""What is measured is shown, and what is shown is measured."""

from __future__ import annotations

import re

import promql_parser
import pytest

from grafana.dashboard import FOLDER
from grafana.test_promql import ALL, NOT_OURS, Use, series, uses

__all__ = ["series"]

NOT_SHOWN = {
    "rejectwatch_other_rejections_total": "of what is not watched there is nothing more to say; the doctor tells of it",
}
"""A metric that no dashboard shows → why not."""


def family(name: str) -> str:
    return re.sub(r"_(bucket|sum|count)$", "", name)


@pytest.fixture(scope="module")
def shown() -> set[str]:
    found: list[Use] = [use for query in ALL for use in uses(promql_parser.parse(query.promql))]
    return {family(use.metric) for use in found} - set(NOT_OURS)


@pytest.fixture(scope="module")
def measured(series: dict[str, list[dict[str, str]]]) -> set[str]:
    return {family(name) for name in series}


def test_each_metric_in_a_dashboard_exists(shown: set[str], measured: set[str]) -> None:
    assert shown - measured == set()


def test_each_metric_is_in_a_dashboard_or_it_is_said_why_not(shown: set[str], measured: set[str]) -> None:
    assert measured - shown == set(NOT_SHOWN)


def test_each_metric_in_a_rule_exists(measured: set[str]) -> None:
    rules = "\n".join(path.read_text("utf-8") for path in (FOLDER / "alerts").glob("*.yaml"))
    recorded = set(re.findall(r"^\s*- record: (\S+)", rules, re.MULTILINE))
    asked = re.findall(r"(?<![\w:])rejectwatch_\w+", re.sub(r"#.*|\S+rejectwatch\.\S+", "", rules))

    assert {family(name) for name in asked} - recorded - measured == set()
