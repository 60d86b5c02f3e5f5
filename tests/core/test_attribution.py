"""Whose message it was, on logs of real servers: the login where the log holds it, nothing where it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from law.told import told
from rejectwatch.facts import Event

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
NAMES = sorted(path.stem for path in CORPUS.glob("*.log"))

SOURCES = {
    "line": "line",
    "reply_text": "reply",
    "queue_id": "queue",
    "chain_queued_as": "queue",  # at the other end of a content filter
    "chain_xforward": "queue",
    "session_pid": "session",
}
"""What the truth calls the place of a login, and how an event names it."""


def reported(name: str) -> dict[int, dict[str, Any]]:
    """The truth about each refusal that the log reports with a 553, by the line that reports it."""
    lines = (CORPUS / f"{name}.log").read_bytes().split(b"\n")
    truths = [json.loads(line) for line in (CORPUS / f"{name}.truth.jsonl").read_bytes().split(b"\n") if line]
    wanted = ("inbound_reject", "outbound_bounce", "deferred_553", "outbound_probe")
    return {
        one["n"][-1]: one
        for one in truths
        if one["direction"] in wanted and b"553" in lines[one["n"][-1] - 1]
    }


def by_line(name: str) -> dict[int, Event]:
    log = (CORPUS / f"{name}.log").read_bytes()
    return {log.count(b"\n", 0, event.position) + 1: event for event in told(log)["events"]}


@pytest.mark.parametrize("name", NAMES)
def test_the_login_is_the_true_one_and_so_is_the_place_where_it_was_found(name: str) -> None:
    truths, events = reported(name), by_line(name)
    wrong = []
    for line, truth in truths.items():
        event = events.get(line)
        if event is None:
            continue
        source = SOURCES.get(truth["sasl_user_source"])
        expected = (truth["sasl_user"] if source else None, source)
        if (event.user, event.user_source) != expected:
            wrong.append((line, truth["case"], (event.user, event.user_source), expected))

    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_client_and_sender_of_a_bounce_are_found_through_its_queue_id(name: str) -> None:
    truths, events = reported(name), by_line(name)
    wrong = []
    for line, truth in truths.items():
        event = events.get(line)
        if event is None or event.refused_by == "local":
            continue
        if (event.client_ip, event.sender) != (truth["client_ip"], truth["sender"]):
            wrong.append(
                (line, truth["case"], event.client_ip, event.sender, truth["client_ip"], truth["sender"])
            )

    assert wrong == []
