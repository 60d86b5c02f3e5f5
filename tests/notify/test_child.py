"""One message through the child process to a real mail server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from parts.client import PASSWORD
from parts.inbox import Behaviour, Inbox, Security
from parts.waiting import until
from rejectwatch.notify import child as module
from rejectwatch.notify import sending
from rejectwatch.notify.secrets import hidden
from rejectwatch.notify.sending import Child, Ended

pytestmark = pytest.mark.slow

HOSTILE = "refused\r\nBcc: evil@evil.example\r\n\r\nHTML\n\x1b[31m\x00 \u2028 " + "x" * 2_000


def ended(child: Child, seconds: float = 30) -> Ended:
    found = until(child.ended, seconds, "the end of the child")
    assert found is not None
    return found


def send(url: str, **more: Any) -> str | None:
    """Send a message; why it was not taken."""
    order = {"url": url, "title": "alice can't send", "body": "since 9:00", "id": "1f2e3d4c5b-opened", **more}
    return ended(Child(order)).error


@pytest.fixture
def trusted(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    monkeypatch.setenv("SSL_CERT_FILE", str(inbox.ca_pem))
    return inbox


# ── what arrives ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_a_message_arrives_over_tls(
    security: Security, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Inbox(tmp_path, security=security, user="watch@corp.example") as inbox:
        monkeypatch.setenv("SSL_CERT_FILE", str(inbox.ca_pem))
        assert send(inbox.url()) is None
        (mail,) = inbox.mails

    assert (mail.encrypted, mail.user) == (True, "watch@corp.example")
    assert (mail.subject, mail.text.strip()) == ("alice can't send", "since 9:00")


def test_it_says_once_that_a_program_wrote_it_and_which_message_it_is(trusted: Inbox) -> None:
    send(trusted.url())

    (mail,) = trusted.mails
    assert mail.message.get_all("Auto-Submitted") == ["auto-generated"]
    assert mail.message.get_all("X-Rejectwatch-Id") == ["1f2e3d4c5b-opened"]


def test_a_hostile_title_makes_no_header_and_is_sent_all_the_same(trusted: Inbox) -> None:
    assert send(trusted.url(), title=HOSTILE) is None

    (mail,) = trusted.mails
    assert mail.recipients == ("postmaster@corp.example",)
    assert mail.message.get_all("Bcc") is None
    assert mail.message.get_all("X-Rejectwatch-Id") == ["1f2e3d4c5b-opened"]
    assert mail.subject.startswith("refused Bcc: evil@evil.example HTML [31m")
    assert len(mail.subject) <= module.LONGEST_TITLE


def test_a_hostile_body_stays_a_body(trusted: Inbox) -> None:
    body = "first\r\n.\r\nMAIL FROM:<evil@evil.example>\r\n..\r\nDATA\r\n<b>bold</b> **not** &amp; \x1b"
    assert send(trusted.url(), body=body) is None

    (mail,) = trusted.mails
    assert mail.sender == "rejectwatch@corp.example"
    assert mail.message.get_content_type() == "text/plain"
    assert mail.text.split()[:3] == ["first", ".", "MAIL"]
    assert "<b>bold</b> **not** &amp;" in mail.text


def test_a_text_in_japanese_arrives_as_it_was(trusted: Inbox) -> None:
    send(trusted.url(), title="送信できません", body="差出人アドレス “boss”")

    (mail,) = trusted.mails
    assert (mail.subject, mail.text.strip()) == ("送信できません", "差出人アドレス “boss”")


def test_an_order_larger_than_a_pipe_does_not_keep_the_sender_waiting(trusted: Inbox) -> None:
    begun = time.monotonic()
    child = Child(
        {"url": trusted.url(), "title": "large", "body": "0123456789\n" * 100_000, "id": "1-opened"}
    )
    started_after = time.monotonic() - begun

    assert ended(child).error is None
    assert started_after < 3
    assert len(trusted.mails[0].text) > 1_000_000


# ── what does not ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_a_server_that_nobody_vouches_for_gets_nothing(security: Security, tmp_path: Path) -> None:
    with Inbox(tmp_path, security=security, user="watch@corp.example") as inbox:
        why = send(inbox.url())

    assert "CERTIFICATE_VERIFY_FAILED" in str(why)
    assert inbox.mails == []


def test_verification_cannot_be_switched_off(inbox: Inbox) -> None:
    assert str(send(inbox.url(verify="no"))).startswith("has verify=no")
    assert inbox.connections == 0


def test_the_answer_of_a_server_that_refuses_is_told(trusted: Inbox) -> None:
    trusted.refuse("553 5.7.1 no alerts \x1b[31m here")

    why = send(trusted.url())

    assert "was not taken: " in str(why)
    assert "553 5.7.1 no alerts" in str(why)
    assert "\x1b" not in str(why)


def test_a_wrong_password_is_told_and_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Inbox(tmp_path, user="watch@corp.example") as inbox:
        monkeypatch.setenv("SSL_CERT_FILE", str(inbox.ca_pem))
        why = str(send(inbox.url().replace(PASSWORD, "geheim-553")))

    assert "535" in why
    assert "geheim" not in why


@pytest.mark.parametrize("behaviour", ["silent", "drip", "hang after data"])
def test_a_server_that_hangs_is_left_at_the_deadline(
    behaviour: Behaviour, trusted: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "DEADLINE", 4)
    trusted.behave(behaviour)
    begun = time.monotonic()

    why = send(trusted.url())

    assert why == "was not taken: no answer within 4 seconds"
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("url", ["nonsense://geheim-553", "geheim-553", ""])
def test_a_url_that_nobody_understands_is_told_and_not_repeated(url: str) -> None:
    why = str(send(url))

    assert why.startswith("is not a URL that Apprise understands")
    assert "geheim" not in why


# ── a child in trouble ───────────────────────────────────────────────────────────────────────────


def test_a_crash_is_told_in_one_sentence_without_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "mailtos://me:geheim-553@localhost/"
    monkeypatch.setattr(sending, "CHILD", ("-c", f"raise ValueError({url!r})"))

    why = ended(Child({"url": url, "title": "t", "body": "b", "id": "1"})).error

    assert why == "was not taken: the sending process crashed: ValueError: ***"


def test_a_child_that_is_killed_is_told(inbox: Inbox) -> None:
    inbox.behave("silent")
    child = Child({"url": inbox.url(), "title": "t", "body": "b", "id": "1"})
    child._process.kill()

    assert ended(child).error == "was not taken: the sending process was ended by SIGKILL"


def test_end_works_twice_and_afterwards(trusted: Inbox) -> None:
    child = Child({"url": trusted.url(), "title": "t", "body": "b", "id": "1"})
    assert ended(child).error is None
    child.end()
    child.end()

    assert ended(child).error is None


def test_the_arguments_of_the_child_hold_no_secret(inbox: Inbox) -> None:
    inbox.behave("silent")
    child = Child({"url": "mailtos://me:geheim-553@localhost:9/", "title": "t", "body": "b", "id": "1"})
    place = Path(f"/proc/{child._process.pid}")
    told = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
    child.end()

    assert b"geheim" not in told


def test_what_a_library_prints_is_no_answer() -> None:
    program = (
        "import sys, rejectwatch.notify.child as child\n"
        "child.send = lambda order: print('noise') or child.Answer(False, 'was not taken: why')\n"
        "sys.exit(child.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps({}), capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (1, "was not taken: why\n", "noise\n")


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────

CANARY = "Kanarie553"
URLS = [
    f"mailtos://me:{CANARY}@mail.example.jp:587/?to=admin@corp.example",
    f"mailtos://me:{CANARY}#1@mail.example.jp/",
    f"mailtos://me@corp.example:{CANARY}@mail.example.jp/?to=a@b.example",
    f"mailtos://mail.example.jp/?user=me&pass={CANARY}",
    f"slack://{CANARY}A/{CANARY}B/{CANARY}C/#alerts",
    f"msteams://T1/{CANARY}/b/c",
    f"tgram://123456789:{CANARY}/7",
    f"jsons://hook.example.jp/{CANARY}?+X-Key={CANARY}",
    f"discord://{CANARY}/token/",
    f"workflows://host.example/{CANARY}/sig-{CANARY}?image=no",
]  # fmt: skip


@pytest.mark.parametrize("url", URLS)
def test_no_part_of_a_url_that_opens_the_channel_is_repeated(url: str) -> None:
    pieces = re.split(r"[/:?&=@#]+", url)

    for told in (url, *pieces, f"failed: {url}.", "posting to " + " ".join(pieces)):
        assert CANARY not in hidden(told, url)


def test_a_percent_encoded_password_is_hidden_in_both_forms() -> None:
    assert hidden("pa%40ss/w or pa@ss/w", "mailtos://me:pa%40ss%2Fw@h/") == "*** or ***"


def test_what_a_person_needs_stays_readable() -> None:
    url = "mailtos://me:geheim@mail.example.jp:587/?to=admin@corp.example&smtp=smtp.example.jp&mode=starttls"
    told = "no answer from smtp.example.jp for admin@corp.example at mail.example.jp"

    assert hidden(told, url) == told
