"""The helpdesk's screen: since when, why, what to tell, from where, who else; with known rows, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tools.dashboards.helpdesk import helpdesk

from grafana.sql.answering import Span
from grafana.sql.asking import Asking, targets
from grafana.sql.seed import BEGINS, NOW
from rejectwatch.causes import Diagnosis
from rejectwatch.messages import Known, explain

WEDNESDAY = BEGINS + timedelta(days=2)


def at(hour: int, minute: int = 0, day: datetime = WEDNESDAY) -> datetime:
    return day.replace(hour=hour, minute=minute)


def told(asking: Asking, name: str, language: str = "en") -> dict[str, str]:
    return dict(asking.panel(helpdesk, "Why, and what to tell", user=name, language=language).rows)


@pytest.mark.parametrize(
    "name, failing_since, last_refusal, last_success",
    [
        ("alice", at(9, 40), at(9, 49), at(9, 12)),
        ("dave@corp.example", at(10), at(10, 10), None),
        ("grace", None, at(10, 6, BEGINS + timedelta(days=1)), at(10, 30, BEGINS + timedelta(days=1))),
        ("carol", None, None, at(13)),
        ("erin", at(12), at(12), None),
        ("nobody@nowhere.example", None, None, None),
        ("", None, None, None),
    ],
)
def test_since_when(
    name: str,
    failing_since: datetime | None,
    last_refusal: datetime | None,
    last_success: datetime | None,
    asking: Asking,
) -> None:
    (row,) = asking.panel(helpdesk, "Since when?", user=name).rows

    assert row == (failing_since, last_refusal, last_success)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_words_are_those_of_the_messages(language: str, asking: Asking) -> None:
    words = explain(
        Diagnosis("sender_not_authorized", "high", "", "user"), Known(refused_by="local"), language
    )
    rows = list(told(asking, "alice", language).values())

    assert words.forward_text in rows
    assert words.meaning in rows
    assert f"{words.title} (sender_not_authorized)" in rows
    assert "553 5.7.1 <sales@corp.example>: Sender address rejected: not owned by user alice" in rows


def test_a_partner_that_refuses_is_named_and_its_words_are_told(asking: Asking) -> None:
    rows = told(asking, "heidi")
    words = explain(Diagnosis("ip_blocklisted", "high", "", "admin"), Known(refused_by="remote"), "en")

    assert rows["Refused by"] == "mx.partner.example"
    assert rows["Refused to"] == "kato@partner.example"
    assert rows["It means"] == words.meaning


def test_who_must_act_is_the_incidents_to_say(asking: Asking) -> None:
    assert told(asking, "u3@city.example")["Who acts"] == "the administrator"
    assert told(asking, "dave@corp.example")["Who acts"] == "the user"


def test_of_somebody_who_was_never_refused_nothing_is_told(asking: Asking) -> None:
    assert told(asking, "carol") == {}


def test_the_devices_are_counted(asking: Asking) -> None:
    rows = asking.panel(helpdesk, "From which devices?", user="alice").rows

    assert rows == [("198.51.100.77", "laptop", "postfix/submission/smtpd", 8, at(9, 49))]


def test_what_strangers_sent_in_somebodys_name_is_not_theirs(asking: Asking) -> None:
    assert asking.panel(helpdesk, "Refused ·", user="frank@corp.example").rows == []
    assert (
        asking.panel(helpdesk, "Refused ·", user="dave@corp.example").column("recipient")
        == ["fax@denki.example"] * 6
    )


def test_an_incident_is_shown_to_each_of_its_people(asking: Asking) -> None:
    for name in ("heidi", "p4"):
        rows = asking.panel(helpdesk, "Incidents", user=name).named()

        assert [(one["state"], one["subject"], one["people"]) for one in rows] == [
            ("open", "partner.example", 5)
        ]


def test_others_with_the_same_trouble_are_named(asking: Asking) -> None:
    others = asking.panel(helpdesk, "Others with the same trouble", user="heidi").rows

    assert others == [("p1", 1), ("p2", 1), ("p3", 1), ("p4", 1)]


def test_what_lies_before_the_time_range_is_not_told(asking: Asking) -> None:
    later = Span(NOW, NOW + timedelta(days=1))
    board = asking.board(helpdesk)
    rows = {title: asking.ask(board, target, later, user="alice").rows for title, target in targets(board)}

    assert [
        row
        for title, found in rows.items()
        if title.split()[0] not in ("Can", "Since", "Incidents")
        for row in found
    ] == []
    assert rows["Since when? · いつからですか"] == [(None, None, datetime(2026, 11, 4, 9, 12, tzinfo=UTC))]
