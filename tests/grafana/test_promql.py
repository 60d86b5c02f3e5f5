"""Every query is PromQL, asks for metrics that rejectwatch has, and treats counters as counters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser
import pytest
from prometheus_client import CollectorRegistry

from grafana.dashboard import DASHBOARDS, STANDARD, Query, filled, load, queries
from rejectwatch.causes import CAUSES
from rejectwatch.metrics import Metrics

OF_A_COUNTER = {"rate", "irate", "increase"}
FROM_PROMETHEUS = {"job", "instance"}
ALL = [query for path in DASHBOARDS for query in queries(load(path))]


def every_query(check: Any) -> Any:
    return pytest.mark.parametrize("query", ALL, ids=[f"{query.panel} {query.ref}" for query in ALL])(check)


@dataclass(frozen=True, slots=True)
class Use:
    """One selector in a query: which metric, with which matchers, in which function."""

    metric: str
    matchers: list[tuple[str, str, str]]
    function: str | None


def uses(expression: Any, function: str | None = None) -> Iterator[Use]:
    match expression:
        case promql_parser.VectorSelector():
            matchers = [(one.name, str(one.op), one.value) for one in expression.matchers.matchers]
            assert expression.name is not None
            yield Use(expression.name, matchers, function)
        case promql_parser.MatrixSelector():
            yield from uses(expression.vector_selector, function)
        case promql_parser.Call():
            for argument in expression.args:
                yield from uses(argument, expression.func.name)
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            yield from uses(expression.expr)
        case promql_parser.BinaryExpr():
            yield from uses(expression.lhs)
            yield from uses(expression.rhs)
        case promql_parser.NumberLiteral() | promql_parser.StringLiteral():
            pass
        case _:
            raise AssertionError(f"{type(expression).__name__} is not looked into")


def used(query: Query) -> list[Use]:
    return list(uses(promql_parser.parse(query.promql)))


@pytest.fixture(scope="module")
def series() -> dict[str, list[dict[str, str]]]:
    """What a daemon with two sources and a channel exposes: the label sets of each name."""
    registry = CollectorRegistry()
    Metrics(
        registry,
        sources=["mail", "journal:system"],
        codes=[553],
        causes=[cause.slug for cause in CAUSES],
        domains=["example.jp"],
        channels=["postmasters"],
        rule_kinds=["user", "sender"],
    )
    found: dict[str, list[dict[str, str]]] = {}
    for family in registry.collect():
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


@every_query
def test_it_is_promql(query: Query) -> None:
    assert used(query)


@every_query
def test_its_metrics_and_labels_exist(query: Query, series: dict[str, list[dict[str, str]]]) -> None:
    for use in used(query):
        assert use.metric in series
        labels = {label for one in series[use.metric] for label in one}
        assert {name for name, _, _ in use.matchers} <= labels | FROM_PROMETHEUS


@every_query
def test_what_it_keeps_exists_too(query: Query, series: dict[str, list[dict[str, str]]]) -> None:
    labels = {label for use in used(query) for one in series[use.metric] for label in one}
    for kept in groups(promql_parser.parse(query.promql)):
        assert set(kept) <= labels


def groups(expression: Any) -> list[list[str]]:
    found: list[list[str]] = []

    def look(node: Any) -> None:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            found.append(list(node.modifier.labels))

    promql_parser.walk(expression, look)
    return found


@every_query
def test_each_value_that_it_names_occurs(query: Query, series: dict[str, list[dict[str, str]]]) -> None:
    """`outcome="send"` would be an empty panel for ever."""
    for use in used(query):
        for name, _, value in use.matchers:
            if name not in FROM_PROMETHEUS:
                occurring = {one[name] for one in series[use.metric]}
                assert set(value.split("|")) <= occurring


@every_query
def test_it_can_be_narrowed_to_a_job_and_an_instance(query: Query) -> None:
    chosen = Query(
        query.panel, query.ref, filled(text_of(query), {**STANDARD, "job": "JOB", "instance": "INSTANCE"})
    )
    for use in used(chosen):
        assert {("job", "MatchOp.Re", "JOB"), ("instance", "MatchOp.Re", "INSTANCE")} <= set(use.matchers)


@every_query
def test_a_counter_is_asked_for_its_rise_over_the_rate_interval(query: Query) -> None:
    for use in used(query):
        is_counter = use.metric.endswith(("_total", "_bucket", "_sum", "_count"))
        assert (use.function in OF_A_COUNTER) == is_counter
    assert text_of(query).count("[") == text_of(query).count("[$__rate_interval]")


def text_of(query: Query) -> str:
    """The query as it stands in the file."""
    for path in DASHBOARDS:
        for panel in load(path)["panels"]:
            for target in panel["targets"]:
                if (panel["title"], target["refId"]) == (query.panel, query.ref):
                    return str(target["expr"])
    raise KeyError(query)


def test_an_unknown_variable_is_an_error() -> None:
    with pytest.raises(KeyError, match="jobs"):
        filled('up{job="$jobs"}')


def test_faults_would_be_found(series: dict[str, list[dict[str, str]]]) -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        promql_parser.parse("sum(rate(a[5m])")
    (use,) = uses(promql_parser.parse('sum by (x) (increase(rejectwatch_nothing_total{outcome="send"}[5m]))'))

    assert use == Use("rejectwatch_nothing_total", [("outcome", "MatchOp.Equal", "send")], "increase")
    assert use.metric not in series
