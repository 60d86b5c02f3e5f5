"""Listens to a dialect, remembers who handed which message over, and completes each refusal with it.

Trust in a login, best first: the line itself; the message's own `client=` line, found through the queue
id; the session, where the same process has served the same client with a login; the words of our own
server's reply. (Where session and reply name the same login, it is said to come from the reply: that stands in the
line.) Where none of them tells, the answer is None: a guess would be an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from rejectwatch.correlate.attempts import Attempts
from rejectwatch.dialects import address_text
from rejectwatch.facts import NOBODY, Outcome, Refused, Who
from rejectwatch.state import Handed, State


class Onward(Protocol):
    """What comes after correlation."""

    def refusal(self, refused: Refused, attempt: str) -> None:
        """A refusal with everything that the log tells about it."""

    def other_refusal(self, mta: str, outcome: Outcome, code: int) -> None:
        """A permanent refusal with a code that nobody asked for."""

    def handed(self, stamp: bytes, who: Who) -> None:
        """Somebody handed a message over."""

    def delivery(self, stamp: bytes, mta: str, who: Who, sender: str | None, recipient: bytes) -> None:
        """A message reached one recipient."""


class Correlator:
    """The listener of a dialect. What it remembers stands in `state`, so that a restart loses nothing.

    `who` reads a dialect's words about a client, `name_of` gives the key of the line at an offset as text.
    """

    def __init__(
        self,
        state: State,
        who: Callable[[str, bytes], Who],
        name_of: Callable[[int, int], str],
        onward: Onward,
    ) -> None:
        self._who = who
        self._name_of = name_of
        self._onward = onward
        self._handed = state.who
        self._senders = state.senders
        self._sessions = state.sessions
        self._attempts_of_messages = state.attempts
        self._attempts = Attempts(state)

    def accepted(
        self, offset: int, stamp: bytes, mta: str, message: bytes, process: bytes, who: bytes
    ) -> None:
        handed: Handed = (mta, who)
        self._handed.put(message, handed)
        self._senders.drop(message)
        client = self._who(mta, who)
        if process:
            self._sessions.put(process, handed)
        self._attempts.joined(message, process, client.address)
        self._onward.handed(stamp, client)

    def sender(self, offset: int, message: bytes, address: bytes) -> None:
        if self._senders.get(message) != address:
            self._senders.put(message, address)

    def delivered(self, offset: int, stamp: bytes, mta: str, message: bytes, recipient: bytes) -> None:
        handed = self._handed.get(message)
        who = NOBODY if handed is None else self._who(*handed)
        sender = self._senders.get(message)
        self._onward.delivery(stamp, mta, who, None if sender is None else address_text(sender), recipient)

    def done(self, offset: int, message: bytes) -> None:
        self._handed.drop(message)
        self._senders.drop(message)
        self._attempts_of_messages.drop(message)

    def opened(self, offset: int, process: bytes) -> None:
        # A killed server process logs no disconnect: its next connect ends what was open.
        self.closed(offset, process)

    def closed(self, offset: int, process: bytes) -> None:
        self._sessions.drop(process)
        self._attempts.closed(process)

    def refused(self, refused: Refused) -> None:
        known = self._with_sender(self._with_session(self._with_queue(refused)))
        self._onward.refusal(known, self._attempts.of(known, self._name_of(known.offset, known.n)))

    def other_refusal(self, offset: int, mta: str, outcome: Outcome, code: int) -> None:
        self._onward.other_refusal(mta, outcome, code)

    def _with_queue(self, refused: Refused) -> Refused:
        handed = None if refused.message is None else self._handed.get(refused.message)
        if handed is None:
            return refused
        who = self._who(*handed)
        if refused.client_ip is None:
            refused = replace(refused, client_ip=who.address, client_host=who.host, helo=who.helo)
        if who.login is None or refused.user_source == "line":
            return refused
        return replace(refused, user=who.login, user_source="queue")

    def _with_session(self, refused: Refused) -> Refused:
        """One session has one login at most, so that of its last message holds for this refusal too."""
        handed = self._sessions.get(refused.process)
        if handed is None or refused.refused_by == "remote" or refused.user_source in ("line", "queue"):
            return refused
        who = self._who(*handed)
        if who.login in (None, refused.user) or who.address != refused.client_ip:
            return refused
        return replace(refused, user=who.login, user_source="session")

    def _with_sender(self, refused: Refused) -> Refused:
        if refused.sender is not None or refused.message is None:
            return refused
        sender = self._senders.get(refused.message)
        return refused if sender is None else replace(refused, sender=address_text(sender))
