"""What `scan` says to a person: who fails, why, what to do, and how much of the log was understood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rejectwatch.causes.masking import LONGEST, masked
from rejectwatch.cli.common import QUOTES, Language, told
from rejectwatch.events import reply_of
from rejectwatch.facts import FAILURES, Event
from rejectwatch.identity import USUAL, Identities
from rejectwatch.messages.catalogue import catalogue
from rejectwatch.messages.neutral import harmless, named

SHOWN = 10
"""Groups that are told in full; the rest is only counted."""

SHAPES = 3
"""Kinds of lines, and of replies, that were not understood of which a sample is shown; `doctor` shows more."""

KINDS = 1000
"""Kinds of replies that are told apart: other servers can write without end."""

Group = tuple[str, str, str]
"""Who (login, else sender, else client, however written), why, and on which side."""


class Summary:
    """Adds up refusals by who and why, and remembers the last of each group to tell it in plain words."""

    def __init__(self, codes: frozenset[int], lang: Language, same: Identities = USUAL) -> None:
        self._same = same
        self._codes = ", ".join(str(code) for code in sorted(codes))
        self._lang = lang
        self._words = catalogue(lang)
        self._refusals: Counter[Group] = Counter()
        self._attempts: defaultdict[Group, set[str]] = defaultdict(set)
        self._last: dict[Group, Event] = {}
        self._replies: Counter[str] = Counter()
        self._harmless = 0

    def add(self, event: Event) -> None:
        if event.outcome not in FAILURES:
            self._harmless += event.repeat
            return
        person = self._same.person(event.user, event.sender) or self._same.client(event.client_ip or "?")
        group = person, event.cause, event.refused_by
        self._refusals[group] += event.repeat
        self._attempts[group].add(event.attempt)
        self._last[group] = event
        if event.cause == "unknown":
            shape = masked(reply_of(event))
            if shape in self._replies or len(self._replies) < KINDS:
                self._replies[shape] += event.repeat

    def lines(
        self, deliveries: int, others: int, strange: Counter[str], drops: Sequence[int | None]
    ) -> Iterator[str]:
        """`strange`: the shapes of what was not understood; `drops`: how many lines the logger dropped, if it says."""
        yield self._say(
            "scan.total",
            codes=self._codes,
            refusals=self._refusals.total(),
            deliveries=deliveries,
            others=others,
        )
        if self._harmless:
            yield self._say("scan.harmless", n=self._harmless)
        yield from self._read(others, strange)
        if self._refusals:
            yield from self._understood()
        yield from self._missing(drops)
        for group, _ in self._refusals.most_common(SHOWN):
            yield ""
            yield self._told(group)
        if len(self._refusals) > SHOWN:
            yield ""
            yield self._say("scan.more", n=len(self._refusals) - SHOWN)

    def _read(self, others: int, strange: Counter[str]) -> Iterator[str]:
        """How much of what the log tells of refusals could be read; rounded down: all is said only if it is all."""
        known = self._refusals.total() + self._harmless + others
        if total := known + strange.total():
            yield self._say("scan.read", known=known, total=total, share=f"{known * 100 // total}%")
        if strange:
            yield self._say("scan.strange", n=strange.total())
        yield from _most(strange)

    def _understood(self) -> Iterator[str]:
        """Rounded down as well."""
        total = self._refusals.total()
        known = sum(count for (_, cause, _), count in self._refusals.items() if cause != "unknown")
        yield self._say("scan.known", known=known, total=total, share=f"{known * 100 // total}%")
        if self._replies:
            yield self._say("scan.unknown")
        yield from _most(self._replies)

    def _missing(self, drops: Sequence[int | None]) -> Iterator[str]:
        """What the log may have said beyond all this."""
        lines = sum(filter(None, drops))
        if lines:
            yield self._say("scan.dropped", n=lines)
        elif drops:
            yield self._say("scan.dropped_some")

    def _told(self, group: Group) -> str:
        head = self._say(
            "scan.group",
            who=named(_logged(self._last[group]), QUOTES),
            refusals=self._words.count("count.refusals", self._refusals[group]),
            attempts=self._words.count("count.attempts", len(self._attempts[group])),
        )
        return f"{head}\n{told(self._last[group], self._lang)}"

    def _say(self, entry: str, **values: object) -> str:
        return self._words.say(entry, {name: str(value) for name, value in values.items()})


def _logged(event: Event) -> str:
    return event.user or event.sender or event.client_ip or "?"


def _most(shapes: Counter[str]) -> Iterator[str]:
    for shape, count in shapes.most_common(SHAPES):
        yield f"  {count} × {harmless(shape, LONGEST)}"
