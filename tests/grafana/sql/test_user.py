"""One person's story over the time range, with known rows."""

from __future__ import annotations

from datetime import timedelta

from tools.dashboards.user import user

from grafana.sql.answering import Span
from grafana.sql.asking import EVER, Asking, targets
from grafana.sql.seed import BEGINS, NOW
from grafana.sql.test_helpdesk import at

DAY = timedelta(days=1)


def test_the_numbers_are_those_of_the_time_range(asking: Asking) -> None:
    (alice,) = asking.panel(user, "Refused", user="Alice").rows
    (before,) = asking.panel(user, "Refused", Span(BEGINS, BEGINS + 2 * DAY), user="alice").rows

    assert alice == (8, 4, at(9, 49), at(9, 12))
    assert before == (0, 0, None, at(9, 12))


def test_causes_are_counted_over_time(asking: Asking) -> None:
    hourly = EVER._replace(interval=timedelta(hours=1))

    assert asking.panel(user, "Refusals by cause", hourly, user="erin").rows == [
        (at(22, day=BEGINS), "local_restriction", 2),
        (at(22, day=BEGINS + DAY), "local_restriction", 2),
        (at(12), "sender_policy_spoof", 1),
    ]


def test_each_refusal_is_a_row_the_newest_first(asking: Asking) -> None:
    rows = asking.panel(user, "Each refusal", user="bob@corp.example").named()

    assert [row["time"] for row in rows] == [at(9, minute, BEGINS + DAY) for minute in (4, 2, 0)]
    assert {(row["cause"], row["client_ip"], row["instance"]) for row in rows} == {
        ("rate_or_quota", "203.0.113.6", "mx1")
    }


def test_clients_and_domains_are_counted(asking: Asking) -> None:
    (client,) = asking.panel(user, "From where", user="dave@corp.example").named()

    assert (client["client_ip"], client["helo"], client["refusals"]) == ("192.168.1.20", "scanner", 6)
    assert asking.panel(user, "To whom", user="grace").rows == [("denki.example", 8)]


def test_an_incident_begins_and_ends_on_the_time_line(asking: Asking) -> None:
    board = asking.board(user)
    (line,) = (target for title, target in targets(board) if title == "Incidents" and "series" in str(target))
    grace = asking.ask(board, line, user="grace").rows
    alice = asking.ask(board, line, user="alice").rows

    assert [(row[0], row[2]) for row in grace] == [
        (BEGINS, 0), (at(10, 4, BEGINS + DAY), 1), (at(10, 40, BEGINS + DAY), 0),
    ]  # fmt: skip
    assert alice == [
        (BEGINS, "alice · sender address not theirs", 0), (at(9, 46), "alice · sender address not theirs", 1),
    ]  # fmt: skip


def test_an_incident_that_began_before_the_time_range_begins_with_it(asking: Asking) -> None:
    board = asking.board(user)
    (line,) = (target for title, target in targets(board) if title == "Incidents" and "series" in str(target))
    since = NOW - timedelta(hours=2)

    assert [(row[0], row[2]) for row in asking.ask(board, line, Span(since, NOW), user="alice").rows] == [
        (since, 1)
    ]
