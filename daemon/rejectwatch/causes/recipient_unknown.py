"""There is no such mailbox or domain, or that mailbox is closed or takes nothing."""

from __future__ import annotations

import re

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, LIKELY, judged_by, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    # Who or what is missing, and as it may stand in a reply: "mailbox <a@b.example>", "account that you tried to reach"
    "MAILBOX": (
        "(recipient|recipients|mailbox|mail box|user|users|account|accounts|addressee|person|alias|local part"
        "|email address|e mail address|mail address|address)"
    ),
    "NAMED": "MAILBOX [address|name|account|email|e mail|mailbox|mail box|domain] [NAME] [[that] you (tried|are trying|specified) [to (reach|contact)]]",
    "GONE": (
        "(unknown|not found|non existent|non existant|nonexistent|nonexistant|not exist|not present|invalid|incorrect"
        "|inactive|disabled|closed|suspended|deactivated|frozen|locked|archived|expired|deleted|removed|terminated"
        "|discontinued|gone|moved)"
    ),
    "HAS_BEEN": "{is|are|was|were|has|have|been|currently|temporarily|temporary|now|either|a|an|that you tried to reach}",
    "BY_THAT_NAME": "(by|with|for|of) (that|this) (name|user|address)",
}

# "Sender address rejected: User unknown", "your envelope sender must exist", "domain of sender … does not exist"
_THE_SENDER = (
    r"\bsender address rejected\b|\bunknown sender\b|\b(?:envelope |your |of |the )sender\b"
    r"|\bsender(?:'s)? (?:e ?mail |envelope )?(?:address|domain|unknown|verif|does|must|is|not|account|user|mailbox)"
    r"|\byour (?:e ?mail )?(?:domain|address|account)\b|\bmail ?from\b|\breturn ?path\b|\bfrom address\b"
)
# "Mailbox unavailable. Your IP address is blacklisted", "account disabled temporarily for exceeding limits"
_ANOTHER_REASON = (
    r"\bclient host\b|\behlo\b|\bhelo\b|\bspf\b|\bdkim\b|\bdmarc\b|\bspam|\bblack ?list|\bblock ?list|\brbl\b|\bdnsbl"
    r"|\brfc ?\d|\breputation\b|\byour ip\b|\bquota\b|\bfull\b|\bexceed|\blimit|\bvirus|\bsyntax\b|\bformat\b"
    r"|\brelay account\b|\bno valid recipients\b|\buser name\b"
)

judge = judged_by(
    *texts(
        CERTAIN,
        "unknown [or WORD] [local|virtual] MAILBOX",
        "NAMED HAS_BEEN unknown",
        "userunknown",
        "(user|recipient|mailbox|address) [is] not known",
        "(no|not) [a|an] (such|valid|known|our) [email|e mail|local|mail] (MAILBOX|customer|destination)",
        "no (mailbox|mail box|account|user|address) [here|found|available] BY_THAT_NAME",
        "no (mailbox|mail box) (here|found)",
        "(no one|noone) at this address",
        "NAMED DOES_NOT [appear to|seem to] (exist|exists)",
        "NAMED not exist",
        "(non existent|nonexistent|non existant|nonexistant) [email|e mail] MAILBOX",
        "NAMED [could|was|can|is|were] not [be] found",
        "recipnotfound",  # Exchange
        "(unable to|cannot|can't|couldn't|could not|weren't able to|were not able to) find [THE] (recipient|mailbox|user)",
        "unrouteable (address|mail domain)",  # Exim
        "unroutable address",
        "rejected: undeliverable address",  # Postfix, address verification
        "not in (my|our) validrcptto",
        "宛先…(不明|見つかり|見つから|存在し)",
        "(ユーザ|メールボックス|アドレス|アカウント)…存在し(ま|な)",
        "(用户|收件人|邮箱|帐号|账号|地址)…不存在",
        "(사용자|수신자|메일|계정|주소)…존재하지",
        "(empfänger|benutzer|adressat|postfach|empfängeradresse)…unbekannt",
        "unbekannter (empfänger|benutzer)",
        "(empfänger|benutzer|postfach|adresse|mailbox)…existiert nicht",
        "(utilisateur|destinataire|adresse)…(inconnu|inconnue)",
        "(usuario|destinatario)…desconocido",
        "(utente|destinatario)…sconosciuto",
        "(usuario|usuário|destinatario|destinatário|buzón|buzon|cuenta|caixa postal|conta)…(no|não) existe",
        "(no|não) existe [ese|dicha|este|esse] (usuario|usuário|persona|buzón|destinatario|destinatário)",
        families=_FAMILIES,
    ),
    *texts(
        CLEAR,
        "(recipient|mailbox|mail box|user|addressee|address) [address|account|mailbox|mail box] [ADDRESS] HAS_BEEN GONE",
        "(invalid|inactive|bad|disabled|incorrect|invalid/inactive) [or WORD] (recipient|mailbox|mail box|user|account|addressee|email address)",
        "NAMED [is|has] no longer (active|valid|available|in use|used|exist~|accept~|receiv~|here|on [this|the] server|at this)",
        "NAMED [is] not [a|an] (active|valid|in use|used)",
        "NAMED [is] not (present|listed) in [the|public] (name|domino|address|directory)",
        "(user|recipient|person|employee|addressee|ADDRESS) has (moved|left|retired)",
        "no longer (works|employed)",
        "(doesn't|does not) have (a|an) [WORD] account",  # Yahoo
        "(this|that|recipient|the) address is not known here",
        "(unknown host|host unknown)",  # Sendmail
        # Recipients that the receiver refuses on purpose: qmail's badrcptto and badmailto, qmail-ldap, mailfront
        "(badrcptto|badrecipientto|badmailto) [list]",
        "envelope recipient has been denied",
        "mail to that recipient is not accepted",
        # HiChina's Coremail: RPB, the recipient is on its list; RDN, no such user (or relaying forbidden)
        "(rp:rpb|rp:rdn)",
        families=_FAMILIES,
    ),
    *texts(
        LIKELY,
        # Weaker than a mailbox, because the account may as well be the one that tried to send
        "account [ADDRESS] HAS_BEEN GONE",
        # The wording that RFC 5321 proposes for 550, also given for other reasons
        "(mailbox|mail box|account|recipient|user) [ADDRESS] {is|was|currently} unavailable",
        "(user|recipient) refused to receive this MAIL",
        families=_FAMILIES,
    ),
    unless=re.compile(f"{_THE_SENDER}|{_ANOTHER_REASON}"),
    supported_by=frozenset({"5.1.1", "5.1.6", "5.1.10", "5.2.1"}),
)


def who_acts(reading: Reading) -> WhoActs:  # noqa: ARG001 — the same on either side
    """Whoever wrote the address looks at it first; that a mailbox of ours is missing is the rarer reason."""
    return "user"


CAUSE = Cause(
    slug="recipient_unknown",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "recipient"),
    recovery_elsewhere=("person", "recipient"),
    usually="remote",
)
