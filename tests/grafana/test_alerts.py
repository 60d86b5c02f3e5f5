"""The shipped rules: Prometheus takes them, they ask for metrics that exist, each alert speaks when it should and then only."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import promql_parser
import pytest

from grafana.dashboard import FOLDER
from grafana.test_promql import series, uses
from parts.packages import program
from parts.prometheus import check_rules, test_rules
from rejectwatch.cli import group

__all__ = ["series"]

yaml = pytest.importorskip("yaml")  # comes with Apprise

FILE = FOLDER / "alerts" / "rejectwatch.yaml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(FILE.read_text("utf-8"))["groups"] for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"]: rule for rule in RULES if "record" in rule}
LEVELS = {
    "instance": set(),
    "instance_refused_by": {"refused_by"},
    "instance_refused_by_cause": {"refused_by", "cause"},
    "source": {"source"},
}
"""What a recorded series keeps beside job and instance, by the first part of its name."""

HOUR, DAY, WEEK = 60, 24 * 60, 7 * 24 * 60
HERE = {"job": "mail", "instance": "mx1:9553"}

UP = "up{}"
BUILD = 'rejectwatch_build_info{version="1"}'
READY = "rejectwatch_ready{}"
BEHIND = 'rejectwatch_catching_up{source="mail"}'
UNREAD = 'rejectwatch_unread_bytes{source="mail"}'
LAST = 'rejectwatch_last_line_timestamp_seconds{source="mail"}'
LINES = 'rejectwatch_lines_total{source="mail"}'
SENT = 'rejectwatch_deliveries_total{mta="postfix",outcome="sent"}'
GAPS = 'rejectwatch_gaps_total{source="mail",reason="removed"}'
SHAPES = 'rejectwatch_lines_not_understood_total{source="mail"}'
FORGOTTEN = "rejectwatch_correlator_forgotten_total{}"
COMMITS = "rejectwatch_commit_duration_seconds_count{}"
COMMITTING = "rejectwatch_commit_duration_seconds_sum{}"
NOTICED = "rejectwatch_detection_delay_seconds_count{}"
RELOADED = "rejectwatch_config_last_reload_successful{}"
FAILS = 'rejectwatch_channel_failing{channel="on call"}'
GIVEN_UP = 'rejectwatch_notifications_total{channel="on call",result="given_up"}'
FAILED = 'rejectwatch_notifications_total{channel="on call",result="failed"}'
WAITING = "rejectwatch_notifications_waiting{}"
OTHER = 'rejectwatch_build_info{instance="mx2:9553"}'
OPEN = 'rejectwatch_incidents_open{by="user"}'
TOLD = 'rejectwatch_incidents_total{by="user",cause="auth_required"}'


def refused(side: str, cause: str, outcome: str = "") -> str:
    outcome = outcome or {"local": "rejected", "remote": "bounced"}[side]
    labels = f'mta="postfix",refused_by="{side}",outcome="{outcome}",code="553",cause="{cause}"'
    return f"rejectwatch_rejections_total{{{labels}}}"


def within(seconds: str) -> str:
    return f'rejectwatch_detection_delay_seconds_bucket{{le="{seconds}"}}'


OURS, THEIRS = refused("local", "auth_required"), refused("remote", "unknown")

HEALTHY = {
    UP: "1xN", BUILD: "1xN", READY: "1xN", BEHIND: "0xN", UNREAD: "0xN", LAST: "0+60xN", LINES: "0+300xN",
    SENT: "0+60xN", OURS: "0+1xN", THEIRS: "0xN", GAPS: "0xN", SHAPES: "0xN", FORGOTTEN: "0xN",
    COMMITS: "0+60xN", COMMITTING: "0+0.6xN", NOTICED: "0+1xN", within("1"): "0+1xN", within("60"): "0+1xN",
    within("300"): "0+1xN", within("+Inf"): "0+1xN", RELOADED: "1xN", FAILS: "0xN", GIVEN_UP: "0xN", FAILED: "0xN",
    WAITING: "0xN", OPEN: "0xN", TOLD: "0xN",
}  # fmt: skip
"""A value a minute, N minutes long: 60 mails an hour are delivered, 60 an hour are not, and all is well."""


@dataclass(frozen=True, slots=True)
class Case:
    """What differs from a healthy server, when it is looked at (in minutes), and what is said then."""

    given: Mapping[str, str | None]
    at: int = 3 * HOUR
    says: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    every: int = 5
    """So many minutes lie between two evaluations: more where a week has to pass."""

    def input_series(self) -> list[dict[str, str]]:
        given = {**HEALTHY, **self.given}
        return [
            {"series": _at_home(name), "values": values.replace("N", str(self.at))}
            for name, values in given.items()
            if values is not None
        ]


def _at_home(name: str) -> str:
    metric, _, rest = name.partition("{")
    labels = HERE | dict(re.findall(r'(\w+)="([^"]*)"', rest))
    return metric + "{" + ",".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


SPEAKS: dict[str, Case] = {
    "RejectwatchGone": Case(
        dict.fromkeys(HEALTHY),
        says="No rejectwatch has been scraped for 5 minutes. Neither its alerts nor these rules say anything of mail until it is back.",
    ),
    "RejectwatchDown": Case(
        {**dict.fromkeys(HEALTHY), UP: "1x100 0xN", BUILD: "1x100 _xN", OTHER: "1xN"}, at=10 * HOUR,
        says="mx1:9553 has not been scraped for 5 minutes: it has stopped, hangs, or can't be reached.",
    ),
    "RejectwatchNotReady": Case(
        {READY: "1x100 0xN"},
        says="mx1:9553 has not been able to use its database or its logs for 5 minutes. The log is its buffer: nothing is lost as long as that is kept, but nothing is told either.",
    ),
    "RejectwatchReadsNothing": Case(
        {LAST: f"0+60x{WEEK} {60 * WEEK}xN", LINES: f"0+300x{WEEK} {300 * WEEK}xN"},
        at=WEEK + 2 * HOUR, every=30,
        says="The newest line of mail on mx1:9553 is 2h 0m 0s old. Either no mail goes through this server, or its log is written elsewhere, or may not be read.",
        labels={"source": "mail"},
    ),
    "RejectwatchBehind": Case(
        {BEHIND: "1xN", UNREAD: "5242880xN"},
        says="mx1:9553 has 5MiB of mail to read. What it tells until then is old, and the rules about mail are silent.",
        labels={"source": "mail"},
    ),
    "RejectwatchLosesLines": Case(
        {GAPS: "0x150 1xN"},
        says="Of mail on mx1:9553 lines may never be read (removed). What they said is missing from all counts.",
        labels={"source": "mail", "reason": "removed"},
    ),
    "RejectwatchNotUnderstood": Case(
        {SHAPES: "0+1xN"},
        says="60 lines of mail on mx1:9553 within an hour are refusals or deliveries in a form that rejectwatch does not know. They count nowhere.",
        labels={"source": "mail"},
    ),
    "RejectwatchForgets": Case(
        {FORGOTTEN: "0+50xN"},
        says="mx1:9553 has forgotten 3k messages within an hour to bound its memory. Their refusals are counted, but may lack who sent them.",
    ),
    "RejectwatchSlowToNotice": Case(
        {within("1"): "0xN", within("60"): "0xN"},
        says="Half of the refusals on mx1:9553 are known only 3m 0s after they were logged.",
    ),
    "RejectwatchSlowCommits": Case(
        {COMMITTING: "0+120xN"},
        says="A commit on mx1:9553 takes 2s on average. A few milliseconds are usual.",
    ),
    "RejectwatchReloadFailed": Case(
        {RELOADED: "1x100 0xN"},
        says="mx1:9553 was told to read its configuration again, and found a mistake. A restart would fail.",
    ),
    "RejectwatchChannelFails": Case(
        {FAILS: "0x100 1xN"},
        says="on call of mx1:9553 takes nothing. Messages wait, and are tried again for about three days.",
        labels={"channel": "on call"},
    ),
    "RejectwatchGivesUp": Case(
        {GIVEN_UP: "0x121 1xN"},
        says="mx1:9553 has given up 1 messages for on call, after about three days of trying. Nobody was told there.",
        labels={"channel": "on call", "result": "given_up"},
    ),
    "RejectwatchAlertsWait": Case({WAITING: "2xN"}, says="2 messages of mx1:9553 are due, and not sent."),
    "RejectwatchManyRefused": Case(
        {OURS: f"0+1x{WEEK} {WEEK}+60xN"}, at=WEEK + 2 * HOUR, every=30,
        says="50% of the mail on mx1:9553 was refused within an hour (by this server), more than three times as much as a week ago.",
        labels={"refused_by": "local"},
    ),
    "RejectwatchIncidentOpened": Case(
        {TOLD: "0x170 1xN"},
        says="mx1:9553 has opened an incident (auth_required, by user). Its message says who and why.",
        labels={"by": "user", "cause": "auth_required"},
    ),
    "RejectwatchIncidentOpenLong": Case(
        {OPEN: "0x60 2x600 1xN"}, at=26 * HOUR,
        says="mx1:9553 has had open incidents (by user) for a day without a pause, at least 1 at any time.",
        labels={"by": "user"},
    ),
    "RejectwatchCausesUnknown": Case(
        {THEIRS: "0+0.5xN"}, at=26 * HOUR,
        says="About 720 refusals a day on mx1:9553 (by others) have a reply that does not tell the cause. They are counted and told, without advice.",
        labels={"refused_by": "remote"},
    ),
}  # fmt: skip

WORKDAY = 12 * HOUR


def by_day(rise: int, at_night: int = 0) -> str:
    """A counter over eight days that rises otherwise in the second half of each; N is not needed."""
    told, count = [], 0
    for _ in range(8):
        told.append(f"{count}+{rise}x{WORKDAY - 1}")
        count += rise * WORKDAY
        told.append(f"{count}+{at_night}x{WORKDAY - 1}")
        count += at_night * WORKDAY
    return " ".join(told)


FIRST_HALF = " ".join(
    f"{DAY * 60 * day}+60x{WORKDAY - 1} {(DAY * day + WORKDAY) * 60}x{WORKDAY - 1}" for day in range(8)
)
"""When the last line was written of a log that has some in the first half of each day only."""


def from_a_week_on(before: int, after: int) -> str:
    return f"0+{before}x{WEEK} {before * WEEK}+{after}xN"


ALSO_SPEAKS: dict[str, tuple[str, Case]] = {
    "a log that never said a word, after a day": (
        "RejectwatchReadsNothing", Case({LAST: "0xN", LINES: "0xN"}, at=25 * HOUR, every=30),
    ),
    "nothing goes out any more": (
        "RejectwatchManyRefused",
        Case({SENT: from_a_week_on(60, 0), OURS: from_a_week_on(1, 1)}, at=WEEK + 2 * HOUR, every=30),
    ),
    "a partner refuses": (
        "RejectwatchManyRefused",
        Case({refused("remote", "ip_blocklisted"): from_a_week_on(0, 10)}, at=WEEK + 2 * HOUR, every=30),
    ),
    "most is refused where some always is": (
        "RejectwatchManyRefused", Case({OURS: from_a_week_on(40, 600)}, at=WEEK + 2 * HOUR, every=30),
    ),
    "refused at an hour that had no mail a week ago": (
        "RejectwatchManyRefused",
        Case(
            {SENT: f"0x{WEEK} 0+1xN", OURS: from_a_week_on(0, 1), LAST: "0+60xN"}, at=WEEK + 2 * HOUR, every=30,
        ),
    ),
}  # fmt: skip
"""Further ways to the same alert."""

SILENT: dict[str, Case] = {
    "all is well": Case({}),
    "all is well, and it was begun anew": Case({OURS: "0+1x60 0+1xN", SENT: "0+60x60 0+60xN", BUILD: "1x60 _ 1xN"}),
    "another job's target is down": Case({'up{job="node",instance="db1:9100"}': "0xN"}),
    "one that is no longer wanted": Case({**dict.fromkeys(HEALTHY), UP: "1x100 _xN", BUILD: "1x100 _xN", OTHER: "1xN"}),
    "nobody writes at night": Case({LINES: by_day(300), LAST: FIRST_HALF}, at=WEEK + 20 * HOUR, every=30),
    "nobody writes for some hours of the first day": Case({LINES: "0+300x60 18000xN", LAST: "0+60x60 3600xN"}),
    # promtool's clock begins at 0, so what is 0 in truth lies before it
    "a log that has not said a word since the start": Case({LAST: "-1000000000xN", LINES: "0xN"}),
    "a backlog, but not for an hour": Case({BEHIND: "0x130 1xN", UNREAD: "9xN"}),
    "bytes of a line that is being written": Case({UNREAD: "100xN"}),
    "a gap of long ago": Case({GAPS: "0x60 1xN"}),
    "a gap of another life": Case({GAPS: "_x150 1xN"}),
    "a few lines of many are not understood": Case({SHAPES: "0+1xN", LINES: "0+3000xN"}),
    "few lines are not understood": Case({SHAPES: "0x150 9xN"}),
    "messages that were never closed": Case({FORGOTTEN: "0+20xN"}),
    "one refusal is known late": Case({NOTICED: "0x150 1xN", within("1"): "0xN", within("60"): "0xN"}),
    "slow, but only for moments": Case({COMMITTING: "0+0.6x150 300xN"}),
    "tries that fail": Case({FAILED: "0+1xN"}),
    "messages wait, now and then": Case({WAITING: "2x100 0x5 2xN"}),
    "open all the time, but for a moment": Case({OPEN: "2x600 0x5 2xN"}, at=26 * HOUR),
    "open since it began": Case({OPEN: "2xN"}),
    "an incident of an hour ago": Case({TOLD: "0x110 1xN"}),
    "as many are refused at this hour every day": Case(
        {SENT: by_day(60, 1), OURS: by_day(1, 10)}, at=WEEK + 20 * HOUR, every=30,
    ),
    "twice as many are refused": Case({OURS: from_a_week_on(5, 10)}, at=WEEK + 2 * HOUR, every=30),
    "many times as many, of little mail": Case(
        {OURS: f"0x{WEEK} 0+0.3xN", SENT: "0+1xN"}, at=WEEK + 2 * HOUR, every=30,
    ),
    "many times as many, of very much mail": Case(
        {OURS: from_a_week_on(0, 10), SENT: "0+600xN"}, at=WEEK + 2 * HOUR, every=30,
    ),
    "nobody knows yet what is usual": Case({OURS: "0x60 0+60xN"}),
    "tried again, and only warned": Case(
        {
            refused("remote", "rate_or_quota", "deferred"): from_a_week_on(0, 60),
            refused("local", "auth_required", "warned"): from_a_week_on(0, 60),
        },
        at=WEEK + 2 * HOUR, every=30,
    ),
    "refused mail of a backlog that has been read since": Case(
        {OURS: f"0+1x{WEEK} {WEEK}+60x60 {WEEK + 3600}+1xN", BEHIND: f"0x{WEEK} 1x60 0xN"},
        at=WEEK + 90, every=30,
    ),
    "a few replies are not understood": Case({THEIRS: "0+0.01xN"}, at=26 * HOUR),
    "a few of many replies are not understood": Case(
        {THEIRS: "0+0.1xN", refused("remote", "ip_blocklisted"): "0+0.5xN"}, at=26 * HOUR,
    ),
}  # fmt: skip
"""What looks like trouble, and is none."""

WHILE_BEHIND = {
    BEHIND: "1xN", UNREAD: "1048576xN", OURS: from_a_week_on(1, 60), THEIRS: "0+0.5xN", TOLD: "0+1xN", OPEN: "1xN",
    within("1"): "0xN", within("60"): "0xN", COMMITTING: "0+120xN", LAST: "1xN",
}  # fmt: skip


# ── the file ──


def test_promtool_finds_nothing_wrong() -> None:
    assert check_rules(FILE) == ""


def test_each_alert_has_a_case() -> None:
    assert sorted(SPEAKS) == sorted(ALERTS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert", rule.get("record")))
def test_it_asks_for_what_exists(rule: dict[str, Any], series: dict[str, list[dict[str, str]]]) -> None:
    for use in uses(promql_parser.parse(rule["expr"])):
        named = {name for name, _, _ in use.matchers}
        if use.metric in RECORDED:
            assert named <= LEVELS[use.metric.partition(":")[0]]
        elif use.metric not in {"up", "ALERTS"}:
            assert named <= {label for one in series[use.metric] for label in one}
            for name, _, value in use.matchers:
                assert set(value.split("|")) <= {one[name] for one in series[use.metric]}


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_series_is_named_by_level_metric_and_operation(name: str) -> None:
    level, metric, operation = name.split(":")

    assert level in LEVELS
    assert metric.startswith("rejectwatch_")
    assert re.fullmatch(r"(rate|ratio|increase)\d+[mh]", operation)
    assert [name for rule in RULES if name in rule["expr"]]  # somebody asks for it


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_what_it_is_and_where_to_read_on(name: str) -> None:
    rule = ALERTS[name]
    told = rule["annotations"]

    assert name.startswith("Rejectwatch")
    assert rule["labels"] in [{"severity": severity} for severity in ("critical", "warning", "info")]
    assert list(told) == ["summary", "description", "runbook_url"]
    assert len(told["summary"]) < 90
    assert "{{" not in told["summary"]
    assert name == "RejectwatchGone" or "{{ $labels.instance }}" in told["description"]


# ── what it says ──


@pytest.mark.slow
@pytest.mark.parametrize("name", SPEAKS)
def test_it_speaks_and_nothing_else_does(name: str, tmp_path: Path) -> None:
    case, rule = SPEAKS[name], ALERTS[name]
    where = {} if name == "RejectwatchGone" else HERE
    alert = {
        "exp_labels": {**where, **rule["labels"], **case.labels},
        "exp_annotations": {**rule["annotations"], "description": case.says},
    }
    spoken = {"eval_time": f"{case.at}m", "alertname": name, "exp_alerts": [alert]}

    assert _tried(tmp_path, case, [_speaking(case, name)], [spoken]) == ""


@pytest.mark.slow
@pytest.mark.parametrize("way", ALSO_SPEAKS)
def test_it_speaks_in_other_ways_too(way: str, tmp_path: Path) -> None:
    name, case = ALSO_SPEAKS[way]

    assert _tried(tmp_path, case, [_speaking(case, name)]) == ""


@pytest.mark.slow
@pytest.mark.parametrize("way", SILENT)
def test_nothing_speaks_where_nothing_is_wrong(way: str, tmp_path: Path) -> None:
    case = SILENT[way]

    assert _tried(tmp_path, case, [_speaking(case)]) == ""


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [10, 180])
def test_nothing_speaks_of_a_daemon_that_has_just_begun(
    minutes: int, series: dict[str, list[dict[str, str]]], tmp_path: Path
) -> None:
    ones = {UP, BUILD, READY, RELOADED}
    begun = dict.fromkeys(HEALTHY) | {
        f"{name}{{{','.join(f'{label}={json.dumps(value)}' for label, value in labels.items())}}}": "0xN"
        for name, several in series.items()
        for labels in several
    }
    case = Case({**begun, **dict.fromkeys(ones, "1xN")}, at=minutes)

    assert _tried(tmp_path, case, [_speaking(case)]) == ""


@pytest.mark.slow
def test_while_a_backlog_is_read_only_that_is_said(tmp_path: Path) -> None:
    case = Case(WHILE_BEHIND, at=WEEK + 2 * HOUR, every=30)

    assert _tried(tmp_path, case, [_speaking(case, "RejectwatchBehind")]) == ""


@pytest.mark.slow
def test_without_the_backlog_all_of_it_would_be_said(tmp_path: Path) -> None:
    """Else the test above would show nothing."""
    case = Case({**WHILE_BEHIND, BEHIND: "0xN"}, at=WEEK + 2 * HOUR, every=30)
    names = [
        "RejectwatchCausesUnknown", "RejectwatchIncidentOpenLong", "RejectwatchIncidentOpened",
        "RejectwatchManyRefused", "RejectwatchReadsNothing", "RejectwatchSlowCommits", "RejectwatchSlowToNotice",
    ]  # fmt: skip

    assert _tried(tmp_path, case, [_speaking(case, *names)]) == ""


@pytest.mark.slow
def test_what_is_recorded_are_these_numbers(tmp_path: Path) -> None:
    case = Case({OURS: "0+30xN", THEIRS: "0+10xN"}, at=4 * HOUR)
    here = ",".join(f'{label}="{value}"' for label, value in HERE.items())

    def row(name: str, labels: str, value: float) -> dict[str, Any]:
        return {"labels": f"{name}{{{here}{labels}}}", "value": value}

    expected: dict[str, list[tuple[str, float]]] = {
        "instance_refused_by_cause:rejectwatch_failures:rate5m": [
            (',refused_by="local",cause="auth_required"', 0.5),
            (',refused_by="remote",cause="unknown"', 10 / 60),
        ],
        "instance:rejectwatch_sent:rate5m": [("", 1)],
        "instance_refused_by:rejectwatch_failures:ratio1h": [
            (',refused_by="local"', 0.3),
            (',refused_by="remote"', 0.1),
        ],
        "instance_refused_by:rejectwatch_failures:ratio3h": [
            (',refused_by="local"', 0.3),
            (',refused_by="remote"', 0.1),
        ],
        "source:rejectwatch_lines:increase1h": [(',source="mail"', 300 * 60)],
    }
    asked = [
        {
            "expr": f"round({name}, 0.0001)",
            "eval_time": f"{case.at}m",
            "exp_samples": [{**row("", labels, value), "value": round(value, 4)} for labels, value in rows],
        }
        for name, rows in expected.items()
    ]

    assert sorted(expected) == sorted(RECORDED)
    assert _tried(tmp_path, case, asked) == ""


def _speaking(case: Case, *names: str) -> dict[str, Any]:
    """Which alerts fire, each of which instance or channel or cause; nothing else does."""
    samples = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in names]
    expression = 'group by (alertname) (ALERTS{alertstate="firing"})'
    return {"expr": expression, "eval_time": f"{case.at}m", "exp_samples": samples}


def _tried(
    folder: Path, case: Case, asked: list[dict[str, Any]], spoken: list[dict[str, Any]] | None = None
) -> str:
    """What promtool finds wrong (JSON is YAML)."""
    test = {
        "interval": "1m",
        "input_series": case.input_series(),
        "promql_expr_test": asked,
        "alert_rule_test": spoken or [],
    }
    file = folder / "case.json"
    file.write_text(
        json.dumps({"rule_files": [str(FILE)], "evaluation_interval": f"{case.every}m", "tests": [test]})
    )
    return test_rules(file)


# ── what to do then: docs/runbooks.md ──

DOCS = Path(__file__).parents[2] / "docs"
RUNBOOKS = (DOCS / "runbooks.md").read_text("utf-8")
PROGRAMS = {"rejectwatch", "systemctl", "journalctl", "curl", "ls", "timedatectl"}
EXAMPLES = {"ID": "1", "ADDRESS": "alice@corp.example", "FILE": "rejectwatch.toml"}


def sections() -> dict[str, str]:
    heads = re.split(r"^## (.+)$", RUNBOOKS, flags=re.MULTILINE)[1:]
    return dict(zip(heads[::2], heads[1::2], strict=True))


def commands() -> list[str]:
    """What stands behind a prompt, and what begins with a program of ours between backquotes."""
    typed = re.findall(
        r"^# (\w.*)$", "".join(re.findall(r"```console\n(.*?)```", RUNBOOKS, re.DOTALL)), re.MULTILINE
    )
    return typed + re.findall(r"`(rejectwatch [^`]+)`", RUNBOOKS)


def test_each_alert_has_its_section_and_each_section_its_alert() -> None:
    assert list(sections()) == list(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_the_runbook_of_an_alert_is_where_its_url_leads(name: str) -> None:
    file, _, anchor = ALERTS[name]["annotations"]["runbook_url"].partition("#")

    assert file == "file:///usr/share/doc/rejectwatch/runbooks.md"
    assert [head for head in sections() if head.lower() == anchor] == [name]


@pytest.mark.parametrize("name", ALERTS)
def test_a_runbook_says_all_that_is_asked_in_the_night(name: str) -> None:
    asked = re.findall(r"^\*\*(.+?):\*\*", sections()[name], re.MULTILINE)

    assert asked == ["Means", "Look first", "Usually", "Do", "Over when"]
    assert "```console" in sections()[name]


@pytest.mark.parametrize("command", dict.fromkeys(commands()))
def test_a_command_of_a_runbook_exists_with_this_syntax(command: str) -> None:
    program, *arguments = (EXAMPLES.get(word, word) for word in shlex.split(command))

    assert program in PROGRAMS
    if program == "rejectwatch":
        parsed(arguments)


def parsed(arguments: list[str]) -> None:
    """As click parses it, without doing it."""
    known: click.Command = group
    where = click.Context(known)
    while isinstance(known, click.Group):
        if not arguments or arguments[0].startswith("-"):
            arguments = ["list", *arguments]  # as `incidents` does
        name, command, arguments = known.resolve_command(where, arguments)
        assert command is not None
        where, known = click.Context(command, where, info_name=name), command
    known.make_context(known.name, arguments, parent=where.parent)


def test_a_command_that_does_not_exist_would_be_found() -> None:
    for wrong in ("incident", "top persons", "incidents --langs en", "silence add --user a"):
        with pytest.raises(click.UsageError):
            parsed(wrong.split())


def test_links_of_the_runbooks_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", RUNBOOKS):
        file, _, anchor = target.partition("#")
        text = (DOCS / file).read_text("utf-8") if file else RUNBOOKS
        heads = {head.lower().replace(" ", "-") for head in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
        assert not anchor or anchor in heads


def test_alertmanager_takes_the_route_of_the_docs_and_sends_by_severity(tmp_path: Path) -> None:
    text = (DOCS / "grafana.md").read_text("utf-8").partition("## Alert rules")[2]
    file = tmp_path / "alertmanager.yml"
    file.write_text(text.partition("```yaml\n")[2].partition("```")[0])

    def amtool(*arguments: str) -> str:
        call = (str(program("amtool", "prometheus-alertmanager")), *arguments)
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "SUCCESS" in amtool("check-config", str(file))
    for severity, receiver in {"critical": "on-call", "warning": "postmasters", "info": "nobody"}.items():
        labels = ("alertname=RejectwatchDown", f"severity={severity}")
        assert amtool("config", "routes", "test", f"--config.file={file}", *labels).strip() == receiver
