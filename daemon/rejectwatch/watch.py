"""What the watch has to say about itself: lines that may be lost, a source gone silent, a backlog that was read.

Pure: from the state and a given time. Whether a source is silent is a question about the present, so here the
given time is the wall clock's; it never touches what `step` decides. What is told stands in the transaction that
makes it true, so that it is told once, whatever happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from rejectwatch.facts import Gap
from rejectwatch.state import Late, State

NoticeKind = Literal["gap", "silent", "heard", "caught_up", "channel", "channel_works"]
NOTICES: tuple[NoticeKind, ...] = ("gap", "silent", "heard", "caught_up", "channel", "channel_works")

TOLD_AGAIN = timedelta(days=1)
"""A logger that drops lines every minute is told of once a day; each gap has its row all the same."""

HOUR = timedelta(hours=1)
GRAIN = timedelta(minutes=1)
"""When a source was last heard is known to a minute: more would be written than is read."""
USUAL = 20
"""So many lines of an hour make its silence remarkable: by chance alone it happens once in half a billion hours."""
ALIKE = (timedelta(days=1), timedelta(days=7), timedelta(days=14))
"""The same hour of other days. Two of the three have to be usual, the same day of last week among them."""
KEPT = timedelta(days=15)

BACKLOG = ("told", "backlog")
NAMED = 5
"""People that the summary of a backlog names; the rest is counted."""


class Person(NamedTuple):
    """Whom the failures of a backlog concerned, and how many there were."""

    name: str
    failures: int


@dataclass(frozen=True, slots=True)
class Notice:
    """What an administrator is told about the watch itself; `id` is the same, however often it is noticed.

    `since` and `until` bound the time that it is about. `reason`, `detail` and `lines` are those of a gap;
    `failures` and `people` are of a backlog, `named` the people with most of them.
    """

    id: str
    kind: NoticeKind
    at: datetime
    source: str = ""
    since: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    detail: str = ""
    lines: int | None = None
    failures: int = 0
    people: int = 0
    named: tuple[Person, ...] = ()


# ── gaps ──


def lost(state: State, gap: Gap, at: datetime) -> Notice | None:
    """The notice of a gap that was noticed at `at`; None if one of its kind was told a short while ago."""
    kind = ("told", f"{gap.source} {gap.reason}")
    told_at = state.times.get(kind)
    if told_at is not None and abs(at - told_at) < TOLD_AGAIN:
        return None
    state.times.put(kind, at)
    key = f"{gap.source}\0{gap.reason}\0{gap.generation}\0{gap.position}"
    return Notice(
        id=f"gap-{_short(key)}",
        kind="gap",
        at=at,
        source=gap.source,
        since=gap.since,
        until=gap.until,
        reason=gap.reason,
        detail=gap.detail,
        lines=gap.lines,
    )


# ── silence ──


def heard(state: State, source: str, at: datetime, lines: int) -> Notice | None:
    """Lines of a source were read at `at`; a notice, if it was silent before."""
    _remember_hour(state, source, at, lines)
    since = state.times.get(("silent", source))
    last = state.times.get(("heard", source))
    if since is not None or last is None or at - last >= GRAIN:
        state.times.put(("heard", source), at)
    if since is None:
        return None
    state.times.drop(("silent", source))
    return Notice(
        f"heard-{_short(f'{source} {since.isoformat()}')}", "heard", at, source, since=since, until=at
    )


def silence(state: State, source: str, now: datetime, after: timedelta) -> Notice | None:
    """A notice, if a source read to its end has said nothing for so long, in hours in which it usually does."""
    last = state.times.get(("heard", source))
    if last is None or now - last < after or state.times.get(("silent", source)) is not None:
        return None
    if not (_is_usual(state, source, now) and _is_usual(state, source, now - min(after, HOUR))):
        return None
    state.times.put(("silent", source), last)
    return Notice(
        f"silent-{_short(f'{source} {last.isoformat()}')}", "silent", now, source, since=last, until=now
    )


def _remember_hour(state: State, source: str, at: datetime, lines: int) -> None:
    key = (source, _hour(at))
    before = state.heard.get(key) or 0
    if before < USUAL:  # what is usual needs no more counting, and no more writing
        state.heard.put(key, min(before + lines, USUAL))
    while (oldest := state.heard.oldest()) is not None and at - oldest[1] > KEPT:
        state.heard.drop(oldest)


def _is_usual(state: State, source: str, at: datetime) -> bool:
    usual = [state.heard.get((source, _hour(at) - ago)) == USUAL for ago in ALIKE]
    return usual[1] and sum(usual) > 1


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


# ── a backlog ──


def came_late(state: State, person: str, at: datetime) -> None:
    """A failure was read so late that nobody is told of it alone."""
    before = state.late.get(person)
    if before is None:
        state.late.put(person, Late(1, at, at))
    else:
        state.late.put(person, Late(before.failures + 1, min(before.first_at, at), max(before.last_at, at)))


def caught_up(state: State, now: datetime) -> Notice | None:
    """All has been read: what came late is told in one summary, and forgotten.

    Where lines always come late (a log in another time zone), more of it waits for the next hour.
    """
    late, told_at = list(state.late.items()), state.times.get(BACKLOG)
    if not late or (told_at is not None and abs(now - told_at) < HOUR):
        return None
    state.times.put(BACKLOG, now)
    for person, _ in late:
        state.late.drop(person)
    since, until = min(one.first_at for _, one in late), max(one.last_at for _, one in late)
    most = sorted(late, key=lambda one: (-one[1].failures, one[0]))
    return Notice(
        id=f"caught-up-{_short(f'{since.isoformat()} {until.isoformat()}')}",
        kind="caught_up",
        at=now,
        since=since,
        until=until,
        failures=sum(one.failures for _, one in late),
        people=len(late),
        named=tuple(Person(person, one.failures) for person, one in most[:NAMED]),
    )


# ── as JSON ──


def to_json(notice: Notice) -> dict[str, Any]:
    """A notice as JSON values: times as RFC 3339 text."""
    return {name: _plain(getattr(notice, name)) for name in Notice.__slots__}


def notice_from_json(data: dict[str, Any]) -> Notice:
    """The inverse of `to_json`."""
    times = {name: _time(data[name]) for name in ("at", "since", "until")}
    return Notice(**{**data, **times, "named": tuple(Person(*one) for one in data["named"])})


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case tuple():
            return [list(one) for one in value]
    return value


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _short(key: str) -> str:
    return blake2b(key.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
