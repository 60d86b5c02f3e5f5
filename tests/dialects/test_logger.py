"""The logger's own words: that it has dropped lines; from the logger alone, and only where they may be a mail server's."""

from __future__ import annotations

import pytest
from hypothesis import given

from dialects import corpus
from dialects.grammar import EXIM, HOSTILE, SYSLOG
from dialects.recording import recorded

STAMP = b"Nov 24 04:27:25"


def line(text: str, stamp: bytes = STAMP) -> bytes:
    return stamp + f" mail {text}\n".encode()


@pytest.mark.parametrize(
    "tag", ["rsyslogd", "rsyslogd[812]", "rsyslogd-2177"]  # 8 without and with a pid, 7 and older
)  # fmt: skip
@pytest.mark.parametrize(
    "text, lines, who",
    [
        ("imuxsock[249]: begin to drop messages due to rate-limiting", None, "pid 249"),
        ("imuxsock[pid 249]: begin to drop messages due to rate-limiting", None, "pid 249"),
        ("imuxsock[pid: 249, name: /x/smtpd] from <mail:postfix/smtpd>: begin to drop messages due to rate-limiting",
         None, "pid 249"),
        ("imuxsock[249]: 123 messages lost due to rate-limiting", 123, "pid 249"),
        (
            "imuxsock[pid: 249, name: smtpd]: 123 messages lost due to rate-limiting (200 allowed within 5 seconds)",
            123,
            "pid 249",
        ),
        ("imjournal: 236 messages lost due to rate-limiting (20000 allowed within 600 seconds)", 236, "imjournal"),
        ("imjournal: begin to drop messages due to rate-limiting [v8.2302.0 try https://www.rsyslog.com/e/2177 ]", None,
         "imjournal"),
        ("imjournal from <mail:kernel>: begin to drop messages due to rate-limiting", None, "imjournal"),
        ("imuxsock lost 123 messages from pid 249 due to rate-limiting", 123, "pid 249"),
        ("imuxsock begins to drop messages from pid 249 due to rate-limiting", None, "pid 249"),
    ],
)  # fmt: skip
def test_rsyslog_says_that_it_has_dropped_lines(tag: str, text: str, lines: int | None, who: str) -> None:
    assert recorded(line(f"{tag}: {text}")).calls == [("dropped", 0, STAMP, lines, who)]


@pytest.mark.parametrize(
    "tag", ["systemd-journald[346]", "systemd-journal[346]", "systemd-journald", "journal"]
)
@pytest.mark.parametrize(
    "unit",
    [
        "postfix.service",
        "postfix@-.service",
        "/system.slice/postfix.service",
        "exim4.service",
        "/system.slice/docker.service",
        "libpod-f00.scope",
        "/",
        "/system",
    ],
)  # fmt: skip
def test_journald_says_whose_lines_it_has_suppressed(tag: str, unit: str) -> None:
    told = recorded(line(f"{tag}: Suppressed 4150 messages from {unit}"))

    assert told.calls == [("dropped", 0, STAMP, 4150, unit)]


@pytest.mark.parametrize(
    "unit", ["nginx.service", "/system.slice/postgresql.service", "user@1000.service", "/user"]
)
def test_lines_that_are_no_mail_servers_are_no_loss(unit: str) -> None:
    assert recorded(line(f"systemd-journald[346]: Suppressed 4150 messages from {unit}")).calls == []


@pytest.mark.parametrize(
    "stamp", [b"2026-11-24T04:27:25.012345+09:00", b"2026-11-24T04:27:25Z", b"Nov  4 04:27:25"]
)
def test_the_stamp_of_the_notice_is_told(stamp: bytes) -> None:
    told = recorded(line("rsyslogd: imjournal: 5 messages lost due to rate-limiting", stamp))

    assert told.calls == [("dropped", 0, stamp, 5, "imjournal")]


WORDS = (
    "rsyslogd: imjournal: 5 messages lost due to rate-limiting",
    "systemd-journald[1]: Suppressed 5 messages from postfix.service",
)


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize(
    "before",
    [
        "postfix/smtpd[249]: ",
        "postfix/smtpd[249]: Nov 24 04:27:25 mail ",
        "postfix/cleanup[1]: 545EA2781DF: info: header Subject: ",
        "myrsyslogd: ",
    ],
)
def test_others_who_write_the_same_words_are_not_believed(before: str, words: str) -> None:
    assert recorded(line(before + words)).of("dropped") == []


@given(SYSLOG, EXIM, HOSTILE, HOSTILE)
def test_what_a_mail_holds_is_never_a_notice(syslog: str, exim: str, before: str, after: str) -> None:
    for words in WORDS:
        log = (
            f"{syslog}postfix/cleanup[1]: 545EA2781DF: info: header Subject: {before}{words}{after}\n"
            f"{syslog}postfix/smtpd[1]: warning: {before}{words}\n"
            f'{exim}1xVlMD-00002Y-0q <= a@b H=x [192.0.2.1] P=esmtp S=3 T="{before}{words}"\n'
        )
        assert recorded(log.encode()).of("dropped") == []


@pytest.mark.parametrize("name", corpus.NAMES)
def test_in_the_logs_of_real_servers_nobody_has_dropped_anything(name: str) -> None:
    assert recorded(corpus.log(name)).of("dropped") == []
