"""One domain's month."""

from __future__ import annotations

from datetime import timedelta

from tools.dashboards.domain import domain

from grafana.sql.answering import Span
from grafana.sql.asking import Asking, targets
from grafana.sql.seed import BEGINS

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONTH = Span(BEGINS - 20 * DAY, BEGINS + 10 * DAY, DAY)
CORP = "corp.example"


def test_a_domain_is_told_in_a_line(asking: Asking) -> None:
    assert asking.panel(domain, "The domain", MONTH, domain=CORP).named() == [
        {"failures": 40, "people": 11, "addresses": 15, "refused by us": 35, "refused by partners": 5}
    ]
    assert asking.panel(domain, "The domain", MONTH, domain="Shop.EXAMPLE").rows == [(6, 2, 2, 5, 1)]


def test_a_day_is_a_bar_for_each_cause(asking: Asking) -> None:
    assert [(row[0] - BEGINS, *row[1:]) for row in asking.panel(domain, "Failures a day", MONTH, domain=CORP).rows] == [
        (0 * DAY, "local_restriction", 2),
        (DAY, "auth_required", 5), (DAY, "local_restriction", 2), (DAY, "rate_or_quota", 3), (DAY, "sender_not_authorized", 8),
        (2 * DAY, "auth_required", 6), (2 * DAY, "ip_blocklisted", 5), (2 * DAY, "sender_not_authorized", 8),
        (2 * DAY, "sender_policy_spoof", 1),
    ]  # fmt: skip


def test_causes_have_their_people_and_their_last_failure(asking: Asking) -> None:
    found = asking.panel(domain, "Why", MONTH, domain=CORP).rows

    assert [row[:3] for row in found] == [
        ("sender_not_authorized", 16, 2), ("auth_required", 11, 2), ("ip_blocklisted", 5, 5), ("local_restriction", 4, 1),
        ("rate_or_quota", 3, 1), ("sender_policy_spoof", 1, 1),
    ]  # fmt: skip
    assert found[4][3] == BEGINS + DAY + 9 * HOUR + timedelta(minutes=4)


def test_people_are_logins_and_senders_for_whom_nobody_logged_in(asking: Asking) -> None:
    found = asking.panel(domain, "Who failed", MONTH, domain=CORP).named()

    assert [(row["user"], row["failures"], row["cause"], row["causes"], row["logged_in"]) for row in found[:6]] == [
        ("alice", 8, "sender_not_authorized", 1, "yes"), ("grace", 8, "sender_not_authorized", 1, "yes"),
        ("dave@corp.example", 6, "auth_required", 1, "no"), ("erin", 5, "local_restriction", 2, "yes"),
        ("frank@corp.example", 5, "auth_required", 1, "no"), ("bob@corp.example", 3, "rate_or_quota", 1, "yes"),
    ]  # fmt: skip
    assert len(found) == 11
    assert (found[3]["first"], found[3]["last"]) == (BEGINS + 22 * HOUR, BEGINS + 2 * DAY + 12 * HOUR)


def test_who_refused_is_told_for_each_partner(asking: Asking) -> None:
    assert [row[:4] for row in asking.panel(domain, "To whom", MONTH, domain=CORP).rows] == [
        ("partner.example", 5, 0, 5), ("denki.example", 0, 30, 5), ("corp.example", 0, 5, 1),
    ]  # fmt: skip


def test_clients_have_their_people(asking: Asking) -> None:
    found = asking.panel(domain, "From where", MONTH, domain="city.example").named()

    assert len(found) == 12
    assert (found[0]["client"], found[0]["failures"], found[0]["people"]) == ("203.0.113.11", 1, 1)


def test_incidents_are_those_about_the_domain_and_those_that_name_its_addresses(asking: Asking) -> None:
    assert asking.panel(domain, "Incidents", MONTH, domain="city.example").column("subject") == [
        "city.example"
    ]
    assert asking.panel(domain, "Incidents", MONTH, domain=CORP).column("subject") == [
        "partner.example", "dave@corp.example", "alice", "grace", "bob@corp.example",
    ]  # fmt: skip


def test_without_a_domain_there_is_nothing(asking: Asking) -> None:
    board = asking.board(domain)
    rows = {title: asking.ask(board, target, MONTH).rows for title, target in targets(board)}

    assert rows.pop("The domain in this time") == [(0, 0, 0, 0, 0)]
    assert list(rows.values()) == [[]] * len(rows)
