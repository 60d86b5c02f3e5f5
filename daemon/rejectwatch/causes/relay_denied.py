"""The server does not pass mail on to that domain for this client; or does not know that the domain is its own."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CLEAR, HINT, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

CERTAIN_BUT = 85
"""A reply that names the missing login as well ("relaying denied, authentication required") is about the login."""

_FAMILIES = {
    "RELAY": "(relay|relays|relaying|relayed|relay'ing|mail relay|smtp relay|re lay|relayer)",
    "DENIED": (
        "(denied|refused|rejected|prohibited|forbidden|disallowed|disabled|blocked|declined|unauthorized|unauthorised"
        "|restricted|closed|illegal|not ALLOWED"
        "|not provided|impossible|barred|denies|refuses|rejects|prohibits|forbids|rejecting|failed|fail|failure|error"
        "|unavailable|banned|not for you|prevented)"
    ),
    "ALLOWED": (
        "(permitted|allowed|possible|supported|accepted|authorized|authorised|available|enabled|granted|configured"
        "|entitled|offered|a service|acceptable|allow)"
    ),
    # "relay access", "relaying of mail to denki.example is", "relaying from your location has been"
    "RELAYING": (
        "RELAY {of|access|operation|MAIL|attempt|request|service|domain|location|THE|host|server|check|traffic"
        "|function|through|and|here|are|outbound|external}"
        " [(to|for|from|via|through|by|at|on|with) [THE] [WORD] [WORD]] [IS|has been|currently]"
    ),
    "ANYTHING": (
        "{a|an|the|be|currently|ALLOWED|configured|able|going|to|allow|accept|permit|support|act|as|any|open|your|MAIL"
        "|yet|send|provide|third|party|smtp|for|you|have|permission|do|let|used|being}"
    ),
    "DOMAIN": "(domain|domains|host|hosts|destination|destination domain|recipient domain|mail domain|site|system)",
    "OURS": (
        "(local|hosted|served|handled|accepted|serviced|managed|ours|internal|configured|supported|defined|registered"
        "|recognized|recognised|known"
        "|hosted here|handled here|served here|in my list|in our list|in the list|in my allowed|one of my|one of our"
        "|one of ours|listed|a customer|processed|provisioned|active|enabled)"
    ),
}

# g273: "Client host rejected: Relaying denied - Your IP identified as spammer" is about the client's reputation.
_REPUTATION = Words(
    r"\bclient host rejected\b|\bspam|\bblack ?list|\bblock ?list|\brbl\b|\bdnsbl|\bopen relay\b(?<!not an open"
    r" relay)(?<!not open relay)(?<!no open relay)|\bquota\b|\blimit"
    r"|\brelay account\b|\bopen prox"
)
_THE_SENDER = Words(
    r"\bsender\b|\bmail ?from\b|\bhelo\b|\behlo\b|\byour (?:domain|address|mail|host|ip|server|account)\b|\bfrom"
    r" (?:address|domain)\b|\bclient\b|\bpolicy\b|\brbl\b"
)
# "not a valid address" is about its form, "not a known mailbox" about the mailbox.
_NOT_OF_OURS = Words(
    rf"{_THE_SENDER.pattern}|\b(?:valid|legal|known|existing|registered|proper|real|email|e mail|mail|ip|in|to|from|the|this|your|fully)"
    r" (?:customer )?(?:address|mailbox)"
)

judge = judged_by(
    *texts(
        CLEAR,
        "recipients must be (on|in|at|within|from) {one|of|these|this|the|our|following|a} (domain|domains)",
        "not a transit (host|server|system|mail server)",
    ),
    *texts(
        LIKELY,
        "(only|just) (take|takes|taking|accept|accepts|accepting|handle|handles|receive|receives|serve|serves|relay|relays|deliver|delivers) {e mail|mail|messages|email} for",
        "nor the (destination|recipient) {host|domain|WORD} is local",
        "not recognize your (computer|host|ip|ip address|connection|network|machine) {NAME} as (connecting|coming|being) from",
    ),
    *texts(
        CERTAIN_BUT,
        # qmail and its many patches, also in translation
        "(domain|domínio|dominio|user)…rcpthosts",
        "rcpthosts",
        "(lista|list|liste)…rcpt",
        "domain {name|ADDRESS|NAME} (is NOT|isn't|NOT|does not appear|no está|nao está|n'est pas) {in|on|listed|my"
        "|our|the|any|allowed|of} list {of} {allowed|permitted|accepted|valid|local|my|our} (hosts|domains|recipients"
        "|recipient domains|host|domain)",
        # Postfix "Relay access denied", Sendmail "Relaying denied", Exim "relay not permitted", Exchange "Unable to relay"
        "RELAYING DENIED",
        "RELAYING (NOT|isn't|aren't|cannot|can't|can not|may not) [been|be|being] (ALLOWED|done|performed)",
        "DOES_NOT ANYTHING RELAY",
        "(unable to|refuse to|refuses to|refusing to|not ALLOWED to|no permission to|not a|not an|not|no|won't|never"
        "|neither|unwilling to|forbidden to|prohibited from|not going to|cannot|can't|stop|denies|deny|denying|refuse"
        "|refuses|rejecting|refusing|disallows|disallow|prohibits|forbids) {open|mail|third|party|smtp|to|act|as|a"
        "|external|any|free|public|allow|ALLOWED|remote|to be|be|this} RELAY",
        "(use|using|abuse|abusing|treat) {this|our|my|me|us|the|server|system|host|mail|smtp|machine|ADDRESS|NAME|to"
        "|as|for|openly|service} RELAY",
        "as a [mail|smtp|open] relay",
        "neither…local",
        "(recipient|destination) domain is not (configured|hosted|handled|served) {on|by|here|at}",
        "MAY_NOT {to|be} {use|used|send|sending|access} {MAIL|messages|mails|by|you} (through|via|using|thru|over|use"
        "|to use|use of) (this|our|the) {mail|smtp|outgoing|relay|email} (server|system|host|gateway|machine"
        "|mailserver|mailhost|service|smtp)",
        "MAY_NOT {to} (send|submit|deliver) {MAIL|messages} (through|via|thru|over|using) (this|our|the|us|me)",
        "(host denies relay|relay check domain fail|denies relay)",  # Sina
        "RELAY (access|request|attempt|operation|denied|not)",
        "(to be|in order to be) relayed",
        "(no|without|lack|lacks) relay (permission|permissions|right|rights|access)",
        "invalid credentials for relay",  # Google's relay, by address
        "NOT our mx",  # ZMailer: "This target address is not our MX service client"
        "rp:drl",  # HiChina's Coremail: relaying is forbidden
        "(中継|リレー|転送)…(拒否|禁止|許可|できま|できな|不可|認め)",
        "(中継|リレー)(し|いたし)(ません|ない|ておりません)",
        "(不转发|不中继|不轉發|不转信)",
        "(禁止|不允许|拒绝|不支持|不提供|不能|拒絕|不允許)…(转发|中继|转信|轉發|轉寄|中轉)",
        "(转发|中继|转信|轉發|中轉)…(禁止|拒绝|不允许|不支持|失败|不被允许|未授权)",
        "릴레이",
        "(중계|전달)…(거부|금지|허용|불가|할 수 없)",
        "(domain|mail|mails|nachrichten|e mail)…nicht (weitergeleitet|weiterleiten|relayt)",
        "(weiterleitung|weiterleiten|relaying|relay)…(nicht erlaubt|verweigert|nicht gestattet|nicht zugelassen"
        "|verboten|abgelehnt|nicht möglich)",
        "(relais|relayage|relayer)…(refusé~|refuse|interdit|non autorisé~|pas autorisé|pas permis|non permis|rejeté|impossible)",
        "(retransmisión|relé|rele|reenvío|reenvio|relay|retransmitir|retransmissão)…(denegad~|no permitid~|prohibid~"
        "|no autorizad~|negad~|não permitid~|não autorizad~|rechazad~|proibid~)",
        "(inoltro|relay|rilancio)…(negato|non consentito|non permesso|vietato|rifiutato|non autorizzato)",
        "(пересылка|релей|ретрансляция|relay)…(запрещен~|не разрешен~|отклонен~|отказано)",
        "(doorsturen|relayeren) {is} (niet toegestaan|geweigerd)",
        families=_FAMILIES,
    ),
    *texts(
        CLEAR,
        "(DENIED|illegal) {attempt|to|mail|attempted} RELAY",
        "RELAY (attempt|violation|attempts)",
        "(DOMAIN|recipient|user|address) [ADDRESS|NAME] (is NOT|isn't|NOT) {a|an|in} local [domain|user|recipient|address|host]",
        "DOMAIN [ADDRESS|NAME] (is NOT|isn't|NOT|are not|aren't) {a|an|been|valid|currently|our|one of|be} OURS {by"
        "|here|on|at|in|domain|domains|this|the|system|server|host}",
        "domain of {the|this} (recipient|addressee) {is|not|isn't} (NOT|not|served|hosted|handled|accepted) OURS",
        "DOMAIN [ADDRESS|NAME] (is NOT|isn't|NOT|are not) (on|in|at|known to|part of) (our|this|my|the) {mail|local}"
        " (system|server|host|site|machine|network)",
        "(transit|transient|foreign) mail {is|traffic} (refused|rejected|denied|not|prohibited|forbidden)",
        "(is NOT|isn't|NOT|are not) {a|an|one of} {valid} (local|hosted|our|my|served|managed|accepted) (domain"
        "|domains|host|hosts|customer domain|mail domain)",
        "not {a|in|one of|on|an|part of|listed|any of|within} {my|our|the|list of|any|list} {local|relay|hosted"
        "|accepted|served|allowed|valid} (domains|domain list|relay list|relay domains|local domains|domain table"
        "|relay table)",
        "non (local|accepted|hosted) (domain|recipient|recipients|email|e mail|address|user|mail|delivery|host)",
        "not {a|an} local (host|domain|user|recipient|address|destination)",
        "(user|recipient|address|addressee|domain|host) [ADDRESS] (is not|isn't|not) local",  # RFC 5321, 551
        "DOES_NOT {currently|longer|any} (accept|handle|serve|receive|take|process|deliver|host|manage|service"
        "|support|provide) {any|host|the|incoming} [MAIL|service|services] [service|services] {(for|to|at|in)"
        "|delivery|this|that|the|such|your|recipient|recipient's|destination} (domain|domains|DOMAIN)",
        "DOES_NOT handle [any] MAIL for",
        "no longer (host|hosts|hosted|handle|handles|serve|serves|accept|accepts|responsible) {here|by|on|us|at|this"
        "|server|MAIL|for|the|that} (domain|here|this domain|that domain)",
        "(not|isn't|aren't|never) {the|a|an|its|longer|configured as} (mx|mail exchanger|mail server|mailserver"
        "|mailhost|gateway|relay|responsible|authoritative|mail exchange|mail host|destination) (for|of)",
        "not a gateway",
        "not {configured|set up|setup|authorized|allowed|willing|responsible} to (accept|receive|handle|process"
        "|deliver|relay|route|forward|take) {any|incoming} MAIL (for|to|from)",
        "gateway [is] not accepting MAIL for",
        "(one or more|either|sender or recipient|at least one|from or to|to or from|recipient or sender|sender or"
        " receiver) {address|addresses|the|of|must|of the|recipient|sender|a} {must|should|has|needs|have|be|to|not}"
        " {a|be|to|from} local",
        "(only|just) {accept|accepts|accepting|deliver|delivers|for|mail|handle|handles|to|receive|allow|allows|take}"
        " {MAIL|for|to|delivery|destined|addressed|from} (local|our|our own|hosted|its own) (recipients|domains|users"
        "|addresses|delivery|domain|mailboxes|customers|hosts)",
        "delivery is not allowed to this address",  # hMailServer: from outside to outside
        "DOES_NOT (forward|pass|transfer|route) {any|on|MAIL|your|messages} to {any|other|foreign|external|another"
        "|remote|outside} (hosts|servers|domains|systems|host|server|domain|sites)",
        "third party (mail|relay|relaying|delivery)",
        "(not|won't|never|don't|refuse to|refuses to|cannot|can't) {willing to|going to|going|to} (carry|transport"
        "|pass|forward|transfer|transmit|convey|pass on|hand on) {on|any|your|this|foreign} MAIL {for|to|from|you}",
        "not {a} [WORD] (domain|host) {that|which} (we|i|this server|this host|this system|is|are) {are|is"
        "|responsible|do} (serve|serves|host|hosts|handle|handles|know|accept|accepts|responsible|hosted|served"
        "|handled|manage|manages)",
        "(sender and recipient|both sender and recipient|recipient and sender|both addresses) {are|is|both} (remote"
        "|non local|not local|foreign|external|outside|outsiders)",
        "CANNOT (carry|relay) {this|your} MAIL {for|to} {you|that|this} (domain|host)",
        "NAME {is|are|not|isn't} (not|isn't) {being|currently} (handled|hosted|served|serviced|managed|known|local)"
        " (by us|here|on this|at this|by this)",
        "(do not|don't|does not|doesn't) (do|handle|serve|host|manage) {any} MAIL (for|of) {them|that|this|it|such|NAME}",
        "(outside|external|foreign|remote|other) (domains|hosts|networks|addresses|systems|destinations) (cannot"
        "|can't|can not|may not|must not) be (reached|served|used|mailed|addressed)",
        "foreign (recipient|recipients|address|addresses|domain|domains|destination|host|hosts|user)",
        "(one|both|either|at least one|none) of {the|your|those|these} (addresses|parties|sender and recipient) (must"
        "|should|has to|have to|needs to|is|are) {be|not} local",
        "(server|host|system|machine|gateway|mailserver|site) DOES_NOT {currently} (accept|take|handle|receive"
        "|process) {any|incoming} MAIL (for|to) NAME",
        "(mail transfer|mail delivery|delivery|mail) to {other|another|foreign|external|outside|remote} (networks"
        "|network|domains|hosts|systems|sites|domain) {from|here|is|are} (not|impossible|denied|refused|forbidden"
        "|prohibited|disabled)",
        "MAIL (for|to) NAME {is|are|will} (not|never) {be} (accepted|handled|taken|processed|received) (here|at|on"
        "|by) {this|our} [host|server|system|machine|site|gateway]",
        "non local (destination|destinations|addressee|recipient address)",
        "(domäne|domain) {NAME|wird|ist} {hier|von|uns} nicht {hier} (verwaltet|bedient|gehostet|zuständig|lokal)",
        "(no such|unknown) (local domain|domain here|domain at this location)",
        families=_FAMILIES,
        unless=_THE_SENDER,
    ),
    *texts(
        LIKELY,
        "DENIED RELAY",
        "use your {own|local|isp's|provider's|internet|provider|isp} (smtp|mail|outgoing) server",
        "DOES_NOT (accept|allow|support) {source} (routed mail|source routed|source routing|routed addresses)",
        "forwarding {of|to|WORD|is|MAIL} (disabled|not (accepted|allowed|permitted|authorized|supported)|denied"
        "|refused|prohibited|forbidden)",
        "(domain|host) [ADDRESS|NAME] {is} not {ALLOWED} (allowed|accepted|permitted|authorized|supported|served) {here|on|at|this|for}",
        "(find|get) {a} (route|path) {to|for}",
        "no (route|path) {for|to|current|WORD}",
        families=_FAMILIES,
        unless=_THE_SENDER,
    ),
    *texts(
        HINT,
        "not [a|an|one of our|our] [WORD] [customer] (address|mailbox|addresses|mailboxes)",
        unless=_NOT_OF_OURS,
    ),
    *texts(HINT, "specified domain is not allowed", "(relay|relaying|relayed)"),
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
