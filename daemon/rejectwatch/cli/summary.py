"""What `scan` says to a person: who fails, why, what to do, and how much of the log was understood."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from rejectwatch.cli.common import QUOTES, Language, told
from rejectwatch.facts import FAILURES, Event
from rejectwatch.messages.neutral import named

SHOWN = 10
"""Groups that are told in full; the rest is only counted."""

Group = tuple[str, str, str]
"""Who (login, else sender, else client), why, and on which side."""


class Summary:
    """Adds up refusals by who and why; remembers one of each group to tell it in plain words."""

    def __init__(self, codes: frozenset[int], lang: Language) -> None:
        self._codes = ", ".join(str(code) for code in sorted(codes))
        self._lang = lang
        self._refusals: Counter[Group] = Counter()
        self._attempts: defaultdict[Group, set[str]] = defaultdict(set)
        self._last: dict[Group, Event] = {}
        self._other = 0
        self._causes: Counter[str] = Counter()

    def add(self, event: Event) -> None:
        if event.outcome not in FAILURES:
            self._other += 1
            return
        group = (event.user or event.sender or event.client_ip or "?", event.cause, event.refused_by)
        self._refusals[group] += 1
        self._attempts[group].add(event.attempt)
        self._last[group] = event
        self._causes[event.cause] += 1

    def lines(self, deliveries: int, others: int) -> Iterator[str]:
        total = self._refusals.total()
        yield f"{total} refusals with {self._codes}, {deliveries} deliveries, {others} other permanent refusals"
        if self._other:
            yield f"{self._other} more did not stop a message: a warning, a delay or a probe"
        if total:
            known = total - self._causes["unknown"]
            yield f"the cause is known of {known} of {total} ({known / total:.0%})"
        for group, count in self._refusals.most_common(SHOWN):
            yield ""
            yield f"{named(group[0], QUOTES)}: {count} refusals in {len(self._attempts[group])} attempts, the last:"
            yield told(self._last[group], self._lang)
        if len(self._refusals) > SHOWN:
            yield ""
            yield f"and {len(self._refusals) - SHOWN} more; all of them: --format jsonl or csv"
