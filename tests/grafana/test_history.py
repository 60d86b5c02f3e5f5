"""Every query of the Prometheus dashboards, answered by a real Prometheus that has two hours of a fleet in it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
import requests
from prometheus_client import CollectorRegistry
from prometheus_client.samples import Sample

from grafana.dashboard import PROMETHEUS, Panel, Query, panels, variables
from grafana.test_promql import ALL, PANELS, called
from parts.packages import program
from parts.prometheus import Prometheus, Row
from rejectwatch.incidents.incident import By
from rejectwatch.metrics import Metrics

EVERY = 60
STEPS = 2 * 3600 // EVERY
HALF_AN_HOUR_AGO = STEPS - 31
JOB = "rejectwatch"
CODES = (550, 553)
CAUSES = ("auth_required", "relay_denied", "unknown")
OVERVIEW, FLEET = "rejectwatch", "rejectwatch-fleet"

pytestmark = pytest.mark.slow


def name(short: str) -> str:
    return f"{short}.example.jp:9553"


# ── what happens in a minute on each server of the fleet ──


def ordinary(metrics: Metrics, at: float, step: int) -> None:
    """Thirty-two deliveries, nothing wrong."""
    metrics.ready.set(1)
    metrics.deliveries.labels("postfix", "sent").inc(32)
    metrics.lines.labels("mail").inc(120)
    metrics.bytes.labels("mail").inc(18_000)
    metrics.last_line.labels("mail").set(at - 3)
    metrics.unread.labels("mail").set(0)
    metrics.commit_duration.observe(0.004)


def busy(metrics: Metrics, at: float, step: int) -> None:
    """Four refusals of our own and four of partners; two logins fail, and five people at one partner."""
    ordinary(metrics, at, step)
    metrics.rejections.labels("postfix", "local", "rejected", "553", "auth_required").inc(4)
    metrics.rejections.labels("postfix", "remote", "bounced", "550", "unknown").inc(4)
    metrics.rejections.labels("postfix", "remote", "deferred", "550", "unknown").inc(4)
    metrics.deliveries.labels("postfix", "bounced").inc(4)
    metrics.domain_rejections.labels("example.jp").inc(12)
    metrics.causes_unknown.labels("postfix", "remote").inc(8)
    metrics.detection_delay.observe(0.4)
    metrics.unread.labels("mail").set(4096)
    metrics.incidents_open.labels("user").set(2)
    metrics.incidents_open.labels("recipient_domain").set(1)
    metrics.people_failing.labels("user").set(2)
    metrics.people_failing.labels("recipient_domain").set(5)
    metrics.notifications.labels("postmasters", "sent").inc()
    metrics.waiting.set(int(step >= STEPS - 3))
    if step == HALF_AN_HOUR_AGO:
        metrics.incidents.labels("user", "auth_required").inc(2)


def silent(metrics: Metrics, at: float, step: int) -> None:
    """The last line came before all this; nobody knows whether that is usual."""
    ordinary(metrics, at - step * EVERY, step)


def unready(metrics: Metrics, at: float, step: int) -> None:
    ordinary(metrics, at, step)
    metrics.ready.set(0)


def behind(metrics: Metrics, at: float, step: int) -> None:
    ordinary(metrics, at - 86_400, step)
    metrics.catching_up.labels("mail").set(1)
    metrics.unread.labels("mail").set(100 << 20)


def fresh(metrics: Metrics, at: float, step: int) -> None:
    """Has never seen a line."""
    metrics.ready.set(1)


def at_once(change: Callable[[Metrics], Any], begins: int = HALF_AN_HOUR_AGO) -> Callable[..., None]:
    """An ordinary server on which something happens once."""

    def minute(metrics: Metrics, at: float, step: int) -> None:
        ordinary(metrics, at, step)
        if step == begins:
            change(metrics)

    return minute


SERVERS: dict[str, tuple[Callable[..., None], str, str, str]] = {
    # what happens → how the overview says whether it sees, whether alerts go out, and the fleet how it is
    "busy": (busy, "no, it sees", "yes", "people fail"),
    "well": (ordinary, "no, it sees", "yes", "well"),
    "gone": (ordinary, "nobody watches", "nobody watches", "gone"),
    "silent": (silent, "no line for an hour", "yes", "no line for an hour"),
    "fresh": (fresh, "no line for an hour", "yes", "no line for an hour"),
    "unready": (unready, "reads nothing", "yes", "reads nothing"),
    "behind": (behind, "catching up", "yes", "catching up"),
    "losing": (at_once(lambda m: m.gaps.labels("mail", "removed").inc()), "lines lost", "yes", "lines lost"),
    "odd": (
        at_once(lambda m: m.not_understood.labels("mail").inc()),
        "lines not understood", "yes", "lines not understood",
    ),
    "failing": (
        at_once(lambda m: m.channel_failing.labels("postmasters").set(1)),
        "no, it sees", "a channel fails", "a channel fails",
    ),
    "tired": (
        at_once(lambda m: m.notifications.labels("postmasters", "given_up").inc()),
        "no, it sees", "an alert was given up", "an alert was given up",
    ),
    "old": (
        at_once(lambda m: m.incidents_open.labels("user").set(2)),
        "no, it sees", "yes", "people fail",
    ),
    "full": (at_once(lambda m: m.waiting.set(3)), "no, it sees", "alerts wait", "alerts wait"),
    "mute": (ordinary, "no, it sees", "no channel is set", "no channel is set"),
}  # fmt: skip


# ── their history ──


def history(end: float) -> str:
    """Two hours up to `end` as OpenMetrics text, as Prometheus would have scraped it."""
    families: dict[str, list[str]] = {}
    for short, (minute, *_) in SERVERS.items():
        site = {"job": JOB, "instance": name(short)}
        registry = CollectorRegistry()
        metrics = Metrics(
            registry, sources=["mail"], codes=CODES, causes=CAUSES, domains=["example.jp"],
            channels=[] if short == "mute" else ["postmasters"], rule_kinds=get_args(By),
        )  # fmt: skip
        for step in range(STEPS):
            at = end - (STEPS - 1 - step) * EVERY
            lives = short != "gone" or step < HALF_AN_HOUR_AGO
            add(families, "up", site, int(lives), at)
            if not lives:
                continue
            minute(metrics, at, step)
            started = end - (1800 if short == "busy" and step >= HALF_AN_HOUR_AGO else 90_000)
            add(families, "process_start_time_seconds", site, started, at)
            add(families, "process_resident_memory_bytes", site, 60 << 20, at)
            for family in registry.collect():
                if short == "old" and family.name == "rejectwatch_people_failing":  # there is none before 0.2
                    continue
                lines = families.setdefault(f"# TYPE {family.name} {family.type}", [])
                lines.extend(exposed(sample, site, at) for sample in family.samples)
            if short == "failing" and step > HALF_AN_HOUR_AGO:
                alert = {**site, "alertname": "RejectwatchChannelFails", "alertstate": "firing"}
                add(families, "ALERTS", alert, 1, at)
    return "".join(f"{head}\n{''.join(lines)}" for head, lines in families.items()) + "# EOF\n"


def add(
    families: dict[str, list[str]], gauge: str, labels: Mapping[str, str], value: float, at: float
) -> None:
    line = exposed(Sample(gauge, {}, value), labels, at)
    families.setdefault(f"# TYPE {gauge} gauge", []).append(line)


def exposed(sample: Sample, site: Mapping[str, str], at: float) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in {**sample.labels, **site}.items())
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


# ── asking ──


def panel_of(board: str, title: str) -> Panel:
    (told,) = (one for one in PROMETHEUS if one["uid"] == board)
    (panel,) = (one for one in panels(told) if one["title"] == title)
    return panel


def query_of(board: str, title: str, ref: str = "A") -> Query:
    (query,) = (one for one in PANELS if (one.board, one.panel, one.ref) == (board, title, ref))
    return query


def column_of(board: str, title: str, column: str) -> Query:
    """The query that brings a table's column."""
    for override in panel_of(board, title)["fieldConfig"]["overrides"]:
        if {"id": "displayName", "value": column} in override["properties"]:
            return query_of(board, title, override["matcher"]["options"].removeprefix("Value #"))
    raise KeyError(column)


def asked(prometheus: Prometheus, query: Query, *servers: str) -> list[Row]:
    """The answer for these servers; for all, if none is named."""
    chosen = "|".join(name(server).replace(".", "\\\\.") for server in servers)
    return prometheus.query(query.of({"instance": chosen or ".+"}))


def shown(prometheus: Prometheus, title: str, *servers: str) -> tuple[str, str | None]:
    """A number of the overview as it is shown: its words, or itself, and the colour that a word has."""
    panel = panel_of(OVERVIEW, title)
    (row,) = asked(prometheus, query_of(OVERVIEW, title), *servers)
    return in_words(panel["fieldConfig"]["defaults"], row.value)


def in_words(told: dict[str, Any], value: float) -> tuple[str, str | None]:
    plain = f"{value:g}"
    for mapping in told["mappings"]:
        if plain in mapping["options"]:
            return mapping["options"][plain]["text"], mapping["options"][plain].get("color")
    reached = [
        step for step in told["thresholds"]["steps"] if step["value"] is None or value >= step["value"]
    ]
    return plain, reached[-1]["color"]


# ── every query brings what it should ──


@pytest.mark.parametrize("query", PANELS, ids=called)
def test_rows_come_back(query: Query, prometheus: Prometheus) -> None:
    rows = prometheus.query(query.promql)

    assert rows
    assert all(row.value == row.value for row in rows), f"not a number: {rows}"


@pytest.mark.parametrize("query", [one for one in ALL if one not in PANELS], ids=called)
def test_an_annotation_stands_where_something_happened(query: Query, prometheus: Prometheus) -> None:
    (row,) = prometheus.query(f"count_over_time(({query.promql})[2h:1m])")

    server, minutes = {"Alerts": ("failing", 30), "Restarts": ("busy", 5)}[query.panel]
    assert row.labels["instance"] == name(server)
    assert row.value == pytest.approx(minutes, abs=1)


@pytest.mark.parametrize(
    "board, panel, ref, labels, expected",
    [
        (OVERVIEW, "People failing now", "A", {}, 7),
        (OVERVIEW, "Mail refused, last hour", "A", {}, 0.2),
        (OVERVIEW, "Open incidents, by what they are about", "A", {}, 2),
        (OVERVIEW, "Open incidents, by what they are about", "B", {}, 0),
        (OVERVIEW, "Open incidents, by what they are about", "E", {}, 1),
        (OVERVIEW, "Why, in the last hour", "A", {"cause": "auth_required"}, 240),
        (OVERVIEW, "Refused mail, by cause", "A", {"cause": "auth_required"}, 4),
        (OVERVIEW, "Refused mail, by cause", "A", {"cause": "unknown"}, 4),
        (OVERVIEW, "Refused mail, by cause", "A", {"cause": "nothing was refused"}, 0),
        (OVERVIEW, "Share of mail that is refused", "A", {}, 0.2),
        (OVERVIEW, "Delivered and refused", "A", {}, 32),
        (OVERVIEW, "Delivered and refused", "B", {}, 8),
        (OVERVIEW, "Delivered and refused", "C", {}, 4),
        (OVERVIEW, "We refused, partners refused", "A", {"refused_by": "local"}, 4),
        (OVERVIEW, "We refused, partners refused", "A", {"refused_by": "remote"}, 4),
        (OVERVIEW, "We refused, partners refused", "B", {}, 4),
        (OVERVIEW, "By code", "A", {"code": "553"}, 4 * (STEPS - 1)),
        (OVERVIEW, "By code", "A", {"code": "550"}, 4 * (STEPS - 1)),
        (OVERVIEW, "By mail server", "A", {"mta": "postfix"}, 8 * (STEPS - 1)),
        (OVERVIEW, "By mail server", "A", {"mta": "exim"}, 0),
        (OVERVIEW, "By our domains", "A", {"domain": "example.jp"}, 12 * (STEPS - 1)),
        (OVERVIEW, "Unread", "A", {"source": "mail"}, 4096),
        (OVERVIEW, "Not understood", "B", {"refused_by": "remote"}, 40),
        (OVERVIEW, "Messages to people", "A", {"result": "sent"}, 5),
        (OVERVIEW, "Messages to people", "A", {"result": "failed"}, 0),
        (OVERVIEW, "Messages to people", "B", {}, 1),
        (OVERVIEW, "Delay until a refusal is known", "A", {}, 0.375),
        (FLEET, "Refused mail", "A", {"instance": name("busy")}, 8),
        (FLEET, "Share of mail that is refused", "A", {"instance": name("busy")}, 0.2),
        (FLEET, "Unread", "A", {"instance": name("busy")}, 4096),
        (FLEET, "Versions", "A", None, 1),
    ],
)  # fmt: skip
def test_the_numbers_are_those_of_the_server(
    board: str, panel: str, ref: str, labels: dict[str, str] | None, expected: float, prometheus: Prometheus
) -> None:
    rows = asked(prometheus, query_of(board, panel, ref), "busy")
    (row,) = rows if labels is None else (row for row in rows if row.labels == labels)

    assert row.value == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    "title, column, server, expected",
    [
        ("Each log that is read", "Unread", "behind", 100 << 20),
        ("Each log that is read", "Backlog", "behind", 1),
        ("Each log that is read", "Lines", "busy", 2),
        ("Each log that is read", "Bytes", "busy", 300),
        ("Each log that is read", "Gaps", "losing", 1),
        ("Each log that is read", "Not understood", "odd", 1),
        ("Each channel", "Now", "failing", 1),
        ("Each channel", "Given up", "tired", 1),
        ("Each channel", "Sent", "busy", STEPS - 1),
        ("Each rejectwatch", "Works", "unready", 0),
        ("Each rejectwatch", "Works", "well", 1),
        ("Each rejectwatch", "Memory", "well", 60 << 20),
        ("Each rejectwatch", "Configuration", "well", 1),
    ],
)
def test_a_table_tells_each_apart(
    title: str, column: str, server: str, expected: float, prometheus: Prometheus
) -> None:
    rows = asked(prometheus, column_of(OVERVIEW, title, column))
    (row,) = (
        row for row in rows if row.labels["instance"] == name(server) and row.labels.get("channel") != "other"
    )

    assert row.value == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    "column, server, expected",
    [
        ("People failing", "busy", 7),
        ("People failing", "old", 2),
        ("Incidents", "busy", 3),
        ("Refused", "busy", 8),
        ("Share, 1 h", "busy", 0.2),
        ("Share, 1 h", "fresh", 0),
        ("Unread", "behind", 100 << 20),
        ("Backlog", "behind", 1),
        ("Gaps, 24 h", "losing", 1),
        ("New forms, 24 h", "odd", 1),
        ("Alerts wait", "full", 3),
        ("Channels fail", "failing", 1),
        ("Channels fail", "well", 0),
    ],
)
def test_the_fleet_stands_side_by_side(
    column: str, server: str, expected: float, prometheus: Prometheus
) -> None:
    rows = asked(prometheus, column_of(FLEET, "Each server, the worst on top", column))
    (row,) = (row for row in rows if row.labels["instance"] == name(server))

    assert row.value == pytest.approx(expected, rel=0.02)


def test_the_age_of_the_newest_line_is_told(prometheus: Prometheus) -> None:
    (row,) = asked(prometheus, column_of(OVERVIEW, "Each log that is read", "Newest line"), "well")

    assert 3 <= row.value < 3 + 2 * EVERY


def test_two_servers_are_added_up(prometheus: Prometheus) -> None:
    (delivered,) = asked(prometheus, query_of(OVERVIEW, "Delivered and refused"), "busy", "well")

    assert delivered.value == pytest.approx(64, rel=0.02)
    assert shown(prometheus, "People failing now", "busy", "well") == ("7", "red")


# ── the big answers ──


@pytest.mark.parametrize("server", SERVERS)
def test_it_is_said_whether_it_sees_and_whether_alerts_go_out(server: str, prometheus: Prometheus) -> None:
    _, sees, tells, _ = SERVERS[server]
    told = {title: shown(prometheus, title, server) for title in ("Is it blind?", "Do alerts go out?")}

    assert {title: words for title, (words, _) in told.items()} == {
        "Is it blind?": sees,
        "Do alerts go out?": tells,
    }
    assert all((colour == "green") == (words in ("no, it sees", "yes")) for words, colour in told.values())


def test_where_all_is_well_the_numbers_are_zero_and_green(prometheus: Prometheus) -> None:
    for title in ("People failing now", "Mail refused, last hour"):
        assert shown(prometheus, title, "well") == ("0", "green")
    (why,) = asked(prometheus, query_of(OVERVIEW, "Why, in the last hour"), "well")
    assert (why.labels, why.value) == ({"cause": "nothing was refused"}, 0)


def test_where_no_rejectwatch_is_nothing_is_green(prometheus: Prometheus) -> None:
    for title in ("People failing now", "Mail refused, last hour", "Is it blind?", "Do alerts go out?"):
        assert shown(prometheus, title, "nobody") == ("nobody watches", "red")


def test_one_that_is_gone_among_others_is_said(prometheus: Prometheus) -> None:
    assert shown(prometheus, "Is it blind?", "well", "gone") == ("a server is gone", "red")


def test_of_a_server_that_is_not_there_no_other_panel_says_anything(prometheus: Prometheus) -> None:
    for query in PANELS:
        if "or vector(" not in query.text:
            assert asked(prometheus, query, "nobody") == [], query


# ── the fleet ──


def test_each_server_is_said_to_be_as_it_is_and_the_worst_has_the_highest_number(
    prometheus: Prometheus,
) -> None:
    title = "Each server, the worst on top"
    panel = panel_of(FLEET, title)
    query = column_of(FLEET, title, "State")
    (mappings,) = (
        one["value"]
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"]["options"] == f"Value #{query.ref}"
        for one in override["properties"]
        if one["id"] == "mappings"
    )
    rows = asked(prometheus, query)
    told = {
        row.labels["instance"]: in_words({"mappings": mappings, "thresholds": {"steps": []}}, row.value)[0]
        for row in rows
    }
    ordered = [row.labels["instance"] for row in sorted(rows, key=lambda row: -row.value)]

    assert told == {name(server): words for server, (*_, words) in SERVERS.items()}
    assert ordered[:4] == [name(server) for server in ("gone", "unready", "failing", "busy")]
    assert ordered[-1] == name("well")
    assert panel["options"]["sortBy"][0] == {"displayName": "State", "desc": True}


@pytest.mark.parametrize(
    "title, expected",
    [
        ("Servers watched", len(SERVERS) - 1),
        ("Gone", 1),
        ("With people failing", 2),
        ("That read nothing", 1),
        ("With a failing channel", 1),
    ],
)
def test_the_fleet_is_counted(title: str, expected: int, prometheus: Prometheus) -> None:
    (row,) = asked(prometheus, query_of(FLEET, title))

    assert row.value == expected


# ── variables ──


@pytest.mark.parametrize("board", PROMETHEUS, ids=lambda board: board["uid"])
@pytest.mark.parametrize(
    "variable, expected", [("job", [JOB]), ("instance", sorted(map(name, SERVERS)))], ids=["job", "instance"]
)
def test_a_variable_offers_what_was_there_in_the_time_range(
    board: dict[str, Any], variable: str, expected: list[str], prometheus: Prometheus
) -> None:
    """One that is gone can be chosen, too."""
    text = variables(board)[variable]["query"]["query"].replace("$job", ".+")
    series, label = text.removeprefix("label_values(").removesuffix(")").rsplit(", ", 1)
    now = datetime.now(UTC).timestamp()
    answer = requests.get(
        f"{prometheus.url}/api/v1/label/{label}/values",
        params={"match[]": series, "start": str(now - 86_400), "end": str(now)},
        timeout=20,
    )

    assert answer.json()["data"] == expected
