"""Several logs, one logical clock: any interleaving of them is decided upon in the same way.

The facts of a batch are passed on in the order of their places, merged with those of other logs that wait. A fact
waits as long as another log, which has more to tell, has not come as far. One log alone needs nothing of this.
"""

from __future__ import annotations

import heapq
from datetime import UTC, datetime

from rejectwatch.dialects.timestamps import Stamps
from rejectwatch.facts import Event, Who, WhoActs
from rejectwatch.incidents.waiting import Deciding, Delivered, Fact, Failed, LoggedIn, Place
from rejectwatch.state import State, Table

NEVER = datetime.max.replace(tzinfo=UTC)


class InOrder:
    """Hears what one batch of `source` tells and passes it on to `deciding` in its turn.

    No other log has anything to tell any more that is older than `until`. Of too many facts that wait the oldest
    goes on all the same: then the order is only nearly that of time.
    """

    def __init__(
        self, state: State, source: str, stamps: Stamps, until: datetime | None, deciding: Deciding
    ) -> None:
        self._waiting = state.waiting
        self._source = source
        self._stamps = stamps
        self._until = until or NEVER
        self._deciding = deciding
        self._places = [place for place, _ in state.waiting.items()]
        heapq.heapify(self._places)
        self._number = 1 + max((one.number for one in self._places if one.source == source), default=-1)

    def failed(self, event: Event, who_acts: WhoActs, alert_from: datetime) -> None:
        if self._is_next():
            self._deciding.failed(event, who_acts, alert_from)
        else:
            self._wait(Failed(event, who_acts, alert_from))

    def delivered(
        self,
        at: datetime,
        who: Who,
        sender: str | None,
        recipient: str,
        local: bool,  # noqa: FBT001 — as it is called, for each delivery
        attempt: str | None,
    ) -> None:
        if self._is_next():
            self._deciding.delivered(at, who, sender, recipient, local, attempt)
        else:
            self._wait(Delivered(at, who, sender, recipient, local, attempt))

    def logged_in(self, at: datetime, login: str, address: str) -> None:
        if self._is_next():
            self._deciding.logged_in(at, login, address)
        else:
            self._wait(LoggedIn(at, login, address))

    def pass_on(self) -> None:
        """What waits and is older than all that can still come goes on, at the end of the batch too."""
        here = self._here()
        while self._places and self._places[0] < here and self._places[0].at < self._until:
            self._pass_on_first()

    def _is_next(self) -> bool:
        if self._places:
            self.pass_on()
        return self._stamps.reached < self._until

    def _here(self) -> Place:
        return Place(self._stamps.reached, self._source, self._number)

    def _wait(self, fact: Fact) -> None:
        place = self._here()
        self._number += 1
        if len(self._places) >= self._waiting.limit:
            self._pass_on_first()
        self._waiting.put(place, fact)
        heapq.heappush(self._places, place)

    def _pass_on_first(self) -> None:
        _pass_on(self._waiting, heapq.heappop(self._places), self._deciding)


def pass_on_all(state: State, deciding: Deciding) -> None:
    """Every log has been read to its end: nothing holds anything back."""
    for place in sorted(place for place, _ in state.waiting.items()):
        _pass_on(state.waiting, place, deciding)


def _pass_on(waiting: Table[Place, Fact], place: Place, deciding: Deciding) -> None:
    fact = waiting.get(place)
    if fact is not None:
        waiting.drop(place)
        fact.tell(deciding)
