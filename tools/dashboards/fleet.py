"""The fleet: one row an instance, the worst on top; for whoever looks after many small servers."""

from __future__ import annotations

from tools.dashboards import health
from tools.dashboards.board import Board
from tools.dashboards.health import IS, as_words, worst
from tools.dashboards.panels import (
    BLUE,
    RED_ABOVE_ZERO,
    Json,
    bargauge,
    link,
    stat,
    table,
    timeseries,
    words,
)
from tools.dashboards.prometheus import (
    EACH,
    FAILED,
    SENT,
    Column,
    a_minute,
    as_rows,
    coloured,
    notes,
    now,
    over_time,
    own,
    quantile,
    risen,
    variables,
    wide,
)

A_WHILE = "5m"


def fleet() -> Board:
    board = Board(
        "rejectwatch-fleet",
        "rejectwatch: all servers",
        "Every rejectwatch side by side, the one that needs somebody on top. A click on a server leads to its overview.",
        variables(),
        annotations=notes(),
    )
    board.line(4, (_seen(), 5), (_gone(), 5), (_failing(), 5), (_blind(), 5), (_mute(), 4))
    board.line(13, (_servers(), 24))
    board.heading("Compared")
    board.line(8, (_refused(), 12), (_shares(), 12))
    board.line(8, (_delays(), 10), (_unread(), 10), (_versions(), 4))
    return board


# ── how many ──


def _count(condition: str) -> str:
    return f"count(count {EACH}({condition})) or vector(0)"


def _seen() -> Json:
    return stat(
        "Servers watched",
        "How many rejectwatch answer now. Fewer than yesterday: look for what is gone.",
        [now(f"count(count {EACH}({own('build_info')})) or vector(0)", "watched")],
        steps=(("red", None), ("blue", 1)), size=None,
    )  # fmt: skip


def _gone() -> Json:
    return stat(
        "Gone",
        "Servers that were there within a day and do not answer, or are no longer asked. They stand on top of the table. `systemctl status rejectwatch` there; after a day they leave this list.",
        [now(_count(health.GONE), "gone")],
        steps=RED_ABOVE_ZERO, size=None, background=True,
    )  # fmt: skip


def _failing() -> Json:
    return stat(
        "With people failing",
        "Servers on which somebody can't send mail at this moment. The table says how many people; a click on the server leads to its overview.",
        [now(_count(health.PEOPLE_FAIL.promql), "failing")],
        steps=RED_ABOVE_ZERO, size=None, background=True,
    )  # fmt: skip


def _blind() -> Json:
    return stat(
        "That read nothing",
        "Servers with a log that has said nothing for an hour although no backlog is being read. `rejectwatch doctor` there says why.",
        [now(_count(health.READS_NOTHING.promql), "blind")],
        steps=RED_ABOVE_ZERO, size=None, background=True,
    )  # fmt: skip


def _mute() -> Json:
    return stat(
        "With a failing channel",
        "Servers whose alerts do not go out. `rejectwatch test-alert` there says what the other side answers.",
        [now(_count(health.FAILS.promql), "failing channel")],
        steps=RED_ABOVE_ZERO, size=None, background=True,
    )  # fmt: skip


# ── each ──


def _servers() -> Json:
    failed = f"sum {EACH}({risen('rejections_total', '1h', FAILED)})"
    sent = f"sum {EACH}({risen('deliveries_total', '1h', SENT)})"
    overview = link(
        "Its overview",
        "/d/rejectwatch?var-instance=${__data.fields.instance:percentencode}&${datasource:queryparam}&${__url_time_range}",
    )
    targets, overrides, transformations = as_rows(
        {
            "instance": {"displayName": "Server", "links": [overview], "custom__minWidth": 170},
            "version": {"displayName": "Version", **wide(80)},
        },
        [
            Column("State", worst(IS, EACH), {"mappings": as_words(IS, "well"), **coloured(), **wide(150)}),
            Column("People failing", f"sum {EACH}({health.PEOPLE})", {**coloured(("red", 1)), **wide(115)}),
            Column("Incidents", f"sum {EACH}({own('incidents_open')})", {**coloured(("red", 1)), **wide(90)}),
            Column("Refused", a_minute("rejections_total", EACH, FAILED), {"unit": "suffix:/min", "decimals": 1, **wide(90)}),
            Column("Share, 1 h", f"{failed} / ({failed} + {sent} > 0)\nor 0 * {sent}",
                   {"unit": "percentunit", "decimals": 1, **coloured(("yellow", 0.02), ("red", 0.1)), **wide(90)}),
            Column("Newest line", f"time() - (max {EACH}({own('last_line_timestamp_seconds')}) > 0)",
                   {"unit": "s", **coloured(("yellow", 3600), ("red", 86400)), **wide(105)}),
            Column("Unread", f"sum {EACH}({own('unread_bytes')})",
                   {"unit": "bytes", **coloured(("yellow", 16 << 20), ("red", 256 << 20)), **wide(85)}),
            Column("Backlog", f"max {EACH}({own('catching_up')})",
                   {"mappings": words({"0": "none", "1": ("catching up", "yellow")}), **coloured(), **wide(100)}),
            Column("Gaps, 24 h", f"sum {EACH}({risen('gaps_total', '1d')})",
                   {"decimals": 0, **coloured(("orange", 0.5)), **wide(95)}),
            Column("New forms, 24 h", f"sum {EACH}({risen('lines_not_understood_total', '1d')})",
                   {"decimals": 0, **coloured(("yellow", 0.5)), **wide(130)}),
            Column("Alerts wait", f"max {EACH}({own('notifications_waiting')})", {**coloured(("yellow", 1)), **wide(100)}),
            Column("Channels fail", f"sum {EACH}({own('channel_failing')})", {**coloured(("red", 1)), **wide(110)}),
            Column("", f"max by (job, instance, version) ({own('build_info')})", {}),
        ],
    )  # fmt: skip
    return table(
        "Each server, the worst on top",
        "State is the worst of what is known: gone, reads nothing, a channel fails, people fail, lines lost, catching up, an alert was given up (in the time shown), alerts wait, lines not understood (new forms), no channel is set, no line for an hour. A server that is gone has no numbers.",
        targets, overrides=overrides, transformations=transformations, sort=["State", "People failing"],
    )  # fmt: skip


# ── compared ──


def _refused() -> Json:
    return timeseries(
        "Refused mail",
        "Failures a minute of each server, most on top. A hill on one server is its trouble; on all at once, a partner's or a block list's.",
        [over_time(a_minute("rejections_total", "by (instance) ", FAILED), "{{instance}}")],
        unit="suffix:/min", decimals=1, interval=A_WHILE, soft_maximum=1, fill=0,
    )  # fmt: skip


def _shares() -> Json:
    failed = f"sum by (instance) (rate({own('rejections_total', FAILED)}[$__rate_interval]))"
    sent = f"sum by (instance) (rate({own('deliveries_total', SENT)}[$__rate_interval]))"
    return timeseries(
        "Share of mail that is refused",
        "Failures of each server, of its failures and delivered recipients together: makes large and small servers comparable. On a small one, a few refusals are a large share.",
        [over_time(f"{failed}\n/\n({failed} + {sent} > 0)", "{{instance}}")],
        unit="percentunit", interval=A_WHILE, soft_maximum=0.02, fill=0,
    )  # fmt: skip


def _delays() -> Json:
    return timeseries(
        "Delay until a refusal is known",
        "Of nearly all (p95) refusals of each server, from the time in the log line to the stored event. Seconds are normal; a minute means that its database or its reading is slow.",
        [over_time(quantile(0.95, "detection_delay", "instance"), "{{instance}}")],
        unit="s", interval=A_WHILE, legend="bottom", soft_maximum=1, fill=0,
    )  # fmt: skip


def _unread() -> Json:
    return timeseries(
        "Unread",
        "Bytes that each server has not read yet. A hill is a start or a pause; what only rises needs somebody: reading or the database is too slow, or the database is away.",
        [over_time(f"sum by (instance) ({own('unread_bytes')})", "{{instance}}")],
        unit="bytes", legend="bottom", soft_maximum=4096, fill=0,
    )  # fmt: skip


def _versions() -> Json:
    return bargauge(
        "Versions",
        "How many servers run which version. More than one for long: an update that was forgotten.",
        [now(f"sort_desc(count by (version) ({own('build_info')}))", "{{version}}")],
        steps=BLUE, decimals=0,
    )  # fmt: skip
