"""What belongs to one message being sent: fifty refused recipients of a newsletter are one attempt.

An attempt is the queue id where there is one, else one SMTP transaction: same server process, client and
sender between a connect and its disconnect. A server that logs no session (Exim) is taken at its word
less exactly: refusals of one client, HELO and sender less than a minute apart. The name of an attempt is
the key of its first refusal, so that it is the same however the log was split and after any restart.
"""

from __future__ import annotations

from datetime import timedelta

from rejectwatch.facts import Refused
from rejectwatch.state import UNKNOWN, Attempt, State, Transaction

APART = timedelta(minutes=1)
OF_OTHERS = timedelta(hours=1)
"""So long after them an attempt of another log is kept, which may not be read as far yet."""
IN_ONE_SESSION = 100
"""Senders that one session is remembered to have tried; Postfix ends a session after far fewer errors."""


class Attempts:
    """Names the attempt of each refusal; everything it remembers stands in the state."""

    def __init__(self, state: State, source: str) -> None:
        self._state = state
        self._source = f"{source}\0".encode()

    def of(self, refused: Refused, name: str) -> str:
        """The attempt of a refusal; `name` is the refusal's own key, used if it is the first."""
        if refused.message is not None:
            return self._of_message(refused.message, refused, name)
        if refused.process:
            return self._of_session(refused, name)
        return self._of_client(refused, name)

    def joined(self, process: bytes, message: bytes, client: str | None) -> str | None:
        """A queue id was opened; where the same transaction had a refusal before, both are one attempt.

        From now on its refusals carry the queue id. One without belongs to another message, though of the same sender.
        """
        of_client = [one for one in self._state.transactions.get(process) or () if one.client == client]
        self._state.transactions.drop(process)
        if not of_client:
            return None
        self._state.transactions.put(message, tuple(of_client))
        return of_client[-1].attempt

    def confirmed(self, message: bytes, sender: str | None, attempt: str) -> str | None:
        """The attempt that a message joined, as soon as its sender is known: the session may have tried others before.

        Local parts are compared: a domain may be added to an address, or another put into its place.
        """
        tried = self._state.transactions.get(message)
        if tried is None or sender is None:
            return attempt
        self._state.transactions.drop(message)
        return next((one.attempt for one in reversed(tried) if _local(one.sender) == _local(sender)), None)

    def ended(self, process: bytes) -> None:
        self._state.transactions.drop(process)

    def _of_message(self, message: bytes, refused: Refused, name: str) -> str:
        mta, who, sender, joined = self._state.queue.get(message) or UNKNOWN
        attempt = None if joined is None else self.confirmed(message, refused.sender, joined)
        if attempt is None or attempt != joined:
            attempt = attempt or name
            self._state.queue.put(message, (mta, who, sender, attempt))
        return attempt

    def _of_session(self, refused: Refused, name: str) -> str:
        open_ones = self._state.transactions.get(refused.process) or ()
        for transaction in open_ones:
            if (transaction.client, transaction.sender) == (refused.client_ip, refused.sender):
                return transaction.attempt
        new = Transaction(refused.client_ip, refused.sender, name)
        self._state.transactions.put(refused.process, (*open_ones, new)[-IN_ONE_SESSION:])
        return name

    def _of_client(self, refused: Refused, name: str) -> str:
        client = "\0".join((refused.client_ip or "", refused.helo or "", refused.sender or ""))
        key = self._source + client.encode()
        before = self._state.sessionless.get(key)
        self._forget_older_than(refused)
        if before is not None and refused.at - before.last_at < APART:
            name = before.name
        self._state.sessionless.put(key, Attempt(name, refused.at))
        return name

    def _forget_older_than(self, refused: Refused) -> None:
        sessionless = self._state.sessionless
        while (key := sessionless.oldest()) is not None:
            attempt, apart = sessionless.get(key), APART if key.startswith(self._source) else OF_OTHERS
            if attempt is None or refused.at - attempt.last_at < apart:
                return
            sessionless.drop(key)


def _local(address: str | None) -> str:
    local, at, domain = (address or "").rpartition("@")
    return (local if at else domain).lower()
