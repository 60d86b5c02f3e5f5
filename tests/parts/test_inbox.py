from __future__ import annotations

import os
import smtplib
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from parts.client import PASSWORD
from parts.inbox import Inbox, Security
from parts.waiting import until

# As the daemon sends: a process of its own, which trusts the inbox by SSL_CERT_FILE.
NOTIFY = """
import sys, apprise
channel = apprise.Apprise()
assert channel.add(sys.argv[1])
sys.exit(0 if channel.notify(title="Refused mail", body="alice can't send") else 1)
"""


def notify(url: str, trusted: Path | None) -> int:
    env = {**os.environ, "SSL_CERT_FILE": str(trusted)} if trusted else dict(os.environ)
    command = [sys.executable, "-c", NOTIFY, url]
    return subprocess.run(command, env=env, check=False, capture_output=True).returncode


@pytest.mark.slow
@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_apprise_delivers_over_tls(tmp_path: Path, security: Security) -> None:
    with Inbox(tmp_path, security=security, user="watch@corp.example") as inbox:
        assert notify(inbox.url(), inbox.ca_pem) == 0
        (mail,) = inbox.wait_for(1)

    assert mail.encrypted
    assert mail.user == "watch@corp.example"
    assert mail.recipients == ("postmaster@corp.example",)
    assert mail.subject == "Refused mail"
    assert mail.text.strip() == "alice can't send"


@pytest.mark.slow
def test_nobody_delivers_who_does_not_trust_it(inbox: Inbox) -> None:
    assert notify(inbox.url(), None) == 1
    assert inbox.mails == []


def smtp(inbox: Inbox, timeout: float = 10) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", inbox.port, timeout=timeout)


def test_it_can_ask_for_a_login(tmp_path: Path) -> None:
    with Inbox(tmp_path, security="none", user="watch") as inbox, smtp(inbox) as client:
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail("a@corp.example", "b@corp.example", "Subject: x\n\nx")
        client.login("watch", PASSWORD)
        client.sendmail("a@corp.example", "b@corp.example", "Subject: x\n\nx")

    assert refused.value.smtp_code == 530
    assert [mail.user for mail in inbox.mails] == ["watch"]


def test_it_can_refuse(tmp_path: Path) -> None:
    with Inbox(tmp_path, security="none") as inbox, smtp(inbox) as client:
        inbox.refuse("553 5.7.1 no alerts here")
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail("a@corp.example", "b@corp.example", "Subject: x\n\nx")

    assert refused.value.recipients == {"b@corp.example": (553, b"5.7.1 no alerts here")}


def test_it_can_say_nothing(inbox: Inbox) -> None:
    inbox.behave("silent")

    client = socket.create_connection(("127.0.0.1", inbox.port), timeout=0.2)
    with client, pytest.raises(TimeoutError):
        client.recv(1)


def test_it_can_drip(inbox: Inbox) -> None:
    inbox.behave("drip")

    with socket.create_connection(("127.0.0.1", inbox.port), timeout=10) as client:
        assert (client.recv(100), client.recv(100)) == (b"2", b"2")


def test_it_can_take_a_message_and_never_say_so(tmp_path: Path) -> None:
    with Inbox(tmp_path, security="none") as inbox:
        inbox.behave("hang after data")
        client = smtp(inbox, timeout=1)
        with client, pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
            client.sendmail("a@corp.example", "b@corp.example", "Subject: x\n\nx")
        until(lambda: inbox.mails, what="the mail")

    assert [mail.subject for mail in inbox.mails] == ["x"]
