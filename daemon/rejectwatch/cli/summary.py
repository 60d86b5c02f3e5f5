"""What `scan` says to a person: who fails, why, what to do, and how much of the log was understood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rejectwatch.cli.common import QUOTES, Language, told
from rejectwatch.facts import FAILURES, Event
from rejectwatch.messages.catalogue import catalogue
from rejectwatch.messages.neutral import named

SHOWN = 10
"""Groups that are told in full; the rest is only counted."""

SHAPES = 3
"""Kinds of lines that were not understood of which a sample is shown; `doctor` shows more."""

Group = tuple[str, str, str]
"""Who (login, else sender, else client), why, and on which side."""


class Summary:
    """Adds up refusals by who and why, and remembers the last of each group to tell it in plain words."""

    def __init__(self, codes: frozenset[int], lang: Language) -> None:
        self._codes = ", ".join(str(code) for code in sorted(codes))
        self._lang = lang
        self._words = catalogue(lang)
        self._refusals: Counter[Group] = Counter()
        self._attempts: defaultdict[Group, set[str]] = defaultdict(set)
        self._last: dict[Group, Event] = {}
        self._harmless = 0

    def add(self, event: Event) -> None:
        if event.outcome not in FAILURES:
            self._harmless += 1
            return
        group = (event.user or event.sender or event.client_ip or "?", event.cause, event.refused_by)
        self._refusals[group] += 1
        self._attempts[group].add(event.attempt)
        self._last[group] = event

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
        if self._refusals:
            yield self._understood()
        yield from self._missing(strange, drops)
        for group, _ in self._refusals.most_common(SHOWN):
            yield ""
            yield self._told(group)
        if len(self._refusals) > SHOWN:
            yield ""
            yield self._say("scan.more", n=len(self._refusals) - SHOWN)

    def _understood(self) -> str:
        total = self._refusals.total()
        known = sum(count for (_, cause, _), count in self._refusals.items() if cause != "unknown")
        return self._say("scan.known", known=known, total=total, share=f"{known / total:.0%}")

    def _missing(self, strange: Counter[str], drops: Sequence[int | None]) -> Iterator[str]:
        """What the log may have said beyond all this."""
        if strange:
            yield self._say("scan.strange", n=strange.total())
        for shape, count in strange.most_common(SHAPES):
            yield f"  {count} × {shape}"
        lines = sum(filter(None, drops))
        if lines:
            yield self._say("scan.dropped", n=lines)
        elif drops:
            yield self._say("scan.dropped_some")

    def _told(self, group: Group) -> str:
        head = self._say(
            "scan.group",
            who=named(group[0], QUOTES),
            refusals=self._words.count("count.refusals", self._refusals[group]),
            attempts=self._words.count("count.attempts", len(self._attempts[group])),
        )
        return f"{head}\n{told(self._last[group], self._lang)}"

    def _say(self, entry: str, **values: object) -> str:
        return self._words.say(entry, {name: str(value) for name, value in values.items()})
