"""The logs of a server that is upgraded: what a release had read when it stopped, and what came afterwards.

Every line that was written before is stored with the release (tests/data/upgrade); only `grown` is written anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

POSTFIX, EXIM = "mail.log", "exim4/mainlog"
LOGS = (POSTFIX, EXIM)

BOB = "4XyzAb12cD"
"""Postfix's queue id of the message that is handed over before the upgrade and refused after it."""
CAROL = "1vXyzA-000000003xb-1AbC"
"""Exim's."""

CUT = 90
"""Bytes at the end of the Postfix log that are not written yet when the release stops."""


def before(now: datetime) -> dict[str, bytes]:
    """What a release reads: deliveries, a trouble that ended, one that is open, a gap, an unknown shape, a cut line."""
    postfix = [
        *_failing("dave", now - timedelta(minutes=50), 4),
        *_delivered("dave", "4XyzAb12c1", now - timedelta(minutes=44), "boss"),
        *_delivered("alice", "4XyzAb12c2", now - timedelta(minutes=20)),
        _at(now - timedelta(minutes=19), "rsyslogd: imuxsock[249]: 123 messages lost due to rate-limiting (200 allowed within 5 seconds)"),
        _at(now - timedelta(minutes=18), "postfix/smtpd[4]: NOQUEUE: later-reject: RCPT from x[192.0.2.1]: 553 5.7.1 spam;"),
        _at(now - timedelta(minutes=17), "postfix/smtpd[5]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 <x@else.example>: Relay access denied; from=<a@else.example> to=<x@else.example> proto=ESMTP helo=<scan>"),
        *_failing("alice", now - timedelta(minutes=6), 5),
        *_handed_over("bob", BOB, now - timedelta(minutes=3)),
        *_failing("erin", now - timedelta(minutes=1), 1),
    ]  # fmt: skip
    exim = [
        _exim(now - timedelta(minutes=16), "1vXyzA-000000001xb-1AbC <= carol@corp.example H=pc22.corp.example (desk) [192.0.2.22] P=esmtpsa A=plain_server:carol S=500"),
        _exim(now - timedelta(minutes=16), '1vXyzA-000000001xb-1AbC => ito@partner.example R=dnslookup T=remote_smtp H=mx.partner.example [198.51.100.9] C="250 2.0.0 Ok"'),
        _exim(now - timedelta(minutes=16), "1vXyzA-000000001xb-1AbC Completed"),
        _exim(now - timedelta(minutes=15), "H=pc23.corp.example (desk) [192.0.2.23] F=<sales@corp.example> A=plain_server:frank rejected RCPT <mori@partner.example>: 553 5.7.1 <sales@corp.example>: Sender address rejected: not owned by user frank"),
        _exim(now - timedelta(minutes=2), f"{CAROL} <= carol@corp.example H=pc22.corp.example (desk) [192.0.2.22] P=esmtpsa A=plain_server:carol S=500"),
    ]  # fmt: skip
    return {POSTFIX: "".join(postfix).encode()[:-CUT], EXIM: "".join(exim).encode()}


def grow(folder: Path, now: datetime) -> None:
    """What is written while nobody reads: the rest of the cut line, the refusals of what was handed over, a new one."""
    bounced = (
        f"postfix/smtp[101]: {BOB}: to=<gone@partner.example>, relay=mx.partner.example[198.51.100.9]:25, delay=3,"
        " delays=1/0/1/1, dsn=5.1.1, status=bounced (host mx.partner.example[198.51.100.9] said: 553 5.1.1"
        " <gone@partner.example>: no such user here (in reply to RCPT TO command))"
    )
    failed = (
        f"{CAROL} ** gone@partner.example R=dnslookup T=remote_smtp H=mx.partner.example [198.51.100.9]: SMTP error"
        " from remote mail server after RCPT TO:<gone@partner.example>: 553 5.1.1 <gone@partner.example>: no such user"
    )
    rest = _failing("erin", now, 1)[-1][-CUT:]
    postfix = "".join([rest, _at(now, bounced), *_failing("grace", now, 1)])
    for name, lines in ((POSTFIX, postfix), (EXIM, _exim(now, failed))):
        with (folder / name).open("a") as log:
            log.write(lines)


PEOPLE = ("alice", "bob", "dave", "erin", "grace")
COMING = {"erin", "bob", "grace", "carol"}
"""Whose refusals `grow` brings, one each."""


def _failing(user: str, first: datetime, times: int) -> list[str]:
    said = (
        f"553 5.7.1 <boss@corp.example>: Sender address rejected: not owned by user {user}; from=<boss@corp.example>"
        f" to=<mori@partner.example> proto=ESMTP helo=<{user}>"
    )
    number = 10 + PEOPLE.index(user)
    client = f"pc-{user}.corp.example[192.0.2.{number}]"
    return [
        _at(
            first + timedelta(seconds=30 * n),
            f"postfix/submission/smtpd[{100 * number + n}]: NOQUEUE: reject: RCPT from {client}: {said}",
        )
        for n in range(times)
    ]


def _handed_over(user: str, queue_id: str, at: datetime, sender: str = "") -> list[str]:
    return [
        _at(at, f"postfix/submission/smtpd[100]: {queue_id}: client=pc-{user}.corp.example[192.0.2.7], sasl_method=PLAIN, sasl_username={user}"),
        _at(at, f"postfix/qmgr[90]: {queue_id}: from=<{sender or user}@corp.example>, size=300, nrcpt=1 (queue active)"),
    ]  # fmt: skip


def _delivered(user: str, queue_id: str, at: datetime, sender: str = "") -> list[str]:
    return [
        *_handed_over(user, queue_id, at, sender),
        _at(at, f"postfix/smtp[102]: {queue_id}: to=<mori@partner.example>, relay=mx.partner.example[198.51.100.9]:25, delay=4, delays=1/0/1/2, dsn=2.0.0, status=sent (250 2.0.0 Ok)"),
        _at(at, f"postfix/qmgr[90]: {queue_id}: removed"),
    ]  # fmt: skip


def _at(at: datetime, said: str) -> str:
    return f"{at.isoformat(timespec='seconds')} mail {said}\n"


def _exim(at: datetime, said: str) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S %z} {said}\n"
