"""A message that waits in the queue for days keeps its user, whatever happens to the daemon and to the log."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bench.live import CONFIGURATION

from parts.daemon import Daemon
from parts.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

BEGAN = datetime.now(UTC) - timedelta(days=4, minutes=1)
QUEUE_ID = "4D43B278178"
TO = "to=<lee@partner.example>, relay=mx.partner.example[203.0.113.9]:25, delay=9, delays=9/0/0/0"
LATER = f"postfix/smtp[300]: {{queue_id}}: {TO}, dsn=4.4.1, status=deferred (connect to mx[203.0.113.9]:25: timed out)"
BOUNCED = (
    f"postfix/smtp[300]: {{queue_id}}: {TO}, dsn=5.7.1, status=bounced (host mx.partner.example[203.0.113.9] said:"
    " 553 5.7.1 <alice@corp.example>: Sender address rejected (in reply to MAIL FROM command))"
)


class Log:
    """A log over several days, and the daemon that has to read each part of it."""

    def __init__(self, path: Path, watch: Daemon) -> None:
        self.path = path
        self.watch = watch
        self.lines = 0

    def write(self, days: float, *said: str, queue_id: str = QUEUE_ID) -> None:
        stamp = (BEGAN + timedelta(days=days)).isoformat()
        with self.path.open("a") as out:
            out.writelines(f"{stamp} mail {one.format(queue_id=queue_id)}\n" for one in said)

    def until_read(self) -> None:
        """It stands in the database, so that a kill takes nothing with it that is to be tested here."""
        size = self.path.stat().st_size
        until(
            lambda: self.watch.rows("SELECT position FROM positions") == [(size,)],
            20,
            self.watch.child.story,
        )


def handed_over(pid: int, user: str, address: str) -> list[str]:
    login = f"sasl_method=PLAIN, sasl_username={user}"
    return [
        f"postfix/submission/smtpd[{pid}]: connect from {user}.corp.example[{address}]",
        f"postfix/submission/smtpd[{pid}]: {{queue_id}}: client={user}.corp.example[{address}], {login}",
        f"postfix/qmgr[2]: {{queue_id}}: from=<{user}@corp.example>, size=300, nrcpt=1 (queue active)",
        f"postfix/submission/smtpd[{pid}]: disconnect from {user}.corp.example[{address}] ehlo=1 auth=1 mail=1 rcpt=1",
    ]


def test_a_message_bounced_after_two_rotations_five_restarts_and_four_days_has_its_user(
    tmp_path: Path, database_url: str | None
) -> None:
    path = tmp_path / "mail.log"
    watch = Daemon(tmp_path / "state", CONFIGURATION.format(log=path), database_url=database_url)
    watch.upgrade()
    log = Log(path, watch)
    log.write(0, *handed_over(249, "alice", "192.0.2.21"), LATER)
    with watch:
        log.until_read()

        watch.stop()
        log.write(0.5, *handed_over(249, "bob", "192.0.2.22"), LATER, queue_id="0BB0BB0BB0B")
        watch.start()
        log.until_read()

        path.rename(tmp_path / "mail.log.1")
        log.write(1, LATER)
        log.until_read()
        watch.kill()
        log.write(1.5, LATER)
        watch.start()
        log.until_read()

        watch.kill()
        (tmp_path / "mail.log.2.gz").write_bytes(gzip.compress((tmp_path / "mail.log.1").read_bytes()))
        path.rename(tmp_path / "mail.log.1")
        log.write(2, LATER)
        watch.start()
        log.until_read()

        log.write(3, LATER)
        watch.stop()
        watch.start()
        log.until_read()

        watch.kill()
        log.write(4, BOUNCED, "postfix/qmgr[2]: {queue_id}: removed")
        watch.start()
        log.until_read()
        (event,) = watch.events()
        waiting = watch.metric("rejectwatch_correlator_open_queue_ids")

    assert [event[name] for name in ("user", "user_source", "client_ip", "sender", "queue_id")] == [
        "alice",
        "queue",
        "192.0.2.21",
        "alice@corp.example",
        QUEUE_ID,
    ]
    assert waiting == 1  # bob's
