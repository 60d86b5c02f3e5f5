"""A log of Postfix in which a message is handed over, refused, delivered; and what is to be found in it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from parts.daemon import rejectwatch

HANDED_OVER = (
    "2026-10-08T09:00:00+09:00 mail postfix/submission/smtpd[100]: 4XyzAb12cD: client=pc1.corp.example[192.0.2.7],"
    " sasl_method=PLAIN, sasl_username=bob\n"
    "2026-10-08T09:00:00+09:00 mail postfix/qmgr[90]: 4XyzAb12cD: from=<bob@corp.example>, size=300, nrcpt=2 (queue active)\n"
)
BOUNCED = (
    "2026-10-08T09:00:03+09:00 mail postfix/smtp[101]: 4XyzAb12cD: to=<gone@partner.example>, relay=mx.partner.example"
    "[198.51.100.9]:25, delay=3, delays=1/0/1/1, dsn=5.1.1, status=bounced (host mx.partner.example[198.51.100.9] said:"
    " 553 5.1.1 <gone@partner.example>: no such user here (in reply to RCPT TO command))\n"
)
DELIVERED = (
    "2026-10-08T09:00:04+09:00 mail postfix/smtp[102]: 4XyzAb12cD: to=<mori@partner.example>, relay=mx.partner.example"
    "[198.51.100.9]:25, delay=4, delays=1/0/1/2, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
    "2026-10-08T09:00:04+09:00 mail postfix/qmgr[90]: 4XyzAb12cD: removed\n"
)
NOT_OWNED = (
    "2026-10-08T09:01:00+09:00 mail postfix/submission/smtpd[103]: NOQUEUE: reject: RCPT from pc2.corp.example[192.0.2.8]:"
    " 553 5.7.1 <boss@corp.example>: Sender address rejected: not owned by user alice; from=<boss@corp.example>"
    " to=<r1@partner.example> proto=ESMTP helo=<pc2>\n"
)
RELAY = (
    "2026-10-08T09:02:00+09:00 mail postfix/smtpd[104]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1"
    " <x@else.example>: Relay access denied; from=<a@else.example> to=<x@else.example> proto=ESMTP helo=<=cmd|calc>\n"
)
LOG = HANDED_OVER + BOUNCED + DELIVERED + NOT_OWNED + RELAY

FIELDS = (
    "occurred_at source line host mta service refused_by outcome stage attempt queue_id user user_source client_ip"
    " client_host helo sender recipient recipient_domain relay_host relay_ip code enhanced_code reply repeat cause"
    " confidence evidence"
).split()


def write(path: Path, text: str | bytes = LOG) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def scanned(*arguments: str | Path, stdin: str | None = None) -> list[dict[str, Any]]:
    """What `scan --format jsonl` finds."""
    done = rejectwatch("scan", "--format", "jsonl", *arguments, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))
