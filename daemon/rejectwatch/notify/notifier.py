"""Takes due messages from the outbox and sends each in a child process with a deadline.

At least once: a message is marked as sent after the send, so that a crash between the two repeats it, with
the same `X-Rejectwatch-Id`. Neither reading nor stopping ever waits for a send.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from rejectwatch import messages
from rejectwatch.errors import SettingsError, TransientError
from rejectwatch.faultpoint import reach
from rejectwatch.incidents.incident import Message
from rejectwatch.messages.card import as_card
from rejectwatch.messages.catalogue import catalogue
from rejectwatch.messages.html import as_html
from rejectwatch.messages.mail import as_text
from rejectwatch.metrics import OTHER
from rejectwatch.notify.alertmanager import alert, is_meant
from rejectwatch.notify.channel import Channel
from rejectwatch.notify.failing import Failing
from rejectwatch.notify.renewing import Renewing
from rejectwatch.notify.secrets import MAIL
from rejectwatch.notify.sending import Sending
from rejectwatch.routing import CLOSING
from rejectwatch.store.outbox import LONGEST_WAIT, Digest, Outbox, Waiting
from rejectwatch.watch import Notice

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Sends at the same time, each to another channel."""
LOOKED_AT = 100
"""Due messages that are looked at; those of a channel that is sending just now do not hide the others."""
LOOK_EVERY = 0.5
"""Seconds between two looks at the outbox and at running sends."""
FIRST_WAIT = timedelta(seconds=30)
GIVE_UP_AFTER = 80
"""Tries: about three days."""

MAY_BE_TEAMS = ("workflow", "workflows", "https")
"""A webhook of Teams may stand as it was copied; whoever sends knows what it is."""

Sent = Callable[[str, str], None]
"""Told the channel and the result of each try: sent, failed or given_up."""


def wait_after(tries: int) -> timedelta:
    """How long to wait after so many tries in vain: 30 s, 1 min, 2 min … 1 h."""
    return min(FIRST_WAIT * (1 << min(tries - 1, 10)), LONGEST_WAIT)


def forms(told: messages.Document, url: str) -> dict[str, Any]:
    """A message in the forms that this channel needs: parts of the order to the child."""
    text, scheme = as_text(told), url.partition("://")[0].lower()
    parts: dict[str, Any] = {"title": text.title, "body": text.body, "thread": told.incident}
    if scheme in MAIL:
        return {**parts, "html": as_html(told)}
    return {**parts, "card": as_card(told)} if scheme in MAY_BE_TEAMS else parts


class Notifier:
    """A thread of its own, which ends with `stop`; what it was sending then is sent again at the next start."""

    def __init__(
        self,
        outbox: Outbox,
        channels: dict[str, Channel],
        clock: Callable[[], datetime],
        zone: tzinfo,
        told: Sent,
        waiting: Callable[[int], None],
        house: messages.House,
        failing: Failing,
    ) -> None:
        self._house = house
        self._outbox = outbox
        self._channels = channels
        self._clock = clock
        self._zone = zone
        self._told = told
        self._waiting = waiting
        self._running: dict[int, Sending] = {}
        self._failing = failing
        self._renewing = Renewing(outbox, channels, house, zone)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Works twice, and before `start`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(3)
        for sending in list(self._running.values()):
            sending.end()
        self._renewing.end()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            try:
                self.once()
            except (TransientError, SettingsError) as error:
                log.debug("outbox: %s", error)  # the reading part meets the same trouble and tells it
            except Exception:  # the edge of a thread: whatever happens here must not end the alerts for ever
                log.exception("sending messages failed")

    def once(self) -> None:
        """One look: settle what has ended, start what is due."""
        for row, sending in list(self._running.items()):
            if (ended := sending.ended()) is not None:
                # First out of the list: should the database be away now, the message is sent again later.
                del self._running[row]
                self._settle(sending.waiting, ended.error)
        busy = {sending.waiting.channel for sending in self._running.values()}
        due = self._outbox.due(self._clock(), LOOKED_AT, busy)
        for waiting in sorted(due, key=lambda one: one.channel in self._failing):  # and the oldest first
            if self._has_place(waiting.channel):
                self._start(waiting)
        self._waiting(self._outbox.waiting_count())
        self._renewing.once(self._clock())

    def _has_place(self, channel: str) -> bool:
        """One message at a time for a channel; those that failed last never take the last place."""
        busy = {sending.waiting.channel for sending in self._running.values()}
        places = AT_ONCE - 1 if channel in self._failing else AT_ONCE
        return channel not in busy and len(busy) < places and not self._stopping.is_set()

    def _start(self, waiting: Waiting) -> None:
        channel = self._channels.get(waiting.channel)
        if channel is None:
            log.error(
                "message %s given up: there is no channel %s any more", waiting.message.id, waiting.channel
            )
            self._outbox.given_up(waiting.row, "there is no such channel any more")
            self._told(OTHER, "given_up")  # under its own name it would be a new series
            return
        try:
            self._running[waiting.row] = self._sending(waiting, channel)
        except Exception as error:  # whatever is wrong with one message must not hold up all others
            log.exception("message %s can't be sent", waiting.message.id)
            self._settle(waiting, f"was not sent: {type(error).__name__}: {error}")

    def _sending(self, waiting: Waiting, channel: Channel) -> Sending:
        told = self._document(waiting, channel.language)
        parts = forms(told, channel.url)
        if is_meant(channel.url) and isinstance(message := waiting.message, Message):
            ended_at = message.at if message.kind in CLOSING else None
            parts["alerts"] = [alert(message.incident, told, self._outbox.instance, ended_at)]
        return Sending(waiting, channel, **parts)

    def _document(self, waiting: Waiting, language: str) -> messages.Document:
        told = self._written(waiting, language)
        if not waiting.daemons:
            return told
        seen = catalogue(language).say("routing.daemons", {"daemons": ", ".join(waiting.daemons)})
        return replace(told, footer=f"{seen}\n{told.footer}".strip())

    def _written(self, waiting: Waiting, language: str) -> messages.Document:
        how = language, self._zone, self._house
        match waiting.message:
            case Notice() as notice:
                return messages.notice_document(notice, language, self._zone)
            case Digest() as digest:
                return messages.digest_document(digest.messages, digest.at, *how)
            case Message() as message if waiting.kind == "reminder":
                return messages.reminder_document(message.incident, message.at, *how)
            case Message() as message if waiting.kind == "escalated":
                return messages.escalated_document(message.incident, message.at, *how)
            case Message() as message:
                return messages.document(message, *how)

    def _settle(self, waiting: Waiting, error: str | None) -> None:
        now, tries = self._clock(), waiting.tries + 1
        if error is None:
            reach("sent")
            self._outbox.sent(waiting.row, now)
            log.info("message %s sent to %s", waiting.message.id, waiting.channel)
            result = "sent"
        elif tries >= GIVE_UP_AFTER:
            self._outbox.given_up(waiting.row, error)
            log.error(
                "message %s to %s given up after %d tries: %s",
                waiting.message.id,
                waiting.channel,
                tries,
                error,
            )
            result = "given_up"
        else:
            self._outbox.failed(waiting.row, error, now + wait_after(tries))
            log.warning("message %s to %s %s", waiting.message.id, waiting.channel, error)
            result = "failed"
        self._told(waiting.channel, result)
        if error is None:
            self._failing.worked(waiting.channel, now)
        else:
            self._failing.failed(waiting.channel, error, now)
