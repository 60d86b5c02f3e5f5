"""Every query of the dashboards, answered by a real Prometheus that has two hours of rejectwatch in it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.samples import Sample

from grafana.dashboard import DASHBOARDS, STANDARD, Query, load, queries
from parts.packages import program
from parts.prometheus import Prometheus
from rejectwatch.causes import CAUSES
from rejectwatch.metrics import Metrics

EVERY = 15
STEPS = 2 * 3600 // EVERY
SITE = {"job": "rejectwatch", "instance": "mail.example.jp:9553"}


def fifteen_seconds(metrics: Metrics, at: float) -> None:
    """What happens between two scrapes of a busy server: eight deliveries, a refusal of each side."""
    metrics.deliveries.labels("postfix", "sent").inc(8)
    metrics.lines.labels("mail").inc(30)
    metrics.bytes.labels("mail").inc(4500)
    metrics.last_line.labels("mail").set(at - 3)
    metrics.unread.labels("mail").set(4096)
    metrics.catching_up.labels("mail").set(0)
    metrics.incidents_open.labels("user").set(2)
    metrics.incidents_open.labels("sender").set(0)
    metrics.waiting.set(1)
    metrics.commit_duration.observe(0.004)
    metrics.rejections.labels("postfix", "local", "rejected", "553", "auth_required").inc()
    metrics.rejections.labels("postfix", "remote", "bounced", "553", "unknown").inc()
    metrics.rejections.labels("postfix", "remote", "deferred", "553", "unknown").inc()
    metrics.causes_unknown.labels("postfix", "remote").inc()
    metrics.detection_delay.observe(0.4)
    metrics.notifications.labels("postmasters", "sent").inc()


def history(end: float) -> str:
    """Two hours up to `end` as OpenMetrics text, as Prometheus would have scraped it."""
    registry = CollectorRegistry()
    metrics = Metrics(
        registry,
        sources=["mail"],
        codes=[553],
        causes=[cause.slug for cause in CAUSES],
        domains=["example.jp"],
        channels=["postmasters"],
        rule_kinds=["user", "sender"],
    )
    families: dict[str, list[str]] = {}
    for step in range(STEPS):
        at = end - (STEPS - 1 - step) * EVERY
        fifteen_seconds(metrics, at)
        for family in registry.collect():
            lines = families.setdefault(f"# TYPE {family.name} {family.type}", [])
            lines.extend(exposed(sample, at) for sample in family.samples)
    return "".join(f"{head}\n{''.join(lines)}" for head, lines in families.items()) + "# EOF\n"


def exposed(sample: Sample, at: float) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in {**sample.labels, **SITE}.items())
    return f"{sample.name}{{{labels}}} {sample.value} {at:.3f}\n"


@contextmanager
def prometheus_with(text: str, folder: Path) -> Iterator[Prometheus]:
    (folder / "history").write_text(text)
    blocks = subprocess.run(
        [
            program("promtool", "prometheus"),
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            folder / "history",
            folder / "data",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert blocks.returncode == 0, blocks.stdout + blocks.stderr
    with Prometheus(folder, []) as server:
        yield server


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with prometheus_with(
        history(datetime.now(UTC).timestamp()), tmp_path_factory.mktemp("prometheus")
    ) as server:
        yield server


ALL = [query for path in DASHBOARDS for query in queries(load(path))]


@pytest.mark.slow
@pytest.mark.parametrize("query", ALL, ids=[f"{query.panel} {query.ref}" for query in ALL])
def test_rows_come_back(query: Query, prometheus: Prometheus) -> None:
    rows = prometheus.query(query.promql)

    assert rows
    assert all(row.value == row.value for row in rows), f"not a number: {rows}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "panel, ref, labels, expected",
    [
        ("Open incidents", "A", {"by": "user"}, 2),
        ("Open incidents", "A", {"by": "sender"}, 0),
        ("Is the log being read?", "B", {"source": "mail"}, 4096),
        ("Is the log being read?", "C", {"source": "mail"}, 0),
        ("Is the log being read?", "D", {"source": "mail"}, 2),
        ("Refused mail, by cause", "A", {"cause": "auth_required"}, 4),
        ("Refused mail, by cause", "A", {"cause": "unknown"}, 4),
        ("Refused mail, by cause", "A", {"cause": "relay_denied"}, 0),
        ("Refused by us, refused by others", "A", {"refused_by": "local"}, 4),
        ("Refused by us, refused by others", "A", {"refused_by": "remote"}, 4),
        ("Refused by us, refused by others", "B", {}, 4),
        ("Share of mail that is refused", "A", {}, 0.2),
        ("Refusals that nobody understood", "A", {"refused_by": "remote"}, 4),
        ("Refusals that nobody understood", "A", {"refused_by": "local"}, 0),
        ("Notifications", "A", {"channel": "postmasters", "result": "sent"}, 20),
        ("Notifications", "A", {"channel": "postmasters", "result": "failed"}, 0),
        ("Notifications", "B", {}, 1),
        ("Delay until a refusal is known", "A", {}, 0.375),
    ],
)
def test_the_numbers_are_those_of_the_server(
    panel: str, ref: str, labels: Mapping[str, str], expected: float, prometheus: Prometheus
) -> None:
    (query,) = (one for one in ALL if (one.panel, one.ref) == (panel, ref))
    (row,) = (row for row in prometheus.query(query.promql) if row.labels == labels)

    assert row.value == pytest.approx(expected, rel=0.01)


@pytest.mark.slow
def test_the_age_of_the_newest_line_is_told(prometheus: Prometheus) -> None:
    (query,) = (one for one in ALL if (one.panel, one.ref) == ("Is the log being read?", "A"))
    (row,) = prometheus.query(query.promql)

    assert 3 <= row.value < 3 + 2 * EVERY


@pytest.mark.slow
def test_another_instance_shows_nothing(prometheus: Prometheus) -> None:
    elsewhere = {**STANDARD, "instance": "mail2.example.jp:9553"}
    for path in DASHBOARDS:
        for query in queries(load(path), elsewhere):
            assert prometheus.query(query.promql) == [], query


@pytest.mark.slow
def test_the_variables_offer_what_is_there(prometheus: Prometheus) -> None:
    (build,) = prometheus.query("rejectwatch_build_info")

    assert (build.labels["job"], build.labels["instance"]) == (SITE["job"], SITE["instance"])
