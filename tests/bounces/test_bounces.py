from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejectwatch import bounces
from rejectwatch.bounces import mails

MAILS = Path(__file__).parents[1] / "data" / "bounces"
EXPECTED: dict[str, list[dict[str, str]]] = json.loads((MAILS / "expected.json").read_text(encoding="utf-8"))
ALL = sorted(MAILS.glob("*.eml"))

FROM_A_DAEMON = b"From: MAILER-DAEMON@mail.corp.example\nTo: alice@corp.example\nSubject: failure notice\n"


def told(returned: bounces.Returned) -> dict[str, Any]:
    """What is known, as the file of expectations writes it."""
    fields = {name: value for name, value in asdict(returned).items() if value is not None}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()
    }


def replies(text: str, headers: bytes = FROM_A_DAEMON) -> list[str | None]:
    return [one.reply for one in bounces.read(headers + b"\n" + text.encode())]


def test_each_mail_has_its_expectation() -> None:
    assert {path.stem for path in ALL} == set(EXPECTED)
    assert len([name for name, found in EXPECTED.items() if found]) >= 30


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_bounce_says_who_was_refused_by_whom_and_why(path: Path) -> None:
    found = [told(one) for one in bounces.read(path.read_bytes())]

    assert found == EXPECTED[path.stem]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_it_does_not_matter_how_lines_end(path: Path, end: bytes) -> None:
    plain = path.read_bytes().replace(b"\r\n", b"\n")

    assert bounces.read(plain.replace(b"\n", end)) == bounces.read(plain)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_it_is_seen_that_a_mail_is_one(path: Path) -> None:
    assert bounces.is_mail(path.read_bytes())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "553 5.7.1 <x@ok.example>: Relay access denied",
        "553-5.7.1 Message refused.\n553 5.7.1 Ask: postmaster@partner.example",
        "550 Subject: too long\nFrom: nobody",
        "Nov 24 04:27:25 mail postfix/smtpd[250]: NOQUEUE: reject: RCPT from pc66.corp.example[192.0.2.66]: 553 5.7.1",
        "2026-11-24T04:27:25.123456+09:00 mail postfix/smtpd[250]: NOQUEUE: reject: RCPT from a[192.0.2.66]: 553",
        "2026-11-24 04:27:25 1xWnVx-0008BS-0I ** bob@partner.example R=out T=remote_smtp: SMTP error: 553 no",
        "Remote host said: 553 sorry\nGiving up on 192.0.2.25.",
        "Error: 553\nStatus: bad",
    ],
)
def test_a_reply_or_a_log_line_is_no_mail(text: str) -> None:
    assert not bounces.is_mail(text.encode())


def test_the_fields_of_a_report_alone_are_read() -> None:
    pasted = b"""Final-Recipient: rfc822; bob@partner.example
Action: failed
Status: 5.7.1
Remote-MTA: dns; mx.partner.example
Diagnostic-Code: smtp; 553 5.7.1 not
    from here
"""
    (found,) = bounces.read(pasted)

    assert bounces.is_mail(pasted)
    assert (found.reply, found.relay_host) == ("553 5.7.1 not from here", "mx.partner.example")


def test_an_address_in_a_reply_that_is_broken_into_lines_is_no_recipient() -> None:
    text = """
<bob@partner.example>: host mx.partner.example[192.0.2.25] said: 553 5.7.1
    <alice@corp.example>: not owned by user (in reply to
    RCPT TO command)
"""
    assert replies(text) == ["553 5.7.1 <alice@corp.example>: not owned by user"]


def test_what_a_strangers_reply_quotes_is_no_second_reply() -> None:
    reply = "553 5.7.1 refused -> 553 5.1.1 smtp;553 5.0.0 host x.example said: '553 5.4.4 no'"

    assert replies(f"<bob@partner.example>: host mx.partner.example[192.0.2.25] said: {reply}\n") == [reply]


def test_a_number_is_no_reply() -> None:
    (found,) = bounces.read(FROM_A_DAEMON + b"\n<bob@partner.example>:\nGiven up after 553 attempts.\n")

    assert found.reply == "Given up after 553 attempts."
    assert found.enhanced_code is None


def test_of_a_mail_with_an_original_only_the_bounce_counts() -> None:
    text = """
<bob@partner.example>:
553 5.7.1 not from here

--- Below this line is a copy of the message.

Return-Path: <alice@corp.example>

<carol@partner.example>: host mx.partner.example[192.0.2.25] said: 553 5.1.1 forged
"""
    (found,) = bounces.read(FROM_A_DAEMON + b"\n" + text.encode())

    assert (found.recipient, found.sender) == ("bob@partner.example", "alice@corp.example")


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_mail_that_is_cut_anywhere_raises_nothing(path: Path) -> None:
    data = path.read_bytes()

    for end in range(0, len(data), 7):
        bounces.is_mail(data[:end])
        bounces.read(data[:end])


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(data: bytes) -> None:
    bounces.is_mail(data)
    bounces.read(data)
    bounces.read(FROM_A_DAEMON + data)


WORDS = [
    b"From: mailer-daemon@x.example\n",
    b"Content-Type: multipart/report; boundary=b\n",
    b"Content-Type: message/delivery-status\n",
    b"Content-Type: message/global-delivery-status\n",
    b"Content-Type: message/rfc822\n",
    b"Content-Type: text/html; charset=iso-2022-jp\n",
    b"Content-Type: text/plain; charset=punycode\n",
    b"Content-Type: text/plain; charset*=x''%ff\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: x-uuencode\n",
    b"begin 644 x\n",
    b"Subject: =?utf-8?b?4?= =?x?q?=?=\n",
    b"Date: Tue, 99 Nov 99999 10:00:00 +9999\n",
    b"Last-Attempt-Date: 1 Jan 1 00:00 +0100\n",
    b"Return-Path: <>\n",
    b'X-Failed-Recipients: a@b.example, ("\n',
    b"Final-Recipient: rfc822; a@b.example\n",
    b"Diagnostic-Code: smtp; 553-'5.7.1 x'\n",
    b"Remote-MTA: dns; [\n",
    b"--b\n",
    b"--b--\n",
    b"\n",
    b"<a@b.example>: host c.example[192.0.2.1] said: 553 5.7.1 no\n",
    b"> <a@b.example>:\n",
    b"&#" + b"9" * 5_000 + b";<!--<p>",
    b"\x1b$B\x24\x1b(I\xff\x80",
    b"\xa4\xcf\x82\xa0",
    b"<<< 553-x\n",
    b"-----Original Message-----\n",
]


@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_any_mail_made_of_what_bounces_are_made_of_is_read(pieces: list[bytes]) -> None:
    bounces.read(b"".join(pieces))


@pytest.mark.parametrize(
    "hostile",
    [
        b"Content-Type: text/plain; charset=punycode\n\n\x1b$B\xff\x80",
        b"Content-Type: text/html\n\n<p>&#" + b"9" * 5_000 + b";</p>",
        b"Content-Type: text/html\n\n<![x[<![",
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n\xff",
        b"Date: Tue, 99 Nov 99999 10:00:00 +9999\n\n<a@b.example>: 553 5.7.1 no",
    ],
)
def test_a_hostile_mail_raises_nothing(hostile: bytes) -> None:
    bounces.read(FROM_A_DAEMON + hostile)


def filled(piece: bytes) -> bytes:
    return piece * (mails.LONGEST // len(piece))


PLAIN = FROM_A_DAEMON + b"\n"
PAGE = FROM_A_DAEMON + b"Content-Type: text/html\n\n"
EVIL = {
    "parts in parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)
    ),
    "open parts and many lines": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(45)
    )
    + filled(b"\n"),
    "mails in mails": filled(b"Content-Type: message/rfc822\n\n"),
    "reports in reports": filled(b"Content-Type: message/delivery-status\n\n"),
    "recipients": PLAIN + filled(b"<a@b.example>:\n553 5.7.1 no\n\n"),
    "different recipients": PLAIN + b"".join(b"<a%d@b.example>:\n553 no\n\n" % n for n in range(30_000)),
    "groups of fields": FROM_A_DAEMON
    + b"Content-Type: message/delivery-status\n\n"
    + filled(b"Final-Recipient: a@b\n\n"),
    "parameters": FROM_A_DAEMON + b"Content-Type: multipart/mixed; " + filled(b"a;b=c;") + b"\n\nx",
    "parameters on many lines": FROM_A_DAEMON
    + b"Content-Type: multipart/mixed;"
    + filled(b"\n a;b=c;")
    + b"\n\nx",
    "a comment in an address": filled(b"(").join([b"From: ", b"\nTo: a\n\nx"]),
    "addresses": FROM_A_DAEMON + b"X-Failed-Recipients: " + filled(b"a@b.example, ") + b"\n\nx",
    "encoded words": FROM_A_DAEMON + b"Subject: " + filled(b"=?a?q?") + b"\n\nx",
    "tags without an end": PAGE + filled(b"<a "),
    "attributes without an end": PAGE + filled(b"<a b='"),
    "comments without an end": PAGE + filled(b"<!--"),
    "lines": filled(b"\n"),
    "carriage returns": filled(b"\r"),
    "quotation marks": PLAIN + filled(b"> "),
    "at signs": PLAIN + filled(b"a@"),
    "one line of addresses": PLAIN + filled(b"a@b.example "),
    "hosts": PLAIN + filled(b"host a."),
    "copies of copies": PLAIN + filled(b"-----Original Message-----\n"),
    "headers in the text": PLAIN + filled(b"\nX-A: b\nReceived: x\n"),
}


@pytest.mark.parametrize("name", EVIL)
def test_no_mail_takes_long(name: str) -> None:
    begin = process_time()
    found = bounces.read(EVIL[name])
    took = process_time() - begin

    assert took < 2  # most take a twentieth of this; what is not linear takes minutes
    assert len(found) <= 200
    assert all(len(one.reply or "") <= 2_000 for one in found)
