"""Ten thousand people fail at once, because of one mistake: one alert says so, and reading keeps up."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from parts.inbox import Inbox
from parts.waiting import until
from whole.alerting import DEFAULTS, about_incidents, alerting
from whole.made import append

pytestmark = pytest.mark.slow

PEOPLE = 10_000
LARGEST = 300
"""MB of memory; measured are 165."""


def address(number: int) -> str:
    return f"user{number:05}@corp.example"


def works(number: int, at: datetime) -> str:
    """Each has sent a message the day before."""
    stamp, queue_id = at.isoformat(), f"{0xA0000000 + number:X}"
    client = f"pc{number}[203.0.{113 + number // 250 % 100}.{number % 250 + 1}]"
    return (
        f"{stamp} mail postfix/submission/smtpd[77]: {queue_id}: client={client}, sasl_method=PLAIN,"
        f" sasl_username={address(number)}\n"
        f"{stamp} mail postfix/qmgr[78]: {queue_id}: from=<{address(number)}>, size=500, nrcpt=1 (queue active)\n"
        f"{stamp} mail postfix/smtp[79]: {queue_id}: to=<mori@partner{number % 50}.example>,"
        " relay=mx.partner.example[192.0.2.25]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 Ok)\n"
        f"{stamp} mail postfix/qmgr[78]: {queue_id}: removed\n"
    )


def refused(number: int, at: datetime, attempt: int) -> str:
    """The login map has lost everybody: each is refused the own address."""
    client = f"pc{number}[203.0.{113 + number // 250 % 100}.{number % 250 + 1}]"
    pid = 1000 + (number + attempt * PEOPLE) % 30_000
    return (
        f"{at.isoformat()} mail postfix/submission/smtpd[{pid}]: connect from {client}\n"
        f"{at.isoformat()} mail postfix/submission/smtpd[{pid}]: NOQUEUE: reject: RCPT from {client}: 553 5.7.1"
        f" <{address(number)}>: Sender address rejected: not owned by user {address(number)};"
        f" from=<{address(number)}> to=<mori@partner{number % 50}.example> proto=ESMTP helo=<pc{number}>\n"
        f"{at.isoformat()} mail postfix/submission/smtpd[{pid}]: disconnect from {client} ehlo=1 auth=1 mail=1\n"
    )


def outage(begins: datetime) -> bytes:
    """Three attempts of each person within five minutes."""
    step = timedelta(minutes=5) / (3 * PEOPLE)
    lines = (
        refused(number, begins + step * (attempt * PEOPLE + number), attempt)
        for attempt in range(3)
        for number in range(PEOPLE)
    )
    return "".join(lines).encode()


def test_ten_thousand_people_who_fail_at_once_are_three_messages_at_most(
    tmp_path: Path, inbox: Inbox, record_property: Callable[[str, object], None]
) -> None:
    now = datetime.now(UTC)
    log = tmp_path / "mail.log"
    append(log, "".join(works(number, now - timedelta(hours=20)) for number in range(PEOPLE)).encode())
    channels = {"mail": inbox.url("admin@corp.example")}
    with alerting(
        tmp_path / "state", log, channels, incidents=DEFAULTS, SSL_CERT_FILE=str(inbox.ca_pem)
    ) as watch:
        watch.until_ready()
        until(lambda: watch.metric("rejectwatch_unread_bytes") == 0, 120, watch.child.story)
        lines = outage(now - timedelta(minutes=20))
        append(log, lines)
        began = time.monotonic()
        until(lambda: watch.rows("SELECT count(*) FROM events") == [(3 * PEOPLE,)], 300, watch.child.story)
        seconds = time.monotonic() - began
        told = about_incidents(inbox.wait_for(1, 60))
        until(lambda: watch.metric("rejectwatch_notifications_waiting") == 0, 60, watch.child.story)

        memory = peak_of(watch.child.pid)
        record_property("refusals a second", round(3 * PEOPLE / seconds))
        record_property("MB", memory)
        print(f"{3 * PEOPLE / seconds:.0f} refusals/s, {memory} MB; {[mail.subject for mail in inbox.mails]}")
        assert len(inbox.mails) <= 3
        assert all("map of logins and addresses" in mail.subject for mail in told)
        assert any("10,000 people" in mail.text or "10000 people" in mail.text for mail in told)
        assert memory < LARGEST
        assert watch.rows("SELECT count(*) FROM incidents WHERE closed_at IS NULL") == [(1,)]


def peak_of(pid: int) -> int:
    """The most memory that a process has used, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024
