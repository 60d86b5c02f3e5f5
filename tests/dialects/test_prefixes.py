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
        (0, stamp, "postfix", b"mail 4D43B278178", b"mail[249]", b"x[192.0.2.1]")
    ]


@pytest.mark.parametrize(
    "prefix",
    [
        b"",
        b"mail postfix/qmgr[1]: ",
        b"Nov 24 04:27:25 postfix/qmgr[1]: ",
        b"Nov 24 04:27:25 mail postfix/qmgr: ",
        b"Nov 24 04:27:25 mail postfix/qmgr[x]: ",
        b"Nov 24 04:27:25 mail [1]: ",
        b"Nov 24 04:27:25 mail a b[1]: ",
        b"Nov 24 04:27:25 mail postfix/qmgr[1]: more ",
        b"2026-11-04T04:27:25Z mail postfix/qmgr[1]: more ",
        b"2026-11-24 07:54:18 ",
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
