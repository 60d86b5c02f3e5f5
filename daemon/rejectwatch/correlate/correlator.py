"""Listens to a dialect, remembers who handed which message over, and completes each refusal with it.

Trust in a login, best first: the line itself; the message's own `client=` line, found through the queue
id; the session, where the same process has served the same client with a login; the words of our own
server's reply. (Where session and reply name the same login, it is said to come from the reply: that stands in the
line.) Where none of them tells, the answer is None: a guess would be an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from rejectwatch.correlate.attempts import Attempts
from rejectwatch.dialects import address_text
from rejectwatch.facts import NOBODY, Outcome, Refused, Who
from rejectwatch.state import UNKNOWN, Queued, State


class Onward(Protocol):
    """What comes after correlation."""

    def refusal(self, refused: Refused, attempt: str) -> None:
        """A refusal with everything that the log tells about it."""

    def other_refusal(self, mta: str, outcome: Outcome, code: int, times: int = 1) -> None:
        """A permanent refusal with a code that nobody asked for."""

    def handed(self, stamp: bytes, mta: str, who: bytes) -> None:
        """Somebody handed a message over; `who` is to be read by the dialect."""

    def delivery(self, stamp: bytes, mta: str, message: Queued, recipient: bytes, local: bool) -> None:  # noqa: FBT001
        """A message reached one recipient; `local`: in a mailbox of ours."""

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None:
        """The logger has dropped lines."""

    def not_understood(self, stamp: bytes, mta: str, shape: str, times: int = 1) -> None:
        """A refusal or delivery whose shape is new."""


class Correlator:
    """The listener of a dialect. What it remembers stands in `state`, so that a restart loses nothing.

    `who` reads a dialect's words about a client, `name_of` gives the key of the line at an offset as text, `source`
    is the log that is listened to.
    """

    def __init__(
        self,
        state: State,
        who: Callable[[str, bytes], Who],
        name_of: Callable[[int, int], str],
        onward: Onward,
        source: str = "",
    ) -> None:
        self._who = who
        self._name_of = name_of
        self._onward = onward
        self._queue = state.queue
        self._sessions = state.sessions
        self._transactions = state.transactions
        # For each line of traffic: bound once.
        self._message, self._put_message, self._drop_message = (
            self._queue.get,
            self._queue.put,
            self._queue.drop,
        )
        self._put_session = self._sessions.put
        self._attempts = Attempts(state, source)

    def accepted(self, stamp: bytes, mta: str, message: bytes, process: bytes, who: bytes) -> None:
        if process:
            self._put_session(process, (mta, who))
        if not message:
            return
        attempt = None
        if process in self._transactions:
            attempt = self._attempts.joined(process, message, self._who(mta, who).address)
        self._put_message(message, (mta, who, None, attempt))
        self._onward.handed(stamp, mta, who)

    def sender(self, message: bytes, address: bytes) -> None:
        mta, who, sender, attempt = self._message(message) or UNKNOWN
        if sender != address:
            if attempt is not None:
                attempt = self._attempts.confirmed(message, address_text(address), attempt)
            self._put_message(message, (mta, who, address, attempt))

    def handoff(self, message: bytes, onward: bytes, process: bytes = b"") -> None:
        before, now = self._queue.get(message), self._queue.get(onward)
        handed = self._sessions.get(process) if before is None else before[:2]
        if before is not None and now is None:
            now = UNKNOWN  # the line of local(8) can come before the first of the message that it forwards
        if now is None or handed is None or not handed[0]:
            return
        _, _, sender, attempt = before or UNKNOWN
        self._queue.put(onward, (*handed, now[2] or sender, now[3] or attempt))

    def delivered(
        self,
        stamp: bytes,
        mta: str,
        message: bytes,
        recipient: bytes,
        onward: bytes = b"",
        *,
        local: bool = False,
    ) -> None:
        if onward and self._is_back(message, onward):  # a content filter had it, and it is not delivered yet
            self.handoff(message, onward)
            return
        self._onward.delivery(stamp, mta, self._queue.get(message) or UNKNOWN, recipient, local)

    def done(self, message: bytes) -> None:
        self._drop_message(message)

    def opened(self, mta: str, process: bytes, who: bytes) -> None:
        # A killed server process logs no disconnect; so the next connect, and only it, ends a session.
        self._put_session(process, (mta, who))
        if process in self._transactions:
            self._attempts.ended(process)

    def refused(self, refused: Refused) -> None:
        found = {**self._from_session(refused), **self._from_queue(refused)}
        for name, value in found.items():
            setattr(refused, name, value)
        self._onward.refusal(refused, self._attempts.of(refused, self._name_of(refused.offset, refused.n)))

    def other_refusal(self, offset: int, mta: str, outcome: Outcome, code: int, times: int = 1) -> None:
        self._onward.other_refusal(mta, outcome, code, times)

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None:
        self._onward.dropped(offset, stamp, lines, who)

    def not_understood(self, offset: int, stamp: bytes, mta: str, shape: str, times: int = 1) -> None:
        self._onward.not_understood(stamp, mta, shape, times)

    def _is_back(self, message: bytes, onward: bytes) -> bool:
        """Whether the next server has given it back to us under this key: any server can claim that.

        What comes from a filter comes from this machine, and nobody has logged in. Or it is linked already.
        """
        before, now = self._queue.get(message), self._queue.get(onward)
        if now is None:
            return False
        if before is not None and now[:2] == before[:2]:
            return True
        who = self._who(now[0], now[1]) if now[0] else NOBODY
        return who.login is None and (who.address or "").startswith(("127.", "::1"))

    def _from_queue(self, refused: Refused) -> dict[str, Any]:
        """What the lines of the same message have said."""
        if refused.message is None or (known := self._queue.get(refused.message)) is None:
            return {}
        mta, words, sender, _ = known
        found: dict[str, Any] = {}
        if refused.sender is None and sender is not None:
            found["sender"] = address_text(sender)
        if not mta:
            return found
        who = self._who(mta, words)
        if refused.client_ip is None:
            found |= {"client_ip": who.address, "client_host": who.host, "helo": who.helo}
        if who.login is not None and refused.user_source != "line":
            found |= {"user": who.login, "user_source": "queue"}
        return found

    def _from_session(self, refused: Refused) -> dict[str, Any]:
        """One session has one login at most, so that of its last message holds for this refusal too."""
        if refused.refused_by == "remote" or (handed := self._sessions.get(refused.process)) is None:
            return {}
        who = self._who(*handed)
        if refused.client_ip is None:  # a proxy in front of the queue names no client
            client: dict[str, Any] = {"client_ip": who.address, "client_host": who.host}
        elif refused.client_ip == who.address:
            client = {}
        else:
            return {}
        is_known = refused.user_source == "line" or who.login in (None, refused.user)
        return client if is_known else {**client, "user": who.login, "user_source": "session"}
