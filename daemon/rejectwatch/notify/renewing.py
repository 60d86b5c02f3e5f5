"""Says to each Alertmanager every minute what is open, so that nothing there is taken for healed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from rejectwatch import messages
from rejectwatch.incidents.incident import Incident, Message
from rejectwatch.notify.alertmanager import RENEW_EVERY, Alert, Standing, alert, is_meant
from rejectwatch.notify.channel import Channel
from rejectwatch.notify.sending import Child
from rejectwatch.store.outbox import Outbox

log = logging.getLogger(__name__)


class Renewing:
    """Beside the outbox, which says what happens: what is said here is said again anyhow, so nothing of it waits or is kept."""

    def __init__(
        self, outbox: Outbox, channels: Mapping[str, Channel], house: messages.House, zone: tzinfo
    ) -> None:
        self._outbox = outbox
        self._house = house
        self._zone = zone
        self._managers = [_Manager(one) for one in channels.values() if is_meant(one.url)]

    def once(self, now: datetime) -> None:
        """Settle what has ended, start what is due."""
        for manager in self._managers:
            if manager.takes_turn(now):
                incidents = self._outbox.standing(manager.channel.name)
                alerts = [self._alert(one, manager.channel.language, now) for one in incidents]
                manager.say(alerts, now)

    def end(self) -> None:
        for manager in self._managers:
            manager.end()

    def _alert(self, incident: Incident, language: str, now: datetime) -> Alert:
        told = messages.document(
            Message(incident.id, "opened", now, incident), language, self._zone, self._house
        )
        return alert(incident, told, self._outbox.instance)


class _Manager:
    """One channel, what stands there, and the child that is saying it."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._standing = Standing()
        self._turn_at: datetime | None = None
        self._child: Child | None = None

    def takes_turn(self, now: datetime) -> bool:
        """Whether it is time, and the last one has ended. A clock that is set back must not make it wait for hours."""
        self._settle()
        if self._child is not None or (self._turn_at is not None and _is_within(self._turn_at, now)):
            return False
        self._turn_at = now
        return True

    def say(self, alerts: list[Alert], now: datetime) -> None:
        if said := self._standing.renewed(alerts, now):
            order: dict[str, Any] = {"url": self.channel.url, "id": "renewed", "alerts": said}
            self._child = Child(order)

    def end(self) -> None:
        if self._child is not None:
            self._child.end()

    def _settle(self) -> None:
        if self._child is None or (ended := self._child.ended()) is None:
            return
        self._child = None
        if ended.error is not None:
            log.warning("alerts of %s: %s", self.channel.name, ended.error)


def _is_within(turn_at: datetime, now: datetime) -> bool:
    return turn_at <= now < turn_at + RENEW_EVERY
