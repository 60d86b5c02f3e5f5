"""Whatever a client or another server writes into its fields, it changes no other field and makes no facts."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dialects import grammar
from dialects.grammar import CODES, EXIM, HOSTILE, RECIPIENTS, SENDERS, SYSLOG, Address
from dialects.recording import Recording, recorded
from rejectwatch.dialects import address_text, who
from rejectwatch.facts import Refused

BOB = Address("bob", "corp.example")
LEE = Address("lee", "ok.example")


def only_refusal(told: Recording, code: str = "553") -> Refused | None:
    """The one refusal that a line tells; None if its code is another and no refusal is told."""
    kinds = [call[0] for call in told.calls]

    assert kinds == {"553": ["refused"], "550": ["other_refusal"], "450": []}[code]
    return told.refusals[0] if told.refusals else None


def client(refused: Refused) -> tuple[object, ...]:
    return refused.client_host, refused.client_ip, refused.stage, refused.outcome, refused.queue_id


PC21 = ("pc21.corp.example", "127.0.0.21", "rcpt", "rejected", None)


@given(SYSLOG, CODES, SENDERS, RECIPIENTS, HOSTILE)
def test_postfix_knows_whose_address_it_was(
    prefix: str, code: str, sender: Address, recipient: Address, helo: str
) -> None:
    line = grammar.postfix_reject(prefix=prefix, code=code, sender=sender, recipient=recipient, helo=helo)
    refused = only_refusal(recorded(line), code)
    if refused is None:
        return

    assert client(refused) == PC21
    assert (refused.sender, refused.recipient) == (sender.internal, recipient.internal)
    assert (refused.user, refused.user_source, refused.helo) == ("alice", "reply", grammar.neutered(helo))


@given(SENDERS, RECIPIENTS, HOSTILE, st.sampled_from(["sender", "recipient", "helo"]))
def test_postfix_finds_the_end_of_a_reply_about_any_of_them(
    sender: Address, recipient: Address, helo: str, subject: str
) -> None:
    line = grammar.postfix_reject(
        sender=sender, recipient=recipient, helo=helo, subject=subject, words="address rejected: because"
    )
    refused = only_refusal(recorded(line))

    assert refused is not None
    assert refused.reply.endswith(">: address rejected: because")
    assert (refused.sender, refused.recipient) == (sender.internal, recipient.internal)
    assert (refused.helo, refused.user) == (grammar.neutered(helo), None)


@given(SENDERS, RECIPIENTS, HOSTILE, st.sampled_from(["sender", "recipient", "helo", "none"]))
def test_postfix_3_10_has_the_login_behind_all_that_a_client_can_write(
    sender: Address, recipient: Address, helo: str, subject: str
) -> None:
    login = " sasl_method=PLAIN sasl_username=svc noreply sasl_sender=x@y"
    words = "address rejected: because"
    line = grammar.postfix_reject(
        sender=sender, recipient=recipient, helo=helo, subject=subject, words=words, login=login
    )
    refused = only_refusal(recorded(line))

    assert refused is not None
    assert (refused.user, refused.user_source) == ("svc noreply", "line")
    assert (refused.sender, refused.recipient) == (sender.internal, recipient.internal)


@given(HOSTILE)
def test_a_raw_helo_stays_in_its_field(helo: str) -> None:
    text = f"<{helo}>: Helo command rejected: no; proto=SMTP helo=<{helo}>"
    head = (
        "Nov 24 04:27:25 mail postfix/smtpd[249]: NOQUEUE: reject: EHLO from pc21.corp.example[127.0.0.21]: "
    )
    refused = only_refusal(recorded(f"{head}553 5.7.1 {text}\n".encode()))

    assert refused is not None
    assert (refused.helo, refused.user, refused.sender, refused.recipient) == (helo, None, None, None)


@given(SENDERS, RECIPIENTS, HOSTILE)
def test_a_milter_has_the_login_in_brackets(sender: Address, recipient: Address, helo: str) -> None:
    line = grammar.postfix_reject(
        sender=sender,
        recipient=recipient,
        helo=helo,
        kind="milter-reject",
        subject="none",
        words=f"milter: {sender.internal} not allowed",
        login=" sasl_username=<alice>",
    )
    refused = only_refusal(recorded(line))

    assert refused is not None
    assert (refused.user, refused.user_source) == ("alice", "line")
    assert (refused.sender, refused.recipient) == (sender.internal, recipient.internal)


@given(HOSTILE)
def test_a_strange_login_of_postfix_changes_no_address(login: str) -> None:
    line = grammar.postfix_reject(words=f"Sender address rejected: not owned by user {login}")
    refused = only_refusal(recorded(line))

    assert refused is not None
    assert (refused.sender, refused.recipient, refused.helo) == (BOB.internal, LEE.internal, "pc21")
    assert (refused.user, refused.user_source) == (login, "reply")


@given(
    SYSLOG,
    RECIPIENTS,
    st.none() | RECIPIENTS,
    CODES,
    HOSTILE,
    st.sampled_from(["said", "refused to talk to me"]),
)
def test_what_another_server_says_to_postfix_stays_in_the_reply(
    prefix: str, recipient: Address, original: Address | None, code: str, words: str, verb: str
) -> None:
    command = " (in reply to RCPT TO command)" if verb == "said" else ""
    why = f"bounced (host mx1.ok.example[127.0.0.41] {verb}: {code} 5.7.1 -{words}-{command})"
    line = grammar.postfix_delivery(prefix=prefix, recipient=recipient, original=original, status=why)
    refused = only_refusal(recorded(line), code)
    if refused is None:
        return

    assert (refused.recipient, refused.queue_id, refused.outcome) == (
        recipient.internal,
        "0D5B6278184",
        "bounced",
    )
    assert (refused.relay_host, refused.relay_ip) == ("mx1.ok.example", "127.0.0.41")
    assert (refused.reply, refused.stage) == (f"553 5.7.1 -{words}-", "rcpt" if verb == "said" else "ehlo")


@given(SYSLOG, RECIPIENTS, st.none() | RECIPIENTS, HOSTILE)
def test_a_delivery_by_postfix_is_one_whatever_the_other_server_says(
    prefix: str, recipient: Address, original: Address | None, words: str
) -> None:
    told = recorded(
        grammar.postfix_delivery(
            prefix=prefix, recipient=recipient, original=original, status=f"sent (250 {words})"
        )
    )

    assert [call[0] for call in told.calls] == ["delivered"]
    assert address_text(told.calls[0][-1]) == recipient.internal


@given(SYSLOG, SENDERS)
def test_a_sender_of_postfix_is_one_fact(prefix: str, sender: Address) -> None:
    line = (
        f"{prefix}postfix/qmgr[248]: 4D43B278178: from=<{sender.external}>, size=5, nrcpt=1 (queue active)\n"
    )
    told = recorded(line.encode())

    assert [call[0] for call in told.calls] == ["sender"]
    assert address_text(told.calls[0][-1]) == sender.internal


@given(SYSLOG, HOSTILE)
def test_a_login_of_postfix_is_one_fact(prefix: str, login: str) -> None:
    tail = f"pc21.corp.example[127.0.0.21], sasl_method=PLAIN, sasl_username={login}"
    told = recorded(f"{prefix}postfix/smtpd[249]: 4D43B278178: client={tail}\n".encode())

    assert [call[0] for call in told.calls] == ["accepted"]
    assert who("postfix", told.calls[0][-1])[1:] == ("pc21.corp.example", "127.0.0.21", None)


ACL_WORDS = HOSTILE.map(lambda words: words.replace(" rejected ", " refused "))
"""An operator's own words; what they repeat of a client are addresses. A server that accepts any login needs that."""


UNCUT = RECIPIENTS.filter(lambda recipient: len(recipient.external.encode()) < 99)
"""Exim 4.95 and later cut a longer one in a refusal."""


@given(EXIM, SENDERS, HOSTILE, UNCUT, CODES, ACL_WORDS)
def test_exim_knows_whose_address_it_was(
    prefix: str, sender: Address, login: str, recipient: Address, code: str, words: str
) -> None:
    line = grammar.exim_reject(
        prefix=prefix, sender=sender, login=login, recipient=recipient, reply=f"{code} 5.7.1 {words}"
    )
    refused = only_refusal(recorded(line), code)
    if refused is None:
        return

    assert client(refused) == ("pc22.corp.example", "127.0.0.22", "rcpt", "rejected", None)
    assert (refused.sender, refused.recipient) == (sender.internal, recipient.internal)
    assert (refused.user, refused.user_source, refused.helo) == (login, "line", "k3")
    assert refused.reply == f"553 5.7.1 {words}"


@given(EXIM, RECIPIENTS, CODES, HOSTILE)
def test_what_another_server_says_to_exim_stays_in_the_reply(
    prefix: str, recipient: Address, code: str, words: str
) -> None:
    line = grammar.exim_delivery(prefix=prefix, recipient=recipient, reply=f"{code} 5.7.1 {words}-")
    refused = only_refusal(recorded(line), code)
    if refused is None:
        return

    assert (refused.recipient, refused.queue_id) == (recipient.internal, "1xVlMD-00002Y-0q")
    assert (refused.outcome, refused.stage, refused.user) == ("bounced", "rcpt", None)
    assert (refused.relay_host, refused.relay_ip) == ("mx.ok.example", "127.0.0.41")
    assert refused.reply == f"553 5.7.1 {words}-"


@given(EXIM, st.sampled_from(["=>", "->"]), RECIPIENTS)
def test_a_delivery_by_exim_is_one_fact(prefix: str, arrow: str, recipient: Address) -> None:
    told = recorded(grammar.exim_delivery(prefix=prefix, arrow=arrow, recipient=recipient, reply=None))

    assert [call[0] for call in told.calls] == ["delivered"]
    assert address_text(told.calls[0][-1]) == recipient.internal


LOGINS = HOSTILE.filter(lambda login: not re.search(r".:[^:\s@]+@[^:\s@]+$", login))
"""Without what +smtp_mailauth puts behind a login: there the log does not tell which it is."""


@given(EXIM, SENDERS, LOGINS, HOSTILE)
def test_an_arrival_at_exim_tells_who_and_from_whom(
    prefix: str, sender: Address, login: str, subject: str
) -> None:
    told = recorded(grammar.exim_arrival(prefix=prefix, sender=sender, login=login, subject=subject))

    assert [call[0] for call in told.calls] == ["accepted", "sender"]
    assert who("exim", told.calls[0][-1]) == (login, "pc22.corp.example", "127.0.0.22", "k3")
    assert address_text(told.calls[1][-1]) == sender.internal


OURS = st.sampled_from(
    ["rejectwatch[77]: ", "rejectwatch[77]: <3>", "rejectwatch: ", "rejectwatch[77]: it said: "]
)


@given(SYSLOG | st.just(""), OURS, CODES, SENDERS, HOSTILE)
def test_our_own_log_is_no_mail_log_whatever_it_quotes(
    prefix: str, tag: str, code: str, sender: Address, words: str
) -> None:
    """It has the facility daemon, but somebody may send all facilities to one file, or our standard error."""
    status = f"bounced (host mx[192.0.2.1] said: {code} 5.7.1 {words})"
    quoted = (
        grammar.postfix_reject(code=code, sender=sender, helo=words),
        grammar.postfix_reject(code=code, sender=sender).partition(b" mail ")[2],
        b"  "
        + grammar.postfix_reject(code=code, sender=sender).partition(b"]: ")[2],  # a second line of ours
        grammar.postfix_delivery(status=status),
        grammar.exim_reject(sender=sender, reply=f"{code} 5.7.1 {words}"),
        grammar.exim_delivery(reply=f"{code} 5.7.1 {words}"),
    )

    assert [recorded(f"{prefix}{tag}".encode() + line).calls for line in quoted] == [[]] * len(quoted)
