"""What was given to `explain`: a whole bounce mail, lines of a log, or the reply as a mail program shows it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from rejectwatch import bounces, dialects
from rejectwatch.causes import Reply
from rejectwatch.causes.reading import address_named, read
from rejectwatch.correlate import Correlator
from rejectwatch.dialects.timestamps import Stamps
from rejectwatch.events import reply_of
from rejectwatch.facts import Outcome, Refused
from rejectwatch.messages import Known, NotRefused
from rejectwatch.state import Queued, State
from rejectwatch.zone import local_zone

EVERY_CODE = frozenset(range(500, 600))
MOST = 100
"""Refusals of one mail or of some pasted lines."""

# "The mail server responded: 553 …", "host mx.example said: 553 …", "Remote Server returned '553 …'"
_QUOTED = re.compile(r"(?<=[\s:'\"(<「『：])[2-5]\d\d(?=[ -])")
_CODE = re.compile(r"\s{0,80}[2-5]\d\d(?![\w.])")


_NO_FAILURES: dict[str, NotRefused] = {
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
"""What a report says happened (RFC 3464, 2.3.3), where it is no failure."""


class Question(NamedTuple):
    """One refusal, or (`told`) what the text tells instead of one."""

    reply: Reply
    known: Known
    told: NotRefused | None = None

    @property
    def code(self) -> str:
        return self.reply.text.strip()[:3]


def questions_in(data: bytes) -> list[Question]:
    """All that was refused; one question at least."""
    if bounces.is_mail(data):
        return _of_mail(data)
    text = data.decode("utf-8", "backslashreplace")
    return [_of_refusal(one) for one in refusals_in(text)] or [_of_reply(text)]


def question_of_line(line: str) -> Question | None:
    """The first refusal that a line of a mail log tells, None if it tells none."""
    return next((_of_refusal(one) for one in refusals_in(line)), None)


def _of_refusal(refused: Refused) -> Question:
    return Question(reply_of(refused), replace(Known.of(refused), occurred_at=refused.at))


def _of_reply(text: str) -> Question:
    reply = _with_its_address(Reply(_without_frame(text)))
    told: NotRefused | None = None
    if reply.text[:1] in ("2", "3") and _CODE.match(reply.text):
        told = "accepted"
    elif reply.text[:1] == "4" and _CODE.match(reply.text):
        told = "temporary"
    elif not _CODE.match(reply.text):
        told = "nothing"
    return Question(reply, Known.of(reply), told)


def _with_its_address(reply: Reply) -> Reply:
    match address_named(read(reply)):
        case "sender", address:
            return reply._replace(sender=address)
        case "recipient", address:
            return reply._replace(recipient=address)
    return reply


def _without_frame(text: str) -> str:
    """The reply alone, where a mail program's own words stand before it: those say nothing of the cause."""
    text = text.strip()
    if _CODE.match(text):
        return text
    codes = [found.start() for found in _QUOTED.finditer(text)]
    refusal = next((at for at in codes if text[at] == "5"), codes[0] if codes else 0)
    return text[refusal:]


def _of_mail(data: bytes) -> list[Question]:
    found = [
        Question(
            Reply(
                one.reply or "",
                None,
                one.enhanced_code,
                one.refused_by,
                None,
                None,
                one.sender,
                one.recipient,
            ),
            Known.of(one),
            _NO_FAILURES.get(one.action or ""),
        )
        for one in bounces.read(data)[:MOST]
    ]
    refused = [one for one in found if one.told is None and one.reply.text]
    return refused or found or [Question(Reply(""), Known(), "nothing")]


def refusals_in(text: str) -> list[Refused]:
    """The refusals that lines of a mail log tell; through the correlator, which knows whom the lines name."""
    found = _Found()
    stamps = Stamps(local_zone(), datetime.now(UTC))
    state = State()
    correlator = Correlator(state, dialects.who, lambda offset, n: f"{offset}:{n}", onward=found)
    asked = dialects.Asked(EVERY_CODE, stamps, dialects.Remembered(state.lines, ""))
    dialects.read(text.strip().encode("utf-8", "surrogateescape") + b"\n", asked, correlator)
    return found.refused[:MOST]


class _Found:
    """Listens for refusals."""

    def __init__(self) -> None:
        self.refused: list[Refused] = []

    def refusal(self, refused: Refused, attempt: str) -> None:
        self.refused.append(refused)

    def other_refusal(self, mta: str, outcome: Outcome, code: int, times: int = 1) -> None: ...

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None: ...

    def not_understood(self, stamp: bytes, mta: str, shape: str, times: int = 1) -> None: ...

    def handed(self, stamp: bytes, mta: str, who: bytes) -> None: ...

    def delivery(self, stamp: bytes, mta: str, message: Queued, recipient: bytes, local: bool) -> None: ...
