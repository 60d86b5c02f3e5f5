"""A mail as a real server gets it: two parts of ours, the thread of its incident, and nothing from an attacker."""

from __future__ import annotations

import json
import re
import unicodedata
from email import message_from_bytes
from typing import Any

import pytest

from messages.documents import GROUP, OPENED, RECOVERED
from messages.page import shape
from messages.payloads import PAYLOADS, everywhere, neutralized
from parts.inbox import Inbox, Mail
from parts.waiting import until
from rejectwatch.messages.document import Document
from rejectwatch.messages.html import as_html
from rejectwatch.messages.mail import as_text
from rejectwatch.notify import child
from rejectwatch.notify.mail import own_parts
from rejectwatch.notify.sending import Child, Ended

pytestmark = pytest.mark.slow

PAYLOAD = pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
HEADERS = sorted(
    """
    Auto-Submitted Content-Type Date From In-Reply-To MIME-Version Message-ID References Subject To X-Application
    X-Auto-Response-Suppress X-Rejectwatch-Id
    """.split()
)
"""All that a mail about an incident has, each once."""


@pytest.fixture
def trusted(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    monkeypatch.setenv("SSL_CERT_FILE", str(inbox.ca_pem))
    return inbox


def order_for(document: Document, inbox: Inbox, **more: Any) -> dict[str, Any]:
    text = as_text(document)
    order = {
        "url": inbox.url(),
        "id": f"{document.incident}-{document.kind}",
        "title": text.title,
        "body": text.body,
        "html": as_html(document),
        "card": None,
        "thread": document.incident,
    }
    return {**order, **more}


def sent(document: Document, inbox: Inbox, **more: Any) -> Ended:
    ended = until(Child(order_for(document, inbox, **more)).ended, 30, "the end of the child")
    assert ended is not None
    return ended


def received(document: Document, inbox: Inbox, **more: Any) -> Mail:
    assert sent(document, inbox, **more).error is None
    return inbox.mails[-1]


def received_at_once(document: Document, inbox: Inbox, **more: Any) -> Mail:
    """The same without a process for each, which starts slowly."""
    assert child.send(json.loads(json.dumps(order_for(document, inbox, **more)))).taken
    return inbox.mails[-1]


def parts(mail: Mail) -> dict[str, str]:
    """The text of each part by its type, as any mail program decodes it."""
    found: dict[str, str] = {}
    for part in message_from_bytes(mail.content).walk():
        if not part.is_multipart():
            assert part.get_content_type() not in found
            assert part.get_content_charset() in ("utf-8", "us-ascii")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found[part.get_content_type()] = content.decode().replace("\r\n", "\n")
    return found


# ── the parts ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("document", [OPENED, GROUP], ids=["en", "ja"])
def test_both_parts_are_ours(document: Document, trusted: Inbox) -> None:
    mail = received(document, trusted)

    assert mail.message.get_content_type() == "multipart/alternative"
    assert parts(mail) == {"text/plain": as_text(document).body, "text/html": as_html(document)}
    assert list(parts(mail)) == ["text/plain", "text/html"]  # the last one that a program can show is shown
    assert mail.subject == document.title
    assert (mail.encrypted, mail.content.isascii()) == (True, True)
    assert max(map(len, mail.content.splitlines())) <= 998  # RFC 5321


def test_a_message_without_html_has_one_part(trusted: Inbox) -> None:
    mail = received(OPENED, trusted, html=None)

    assert mail.message.get_content_type() == "text/plain"
    assert parts(mail) == {"text/plain": as_text(OPENED).body}


def test_english_is_sent_as_it_can_be_read(trusted: Inbox) -> None:
    mail = received(OPENED, trusted, html=None, body="alice can't send\n")

    assert b"alice can't send" in mail.content


def test_a_format_in_the_url_changes_nothing(trusted: Inbox) -> None:
    mail = received(OPENED, trusted, url=trusted.url(format="html"))

    assert parts(mail)["text/plain"] == as_text(OPENED).body
    assert parts(mail)["text/html"].startswith("<!doctype html>")


def test_each_recipient_gets_both_parts_and_no_copy_is_lost(trusted: Inbox) -> None:
    received(OPENED, trusted, url=trusted.url("a@corp.example,b@corp.example", cc="c@corp.example"))

    assert [mail.recipients for mail in trusted.mails] == [
        ("a@corp.example", "c@corp.example"),
        ("b@corp.example", "c@corp.example"),
    ]
    assert [list(parts(mail)) for mail in trusted.mails] == [["text/plain", "text/html"]] * 2


def test_a_later_apprise_that_builds_mails_elsewhere_can_still_send() -> None:
    with own_parts(object, "title", "text", None) as answers:
        assert answers == []


# ── headers and threads ──────────────────────────────────────────────────────────────────────────


def test_it_says_once_what_it_is(trusted: Inbox) -> None:
    mail = received(OPENED, trusted)

    assert sorted(mail.message.keys()) == HEADERS
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["X-Auto-Response-Suppress"] == "All"
    assert mail.message["X-Rejectwatch-Id"] == "4d1f0c77ab-opened"


def test_all_messages_of_an_incident_answer_the_same_root(trusted: Inbox) -> None:
    for kind in ("opened", "grown", "recovered"):
        sent(Document(kind, "ja", "critical", f"件名 {kind}", kind, (), incident="4712"), trusted)
    sent(RECOVERED, trusted, thread="4713")
    messages = [mail.message for mail in trusted.mails]

    roots = [(one["References"], one["In-Reply-To"]) for one in messages]
    assert roots == [("<incident-4712@rejectwatch.invalid>",) * 2] * 3 + [
        ("<incident-4713@rejectwatch.invalid>",) * 2
    ]
    assert len({one["Message-ID"] for one in messages}) == 4
    assert len({one["Subject"] for one in messages}) == 4


def test_what_belongs_to_no_incident_begins_a_thread_of_its_own(trusted: Inbox) -> None:
    mail = received(OPENED, trusted, thread="")

    assert sorted(mail.message.keys()) == sorted(set(HEADERS) - {"References", "In-Reply-To"})


def test_a_japanese_subject_is_encoded(trusted: Inbox) -> None:
    mail = received(GROUP, trusted)

    (line,) = re.findall(rb"(?m)^Subject: (.*(?:\r?\n[ \t].*)*)", mail.content)
    assert line.lower().startswith(b"=?utf-8?")
    assert max(map(len, line.splitlines())) <= 78
    assert mail.subject == GROUP.title


def test_the_answer_of_the_mail_server_is_told(trusted: Inbox) -> None:
    assert sent(OPENED, trusted).answer == "sent: 250 2.0.0 Ok: kept"


# ── what an attacker wrote ───────────────────────────────────────────────────────────────────────


def unseen(text: str) -> list[str]:
    """What is no visible character, as far as mail programs care."""
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return [sign for sign in text if sign != "\n" and unicodedata.category(sign) in kinds]


@PAYLOAD
def test_log_text_in_every_place_changes_nothing_but_its_place(payload: str, trusted: Inbox) -> None:
    mail = received_at_once(everywhere(neutralized(payload)), trusted)

    assert sorted(mail.message.keys()) == HEADERS
    assert mail.recipients == ("postmaster@corp.example",)
    assert list(parts(mail)) == ["text/plain", "text/html"]
    assert unseen("".join([mail.subject, *parts(mail).values()])) == []
    assert shape(parts(mail)["text/html"]) == shape(as_html(everywhere("x")))
    assert "https://evil" not in parts(mail)["text/plain"]
    assert "www.evil" not in parts(mail)["text/plain"]
    assert parts(mail)["text/plain"].count(neutralized(payload)[:60]) >= 3  # and nothing of it is lost


@PAYLOAD
def test_even_raw_text_makes_no_header_no_part_and_no_command(payload: str, trusted: Inbox) -> None:
    """What `neutral` stops before; here it is let through on purpose."""
    document = everywhere(payload)
    mail = received_at_once(
        document, trusted, title=document.title, body=payload, thread=payload, id="1-opened"
    )

    assert sorted(mail.message.keys()) == HEADERS
    assert (mail.sender, mail.recipients) == ("rejectwatch@corp.example", ("postmaster@corp.example",))
    assert len(trusted.mails) == 1
    assert list(parts(mail)) == ["text/plain", "text/html"]
    assert re.findall("[\0\x1b\u202e\u2066]", "".join([mail.subject, *parts(mail).values()])) == []
    assert re.fullmatch(r"<incident-[A-Za-z0-9.-]*@rejectwatch\.invalid>", mail.message["References"])
