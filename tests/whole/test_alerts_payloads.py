"""What an attacker has written into a log, against what was really sent: mail and Teams; opened, grown, recovered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from messages.payloads import PAYLOADS
from parts.adaptivecards import faults
from parts.hook import Hook
from parts.inbox import Inbox, Mail
from parts.waiting import until
from rejectwatch.messages.card import LARGEST
from whole.alerting import about_incidents, alerting, message_id
from whole.made import append
from whole.received import ALIVE, envelope, invisible, links, markup, shape, unseen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GROWING = """
group_wait = "1s"
recover_after = "1s"
grown_every = "1s"
grown_times = 3
"""
KINDS = ["opened", "grown", "recovered"]


def in_a_line(payload: str) -> str:
    """A payload as a log can hold it: whole in its line, and no longer than a login may be."""
    return payload.replace("\n", " ")[:300]


HOSTILE = {name: in_a_line(payload) for name, payload in PAYLOADS.items()}
HARMLESS = {name: f"user{number}" for number, name in enumerate(PAYLOADS)}


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"@corp.example'


def refusals(number: int, user: str) -> str:
    """Three attempts, in a session each."""
    return "".join(refusal(number, 1000 + 3 * number + attempt, user) for attempt in range(3))


def refusal(number: int, pid: int, user: str) -> str:
    client = f"pc{number}.corp.example[203.0.113.{number % 250 + 1}]"
    sender, stamp = quoted(user), datetime.now(UTC).isoformat()
    return (
        f"{stamp} mail postfix/submission/smtpd[{pid}]: NOQUEUE: reject: RCPT from {client}: 553 5.7.1"
        f" <{user}@corp.example>: Sender address rejected: not owned by user {user};"
        f" from=<{sender}> to=<r{number}@partner.example> proto=ESMTP helo=<pc{number}>\n"
    )


def delivery(number: int, user: str) -> str:
    client = f"pc{number}.corp.example[203.0.113.{number % 250 + 1}]"
    queue_id, stamp = f"{0xA0000000 + number:X}", datetime.now(UTC).isoformat()
    return (
        f"{stamp} mail postfix/submission/smtpd[{5000 + number}]: {queue_id}: client={client},"
        f" sasl_method=PLAIN, sasl_username={user}\n"
        f"{stamp} mail postfix/qmgr[9]: {queue_id}: from=<{quoted(user)}>, size=5, nrcpt=1 (queue active)\n"
        f"{stamp} mail postfix/smtp[9]: {queue_id}: to=<r{number}@partner.example>, relay=mx[192.0.2.25]:25,"
        " delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 Ok)\n"
        f"{stamp} mail postfix/qmgr[9]: {queue_id}: removed\n"
    )


def write(log: Path, lines: Iterable[str]) -> None:
    append(log, "".join(lines).encode("utf-8", "surrogatepass"))


Told = tuple[list[Mail], list[dict[str, Any]]]


@pytest.fixture
def told(tmp_path: Path) -> Callable[[str, Mapping[str, str]], Told]:
    """Let people of these names fail, others after them, and three of them succeed: what is received meanwhile."""

    def story(name: str, users: Mapping[str, str]) -> Told:
        folder = tmp_path / name
        with Inbox(folder / "inbox") as inbox, Hook(folder / "hook") as hook:
            log = folder / "mail.log"
            log.touch()
            channels = {
                "mail": inbox.url("admin@corp.example"),
                "teams": f"workflows://localhost:{hook.port}/flow/signature/",
            }
            trust = {"SSL_CERT_FILE": str(inbox.ca_pem), "REQUESTS_CA_BUNDLE": str(hook.ca_pem)}
            with alerting(folder / "state", log, channels, incidents=GROWING, **trust) as watch:
                watch.until_ready()
                numbered = list(enumerate(users.values()))
                write(log, (refusals(number, user) for number, user in numbered))
                until(lambda: len(about_incidents(inbox.mails)) >= 1, 40, watch.child.story)
                more = [
                    (number + 20 * again, f"{user} {again}")
                    for again in (1, 2, 3)
                    for number, user in numbered
                ]
                write(log, (refusals(number, user) for number, user in more))
                until(lambda: len(about_incidents(inbox.mails)) >= 2, 40, watch.child.story)
                write(log, (delivery(number, user) for number, user in numbered))
                until(lambda: len(about_incidents(inbox.mails)) >= 3, 40, watch.child.story)
                cards = [posted.json for posted in hook.wait_for(3, 40)]
                return about_incidents(inbox.mails), cards

    return story


def test_no_payload_gets_through_to_mail_or_teams(told: Callable[[str, Mapping[str, str]], Told]) -> None:
    mails, cards = told("harmless", HARMLESS)
    hostile_mails, hostile_cards = told("hostile", HOSTILE)

    assert [message_id(mail).split("-")[1] for mail in hostile_mails] == KINDS
    for found, expected in zip(hostile_mails, mails, strict=True):
        assert envelope(found) == envelope(expected)
        assert shape(found) == shape(expected)
        assert markup(found) <= markup(expected)
        assert links(found) == []
        assert invisible(found) == set()
    assert faults([content(card) for card in hostile_cards]) == [[]] * len(KINDS)
    for card, expected_card in zip(hostile_cards, cards, strict=True):
        assert kinds(card) <= kinds(expected_card)
        assert len(json.dumps(card)) <= LARGEST
        assert [text for text in texts(card) if ALIVE.search(text) or unseen(text)] == []


def content(card: dict[str, Any]) -> dict[str, Any]:
    (attachment,) = card["attachments"]
    found: dict[str, Any] = attachment["content"]
    return found


def kinds(node: Any) -> set[tuple[str, ...]]:
    """Every kind of object with its keys, and where it leads."""
    found: set[tuple[str, ...]] = set()
    for one in objects(node):
        found.add(
            (
                str(one.get("type")),
                *sorted(set(one) - {"weight", "spacing", "separator"}),
                str(one.get("url")),
            )
        )
    return found


def objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from objects(one)


def texts(node: Any) -> list[str]:
    return [value for one in objects(node) for value in one.values() if isinstance(value, str)]
