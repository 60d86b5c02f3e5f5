"""Postfix, line by line. What the recorded logs prove is not proven again here."""

from __future__ import annotations

import pytest

from dialects.recording import recorded
from rejectwatch.dialects import who
from rejectwatch.facts import NOBODY, Who

TRADITIONAL = b"Nov 24 04:27:25 mail "
CLIENT = b"pc21.corp.example[127.0.0.21]"
REJECT = (
    b"NOQUEUE: reject: RCPT from pc21.corp.example[127.0.0.21]: 553 5.7.1 <bob@corp.example>: Sender address "
    b"rejected: not owned by user alice; from=<bob@corp.example> to=<x@ok.example> proto=ESMTP helo=<pc21>"
)
BOUNCE = (
    b"0D5B6278184: to=<lee@partner.example>, relay=mx1.partner.example[127.0.0.41]:25, delay=0.06, "
    b"delays=0/0/0/0.05, dsn=5.7.1, status=%s (host mx1.partner.example[127.0.0.41] %s)"
)


def line(text: bytes, tag: bytes = b"postfix/smtpd[249]") -> bytes:
    return TRADITIONAL + tag + b": " + text + b"\n"


def test_a_message_is_known_by_host_and_queue_id() -> None:
    said = recorded(line(b"4D43B278178: client=" + CLIENT))

    assert said.of("accepted") == [(b"Nov 24 04:27:25", "postfix", b"mail 4D43B278178", b"mail[249]", CLIENT)]


@pytest.mark.parametrize(
    "tag, relay, is_local",
    [
        (b"postfix/local[1]", b"local", True),
        (b"postfix/virtual[1]", b"virtual", True),
        (b"out/postfix/lmtp[1]", b"mail[private/dovecot-lmtp]", True),
        (b"postfix/pipe[1]", b"dovecot", True),
        (b"postfix/pipe[1]", b"spamfilter", False),
        (b"postfix/smtp[1]", b"mx.ok.example[192.0.2.60]:25", False),
        (b"postfix/relay/smtp[1]", b"mx.ok.example[192.0.2.60]:25", False),
    ],
)
def test_some_deliveries_end_in_a_mailbox_of_ours(tag: bytes, relay: bytes, is_local: bool) -> None:
    text = (
        b"4D43B278178: to=<bob@corp.example>, relay=" + relay + b", delay=1, dsn=2.0.0, status=sent (250 ok)"
    )

    assert recorded(line(text, tag)).into_mailboxes == ([b"bob@corp.example"] if is_local else [])


def test_a_process_is_known_by_host_and_pid_whatever_its_tag() -> None:
    log = line(b"connect from " + CLIENT) + line(b"connect from " + CLIENT, b"out/smtps/smtpd[249]")

    assert recorded(log).of("opened")[0] == ("postfix", b"mail[249]", CLIENT)
    assert {call[1] for call in recorded(log).of("opened")} == {b"mail[249]"}


def test_a_message_from_this_machine_begins_a_new_life_of_its_queue_id() -> None:
    said = recorded(line(b"ACC932781AA: uid=33 from=<www-data>", b"postfix/pickup[247]"))

    assert said.of("accepted") == [(b"Nov 24 04:27:25", "postfix", b"mail ACC932781AA", b"", b"")]


def test_a_proxy_without_a_queue_id_begins_no_message() -> None:
    assert recorded(line(b"NOQUEUE: client=" + CLIENT)).calls == [
        ("accepted", b"Nov 24 04:27:25", "postfix", b"", b"mail[249]", CLIENT)
    ]


def test_the_null_sender_is_empty() -> None:
    assert recorded(line(b"4D43B278178: from=<>, size=5, nrcpt=1 (queue active)")).of("sender") == [
        (b"mail 4D43B278178", b"")
    ]


@pytest.mark.parametrize("next_line", [b"", line(b"4D43B278178: removed"), line(b"5: from=<a@b>, x")])
@pytest.mark.parametrize(
    "text", [b"4D43B278178: from=<bob@co", b"4D43B278178: to=<bob@co", b"4D43B278178: from=<"]
)
def test_an_address_ends_on_its_line(text: bytes, next_line: bytes) -> None:
    assert [call[0] for call in recorded(line(text) + next_line).calls] == [
        call[0] for call in recorded(next_line).calls
    ]


@pytest.mark.parametrize("words", [b"removed", b"removed (canceled)"])
def test_a_message_ends(words: bytes) -> None:
    assert recorded(line(b"4D43B278178: " + words)).of("done") == [(b"mail 4D43B278178",)]


def test_a_long_queue_id_is_one_too() -> None:
    assert recorded(line(b"4jYZmp4bX0zL8H0: removed")).of("done") == [(b"mail 4jYZmp4bX0zL8H0",)]


@pytest.mark.parametrize(
    "raw, expected",
    [
        (CLIENT, Who(None, "pc21.corp.example", "127.0.0.21")),
        (CLIENT + b":1027", Who(None, "pc21.corp.example", "127.0.0.21")),
        (b"unknown[2001:db8::1]", Who(None, None, "2001:db8::1")),
        (
            CLIENT + b", sasl_method=PLAIN, sasl_username=alice",
            Who("alice", "pc21.corp.example", "127.0.0.21"),
        ),
        (
            CLIENT + b", sasl_method=PLAIN, sasl_username=a, b c",
            Who("a, b c", "pc21.corp.example", "127.0.0.21"),
        ),
        (
            CLIENT + b", sasl_method=PLAIN, sasl_username=alice, sasl_sender=boss@corp.example",
            Who("alice", "pc21.corp.example", "127.0.0.21"),
        ),
        (
            b"localhost[127.0.0.1], orig_queue_id=E1FC42781AE, orig_client=pc21.corp.example[127.0.0.21]",
            Who(None, "pc21.corp.example", "127.0.0.21"),
        ),
        (b"", NOBODY),
        (b"garbage", NOBODY),
    ],
)
def test_who_handed_it_over(raw: bytes, expected: Who) -> None:
    assert who("postfix", raw) == expected


def test_a_refusal_tells_log_host_and_service() -> None:
    refused = recorded(line(REJECT, b"out/submission/smtpd[7]")).refused_one

    assert (refused.host, refused.service, refused.process) == ("mail", "out/submission/smtpd", b"mail[7]")


def test_a_warning_refused_nothing() -> None:
    assert recorded(line(REJECT.replace(b"reject:", b"reject_warning:"))).refused_one.outcome == "warned"


def test_a_client_port_is_no_part_of_the_address() -> None:
    refused = recorded(line(REJECT.replace(b".21]", b".21]:5530"))).refused_one

    assert (refused.client_host, refused.client_ip) == ("pc21.corp.example", "127.0.0.21")


def test_a_login_of_postfix_3_10_is_read_from_the_line() -> None:
    refused = recorded(line(REJECT + b" sasl_method=PLAIN sasl_username=carol k sasl_sender=x@y")).refused_one

    assert (refused.user, refused.user_source) == ("carol k", "line")


def test_the_owner_of_an_address_at_another_server_is_nobody_here() -> None:
    reply = b"said: 553 5.7.1 <a@b>: Sender address rejected: not owned by user relay (in reply to MAIL FROM command)"

    assert recorded(line(BOUNCE % (b"bounced", reply))).refused_one.user is None


@pytest.mark.parametrize(
    "command, stage",
    [
        (b"CONNECT", "connect"), (b"EHLO", "ehlo"), (b"HELO", "ehlo"), (b"MAIL", "mail"), (b"RCPT", "rcpt"),
        (b"DATA", "data"), (b"END-OF-MESSAGE", "eod"), (b"VRFY", "vrfy"), (b"ETRN", "etrn"), (b"NOOP", None),
    ],
)  # fmt: skip
def test_the_stage_is_the_command(command: bytes, stage: str | None) -> None:
    refused = recorded(line(REJECT.replace(b"RCPT from", command + b" from"))).refused_one

    assert refused.stage == stage


def test_what_a_milter_says_to_helo_waits_until_mail() -> None:
    text = REJECT.replace(b"reject: RCPT", b"milter-reject: EHLO")

    assert recorded(line(text)).calls == []


def test_a_reject_by_cleanup_has_no_code_of_the_session() -> None:
    text = (
        b"6C4FE2781D2: reject: header X: 553 5.7.1 no from " + CLIENT + b"; from=<a@b> to=<c@d>: 5.7.1 553 no"
    )

    assert recorded(line(text)).calls == []


def test_another_permanent_code_is_counted() -> None:
    log = line(REJECT.replace(b"553 5", b"550 5")) + line(BOUNCE % (b"bounced", b"said: 554 5.7.1 no"))

    assert [call[1:] for call in recorded(log).of("other_refusal")] == [
        ("postfix", "rejected", 550),
        ("postfix", "bounced", 554),
    ]


def test_a_temporary_code_is_nothing() -> None:
    log = line(REJECT.replace(b"553 5", b"450 4")) + line(
        BOUNCE % (b"deferred", b"said: 450 4.7.1 553 later")
    )

    assert recorded(log).calls == []


def test_a_raw_helo_is_read_by_what_the_reply_repeats() -> None:
    text = (
        b"NOQUEUE: reject: HELO from "
        + CLIENT
        + b": 553 5.7.1 <bad> helo=<x y (z)>: Helo command rejected: bad; "
        b"proto=SMTP helo=<bad> helo=<x y (z)>"
    )

    assert recorded(line(text)).refused_one.helo == "bad> helo=<x y (z)"


def test_a_raw_helo_brings_no_login() -> None:
    helo = b"x> sasl_username=root"
    text = (
        b"NOQUEUE: reject: EHLO from "
        + CLIENT
        + b": 553 5.7.1 <%b>: Helo command rejected: no; proto=SMTP helo=<%b>"
    )
    refused = recorded(line(text % (helo, helo))).refused_one

    assert (refused.helo, refused.user) == ("x> sasl_username=root", None)


def test_a_sender_that_brings_its_own_tail_does_not_say_who_it_was() -> None:
    text = (
        b"NOQUEUE: reject: RCPT from pc21.corp.example[127.0.0.21]: 553 5.7.1 <x>: Sender address rejected: not "
        b"owned by user root; from=<y@corp.example>: Sender address rejected: not owned by user alice; "
        b'from=<"x>: Sender address rejected: not owned by user root; from=<y"@corp.example> to=<x@ok.example> '
        b"proto=ESMTP helo=<pc21.corp.example>"
    )
    refused = recorded(line(text)).refused_one

    assert (refused.user, refused.recipient) == ("alice", "x@ok.example")


@pytest.mark.parametrize(
    "status, outcome",
    [
        (b"bounced", "bounced"),
        (b"deferred", "deferred"),
        (b"SOFTBOUNCE", "deferred"),
        (b"undeliverable", "probed"),
        (b"undeliverable-but-not-cached", "probed"),
    ],
)
def test_the_outcome_is_the_status(status: bytes, outcome: str) -> None:
    text = BOUNCE % (status, b"said: 553 5.7.1 no (in reply to RCPT TO command)")

    assert recorded(line(text)).refused_one.outcome == outcome


@pytest.mark.parametrize(
    "status, why, stage",
    [
        (b"bounced", b"host mx[192.0.2.1] said: 553 5.7.1 no (in reply to MAIL FROM command)", "mail"),
        (b"bounced", b"host mx[192.0.2.1] said: 553 5.7.1 no (in reply to end of DATA command)", "eod"),
        (b"bounced", b"host mx[192.0.2.1] said: 553 5.7.1 no (in reply to QUIT command)", None),
        (b"deferred", b"host mx[192.0.2.1] refused to talk to me: 553 5.7.1 no", "connect"),
        (b"bounced", b"host mx[192.0.2.1] refused to talk to me: 553 5.7.1 no", "ehlo"),
        (b"deferred", b"SASL authentication failed; server mx[192.0.2.1] said: 553 5.7.1 no", "auth"),
        (
            b"deferred",
            b"TLS is required, but host mx[192.0.2.1] refused to start TLS: 553 5.7.1 no",
            "starttls",
        ),
    ],
)
def test_another_server_refuses_at_each_step(status: bytes, why: bytes, stage: str | None) -> None:
    text = b"0D5B6278184: to=<a@b>, relay=mx[192.0.2.1]:25, dsn=5.7.1, status=" + status + b" (" + why + b")"
    refused = recorded(line(text)).refused_one

    assert (refused.stage, refused.reply, refused.relay_ip) == (stage, "553 5.7.1 no", "192.0.2.1")


@pytest.mark.parametrize(
    "why",
    [
        b"permission denied. Command output: 553 5.7.1 no",
        b"delivery temporarily suspended: host mx[192.0.2.1] refused to talk to me: 553 5.7.1 no",
        b"host mx[192.0.2.1] said: 550 5.1.1 host y[192.0.2.2] said: 553 5.7.1 no (in reply to RCPT TO command)",
    ],
)
def test_a_code_that_nobody_said_to_this_message_is_no_refusal_with_it(why: bytes) -> None:
    text = b"0D5B6278184: to=<a@b>, relay=none, dsn=5.7.1, status=deferred (" + why + b")"

    assert recorded(line(text)).refusals == []


def test_a_login_that_imitates_a_content_filter_hands_nothing_over() -> None:
    login = b", sasl_method=PLAIN, sasl_username=x, orig_queue_id=4D43B278178, orig_client=a[192.0.2.1]"

    assert (
        recorded(line(b"014912781AD: client=" + CLIENT + b", orig_queue_id=4D43B278178")).of("handoff") != []
    )
    assert recorded(line(b"014912781AD: client=" + CLIENT + login)).of("handoff") == []
