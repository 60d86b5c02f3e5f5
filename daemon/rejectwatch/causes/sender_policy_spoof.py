"""SPF, DKIM, DMARC, a forged sender, or a host without a proper name (reverse DNS, HELO).

Nobody speaks of SPF, of a PTR record or of the HELO name but to complain about it. So these names alone are evidence.
"""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, Words, figures, judged_by, links, texts
from rejectwatch.facts import WhoActs

_NAMED = 85
"""The reply names what is amiss; where it says as well that the client is listed, it is about the list."""

_FAMILIES = {
    "SPF": "(spf|dkim|dmarc|sender policy framework|sender permitted from|domainkeys|domain keys|domainkey|spf/dkim|dkim/spf|spf+dkim)",
    "PTR": (
        "(ptr|rdns|fcrdns|reverse dns|reversedns|reverse lookup|reverse ip lookup|reverse name|reverse host"
        "|reverse hostname|reverse domain|reverse address"
        "|reverse record|reverse resolution|reverse mapping|reverse map|reverse entry|reverse zone"
        "|reverse pointer|reverse delegation|inverse dns|inverse resolution|dns reverse"
        "|in addr.arpa|in addr|forward confirmed|forward and reverse|reverse and forward|reverse resolve~)"
    ),
    "HELO": "(helo|ehlo|helo/ehlo|ehlo/helo|heloip|helo / ehlo)",
    "FAULT": (
        "{no|not|a|an|any|the|your|valid|proper|correct|matching|invalid|bad|wrong|missing|without|broken|forged"
        "|fake|failed|generic|dynamic|unknown"
        "|to|due|has|have|have no|does not have|lacks|is|of|in|for|must|need|requires|violates|violation|fails|because|per|by|fix|command}"
    ),
    "SAID": (
        "{check|checks|record|records|name|names|hostname|host|domain|entry|lookup|policy|policies|validation"
        "|verification|alignment|signature|authentication|test|result|argument|command|greeting"
        "|is|was|are|has|have|been|not|does|doesn't|no|failed|fail|fails|failure|softfail|hardfail|permerror"
        "|temperror|none|error|rejected|refused|denied|violation|missing|required|found|match|valid|invalid"
        "|mismatch"
        "|to|for|of|a|your|the|ip|must|be|resolve|exist|allowed|permitted|policies|dns|pass}"
    ),
    "FORGED": (
        "(forged|forging|forgery|forgeries|forge|spoof|spoofed|spoofing|spoofs|spoofer|faked|impersonated"
        "|impersonating|impersonation|impersonate|counterfeit|falsified)"
    ),
    "OUR": (
        "(our|our own|my|my own|a local|local|an internal|internal|one of our|one of my|a hosted|hosted|your own"
        "|its own|recipient's|the same|same|the recipient's)"
    ),
    "DOMAIN": "(domain|domains|domain name|address|addresses|email address|sender|senders|user|users|mail address|addresses and domains)",
    "HOST": (
        "(host|hosts|ip|ips|ip address|ip addresses|server|servers|client|clients|machine|mail server|mailserver"
        "|mta|network|networks|source|smtp server|computer|relay)"
    ),
    "HOST_NAME": (
        "(hostname|host name|hostnames|host names|dns name|dns names|domain name|client name|server name|dns"
        "|dns record|dns records|name)"
    ),
    "OUTSIDE": (
        "(outside|external|externally|foreign|remote|another host|other hosts|the internet|internet|unauthorized"
        "|unauthorised|not authorized|outsiders|others|strangers|elsewhere|a different|unknown|another server"
        "|other servers)"
    ),
}

# Asked to log in, or compared with a login: those causes know better.
_LOGIN = Words(
    r"\b(?:smtp auth\w*|auth|authenticated? (?:user|sender|yourself|first)|authenticate|logged in|log in|login|pop before)\b"
)
# "Client host [192.0.2.1] blocked using dul.example; no reverse DNS": listed.
_A_LIST = Words(
    r"\bblocked (?:using|by)\b|\blisted (?:in|at|by|on)\b|\b(?:rbl|dnsbl)\b|\bspam(?:haus|cop)\b|\bblack ?listed\b"
)
# "You are not authorized to send mail from this domain": somebody, not some host.
_A_PERSON = Words(r"\byou\b|\byour (?:account|address|login|user)\b|\b(?:user|sender|login)\b")
# "Duplicate header 'DKIM-Signature'": the shape of the message.
_TWICE = Words(r"\bduplicate\b")
# "Relaying denied. IP name lookup failed": a host that is not known by name may not relay.
_RELAY = Words(r"\brelay")
# "Polite people say HELO first": the order of the commands.
_ORDER = Words(
    r"\b(?:first|before|again|duplicate|already|sequence|expected|unrecognized|not implemented|unsupported"
    r"|not supported|too long|starttls|polite|e?helo (?:is )?required|requires? (?:an? )?e?helo)\b"
)

# "See http://www.openspf.org/Why?…": all that some say.
_LINK = r"https?://[^\s>]{0,60}?(?:openspf|spf|dmarc|dkim|rdns)[^\s>]{0,40}"
# The explanation that SPF proposes: "192.0.2.7 is not allowed to send mail from corp.example".
_MAY_NOT_SEND = (
    r"\d{1,3}(?:\.\d{1,3}){3}\]? (?:(?:is |was )?not (?:allowed|permitted|authori[sz]ed|designated) to|(?:may"
    r"|can|must) not) send"
)

judge = judged_by(
    *texts(
        CLEAR,
        "(introduces|calls|announces|identifies|presents) itself as…(my|our) (own name|own|name|host|server)",
    ),
    *texts(
        LIKELY,
        "not {among|one of|in|listed|the} hosts that…publish~",
    ),
    *links(LIKELY, _LINK),
    *figures(_NAMED, _MAY_NOT_SEND),
    *texts(
        CERTAIN,
        # A forged sender
        "(anti|counter) (spoof|spoofing|forgery|forging|phishing|impersonation)",
        "(antispoof|antispoofing|antiforgery)",
        "(sender|from|from address|envelope|address|domain|mail from|return path|MAIL|header|host name|hostname"
        "|identity) [address|header|domain|ADDRESS]"
        " {is|was|be|appears|to|has|been|seems|seem|likely|may|might|possibly|probably|detected|a|as|identified"
        "|considered|looks|like} FORGED",
        "FORGED {your|the|a|of|or|and|local|our|MAIL|envelope|header} (sender|from|address|domain|mail|email"
        "|message|return path|mailfrom|header|senders|addresses|hostname|hello|detected|identity|attempt)",
        "(no|not accept|reject|against|stop|prevent|due to|possible|suspected|detected|prohibited|blocked"
        "|refused) {a|of|any|sender|domain|address|email|mail} FORGED",
        # What SPF and Sender ID say without their names
        "DOES_NOT designate",
        "not [a|an] (designated|permitted) [mail|email] (sender|senders|mailer) (for|of)",
        "not [a|an] (designated|permitted|authorized|authorised|allowed|valid|approved|legitimate) [mail"
        "|email] (mailer|server|host|mail server|mailserver|source|ip|relay) (for|of)",
        "purported responsible (address|sender)",
        "invalid ip for sending mail of domain",  # docomo
        "domain [NAME] mismatches client ip",
        # E-mail authentication, which is not a login
        "unauthenticated (email|e mail|mail|message|messages) from",
        "(mail|email|e mail|message|domain|sender|header) authentication (check|checks|information|result|results"
        "|fail~|policy|requirements|error)",
        "domain's policy {rejects|refuses|forbids|prohibits|denies|disallows} (unauthenticated|unauthorized|unaligned|unsigned)",
        "(fails|failed|failing|pass|passing|passed|lacks|lack|without|insufficient|missing) {email|e mail|message"
        "|sender|domain|valid|the|mail|proper} (authentication|authenticity) (check|checks|information|test|tests"
        "|checking|requirement|requirements)",
        "DOES_NOT (meet|satisfy|comply with|fulfil|fulfill) {the|our|required|sender|email|necessary"
        "|all} authentication (level|levels|requirement|requirements|policy|standards)",
        "(authenticity|genuineness) of [the|this|your] (sender|message|mail|email|from|domain)",
        "HELO command rejected",  # Postfix
        "(cannot|can't|could not|can not) find your (hostname|host name|reverse hostname)",  # Postfix
        "(spf|dkim|dmarc|ptr)(の|が|に|を|レ|認|认|验|驗|检|檢|校|记|記|设|設|未|검|인|레|기)",
        "送信ドメイン認証",
        "(spf|dkim|dmarc)(検証|验证|驗證|校验|失敗|失败|실패)",
        "nicht autorisiert~ (server|host|absender)",
        "(なりすまし|詐称|偽装|逆引き)",
        "(伪造|偽造|反向解析|反解|反向域名|反向dns|仿冒|冒充)",
        "(위조|사칭|역방향|스푸핑)",
        "(rückwärtsauflösung|reverse auflösung|gefälscht~|dns inverse|résolution inverse|usurp~"
        "|resolución inversa|dns inverso|suplant~|falsific~|resolução reversa|dns reverso|risoluzione inversa"
        "|обратн~ (dns|зон~|запис~|адрес~)|подделк~|поддельн~)",
        families=_FAMILIES,
        unless=_LOGIN,
    ),
    *texts(CERTAIN, "name (possibly forged|lookup failed)", unless=_RELAY),  # Sendmail
    *texts(
        _NAMED,
        "FAULT SPF SAID",
        "(arc|sender id|senderid) {NAME|check|seal|chain|set|signature|validation|verification|is|was|has"
        "|evaluation|identity|header|headers|policy} (fail~|invalid|broken|error|violat~|not permitted"
        "|reject~)",
        families=_FAMILIES,
        unless=_TWICE,
    ),
    *texts(
        _NAMED,
        "HOST {ADDRESS|NAME|address|is|are|was|has|been} MAY_NOT {to} (send|originate|deliver) {MAIL|any} (for"
        "|on behalf of) [the|this|that] NAME",
        families=_FAMILIES,
        unless=_LOGIN,
    ),
    *texts(_NAMED, "FAULT PTR SAID", families=_FAMILIES, unless=_A_LIST),
    *texts(
        CLEAR,
        # The host without a name
        "(your|the|this|client|sending|connecting|client's|remote) HOST {address|ADDRESS|NAME} (has no|without"
        "|with no|does not have a|doesn't have a|must have a|has an invalid|has a generic|has a dynamic|needs a"
        "|lacks a|has an unknown) {valid|proper|fixed|dns|matching|real|own|custom} HOST_NAME",
        "(your|the|this|client|sending|connecting|sender|senders|remote|server's"
        "|mailserver's) HOST [address] {ADDRESS|NAME} (DOES_NOT|cannot|could not|must|should) [be] (resolve"
        "|resolved|resolvable) [to] [a|an|any|the|correctly|properly|back|in dns]",
        "(cannot|can't|could not|couldn't|can not|unable to|failed to) (resolve|look up|lookup|find|verify"
        "|determine|reverse|get) {the|a|name|hostname|host name|of|for|dns|domain|any} (your|client"
        "|the connecting|connecting|remote|sending) {client|remote|connecting|sending|server|server's} (ip"
        "|ip address|address|hostname|host name|host|name|server name|relay|hosts|server)",
        "no (dns|hostname|host name|dns name|rdns|name|dns record|a record|domain name) {record|entry|found"
        "|available|registered|exists|is|name} for {your|the|client|this|connecting|host|mail} (ip|address|server"
        "|host|ip address|client|mail server)",
        "(unresolvable|unresolved|non resolvable|unnamed|nameless) (client|clients|hosts|connecting host)",
        "(unresolvable|unresolved|unknown|non resolvable|unnamed|nameless) (relay|client|remote|sending"
        "|connecting) (host|hosts|host name|hostname|name|client)",
        "(generic|dynamic|dynamic looking|residential|dial up|dialup|suspicious|adsl|dsl|cable"
        "|dsl/cable) [looking|type|like] (HOST_NAME|helo|reverse~)",
        "client host rejected: (invalid|bad|bogus|faked|unknown) (hostname|host name|name)",
        "(client|remote|connecting|sending) (host name|hostname|name) {NAME} REFUSED",
        "HOST_NAME {is|looks|appears|seems|to|be|a|too|like|of|your|matches} (generic|dynamic|residential|dialup|dial up|dynamically)",
        "(ip|address|HOST_NAME|host) {ADDRESS|NAME|address|your|the|of|and|client} (DOES_NOT|must|don't) (match"
        "|correspond to|agree with|point to|resolve to) [your|the|its|with|to] [client|server|ip|dns|connecting"
        "|host|mail|smtp] (ip|address|HOST_NAME|host|server name)",
        "(ip|ip address) and [your|the] [client] HOST_NAME (DOES_NOT match|mismatch|differ)",
        "HOST [address] (without|with no|has no|lacks) [a|an|any] [valid|proper] (hostname|host name|dns name|dns)",
        "(cannot|can't|could not|unable to|failed to) (resolve|look up|lookup|find|verify|determine) {the|a|any"
        "|your|valid} (hostname|host name|name|dns) (of|for) {the|your|this|client|remote|connecting} (HOST"
        "|NAME)",
        "HOST_NAME {of|the|your|client|server|host|sending} (DOES_NOT|not|cannot|must|should) [be] (resolve|resolves|resolvable|resolved)",
        "(must|should|needs to|has to) have [a|an] [valid|proper|real|correct|fixed] (dns name|host name|hostname)",
        "not (authorized|authorised|permitted|allowed) by [the] [sender|sending|sender's] domain",
        "(HOST_NAME|host) {and|your|the|ip|address|to|vs|/} mismatch",
        "(forward|a record) [dns] (lookup|record|entry|resolution) {of|for|your|the|hostname} DOES_NOT match",
        # Our own address from outside
        "(from|use|uses|using|used|send as|claim to be|pretend to be|be|in|as|with) {a|an|the|any|sender|address"
        "|from|domain|MAIL|of|in|email} OUR DOMAIN [ADDRESS|NAME] {is|are|MAY_NOT|not|mail|sent|coming|comes|but"
        "|by|can|allowed|only|be|must|accepted|originate} {to|be|come|from|by|the|an|a|send|sent|used|via|server"
        "|host} OUTSIDE",
        "OUTSIDE (host|hosts|server|servers|mail|ip|ips|source|sources|network|networks|senders|sender|client"
        "|clients|location)…OUR (DOMAIN|DOMAIN as)",
        "(sender|sender address|address|domain|from address) is (local|ours|internal)…not",
        "(local|internal|our own|our|my|my own) (sender|sender address|senders|address|addresses|domain|domains"
        "|user|users|from address) {IS|not|MAY_NOT|used|being|sent|coming|allowed|accepted|mail|as|sender} (from"
        "|by|on|via) [a|an|the] (remote|outside|external|foreign|unauthorized|internet|non local)",
        "(external|outside|foreign|remote) (MAIL|mail|host|sender) {with|using|has|and|a|an|from|use|uses"
        "|claiming} (local|internal|our own|our|my) (sender|sender address|address|domain|from)",
        "(may|can|must|should) only be (used|sent|accepted) (by|from|via|through|on|within) {our|its|the|own"
        "|internal|local|authorized} (server|servers|mail servers|mail server|hosts|network|systems|users"
        "|inside)",
        "(unauthorized|unauthorised|illegitimate|not authorized|not an authorized|invalid|wrong) [sending|source"
        "|mail] (host|server|ip|ip address|mta|source|mail server) for [the|this] (domain|NAME)",
        "(pretend|pretends|pretending|pretended) to be",
        "(claim|claims|claiming|claimed) to be (me|us|our|a local|from our|one of our|from us|from a local|from this)",
        "(fake|faked) (hostname|host name|dns|name|sender|from|from address|from header|return path)",
        "[the] domain's [published|own|sending] policy",
        "(MAY_NOT|can't|cannot|do not|don't) [use|send|send mail] [to] (use|send from|send as|send mail from"
        "|send mail as|spoof|impersonate|be|claim to be|pretend to be) OUR DOMAIN",
        "(DOES_NOT) (believe|think) {that} (you|your|this mail is|that is)",
        "liar",
        "OUR DOMAIN {ADDRESS} MAY_NOT {be} (used|sent|spoofed|claimed) {by|from|in} OUTSIDE",
        "(host|server|ip|machine|client|mta) {NAME|address} (is not|isn't|not|are not) [a|an] (authorized"
        "|authorised|approved|allowed|valid|legitimate|permitted) (mailer|sender|server|host|source|relay"
        "|mail server)",
        "(accept|accepts|allow|allows|only accept|take|receive) {MAIL|only|from} OUR DOMAIN {only} (via|through"
        "|from|by) {our|its|the} (own|servers|server|hosts|mail servers|network|system)",
        "client identity",
        "(host name|hostname) [NAME] DOES_NOT exist",
        "{properly|not|is|correctly|be} (configured|set up|registered) in [the] dns",
        "(mail|message|messages|email|emails|unsigned mail) {is|are|was|must|be|IS} (not signed|unsigned|signed)",
        "(unsigned|not signed) (MAIL|mail|message)",
        "(bad|invalid|broken|missing|wrong) [message|mail|sender|domain] (signature|signatures)",
        "(pass|passes|passed|fail|fails|failed|passing) {the|our|any|mail|email|sender|message"
        "|all} (authentication|authenticity) {checks|check|tests|test}",
        "(from|sender|address|sender address|from:|from address|MAIL) {address|domain|ADDRESS} is (local|ours"
        "|internal|one of ours|our own|our address|our domain) {but|and|yet|while|however} (MAIL|came|comes|sent"
        "|it|you|from|client|connection|the)",
        "(sender|sender address|from address|from domain|address|domain) {ADDRESS|domain} is (one of ours|ours|our own|one of our)",
        "(MAIL|mail) from (ourselves|ourself|us|our own domain) {may|is|cannot|can|not|must|never|comes|came"
        "|does} (from|come|comes|not|outside)",
        "(cannot|can't|can not|does not|doesn't) (come|originate) from (there|you|here|your host|outside|that host|this host)",
        "(impostor|imposter|impostors|lookalike domain|look alike domain|cousin domain|display name|ceo fraud"
        "|business email compromise|whaling)",
        "(from|header from|from header|header|mail from|envelope|envelope from|reply to"
        "|envelope sender) [header] (domain|address|domains|addresses) {and|envelope|header|from|mail|sender|the"
        "|domain|address} (differs|differ|DOES_NOT match|mismatch|DOES_NOT align|(not|isn't|aren't) aligned"
        "|misaligned)",
        "(HOST_NAME) {that|which|it|your|client} (contains|contain|containing|includes|embeds) {the|an|your|its|client} ip",
        "(may|can|must|should) only be (used|sent) {by|from|via} {our|own} own {mail} (server|servers|systems|hosts|users)",
        "(you are|you're|that is|is) (not me|not us|not our host|not one of us|not from here)",
        families=_FAMILIES,
        unless=_LOGIN,
    ),
    *texts(
        CLEAR,
        "(ip|host|hosts|server|servers|client|NAME|mta) [ADDRESS|NAME] {is|are|was|has|been"
        "|NAME} MAY_NOT {to} (send|relay|transmit|deliver|originate|use|send out) {MAIL|any|out} {for|from"
        "|on behalf of|as|with|using} {the|this|that|NAME|your|sender} domain",
        families=_FAMILIES,
        unless=_A_PERSON,
    ),
    *texts(
        _NAMED,
        "FAULT HELO SAID",
        families=_FAMILIES,
        unless=_ORDER,
    ),
    *texts(
        CLEAR,
        "(spoof~|forged|forgery|forgeries|forging|impersonat~|counterfeit)",
        "domain owner's {WORD} (policy|record)",
        "(the|your|sender) domain owner",
        "(sender|from|sending) domain [NAME] (publishes|has) [a] [reject|strict|WORD] policy",
        "domain policy (says|is|requests|asks|tells|demands|requires)",
        "(by|from) the [domain's] (domain owner|owner of the domain|domain's owner)",
        "(MAIL|messages) from [this|that|your|our|the] NAME must (come|be sent|originate|be delivered) (from|by"
        "|via|through) {its|the|our|own|an|authorized|NAME} (own|mail server|mail servers|servers|server|mx|hosts"
        "|network)",
        "not {listed|as|a|an|registered|one|of|the|known|valid|as a} (permitted|designated) (sender|senders|mailer|source|sources|host)",
        "no (dns|host|domain|rdns|valid dns|valid host) (name|record|entry) {found|exists|registered|known} for NAME",
        "helo_~",  # DirectAdmin's Exim
        families=_FAMILIES,
        unless=_LOGIN,
    ),
    *texts(
        LIKELY,
        # Yahoo and AOL, as their list of errors explains it: DMARC
        "message not accepted for policy reasons",
    ),
    *texts(
        HINT,
        "invalid sender",  # HiChina, as its help page explains it: the sender is forged
        families=_FAMILIES,
    ),
    supported_by=frozenset(
        {"5.7.20", "5.7.21", "5.7.22", "5.7.23", "5.7.24", "5.7.25", "5.7.26", "5.7.29", "5.7.9", "5.7.509"}
    ),
)


def who_acts(reading: Reading) -> WhoActs:  # noqa: ARG001 — wherever it is
    return "admin"


CAUSE = Cause(
    slug="sender_policy_spoof",
    judge=judge,
    who_acts=who_acts,
    recovery=("sender", "client_ip"),
    usually="remote",
)
