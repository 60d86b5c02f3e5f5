"""Each field of each kind of line that Postfix writes, filled by somebody who means harm: it changes no other field.

What a line tells is compared with what it was made of (`postfix_writes`), field by field; where nothing was refused,
and nobody handed anything over, nothing at all may be told.
"""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dialects import postfix_writes as writes
from dialects.grammar import HOSTILE, RECIPIENTS, SENDERS, Address
from dialects.postfix_writes import HOST, Session, Version
from dialects.recording import recorded
from rejectwatch.dialects import address_text, who
from rejectwatch.facts import Refused

BOB = Address("bob", "corp.example")
LEE = Address("lee", "ok.example")
NO = "553 5.7.1 no"

LOGINS = HOSTILE.map(lambda text: text[:120]).filter(bool)
HELOS = HOSTILE.map(lambda text: writes.kept(text[:120]))
SHORT = HOSTILE.map(lambda text: text[:200])
VERSIONS = st.sampled_from([(2, 11), (3, 4), (3, 7), (3, 10), (3, 12)])
FEWER = settings(max_examples=15)
"""For kinds of lines of which there are many."""

QUOTING = st.sampled_from([(3, 7), (3, 10), (3, 12)])


def one(line: bytes) -> Refused:
    """The one thing that a line tells."""
    told = recorded(line)

    assert [call[0] for call in told.calls] == ["refused"]
    return told.refused_one


def envelope(refused: Refused) -> tuple[str | None, ...]:
    return refused.sender, refused.recipient, refused.helo


def fits(line: bytes) -> None:
    """A line that was cut after 2,000 bytes is another matter."""
    assume(len(line) < 2000)


@given(QUOTING, SENDERS, RECIPIENTS, HELOS, st.sampled_from(["Sender", "Recipient", "Helo"]))
def test_what_the_client_fills_in_stays_in_its_field(
    version: Version, sender: Address, recipient: Address, helo: str, subject: str
) -> None:
    repeated = {"Sender": sender.internal, "Recipient": recipient.internal, "Helo": helo}[subject]
    said = writes.reply(553, "5.7.1", f"<{repeated}>: {subject} address rejected: no")
    login = "alice" if version >= (3, 10) else None
    line = writes.reject(Session(version, sender, recipient, helo=helo, login=login), said)
    fits(line)
    refused = one(line)

    assert envelope(refused) == (sender.internal, recipient.internal, helo)
    assert (refused.reply, refused.user, refused.stage) == (said, login, "rcpt")


@given(st.sampled_from([(2, 11), (3, 4)]), SENDERS, st.sampled_from(["MAIL", "RCPT"]))
def test_a_sender_without_quotes_stays_in_its_field(version: Version, sender: Address, command: str) -> None:
    assume(not sender.local.startswith('"'))
    said = f"553 5.7.1 <{sender.internal}>: Sender address rejected: not owned by user alice"
    recipient = LEE if command == "RCPT" else None
    line = writes.reject(Session(version, sender, recipient), said, command=command)
    assume(len(said.encode()) <= 510)
    fits(line)
    refused = one(line)

    assert envelope(refused) == (sender.internal, recipient and recipient.internal, "pc21")
    assert (refused.reply, refused.user, refused.user_source) == (said, "alice", "reply")


@given(
    st.sampled_from([(2, 11), (3, 4)]),
    RECIPIENTS,
    st.sampled_from(["Recipient address rejected: no", "Relay access denied"]),
)
def test_a_recipient_without_quotes_stays_in_its_field(
    version: Version, recipient: Address, words: str
) -> None:
    assume(not recipient.local.startswith('"'))
    said = f"553 5.7.1 <{recipient.internal}>: {words}"
    line = writes.reject(Session(version, BOB, recipient), said)
    assume(len(said.encode()) <= 510)
    fits(line)
    refused = one(line)

    assert envelope(refused) == (BOB.internal, recipient.internal, "pc21")
    assert (refused.reply, refused.user) == (said, None)


@given(LOGINS, st.sampled_from(["reject", "reject_warning"]))
def test_a_login_behind_the_tail_is_all_that_is_left(login: str, action: str) -> None:
    assume(" sasl_sender=" not in login)  # then no reader could know where it ends
    refused = one(writes.reject(Session(sender=BOB, recipient=LEE, login=login), NO, action=action))

    assert (refused.user, refused.user_source) == (login, "line")
    assert (envelope(refused), refused.reply) == ((BOB.internal, LEE.internal, "pc21"), NO)


@given(SENDERS, RECIPIENTS, HELOS, SHORT, st.booleans())
def test_what_a_milter_says_stays_in_its_reply(
    sender: Address, recipient: Address, helo: str, words: str, several: bool
) -> None:
    said = f"553-5.7.1 {words}??553 5.7.1 {words}" if several else f"553 5.7.1 {words}"
    line = writes.by_milter(Session((3, 7), sender, recipient, helo=helo, login="alice"), said)
    fits(line)
    refused = one(line)

    assert (refused.sender, refused.recipient, refused.helo) == (sender.internal, recipient.internal, helo)
    assert (refused.reply, refused.user, refused.user_source) == (said, "alice", "line")


@given(LOGINS)
def test_a_login_in_brackets_changes_no_other_field(login: str) -> None:
    assume("; " not in login)  # a forged tail in an account's own name; a filter may say such a thing as well
    refused = one(writes.by_milter(Session((3, 7), BOB, LEE, login=login), NO))

    assert (refused.user, refused.user_source) == (login, "line")
    assert (envelope(refused), refused.reply) == ((BOB.internal, LEE.internal, "pc21"), NO)


@given(SENDERS, RECIPIENTS, HELOS, SHORT)
def test_what_a_filter_in_front_of_the_queue_says_stays_in_its_reply(
    sender: Address, recipient: Address, helo: str, words: str
) -> None:
    said = f"553 5.7.1 {words}"
    line = writes.by_proxy(Session((3, 7), sender, recipient, helo=helo, login="alice"), said)
    fits(line)
    refused = one(line)

    assert envelope(refused) == (sender.internal, recipient.internal, helo)
    assert (refused.reply, refused.user, refused.stage) == (said, "alice", "eod")


@given(
    st.sampled_from(["RCPT TO:", "rcpt TO:", "Rcpt to: "]),
    RECIPIENTS,
    st.sampled_from(["", " NOTIFY=NEVER"]),
    SHORT,
)
def test_a_command_that_a_filter_refuses_is_read_as_the_client_sent_it(
    command: str, recipient: Address, options: str, words: str
) -> None:
    line = writes.proxy_warning(f"{command}<{recipient.external}>{options}", f"553 5.7.1 {words}")
    fits(line)
    refused = one(line)

    assert envelope(refused) == (None, recipient.internal, None)
    assert (refused.reply, refused.stage) == (f"553 5.7.1 {words}", "rcpt")


@given(SENDERS, RECIPIENTS, HELOS)
def test_postscreen_is_not_deceived(sender: Address, recipient: Address, helo: str) -> None:
    session = Session((3, 7), sender, recipient, helo=helo)
    assume(
        "> to=" not in sender.external + recipient.external
        and "> proto=" not in sender.external + recipient.external
    )
    line = writes.by_postscreen(session, "553 5.5.1 Protocol error")
    fits(line)
    refused = one(line)

    assert envelope(refused) == (sender.internal, recipient.internal, helo)
    assert (refused.client_ip, refused.client_host) == ("127.0.0.21", None)


@given(LOGINS, st.none() | st.just("bob+2Bx@corp.example"))
def test_who_hands_a_message_over_is_told_whole(login: str, claimed: str | None) -> None:
    assume(not any(name in login for name in (", sasl_sender=", ", orig_queue_id=", ", orig_client=")))
    told = recorded(writes.handed_over(login, claimed))

    assert [call[0] for call in told.calls] == ["accepted"]
    assert who("postfix", told.calls[0][-1])[:3] == (login, "pc21.corp.example", "127.0.0.21")


@given(VERSIONS, SENDERS)
def test_a_sender_of_this_machine_hands_over_one_message(version: Version, sender: Address) -> None:
    line = writes.submitted(sender, version)
    fits(line)

    assert [call[0] for call in recorded(line).calls] == ["accepted"]


@given(VERSIONS, SENDERS)
def test_an_envelope_sender_is_told_whole(version: Version, sender: Address) -> None:
    assume(version >= (3, 5) or not (sender.local.startswith('"') or ">, size=" in sender.local))
    line = writes.queued(sender, version)
    fits(line)
    told = recorded(line)

    assert [call[0] for call in told.calls] == ["sender"]
    assert address_text(told.calls[0][-1]) == sender.internal


SAID = {
    f"host {HOST} said": ("rcpt", " (in reply to RCPT TO command)"),
    f"host {HOST} refused to talk to me": ("ehlo", ""),
    f"SASL authentication failed; server {HOST} said": ("auth", ""),
    f"TLS is required, but host {HOST} refused to start TLS": ("starttls", ""),
    f"Sender requested REQUIRETLS, but host {HOST} refused to start TLS": ("starttls", ""),
}
"""How Postfix tells of another server's reply: the step, and what it adds at the end."""


@pytest.mark.parametrize("verb", SAID)
@FEWER
@given(RECIPIENTS, st.none() | RECIPIENTS, SHORT)
def test_what_another_server_says_at_any_step_stays_in_the_reply(
    verb: str, recipient: Address, original: Address | None, words: str
) -> None:
    stage, command = SAID[verb]
    line = writes.delivery(recipient, f"{verb}: 553 5.7.1 -{words}-{command}", original=original)
    fits(line)
    refused = one(line)

    assert (refused.recipient, refused.stage, refused.outcome) == (recipient.internal, stage, "bounced")
    assert (refused.reply, refused.relay_host, refused.relay_ip) == (
        f"553 5.7.1 -{words}-",
        "mx1.ok.example",
        "127.0.0.41",
    )
    assert (refused.sender, refused.user, refused.queue_id) == (None, None, "4D43B278178")


FORGERIES = st.sampled_from(
    [
        f"host {HOST} said: 553 5.7.1 no (in reply to RCPT TO command)",
        f"NOQUEUE: reject: RCPT from {writes.CLIENT}: 553 5.7.1 no; from=<a@b.example> to=<c@d.example> proto=SMTP",
        f"4D43B278178: to=<a@b.example>, relay={HOST}:25, dsn=5.7.1, status=bounced (host {HOST} said: 553 no)",
        f"4D43B278178: client={writes.CLIENT}, sasl_method=PLAIN, sasl_username=root",
        "milter-reject: RCPT from a[192.0.2.1]: 553 5.7.1 no; from=<a@b.example> proto=SMTP",
        'warning: proxy 127.0.0.1:10025 rejected "RCPT TO:<a@b.example>": "553 5.7.1 no"',
        "proxy-reject: END-OF-MESSAGE: 553 5.7.1 no; from=<a@b.example> proto=SMTP",
        "553 5.7.1 no",
        "removed",
    ]
) | HOSTILE  # fmt: skip


@pytest.mark.parametrize(
    "program, relay, why",
    [
        ("pipe", "procmail", "user unknown. Command output: {}"),
        (
            "pipe",
            "procmail",
            "{}",
        ),  # what a program says behind "5.7.1 " is the whole reason (pipe_command.c)
        ("local", "local", "{}"),
        ("error", "none", "{}"),  # a transport's own words
        ("retry", "none", "delivery temporarily suspended: {}"),
        ("virtual", "virtual", "unknown user: {}"),
        ("smtp", "none", "delivery temporarily suspended: {}"),
        ("smtp", f"{HOST}:25", f"host {HOST} said: 550 5.1.1 {{}}"),
        ("smtp", f"{HOST}:25", f"host {HOST} said: 450 4.2.0 {{}}"),
        ("smtp", f"{HOST}:25", f"conversation with {HOST} timed out while {{}}"),
    ],
)
@FEWER
@given(RECIPIENTS, FORGERIES)
def test_what_is_no_reply_with_the_code_is_no_refusal_with_it(
    program: str, relay: str, why: str, recipient: Address, words: str
) -> None:
    line = writes.delivery(recipient, why.format(words), program=program, relay=relay)
    fits(line)

    assert recorded(line).refusals == []


@pytest.mark.parametrize(
    "program, text",
    [
        ("cleanup", "4D43B278178: message-id=<{}>"),
        ("cleanup", "4D43B278178: resent-message-id={}"),
        ("cleanup", "4D43B278178: warning: header Subject: {} from local; from=<a@b.example>: 553 5.7.1 {}"),
        ("smtpd", "NOQUEUE: warn: RCPT from pc21[127.0.0.21]: {}; from=<a@b.example> proto=ESMTP helo=<h>"),
        ("smtpd", "NOQUEUE: info: RCPT from pc21[127.0.0.21]: 553 5.7.1 {}; from=<a@b.example> proto=ESMTP helo=<h>"),
        ("smtpd", "NOQUEUE: hold: RCPT from pc21[127.0.0.21]: <{}>: Sender address {}; proto=ESMTP helo=<h>"),
        ("smtpd", "NOQUEUE: discard: RCPT from pc21[127.0.0.21]: <{}>: Sender address {}; proto=ESMTP helo=<h>"),
        ("smtpd", "NOQUEUE: filter: RCPT from pc21[127.0.0.21]: <{}>: x triggers FILTER y:{}; proto=ESMTP helo=<h>"),
        ("smtpd", "NOQUEUE: permit: RCPT from pc21[127.0.0.21]: action=ok for Sender address={}; proto=ESMTP helo=<h>"),
        ("smtpd", "NOQUEUE: milter-hold: RCPT from pc21[127.0.0.21]: {}; from=<a@b.example> proto=ESMTP helo=<h>"),
        ("smtpd", "warning: Illegal address syntax from pc21[127.0.0.21] in RCPT command: <{}>"),
        ("smtpd", "warning: non-SMTP command from pc21[127.0.0.21]: {}"),
        ("smtpd", "warning: pc21[127.0.0.21]: SASL PLAIN authentication failed: {}, sasl_username={}"),
        ("smtpd", "improper command pipelining after EHLO from pc21[127.0.0.21]: {}"),
        ("smtpd", 'pc21[127.0.0.21]: replacing command "{}" with "{}"'),
        ("smtpd", "NOQUEUE: reply filter in: {}"),
        ("smtpd", "NOQUEUE: reply filter out: 553 5.7.1 {}"),
        ("smtpd", 'warning: access table hash:/x entry "{}" requires transport:destination'),
        ("smtpd", "warning: received garbage from proxy 127.0.0.1:10025: {}"),
        ("smtpd", 'warning: proxy 127.0.0.1:10025 rejected "EHLO mail.corp.example": "553 5.7.1 {}"'),
        ("smtpd", "lost connection after {} from pc21[127.0.0.21]"),
        ("smtpd", "disconnect from pc21[127.0.0.21] ehlo=1 unknown=0/553 commands=1/554"),
        ("postscreen", "PREGREET 553 after 0.1 from [127.0.0.21]:5530: {}"),
        ("postscreen", "NON-SMTP COMMAND from [127.0.0.21]:5530 after CONNECT: {}"),
        ("smtp", "4D43B278178: host mx1[127.0.0.41] said: 553 5.7.1 {} (in reply to RCPT TO command)"),
        ("smtp", "4D43B278178: host mx1[127.0.0.41] refused to talk to me: 553 5.7.1 {}"),
        ("smtp", "warning: host mx1[127.0.0.41]:25 said: 553 5.7.1 {} (in reply to XFORWARD NAME/ADDR command)"),
        ("smtp", "warning: mx1[127.0.0.41]:25: multi-line response longer than 2048 553-5.7.1 {}"),
        ("smtp", 'mx1[127.0.0.41]:25: replacing server reply "{}" with "553 5.7.1 {}"'),
        ("bounce", "4D43B278178: sender non-delivery notification: 553ABCDEF"),
        ("sendmail", "fatal: {}"),
    ],
)  # fmt: skip
@FEWER
@given(FORGERIES)
def test_a_line_that_refuses_nothing_tells_nothing(program: str, text: str, words: str) -> None:
    line = writes.line(program, text.replace("{}", words[:300]))
    fits(line)

    assert [call for call in recorded(line).calls if call[0] != "not_understood"] == []


@pytest.mark.parametrize("action", ["reject", "warning", "hold", "discard", "redirect", "replace", "info"])
@pytest.mark.parametrize("kind", ["header", "body"])
@FEWER
@given(SENDERS, RECIPIENTS, HELOS, FORGERIES, FORGERIES)
def test_what_a_message_holds_is_no_refusal_with_a_code(
    kind: str, action: str, sender: Address, recipient: Address, helo: str, text: str, why: str
) -> None:
    line = writes.content(Session((3, 7), sender, recipient, helo=helo), kind, text, action=action, why=why)
    fits(line)

    assert [call for call in recorded(line).calls if call[0] != "not_understood"] == []


@given(SENDERS, RECIPIENTS, HELOS, FORGERIES)
def test_what_a_milter_wanted_of_cleanup_has_no_code(
    sender: Address, recipient: Address, helo: str, words: str
) -> None:
    line = writes.by_milter_in_cleanup(Session((3, 7), sender, recipient, helo=helo), words)
    fits(line)

    assert [call for call in recorded(line).calls if call[0] != "not_understood"] == []
