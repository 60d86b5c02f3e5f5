"""The domain of the sender does not exist, does not resolve, or takes no mail; or nobody is at the sender's address."""

from __future__ import annotations

import re

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, LIKELY, judged_by, texts
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
        "|DOMAIN {of|in|for|from|part|name|the|your|this|used|given|as|specified|is|an|ADDRESS} FROM [mail|email|e mail] [address|addresses|header|command]"
        "|DOMAIN (of|in|for) your [email|e mail|mail] address"
        "|your [own|email|mail|e mail|email address|email address's|address'|address's] DOMAIN) [NAME])"
    ),
    "RECORD": (
        "[valid|usable|resolvable|working|proper|correct|public] (mx|a|aaaa|dns|mail exchanger|mail exchangers|mail server|mail servers|mail host|mail hosts)"
        " {or|and|nor|mx|a|aaaa|/|dns|address} [record|records|rr|rrs|entry|entries|host|hosts|server|servers|dns]"
    ),
    "NO_RECORD": (
        "((no|has no|have no|without|lacks|lacking|missing|had no|does not have|doesn't have|do not have|don't have|hasn't|not have)"
        " [a|an|any] (RECORD|mx/a record|a/mx record|mx/a records|a/mx records|dns/mx entries|dns a/mx|mx/a|a/mx))"
    ),
    "RESOLVE": "(resolve|look up|lookup|find|locate|verify|validate|route [to]|reach|get)",
    "RESOLVED": "(resolvable|resolveable|resolved|looked up|found|located|verified|validated|verifiable|routable|routed|reachable|reached|registered|deliverable)",
    "CANNOT": "(cannot|can not|can't|could not|couldn't|unable to|not able to|failed to|failure to|impossible to|did not|didn't|does not|doesn't)",
    # What is said of the domain.
    "MISSING": (
        "(unknown|nonexistent|non existent|nonexisting|not existing|not existent|not found|not exist|not exists|no such domain|nxdomain|unresolvable|unresolveable|unresolved|non resolvable|unroutable|unrouteable|unregistered|undeliverable"
        "|(DOES_NOT|not|did not) [seem to|appear to|actually] (exist|exists|resolve|be valid|be found)|(DOES_NOT|must|should|has to|needs to|not|never) [be] [a|an] RESOLVED"
        "|(must|should|has to|needs to|have to) (exist|exists|resolve|be [a|an] (valid|real|existing|resolvable))|(is not|isn't) [a|an] [real|existing|actual] (real|existing|domain)"
        "|[a] (dead|fake|bogus) [domain]|NO_RECORD|(must|should|needs to|has to) have [a|an|at least one|either] [a|an] RECORD"
        "|(has|have|with|uses|publishes) [a|an] (invalid|null|broken|bogus|unusable|bad|wrong) [dns|dns or] (mx|mxs|mx record|mx records|dns)"
        "|[dns|mx|name|domain] (lookup|resolution|verification|validation|query) [has] (failed|failure|error)|dns (error|failure|failed|problem)"
        "|(does not|doesn't|do not|cannot|can't|won't|will not) (accept|receive|handle|get) [any] [return] (MAIL|replies|bounces|reply))"
    ),
}

# The same words of others: "HELO … host not found", "client host … domain not found", "recipient domain not found".
_ANOTHER = re.compile(
    r"\be?helo\b|\bptr\b|\breverse\b(?! path)|\brdns\b|\bclient host\b|\brecipient address rejected\b|\b(?:spf|dkim|dmarc)\b"
    r"|\bblack ?list|\bblock ?list|\b(?:rbl|dnsbl|surbl|dbl)\b|\brcpthosts\b|\bnewly registered\b"
)

judge = judged_by(
    *texts(
        _NAMED,
        # Sendmail "Domain of sender address … does not exist", qmail's mfcheck "your envelope sender domain must exist"
        "SENDER_DOMAIN {that|which|IS|seems|appears|to|be|a|an|the|it|was|name} MISSING",
        "SENDER_DOMAIN [IS] (INVALID|not valid|not a valid domain)",
        "(require|requires|need|needs|must have|must use|provide|use|without|want) [a|an|the] (resolvable|valid|existing|real|routable|registered|correct|proper) SENDER_DOMAIN",
        "(SENDER|your [email|e mail|mail] address) {has|contains|uses|is|in|at|with|a|an} (nonexistent|non existent|unknown|invalid|unresolvable|bogus|bad|fake) domain",
        "SENDER {has|have|publishes|with|a|an|NAME} (null|invalid|bogus|bad) mx",
        "(sender|senders|sender's|your|domain's|from|return path) (mx|mxs|dns) {record|records|host|hosts|for|of|your|domain|NAME} (points|point|pointing|resolves|resolve|is|are|in|refers) {to|a|an|in|on|with}"
        " (private|bogus|loopback|localhost|reserved|unroutable|invalid|rfc1918|rfc 1918|non routable|unreachable)",
        "CANNOT RESOLVE [a|an|any|valid] RECORD {for|of|the|your} SENDER",
        "(unknown|nonexistent|non existent|nonexisting|unresolvable|unresolveable|non resolvable|non resolving|unroutable|unrouteable|unregistered|undeliverable|bogus|fake|dead)"
        " {WORD} SENDER_DOMAIN",
        "CANNOT RESOLVE [a|an|any] [RECORD] {for|of|in|the|dns} SENDER_DOMAIN",
        "NO_RECORD {found|exist|exists|are|is|was|could|be|available|defined|in|dns} (for|of|in|at) [the] (SENDER_DOMAIN|SENDER)",
        "(lookup|resolution|dns|mx|verification|verify) [query] (error|failure|failed|problem) {while|checking|with|for|of|on|in|resolving} SENDER_DOMAIN",
        "(lookup|resolution|query|dns|mx) (for|of) SENDER_DOMAIN [has] (failed|fails|failure|error)",
        "(invalid|null|bad|broken|bogus) (mx|mxs|dns|mx record|dns record|dns records|mx records|a/mx) (for|of|in) SENDER_DOMAIN",
        # Postfix
        "(sender|from|mail from|return path) {address|rejected|refused|denied|ADDRESS|from|invalid|error} {WORD} domain [NAME] [IS] MISSING",
        "SENDER [from] [NAME] (NO_RECORD|mx invalid|mx is invalid)",  # smtpf
        "(accept|allow|from|take) {MAIL|from|a|any|the|mail} (domain|domains|senders|sender domains|sender) {that|which|with|whose|WORD} NO_RECORD",
        "domain (mx|ns) in {WORD} (network|networks|space)",
        "sender address rejected: (domain|domains) not registered [properly]",
        "sender address rejected: malformed dns server reply",
        "sender address rejected: unrouteable~",
        "requires [a] valid sender domain",
        "(bad|invalid) (sender|senders|sender's) system [address]",  # the registered name of 5.1.8
        "(return|sender|bounce|envelope sender) mx DOES_NOT exist",
        "(送信者|送信元|差出人|発信元|発信者)…ドメイン…(存在|見つか|解決|確認でき|無効|不正|不明)",
        "(发件人|发信人|寄件者|寄件人|发送者|发件)…(域名|网域|網域|域)…(不存在|无法|無法|无效|無效|未|错误|不正确|没有)",
        "(보내는|보낸|발신|발송|송신)…도메인…(존재|없|찾을|확인|유효|잘못)",
        "(absenderdomain|absender domain|absender domäne|domain des absenders|domäne des absenders|absenderdomäne)…(existiert|unbekannt|ungültig|nicht|keine)",
        "domaine (de l'expéditeur|de l'emetteur|de l'émetteur|expéditeur|émetteur|emetteur)…(existe|inconnu|invalide|introuvable|incorrect)",
        "(dominio|domínio) (del remitente|do remetente|remetente|remitente|de origen|de origem|del mittente|mittente|dell'mittente)"
        "…(existe|esiste|inexistente|inesistente|desconocido|desconhecido|sconosciuto|inválido|invalido|encontra|valido|válido|non|no tiene|não)",
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
        "(DOES_NOT|not) accept MAIL from [domains|sender domains|non existent|nonexistent|unresolvable|hosts|senders|senders'] {domains|that|with|which|whose|in} (MISSING|domains)",
        "MAIL from (a|an) (non existent|nonexistent|unresolvable|unroutable|unregistered|bogus) domain",
        # Exim, and callouts of others: what they ask first is whether the sender's domain has a route
        "unrout(eable|able) sender [address]",
        "verification failed for ADDRESS unrout(eable|able) address",
        "(sender|sender address|envelope sender|your envelope sender|your sender address|from address) [ADDRESS] (must exist|DOES_NOT exist|[IS|seems to be] (nonexistent|non existent|undeliverable|unrouteable|unroutable|unresolvable))",
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
        "SENDER (could not|cannot|can't|couldn't|must) be (verified|verifiable)",
        "sender address rejected: (user unknown|no such user|unknown user|WORD user unknown|does not exist|unverified address|undeliverable address)",
        "(unknown|nonexistent|non existent|undeliverable) (sender|from address|envelope sender|return path|return address)",
        "(sender|sender address|envelope sender|from address) [ADDRESS] [IS] unknown",
        families=_FAMILIES,
        unless=_ANOTHER,
    ),
    *texts(
        LIKELY,
        "(mail from|from|from:|sender)…(invalid domain|domain invalid|bad domain|unknown domain|unknown host|host unknown|host not found|domain not found|invalid host|bad host)",
        "(invalid domain|bad domain|unknown domain|unknown host|domain not found|domain does not exist)…(mail from|from address|sender|return path)",
        "SENDER [is|was] (not verified|unverified)",
        "must be [a] fully qualified domain",  # Telecom Italia, of a sender at the name of a PC
        families=_FAMILIES,
        unless=_ANOTHER,
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
