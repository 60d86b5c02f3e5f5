"""The server does not pass mail on to that domain for this client; or does not know that the domain is its own."""

from __future__ import annotations

import re

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CLEAR, HINT, LIKELY, judged_by, texts
from rejectwatch.facts import WhoActs

CERTAIN_BUT = 85
"""A reply that names the missing login as well ("relaying denied, authentication required") is about the login."""

_FAMILIES = {
    "RELAY": "(relay|relays|relaying|relayed)",
    "DENIED": "(denied|refused|rejected|prohibited|forbidden|disallowed|disabled|blocked|declined|unauthorized|unauthorised|restricted)",
    "ALLOWED": "(permitted|allowed|possible|supported|accepted|authorized|authorised|available|enabled|granted)",
    # "relay access", "relaying of mail to denki.example is", "relaying from your location has been"
    "RELAYING": (
        "RELAY {of|access|operation|MAIL|attempt|request|service|domain|location|THE}"
        " [(to|for|from|via|through) [THE] [WORD] [WORD]] [IS]"
    ),
}

# g273: "Client host rejected: Relaying denied - Your IP identified as spammer" is about the client's reputation.
_REPUTATION = re.compile(
    r"\bclient host rejected\b|\bspam|\bblack ?list|\bblock ?list|\brbl\b|\bopen relay\b(?<!not an open relay)|\bquota\b"
)

judge = judged_by(
    *texts(
        CERTAIN_BUT,
        # qmail and its many patches, also in translation
        "(domain|domínio|dominio)…rcpthosts",
        "rcpthosts",
        "(lista|list|liste)…rcpt",
        "domain (is NOT|isn't) in my [allowed] list of allowed (hosts|domains|recipients)",
        # Postfix "Relay access denied", Sendmail "Relaying denied", Exim "relay not permitted", Exchange "Unable to relay"
        "RELAYING DENIED",
        "RELAYING (NOT|isn't|aren't) [been|be] ALLOWED",
        "DOES_NOT {a|an|the|be|currently|ALLOWED|configured|able|going|to|allow|accept|permit|support|act|as|any|open|your|MAIL|yet|send} RELAY",
        "(unable to|refuse to|refuses to|refusing to|not ALLOWED to|no permission to|not a|not an|not|no) [open|mail] RELAY",
        "use us to relay",
        "rp:drl",  # HiChina's Coremail: relaying is forbidden
        "(中継|リレー)…(拒否|禁止|許可|できま|できな|不可)",
        "(禁止|不允许|拒绝)…(转发|中继)",
        "(转发|中继)…(禁止|拒绝|不允许)",
        "weiterleitung…(nicht erlaubt|verweigert|nicht gestattet)",
        families=_FAMILIES,
    ),
    *texts(
        CLEAR,
        "(DENIED|illegal) [attempt to|attempt|mail] (relay|relaying)",
        "(relay|relaying) (attempt|violation)",
        "NOT our mx",  # ZMailer: "This target address is not our MX service client"
        "domain [ADDRESS] (is NOT|isn't|NOT) [a|an] (local|hosted|served|handled|accepted|serviced|one of my|one of our)",
        "non (local|accepted) (domain|recipient|email|e mail|address)",
        "DOES_NOT (accept|handle|serve|receive|take|process|deliver) [any] MAIL (for|to)…domain",
        "DOES_NOT handle [any] MAIL for",
        "not a gateway",
        "gateway [is] not accepting MAIL for",
        families=_FAMILIES,
    ),
    *texts(LIKELY, "relais…(refus|interdit|non autoris)~"),
    *texts(HINT, "specified domain is not allowed"),
    unless=_REPUTATION,
)


def who_acts(reading: Reading) -> WhoActs:
    """At our server: somebody without a login has to log in; with one, our own rules are in the wrong order.

    Elsewhere: a server that stands in the MX of a domain and does not know it is the partner's to repair.
    """
    if reading.reply.refused_by == "remote":
        return "remote"
    return "admin" if reading.reply.user else "user"


CAUSE = Cause(
    slug="relay_denied",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "client_ip", "recipient_domain"),
)
