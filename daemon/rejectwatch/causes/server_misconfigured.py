"""The server is set up wrongly: a mail loop, an MX that points back, a broken rule, the wrong host."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_A_FAULT = 93
"""Something is named as broken, which outweighs what is said of mails, filters and mailboxes."""

_FAMILIES = {
    "SERVER": (
        "(server|servers|host|system|machine|mta|mail server|mailserver|mail host|mail system|smtp server|relay|mx"
        "|gateway|site|computer|mail exchanger|domain)"
    ),
    "LOOP": "(loop|loops|looping|looped|mailloop)",
    "HOPS": (
        "(hop|hops|hop count|hopcount|relays|received|received headers|received lines|received header lines|received"
        " header|received: headers|received: lines|received keywords|received key words|forwards|forwarding hops)"
    ),
    "CONFIG": "(config|configuration|configuration file|settings|setup|set up|configurations)",
    "CONFIGURED": "(configured|set up|setup|provisioned|enabled|programmed)",
    "MYSELF": (
        "(me|myself|itself|self|us|ourselves|here|this host|this server|this system|this machine|local host|localhost"
        "|local machine|local server|my own address|my own ip|own address|local address|the sender|loopback|loopback"
        " address|127.0.0.1|0.0.0.0|::1|you)"
    ),
    "ITSELF": "(myself|itself|self|ourselves|this host|this server|this system|this machine|local host|localhost|127.0.0.1)",
    "FAULT": (
        "(error|errors|problem|problems|fault|failure|mistake|broken|wrong|incorrect|invalid|bad|inconsistent|corrupt"
        "|corrupted|missing)"
    ),
    "STORE": (
        "(map|maps|table|tables|database|databases|db|file|files|lookup table|alias file|aliases|alias database"
        "|directory service|ldap|ldap server|sql|mysql|configuration file|passwd|spool|queue|queue file|cdb|maildir|mail"
        " dir|mail directory|mailbox file|user database)"
    ),
}

# The name of a client, a login, what a sender published, or a client that is open to everybody
_OF_THE_CLIENT = Words(
    r"\be?helo\b|\breverse\b|\bptr\b|\brdns\b|\bdns\b|\bspf\b|\bdkim\b|\bdmarc\b|\bopen relay\b|\bspam|\bblack ?list|\bblock ?list|\brbl\b"
    r"|\bauthenticat|\bsmtp auth|\bloop ?hole\b|\boutlook\b(?!\.com)|\bmail client\b|\bcertificate\b|\b(?:tls|ssl"
    r"|starttls)\b|\bquota\b|\bclosed loop\b|\bfeedback loop\b|\bgreylist"
)
_RELAYING = Words(r"\brelay(?:ing|ed|s)?\b|\brcpthosts\b")

judge = judged_by(
    *texts(
        95,
        "(parse|parsing) (postmaster|myself)",
    ),
    *texts(
        CERTAIN,
        "home directory {is|was} (missing|not found|does not exist|unavailable|not there)",
        "(bad|broken|wrong|invalid) (master.cf|main.cf|sendmail.cf|configuration)",
        "transport {NAME} (unavailable|not available|not found|unknown)",
    ),
    *texts(
        LIKELY,
        "(forgot|forgotten) to (list|add|configure|enter|set up)",
        "mx {for|NAME|lists} lists only me",
    ),
    *texts(
        _A_FAULT,
        "(mailer|filter|process|program|delivery agent|local delivery|daemon|scanner|milter|script|hook|agent|child"
        "|plugin|pipe|exec|fork|mda|lmtp) {has|was|NAME|with|unexpectedly} (died|crashed|failed|exited|killed|aborted"
        "|timed out|returned an error|returned error|not responding|terminated|hung)",
        "(permission|permissions) {denied|problem|error|are|wrong} {on|for|while|to|the|user's} (writing|opening"
        "|creating|locking|accessing|reading) {to|the|a|user's|mail} (file|directory|mailbox|maildir|spool|queue|home"
        "|folder|inbox)",
        "(write|append|save|deliver) to {the|user's|local} (mailbox file|mailbox|maildir|spool|disk|mail store|mailstore) {failed}",
        "no mailer",
        "(ldap|database|sql|directory|backend|mysql) [server] {is|was} (down|unreachable|not responding|unavailable)",
        "(could not|couldn't|cannot|can't|unable to|failed to|failure|error|failed) (open|opening|lock|locking|access"
        "|read|reading|create|creating|write|writing|save|saving|append|appending|chdir|find) {to|the|a|your|user"
        "|users|user's|for|message|mail} (mailbox|mail box|home|home directory|maildir|mailbox file|disk|spool"
        "|message file|queue)",
        "(mailbox|maildir|mail file|mailbox file|index|mailbox index) {is|has|seems} (corrupt|corrupted|damaged"
        "|broken|inconsistent|locked by another process)",
        "(writing|saving|storing|write|save|store) {the|your|mail|message|to|it|body} (to disk|to spool|to queue|to file) {failed}",
        "(database|ldap|sql|mysql|backend|db) {server|connection} (error|errors|failure|lost|broken|refused|closed|gone)",
        "(delivered|deliver|delivering|sent|sending|send|relayed|forwarded) {back|mail|it|messages} to (myself|itself|ourselves|self)",
        "bug in {the|our|this|mail|server|mta|smtp} (server|mta|software|program|mailer|script|code)",
        "(mail store|mailstore|storage|spool|queue|message store) {IS|has} (failure|failed|error|broken|corrupt|unavailable)",
        "(broken|invalid|bad|wrong|circular|recursive) {local|mail|email} (alias|aliases|forward|forwarding address"
        "|forwarding|alias file|redirect|redirection) {address|for|file|entry}",
        families=_FAMILIES,
        unless=_OF_THE_CLIENT,
    ),
    *texts(
        CERTAIN,
        # Loops: qmail "this message is looping", Postfix "loops back to myself", Exchange "Hop count exceeded"
        "(mail|mails|message|email|e mail|routing|routeing|route|forwarding|forward|forwarder|delivery|smtp|alias|mx"
        "|local|dns|possible|infinite|redirect|redirection|relay|endless|potential|rewriting|address|autoreply|mailer"
        "|host) {forwarding|or|routing|delivery|is|has|was|a|to be|seems|appears|mail} LOOP",
        "LOOP (detected|found|suspected|encountered|back|detect|exceeded|prevented|prevention|detection)",
        "LOOP {mail|message|is|was|has|been|routing} (detected|back)",
        "(too many|exceeded|max|maximum|excessive|number of|more than {NAME}|exceeds|over|limit of) {the|maximum|max"
        "|number|of|allowed|permitted|mail|smtp|email|count} HOPS",
        "(hop count|hop limit|hopcount|hops|maximum hops) {limit|count|is|was|has|been|NAME} (exceeded|exceeds|exceed"
        "|reached|too high|too large|too many|limit)",
        "HOPS {has|have|is|was|been} (exceeded|reached|too many)",
        "(already|twice|before) {has|have|my|passed|been|seen|through|a|this|our|contains|host|server|delivered|by"
        "|here} (delivered to|this message|this host|this server)",
        "already has my delivered to",
        "(travelled|traveled|passed|gone|been relayed|relayed|forwarded|bounced) {through|via|over|by|too|around}"
        " (too many|too often|in circles|too many times)",
        "(in|round|around|round in|around in) circles",
        "(message|mail|i|we|this|it) {has|have|was|is} {already} (been here|seen this|been seen|seen it|passed here"
        "|passed through here) {message|one|here} (before|already|twice|once)",
        "(passed|gone|been|came|come|travelled|going) {through|by|via|over} {this|our|the} (host|server|system"
        "|machine|mta) {WORD} (times|already|before|twice|again)",
        "received {header|headers|line|lines|hop} (count|limit|number) {is|was} (exceeded|too high|too large|reached)",
        "(message|mail) {has|was|is|been} already (processed|handled|delivered|seen|relayed|accepted) (by|at|through"
        "|on|here) {this|our} [host|server|system|machine]",
        "received {chain|headers|lines|header|list} {is|are} (too long|too many)",
        "(mx|mail exchanger) {host|is|for|this|that|domain|NAME|points|to} (us|me|myself|this host|this server) {but|,}",
        "(through|over|via|by) [more than|over] NAME (hosts|hops|servers|relays|systems|mtas)",
        "(mail|message|smtp|internal|delivery) routing (problem|error|failure|fault)",
        # MX records that lead back: sendmail "mail loops back to me (MX problem?)", qmail's "best-preference MX"
        "mx {record|records|entry|entries|host|of|for|the|this|NAME|domain|list|is|are|lookup|or|ADDRESS} (point"
        "|points|pointing|pointed|refer|refers|resolve|resolves|lead|leads|directs|loop|loops) {back|to|at|domain"
        "|your|the|a|an|non|toward} MYSELF",
        "mx {record|records|entry|entries|host|hosts|list|of|for|the|this|NAME|domain|is|are} (point|points|pointing|pointed|loops) back",
        "(best preference mx|lowest numbered mx|lowest mx|sole mx|best mx|primary mx|mx problem)",
        "(remote|mx|destination|mail) {host|address|server|mail|exchanger} is {the|a} (local host|local machine|local server|myself)",
        "(i am|we are|am|are|this host is|this server is|is) listed as {the|a|an|best|primary|preferred|lowest|preference|NAME} mx",
        "(alias|aliases|forward|forwards|forwarding|expands|points|refers|maps|redirects|resolves) {back|address} to itself",
        "(trying|attempt|attempting|tried|connecting|connection|connected|delivering|deliver|send|relay|talk|talking)"
        " {to} {deliver|connect|send} to ITSELF",
        "(no smtp mx only|mx only)",
        "(instead of|rather than) {the|our|this|via} mx [server|host]",  # NetEase: this host takes mail for its own domains only
        # Configuration
        "(local|system|server|internal|mail system|dns|mx|mailer|smtp|host|site|routing|domain|general|mail|serious"
        "|fatal|delivery|transport|permanent|this|your|our|remote|gateway|router|mail server|service|alias|mail"
        " routing) CONFIG FAULT",
        "CONFIG {is|seems|has|an|file|contains|are} FAULT",
        "(error|errors|problem|mistake|fault|inconsistency) {in|with|of|found|on|the|our|server|local|your|mail"
        "|system|router|dns|a|its|this|remote} CONFIG",
        "(misconfigured|mis configured|misconfiguration|misconfig|mis configuration|missconfigured|wrongly configured"
        "|badly configured|incorrectly configured|improperly configured|incorrect configuration|invalid configuration"
        "|bad configuration|wrong configuration|configuration mismatch)",
        "not {been|yet|properly|correctly|currently|be|set|fully|completely|adequately|ever|appear|to|seem}"
        " CONFIGURED {to|for|as|in|on|at|here} {to|send|this|the|any|our|a|your|local} (accept|receive|handle|process"
        "|deliver|send|mail|host|domain|email|server|recipient|serve|system|smtp|route|take|destination|reception)",
        "(mail|email|smtp|domain|mail service|e mail) {is|was|has|service|for|NAME} not {been|yet|properly|correctly} CONFIGURED",
        "SERVER {NAME|is|was|are|ADDRESS} not {been|yet} (properly|correctly) CONFIGURED",
        "system incorrectly configured",
        "(aliasing|forwarding|alias|forward|expansion) {is|/|or|WORD} (too deep|loop|broken|recursion|error)",
        "(excessive|infinite|too much|endless|unlimited|too many levels of) (recursion|aliasing|forwarding|indirection)",
        "(buildaddr|rewrite:|mailertable|virtusertable)",  # Sendmail's own parts
        "(mailer|transport|router) {NAME|is|was} (error|not (found|defined|configured|available)|unknown|undefined|missing|error)",
        "(unknown|undefined|missing|bad|no) (transport|router|smarthost) {error|defined}",
        "(unknown|undefined) mailer",
        "mailbox has an invalid format",  # Cyrus
        "(temporary file|temp file|spool file|queue file|message file|mailbox file|data file|control file) (could not"
        "|cannot|can't|couldn't|can not) be (created|written|opened|read|stored|locked|saved)",
        "(milter|filter|scanner|backend|daemon|policy server|content filter|ldap server|database|mailer) (did not"
        "|does not|didn't|doesn't|failed to) (respond|answer|reply|start|run)",
        "(invalid|bad|unknown|missing|no|illegal|undefined) (transport|mailer|router)",
        "(maildir|home directory|mail directory|mailbox directory|spool directory|temporary directory|mailbox file"
        "|spool file|queue directory) {is|does|has|was} (missing|not exist|gone|not writable|not writeable|read only"
        "|unwritable|not readable|unreadable|full)",
        "(load|read|parse|compile|open) {the|our|my|access|filter} (rules|rule file|configuration|config|policy"
        "|policies|access map|access file|control files)",
        "(contact|reach|talk to|communicate with|connect to|connection to) {the|our|my|a} {policy|virus|antivirus"
        "|spam|content|filter|milter|delivery} (daemon|service|milter|scanner|filter|backend|engine)",
        "(engine|scanner|daemon|milter|policy server|antivirus|anti virus) {is|was|currently} (not running"
        "|unavailable|not available|down|missing|not responding|not reachable)",
        "(server|host|system|machine) {has|is|was|been} (shut down|decommissioned|retired|moved|switched off|out of"
        " service|no longer in use|no longer in service)",
        "(critical|os|system|important) {WORD} file missing",
        "(cannot|can't|could not|couldn't|unable to|failed to|failure to|error|can not) (open|opening|read|reading"
        "|access|accessing|query|querying|lock|locking|connect to|reach|write to|stat|load|parse|chdir to) {the|a|our"
        "|local|my} STORE",
        "(cannot|can't|could not|couldn't|unable to|failed to|error|problem|trouble|failure) (read|reading|open"
        "|opening|access|accessing|query|querying|create|creating|write|writing|load|loading|parse|parsing) {the|a|an"
        "|our|your|local|virtual|domain|user|users|mail|forward|temporary|temp|WORD} STORE",
        "(ldap|sql|mysql|database|db|backend|directory|storage|policy|radius|mail store|mailstore|imap|filter|quota)"
        " [server|service|servers|daemon] {is|was|has|are|does|currently} (not responding|unreachable|unavailable"
        "|down|timed out|not available|not reachable|offline|not respond|timeout)",
        "(connect|connecting|connection) {to|with} {the|our|a|any} (backend|database|ldap|sql|storage|mail store"
        "|mailstore|policy|content filter|imap|lmtp|delivery|radius)",
        "(bad|wrong|insecure|incorrect|unsafe) (permission|permissions|file permissions|ownership|owner)",
        "(world|group) (writable|writeable)",
        "(writable|writeable) by {the} (others|other|group|world|everyone|everybody)",
        "STORE {NAME|is|was|lookup|are|access|query|currently} (unavailable|error|failure|failed|not available|not"
        " found|corrupt|corrupted|inaccessible|unreadable|missing|locked|lookup failure)",
        # The wrong host
        "(wrong|incorrect|bad) {mail} (smarthost|smart host|mailhost)",
        "(wrong|incorrect) {mail|smtp|email|e mail|destination|outgoing|incoming|mx|relay|port} (server|host|port|mx"
        "|system|machine|site|mail server|mailserver|service|cluster)",
        "(wrong|incorrect|invalid) {mail} (routing|route)",
        "(this|the) {mail|smtp} (server|host|system|machine|port|service) {is|only|NAME} {for|accepts|only|used"
        "|reserved|meant|intended} (incoming|inbound|internal|outgoing|outbound|submission|mx)",
        "ホップ数",
        "(設定|構成|コンフィグ)…(エラー|誤り|誤っ|間違|不備|不正|ミス|問題|正しく)",
        "(循环|循環|环路|迴圈|回路|死循环)",
        "(配置|设置|設定|組態)…(错误|錯誤|有误|有誤|不正确|不当|故障)",
        "(루프|순환)",
        "(설정|구성)…(오류|잘못|에러)",
        "(mailschleife|schleife|endlosschleife|weiterleitungsschleife|fehlkonfiguration|falsch konfiguriert"
        "|fehlkonfiguriert|konfigurationsfehler|nicht konfiguriert|fehlerhafte konfiguration)",
        "zu viele (hops|received|weiterleitungen)",
        "(boucle|trop de (sauts|relais|hops)|erreur de configuration|mal configuré|mal configurée|mauvaise"
        " configuration|configuration incorrecte)",
        "(bucle|demasiados saltos|error de configuración|error de configuracion|mal configurado|mal configurada|configuración incorrecta)",
        "(erro de configuração|erro de configuracao|muitos saltos|configuração incorreta|laço)",
        "(errore di configurazione|configurazione errata|configurato male|troppi (salti|hop|hops|passaggi)|non configurato)",
        "(зациклив~|петля|зацикл~|ошибка конфигурации|ошибка настройки|неверная конфигурация|неправильно настроен"
        "|слишком много (пересылок|переходов|хопов))",
        families=_FAMILIES,
        unless=Words(
            rf"{_OF_THE_CLIENT.pattern}|\b(?:recipient|destination) domain\b|\b(?:sender domain|not enabled for)\b"
        ),
    ),
    *texts(CERTAIN, "ループ", unless=Words("グループ")),
    *texts(
        CLEAR,
        "LOOP {is|was|has|been|NAME}",
        "(hops|hop count|received headers|received: headers)",
        "(internal|local|general|unexpected|fatal) {mail|server|system|software|processing|smtp|delivery"
        "|configuration|mailer|program|application|service} (error|failure|problem|fault|exception)",
        "(server|system|software|policy service|programming|hardware|scripting|processing|database|script|mailer"
        "|backend|filter|scanner|milter|disk|i/o|input/output|out of memory|ldap|sql) (error|failure|problem|fault"
        "|crash|malfunction|bug)",
        "(virus|content|spam|mail|message) {filter|av} (scanner|filter|checker|scanning|filtering|engine|milter) {is"
        "|has|service|NAME} (error|failed|failure|malfunction|unavailable|not available|not running|down|problem)",
        "(host|server|system|machine|site) {NAME|DOES_NOT} (does not|doesn't|do not|don't|never|will not|cannot|can't"
        "|won't|is not|not) {currently|any|accepting|configured|set up|able to|to|allowed to|going to} (accept"
        "|receive|accepts|receives|accepting|receiving|handle|process|take) {any|internet|smtp|incoming|inbound|the}"
        " MAIL",
        "(system|server|host|network) not accepting {network|any|smtp} MAIL",
        "no (mail|smtp|email) {is|service|server} (accepted|received|handled|service|here) {here|at|on|by} {this}"
        " [host|server|system|machine]",
        "not {the|a|an|your|our} (right|correct|proper|appropriate|intended) {mail|smtp|incoming|outgoing} (server"
        "|host|mx|system|port|place|mail server)",
        "(connect|connected|connecting|send|submit|use|using|deliver|sent|talking|talk) {to|mail|through|via|the|a"
        "|your|it|instead} (wrong|correct|proper|right) {mail|smtp|outgoing|incoming|mx} (server|host|port|mx)",
        "(bad|invalid|illegal|broken|wrong|incorrect) {WORD} mx",
        "mx {record|records|host|hosts|entry|setup|for|NAME} (is|are|broken|incorrect|wrong|invalid|not set) {WORD}"
        " (broken|wrong|incorrect|invalid|bad|correctly|set)",
        "(server|system|machine|mailserver|mail server) (has|have|has got|is having|experiencing|encountered) {a|an"
        "|some|internal|serious} (problem|problems|error|errors|difficulties|trouble)",
        "(this is|this server is|this host is|it is|you are using|you are talking to) {the|an|a|our|only} (incoming"
        "|inbound|mx|receiving|internal) {mail} (server|host|system|mail server|mailserver|relay|gateway)",
        "(outbound|outgoing) (mail|email|messages) {is|are} not (accepted|allowed|handled|possible|permitted"
        "|processed) {on|at|by|through} {this|here|our}",
        "(unable|failed|cannot|can't|cant|could not|couldn't|failure) {to} (create|write|rename|store|save|allocate"
        "|fork|execute|exec|run|spawn) {the|a|an|to|message|your|mail|queue|mailbox|temporary|user|output} [file"
        "|files|message|maildir|disk|queue|mailbox|process|child]",
        "(out of memory|disk error|no route|unable to route|cannot route|no route to (host|domain)|routing error|unroutable)",
        "not {yet|been|properly|fully|correctly} CONFIGURED",
        "(submission only|recursive (alias|aliases|forward|forwarding))",
        "(can't|cannot) {NAME} (alias|forward) {NAME} (non local|itself|to)",
        families=_FAMILIES,
        unless=Words(
            f"{_OF_THE_CLIENT.pattern}|{_RELAYING.pattern}"
            r"|\baddress\b|\bfull\b|\bvirus (?:found|detected)\b|\bquota\b|\bdomain of sender\b|\bsender\b|\baccount\b"
            r"|\baccept (?:any )?(?:e ?)?(?:mails?|messages?) (?:from|for)\b|\byour (?:mail |e ?mail )?client\b"
        ),
    ),
    *texts(
        LIKELY,
        "(this|the) {mail|smtp} (server|host|system|machine) (only accepts|accepts only|only receives|is only|handles"
        " only|only handles) {MAIL|for|local|inbound|incoming}",
        "(please|should|must) {use|send|connect|submit|your|mail|deliver|to|via|through|the|a|another|NAME} (another"
        "|different|other|correct|proper) {mail|smtp|outgoing|incoming} (server|host|mx|mail server|port)",
        "use port (587|465)",
        "use {the|your|NAME} (mx|mail exchanger|mx record|mx records)",
        "(internal|unexpected|unspecified|unknown|general) (error|failure|problem)",
        "(内部|システム|サーバ|サーバー)…エラー",
        "(内部|系统|系統|服务器)…(错误|錯誤|故障)",
        "(내부|시스템|서버)…오류",
        "(interner (fehler|serverfehler)|systemfehler|serverfehler|erreur interne|erreur du serveur|erreur système"
        "|error interno|error del servidor|error del sistema|erro interno|erro do servidor|erro no servidor|errore"
        " interno|errore del server|errore di sistema|внутренняя ошибка|ошибка сервера|системная ошибка)",
        "(send|deliver) {mail|directly|it|to|the|your|mails|messages} mx [host|hosts]",
        "(lookup|resolver|dns) {NAME} (failure|error|problem)",
        families=_FAMILIES,
        unless=Words(
            f"{_OF_THE_CLIENT.pattern}|{_RELAYING.pattern}"
            r"|\bclient host\b|\bsender\b|\brecipient\b|\bmailbox\b|\buser\b|\baccount\b|\blisted\b|\bblocked\b|\bpolicy\b"
        ),
    ),
    *texts(
        HINT,
        "(server|system|service) {WORD} (error|failure)",
        "(configured|configuration|config)",
        "(service|system|server|mail|smtp) {service|is|currently|temporarily|mail} (unavailable|not available|down|out of order)",
        families=_FAMILIES,
        unless=_OF_THE_CLIENT,
    ),
    supported_by=frozenset({"5.3.0", "5.3.5", "5.4.4", "5.4.6", "5.4.14"}),
)

# Whoever sends to the host of an incoming server, or to the wrong one, has a wrong server in the mail client.
_THE_WRONG_HOST = Words(
    r"\b(?:mx only|instead of (?:the )?mx)\b|\b(?:wrong|correct|incorrect|right|another) (?:mail |smtp |outgoing )?(?:server|host|port)\b"
)


def who_acts(reading: Reading) -> WhoActs:
    if _THE_WRONG_HOST.search(reading.plain):
        return "user"
    return "admin" if reading.reply.refused_by != "remote" else "remote"


CAUSE = Cause(
    slug="server_misconfigured",
    judge=judge,
    who_acts=who_acts,
    recovery=("recipient_domain",),
    recovery_elsewhere=("recipient_domain",),
)
