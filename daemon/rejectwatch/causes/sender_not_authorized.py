"""Somebody logged in, and sends as an address that this login may not use."""

from __future__ import annotations

import re

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, judged_by, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    "SENDER": "(sender|sender's|from|from:|mail from|mailfrom|envelope sender|envelope from|return path) [email|e mail] [address|header]",
    "LOGIN": (
        "[the|your|a|an] [smtp|sasl]"
        " (authenticated|authorized|authorised|authentication|authenticate|authorization|auth|logged in|login)"
        " [user name|username|user|account|id|identity|name|sender|address|login|credentials]"
    ),
    "MAY_NOT": "(not (authorized|authorised|allowed|permitted)|unauthorized|unauthorised)",
}

# g191: "You are not authorized to send mail as <>" is about bounces; the others tell of the receiver's own lists.
_SOMETHING_ELSE = re.compile(
    r"\b(?:as|from) <>|\b(?:spf|dkim|dmarc|arc|sender ?id)\b|\bblack|\bblock(?:ed )?list|\bbadmailfrom\b|\bspam"
)

judge = judged_by(
    *texts(
        CERTAIN,
        "not owned by [the] [auth|authenticated] [user]",  # Postfix reject_sender_login_mismatch, Zimbra, Yandex
        "SENDER must [be] [the] (equal|same|match|identical|correspond)…(LOGIN|user|account)",  # NetEase, QQ
        "SENDER DOES_NOT [the] (match|equal|agree|correspond|belong)…(LOGIN|user|account|you)",
        "SENDER [is] not [the] same as…LOGIN",  # iRedAPD
        "LOGIN DOES_NOT match…SENDER",
        "(LOGIN|user)…mismatch",
        "mismatch…LOGIN",
        "SENDER [ADDRESS] (is not|isn't|was not) [one] [of] (your|yours)",  # iCloud
        "(SENDER|ADDRESS|address) (does not|doesn't) belong to",
        "(no|not have|not have the|lack|lacks) [necessary] (permission|permissions) to send (as|on behalf|from)",  # Exchange
        "sendasdenied",
        "MAY_NOT to send [MAIL] (as|on behalf of|using)",
        "MAY_NOT to use [THE] (ADDRESS|sender|sender address|from address|return path|[email|e mail] address (as|for))",
        "relaying disallowed as",  # Zoho
        "mi:sum",  # HiChina's Coremail, as its help page explains it: sender and authenticated user differ
        "差出人…(ログイン|認証|アカウント)…(異な|一致しま|違い)",
        "发(信|件)人…(认证|验证|登录)用户…(不相同|不一致|不同|不符)",
        families=_FAMILIES,
    ),
    *texts(
        CLEAR,
        "(use|send from|send as|send with|send mail from|send mail as) [only] your own [email|e mail|sender|from] address",
        "MAY_NOT to send [MAIL] (from|with) [THE] (ADDRESS|address|sender|email|e mail|from|header)",  # Fastmail
        "sender [address] [ADDRESS] [is] MAY_NOT (for|by) [THE] (LOGIN|user|account|you)",
        "sender [address] [is] not allowed to relay",  # Zoho
        "(from|from:|sender|email|e mail) address [is] not verified",  # Yahoo, Amazon SES
        "not [a] local sender over smtp",  # mail.ru
        "local (user|users) only",  # NetEase: the sender must be one of this site's
        "not accept masquerading…auth",  # indimail
        families=_FAMILIES,
    ),
    *texts(
        HINT,
        "not accept masquerading",
        "invalid sender address specified",  # s/qmail: Mail Address Verification of an authenticated user
        "sender (address|domain) [is] not (allowed|permitted)",  # GMX after a login; qmail-spp mailfromhosts
        families=_FAMILIES,
    ),
    unless=_SOMETHING_ELSE,
)

_OWNER = re.compile(r"\bnot owned by user (?P<login>[^;]+)", re.IGNORECASE)


def who_acts(reading: Reading) -> WhoActs:
    """The user chose the address, except where it is his own: then our map of logins and addresses is wrong.

    Elsewhere it is the login of our server that was refused, which no user can see.
    """
    if reading.reply.refused_by == "remote":
        return "admin"
    sender = (reading.reply.sender or _sender_in(reading)).lower()
    return "admin" if sender and sender in _logins(reading) else "user"


def _logins(reading: Reading) -> set[str]:
    """The login as Postfix names it: to the end of the reply, or to a blank where a footer follows."""
    owner = _OWNER.search(reading.words)
    named = owner["login"].strip() if owner else reading.reply.user or ""
    return {named.lower(), named.partition(" ")[0].lower()}


def _sender_in(reading: Reading) -> str:
    """Postfix puts the sender first: "<a@corp.example>: Sender address rejected: not owned by user …"."""
    if reading.about != "sender" or not reading.words.startswith("<"):
        return ""
    return reading.words[1:].partition(">")[0]


CAUSE = Cause(
    slug="sender_not_authorized",
    judge=judge,
    who_acts=who_acts,
    recovery=("user", "sender"),
    # There the same login of ours is used for everybody: the sender that was refused has to get through.
    recovery_elsewhere=("sender", "recipient_domain"),
)
