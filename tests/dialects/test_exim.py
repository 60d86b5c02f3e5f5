"""Exim, line by line. What the recorded logs prove is not proven again here."""

from __future__ import annotations

import pytest

from dialects.recording import recorded
from rejectwatch.dialects import who
from rejectwatch.facts import NOBODY, Who

STAMP = b"2026-11-24 07:54:18"
ID = b"1xVlMD-00002Y-0q"
ROUTE = b" R=dnslookup T=remote_smtp H=mx.partner.example [192.0.2.41]"
ERROR = b": SMTP error from remote mail server after "


def line(text: bytes, prefix: bytes = STAMP + b" ") -> bytes:
    return prefix + text + b"\n"


def test_a_message_is_known_by_its_id_and_has_no_process() -> None:
    said = recorded(
        line(ID + b" <= a@corp.example H=pc21.corp.example [127.0.0.21] P=esmtpa A=plain:a S=367 id=x@y")
    )

    assert said.calls == [
        ("accepted", STAMP, "exim", ID, b"", b" H=pc21.corp.example [127.0.0.21] P=esmtpa A=plain:a"),
        ("sender", ID, b"a@corp.example"),
    ]


def test_the_null_sender_is_empty() -> None:
    assert recorded(line(ID + b" <= <> R=1xVlMD-00002Y-00 U=Debian-exim P=local S=9")).of("sender") == [
        (ID, b"")
    ]


def test_an_id_since_4_97_is_longer() -> None:
    assert recorded(line(b"1xVl93-0000000001m-1EWb Completed")).of("done") == [(b"1xVl93-0000000001m-1EWb",)]


def test_a_shorter_id_and_an_arrow_are_no_longer_id() -> None:
    log = line(ID + b' ** @00 <= @ok.example <"@00 <= "@ok.example>' + ROUTE + ERROR + b"DATA: 553 5.7.1 no")

    assert [call[0] for call in recorded(log).calls] == ["refused"]


@pytest.mark.parametrize("times", [b" QT=3s", b" QT=3.002s"])
def test_a_completed_message_may_tell_how_long_it_took(times: bytes) -> None:
    assert len(recorded(line(ID + b" Completed" + times)).of("done")) == 1


@pytest.mark.parametrize(
    "text, is_local",
    [
        (b"=> alice <alice@corp.example> R=localuser T=local_delivery", True),
        (b'=> alice@corp.example R=virtual T=dovecot_lmtp C="250 2.0.0 Saved"', True),
        (b'=> a@ok.example R=dnslookup T=remote_smtp H=mx.ok.example [192.0.2.60] C="250 Ok"', False),
        (b"-> a@ok.example R=dnslookup T=remote_smtp H=mx.ok.example [192.0.2.60]", False),
    ],
)
def test_what_has_no_host_went_into_a_mailbox_of_ours(text: bytes, is_local: bool) -> None:
    assert bool(recorded(line(ID + b" " + text)).into_mailboxes) is is_local


@pytest.mark.parametrize(
    "text, recipient",
    [
        (b"=> a@ok.example R=dnslookup T=remote_smtp", b"a@ok.example"),
        (b"-> a@ok.example R=dnslookup T=remote_smtp", b"a@ok.example"),
        (b"=> a@ok.example F=<x@y> R=dnslookup T=remote_smtp", b"a@ok.example"),
        (b"=> alice <alice@corp.example> R=localuser T=local_delivery", b"alice@corp.example"),
        (b"=> alice@corp.example <Alice@corp.example> R=dnslookup T=t", b"Alice@corp.example"),
        (b"=> lee@ok.example <team@corp.example> R=dnslookup T=remote_smtp", b"lee@ok.example"),
        (b"=> lee@ok.example Q=slow R=dnslookup T=remote_smtp", b"lee@ok.example"),
        (b'=> two words@ok.example <"two words"@ok.example> R=dnslookup T=t', b'"two words"@ok.example'),
    ],
)
def test_the_recipient_of_a_delivery(text: bytes, recipient: bytes) -> None:
    assert [call[-1] for call in recorded(line(ID + b" " + text)).of("delivered")] == [recipient]


def test_a_local_part_cannot_bring_its_own_route() -> None:
    final = b'@x> r=evil h=mx [192.0.2.9]: smtp error <"b@partner.example'
    original = b'"@x> R=evil H=mx [192.0.2.9]: SMTP error <\\"b"@partner.example'
    error = ERROR + b"RCPT TO:<" + original + b">: 553 5.7.1 no"
    refused = recorded(line(ID + b" ** " + final + b" <" + original + b">" + ROUTE + error)).refused_one

    assert (refused.relay_ip, refused.reply) == ("192.0.2.41", "553 5.7.1 no")


@pytest.mark.parametrize(
    "prefix, stamp",
    [
        (STAMP + b" ", STAMP),
        (STAMP + b".556 ", STAMP + b".556"),
        (STAMP + b" [81] ", STAMP),
        (STAMP + b" +0900 ", STAMP + b" +0900"),
        (STAMP + b".556 -0500 [81] ", STAMP + b".556 -0500"),
    ],
)
def test_log_selectors_change_the_prefix(prefix: bytes, stamp: bytes) -> None:
    log = line(ID + b" => a@ok.example R=r T=t", prefix)

    assert recorded(log).of("delivered") == [(stamp, "exim", ID, b"a@ok.example")]


@pytest.mark.parametrize(
    "raw, expected",
    [
        (b" H=pc21.corp.example [127.0.0.21] P=esmtp", Who(None, "pc21.corp.example", "127.0.0.21", "pc21.corp.example")),
        (b" H=pc22.corp.example (k3) [127.0.0.22] P=esmtpa A=login:carol", Who("carol", "pc22.corp.example", "127.0.0.22", "k3")),
        (b" H=([192.168.1.25]) [127.0.0.25]:4242 I=[127.0.0.1]:25 P=esmtp", Who(None, None, "127.0.0.25", "[192.168.1.25]")),
        (b" H=(k3) [::1] P=esmtpsa X=TLS1.3:ECDHE:256 CV=no A=plain:svc noreply K", Who("svc noreply", None, "::1", "k3")),
        (b" H=(k3) [::1] P=esmtpa A=plain", Who(None, None, "::1", "k3")),
        (b" H=[127.0.0.31] P=smtp", Who(None, None, "127.0.0.31", None)),
        (b" H=pc21.corp.example [127.0.0.21] TFO* U=ida Ci=p81 P=esmtpa L* SPF A=plain:a", Who("a", "pc21.corp.example", "127.0.0.21", "pc21.corp.example")),
        (b" DS H=pc21.corp.example [127.0.0.21] P=esmtpa L. SPF=softfail A=plain:a", Who("a", "pc21.corp.example", "127.0.0.21", "pc21.corp.example")),
        (b" U=www-data P=local", NOBODY),
        (b" R=1xVlMD-00002Y-00 U=Debian-exim P=local", NOBODY),
        (b"", NOBODY),
    ],
)  # fmt: skip
def test_who_handed_it_over(raw: bytes, expected: Who) -> None:
    assert who("exim", raw) == expected


@pytest.mark.parametrize(
    "step, stage",
    [
        (b"initial connection", "connect"),
        (b"EHLO mail.corp.example", "ehlo"),
        (b"HELO mail.corp.example", "ehlo"),
        (b"STARTTLS", "starttls"),
        (b"MAIL FROM:<a@b> SIZE=1373", "mail"),
        (b"pipelined MAIL FROM:<>", "mail"),
        (b"RCPT TO:<c@d>", "rcpt"),
        (b"DATA", "data"),
        (b"pipelined sending data block", "data"),
        (b"pipelined end of data", "eod"),
    ],
)
def test_another_server_refuses_at_each_step(step: bytes, stage: str) -> None:
    refused = recorded(line(ID + b" ** c@d" + ROUTE + ERROR + step + b": 553 5.7.1 no")).refused_one

    assert (refused.stage, refused.reply, refused.relay_ip) == (stage, "553 5.7.1 no", "192.0.2.41")


@pytest.mark.parametrize(
    "fields",
    [
        b" R=out T=smtp H=mx.x.example [192.0.2.7]*",
        b" R=out T=smtp H=mx.x.example [192.0.2.7]:25*",
        b" R=out T=smtp H=mx.x.example DS [192.0.2.7]:25",
        b" R=out T=smtp H=mx.x.example [192.0.2.7] PRX=[192.0.2.9] TFO* X=TLS1.3:E:256* CV=dane",
        b" F=<a@b> Q=slow P=<a@b> R=out T=smtp H=mx.x.example [192.0.2.7]",
        b" Q=slow R=out T=smtp defer (0) H=mx.x.example [192.0.2.7] DT=0.1s",
    ],
)
def test_whatever_a_delivery_tells_of_its_connection(fields: bytes) -> None:
    refused = recorded(line(ID + b" ** c@d" + fields + ERROR + b"RCPT TO:<c@d>: 553 no")).refused_one

    assert (refused.recipient, refused.relay_host, refused.relay_ip) == ("c@d", "mx.x.example", "192.0.2.7")


def test_one_recipient_of_many_is_refused_after_the_data() -> None:
    text = ID + b" ** c@d" + ROUTE + b" : PRDR error after DATA: 553 5.7.1 not to him"
    refused = recorded(line(text)).refused_one

    assert (refused.outcome, refused.stage, refused.reply) == ("bounced", "eod", "553 5.7.1 not to him")


@pytest.mark.parametrize("step, stage", [(b"MAIL FROM:<>", "mail"), (b"RCPT TO:<a@b> ORCPT=x", "rcpt")])
def test_a_callout_may_tell_the_answer_in_other_words(step: bytes, stage: str) -> None:
    answer = b'mx.b [192.0.2.7] : response to "' + step + b'" was: 553 5.7.1 no'
    refused = recorded(line(b"H=x [192.0.2.1] sender verify fail for <a@b>: " + answer)).refused_one

    assert (refused.outcome, refused.stage, refused.reply, refused.relay_ip) == (
        "probed",
        stage,
        "553 5.7.1 no",
        "192.0.2.7",
    )


@pytest.mark.parametrize(
    "client",
    [
        b"H=pc (k3) [192.0.2.1] Ci=p81",
        b"H=pc (k3) [192.0.2.1]:4242 I=[192.0.2.9]:25 U=ida Ci=p81 X=TLS1.3:E:256 CV=no",
        b" DSH=pc (k3) [192.0.2.1]",
    ],
)
@pytest.mark.parametrize("checked", [b"", b" SPF", b" SPF=fail DMARC=reject"])
def test_whatever_a_refusal_tells_of_its_client(client: bytes, checked: bytes) -> None:
    text = client + b" F=<a@b>" + checked + b" rejected RCPT <c@d>: 553 5.7.1 no"
    refused = recorded(line(text)).refused_one

    assert (refused.user, refused.client_ip, refused.helo, refused.sender, refused.recipient) == (
        None,
        "192.0.2.1",
        "k3",
        "a@b",
        "c@d",
    )


def test_a_program_of_this_machine_has_no_address() -> None:
    refused = recorded(line(b"U=www-data F=<a@b> rejected RCPT <c@d>: 553 5.7.1 no")).refused_one

    assert (refused.user, refused.client_ip, refused.sender, refused.recipient) == (None, None, "a@b", "c@d")


def test_an_address_may_come_without_brackets() -> None:
    refused = recorded(line(b"H=x [192.0.2.1] F=<a@b> rejected RCPT c@d: 553 5.7.1 no")).refused_one

    assert (refused.recipient, refused.reply) == ("c@d", "553 5.7.1 no")


def test_of_an_address_that_was_cut_nothing_is_guessed() -> None:
    cut = b"bounce+" + b"x" * 92
    refused = recorded(line(b"H=x [192.0.2.1] F=<a@b> rejected RCPT <" + cut + b": 553 5.7.1 no")).refused_one

    assert (refused.recipient, refused.reply) == (None, "553 5.7.1 no")


def test_an_address_that_was_cut_within_its_quotes_does_not_go_on_in_the_reply() -> None:
    local = b"x" * 97 + b'">: 553 forged'
    cut = b'"' + local[:97] + b"\\"
    text = b"H=x [192.0.2.1] F=<a@b> rejected RCPT <" + cut + b": 550 5.7.1 <" + local + b"@d>: no"

    assert [call[0] for call in recorded(line(text)).calls] == ["not_understood"]


def test_a_sender_that_was_cut_owns_nothing() -> None:
    text = b"H=x [192.0.2.1] rejected MAIL <" + b"x" * 99 + b": 553 5.7.1 not owned by user bob"
    refused = recorded(line(text)).refused_one

    assert (refused.sender, refused.user) == (None, None)


def test_a_signature_is_refused_after_the_data() -> None:
    refused = recorded(line(ID + b" H=x [192.0.2.1] rejected DKIM : 553 5.7.20 unsigned")).refused_one

    assert (refused.stage, refused.queue_id) == ("eod", ID.decode())


def test_up_to_4_8x_the_host_stood_before_the_reply() -> None:
    text = ID + b" ** c@d R=r T=t" + ERROR + b"RCPT TO:<c@d>: host mx.x.example [192.0.2.7]: 553 5.7.1 no"
    refused = recorded(line(text)).refused_one

    assert (refused.relay_host, refused.relay_ip, refused.reply) == (
        "mx.x.example",
        "192.0.2.7",
        "553 5.7.1 no",
    )


def test_how_long_a_delivery_took_is_no_part_of_the_reply() -> None:
    text = ID + b" ** c@d" + ROUTE + ERROR + b"RCPT TO:<c@d>: 553 5.7.1 no QT=2s DT=0.001s"

    assert recorded(line(text)).refused_one.reply == "553 5.7.1 no"


def test_a_login_on_a_delivery_line_is_our_own_at_the_next_server() -> None:
    text = (
        ID
        + b" ** c@d"
        + ROUTE
        + b" X=TLS1.3:E:256 CV=yes A=client_plain"
        + ERROR
        + b"RCPT TO:<c@d>: 553 5.7.1 no"
    )

    assert recorded(line(text)).refused_one.user is None


def test_an_acl_says_no_code_with_a_dash() -> None:
    assert (
        recorded(line(b"H=x [192.0.2.1] F=<a@b> rejected RCPT <c@d>: 553-5.7.1 the wire had 550")).calls == []
    )


def test_what_was_rejected_for_now_is_no_refusal() -> None:
    assert (
        recorded(line(b"H=x [192.0.2.1] F=<a@b> temporarily rejected RCPT <c@d>: 553 5.7.1 no")).calls == []
    )


def test_another_permanent_code_is_counted() -> None:
    log = line(b"H=x [192.0.2.1] F=<a@b> rejected RCPT <c@d>: 550 5.7.1 no: 553 5.7.1 next") + line(
        ID + b" ** c@d" + ROUTE + ERROR + b"RCPT TO:<c@d>: 550 5.1.1 no"
    )

    assert [call[1:] for call in recorded(log).of("other_refusal")] == [
        ("exim", "rejected", 550),
        ("exim", "bounced", 550),
    ]


def test_a_wrong_password_is_no_refused_mail() -> None:
    text = b"plain authenticator failed for (k3) [192.0.2.1]: 535 Incorrect authentication data (set_id=x)"

    assert recorded(line(text)).calls == []


def test_the_words_of_an_acl_name_a_login_that_the_line_does_not() -> None:
    refused = recorded(
        line(b"H=x [192.0.2.1] rejected MAIL <a@b>: 553 5.7.1 <a@b>: not owned by user bob")
    ).refused_one

    assert (refused.user, refused.user_source) == ("bob", "reply")


def test_a_sender_cannot_bring_these_words() -> None:
    text = (
        b'H=x [192.0.2.1] rejected MAIL <" not owned by user bob"@b>: 553 5.7.1 no < not owned by user bob@b>'
    )

    assert recorded(line(text)).refused_one.user is None


def test_the_header_lines_of_the_reject_log_are_no_log_lines() -> None:
    log = b"T To: ABCDEFGHIJKLMN mail postfix/smtpd[1]: 4D43B278178: client=x[192.0.2.1]\n"

    assert recorded(log).calls == []


def test_what_an_acl_says_of_a_message_that_nobody_gets_is_no_recipient() -> None:
    words = b"=> blackhole (DATA ACL discarded recipients): <ceo@x> R=r T=t H=mx [192.0.2.1]"

    assert recorded(line(ID + b" " + words)).calls == []


def test_a_message_whose_client_was_told_that_it_is_refused_has_a_sender_and_a_login() -> None:
    told = recorded(
        line(ID + b" (= a@corp.example H=pc21.corp.example [127.0.0.21] P=esmtpa A=plain:a S=367")
    )

    assert [call[0] for call in told.calls] == ["accepted", "sender"]
