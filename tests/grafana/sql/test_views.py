"""The views and tables that people's SQL may rely on."""

from __future__ import annotations

from grafana.sql.answering import Span, answer
from grafana.sql.asking import EVER, Asking


def rows(asking: Asking, sql: str, span: Span = EVER) -> list[tuple[object, ...]]:
    return answer(asking.source, asking.database.target(sql), {}, span).rows


def test_failures_are_what_did_not_go_out_by_person(asking: Asking) -> None:
    assert rows(asking, "SELECT count(*) FROM events") == [(72,)]
    assert rows(asking, "SELECT count(*) FROM failures") == [(71,)]
    assert (
        rows(asking, "SELECT DISTINCT person FROM failures WHERE cause = 'quota' OR \"user\" = 'GRACE'") == []
    )
    assert rows(
        asking,
        "SELECT person, count(*) FROM failures WHERE \"user\" IS NOT NULL AND sender = 'sales@corp.example' GROUP BY 1 ORDER BY 1",
    ) == [("alice", 8), ("grace", 8)]
    assert rows(
        asking, "SELECT person, count(*) FROM failures WHERE sender = 'dave@corp.example' GROUP BY 1"
    ) == [("dave@corp.example", 6)]


def test_last_times_are_times(asking: Asking) -> None:
    sql = f'SELECT {asking.database.seconds("at", "CURRENT_TIMESTAMP")} > 0, at FROM last_times WHERE key = \'["user","alice"]\''
    ((_, at),) = rows(asking, sql)

    assert str(at).startswith("2026-11-04")
    assert "09:12:00" in str(at)


def test_an_incident_has_its_people(asking: Asking) -> None:
    sql = """SELECT incident_people.person FROM incident_people JOIN incidents
  ON incidents.instance = incident_people.instance AND incidents.id = incident_people.incident
WHERE incidents.subject = 'partner.example' ORDER BY 1"""

    assert [person for (person,) in rows(asking, sql)] == ["heidi", "p1", "p2", "p3", "p4"]
