"""What stands before the text of a line: every form that we know, and nothing that only looks like one."""

from __future__ import annotations

import pytest

from dialects.recording import recorded

DONE = b"4D43B278178: removed\n"


@pytest.mark.parametrize(
    "stamp",
    [
        b"Nov  4 04:27:25",
        b"Nov 04 04:27:25",
        b"2026-11-04T04:27:25.012345+09:00",
        b"2026-11-04T04:27:25+0900",
        b"2026-11-04T04:27:25.012345+00:00",
        b"2026-11-04T04:27:25Z",
    ],
)
@pytest.mark.parametrize(
    "tag", [b"postfix/smtpd", b"postfix/submission/smtpd", b"postfix-out/smtp", b"any name".split()[0]]
)
def test_a_prefix_of_syslog(stamp: bytes, tag: bytes) -> None:
    log = stamp + b" mail " + tag + b"[249]: 4D43B278178: client=x[192.0.2.1]\n"

    assert recorded(log).of("accepted") == [
        (stamp, "postfix", b"mail 4D43B278178", b"mail[249]", b"x[192.0.2.1]")
    ]


@pytest.mark.parametrize(
    "prefix",
    [
        b"",
        b"mail postfix/qmgr[1]: ",
        b"Nov 24 04:27:25 mail postfix/qmgr[x]: ",
        b"Nov 24 04:27:25 mail [1]: ",
        b"Nov 24 04:27:25 mail a b[1]: ",
        b"Nov 24 04:27:25 mail postfix/qmgr[1]: more ",
        b"2026-11-04T04:27:25Z mail postfix/qmgr[1]: more ",
        b"2026-11-24 07:54:18 ",
        b"Nov 24 04:27:25 mail mail.infos postfix/qmgr[1]: ",
        b"Nov 24 04:27:25 mail email.info postfix/qmgr[1]: ",
        b"Nov 24 04:27:25 mail mail.info mail.info postfix/qmgr[1]: ",
        b"Nov 24 04:27:25 mail mail.info: postfix/qmgr[1]: ",
        b"Nov 24 04:27:25 mail mail.info postfix/qmgr[1]: more ",
        b"Nov 24 04:27:25 mail any: ",
        b"Nov 24 04:27:25 any: ",
        b"Nov 24 04:27:25 any: postfix/qmgr[1]: ",
        b"Nov 24 04:27:25 mail any: postfix/qmgr[1]: ",
        b"2026-11-24 04:27:25 any: postfix/qmgr[1]: ",
        b"<22>1 2026-11-04T04:27:25Z mail any: 249 - - ",
        b"T To:Nov 24 04:27:25 mail postfix/qmgr[1]: ",  # headers in Exim's reject log
        b"  Subject:Nov 24 04:27:25 mail postfix/qmgr[1]: ",
        b"  X: > Nov 24 04:27:25 mail postfix/qmgr[1]: ",
        b"\tmail.log:Nov 24 04:27:25 mail postfix/qmgr[1]: ",
        b" Nov 24 04:27:25 mail postfix/qmgr[1]: ",
        b" mail-1  | Nov 24 04:27:25 mail postfix/qmgr[1]: ",
        b"mail.log: Nov 24 04:27:25 mail postfix/qmgr[1]: ",
        b"mail-1 | x Nov 24 04:27:25 mail postfix/qmgr[1]: ",
        b"Nov 24 04:27:25 mail Nov 24 04:27:25 mail postfix/qmgr[1]: ",
        b' {"log":"',
        b'{"log":"Nov 24 04:27:25 mail postfix/qmgr[1]: x\\n',
        b"\tSubject: x y[1]: ",
        b"  Subject: x y[1]: ",
    ],
)
def test_no_prefix_of_syslog(prefix: bytes) -> None:
    assert recorded(prefix + DONE).calls == []


def test_a_second_prefix_within_the_text_is_text() -> None:
    log = b"Nov 24 04:27:25 mail postfix/smtpd[1]: warning: x Nov 24 04:27:25 mail postfix/qmgr[1]: " + DONE

    assert recorded(log).calls == []


@pytest.mark.parametrize(
    "prefix", [b"2026-11-24 07:54:18 [81 ", b"2026-11-24 07:54:18.5", b"2026-11-24T07:54:18 "]
)
def test_no_prefix_of_exim(prefix: bytes) -> None:
    assert recorded(prefix + b"1xVlMD-00002Y-0q Completed\n").calls == []


CLIENT_LINE = b"4D43B278178: client=x[192.0.2.1]\n"


@pytest.mark.parametrize(
    "stamp, rest",
    [
        (b"<22>1 2026-11-04T04:27:25.012345+09:00", b" mail postfix/smtpd 249 - - "),
        (b"1 2026-11-04T04:27:25Z", b" mail postfix/smtpd 249 smtp -  \xef\xbb\xbf"),
        (b"<22>1 2026-11-04T04:27:25Z", b' mail postfix/smtpd 249 - [a@1 b="c\\] d"][e f="g"] '),
        (b"<22>Nov  4 04:27:25", b" mail postfix/smtpd[249]: "),
        (b"2026-11-04T04:27:25.153874123Z Nov 04 04:27:25", b" mail postfix/smtpd[249]: "),
        (b"2026-11-04T04:27:25.153874123Z 2026-11-04T04:27:25Z", b" mail postfix/smtpd[249]: "),
        (b"Nov 04 04:27:25.153874", b" mail postfix/smtpd[249]: "),
        (b"Nov  4 04:27:25", b" mail postfix/smtpd[249]: [ID 197553 mail.info] "),
        (b"2026-11-04T04:27:25Z", b" mail postfix/smtpd[249]: [ID 1 mail.info] "),
        (b"Nov  4 04:27:25", b" mail mail.info postfix/smtpd[249]: "),
        (b"Nov  4 04:27:25", b" mail local3.warn postfix/smtpd[249]: "),
    ],
    ids=[
        "RFC 5424",
        "RFC 5424 without a priority",
        "RFC 5424 with data",
        "a priority",
        "docker",
        "docker with two of a kind",
        "short-precise",
        "Solaris",
        "Solaris with RFC 3339",
        "busybox",
        "busybox, another facility",
    ],
)
def test_a_prefix_that_is_met_less_often(stamp: bytes, rest: bytes) -> None:
    assert recorded(stamp + rest + CLIENT_LINE).of("accepted") == [
        (stamp, "postfix", b"mail 4D43B278178", b"mail[249]", b"x[192.0.2.1]")
    ]


@pytest.mark.parametrize(
    "tag, is_read",
    [
        (b"postfix/smtpd", True),
        (b"postfix-out/submission/smtpd", True),
        (b"any", True),  # a syslog_name whose slash the logger has cut
        (b"opendkim", False),
        (b"rejectwatch", False),
        (b"dovecot/lda", False),
        (b"exim", False),
    ],
)
def test_the_tag_says_whose_line_it_is(tag: bytes, *, is_read: bool) -> None:
    told = recorded(b"Nov 24 04:27:25 mail " + tag + b"[249]: " + CLIENT_LINE).calls

    assert bool(told) == is_read


@pytest.mark.parametrize(
    "prefix",
    [
        b"Nov 24 04:27:25 mail postfix/smtpd[249]: ",
        b"Nov 24 04:27:25 mail postfix/smtpd[249]: [ID 197553 mail.info] ",
        b"Nov 24 04:27:25 mail mail.info postfix/smtpd[249]: ",
        b"<22>1 2026-11-04T04:27:25Z mail postfix/smtpd 249 - - ",
        b"2026-11-04T04:27:25.153874123Z Nov 04 04:27:25 mail postfix/smtpd[249]: ",
    ],
)
def test_a_session_begins_behind_each_prefix(prefix: bytes) -> None:
    told = recorded(
        prefix + b"connect from x[192.0.2.1]\n" + prefix + b"warning: connect from y[192.0.2.1]\n"
    )

    assert told.of("opened") == [("postfix", b"mail[249]", b"x[192.0.2.1]")]


def test_exim_by_way_of_busybox() -> None:
    line = (
        b"Nov 24 07:54:18 mail mail.notice exim[81]: 2026-11-24 07:54:18 H=pc22 [127.0.0.22] F=<a@b.example>"
        b" A=plain:carol rejected RCPT <x@ok.example>: 553 5.7.1 no\n"
    )
    refused = recorded(line).refused_one

    assert (refused.user, refused.recipient, refused.host) == ("carol", "x@ok.example", "mail")


@pytest.mark.parametrize(
    "stamp",
    [b"2026-11-24T07:54:18.153874123Z ", b"2026-11-24T16:54:18.153874123+09:00 "],
    ids=["docker", "podman"],
)
@pytest.mark.parametrize("own", [b"2026-11-24 07:54:18 ", b"2026-11-24 07:54:18.556 +0000 [81] "])
def test_exim_in_a_container(stamp: bytes, own: bytes) -> None:
    line = (
        stamp
        + own
        + b"H=pc22 [127.0.0.22] F=<a@b.example> A=plain:carol rejected RCPT <x@ok.example>: 553 5.7.1 no\n"
    )
    refused = recorded(line).refused_one

    assert (refused.user, refused.recipient, refused.host) == ("carol", "x@ok.example", None)
    assert refused.at.isoformat() == "2026-11-24T07:54:18.153874+00:00"


REFUSED = (
    b"NOQUEUE: reject: RCPT from x[192.0.2.1]: 553 5.7.1 <b@c>: Sender address rejected: no; from=<b@c> to=<d@e>"
    b" proto=ESMTP helo=<x>\n"
)


@pytest.mark.parametrize(
    "prefix",
    [b"Nov 24 04:27:25 mail postfix/smtpd: ", b"<22>1 2026-11-24T04:27:25Z mail postfix/smtpd - - - "],
    ids=["traditional", "RFC 5424"],
)
def test_where_a_log_names_no_pids_nothing_is_known_of_sessions(prefix: bytes) -> None:
    told = recorded(prefix + b"connect from x[192.0.2.1]\n" + prefix + CLIENT_LINE + prefix + REFUSED)

    assert told.of("opened") == []
    assert [process for *_, process, _who in told.of("accepted")] == [b""]
    assert told.refused_one.process == b""


def test_a_host_that_the_log_does_not_name_is_none() -> None:
    refused = recorded(b"Nov 24 04:27:25 postfix/smtpd[249]: " + REFUSED).refused_one

    assert (refused.host, refused.service, refused.process) == (None, "postfix/smtpd", b"[249]")


@pytest.mark.parametrize(
    "tag, is_read", [(b"postfix@-.service", True), (b"exim4.service", False), (b"rejectwatch.service", False)]
)
def test_the_unit_of_a_program_says_whose_line_it_is(tag: bytes, *, is_read: bool) -> None:
    told = recorded(b"Tue 2026-11-24 04:27:25 UTC mail " + tag + b"[249]: " + REFUSED).calls

    assert bool(told) == is_read


@pytest.mark.parametrize(
    "tag, is_read",
    [(b"mta-out", True), (b"exim", True), (b"dovecot", False), (b"postfix", False), (b"a/smtpd", False)],
)
def test_exim_may_have_any_name_that_is_not_another_programs(tag: bytes, *, is_read: bool) -> None:
    line = b"Nov 24 07:54:18 mail " + tag + b"[81]: H=pc [127.0.0.22] F=<a@b> rejected RCPT <x@y>: 553 no\n"

    assert bool(recorded(line).refusals) == is_read


def test_a_helo_in_a_line_of_exim_makes_no_tag() -> None:
    """Read as `DATE TIME HOST TAG: `, what Exim writes of a client would begin with a tag that the client has chosen."""
    helo = "(a/smtpd: NOQUEUE: reject: RCPT from x[192.0.2.1]: 553 5.7.1 no; from=<a@b> to=<c@d> proto=SMTP helo=<z>)"
    line = f"2026-11-24 07:54:18 H=host.example {helo} [192.0.2.2] rejected EHLO or HELO x: 550 no\n"

    assert [call[:3] for call in recorded(line.encode()).calls] == [("other_refusal", 0, "exim")]
