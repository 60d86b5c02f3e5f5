"""No text takes long, whoever wrote it: neither a pattern nor a parser needs more than its length.

One line of 483 characters once took a naive pattern 7.3 seconds, and no other thread of Python ran meanwhile.
So each pattern of the program gets the texts that would make it go back and forth: the pieces it is made of, and
whatever leads up to one of its repetitions, again and again, with an end that does not fit.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]  # the parser of `re` has no public name
from re import _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import rejectwatch
from dialects.recording import recorded
from rejectwatch.causes import CAUSES, Cause, Reply, diagnose
from rejectwatch.causes.reading import read
from rejectwatch.causes.texts import Sight, Text, Words
from rejectwatch.dialects import DIALECTS, prefixes, who
from rejectwatch.dialects.pattern import Pattern
from rejectwatch.messages.neutral import LONGEST_NAME, LONGEST_REPLY, harmless, named, quoted

pytestmark = pytest.mark.slow

LINE = 64 << 10
"""Bytes of a line that are kept."""
AT_ONCE = 0.005
"""Seconds for a line; what takes no longer is not asked how it grows."""

METHODS = {"match", "fullmatch", "search", "finditer", "findall", "sub", "split"}
SIGNS = ("a", "1", " ", ".", "-", "_", ":", "=", "<", ">", "(", "[", '"', "\\", "@", "\n", "\xe9", "\0")
END = "\0"
"""Fits nowhere."""

Call = Callable[[Any], object]


def quoted_text(text: str, longest: int) -> str:
    return quoted(text, "“”", longest)


def named_text(text: str, longest: int) -> str:
    return named(text, "“”", longest)


# ── does it grow evenly? ──


def seconds(call: Call, text: Any, times: int = 1) -> float:
    """Of the processor, not of the clock."""
    best = float("inf")
    for _ in range(times):
        began = time.thread_time()
        call(text)
        best = min(best, time.thread_time() - began)
    return best


def grows_evenly(call: Call, make: Callable[[int], Any], longest: int = LINE, first: int = 8) -> bool:
    """Whether twice the text takes about twice the time. It begins with a short one: the longest might never end.

    A time is compared with a time on the same machine: four times as much for twice the text is a square.
    """
    at_once = AT_ONCE * longest / LINE
    size = first
    while size < longest:
        size = (
            size * 2 if size > 64 else size * 5 // 4
        )  # where each character doubles the time, twice is too far
        if seconds(call, make(size)) < at_once:
            continue
        if all(_takes_four_times(call, make, size, times) for times in (2, 5, 20)):
            return False
    return True


def _takes_four_times(call: Call, make: Callable[[int], Any], size: int, times: int) -> bool:
    return seconds(call, make(size), times) > 3 * seconds(call, make(size // 2), times)


@pytest.mark.parametrize(
    "naive, method",
    [
        (r"(a+)+b", "match"),
        (r"(?:\w+\s?)*:", "match"),
        (r".*=.*=.*;", "match"),
        (r'"(?:[^"\\]|\\.)*"', "finditer"),
        (r"\s+$", "search"),
    ],
)
def test_a_naive_pattern_would_be_found(naive: str, method: str) -> None:
    used = Used("", re.compile(naive), frozenset({method}))

    assert slow_attack_on(used) is not None


# ── what a pattern is made of ──


class Attack(NamedTuple):
    """What leads up to a repetition, what is repeated, what ends it."""

    before: str
    again: str
    end: str

    def in_bytes(self, size: int) -> bytes:
        return self.text(size).encode("latin-1", "replace")

    def text(self, size: int) -> str:
        room = max(size - len(self.before) - len(self.end), len(self.again))
        return self.before + self.again * (room // len(self.again)) + self.end


def attacks_on(pattern: str | bytes, flags: int) -> Iterator[Attack]:
    """None on a pattern that repeats nothing: how far it looks from each place is bounded."""
    tree = _parser.parse(pattern, flags)
    repetitions = dict(_leads(tree, ""))
    if not repetitions:
        return
    pieces = {*_pieces(tree), *SIGNS}
    for before, body in {"": "a", **repetitions}.items():
        for again in {body or "a", *pieces}:
            yield Attack(before, again, END)


def _pieces(tree: Any) -> Iterator[str]:
    """The literal texts of a pattern, and two of them that follow each other."""
    found = [*_literals(tree)]
    yield from found
    yield from (one + other for one, other in pairwise(found))


def _literals(tree: Any) -> Iterator[str]:
    text = ""
    for operator, value in tree:
        if operator is sre.LITERAL:
            text += chr(value)
            continue
        if text:
            yield text
        text = ""
        for inner in _inner(operator, value):
            yield from _literals(inner)
    if text:
        yield text


def _inner(operator: Any, value: Any) -> list[Any]:
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return [value[2]]
    if operator is sre.SUBPATTERN:
        return [value[3]]
    if operator is sre.BRANCH:
        return list(value[1])
    if operator is sre.ATOMIC_GROUP:
        return [value]
    if operator in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    return []


def _leads(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """What leads up to each repetition, and what it repeats."""
    for operator, value in tree:
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT) and value[1] > 8:
            yield before, _sample(value[2])
        for inner in _inner(operator, value):
            yield from _leads(inner, before)
        before += _sample([(operator, value)])


def _sample(tree: Any) -> str:
    """A text that fits, as short as can be."""
    return "".join(_fitting(operator, value) for operator, value in tree)


def _fitting(operator: Any, value: Any) -> str:
    if operator is sre.LITERAL:
        return chr(value)
    if operator in (sre.ANY, sre.NOT_LITERAL):
        return "a"
    if operator is sre.IN:
        return _member(value)
    if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return _sample(value[2]) * int(min(value[0], 4))
    if operator in (sre.ASSERT, sre.ASSERT_NOT):
        return ""
    return _sample(inner[0]) if (inner := _inner(operator, value)) else ""


def _member(members: Any) -> str:
    kind, value = members[0]
    if kind is sre.NEGATE:
        taken = {value for kind, value in members if kind is sre.LITERAL}
        return next(sign for sign in SIGNS if ord(sign) not in taken)
    if kind is sre.RANGE:
        value = value[0]
    if kind is sre.CATEGORY:
        return "1" if value is sre.CATEGORY_DIGIT else " " if value is sre.CATEGORY_SPACE else "a"
    return chr(value)


# ── the patterns of the program ──


class Used(NamedTuple):
    """A pattern, where it stands, and how it is used."""

    where: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]

    def calls(self) -> Iterator[Call]:
        return (partial(_used, self.pattern, method) for method in self.methods)


def _used(pattern: re.Pattern[Any], method: str, text: Any) -> object:
    if method == "sub":
        return pattern.sub(text[:0], text)
    found = getattr(pattern, method)(text)
    # One after the other, as the program does: to keep thousands of matches takes the memory's time, not the pattern's.
    return deque(found, maxlen=0) if method == "finditer" else found


OUR_OWN = ("rejectwatch.causes.phrases", "rejectwatch.messages.catalogue")
"""Their patterns read what we have written ourselves."""

PATTERN = 16 << 10
"""Characters are enough to see how a pattern grows."""


def slow_attack_on(used: Used) -> Attack | None:
    is_bytes = isinstance(used.pattern.pattern, bytes)
    for attack in attacks_on(used.pattern.pattern, used.pattern.flags):
        make = attack.in_bytes if is_bytes else attack.text
        if not all(grows_evenly(call, make, PATTERN) for call in used.calls()):
            return attack
    return None


@cache
def used_patterns() -> tuple[Used, ...]:
    """All patterns of all modules, with the methods by which the modules that name them use them."""
    where: dict[re.Pattern[Any], str] = {}
    methods: defaultdict[re.Pattern[Any], set[str]] = defaultdict(set)
    for found in pkgutil.walk_packages(rejectwatch.__path__, "rejectwatch."):
        if found.name.endswith("__main__") or found.name in OUR_OWN:
            continue
        module = importlib.import_module(found.name)
        patterns = {
            name: _made(one)
            for name, one in vars(module).items()
            if isinstance(one, re.Pattern | Pattern | Words)
        }
        where |= {one: f"{found.name}.{name}" for name, one in patterns.items() if one not in where}
        for name, method in _called(module):
            if name in patterns:
                methods[patterns[name]].add(method)
    for cause in CAUSES:
        texts = cause.judge.texts
        unless = {cause.judge.unless, *(one._unless for one in texts if isinstance(one, Text))}
        for words in filter(None, unless):
            where.setdefault(_made(words), f"rejectwatch.causes.{cause.slug} {words.pattern[:40]}")
            methods[_made(words)].add("search")
    for dialect, line in zip(DIALECTS, (b"Nov  4 04:27:25 ", b"2026-11-24 07:54:18 H="), strict=True):
        usual = dialect.usual.pattern(dialect.usual.stamp(line) or b"")
        where[usual] = f"rejectwatch.dialects.{dialect.name}.usual"
        methods[usual].add("findall")
    # One that is only handed on is an argument of `match` somewhere else.
    return tuple(Used(where[one], one, frozenset(methods[one] or {"match", "fullmatch"})) for one in where)


def _made(one: re.Pattern[Any] | Pattern | Words) -> re.Pattern[Any]:
    if isinstance(one, Pattern):
        return re.compile(one.pattern, one.flags)
    return re.compile(one.pattern) if isinstance(one, Words) else one


def _called(module: ModuleType) -> Iterator[tuple[str, str]]:
    """The names on which a module calls a method of patterns."""
    assert module.__file__
    for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in METHODS:
                yield name, method


@pytest.mark.parametrize("used", used_patterns(), ids=lambda used: used.where.removeprefix("rejectwatch."))
def test_no_pattern_takes_more_than_its_text_is_long(used: Used) -> None:
    assert slow_attack_on(used) is None


# ── the ways of a line, and of a reply ──


JUDGED = "553 5.7.1 "
AGAIN = ("a", "a ", " ", ".", "@", "<a@b>", '"', "(")


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.slug)
def test_no_text_of_a_cause_takes_long_to_be_found(cause: Cause) -> None:
    slow = []
    for text in cause.judge.texts:
        for attack in _attacks_on(text):
            plain = read(Reply(JUDGED + attack.text(LINE))).plain
            search = partial(_searched, text)
            if seconds(search, plain) > AT_ONCE and seconds(search, plain, 5) > AT_ONCE:
                slow.append((text.phrase, attack))

    assert slow == []


def _attacks_on(text: Text | Sight) -> Iterator[Attack]:
    tree = _parser.parse(text.pattern, 0)
    for before, body in {"": "a", **dict(_leads(tree, ""))}.items():
        for again in {body or "a", *AGAIN}:
            yield Attack(before, again, END)


def _searched(text: Text | Sight, plain: str) -> object:
    return text.search(plain, "")


@pytest.mark.parametrize("again", [*AGAIN, "sender address rejected ", "/", "1.2.3.4 "])
def test_no_reply_takes_long_to_diagnose(again: str) -> None:
    reply = Reply(JUDGED + again * (LINE // len(again)))

    assert seconds(diagnose, reply) < 10 * AT_ONCE or seconds(diagnose, reply, 5) < 10 * AT_ONCE


def pieces(*packages: str) -> set[str]:
    """Of what the patterns of these packages are made."""
    used = (one for one in used_patterns() if one.where.startswith(packages))
    return {piece for one in used for piece in _pieces(_parser.parse(one.pattern.pattern, one.pattern.flags))}


SYSLOG = "Nov 24 04:27:25 mail "
EXIM = "2026-11-24 07:54:18 "
HEADS = (
    "",
    f"{SYSLOG}postfix/smtpd[249]: ",
    f"{SYSLOG}postfix/smtpd[249]: NOQUEUE: reject: RCPT from pc21.corp.example[127.0.0.21]: 553 5.7.1 ",
    f"{SYSLOG}postfix/smtpd[249]: NOQUEUE: reject: EHLO from pc21.corp.example[127.0.0.21]: 553 5.7.1 <x",
    f"{SYSLOG}postfix/cleanup[249]: 0D5B6278184: milter-reject: RCPT from pc21.corp.example[127.0.0.21]: 553 5.7.1 ",
    (
        f"{SYSLOG}postfix/smtpd[249]: NOQUEUE: reject: RCPT from pc21.corp.example[127.0.0.21]: 553 5.7.1 <a@b>: no;"
        ' from=<"'
    ),
    f"{SYSLOG}postfix/smtpd[249]: 4D43B278178: client=",
    f"{SYSLOG}postfix/qmgr[248]: 4D43B278178: from=<",
    f"{SYSLOG}postfix/smtp[262]: 0D5B6278184: to=<",
    f'{SYSLOG}postfix/smtp[262]: 0D5B6278184: to=<"',
    f"{SYSLOG}postfix/smtp[262]: 0D5B6278184: to=<lee@ok.example>, relay=mx[127.0.0.41]:25, ",
    (
        f"{SYSLOG}postfix/smtp[262]: 0D5B6278184: to=<lee@ok.example>, relay=mx[127.0.0.41]:25, delay=0, dsn=5.7.1,"
        " status=bounced (host mx[127.0.0.41] said: 553 "
    ),
    f"{EXIM}1xVlMD-00002Y-0q <= a@corp.example ",
    f"{EXIM}1xVlMD-00002Y-0q => ",
    f"{EXIM}1xVlMD-00002Y-0q ** lee@ok.example ",
    (
        f"{EXIM}1xVlMD-00002Y-0q ** lee@ok.example R=dnslookup T=remote_smtp H=mx [127.0.0.41]: SMTP error from remote"
        " mail server after RCPT TO:<lee@ok.example>: 553 "
    ),
    f"{EXIM}H=pc22.corp.example (k3) [127.0.0.22] ",
    f"{EXIM}H=pc22.corp.example (k3) [127.0.0.22] F=<",
    f"{EXIM}H=pc22.corp.example (k3) [127.0.0.22] F=<a@b> A=plain:",
    f"{EXIM}H=pc22.corp.example (k3) [127.0.0.22] rejected RCPT <",
    f"{EXIM}H=pc22.corp.example (k3) [127.0.0.22] rejected VRFY ",
    f"{EXIM}H=pc22.corp.example (k3) [127.0.0.22] sender verify fail for <a@b>: ",
    f"{EXIM}cram authenticator failed for ",
)
"""The beginnings of lines, up to where a stranger's words begin."""


@pytest.mark.parametrize("head", HEADS)
def test_no_line_takes_long_to_read(head: str) -> None:
    slow = []
    for piece in {*pieces("rejectwatch.dialects"), *SIGNS} - {"\n"}:
        attack = Attack(head, piece, ")\n")
        if not grows_evenly(recorded, attack.in_bytes, first=LINE // 2):
            slow.append(attack)

    assert slow == []


def test_no_line_of_many_needles_takes_long_to_read() -> None:
    """All needles of all dialects in one line, again and again: each kind nominates a line once."""
    needles = "".join(needle.decode().strip("\n") for dialect in DIALECTS for needle in dialect.needles)

    for head in HEADS:
        assert grows_evenly(recorded, Attack(head, needles, "\n").in_bytes, first=LINE // 2)


@pytest.mark.parametrize("mta", ["postfix", "exim"])
def test_nobody_takes_long_to_be_known(mta: str) -> None:
    begins = ("", "pc21.corp.example[127.0.0.21]", " H=pc22.corp.example (k3) [127.0.0.22]")
    for begin in begins:
        for piece in {*pieces(f"rejectwatch.dialects.{mta}"), *SIGNS}:
            assert grows_evenly(
                lambda raw: who.__wrapped__(mta, raw), Attack(begin, piece, END).in_bytes, first=LINE // 2
            )


@pytest.mark.parametrize("prefix", [prefixes.syslog, prefixes.exim])
def test_no_prefix_takes_long(prefix: Callable[[bytes, int, int], object]) -> None:
    for head in HEADS:
        for piece in SIGNS:
            line = Attack(head, piece, "")
            assert grows_evenly(
                lambda block: prefix(block + b"\n" * 30, 0, len(block)), line.in_bytes, first=LINE // 2
            )


@pytest.mark.parametrize("made", [harmless, quoted_text, named_text])
def test_no_text_takes_long_to_be_made_harmless(made: Callable[..., str]) -> None:
    for piece in {*pieces("rejectwatch.messages.neutral"), *SIGNS, "\u0300", "\u202e", "www.", "://", "“"}:
        for longest in (LONGEST_NAME, LONGEST_REPLY):
            make = Attack("a", piece, END).text
            assert grows_evenly(partial(made, longest=longest), make, first=LINE // 2)
