"""Exim: in each field of each kind of line, hostile text changes no other field, and lines that refuse nothing stay so."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialects import exim_grammar, grammar
from dialects.exim_grammar import (
    CLIENTS,
    MESSAGE,
    NAMED,
    PLAIN_HELOS,
    QUOTED,
    UNTIL_REJECTED,
    WORDS,
    Client,
    failed,
    logged,
    printed,
    rejected,
)
from dialects.grammar import EXIM, HOSTILE, Address
from dialects.recording import recorded
from rejectwatch.dialects import address_text, who
from rejectwatch.facts import Refused, Who

CODES = frozenset({550, 551, 553, 554})
LOGINS = HOSTILE.filter(lambda login: not re.search(r".:[^:\s@]{1,200}@[^:\s@]{1,255}$", login))
"""Without what looks like the sender that +smtp_mailauth puts behind a login: there the log does not tell which it is."""


BOB = Address("bob", "corp.example")


def refused(log: bytes) -> Refused:
    return recorded(log, CODES).refused_one


SENDERS = grammar.SENDERS.filter(lambda address: len(address.external.encode()) < 95)
RECIPIENTS = grammar.RECIPIENTS.filter(lambda address: len(address.external.encode()) < 95)
"""Exim 4.95 and later cut longer ones in a refusal: they have a test of their own."""


def client(told: Refused) -> tuple[object, ...]:
    return told.client_host, told.client_ip, told.helo


@given(EXIM, CLIENTS, SENDERS, RECIPIENTS, st.none() | HOSTILE, UNTIL_REJECTED)
def test_a_recipient_that_we_refuse(
    prefix: str, peer: Client, sender: Address, recipient: Address, login: str | None, words: str
) -> None:
    step = f"RCPT <{recipient.external}>"
    told = refused(rejected(prefix, peer, step, f"550 5.7.1 {words}-", sender=sender, login=login))

    assert client(told) == peer.told
    assert (told.sender, told.recipient, told.user) == (sender.internal, recipient.internal, login)
    assert (told.stage, told.code, told.reply) == ("rcpt", 550, f"550 5.7.1 {words}-")


@given(EXIM, CLIENTS, SENDERS, LOGINS.filter(lambda login: " rejected after DATA: " not in login), WORDS)
def test_a_message_that_we_refuse_after_data(
    prefix: str, peer: Client, sender: Address, login: str, words: str
) -> None:
    log = rejected(
        prefix, peer, "after DATA", f"550 5.7.1 {words}-", sender=sender, login=login, message=MESSAGE
    )
    told = refused(log)

    assert client(told) == peer.told
    assert (told.sender, told.recipient, told.user) == (sender.internal, None, login)
    assert (told.queue_id, told.stage, told.reply) == (MESSAGE, "eod", f"550 5.7.1 {words}-")


@given(EXIM, CLIENTS, SENDERS, WORDS)
def test_a_sender_that_we_refuse(prefix: str, peer: Client, sender: Address, words: str) -> None:
    told = refused(rejected(prefix, peer, f"MAIL <{sender.external}>", f"550 5.1.8 {words}-"))

    assert client(told) == peer.told
    assert (told.sender, told.recipient, told.stage) == (sender.internal, None, "mail")
    assert told.reply == f"550 5.1.8 {words}-"


@pytest.mark.parametrize(
    "step, stage",
    [
        ("DATA", "data"),
        ("DKIM ", "eod"),
        ("during MIME ACL checks", "eod"),
        ("STARTTLS ", "starttls"),
        ("AUTH PLAIN", "auth"),
        ('connection in "connect" ACL', "connect"),
    ],
)
@given(prefix=EXIM, peer=CLIENTS, words=WORDS)
def test_a_step_that_we_refuse(step: str, stage: str, prefix: str, peer: Client, words: str) -> None:
    told = refused(rejected(prefix, peer, step, f"550 5.7.1 {words}-"))

    assert client(told) == peer.told
    assert (told.sender, told.recipient, told.user) == (None, None, None)
    assert (told.stage, told.reply) == (stage, f"550 5.7.1 {words}-")


@given(EXIM, NAMED)
def test_a_name_in_a_certificate(prefix: str, peer: Client) -> None:
    step = "RCPT <lee@ok.example>"
    told = refused(rejected(prefix, peer, step, "550 5.7.1 no", sender=BOB, login="alice"))

    assert client(told) == peer.told
    assert (told.sender, told.recipient, told.user) == (BOB.internal, "lee@ok.example", "alice")
    assert told.reply == "550 5.7.1 no"


@given(EXIM, exim_grammar.JUNK, SENDERS, RECIPIENTS)
def test_a_helo_that_nobody_has_checked(prefix: str, helo: str, sender: Address, recipient: Address) -> None:
    peer = Client(helo=helo)
    told = refused(rejected(prefix, peer, f"RCPT <{recipient.external}>", "550 5.7.1 no", sender=sender))

    assert client(told) == peer.told
    assert (told.sender, told.recipient, told.user) == (sender.internal, recipient.internal, None)
    assert told.reply == "550 5.7.1 no"


@given(EXIM, exim_grammar.JUNK)
def test_a_helo_that_we_refuse(prefix: str, helo: str) -> None:
    peer = Client(helo=helo)
    told = refused(rejected(prefix, peer, f"EHLO or HELO {helo}", "550 5.7.1 no"))

    assert client(told) == peer.told
    assert (told.stage, told.reply) == ("ehlo", "550 5.7.1 no")


@given(EXIM, CLIENTS, SENDERS, RECIPIENTS, WORDS)
def test_what_another_server_answers_to_our_question(
    prefix: str, peer: Client, sender: Address, recipient: Address, words: str
) -> None:
    answer = f"SMTP error from remote mail server after RCPT TO:<{printed(recipient)}>: 550 5.1.1 {words}-"
    step = f"RCPT <{recipient.external}>"
    told = refused(rejected(prefix, peer, step, f"mx.p.example [198.51.100.41] : {answer}", sender=sender))

    assert client(told) == peer.told
    assert (told.sender, told.recipient) == (sender.internal, recipient.internal)
    assert (told.outcome, told.relay_host, told.relay_ip) == ("probed", "mx.p.example", "198.51.100.41")
    assert told.reply == f"550 5.1.1 {words}-"


@given(EXIM, PLAIN_HELOS, SENDERS, WORDS)
def test_what_another_server_answers_about_a_sender(
    prefix: str, helo: str, sender: Address, words: str
) -> None:
    answer = f"SMTP error from remote mail server after RCPT TO:<{printed(sender)}>: 550 5.1.1 {words}-"
    peer = Client(helo=helo)
    line = f"{prefix}H={peer.full} sender verify fail for <{sender.external}>: mx.p.example [198.51.100.41] : {answer}\n"
    told = refused(line.encode())

    assert client(told) == peer.told
    assert (told.sender, told.recipient) == (sender.internal, sender.internal)
    assert (told.outcome, told.relay_ip, told.reply) == ("probed", "198.51.100.41", f"550 5.1.1 {words}-")


STEPS = {
    "initial connection": "connect",
    "EHLO mail.corp.example": "ehlo",
    "pipelined MAIL FROM:<{sender}> SIZE=553": "mail",
    "RCPT TO:<{recipient}>": "rcpt",
    "DATA": "data",
    "pipelined end of data": "eod",
}


@pytest.mark.parametrize("step", STEPS)
@given(
    prefix=EXIM,
    arrow=st.sampled_from(["**", "=="]),
    sender=SENDERS,
    recipient=RECIPIENTS,
    parents=st.sampled_from(["", " (staff@corp.example, all@corp.example)"]),
    name=QUOTED,
    words=WORDS,
    took=st.sampled_from(["", " DT=0.553s"]),
)
def test_what_another_server_refuses(
    step: str,
    prefix: str,
    arrow: str,
    sender: Address,
    recipient: Address,
    parents: str,
    name: str,
    words: str,
    took: str,
) -> None:
    said = step.format(sender=printed(sender), recipient=printed(recipient))
    fields = f' X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no DN="{name}"'
    log = failed(prefix, arrow, logged(recipient, parents), said, f"550 5.1.1 {words}-{took}", fields=fields)
    told = refused(log)

    assert (told.recipient, told.queue_id, told.sender, told.user) == (
        recipient.internal,
        MESSAGE,
        None,
        None,
    )
    assert (told.relay_host, told.relay_ip) == ("mx.p.example", "198.51.100.41")
    assert (told.stage, told.outcome) == (STEPS[step], "bounced" if arrow == "**" else "deferred")
    assert told.reply == f"550 5.1.1 {words}-"


@given(EXIM, SENDERS, RECIPIENTS, WORDS)
def test_the_sender_that_a_delivery_names(
    prefix: str, sender: Address, recipient: Address, words: str
) -> None:
    to = f"{logged(recipient)} F=<{sender.external}> P=<{sender.external}>"
    told = refused(failed(prefix, "**", to, "DATA", f"550 5.1.1 {words}-"))

    assert (told.sender, told.recipient) == (sender.internal, recipient.internal)
    assert told.reply == f"550 5.1.1 {words}-"


@given(EXIM, st.sampled_from(["=>", "->", ">>"]), RECIPIENTS, QUOTED)
def test_what_another_server_says_to_a_message_that_it_takes(
    prefix: str, arrow: str, recipient: Address, words: str
) -> None:
    route = "R=dnslookup T=remote_smtp H=mx.p.example [198.51.100.41]"
    log = f'{prefix}{MESSAGE} {arrow} {logged(recipient)} {route} C="250 {words}"\n'.encode()
    told = recorded(log, CODES)

    assert [call[0] for call in told.calls] == ["delivered"]
    assert address_text(told.of("delivered")[0][-1]) == recipient.internal


@given(EXIM, CLIENTS, SENDERS, LOGINS, QUOTED, RECIPIENTS)
def test_who_hands_a_message_over(
    prefix: str, peer: Client, sender: Address, login: str, subject: str, recipient: Address
) -> None:
    head = f"{prefix}{MESSAGE} <= {sender.external} H={peer.full} P=esmtpsa{peer.tls} A=plain:{login}"
    told = recorded(f'{head} S=331 id=x@y T="{subject}" for {recipient.external}\n'.encode(), CODES)

    assert [call[0] for call in told.calls] == ["accepted", "sender"]
    assert who("exim", told.of("accepted")[0][-1]) == Who(login, peer.told[0], peer.told[1], peer.told[2])
    assert address_text(told.of("sender")[0][-1]) == sender.internal


@given(EXIM, exim_grammar.JUNK)
def test_a_helo_of_junk_brings_no_login(prefix: str, helo: str) -> None:
    log = f"{prefix}{MESSAGE} <= bob@corp.example H=pc (" + helo + ") [192.0.2.22] P=esmtp S=331\n"
    told = recorded(log.encode(), CODES)

    assert who("exim", told.of("accepted")[0][-1]) == Who(None, "pc", "192.0.2.22", helo)


NOTHING = {
    "a syntax error": 'SMTP syntax error in "{}" H=(k3) [192.0.2.22] unrecognized command',
    "a protocol error": 'SMTP protocol error in "{}" H=(k3) [192.0.2.22] AUTH command used when not advertised',
    "a bad HELO": "rejected EHLO from [192.0.2.22]: syntactically invalid argument(s): {}",
    "another name": 'rejected "EHLO {}" from (k3) [192.0.2.22]',
    "an impatient client": 'SMTP protocol synchronization error (input sent without waiting for greeting): rejected connection from H=[192.0.2.22] input="{}"',
    "too many errors": 'SMTP call from (k3) [192.0.2.22] dropped: too many syntax or protocol errors (last command was "{}")',
    "a wrong password": "plain authenticator failed for (k3) [192.0.2.22]: 535 Incorrect authentication data (set_id={})",
    "a warning": "H=(k3) [192.0.2.22] Warning: {}",
    "a recipient that is dropped": "H=(k3) [192.0.2.22] F=<a@corp.example> RCPT TO:<x@y.example>: discarded by RCPT ACL: {}",
    "a refusal put off": "H=(k3) [192.0.2.22] F=<a@corp.example> temporarily rejected RCPT <x@y.example>: {}",
    "a local scan": "1xVlMD-00002Y-0q F=a@corp.example H=(k3) [192.0.2.22] P=esmtp rejected by local_scan(): {}",
    "a program's output": "1xVlMD-00002Y-0q <x@corp.example>: address_pipe transport output: {}",
    "a program's end": "1xVlMD-00002Y-0q ** |/bin/x <x@corp.example> R=user T=address_pipe: Child process of address_pipe transport returned 69 from command: {}",
    "arguments": "cwd=/home/x 4 args: /usr/sbin/exim {}",
    "a host line": "1xVlMD-00002Y-0q H=mx.p.example [198.51.100.41]: SMTP error from remote mail server after initial connection: 553 {}",
    "a message that nobody gets": "1xVlMD-00002Y-0q => blackhole (DATA ACL discarded recipients): {}",
    "a fault in DNS": "no IP address found for host {} (during SMTP connection from [192.0.2.22])",
    "a signature": "1xVlMD-00002Y-0q DKIM: d={} s=553 [verification failed]",
    "a thing of the operator": "X {}",
}  # fmt: skip


@settings(max_examples=500)
@given(st.sampled_from(sorted(NOTHING)), EXIM, WORDS)
def test_a_line_that_refuses_nothing(line: str, prefix: str, words: str) -> None:
    told = recorded((prefix + NOTHING[line].format(words) + "\n").encode(), CODES)

    assert {call[0] for call in told.calls} <= {"not_understood"}
