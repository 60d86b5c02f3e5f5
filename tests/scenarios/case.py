"""A scenario as data: a file in `cases/`, with what must be told written down before anything was run.

    rule = "the sentence that it is about, in its own words"
    about = "what happens here; where the sentence leaves a choice: which, and that only the weakest is asked for"
    mta = ["postfix", "exim"]           # by default Postfix alone; `servers` and `probed` need it
    now = "day 9 00:00"                 # how far the clock runs on; by default two hours after the last line
    config = '…'                        # TOML, by default none
    log = '…'                           # see `script`
    [replies]                           # names for replies of this case
    [[messages]]                        # all of them, in order
    at = "09:12"                        # the minute; "09:12:30" to five seconds; "09:12..09:20" a span
    kind = "opened"

A field of a message is one of `rejectwatch replay --format json`, and is compared so: text and numbers as they are, a
text of the form ">=3" as a bound; of several texts for a field with one value any may be right; a list is compared
without its order; `first_at`, `last_at`, `last_success_at` as `at`, or "never".
Besides: `incident` is a name: equal names, equal incidents. `flags_with`, `flags_without`: some of the flags.
`text_has`: words of title or text. `maybe = true`: the message may be there or not.
"""

from __future__ import annotations

import operator
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scenarios.exim_lines import EximLog
from scenarios.happened import Session
from scenarios.postfix_lines import PostfixLog
from scenarios.script import MONDAY, moment, sessions
from scenarios.stamps import EXIM, RSYSLOG, Line, stamped

CASES = Path(__file__).with_name("cases")

Expected = Mapping[str, Any]
Told = Mapping[str, Any]

_LISTS = ("users", "senders", "client_ips", "recipient_domains", "flags")
_TIMES = ("at", "first_at", "last_at", "last_success_at")
_OURS = ("incident", "flags_with", "flags_without", "text_has", "maybe")
_BOUNDS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_PLAIN = (
    "kind rule channel subject_kind subject user_count cause confidence who_acts attempts refusals".split()
)
FIELDS = frozenset((*_LISTS, *_TIMES, *_OURS, *_PLAIN))


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    rule: str
    about: str
    mta: tuple[str, ...]
    now: datetime | None
    config: str
    happened: tuple[Session, ...]
    messages: tuple[Expected, ...]

    def logs(self, mta: str) -> dict[str, str]:
        """The log of each server, by its name."""
        writer = PostfixLog() if mta == "postfix" else EximLog()
        by_server: dict[str, list[Line]] = {}
        for session in self.happened:
            by_server.setdefault(session.server, []).extend(writer.lines(session))
        prefix = RSYSLOG if mta == "postfix" else EXIM
        zone = MONDAY.tzinfo
        assert zone is not None
        return {server: "".join(stamped(lines, prefix, zone)) for server, lines in by_server.items()}

    @property
    def runs_until(self) -> datetime:
        """Two hours are enough for what waits for minutes."""
        last = max(session.ends for session in self.happened)
        return self.now or datetime.fromtimestamp(last, MONDAY.tzinfo) + timedelta(hours=2)


def load(file: Path) -> Case:
    data = tomllib.loads(file.read_text("utf-8"))
    strange = {key for message in data.get("messages", ()) for key in message} - FIELDS
    if strange:
        raise ValueError(f"{file.name}: no such field: {', '.join(sorted(strange))}")
    return Case(
        name=file.stem,
        rule=data["rule"],
        about=data["about"],
        mta=tuple(data.get("mta", ["postfix"])),
        now=moment(data["now"]) if "now" in data else None,
        config=data.get("config", ""),
        happened=tuple(sessions(data["log"], data.get("replies", {}))),
        messages=tuple(data.get("messages", ())),
    )


def cases() -> list[Case]:
    return [load(file) for file in sorted(CASES.glob("*.toml"))]


# ── what was told against what was to be told ────────────────────────────────────────────────────


def differences(
    expected: Sequence[Expected], told: Sequence[Told], first_day: datetime = MONDAY
) -> list[str]:
    """What is wrong, a sentence each; nothing if all is as it was to be."""
    wrong: list[str] = []
    names: dict[str, str] = {}
    waiting = list(told)
    for message in expected:
        if message.get("maybe") and not (waiting and not _unlike(message, waiting[0], {}, first_day)):
            continue
        if not waiting:
            wrong.append(f"missing: {_short(message)}")
            continue
        got = waiting.pop(0)
        if unlike := _unlike(message, got, names, first_day):
            wrong.append(f"wanted {_short(message)}; got {summary(got)}: {'; '.join(unlike)}")
    wrong += (f"too much: {summary(got)}" for got in waiting)
    return wrong


def _unlike(expected: Expected, got: Told, names: dict[str, str], first_day: datetime) -> list[str]:
    return [
        f"{key} is {got.get(key.partition('_with')[0] if 'flags' in key else key)!r}, not {wanted!r}"
        for key, wanted in expected.items()
        if not _is_right(key, wanted, got, names, first_day)
    ]


def _is_right(key: str, wanted: Any, got: Told, names: dict[str, str], first_day: datetime) -> bool:
    match key:
        case "maybe":
            return True
        case "incident":
            others = {other for name, other in names.items() if name != wanted}
            return (
                names.setdefault(wanted, got["incident"]) == got["incident"] and got["incident"] not in others
            )
        case "flags_with":
            return set(wanted) <= set(got["flags"])
        case "flags_without":
            return not set(wanted) & set(got["flags"])
        case "text_has":
            return all(words in f"{got['title']}\n{got['text']}" for words in wanted)
    if key in _TIMES:
        return _is_time(wanted, got[key], first_day)
    if key in _LISTS:
        return sorted(wanted) == sorted(got[key])
    if isinstance(wanted, list):
        return got[key] in wanted
    if isinstance(wanted, str) and wanted[:1] in "<>" and wanted:
        sign = wanted[:2] if wanted[1] == "=" else wanted[:1]
        return bool(_BOUNDS[sign](got[key], int(wanted[len(sign) :])))
    return bool(got[key] == wanted)


def _is_time(wanted: str, got: str | None, first_day: datetime) -> bool:
    if wanted == "never" or got is None:
        return wanted == "never" and got is None
    at = datetime.fromisoformat(got)
    first, _, last = wanted.partition("..")
    if last and not last.startswith("day "):
        last = f"{first.rpartition(' ')[0]} {last}"
    earliest, latest = moment(first, first_day), moment(last or first, first_day)
    to_the_second = first.count(":") == 2  # hours, minutes, seconds
    slack = timedelta(seconds=5 if to_the_second else 60)
    return earliest - timedelta(seconds=5) <= at <= latest + slack


def _short(expected: Expected) -> str:
    words = (str(expected.get(key, "")) for key in ("at", "kind", "subject_kind", "subject"))
    return " ".join(filter(None, words))


def summary(got: Told) -> str:
    """One message that was told, on a line."""
    flags = f" [{', '.join(got['flags'])}]" if got["flags"] else ""
    return (
        f"{got['at']} {got['kind']} {got['subject_kind']} {got['subject']} {got['cause']} of {got['user_count']} people,"
        f" {got['attempts']} attempts, {got['who_acts']} acts{flags} ({got['incident']})"
    )
