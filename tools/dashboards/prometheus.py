"""How Prometheus is asked: the chosen instances, the kinds of answers, and what is asked in more than one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any, NamedTuple

from tools.dashboards.board import choice, datasource
from tools.dashboards.panels import Json, fixed, link, override, thresholds

SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
CHOSEN = 'job=~"$job", instance=~"$instance"'
EACH = "by (job, instance) "
FAILED = 'outcome=~"rejected|bounced"'
"""The outcomes that are failures: what is put off, warned of or probed is none."""
NO_FAILURE = 'outcome!~"rejected|bounced"'
SENT = 'outcome="sent"'


def chosen(metric: str, *matchers: str) -> str:
    """The series of a metric, of the chosen instances."""
    return f"{metric}{{{', '.join((CHOSEN, *matchers))}}}"


def own(metric: str, *matchers: str) -> str:
    return chosen(f"rejectwatch_{metric}", *matchers)


def process(metric: str) -> str:
    """What the client library tells of the daemon's process; the job may have other processes as well."""
    return f"({chosen(f'process_{metric}')} and on (job, instance) {own('build_info')})"


def equals(label: str, value: str) -> str:
    return f'{label}="{value}"'


def risen(metric: str, time: str, *matchers: str) -> str:
    return f"increase({own(metric, *matchers)}[{time}])"


def a_minute(metric: str, by: str, *matchers: str) -> str:
    return f"60 * sum {by}(rate({own(metric, *matchers)}[$__rate_interval]))"


def quantile(share: float, metric: str, by: str = "") -> str:
    kept = ", ".join(filter(None, ["le", by]))
    rise = f"rate({own(f'{metric}_seconds_bucket')}[$__rate_interval])"
    return f"histogram_quantile({share}, sum by ({kept}) ({rise})) >= 0"  # without refusals it is no number


# ── kinds of answers ──


def over_time(expr: str, legend: str) -> Json:
    return {
        "datasource": SOURCE, "editorMode": "code", "expr": expr, "legendFormat": legend, "range": True,
        "instant": False,
    }  # fmt: skip


def now(expr: str, legend: str) -> Json:
    return over_time(expr, legend) | {"range": False, "instant": True}


class Column(NamedTuple):
    """A number in a table of now; `properties` are those of its field. Without a title it brings labels only."""

    title: str
    expr: str
    properties: Mapping[str, Any]


def as_rows(
    labels: Mapping[str, Json], columns: Sequence[Column]
) -> tuple[list[Json], list[Json], list[Json]]:
    """A row for each set of labels, of which these are shown, in this order: targets, overrides, transformations.

    What a query brings is named `Value #` and its letter; rows are put together by the labels that all have.
    """
    targets = [now(column.expr, "") | {"format": "table"} for column in columns]
    names = [f"Value #{letter}" for letter, _ in zip(ascii_uppercase, columns, strict=False)]
    told = {name: column for name, column in zip(names, columns, strict=True) if column.title}
    overrides = [override(label, **properties) for label, properties in labels.items()]
    overrides += [override(name, displayName=one.title, **one.properties) for name, one in told.items()]
    order = {name: index for index, name in enumerate([*labels, *told])}
    hidden = ["Time", "__name__", "job", *(name for name in names if name not in told)]
    organize = {"excludeByName": dict.fromkeys(hidden, True), "indexByName": order, "renameByName": {}}
    return targets, overrides, [{"id": "merge", "options": {}}, {"id": "organize", "options": organize}]


def coloured(*steps: tuple[str, float]) -> Json:
    """Properties of a cell that has a background as soon as its value is bad: where all is well, nothing shouts."""
    return {
        "thresholds": thresholds([("transparent", None), *steps]),
        "custom__cellOptions": {"type": "color-background", "mode": "basic"},
    }


def wide(pixels: int) -> Json:
    return {"custom__width": pixels}


# ── variables, annotations ──


def variables() -> list[Json]:
    return [
        datasource("prometheus"),
        choice("job", "Job", SOURCE, _labels("job", "rejectwatch_build_info")),
        choice("instance", "Instance", SOURCE, _labels("instance", 'rejectwatch_build_info{job=~"$job"}')),
    ]


def _labels(name: str, series: str) -> Json:
    return {"query": f"label_values({series}, {name})", "refId": f"variable-{name}"}


def notes() -> list[Json]:
    """Alerts about the watch itself, and its restarts. Only labels of ours are shown, nothing from a log."""
    restarts = (
        f"changes({chosen('process_start_time_seconds')}[5m]) > 0 and on (job, instance) {own('build_info')}"
    )
    return [
        _annotation(
            "Alerts", 'ALERTS{alertname=~"Rejectwatch.*", alertstate="firing", job=~"$job|", instance=~"$instance|"}',
            "red", "{{alertname}}", "{{instance}} {{source}} {{channel}}",
        ),
        _annotation("Restarts", restarts, "blue", "Restart", "{{instance}}"),
    ]  # fmt: skip


def _annotation(name: str, expr: str, colour: str, title: str, text: str) -> Json:
    return {
        "name": name, "datasource": SOURCE, "enable": True, "hide": False, "iconColor": colour, "expr": expr,
        "step": "60s", "titleFormat": title, "textFormat": text, "tagKeys": "", "useValueForTime": False,
    }  # fmt: skip


# ── who exactly: the names stand in the database ──


def who(*, cause: bool = False) -> list[Json]:
    """Links to who it is, in either database, with the time that is looked at."""
    more = "var-cause=${__field.labels.cause:percentencode}&" if cause else ""
    return [
        link(f"Who exactly? ({database})", f"/d/rejectwatch-who{suffix}?{more}${{__url_time_range}}")
        for database, suffix in (("PostgreSQL", ""), ("SQLite", "-sqlite"))
    ]


def calm(colour: str) -> Json:
    """A curve whose colour says what it is."""
    return {"color": fixed(colour)}
