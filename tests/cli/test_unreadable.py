"""A file in which nothing can be found, because it is no log in a form that is read, gets a clear word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.lines import HANDED_OVER, LOG, scanned, write
from parts.daemon import rejectwatch

OF_THE_JOURNAL = json.dumps(
    {"MESSAGE": "NOQUEUE: reject", "SYSLOG_IDENTIFIER": "postfix/smtpd", "__CURSOR": "s=1"}
)


@pytest.mark.parametrize(
    "text",
    [
        OF_THE_JOURNAL + "\n",
        "__CURSOR=s=1\nMESSAGE=NOQUEUE: reject: RCPT from x[192.0.2.1]: 553 no\n\n",
        "NOQUEUE: reject: RCPT from x[192.0.2.1]: 553 no\n",
        "[ 1234.567890] mail postfix/smtpd[249]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 553 no\n",
        "x" * 5000,
    ],
    ids=["journalctl -o json", "-o export", "-o cat", "-o short-monotonic", "no log"],
)
def test_what_is_no_log_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    file = write(tmp_path / "mail.json", text)
    done = rejectwatch("scan", "--format", "jsonl", file)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(f"{file} can't be read as a mail log: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        LOG,
        "==> mail.log <==\n" + HANDED_OVER,
        "\n\n" + HANDED_OVER,
        "Nov 24 04:27:25 mail dovecot: imap-login: Login\n",
        json.dumps({"log": "Nov 24 04:27:25 mail dovecot: x\n", "stream": "stdout", "time": "2026-11-24T04:27:25Z"}) + "\n",
        "2026-11-24 07:54:18 exim 4.96 daemon started: pid=1\n",
    ],
    ids=["nothing", "Postfix", "tail", "empty lines", "another program", "docker", "Exim"],
)  # fmt: skip
def test_of_what_can_be_read_nothing_is_said(tmp_path: Path, text: str) -> None:
    """`scanned` asserts that nothing was said."""
    assert len(scanned(write(tmp_path / "mail.log", text))) == (2 if text is LOG else 0)
