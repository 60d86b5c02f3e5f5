"""The domain of the sender does not exist, does not resolve, or takes no mail; or nobody is at the sender's address."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_NAMED = 92
"""The sender's domain and what is missing of it: more than "does not exist" alone, which is said of recipients too."""

_BETWEEN = 65
"""The same with words between that were not foreseen; or the sender's mailbox was asked after, and is not there."""

_FAMILIES = {
    "DOMAIN": "(domain|domain name|domain part|domainpart|domains|domain names|mail domain|email domain)",
    "FROM": (
        "(sender|senders|sender's|envelope sender|mail from|mailfrom|envelope from|from address|from|from:|mail from:"
        "|return path|reverse path|return|returning|originator|originating|origin|sending|source|bounce)"
    ),
    # "sender domain corp.example", "the domain of the sender's address <…>", "your domain"
    "SENDER_DOMAIN": (
        "([THE|an|a|of] (FROM [address|address's|email|email address] [ADDRESS] DOMAIN"
        "|DOMAIN NAME (in|of|from) [the|your] FROM"
        "|DOMAIN {of|in|for|from|part|name|the|your|this|used|given|as|specified|is|an|ADDRESS} FROM [mail|email"
        "|e mail] [address|addresses|header|command]"
        "|DOMAIN (of|in|for) your [email|e mail|mail] address"
        "|[the|a] DOMAIN (you are sending from|you send from|you're sending from|you use|you are using)"
        "|your [own|email|mail|e mail|email address|email address's|address'|address's|from|sender|sending] DOMAIN) [NAME])"
    ),
    "RECORD": (
        "[valid|usable|resolvable|working|proper|correct|public] (mx|a|aaaa|dns|mail exchanger|mail exchangers"
        "|mail server|mail servers|mail host|mail hosts)"
        " {or|and|nor|mx|a|aaaa|/|dns|address} [record|records|rr|rrs|entry|entries|host|hosts|server|servers|dns]"
    ),
    "NO_RECORD": (
        "((no|has no|have no|without|lacks|lacking|missing|had no|does not have|doesn't have|do not have|don't have|hasn't|not have)"
        " [a|an|any] (RECORD|mx/a record|a/mx record|mx/a records|a/mx records|dns/mx entries|dns a/mx|mx/a|a/mx))"
    ),
    "RESOLVE": "(resolve|look up|lookup|find|locate|verify|validate|route [to]|reach|get)",
    "RESOLVED": (
        "(resolvable|resolveable|resolved|looked up|found|located|verified|validated|verifiable|routable|routed"
        "|reachable|reached|registered|deliverable)"
    ),
    "CANNOT": (
        "(cannot|can not|can't|could not|couldn't|unable to|not able to|failed to|failure to|impossible to"
        "|did not|didn't|does not|doesn't)"
    ),
    # What is said of the domain.
    "MISSING": (
        "(unknown|nonexistent|non existent|nonexisting|not existing|not existent|not found|not exist|not exists"
        "|no such domain|nxdomain|unresolvable|unresolveable|unresolved|non resolvable|unroutable|unrouteable"
        "|unregistered|undeliverable"
        "|(DOES_NOT|not|did not) [seem to|appear to|actually] (exist|exists|resolve|be valid|be found)|(DOES_NOT"
        "|must|should|has to|needs to|not|never) [be] [a|an] RESOLVED"
        "|[has] (expired|lapsed)|parked|has been (deleted|removed)|servfail|(not|isn't|aren't) [listed|known"
        "|registered|present|found|defined] in [the] (dns|name service|domain name system)"
        "|(resolves|resolve|resolving|points|point|pointing) to {a|an|the|only|NAME} (address|localhost|loopback"
        "|127.0.0.1|0.0.0.0|nowhere|private|reserved)|dns is (broken|bad|wrong|misconfigured|invalid"
        "|not working)"
        "|(has|have|with) (broken|bad|wrong|no|invalid|misconfigured) dns|(cannot|can't|could not|couldn't"
        "|can not) be {found|looked up|resolved|verified|reached|determined}"
        "|(must|should|has to|needs to|have to) (exist|exists|resolve|be [a|an] (valid|real|existing|resolvable))"
        "|(is not|isn't) [a|an] [real|existing|actual] (real|existing|domain)"
        "|[a] (dead|fake|bogus) [domain]|NO_RECORD|(must|should|needs to|has to) have [a|an|at least one|either] [a|an] RECORD"
        "|(has|have|with|uses|publishes) [a|an] (invalid|null|broken|bogus|unusable|bad|wrong) [dns|dns or] (mx"
        "|mxs|mx record|mx records|dns)"
        "|[dns|mx|name|domain] (lookup|resolution|verification|validation|query) [has] (failed|failure|error)"
        "|dns (error|failure|failed|problem)"
        "|(does not|doesn't|do not|cannot|can't|won't|will not) (accept|receive|handle|get) [any] [return] (MAIL|replies|bounces|reply))"
    ),
}

# The same words of others: "HELO … host not found", "client host … domain not found", "recipient domain not found".
_ANOTHER = Words(
    r"\be?helo\b|\bptr\b|\breverse\b(?! path)|\brdns\b|\bclient host\b|\brecipient address rejected\b|\b(?:spf|dkim|dmarc)\b"
    r"|\bblack ?list|\bblock ?list|\b(?:rbl|dnsbl|surbl|dbl)\b|\brcpthosts\b|\bnewly registered\b"
)

_OPEN = 46
"""Both a sender and the DNS are named, in words that were not foreseen."""
_ANOTHER_OPEN = Words(
    rf"{_ANOTHER.pattern}|\brecipient|\brelay|\blog(?:ged)? ?in\b|\bauth|\blist|\bblock|\bspoof|\bforg|\b(?:our"
    rf"|local|internal|allowed|permitted|authori[sz]ed)\b"
    r"|\bsyntax\b|\bqualified\b|\bspam|\brefused\b|\bpolicy\b|\bdomain (?:owner|has been)\b|\bno domain\b"
    r"|\bmissing\b|\bwithout\b|\bnot owned\b"
)

judge = judged_by(
    *texts(
        95,
        "domain of ADDRESS {is|was} (does not exist|doesn't exist|unknown|not found|cannot be found|not resolvable|invalid)",
    ),
    *texts(
        CLEAR,
        "domain (in|of) {the|your} (return address|return path|from address|sender address) (has|is|does|can)",
        "(return address|return path|sender|sender address|from address) has no {valid|resolvable|existing|real} domain",
    ),
    *texts(
        LIKELY,
        "has neither {an|a} (mx|a) nor",
        "claims to be from…no such domain",
        "of {the|your} return path is unknown",
    ),
    *texts(
        _NAMED,
        # Sendmail "Domain of sender address … does not exist", qmail's mfcheck "your envelope sender domain must exist"
        "SENDER_DOMAIN {that|which|IS|seems|appears|to|be|a|an|the|it|was|name} MISSING",
        "SENDER_DOMAIN [IS] (INVALID|not valid|not a valid domain)",
        "(require|requires|need|needs|must have|must use|provide|use|without|want) [a|an|the] (resolvable|valid"
        "|existing|real|routable|registered|correct|proper) SENDER_DOMAIN",
        "(SENDER|your [email|e mail|mail] address) {has|contains|uses|is|in|at|with|a|an} (nonexistent"
        "|non existent|nonexisting|unknown|invalid|unresolvable|unroutable|unrouteable|non resolvable"
        "|unregistered|undeliverable|bogus|bad|fake) domain",
        "mfcheck",
        "(bad|invalid|wrong|bogus|unknown) (return address|sender address|sender|from address|return path"
        "|reverse path|envelope sender): {NAME} (no such domain|unknown domain|no such host|host unknown"
        "|unknown host|domain unknown|nxdomain|domain not found)",
        "(unresolvable|unresolved|nonexistent|non existent|unknown) (envelope|from|mail from|return path|sender) domain",
        "(sender's|sender) {mail|own} (server|mail server|mx|host) (DOES_NOT|did not|didn't|says|said|told|denies"
        "|refuses) {that|us|recognise|recognize|know|accept|the|you|such|no|user|does|not} (sender|unknown|exist"
        "|you|him|address|user)",
        "(SENDER|your [email|e mail|mail] address) {has|have|a|an|contains|is|with} domain {that|which} MISSING",
        "SENDER (must|should|has to|needs to|have to) have {a|an} (resolvable|existing|real|routable|registered) domain",
        "(domain|host|host name) [NAME] (not found|unknown|MISSING) (for|in|of) {the|your} SENDER",
        "(host not found|domain not found|unknown host|unknown domain|no such domain|nxdomain|no such host) (for|in|of) {the|your} SENDER",
        "(domain|domains) [NAME] (of|in) your [email|e mail|mail] address {has} MISSING",
        "(nonexisting|nonexistent|non existent|non existing|unknown|unresolvable) domain (in|for|of) {the|your|header} (FROM|from)",
        "(sender|sender's|your) (mx|mail server|mail exchanger|mx host) {is|are|a|an|the|dead|does|not"
        "|NAME} (dead|dead host|unreachable|not reachable|does not exist|nonexistent|down|invalid|bogus)",
        "(find|locate|resolve) {the|your|a} domain NAME {that|which} you (claim|say|pretend|are)",
        "(sender|mail from|mailfrom|from|sender address|envelope sender"
        "|return path): [NAME] [domain] (host unknown|unknown host|host not found|domain unknown|unknown domain"
        "|domain not found|no such domain|no such host|nxdomain)",
        "(sender|sender address) (callout|callback|verify|verification|check) {failed|failure|error|for|NAME|said"
        "|response|result}: (user unknown|unknown user|no such user|no such mailbox|mailbox unavailable"
        "|does not exist|no mailbox|recipient unknown)",
        "(return|reply|your return|your reply|sender|sender's|your sender|bounce) address [ADDRESS] {is|was"
        "|seems} (not reachable|unreachable|not deliverable|undeliverable|not routable|unroutable|unrouteable)",
        "SENDER {has|have|publishes|with|a|an|NAME} (null|invalid|bogus|bad) mx",
        "(sender|senders|sender's|your|domain's|from|return path) (mx|mxs|dns) {record|records|host|hosts|for|of"
        "|your|domain|NAME} (points|point|pointing|resolves|resolve|is|are|in|refers) {to|a|an|in|on|with}"
        " (private|bogus|loopback|localhost|reserved|unroutable|invalid|rfc1918|rfc 1918|non routable|unreachable)",
        "CANNOT RESOLVE [a|an|any|valid] RECORD {for|of|the|your} SENDER",
        "(unknown|nonexistent|non existent|nonexisting|unresolvable|unresolveable|non resolvable|non resolving"
        "|unroutable|unrouteable|unregistered|undeliverable|bogus|fake|dead)"
        " {WORD} SENDER_DOMAIN",
        "CANNOT RESOLVE [a|an|any] [RECORD] {for|of|in|the|dns} SENDER_DOMAIN",
        "NO_RECORD {found|exist|exists|are|is|was|could|be|available|defined|in|dns} (for|of|in|at) [the] (SENDER_DOMAIN|SENDER)",
        "(lookup|resolution|dns|mx|verification|verify) [query] (error|failure|failed|problem) {while|checking"
        "|with|for|of|on|in|resolving} SENDER_DOMAIN",
        "(lookup|resolution|query|dns|mx) (for|of|on|in) SENDER_DOMAIN [has] (failed|fails|failure|error)",
        "(invalid|null|bad|broken|bogus) (mx|mxs|dns|mx record|dns record|dns records|mx records|a/mx) (for|of|in) SENDER_DOMAIN",
        # Postfix
        "(sender|from|mail from|return path) {address|rejected|refused|denied|ADDRESS|from|invalid"
        "|error} {WORD} domain [NAME] [IS] MISSING",
        "SENDER [from] [NAME] (NO_RECORD|mx invalid|mx is invalid)",  # smtpf
        "(accept|allow|from|take) {MAIL|from|a|any|the|mail} (domain|domains|senders|sender domains|sender) {that"
        "|which|with|whose|WORD} NO_RECORD",
        "domain (mx|ns) in {WORD} (network|networks|space)",
        "sender address rejected: (domain|domains) not registered [properly]",
        "sender address rejected: malformed dns server reply",
        "sender address rejected: unrouteable~",
        "requires [a] valid sender domain",
        "(bad|invalid) (sender|senders|sender's) system [address]",  # the registered name of 5.1.8
        "(return|sender|bounce|envelope sender) mx DOES_NOT exist",
        "(送信者|送信元|差出人|発信元|発信者)…ドメイン…(存在|見つか|解決|確認でき|無効|不正|不明|引け)",
        "(发件人|发信人|寄件者|寄件人|发送者|发件)…(域名|网域|網域|域)…(不存在|无法|無法|无效|無效|未|错误|不正确|没有)",
        "(보내는|보낸|발신|발송|송신)…도메인…(존재|없|찾을|확인|유효|잘못)",
        "(ungültig|unbekannt|nicht existierend|nicht auflösbar)~ (absenderdomain|absender domain|absenderdomäne)",
        "(absenderdomain|absender domain|absender domäne|domain des absenders|domäne des absenders"
        "|absenderdomäne)…(existiert|unbekannt|ungültig|nicht|keine)",
        "domaine (expéditeur|émetteur|de l'expéditeur) (inexistant|inconnu|invalide|introuvable)",
        "domaine (de l'expéditeur|de l'emetteur|de l'émetteur|expéditeur|émetteur|emetteur)…(existe|inconnu"
        "|invalide|introuvable|incorrect)",
        "(dominio|domínio) (del remitente|do remetente|remetente|remitente|de origen|de origem|del mittente|mittente|dell'mittente)"
        "…(existe|esiste|inexistente|inesistente|desconocido|desconhecido|sconosciuto|inválido|invalido|encontra"
        "|valido|válido|non|no tiene|não)",
        "домен…отправител~…(не|нет|неизвест~|несуществ~|отсутств~)",
        "отправител~…домен…(не|нет|неизвест~|несуществ~|отсутств~)",
        "domena nadawcy…(nie|nieznana)",
        families=_FAMILIES,
        unless=_ANOTHER,
    ),
    *texts(
        CERTAIN, "the account or domain may not exist"
    ),  # cPanel's Exim, which goes on: "they may be blacklisted"
    *texts(
        CLEAR,
        "invalid [or WORD] SENDER_DOMAIN",
        "(must|should) (have|use|be|specify|provide) {a|an|from|the} (valid|real|existing|resolvable|working) SENDER_DOMAIN",
        "(invalid|no|missing|bad) dns (mx|a) {or|mx|a/aaaa|a|aaaa} resource record",  # GMX
        "(DOES_NOT|not) accept MAIL from [domains|sender domains|non existent|nonexistent|unresolvable|hosts"
        "|senders|senders'] {domains|that|with|which|whose|in} (MISSING|domains)",
        "MAIL from (a|an) (non existent|nonexistent|unresolvable|unroutable|unregistered|bogus) domain",
        # Exim, and callouts of others: what they ask first is whether the sender's domain has a route
        "unrout(eable|able) sender [address]",
        "verification failed for ADDRESS unrout(eable|able) address",
        "(sender|sender address|envelope sender|your envelope sender|your sender address"
        "|from address) [ADDRESS] (must exist|DOES_NOT exist|[IS|seems to be] (nonexistent|non existent"
        "|undeliverable|unrouteable|unroutable|unresolvable))",
        "SENDER [NAME] {DOES_NOT|not|must|be|isn't|is} (resolvable|resolveable|resolve|routable|resolved)",
        families=_FAMILIES,
        unless=_ANOTHER,
    ),
    *texts(
        _BETWEEN,
        "SENDER_DOMAIN…MISSING",
        "MISSING…SENDER_DOMAIN",
        # Exim's and Postfix's callouts, and addresses of our own that nobody has
        "sender [address] (verify|verification|validation) (failed|fail|failure|error)",
        "verification failed for ADDRESS",
        "(unable to|could not|cannot|can't|couldn't|failed to) verify SENDER",
        "(unverifiable|unverified|non verifiable) SENDER",
        "SENDER (unverifiable|unverified|not verifiable)",
        "sender (verify|verification) (callout|callback)",
        "SENDER (could not|cannot|can't|couldn't|must) be (verified|verifiable)",
        "sender address rejected: (user unknown|no such user|unknown user|WORD user unknown|does not exist"
        "|unverified address|undeliverable address)",
        "(mx|mxs|mx record|mx records|a record|dns|dns record|dns records|nameserver|nameservers|name servers"
        "|name server) (of|for|in) SENDER_DOMAIN",
        "CANNOT RESOLVE {a|an|the|any|valid} (sender's|senders|your [domain's|sender's]|return path's) (mx"
        "|mail server|mail exchanger|hostname|host name|host|dns|mail host)",
        "CANNOT (route|deliver|reply|return|send|respond|bounce|answer) {MAIL|a|an|any|bounce|bounces|reply"
        "|replies|to|back|answers} to (SENDER|this sender|your address|that address)",
        "CANNOT (reply|respond|answer|bounce) [MAIL|back] to",
        "(sender|sender's|envelope sender|your) (mailbox|account) [ADDRESS] (MISSING|UNKNOWN|is unknown)",
        "your address [ADDRESS] (DOES_NOT exist|is nonexistent|is unknown)",
        "(envelope sender|sender|sender address) [ADDRESS] DOES_NOT exist",
        "domain (does not exist|doesn't exist|not found|unknown|nonexistent): NAME…(sender|mail from|return path)",
        "domain {IS|NAME} MISSING…(sender|mail from|from address|return path)",
        "NO_RECORD (for|of) NAME…(sender|return path|mail from)",
        "(unknown|nonexistent|non existent|undeliverable) (sender|from address|envelope sender|return path|return address)",
        "(sender|sender address|envelope sender|from address) [ADDRESS] [IS] unknown",
        families=_FAMILIES,
        unless=_ANOTHER,
    ),
    *texts(
        LIKELY,
        "(mail from|from|from:|sender)…(invalid domain|domain invalid|bad domain|unknown domain|unknown host"
        "|host unknown|host not found|domain not found|invalid host|bad host)",
        "(invalid domain|bad domain|unknown domain|unknown host|domain not found"
        "|domain does not exist)…(mail from|from address|sender|return path)",
        "SENDER [is|was] (not verified|unverified)",
        "must be [a] fully qualified domain",  # Telecom Italia, of a sender at the name of a PC
        families=_FAMILIES,
        unless=_ANOTHER,
    ),
    *texts(
        _OPEN,
        "(sender|senders|sender's|mail from|mailfrom|from address|from|return path|reverse path|return address"
        "|your domain|your address|your e mail address|you claim) …(dns|mx|domain|resolve|resolvable|exist|exists"
        "|lookup|nxdomain|unverifiable|verified|verify|callout|callback|reachable|routable)",
        "(dns|mx|domain|host|not found|resolve|exist|exists|lookup|nxdomain|unverifiable|verify|callout|callback"
        "|dead host) …(sender|senders|sender's|mail from|mailfrom|from address|from|return path|reverse path"
        "|return address|your domain|your address|you claim)",
        families=_FAMILIES,
        unless=_ANOTHER_OPEN,
    ),
    supported_by=frozenset({"5.1.8", "5.7.27"}),
)


def who_acts(reading: Reading) -> WhoActs:
    """At our server somebody mistyped the From address; elsewhere a domain of ours is missing in the DNS that they ask."""
    return "user" if reading.reply.refused_by != "remote" else "admin"


CAUSE = Cause(
    slug="sender_domain_invalid",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "client_ip"),
)
