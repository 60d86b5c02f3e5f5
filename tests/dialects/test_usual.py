"""The pattern for usual lines tells of each line what the careful way tells of it, and most lines are usual."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialects import corpus, grammar
from dialects.recording import Recording, asked, told, told_with_care, usual_lines
from rejectwatch import dialects

DATA = Path(__file__).resolve().parents[1] / "data"
LOGS = sorted(path for path in DATA.rglob("*.log") if path.stat().st_size < 2_000_000)
LINES = [line for name in corpus.NAMES for line in corpus.lines(name)]
EVERYTHING = frozenset(range(500, 600))


@pytest.mark.parametrize("path", LOGS, ids=lambda path: str(path.relative_to(DATA)))
def test_a_recorded_log(path: Path) -> None:
    log = path.read_bytes()

    assert told(log, EVERYTHING) == told_with_care(log, EVERYTHING)


STAMPS = [
    b"Nov  4 04:27:25",
    b"2026-11-04T04:27:25Z",
    b"2026-11-04T04:27:25",
    b"2026-11-04T04:27:25.012345+09:00",
    b"2026-11-04T04:27:25.012-0330",
    b"2026-11-04T04:27:25.1Z",
]
ORIGINS = [
    b"mail postfix/smtpd[249]:",
    b"mail postfix/qmgr[9]:",
    b"mail postfix/smtp[77]:",
    b"mail postfix/lmtp[78]:",
    b"mail postfix/local[79]:",
    b"mx.example mx-out/smtp[1]:",
    b"2001:db8::1 postfix/smtps/smtpd[250]:",
    b"MAIL01 postfix/smtpd[1]:",
    b"INFO postfix/smtpd[1]:",
    b"12:34:56 postfix/smtpd[1]:",
    b"mail: postfix/smtpd[1]:",
    b"mail postfix/smtpd:",
    b"mail postfix/smtpd[a1]:",
    b"postfix/smtpd[1]:",
    b"mail dovecot[3]:",
    b"mail exim[81]:",
    b"mail rsyslogd[1]:",
]
SAID = [
    b"4D43B278178: client=pc21.corp.example[127.0.0.21], sasl_method=PLAIN, sasl_username=alice",
    b"4D43B278178: client=x[1.2.3.4], orig_queue_id=5D43B278178, orig_client=y[1.2.3.5]",
    b"NOQUEUE: client=x[1.2.3.4]",
    b"4D43B278178: uid=33 from=<www-data>",
    b"4D43B278178: uid=33 from=<www-data> orig_id=5D43B278178",
    b"4D43B278178: from=<a@b.example>, size=405, nrcpt=1 (queue active)",
    b"4D43B278178: from=<>, size=405, nrcpt=1 (queue active)",
    b'4D43B278178: from=<"a> b, size="@b.example>, size=405, nrcpt=1 (queue active)',
    b"4D43B278178: from=<a@b.example>, status=expired, returned to sender",
    b"4D43B278178: removed",
    b"4D43B278178: removed ",
    b"4D43B278178: removed (canceled)",
    b": removed",
    b"connect from x[1.2.3.4]",
    b"4D43B278178: connect from x[1.2.3.4]",
    b"disconnect from x: removed",
    b"4D43B278178: message-id=<a: removed",
    (
        b"4D43B278178: to=<c@d.example>, relay=mx.d.example[192.0.2.1]:25, delay=1, delays=0/0/1/0, dsn=2.0.0,"
        b" status=sent (250 2.0.0 Ok: queued as 0A1B2C3D4E5)"
    ),
    (
        b"4D43B278178: to=<c@d.example>, orig_to=<e@d.example>, relay=127.0.0.1[127.0.0.1]:10024, conn_use=2, delay=1,"
        b" delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 5D43B278178)"
    ),
    b"4D43B278178: to=<c@d.example>, relay=local, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (forwarded as 5D43B278178)",
    b"4D43B278178: to=<c@d.example>, relay=local, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (delivered to mailbox)",
    (
        b'4D43B278178: to=<"c>, relay=x, delay=1, delays=0/0, dsn=2, status=sent ("@d.example>, relay=mx[192.0.2.1]:25, delay=1,'
        b" delays=0/0/1/0, dsn=5.0.0, status=bounced (host mx[192.0.2.1] said: 553 no)"
    ),
    (
        b"4D43B278178: to=<c@d.example>, relay=mx[192.0.2.1]:25, delay=1, delays=0/0/1/0, dsn=5.7.1,"
        b" status=bounced (host mx[192.0.2.1] said: 553 5.7.1 no, status=sent (x) (in reply to RCPT TO command))"
    ),
    b"NOQUEUE: reject: RCPT from x[1.2.3.4]: 553 5.7.1 <c@d>: no; from=<a@b> to=<c@d> proto=ESMTP helo=<x: removed>",
    b"message repeated 2 times: [ NOQUEUE: reject: RCPT from x[1.2.3.4]: 553 no; from=<a@b> to=<c@d> proto=SMTP helo=<x>]",
    b"[ID 197553 mail.info] 4D43B278178: removed",
]
EXIM_STAMPS = [
    b"2026-11-24 07:54:18",
    b"2026-11-24 07:54:18.556",
    b"2026-11-24 07:54:18 +0900",
    b"2026-11-24 07:54:18.556 +0900 [81]",
    b"2026-11-24 07:54:18 [81]",
]
EXIM_SAID = [
    b'1xVlMG-00004X-0U <= a@corp.example H=pc21.corp.example [127.0.0.21] P=esmtpa A=plain_server:a S=367 id=x@y T=" S=1"',
    b"1xVlMG-00004X-0U <= <> R=1xVlMD-00002Y-00 U=Debian-exim P=local S=9",
    b'1xVlMG-00004X-0U <= "a b"@corp.example H=(x) [127.0.0.21] P=esmtp S=367',
    b"1xVlMG-00004X-0U <= a@corp.example",
    b'1xVl93-0000000001m-1EWb => c@d.example R=dnslookup T=remote_smtp H=mx [192.0.2.1] C="250 Ok"',
    b"1xVlMG-00004X-0U => c <c@d.example> R=localuser T=local_delivery",
    b'1xVlMG-00004X-0U => c d@e.example <"c d"@e.example> R=dnslookup T=remote_smtp H=mx [192.0.2.1]',
    b"1xVlMG-00004X-0U -> /dev/null <c@d.example> R=x T=y",
    b"1xVlMG-00004X-0U >> c@d.example F=<a@b.example> R=dnslookup T=remote_smtp H=mx [192.0.2.1]",
    b"1xVlMG-00004X-0U => c@d.example: unknown",
    b"1xVlMG-00004X-0U Completed",
    b"1xVlMG-00004X-0U Completed QT=3s",
    b"1xVlMG-00004X-0U Completed?",
    b"1xVlMG-00004X-0U ** c@d.example R=r T=t H=mx [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<c@d.example>: 553 no",
    b"H=(x) [192.0.2.1] F=<a@b.example> rejected RCPT <c@d.example>: 553 no",
    b"1xVlMG-00004X <= a@b",
    b"host exim[81]: 1xVlMG-00004X-0U Completed",
]


def lines_of(stamps: list[bytes], heads: list[bytes], said: list[bytes]) -> st.SearchStrategy[bytes]:
    forged = [text.encode() for text in grammar.FORGED]
    return st.builds(
        lambda stamp, head, words, more: stamp + b" " + head + words + more,
        st.sampled_from(stamps),
        st.sampled_from(heads),
        st.sampled_from([*said, *forged]),
        st.sampled_from([b"", b"", b"", *forged]),
    )


POSTFIX = lines_of(STAMPS, [origin + b" " for origin in ORIGINS], SAID)
EXIM = lines_of(EXIM_STAMPS, [b""], EXIM_SAID)
ANYTHING = st.sampled_from(
    [
        b"",
        b"x",
        b"2026-11-04T04:27:25Z",
        b"2026-11-04T04:27:25Z mail",
        b"Nov  4 04:27:25 mail last message repeated 3 times",
    ]
)


@given(st.lists(POSTFIX | POSTFIX | EXIM | ANYTHING, max_size=12))
def test_any_mixture_of_lines(lines: list[bytes]) -> None:
    log = b"".join(line + b"\n" for line in lines)

    assert told(log) == told_with_care(log)


@given(
    st.sampled_from(STAMPS), st.lists(st.tuples(st.sampled_from(ORIGINS), st.sampled_from(SAID)), max_size=12)
)
def test_lines_with_one_form_of_stamp(stamp: bytes, lines: list[tuple[bytes, bytes]]) -> None:
    log = b"".join(b"%b %b %b\n" % (stamp, *line) for line in lines)

    assert told(log) == told_with_care(log)


@given(st.sampled_from(EXIM_STAMPS), st.lists(st.sampled_from(EXIM_SAID), max_size=12))
def test_lines_of_exim_with_one_form_of_stamp(stamp: bytes, said: list[bytes]) -> None:
    log = b"".join(b"%b %b\n" % (stamp, words) for words in said)

    assert told(log) == told_with_care(log)


@pytest.mark.parametrize("stamp", STAMPS)
def test_each_form_of_stamp_has_its_pattern(stamp: bytes) -> None:
    line = stamp + b" mail postfix/qmgr[9]: 4D43B278178: removed\n"

    assert usual_lines(line * 3) == 2  # all but the first, before which no line ends


@pytest.mark.parametrize("stamp", EXIM_STAMPS)
def test_each_form_of_stamp_of_exim_has_its_pattern(stamp: bytes) -> None:
    assert usual_lines((stamp + b" 1xVlMG-00004X-0U Completed\n") * 3) == 2


def test_equal_lines_that_need_care_are_told_at_their_own_places() -> None:
    line = b"2026-11-04T04:27:25Z mail postfix/smtpd[249]: " + SAID[22] + b"\n"
    other = b"2026-11-04T04:27:25Z mail postfix/qmgr[9]: 4D43B278178: removed\n"
    log = other + line + other + line + line

    assert [call[1].offset for call in told(log) if call[0] == "refused"] == [
        found.start() for found in re.finditer(re.escape(line), log)
    ]


def test_a_block_of_more_than_is_looked_at_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = told(b"".join(LINES))
    monkeypatch.setattr(dialects, "_AT_ONCE", 1000)

    assert told(b"".join(LINES)) == whole


def test_who_only_counts_is_told_how_many() -> None:
    counted: list[int] = []
    log, recording = b"".join(LINES), Recording()
    question = asked()
    dialects.read(
        log,
        dialects.Asked(question.codes, question.stamps, question.remembered, (), counted.append),
        recording,
    )
    one_by_one = [call for call in told(log) if call[0] == "delivered"]

    assert sum(counted) > 0
    assert sum(counted) + len(recording.of("delivered")) == len(one_by_one)
