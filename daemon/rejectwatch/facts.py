"""The vocabulary: what a mail log says, whichever server wrote it.

A dialect speaks to somebody who knows `Facts`: one method for each thing that a line can say.
Traffic is said in a call and stays bytes, because a busy log has a hundred of these lines for each
refusal, and making a record of each costs more than searching the whole log (0.3 to 0.7 µs against 0.04).
A refusal is the one thing that becomes a record, `Refused`, and after correlation and diagnosis an `Event`.

Words:
- *offset*: where the line begins in the block (bytes); of traffic nobody asks.
- *stamp*: the time as the line has it, bytes; `Stamps.utc` turns it into a time when somebody asks.
- *message*: the key of one message in the log: its queue id, after the name of the log host where the log has one.
- *process*: host, tag and pid of a server process, as logged; empty where the log does not tell (Exim).
- *who*: the part of a line that says who handed a message over; only its dialect can read it (`dialects.who`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

RefusedBy = Literal["local", "remote"]
Outcome = Literal["rejected", "bounced", "deferred", "warned", "probed"]
Stage = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "eod", "vrfy", "etrn"]
UserSource = Literal["line", "reply", "queue", "session"]
Confidence = Literal["high", "medium", "low"]
WhoActs = Literal["user", "admin", "remote"]

GapReason = Literal["removed", "unreadable", "damaged", "vacuumed", "suppressed"]

REFUSED_BY: tuple[RefusedBy, ...] = ("local", "remote")
OUTCOMES: tuple[Outcome, ...] = ("rejected", "bounced", "deferred", "warned", "probed")
GAP_REASONS: tuple[GapReason, ...] = ("removed", "unreadable", "damaged", "vacuumed", "suppressed")
"""Why lines may be lost. Their file was deleted or overwritten before it was read to its end, may not be read, or
is torn; the journal has removed them; the logger has dropped them, and said so."""
FAILURES: tuple[Outcome, ...] = ("rejected", "bounced")
"""The outcomes that mean that a message did not go out; the others are told apart and never counted as failures."""


def domain_of(address: str | None) -> str | None:
    """The domain of an address in lower case, None where it has none."""
    return address.rpartition("@")[2].lower() if address and "@" in address else None


class Who(NamedTuple):
    """Who handed a message over: login (None: nobody logged in), client name, address, and HELO (Exim only)."""

    login: str | None
    host: str | None
    address: str | None
    helo: str | None = None


NOBODY = Who(None, None, None)


@dataclass(slots=True)  # not frozen: each field of a frozen record is set by a call, which trebles its price
class Refused:
    """One refusal, as its line tells it; what the line does not say is None until the correlator completes it.

    `user` and `user_source` are set by the dialect only where the line itself (`line`) or our own
    server's reply in it (`reply`) names the login. `message` is the key of the message (see above), None
    before there is a queue id. `sender` is "" for the null sender. Addresses are unquoted text.
    `original_recipient` is the one before an alias. `reply` begins with its code. `repeat`: how many the line stands
    for ("last message repeated 3 times").
    """

    offset: int
    n: int
    at: datetime
    mta: str
    host: str | None
    service: str | None
    process: bytes
    message: bytes | None
    queue_id: str | None
    refused_by: RefusedBy
    outcome: Outcome
    stage: Stage | None
    code: int
    enhanced_code: str | None
    reply: str
    user: str | None = None
    user_source: UserSource | None = None
    client_ip: str | None = None
    client_host: str | None = None
    helo: str | None = None
    sender: str | None = None
    recipient: str | None = None
    original_recipient: str | None = None
    relay_host: str | None = None
    relay_ip: str | None = None
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines that may be lost: a row of its own, because silence would be a false all-clear.

    `generation` and `position` say where reading stood when it was noticed: with source and reason they make it
    one gap, however often it is noticed. `since` and `until` bound the time of the lines, None where nobody can
    tell; `lines` is their number, if somebody has counted them; `detail` names the file or the service.
    """

    source: str
    reason: GapReason
    generation: str
    position: int
    detail: str
    since: datetime | None = None
    until: datetime | None = None
    lines: int | None = None


class Facts(Protocol):
    """Whoever listens to a dialect. Calls come in the order of the lines."""

    def accepted(self, stamp: bytes, mta: str, message: bytes, process: bytes, who: bytes) -> None:
        """A server process took a message from somebody; a message key heard before begins a new life.

        The key is empty where a proxy in front of the queue knows none: then this tells of the session only.
        """

    def sender(self, message: bytes, address: bytes) -> None:
        """The envelope sender of a message, as logged (between the angle brackets)."""

    def handoff(self, message: bytes, onward: bytes, process: bytes = b"") -> None:
        """A message came back from a content filter under another key, `onward`: it is still the same sender's.

        A filter in front of the queue took it from the session of a server process, before it had a key.
        """

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
        """One recipient of a message was delivered, or taken over by the next server.

        If that was a server of this machine, `onward` is the key that it has given the message. `local`: into a
        mailbox here, or to the server that keeps them (LMTP).
        """

    def done(self, message: bytes) -> None:
        """The message left the queue."""

    def opened(self, mta: str, process: bytes, who: bytes) -> None:
        """A client connected to a server process: what that process did for others is over."""

    def refused(self, refused: Refused) -> None:
        """A refusal with one of the wanted codes."""

    def other_refusal(self, offset: int, mta: str, outcome: Outcome, code: int, times: int = 1) -> None:
        """A permanent refusal with a code that is not wanted: counted, no more."""

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None:
        """The logger says that it has dropped lines (None: not how many) of somebody (a pid, a unit)."""

    def not_understood(self, offset: int, stamp: bytes, mta: str, shape: str, times: int = 1) -> None:
        """A refusal or delivery that the dialect can't read; `shape` is its line, masked."""


@dataclass(slots=True)  # not frozen, for the same reason; nobody changes it
class Event:
    """One refused recipient or step: a row that never changes. Field names are those of docs and database.

    `generation`, `position` and `n` are its key within one instance.
    """

    generation: str
    position: int
    n: int
    occurred_at: datetime
    source: str
    host: str | None
    mta: str
    service: str | None
    refused_by: RefusedBy
    outcome: Outcome
    stage: Stage | None
    attempt: str
    queue_id: str | None
    user: str | None
    user_source: UserSource | None
    client_ip: str | None
    client_host: str | None
    helo: str | None
    sender: str | None
    recipient: str | None
    recipient_domain: str | None
    relay_host: str | None
    relay_ip: str | None
    code: int
    enhanced_code: str | None
    reply: str
    repeat: int
    cause: str
    confidence: Confidence
    evidence: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Bytes of one source that end at a line end, and where they stand.

    `start` and `end` are positions in `generation` before and after the block: byte offsets of a file,
    entry numbers of a journal; `position_of` tells the position of the line that begins at an offset of
    the block. `checkpoint` is what the source itself needs to find its place again (JSON), stored in the
    same transaction as what was learnt from the block. `nearest` is the time that a stamp without a year
    is nearest to, used until the source has had its first stamp. `read_at` is the moment of reading, where it
    is known: no stamp can be far ahead of it. Failures before `alert_from` are stored and never alerted one
    by one.
    """

    source: str
    generation: str
    block: bytes
    start: int
    end: int
    position_of: Callable[[int], int]
    checkpoint: str
    nearest: datetime
    alert_from: datetime
    read_at: datetime | None = None

    def name_of(self, offset: int, n: int) -> str:
        """The key of the event that the line at an offset tells, as text."""
        return f"{self.generation}:{self.position_of(offset)}:{n}"
