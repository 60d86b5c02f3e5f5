"""The compact script of a scenario. One line, one session:

    09:00 alice@corp.example as alice from 203.0.113.5 → mori@denki.example sent
    09:05 alice@corp.example from 192.168.1.20 → a@x.example, b@y.example refused not-logged-in | bob@corp.example delivered
    09:10:30 … sales@corp.example → mori@denki.example refused not-owned
    10:00 ×37 every 3s user{n}@corp.example as user{n} from {host} → r{1..5}@denki.example bounced by mx2.denki.example listed
    day 3

`…`: one more mail in the session of the line above. `×37 every 3s`: so many sessions; in each, `{n}` counts from 1 and
`{host}` is an address of its own. `{1..5}` are five recipients. `day 3` is the day after day 2; the first is a Monday.
Behind the sender may stand `as LOGIN`, `from ADDRESS`, `name HOST`, `helo NAME`, `port 25`, `on SERVER`.
What became of it: see `happened.Became`; then, if the other server is not the domain's own, `by SERVER`; then the reply,
by its name or in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast, get_args

from scenarios.happened import Became, Mail, Session, To

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
REPLIES = {
    "not-logged-in": "553 5.7.1 <{sender}>: Sender address rejected: not logged in",
    "not-owned": "553 5.7.1 <{sender}>: Sender address rejected: not owned by user {login}",
    "relay-denied": "553 5.7.1 <{recipient}>: Relay access denied",
    "auth-needed": "553 5.7.1 Authentication required to send mail to outside addresses",
    "listed": "553 5.7.1 Service unavailable; Client host [198.51.100.25] blocked using bl.example",
    "spf": "553 5.7.1 SPF check failed: 198.51.100.25 is not allowed to send mail for corp.example",
    "bad-syntax": "553 5.1.3 <{recipient}>: Recipient address rejected: bad address syntax",
    "out-of-hours": "553 5.7.1 <{recipient}>: Recipient address rejected: mail to outside addresses is permitted"
    " between 08:00 and 20:00 only",
    "quota": "553 5.7.1 <{sender}>: Sender address rejected: daily sending quota exceeded",
    "unknown-user": "553 5.1.1 <{recipient}>: Recipient address rejected: User unknown",
}
_LINE = re.compile(
    r"(?P<time>\d\d:\d\d(?::\d\d)?)(?P<goes_on> …)?(?: ×(?P<times>\d+) every (?P<step>\d+(?:ms|s|m|h)))?"
    r" (?P<sender>\S+)(?P<more>(?: (?:as|from|name|helo|port|on) \S+)*) → (?P<to>.+)"
)
_BECAME = re.compile(
    rf"(?P<addresses>.+?) (?P<became>{'|'.join(get_args(Became))})(?: by (?P<by>\S+))?(?: (?P<reply>.+))?"
)
_SEVERAL = re.compile(r"\{(\d+)\.\.(\d+)\}")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def moment(text: str, first_day: datetime = MONDAY) -> datetime:
    """`09:00`, `09:00:30`, `day 3 09:00`; without a day it is the first."""
    *day, time = text.split()
    hours, minutes, seconds = (*map(int, time.split(":")), 0)[:3]
    days = int(day[1]) - 1 if day else 0
    return first_day + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def sessions(script: str, replies: Mapping[str, str]) -> list[Session]:
    """All sessions of a script, in the order of their begin."""
    known = {**REPLIES, **replies}
    midnight = MONDAY
    found: list[Session] = []
    for line in script.splitlines():
        text = " ".join(line.partition(" #")[0].split())
        if not text or text.startswith("#"):
            continue
        if text.startswith("day "):
            midnight = MONDAY + timedelta(days=int(text[4:]) - 1)
            continue
        if (match := _LINE.fullmatch(text)) is None:
            raise ValueError(f"not a line of a script: {text}")
        if match["goes_on"]:
            last = found.pop()
            (more,) = _mails(match, midnight, known, 1)
            found.append(replace(last, mails=(*last.mails, more)))
            continue
        found += _sessions(match, midnight, known)
    return sorted(found, key=lambda session: session.begins)


def _sessions(match: re.Match[str], midnight: datetime, replies: Mapping[str, str]) -> Iterator[Session]:
    words = match["more"].split()
    more = dict(zip(words[::2], words[1::2], strict=True))
    for number, mail in enumerate(_mails(match, midnight, replies, int(match["times"] or 1)), 1):
        given = {word: _filled(value, number) for word, value in more.items()}
        yield Session(
            ip=given["from"],
            mails=(mail,),
            login=given.get("as", ""),
            name=given.get("name", "unknown"),
            helo=given.get("helo", "[192.168.0.14]"),
            port=int(given.get("port", "587")),
            server=given.get("on", "mail"),
        )


def _mails(
    match: re.Match[str], midnight: datetime, replies: Mapping[str, str], times: int
) -> Iterator[Mail]:
    begins = moment(match["time"], midnight).timestamp()
    step = _seconds(match["step"] or "0s")
    sender = "" if match["sender"] == "<>" else match["sender"]
    for number in range(1, times + 1):
        parts = _filled(match["to"], number).split(" | ")
        to = tuple(one for part in parts for one in _recipients(part, replies))
        yield Mail(begins + (number - 1) * step, _filled(sender, number), to)


def _seconds(text: str) -> float:
    unit = text.lstrip("0123456789")
    return int(text.removesuffix(unit)) * _UNITS[unit]


def _recipients(part: str, replies: Mapping[str, str]) -> Iterator[To]:
    if (match := _BECAME.fullmatch(part)) is None:
        raise ValueError(f"what became of it? {part}")
    reply = match["reply"] or ""
    if reply and not reply[0].isdigit():
        reply = replies[reply]
    for address in match["addresses"].split(", "):
        for one in _each(address):
            yield To(one, cast("Became", match["became"]), reply, match["by"] or "")


def _each(address: str) -> Iterator[str]:
    if (several := _SEVERAL.search(address)) is None:
        yield address
        return
    for number in range(int(several[1]), int(several[2]) + 1):
        yield f"{address[: several.start()]}{number}{address[several.end() :]}"


def _filled(text: str, number: int) -> str:
    host = f"198.18.{number // 250}.{number % 250 + 1}"
    return text.replace("{n}", str(number)).replace("{host}", host)
