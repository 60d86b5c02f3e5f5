"""Who and why: what fails now, and who failed most in any time range. The numbers are those of seed.py's story."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tools.dashboards.who import who

from grafana.sql.answering import Span
from grafana.sql.asking import EVER, Asking
from grafana.sql.seed import BEGINS, HOSTILE
from rejectwatch.store.database import open_database
from rejectwatch.store.queries import EventFilter
from rejectwatch.store.rollup import By
from rejectwatch.store.top import top

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
WEDNESDAY = Span(BEGINS + 2 * DAY, BEGINS + 3 * DAY)
RAGGED = (
    Span(BEGINS + DAY + 9 * HOUR + 2 * MINUTE, BEGINS + 2 * DAY + 9 * HOUR + 43 * MINUTE),
    Span(
        BEGINS + 2 * DAY + 9 * HOUR + 41 * MINUTE, BEGINS + 2 * DAY + 9 * HOUR + 47 * MINUTE
    ),  # within an hour
    Span(
        BEGINS + 2 * DAY + 9 * HOUR + 41 * MINUTE, BEGINS + 2 * DAY + 10 * HOUR + 5 * MINUTE
    ),  # no whole hour
    Span(BEGINS + 2 * DAY + 10 * HOUR, BEGINS + 2 * DAY + 12 * HOUR - MINUTE),
)

PANELS: dict[By, str] = {
    "user": "Logins", "sender": "Senders that", "sender_domain": "Senders' domains", "client_ip": "Client addresses",
    "recipient_domain": "Recipients' domains", "cause": "Why",
}  # fmt: skip


def test_what_fails_now_stands_first_with_those_that_concern_most_people(asking: Asking) -> None:
    found = asking.panel(who, "Fails now").named()

    assert [
        (row["subject"], row["cause"], row["people"], row["attempts"], row["who_acts"], row["instance"])
        for row in found
    ] == [
        ("city.example", "auth_required", 12, 12, "admin", "mx3"),
        ("partner.example", "ip_blocklisted", 5, 5, "admin", "mx1"),
        ("dave@corp.example", "auth_required", 1, 6, "user", "mx1"),
        ("ivan@shop.example", "rate_or_quota", 1, 5, "user", "mx2"),
        ("alice", "sender_not_authorized", 1, 4, "user", "mx1"),
    ]
    assert [row["acknowledged"] for row in found] == [None, None, None, None, HOSTILE]
    assert found[0]["opened"] == BEGINS + 2 * DAY + 15 * HOUR + timedelta(seconds=20)


def test_what_fails_now_is_told_whatever_the_time_range(asking: Asking) -> None:
    long_ago = Span(BEGINS - 2 * DAY, BEGINS - DAY)

    assert len(asking.panel(who, "Fails now", long_ago).rows) == 5


def test_an_open_incident_says_by_which_filter_its_events_are_found(asking: Asking) -> None:
    columns = ("user", "domain", "client", "partner")

    assert {tuple(row[column] for column in columns) for row in asking.panel(who, "Fails now").named()} == {
        ("", "city.example", "", ""), ("", "", "", "partner.example"), ("dave@corp.example", "", "", ""),
        ("ivan@shop.example", "", "", ""), ("alice", "", "", ""),
    }  # fmt: skip


def test_logins_are_in_the_order_of_their_failures_each_with_its_main_cause(asking: Asking) -> None:
    assert asking.panel(who, PANELS["user"]).rows[:6] == [
        ("alice", 8, "sender_not_authorized", 1),
        ("grace", 8, "sender_not_authorized", 1),
        ("erin", 5, "local_restriction", 2),
        ("ivan@shop.example", 5, "rate_or_quota", 1),
        ("bob@corp.example", 3, "rate_or_quota", 1),
        (HOSTILE, 1, "unknown", 1),
    ]


def test_senders_are_those_for_whom_nobody_logged_in(asking: Asking) -> None:
    found = asking.panel(who, PANELS["sender"]).rows

    assert found[:2] == [
        ("dave@corp.example", 6, "auth_required", 1),
        ("frank@corp.example", 5, "auth_required", 1),
    ]
    assert len(found) == 2 + 1 + 8  # HOSTILE; the senders of spammer.test


def test_domains_clients_partners_and_causes_are_counted(asking: Asking) -> None:
    assert asking.panel(who, PANELS["sender_domain"]).rows == [
        ("corp.example", 40, "sender_not_authorized", 6),
        ("city.example", 12, "auth_required", 1),
        ("spammer.test", 8, "relay_denied", 1),
        ("shop.example", 6, "rate_or_quota", 2),
    ]
    assert asking.panel(who, PANELS["client_ip"]).rows[:4] == [
        ("198.51.100.77", 8, "sender_not_authorized", 1),
        ("203.0.113.10", 8, "sender_not_authorized", 1),
        ("192.168.1.20", 6, "auth_required", 1),
        ("203.0.113.11", 6, "local_restriction", 3),
    ]
    assert asking.panel(who, PANELS["recipient_domain"]).rows[:4] == [
        ("denki.example", 36, "sender_not_authorized", 6),
        ("collector.example", 8, "relay_denied", 1),
        ("corp.example", 5, "auth_required", 1),
        ("partner.example", 5, "ip_blocklisted", 1),
    ]
    assert asking.panel(who, PANELS["cause"]).rows[:3] == [
        ("auth_required", 23), ("sender_not_authorized", 19), ("rate_or_quota", 8),
    ]  # fmt: skip


@pytest.mark.parametrize("span", [EVER, *RAGGED])
@pytest.mark.parametrize("by", PANELS)
def test_any_time_range_is_counted_as_the_command_line_does(by: By, span: Span, asking: Asking) -> None:
    database = open_database(asking.url)
    after = span.until + timedelta(microseconds=1)  # Grafana counts the last moment, too
    told = top(database, [by], EventFilter(since=span.since, until=after), limit=20)
    database.close()

    found = asking.panel(who, PANELS[by], span).named()
    column = next(iter(found[0])) if found else ""
    assert [(row[column], row["failures"], row["cause"]) for row in found] == [
        (one.subject, one.failures, one.causes[0][0]) for one in told
    ]


def test_a_server_and_a_cause_can_be_chosen(asking: Asking) -> None:
    assert asking.panel(who, PANELS["cause"], instance=["mx2"]).rows == [
        ("rate_or_quota", 5),
        ("recipient_unknown", 1),
    ]
    assert [row[:2] for row in asking.panel(who, PANELS["user"], cause=["rate_or_quota", "local_restriction"]).rows] == [
        ("ivan@shop.example", 5), ("erin", 4), ("bob@corp.example", 3),
    ]  # fmt: skip
    assert asking.panel(who, "Fails now", instance=["mx1", "mx2"], cause=["auth_required"]).column(
        "subject"
    ) == ["dave@corp.example"]


def test_the_curve_has_an_hour_for_each_cause(asking: Asking) -> None:
    hourly = Span(*WEDNESDAY[:2], HOUR)

    assert [(row[0] - BEGINS - 2 * DAY, row[1], row[2]) for row in asking.panel(who, "Failures by cause", hourly).rows] == [
        (9 * HOUR, "sender_not_authorized", 8), (10 * HOUR, "auth_required", 6), (11 * HOUR, "ip_blocklisted", 5),
        (12 * HOUR, "sender_policy_spoof", 1), (14 * HOUR, "rate_or_quota", 5), (15 * HOUR, "auth_required", 12),
        (16 * HOUR, "sender_not_authorized", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "zone, monday, tuesday",
    [
        ("UTC", {"22": 2, "00": 0}, {"03": 6, "22": 2, "07": 0}),
        ("east", {"22": 0}, {"07": 2, "12": 6, "22": 0}),
    ],
)
def test_the_heat_map_shows_rules_about_hours_on_the_clocks_of_a_zone(
    zone: str, monday: dict[str, int], tuesday: dict[str, int], asking: Asking
) -> None:
    names = {
        "UTC": {"postgresql": "UTC", "sqlite": "+00:00"},
        "east": {"postgresql": "Asia/Tokyo", "sqlite": "+09:00"},
    }
    found = asking.panel(who, "At which hours", timezone=names[zone][asking.database.name]).named()

    assert [row["day"][:3] for row in found] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert {hour: found[0][hour] for hour in monday} == monday
    assert {hour: found[1][hour] for hour in tuesday} == tuesday
    assert sum(row[f"{hour:02}"] for row in found for hour in range(24)) == 71


def test_a_quiet_time_has_no_rows_and_no_error(asking: Asking) -> None:
    quiet = Span(BEGINS, BEGINS + HOUR)

    assert [asking.panel(who, title, quiet).rows for title in PANELS.values()] == [[]] * len(PANELS)
