"""Whatever stands before a line, what it says is the same: every form that a log has, with the lines of real servers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dialects import corpus
from dialects.grammar import Address, exim_reject, postfix_reject
from dialects.prefix_forms import FORMS, OWN, TOKYO, Form, Line, by_syslog
from rejectwatch import dialects
from rejectwatch.correlate import Correlator
from rejectwatch.dialects.timestamps import Stamps
from rejectwatch.facts import Refused
from rejectwatch.state import State

CODES = frozenset({550, 551, 553, 554})
WRITTEN = datetime(2026, 11, 30, tzinfo=UTC)
POSTFIX = "postfix37-nodelay"
EXIM = "exim496-default"
SOME = 200
"""Lines of Exim, which hold half of its refusals, of all kinds."""

OF_THE_PREFIX = ("offset", "at", "host", "service", "process", "message")


@dataclass
class Read:
    """Listens to what comes after correlation; an attempt is called after the first refusal of it."""

    found: list[tuple[Refused, int]] = field(default_factory=list)
    deliveries: int = 0
    strange: int = 0
    lost: list[int | None] = field(default_factory=list)
    _attempts: list[str] = field(default_factory=list)

    def refusal(self, refused: Refused, attempt: str) -> None:
        if attempt not in self._attempts:
            self._attempts.append(attempt)
        self.found.append((refused, self._attempts.index(attempt)))

    def delivery(self, *_: object) -> None:
        self.deliveries += 1

    def not_understood(self, *_: object) -> None:
        self.strange += 1

    def _of_no_interest(self, *_: object, **__: object) -> None:
        """No record."""

    other_refusal = handed = _of_no_interest

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None:
        self.lost.append(lines)

    @property
    def records(self) -> list[dict[str, Any]]:
        names = [one.name for one in fields(Refused) if one.name not in OF_THE_PREFIX]
        return [
            {name: getattr(refused, name) for name in names} | {"attempt": attempt}
            for refused, attempt in self.found
        ]


def read(log: bytes, zone: str = "Asia/Tokyo") -> Read:
    told, state = Read(), State()
    stamps = Stamps(ZoneInfo(zone), WRITTEN, begins=True)
    asked = dialects.Asked(CODES, stamps, dialects.Remembered(state.lines, ""))
    dialects.read(log, asked, Correlator(state, dialects.who, lambda offset, n: f"{offset} {n}", told))
    return told


def written(form: Form, lines: list[Line]) -> bytes:
    text = form.begin + "".join(form.write(line) + form.end for line in lines)
    return text.encode("utf-8", "surrogateescape")


@cache
def postfix_lines() -> list[Line]:
    prefix = re.compile(r"(\w{3} [ \d]\d \d\d:\d\d:\d\d) (\S+) (\S+?)\[(\d+)\]: (.*)")
    lines = []
    for number, line in enumerate(
        corpus.log(POSTFIX).decode("utf-8", "surrogateescape").rstrip("\n").split("\n")
    ):
        found = prefix.fullmatch(line)
        assert found
        stamp, host, tag, pid, text = found.groups()
        lines.append(Line(_at(f"2026 {stamp}", "%Y %b %d %H:%M:%S", number), host, tag, pid, text))
    return lines


@cache
def exim_lines() -> list[Line]:
    lines = []
    for number, line in enumerate(
        corpus.log(EXIM).decode("utf-8", "surrogateescape").rstrip("\n").split("\n")
    ):
        lines.append(
            Line(_at(line[:19], "%Y-%m-%d %H:%M:%S", number), "mail", "exim", str(1000 + number), line[20:])
        )
    return lines


def _at(stamp: str, form: str, number: int) -> datetime:
    """The month's fourth: a day of one digit. Each line has its own microseconds."""
    at = datetime.strptime(stamp, form).replace(tzinfo=TOKYO, day=4)
    return at + timedelta(microseconds=(number * 12_345 + 100_001) % 1_000_000)


@cache
def expected(server: str, lines: int) -> Read:
    return read(b"".join(corpus.log(server).splitlines(keepends=True)[:lines]))


def cut(at: datetime, digits: int) -> datetime:
    return at.replace(microsecond=at.microsecond // 10 ** (6 - digits) * 10 ** (6 - digits))


def check(form: Form, server: str, lines: list[Line]) -> None:
    """That this form of a log says what its lines say."""
    told, known = read(written(form, lines)), expected(server, len(lines))
    number_of = {offset: number for number, offset in enumerate(starts(corpus.log(server)))}
    at = [cut(lines[number_of[one.offset]].at, form.digits) for one, _ in known.found]

    assert told.records == known.records
    assert (told.deliveries, told.strange) == (known.deliveries, known.strange)
    assert [refused.at for refused, _ in told.found] == at
    assert {refused.host for refused, _ in told.found} == {form.host}
    assert [refused.service for refused, _ in told.found] == [
        form.service or one.service for one, _ in known.found
    ]


def starts(log: bytes) -> list[int]:
    return [0, *(found.end() for found in re.finditer(rb"\n", log))]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_line_of_postfix_says_the_same_behind_each_prefix(form: Form) -> None:
    check(form, POSTFIX, postfix_lines())


@pytest.mark.parametrize("form", OWN, ids=lambda form: form.name)
def test_a_line_of_exims_own_files_says_the_same_behind_each_prefix(form: Form) -> None:
    check(replace(form, host=None), EXIM, exim_lines())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_line_of_exim_says_the_same_by_way_of_each_logger(form: Form) -> None:
    write = by_syslog(form.write, stamp=True, pid=True, tag="exim")

    check(replace(form, write=write, service="exim"), EXIM, exim_lines()[:SOME])


OFTEN = [
    form
    for form in FORMS
    if form.name
    in ("traditional", "RFC 3339", "RFC 5424", "date blank time", "busybox -S", "FreeBSD -vv", "CRI")
]


@pytest.mark.parametrize("form", OFTEN, ids=lambda form: form.name)
@pytest.mark.parametrize("tag", ["exim", "exim4", "exim-4.97.1-0", "mta-out"])
@pytest.mark.parametrize("stamp", [True, False])
@pytest.mark.parametrize("pid", [True, False])
def test_whatever_exim_is_told_to_give_to_the_logger(form: Form, tag: str, *, stamp: bool, pid: bool) -> None:
    write = by_syslog(form.write, stamp=stamp, pid=pid, tag=tag)

    check(replace(form, write=write, service=tag), EXIM, exim_lines()[:SOME])


@pytest.mark.parametrize(
    "tag", ["postfix", "postfix@-.service"], ids=["cut at its slash", "journalctl -o with-unit"]
)
@pytest.mark.parametrize("form", OFTEN, ids=lambda form: form.name)
def test_a_tag_need_not_name_the_program(form: Form, tag: str) -> None:
    lines = [replace(line, tag=tag) for line in postfix_lines()]

    check(replace(form, service=tag), POSTFIX, lines)


AT = datetime(2026, 11, 4, 4, 27, 25, tzinfo=TOKYO)
FORGED = (
    "4D43B278178: client=evil[192.0.2.66], sasl_method=PLAIN, sasl_username=root",
    "NOQUEUE: reject: RCPT from evil[192.0.2.66]: 550 5.7.1 <x@y>: no; from=<a@b> to=<x@y> proto=ESMTP helo=<x>",
    "H=evil [192.0.2.66] F=<a@b> A=plain:root rejected RCPT <x@y>: 550 no",
)


def forgeries() -> list[Address]:
    """Senders whose local part is a whole line, in every second form."""
    lines = [Line(AT, "mail", "postfix/smtpd", "66", text) for text in FORGED]
    return [Address(form.write(line), "corp.example") for form in (*FORMS, *OWN)[::2] for line in lines]


def what_is_said(line: bytes) -> str:
    return line.decode().rstrip("\n").partition("]: ")[2]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_whoever_sends_to_postfix_can_forge_no_line_of_any_form(form: Form) -> None:
    said = [what_is_said(postfix_reject(sender=sender, helo=sender.local)) for sender in forgeries()]
    lines = [Line(AT, "mail", "postfix/smtpd", str(number), text) for number, text in enumerate(said)]
    found = [refused for refused, _ in read(written(form, lines)).found]

    assert len(found) == len(lines)
    assert {(one.code, one.user, one.client_ip, one.recipient) for one in found} == {
        (553, "alice", "127.0.0.21", "lee@ok.example")
    }


@pytest.mark.parametrize("form", OWN, ids=lambda form: form.name)
def test_whoever_sends_to_exim_can_forge_no_line_of_any_form(form: Form) -> None:
    said = [exim_reject(prefix="", sender=sender).decode().rstrip("\n") for sender in forgeries()]
    lines = [Line(AT, "mail", "exim", "81", text) for text in said]
    found = [refused for refused, _ in read(written(form, lines)).found]

    assert len(found) == len(lines)
    assert {(one.code, one.user, one.client_ip, one.recipient) for one in found} == {
        (553, "alice", "127.0.0.22", "lee@ok.example")
    }


# ── what the logger says, and lines in parts ──

REJECT = Line(AT, "mail", "postfix/smtpd", "249", what_is_said(postfix_reject()))
WHOLE = [
    form
    for form in FORMS
    if form.name not in ("docker json-file", "RFC 5424, BOM") and not form.name.endswith("its lines between")
]


def repeats(form: Form, *lines: Line) -> list[tuple[int, str | None]]:
    return [(refused.repeat, refused.user) for refused, _ in read(written(form, list(lines))).found]


@pytest.mark.parametrize("form", WHOLE, ids=lambda form: form.name)
def test_syslogd_says_that_a_line_came_again(form: Form) -> None:
    again = replace(REJECT, tag="syslogd", pid="", text="last message repeated 3 times")

    assert repeats(form, REJECT, again, again) == [(1, "alice"), (3, "alice"), (3, "alice")]


@pytest.mark.parametrize(
    "form", [form for form in WHOLE if not form.name.startswith("RFC 5424")], ids=lambda form: form.name
)
def test_it_says_so_without_its_name(form: Form) -> None:
    again = replace(REJECT, tag="last message repeated 3 times", pid="", text="")

    assert repeats(form, REJECT, again) == [(1, "alice"), (3, "alice")]


@pytest.mark.parametrize("form", WHOLE, ids=lambda form: form.name)
def test_rsyslog_repeats_the_line(form: Form) -> None:
    again = replace(REJECT, text=f"message repeated 2 times: [ {REJECT.text}]")

    assert repeats(form, REJECT, again) == [(1, "alice"), (2, "alice")]


@pytest.mark.parametrize(
    "form", [form for form in WHOLE if form.name != "RFC 5424, data"], ids=lambda form: form.name
)
@pytest.mark.parametrize("pid", ["81", ""])
def test_exim_writes_a_line_in_parts(form: Form, pid: str) -> None:
    said = "2026-11-04 04:27:25 " + exim_reject(prefix="").decode().rstrip("\n")
    parts = [f"[1/3] {said[:60]}", f"[2/3] {said[60:99]}", f"[3/3] {said[99:]}"]
    lines = [Line(AT, "mail", "exim", pid, part) for part in parts]
    ((refused, _),) = read(written(form, lines)).found

    assert (refused.code, refused.user, refused.recipient) == (553, "alice", "lee@ok.example")


DROPPED = [
    ("rsyslogd", "", "imjournal: 236 messages lost due to rate-limiting (20000 allowed within 600 seconds)"),
    ("rsyslogd", "812", "imuxsock lost 236 messages from pid 249 due to rate-limiting"),
    ("systemd-journald", "346", "Suppressed 236 messages from postfix@-.service"),
]


@pytest.mark.parametrize("form", WHOLE, ids=lambda form: form.name)
def test_a_logger_says_that_it_has_dropped_lines(form: Form) -> None:
    assert read(written(form, [Line(AT, "mail", *said) for said in DROPPED])).lost == [236, 236, 236]
