"""What a cause is: how its text is recognised, who must act, and what proves that it is cured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rejectwatch.causes.texts import Texts
from rejectwatch.facts import Confidence, RefusedBy, Stage, WhoActs

RecoveryField = Literal["person", "user", "sender", "client_ip", "recipient", "recipient_domain"]
"""`person` is the login, or the sender where nobody logged in."""

About = Literal["sender", "recipient", "client", "helo"]


class Reply(NamedTuple):
    """What a cause is judged by: the reply text, and what the line says around it.

    `text` is the reply as logged, from its code on. `user` is the login where it is known.
    Everything but the text may be unknown (`rejectwatch explain` gets a bare reply).
    """

    text: str
    code: int | None = None
    enhanced_code: str | None = None
    refused_by: RefusedBy | None = None
    stage: Stage | None = None
    user: str | None = None
    sender: str | None = None
    recipient: str | None = None


class Reading(NamedTuple):
    """A reply made ready for judging, once for all causes (`reading.read`).

    `words` is the reply on one line, without its codes: evidence is quoted from here. `plain` is the same
    text at the same offsets, in lower case, without hyphens, and with every address and link blotted out
    (`<@@@>`, `///`), so that nothing is decided by the name of a mailbox. `about` is whom Postfix's own phrase names, if it is there.
    """

    reply: Reply
    words: str
    plain: str
    enhanced_code: str | None
    about: About | None


class Evidence(NamedTuple):
    """How strongly a text speaks for a cause (0 to 100) and which of its words do."""

    strength: int
    words: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause. Its words for people are in the message catalogues, under its slug.

    `judge` are the texts that it is recognised by. `who_acts` is asked with the
    reply, because the same cause may be the user's to cure at our server and the partner's elsewhere.
    `recovery` names the fields that a delivery must share with the failure to prove that it is over, where
    our own server refused; `recovery_elsewhere` where another one did: there the user's device proves
    nothing, because it works towards everybody else all the time, but the next mail to that domain does.
    `usually` is whose server refuses for this cause, where the reply is all that is known: what people paste
    of some of them came back from the recipient's side.
    """

    slug: str
    judge: Texts
    who_acts: Callable[[Reading], WhoActs]
    recovery: tuple[RecoveryField, ...]
    recovery_elsewhere: tuple[RecoveryField, ...] = ("person", "recipient_domain")
    usually: RefusedBy = "local"


class Diagnosis(NamedTuple):
    """The answer: which cause, how sure, on which words, and who must act."""

    cause: str
    confidence: Confidence
    evidence: str
    who_acts: WhoActs
