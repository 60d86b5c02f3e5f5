"""A story: what happened, and what an experienced postmaster wants to be told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from month.world import FIRST_DAY
from scenarios.case import differences, summary
from scenarios.happened import Mail, Session, To

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """`actors` are the names (logins, addresses, domains, clients) by which a message is known to be about it.

    `messages` are as in `scenarios.case`, all of them, in order. `what` and `why` are prose: what happened; why it is
    told like that, and why nothing more.
    """

    name: str
    what: str
    why: str
    actors: frozenset[str]
    happened: tuple[Session, ...]
    messages: tuple[Mapping[str, Any], ...] = field(default=())

    def is_about(self, told: Told) -> bool:
        named = {
            told["subject"],
            *told["users"],
            *told["senders"],
            *told["recipient_domains"],
            *told["client_ips"],
        }
        return not self.actors.isdisjoint(named)


def disagreements(stories: Sequence[Story], told: Sequence[Told]) -> list[str]:
    """What is wrong, a sentence each: in a story, or told of no story at all."""
    by_story: dict[str, list[Told]] = {story.name: [] for story in stories}
    wrong = []
    for message in told:
        story = next((one for one in stories if one.is_about(message)), None)
        if story is None:
            wrong.append(f"of no story: {summary(message)}")
        else:
            by_story[story.name].append(message)
    for story in stories:
        wrong += (
            f"{story.name}: {one}" for one in differences(story.messages, by_story[story.name], FIRST_DAY)
        )
    return wrong


# ── what stories are made of ─────────────────────────────────────────────────────────────────────


def at(day: int, time: str, *, plus: float = 0) -> float:
    """Day 1 is the first of the month; `plus` are minutes."""
    hours, minutes, seconds = (*map(int, time.split(":")), 0)[:3]
    moment = FIRST_DAY + timedelta(days=day - 1, hours=hours, minutes=minutes + plus, seconds=seconds)
    return moment.timestamp()


def written(moment: float) -> str:
    """A time as a message is expected at: `day 3 09:08:30`, in the server's zone."""
    local = datetime.fromtimestamp(moment, FIRST_DAY.tzinfo)
    return f"day {(local.date() - FIRST_DAY.date()).days + 1} {local:%H:%M:%S}"


def one(moment: float, who: Mapping[str, str], sender: str, *to: To) -> Session:
    """A session with one mail. `who`: ip, and as in `Session`, name, helo, login."""
    port = 587 if who.get("login") else int(who.get("port", "587"))
    return Session(
        who["ip"],
        (Mail(moment, sender, to),),
        who.get("login", ""),
        name=who.get("name", "unknown"),
        helo=who.get("helo", "[192.168.0.14]"),
        port=port,
    )


def is_workday(day: int) -> bool:
    return (FIRST_DAY + timedelta(days=day - 1)).weekday() < 5  # Saturday


def habit(who: Mapping[str, str], sender: str, to: str, *, but: Iterable[int] = ()) -> Iterator[Session]:
    """What somebody does on every working day: three mails, at 08:51, 13:17 and 15:33."""
    for day in range(1, 32):
        if is_workday(day) and day not in set(but):
            for time in ("08:51", "13:17", "15:33"):
                yield one(at(day, time, plus=sum(map(ord, sender)) % 7), who, sender, To(to, "sent"))
