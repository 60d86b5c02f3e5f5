"""Incidents in a real Alertmanager: seen there, said again, ended; and what a receiver gets over HTTPS."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from messages.documents import OPENED
from messages.stories import STORIES
from parts.alertmanager import Alertmanager as Server
from parts.hook import Hook
from parts.network import free_port
from parts.waiting import until
from rejectwatch.incidents.incident import Incident
from rejectwatch.messages.document import Document
from rejectwatch.notify.alertmanager import (
    FORM,
    IN_CLEAR,
    RENEW_EVERY,
    Alert,
    Alertmanager,
    Standing,
    alert,
    understood,
)
from rejectwatch.notify.sending import Child

INSTANCE = "mail.corp.example"
INCIDENT = next(iter(STORIES.values())).as_incident()
NOW = INCIDENT.last_at + timedelta(minutes=5)


def told(incident: Incident = INCIDENT, document: Document = OPENED) -> Alert:
    return alert(incident, document, INSTANCE)


def just_now(incident: Incident = INCIDENT, **more: Any) -> Incident:
    """An incident by the clock of the server, which knows no other."""
    now = datetime.now(UTC)
    return replace(incident, first_at=now - timedelta(minutes=9), last_at=now, **more)


# ── what an alert says ───────────────────────────────────────────────────────────────────────────


def test_labels_say_which_incident_it_is_and_nothing_that_changes_with_every_failure() -> None:
    later = replace(
        INCIDENT, attempts=99, refusals=120, last_at=NOW, recipients=("x@y.example",), users=("a", "b")
    )

    assert told(later)["labels"] == told()["labels"]
    assert told()["labels"] == {
        "alertname": "RejectwatchIncident",
        "instance": INSTANCE,
        "incident": INCIDENT.id,
        "rule": INCIDENT.rule,
        "by": INCIDENT.by,
        "cause": INCIDENT.cause,
        "refused_by": INCIDENT.refused_by,
        "severity": INCIDENT.severity,
    }


def test_annotations_say_what_a_person_needs() -> None:
    annotations = told()["annotations"]

    assert annotations["summary"] == OPENED.title
    assert annotations["description"].startswith(OPENED.lead)
    assert "\nSince: 19:02, 3 attempts" in annotations["description"]
    assert annotations["runbook_url"] == OPENED.page
    assert annotations["subject"] == INCIDENT.subject


def test_it_begins_with_the_first_failure_and_ends_only_where_the_incident_has() -> None:
    ended = alert(INCIDENT, OPENED, INSTANCE, NOW)

    assert told()["startsAt"] == INCIDENT.first_at.isoformat()
    assert "endsAt" not in told()
    assert ended == {**told(), "endsAt": NOW.isoformat()}


@pytest.mark.parametrize(
    "text", ["<!channel>", "<@U0123>", "<#C0123>", "@everyone", "@Here", "<!subteam^S01>"]
)
def test_log_text_mentions_nobody(text: str) -> None:
    document = replace(OPENED, title=text, lead=text)
    annotations = told(replace(INCIDENT, subject=text), document)["annotations"]

    assert text not in str(annotations)


def test_texts_without_end_are_cut() -> None:
    document = replace(OPENED, title="x" * 100_000, lead="y" * 100_000)

    assert len(str(told(replace(INCIDENT, subject="z" * 100_000), document))) < 10_000


# ── what is said again, and what has ended ───────────────────────────────────────────────────────


def test_what_is_open_is_said_again_every_time() -> None:
    standing = Standing()
    first = standing.renewed([told()], NOW)
    again = standing.renewed([told()], NOW + RENEW_EVERY)

    assert first == again == [told()]


def test_what_is_open_no_more_is_ended_once() -> None:
    standing = Standing()
    standing.renewed([told()], NOW)
    ended = standing.renewed([], NOW + RENEW_EVERY)

    assert ended == [{**told(), "endsAt": (NOW + RENEW_EVERY).isoformat()}]
    assert standing.renewed([], NOW + 2 * RENEW_EVERY) == []


def test_an_incident_that_grows_worse_is_one_alert_and_not_two() -> None:
    worse = told(replace(INCIDENT, people=20))
    standing = Standing()
    standing.renewed([told()], NOW)
    said = standing.renewed([worse], NOW + RENEW_EVERY)

    assert worse["labels"]["severity"] != told()["labels"]["severity"]
    assert said == [{**told(), "endsAt": (NOW + RENEW_EVERY).isoformat()}, worse]


def test_what_is_open_is_said_several_times_before_it_is_forgotten() -> None:
    assert timedelta(minutes=5) >= 3 * RENEW_EVERY


# ── a real Alertmanager ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def people() -> Iterator[Hook]:
    with Hook() as hook:
        hook.answer(200)
        yield hook


@pytest.mark.slow
def test_an_incident_is_seen_there_and_ends_there(tmp_path: Path, people: Hook) -> None:
    incident = just_now()
    with Server(tmp_path, people, prefix="/watch") as server:
        manager = Alertmanager(server.url)
        assert manager.put([told(incident)]) is None
        (open_one,) = server.alerts()
        until(lambda: [status for status, _ in server.told()] == ["firing"], 20, "people to be told")
        assert manager.put([alert(incident, OPENED, INSTANCE, incident.last_at)]) is None
        until(lambda: [status for status, _ in server.told()] == ["firing", "resolved"], 20, "the end")
        left = server.alerts()

    assert open_one["labels"] == told(incident)["labels"]
    assert open_one["annotations"] == told(incident)["annotations"]
    assert datetime.fromisoformat(open_one["startsAt"]) - incident.first_at < timedelta(milliseconds=1)
    assert left == []


@pytest.mark.slow
def test_an_incident_that_is_said_again_stays_and_ends_when_nobody_says_it_any_more(
    tmp_path: Path, people: Hook
) -> None:
    incident = just_now()
    with Server(tmp_path, people, resolve_timeout="2s") as server:
        manager = Alertmanager(server.url)
        assert manager.put([told(incident)]) is None
        ends_at = datetime.fromisoformat(server.alerts()[0]["endsAt"])

        def outlived() -> bool:
            assert manager.put([told(incident)]) is None
            return datetime.now(UTC) > ends_at + timedelta(seconds=2)

        until(outlived, 20, "two of its lives")
        while_said = [status for status, _ in server.told()]
        until(lambda: server.alerts() == [], 20, "its end")
        until(lambda: [status for status, _ in server.told()][-1] == "resolved", 20, "people to be told")

    assert while_said == ["firing"]


@pytest.mark.slow
def test_the_sending_process_puts_alerts_and_a_message_without_any(tmp_path: Path, people: Hook) -> None:
    with Server(tmp_path, people) as server:
        order = {"url": server.url, "id": "test-alert", "title": "TEST", "body": "nothing has happened"}
        children = [Child({**order, "alerts": [told(just_now())]}), Child(order)]
        errors = [until(child.ended, 30, "the end of the child") for child in children]
        names = {one["labels"]["alertname"] for one in server.alerts()}

    assert [one and one.error for one in errors] == [None, None]
    assert names == {"RejectwatchIncident", "RejectwatchMessage"}


@pytest.mark.slow
def test_what_it_refuses_is_told_in_its_own_words(tmp_path: Path, people: Hook) -> None:
    with Server(tmp_path, people) as server:
        error = Alertmanager(server.url).put([{"labels": {}}])

    assert "the answer was 400: " in str(error)


# ── the way there ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    """Another's Alertmanager, behind HTTPS and a password."""
    with Hook(tmp_path) as hook:
        hook.answer(200)
        monkeypatch.setenv("SSL_CERT_FILE", str(hook.ca_pem))
        yield hook


def secure(hook: Hook) -> str:
    return f"alertmanagers://watch:s%40fe-geheim@localhost:{hook.port}/prom/am/"


def test_over_https_it_logs_in_and_finds_the_prefix(guarded: Hook) -> None:
    assert Alertmanager(secure(guarded)).put([told()]) is None

    (posted,) = guarded.posted
    assert posted.path == "/prom/am/api/v2/alerts"
    assert b64decode(posted.headers["Authorization"].removeprefix("Basic ")) == b"watch:s@fe-geheim"
    assert posted.json == [told()]


def test_who_is_not_trusted_gets_nothing(guarded: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    assert "CERTIFICATE_VERIFY_FAILED" in str(Alertmanager(secure(guarded)).put([told()]))
    assert guarded.posted == []


def test_a_redirect_is_not_followed(guarded: Hook) -> None:
    with Hook() as elsewhere:
        guarded.answer(307, f"http://127.0.0.1:{elsewhere.port}/")

        assert "307" in str(Alertmanager(secure(guarded)).put([told()]))
        assert elsewhere.posted == []


@pytest.mark.parametrize(
    "status, words", [(401, "password is wrong"), (404, "/api/v2"), (500, "the answer was 500: no ***")]
)
def test_why_it_was_not_taken_is_told_without_the_password(status: int, words: str, guarded: Hook) -> None:
    guarded.answer(status, words=b"no s@fe-geheim \x1b[31m")
    error = str(Alertmanager(secure(guarded)).put([told()]))

    assert words in error
    assert "geheim" not in error
    assert "\x1b" not in error


def test_nobody_there_is_told() -> None:
    assert "refused" in str(Alertmanager(f"alertmanager://127.0.0.1:{free_port()}").put([told()]))


@pytest.mark.parametrize(
    "url, why",
    [
        ("alertmanager://am.corp.example", None),
        ("alertmanager://am.corp.example:9093/prefix", None),
        ("alertmanager://[::1]:9093", None),
        ("alertmanager://watch:geheim@127.0.0.1", None),
        ("alertmanagers://watch:geheim@am.corp.example", None),
        ("alertmanager://watch:geheim@am.corp.example", IN_CLEAR),
        ("alertmanager://", FORM),
        ("alertmanager://am:port", FORM),
        ("alertmanagers://am/?verify=no", FORM),
        ("http://am:9093", FORM),
    ],
)
def test_only_what_is_understood_and_safe_is_a_channel(url: str, why: str | None) -> None:
    assert understood(url) == why
