"""Every query is PromQL, asks for metrics that rejectwatch has, and treats counters as counters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import promql_parser
import pytest
from prometheus_client import CollectorRegistry

from grafana.dashboard import PROMETHEUS, Query, filled, notes, queries
from rejectwatch.causes import CAUSES
from rejectwatch.incidents.incident import By
from rejectwatch.metrics import Metrics

OF_A_COUNTER = {"rate", "irate", "increase"}
FROM_PROMETHEUS = {"job", "instance"}
NOT_OURS: dict[str, list[dict[str, str]]] = {
    "up": [{}],
    "process_start_time_seconds": [{}],
    "process_resident_memory_bytes": [{}],
    "ALERTS": [{"alertname": "Rejectwatch.*", "alertstate": "firing"}],
}
"""What Prometheus and the client library tell."""
PANELS = [query for board in PROMETHEUS for query in queries(board)]
ALL = [*PANELS, *(query for board in PROMETHEUS for query in notes(board))]


def called(query: Query) -> str:
    return f"{query.board} {query.panel} {query.ref}"


def every_query(check: Any) -> Any:
    return pytest.mark.parametrize("query", ALL, ids=called)(check)


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
        rule_kinds=get_args(By),
    )
    found: dict[str, list[dict[str, str]]] = {}
    for family in registry.collect():
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


@pytest.fixture(scope="module")
def known(series: dict[str, list[dict[str, str]]]) -> dict[str, list[dict[str, str]]]:
    return {**series, **NOT_OURS}


@every_query
def test_it_is_promql(query: Query) -> None:
    assert used(query)


@every_query
def test_its_metrics_and_labels_exist(query: Query, known: dict[str, list[dict[str, str]]]) -> None:
    for use in used(query):
        assert use.metric in known
        labels = {label for one in known[use.metric] for label in one}
        assert {name for name, _, _ in use.matchers} <= labels | FROM_PROMETHEUS


@every_query
def test_what_it_keeps_exists_too(query: Query, known: dict[str, list[dict[str, str]]]) -> None:
    labels = {label for use in used(query) for one in known[use.metric] for label in one}
    for kept in groups(promql_parser.parse(query.promql)):
        assert set(kept) <= labels | FROM_PROMETHEUS


def groups(expression: Any) -> list[list[str]]:
    found: list[list[str]] = []

    def look(node: Any) -> None:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            found.append(list(node.modifier.labels))

    promql_parser.walk(expression, look)
    return found


@every_query
def test_each_value_that_it_names_occurs(query: Query, known: dict[str, list[dict[str, str]]]) -> None:
    """`outcome="send"` would be an empty panel for ever."""
    for use in used(query):
        for name, _, value in use.matchers:
            if name not in FROM_PROMETHEUS:
                occurring = {one[name] for one in known[use.metric]}
                assert set(value.split("|")) <= occurring


@every_query
def test_it_can_be_narrowed_to_a_job_and_an_instance(query: Query) -> None:
    chosen = promql_parser.parse(query.of({"job": "JOB", "instance": "INSTANCE"}))
    for use in uses(chosen):
        # An alert that something is absent has neither label, and is shown whatever is chosen.
        nothing = "|" if use.metric == "ALERTS" else ""
        told = {("job", "MatchOp.Re", f"JOB{nothing}"), ("instance", "MatchOp.Re", f"INSTANCE{nothing}")}
        assert told <= set(use.matchers)


@every_query
def test_a_counter_is_asked_for_its_rise(query: Query) -> None:
    for use in used(query):
        is_counter = use.metric.endswith(("_total", "_bucket", "_sum", "_count"))
        assert (use.function in OF_A_COUNTER) == is_counter, use


@every_query
def test_a_rate_is_over_the_rate_interval(query: Query) -> None:
    rates = re.findall(r"\bi?rate\([^\[]*\[([^\]]*)\]", query.text)

    assert set(rates) <= {"$__rate_interval"}


@pytest.mark.parametrize("board", PROMETHEUS, ids=lambda board: board["uid"])
def test_a_curve_of_rises_is_over_the_rate_interval(board: dict[str, Any]) -> None:
    """Another window would count an increase twice, or not at all, when somebody zooms."""
    curves = [
        target["expr"]
        for panel in board["panels"]
        if panel["type"] == "timeseries"
        for target in panel["targets"]
    ]

    for text in curves:
        windows = re.findall(r"\[([^\]]*)\](?! @ end\(\))", text)
        assert set(windows) <= {"$__rate_interval"}, text


def test_an_unknown_variable_is_an_error() -> None:
    with pytest.raises(KeyError, match="jobs"):
        filled('up{job="$jobs"}')


def test_faults_would_be_found(series: dict[str, list[dict[str, str]]]) -> None:
    with pytest.raises(ValueError, match="unclosed left parenthesis"):
        promql_parser.parse("sum(rate(a[5m])")
    (use,) = uses(promql_parser.parse('sum by (x) (increase(rejectwatch_nothing_total{outcome="send"}[5m]))'))

    assert use == Use("rejectwatch_nothing_total", [("outcome", "MatchOp.Equal", "send")], "increase")
    assert use.metric not in series
