"""Channels that fail: told once through another channel, and once more when they work again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from rejectwatch.routing import Routing
from rejectwatch.store.outbox import Outbox
from rejectwatch.watch import Notice

TRIES = 3
LONGEST = timedelta(minutes=10)
"""A channel fails after so many tries in vain, or after this time with more than one."""

Shown = Callable[[str, bool], None]
"""Told the channel, and whether it fails."""


@dataclass(slots=True)
class _Vain:
    """Tries in vain since the last that was not."""

    since: datetime
    tries: int = 0


class Failing:
    """Knows of each channel how its last tries ended. What was told stands in the outbox: a restart repeats nothing."""

    def __init__(self, outbox: Outbox, routing: Routing, shown: Shown) -> None:
        self._outbox = outbox
        self._routing = routing
        self._shown = shown
        self._vain: dict[str, _Vain] = {}
        self._work: set[str] = set()

    def __contains__(self, channel: str) -> bool:
        return channel in self._vain

    def failed(self, channel: str, error: str, now: datetime) -> None:
        self._work.discard(channel)
        vain = self._vain.setdefault(channel, _Vain(now))
        vain.tries += 1
        if vain.tries < TRIES and (vain.tries == 1 or now - vain.since < LONGEST):
            return
        self._shown(channel, True)
        # The same for all the tries until one succeeds, also after a restart.
        owed = f"{channel}\0{self._outbox.oldest(channel)}"
        number = blake2b(owed.encode(), digest_size=12).hexdigest()
        notice = Notice(f"channel-{number}", "channel", now, channel, since=vain.since, detail=error)
        self._outbox.tell(notice, self._others(channel))

    def worked(self, channel: str, now: datetime) -> None:
        self._vain.pop(channel, None)
        if channel in self._work:
            return
        self._shown(channel, False)
        told = [(to, one) for to, one in self._outbox.told_of_channels() if one.source == channel]
        if told and (last := told[-1][1]).kind == "channel":
            notice = Notice(f"{last.id}-works", "channel_works", now, channel, since=last.since, until=now)
            self._outbox.tell(notice, [to for to, one in told if one.id == last.id])
        self._work.add(channel)

    def _others(self, channel: str) -> list[str]:
        """Who hears of it: those who hear of the watch itself, else the fallback, else any other that works."""
        routes = [route for route in self._routing.routes if route.name != channel]
        working = [route for route in routes if route.name not in self._vain] or routes
        meant = [route.name for route in working if route.is_for_all]
        return (
            meant
            or [route.name for route in working if route.is_fallback]
            or [one.name for one in working[:1]]
        )
