"""The client's or our server's address stands on a list, or has a bad reputation."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, Words, figures, judged_by, links, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    # What is listed: "your IP 192.0.2.7", "the sending mail server [192.0.2.7]", "your location", "your provider"
    "HOST": (
        "([THE|our|its|a|all|of] {sending|connecting|sender's|sender|source|originating|originator|remote|client|smtp|mail"
        "|mta|server|email|outgoing|public|external|peer|internet|relay|unverified}"
        " (ip address|ip addresses|ip addr|ip adress|ipv4 address|ipv6 address|ip|ips|ip range|ip block|ip space"
        "|address range|address space|netblock|subnet|host|hosts|hostname|host name|mailhost|server|servers|mailserver"
        "|mailservers|mta|mtas|mx|gateway|client|clients|computer|machine|system|network|networks|isp|provider"
        "|remotehost|hosting company|hosting provider|hoster|data center|datacenter|asn|country|region|site"
        "|location|connection|connections) [name|address] [at|of|with] [ADDRESS|NAME])"
    ),
    "HAS_BEEN": (
        "{is|are|was|were|has|have|been|be|being|got|currently|now|still|also|temporarily|temporary|permanently|actively"
        "|found|to|already|administratively|automatically|present|known|appears|appear|seems|this|that|which}"
    ),
    "BLACK": (
        "(blacklisted|black listed|blocklisted|block listed|blackholed|black holed|denylisted|deny listed|badlisted)"
    ),
    "BLACKLIST": (
        "(blacklist|black list|blacklists|black lists|blocklist|block list|blocklists|block lists|blocked list|blackhole list"
        "|blackhole lists|blackhole site|denylist|deny list|reject list|rejection list|ban list|spam list|spammer list"
        "|list of (spammers|blocked|banned|denied|bad)|bad ip list|ip list|hosts list)"
    ),
    # Lists and reputation services by name; "zen.spamhaus.org" and "bl.spamcop.net" hold the names as words
    "LIST": (
        "(rbl|rbls|rbl+|dnsbl|dnsbls|dnsrbl|dnswl|spamhaus|spamhaus's|sbl|xbl|pbl|sbl xbl|cbl|spamcop|spamcop's|barracuda"
        "|barracudacentral|barracudanetworks|bbl|sorbs|uceprotect|abuseat|spamrats|psbl|surriel|mailspike|junkemailfilter"
        "|hostkarma|nixspam|manitu|njabl|dsbl|ordb|ahbl|abusix|ivmsip|ivmuri|invaluement|senderscore|senderbase|talosintelligence"
        "|backscatterer|ips.backscatterer|lashback|wpbl|apews|0spam|gbudb|truncate.gbudb|dronebl|efnetrbl|tornevall|spamcannibal"
        "|five ten sg|blackholes|mail abuse|maps|attrbl|rblmx|drbl|imedia|woody|blocklist.de|inps|s5h|interserver|swinog"
        "|mxrate|rfc ignorant|anti spam.org.cn|cbl.anti spam|cblless|cblplus|korea.services|kisarbl|kisa rbl|white domain)"
    ),
    "REFUSED": (
        "(rejected|refused|denied|declined|not accepted|not allowed|not permitted|not welcome|unwelcome|unacceptable|prohibited"
        "|forbidden|disallowed|barred|banned|blocked|block|suspended|restricted|blackhole|rejects)"
    ),
    "SPAMMING": (
        "(spam|spams|spammer|spammers|spamming|spammed|spam source|source of spam|spamvertised|abuse|abuses|abusive|abusing"
        "|attack|attacks|attacking|attacker|compromised|infected|botnet|bot|zombie|hijacked|hacked|trojan|unsolicited"
        "|malicious|suspicious|virus|viruses|bulk)"
    ),
    "DYNAMIC": (
        "(dynamic|dynamically|dyn|residential|dialup|dialups|dial up|dial in|dsl|adsl|xdsl|cable|dhcp|ppp|pppoe|broadband"
        "|end user|enduser|home user|consumer|customer|direct to mx|non mx|nat)"
    ),
}

# What else is on lists: the sender's domain, a link in the message.
_ANOTHER_LISTED = Words(
    r"\b(?:dbl|surbl|uribl|rhsbl|urls?|uris?|links?|hyperlinks?)\b(?! ?:? ?/)"
    r"|\bsender(?:'s)? (?:address(?! is in the| was found)|domain|e ?mail)\b"
    r"|\b(?:sender|from|your|envelope|mail|email|sending) domain\b"
    r"|\bdomain (?:present|listed|found|name)\b|\bhelo command\b|\bspam pattern\b|\bcontent filter\b|\bbody\b"
)
# The client is refused for what it lacks or does, not for where it is.
_ANOTHER_REASON = Words(
    r"\bptr\b|\brdns\b|\breverse\b|\bhelo\b|\behlo\b|\bspf\b|\bdkim\b|\bdmarc\b|\brelay|\bauthenti|\bauth\b|\blog ?in\b"
    r"|\blogged\b|\bhost ?name\b|\btoo many (?!spam|bad|unwanted)|\bper (?:hour|minute|day)\b|\blimit|\bexceed|\bquota\b"
    r"|\bfrequency\b|\bstarttls\b|\btls\b|\bcannot find\b|\bpipelin|\bsynchroni[sz]ation\b|\bnot in my list\b"
    r"|\bclient host rejected: access denied\b|\bport\b|\bopen relays\b|\bas a from\b|\brcpthosts\b"
    r"|\bvirus (?:found|detected)|\battachment"
)
_PROPER_NAME = Words(r"\bptr\b|\brdns\b|\breverse\b|\bhelo\b|\behlo\b|\bspf\b|\b(?:host|dns) ?name\b")
_NOT_WE = Words(r"\b(?:not|n't|never)(?: \w+){0,3} open (?:mail )?relay")

_FIGURES = r"[\[(<]?\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?[\])>]?"
_LISTED_FIGURES = (
    rf"{_FIGURES}:? (?:ip )?(?:(?:is |was |has been )?(?:an? )?(?:untrusted|not trusted|tarpitted|firewalled)"
    rf"|(?:is |was |has been |are )?(?:\w+ )?(?:black ?listed|block ?listed|(?:listed|found|is) (?:at|in|on"
    rf"|by) |blocked|banned))"
)
_REFUSED_FIGURES = (
    rf"(?:from|mail|connections?|access|host|server|rejected|blocked|banned|refused|denied|for|client):? {_FIGURES}"
    rf"(?:[,:]? (?:is |was |has been )?(?:\w+ )?(?:rejected|refused|denied|not (?:accepted|allowed|permitted|welcome|trusted)|deferred))"
    rf"|{_FIGURES} (?:is |was )?(?:not (?:allowed|permitted|authori[sz]ed|welcome)|denied|forbidden|rejected"
    rf"|refused)(?! (?:to send|to relay|by \S+ to send))"
    rf"|(?:your|from|source|remote|client|connecting) address:? {_FIGURES}:? (?:\w+ ){{0,2}}(?:denied|refused|rejected|blocked|banned)"
    rf"|(?:rejected|blocked|banned|refused|denied|mail refused)[:,]? (?:\w+ )?{_FIGURES}"
)
# Links are blotted out in `plain`. Spamhaus DBL and the like are about domains.
_LINK = (
    r"https?://[^\s>]{0,60}?(?:spamhaus\.org(?!/dbl|/\S{0,40}domain)|spamcop|barracuda|sorbs|uceprotect"
    r"|abuseat|abusix|senderscore|senderbase"
    r"|talosintelligence|ipcheck\.|ipremoval|dnsbl|\brbl|[./-]rbls?\b|blacklist|block-?list|blockedip|delist"
    r"|unblock|mail-abuse|spamrats|junkemailfilter"
    r"|[/.]blocks?\b|backscatterer|amiblocked)[^\s>]{0,120}"
)
_LINK_WITH_FIGURES = r"https?://(?!\S{0,60}(?:spf|dmarc|dkim|spam_16))[^\s>]{0,100}?\d{1,3}(?:\.\d{1,3}){3}"

_OPEN = 42
"""Both a host and a complaint are named, in words that were not foreseen."""
_ANOTHER_SUBJECT = Words(
    rf"{_ANOTHER_REASON.pattern}|{_ANOTHER_LISTED.pattern}|\bsender\b|\brecipient|\buser\b|\bmail ?box"
    rf"|\blist(?:s)? (?:members?|owner)|\bcommand|\bmail(?:ing)? list"
)

judge = judged_by(
    *texts(
        LIKELY,
        "a problem occurred…ask your postmaster",
    ),
    *texts(
        CERTAIN,
        "HOST HAS_BEEN (listed|BLACK|firewalled|greytrapped|graytrapped|tarpitted|untrusted|not trusted)",
        "(BLACK|tarpitted|greytrapped|untrusted|distrusted) HOST",
        "HOST {HAS_BEEN|listed} (in|on|by|at|into|from|via) {a|an|the|our|my|your|its|local|internal|private"
        "|global|public|some|one|of|or|more|several|system|customer|dns|realtime|real|time|recipient's|recipient"
        "|WORD} BLACKLIST",
        "HOST HAS_BEEN (listed|found|registered|rejected|refused|blocked|denied|included) (in|on|by|at|with|via"
        "|using|through|due to|from) {a|an|the|our|my|WORD} LIST",
        "client host NAME blocked (using|by)",  # Postfix: reject_rbl_client; Microsoft
        "client NAME blocked (using|by)",
        "client host blocked (using|by)",
        "(in|on) {a|an|WORD} rbl",  # qmail; cPanel's Exim: "JunkMail rejected - … is in an RBL"
        "(because|as|since) [THE] ip is (in|on)",  # Yahoo, MessageLabs
        "rejected due to listing in LIST",  # iCloud
        "(blackholed|blacklisted|blocklisted) (by|at|in|on) LIST",
        "(banned|blacklisted|blocklisted|blocked) [sending|sender] ip",  # Microsoft 365
        "(connections|mail|traffic) (will not be|not) accepted from (ip addresses|this ip|NAME because)",  # Yahoo
        "part of their network is on our block list",  # Outlook.com
        "(tor|vpn|anonymous|anonymizing|open|public) (proxy|proxies|exit node|exit nodes|relay server)",
        "(tor exit|anonymizer|anonymiser)",
        "(known|confirmed|very) bad (host|server|ip|client|network)",
        "(spam|junk|abuse|attacks) {mail|has|have|is|was} (came|comes|coming|arrived|originated|seen) from (there|HOST|NAME)",
        "(is|are) [a|an] {known|big|open|major} spam (relay|host|server|gateway)",
        "(compromised|infected|hacked|hijacked) (HOST)",
        "(low|no|not enough) trust (ip|host|server|network|client)",
        "bad karma",
        "NAME HAS_BEEN (reported|listed|known) {as|for|by|a|many|several|to|us} (spam|spamming|abuse|spam source|sending spam|attacks)",
        "HOST {HAS_BEEN} (on|in|by) {a|an|the|our|my|WORD} (shitlist|shit list|database|bad list|naughty list)",
        "HOST HAS_BEEN in the WORD database",
        "(tcp wrappers|tcp wrapper|tcpwrappers|libwrap|hosts.deny|reject_hosts|deny_hosts|hosts_deny|denyhosts|fail2ban)",
        "(geoip|geo ip|geoblock|geoblocking|geo block|geo blocked|geo blocking|geolocation)",
        "your address NAME is in the WORD database",  # OpenBSD's spamd
        "your address HAS_BEEN (greytrapped|graytrapped|trapped)",
        "mail accepted from an open relay",  # indimail
        "user defined policy matched for",  # Trend Micro Email Reputation Service
        "originating from your (ip|netblock|network)",  # Gmail
        "(the|your) ip you're using to send mail is not authorized",  # Gmail: a dynamic address
        "low reputation of the sending ip",
        "(sending|connecting) mta's poor reputation",  # Cisco IronPort
        # Yahoo, Comcast, Cox, AT&T, BlueTie
        "(bl20|bl21|bl22|bl23|tss04|tss05|tss06|tss07|tss08|tss09|tss11|tss12)",
        "comcast bl~",
        "(rly:b1|rly:b2|rly:b3|rtr:bl|rtr:du|rtr:bb|rtr:sc|rtr:ge)",  # AOL
        "(cxbl|cdrbl|ipbl0001|ipbl0010|ipbl0100|ipbl0011|ipbl0101|ipbl0110|ipbl0111|ipbl1000|ipbl1001|ipbl1010"
        "|ipbl1011|ipbl1100|ipbl1101|ipbl1110|ipbl1111|ipbl00001)",
        "(ff ip4 mx vip1|ff ip4)~",
        # NetEase: the address is suspended, not allowed, or misbehaves; on public lists; Coremail; Sohu; Sina; QQ
        "(hl:ihu|hl:ipb|hl:rep|hl:mep|dt:rbl|wm:bli)",
        "ip is (rejected|hangup|blocked|forbidden)",
        "ip (in blacklist|reject|forbidden|blocked|banned|blacklisted)",
        "(black ip|rbl deny|openrelay check|suspected spam ip)",
        "(spamip|spamptrip|blockip|ipblock)",  # Hanmail
        # Orange, La Poste (Vade): 101 and 102 are lists, 103 the address's reputation
        "(ofr|lpn)(|aaa|001|002|003|004|005|006|007|008|105|106)_(101|102|103)",
        "(adresse ip source|adresse ip)…bloqu~",
        families=_FAMILIES,
        unless=Words(r"\blinks?\b|\burls?\b(?! ?:? ?/)|\bweb ?sites?\b|\bfrequency limited\b"),
    ),
    *texts(
        CLEAR,
        "LIST",
        "blocked using",
        "(listed|BLACK) (in|on|by|at) {a|an|the|our|my|local|dns|realtime|real|time|WORD} BLACKLIST",
        "dns BLACKLIST",
        "realtime BLACKLIST",
        families=_FAMILIES,
        unless=_ANOTHER_LISTED,
    ),
    *texts(
        CLEAR,
        "(HOST) HAS_BEEN REFUSED",
        "REFUSED HOST",
        "HOST …(blocked|banned|blacklist|black list|block list|blocklist)",
        "DOES_NOT (accept|allow|permit|want|take|receive|like) [any] (MAIL|connections|connection|traffic|smtp) [WORD] from HOST",
        "(MAIL|connection|connections|access|traffic|smtp|service|session) {HAS_BEEN|REFUSED|attempt|sent|coming"
        "|received|originating|accepted} from HOST {HAS_BEEN|not} (REFUSED|accepted)",
        "(MAIL|connection|connections|access|traffic|smtp|service) {HAS_BEEN} REFUSED from HOST",
        "no (MAIL|connection|connections|access|traffic) {is|are|accepted|allowed|permitted|will|be|wanted} from [WORD] HOST",
        "(connections|connection) {will|is|are|was|has|have|been} not [be] accepted from",
        "connection [was|is] refused by",
        "your access to…(has been|is|was) (rejected|denied|blocked|refused)",  # Cisco IronPort
        "connection rejected by policy",  # MessageLabs
        "(unwelcome connection|connection is not welcome)",  # Winmail
        "you are not (allowed|permitted|authorized|welcome) to connect",
        "(not accepting|not currently accepting|no longer accepting) (MAIL|connections|connection) from",
        "(server|host) is not accepting MAIL from [THE] (ip|host|network)",
        "no access from mail server",
        "no (service|mail service|access) for [THE] (ip|host|network|server)",
        "MAY_NOT {to} connect",
        "(deny|denies|denied|denying|drop|drops|dropping|refuse|refuses|reject|rejects|blocking|block) {all|any"
        "|your|the|this|MAIL|connections|from|of|traffic} HOST",
        "(blocking|rejecting|refusing|dropping) {all|any|MAIL|traffic|connections} from (amazonaws|aws|azure|ovh"
        "|hetzner|digitalocean|linode|google cloud|cloud|hosting|vps)~",
        "DOES_NOT (talk|speak|listen|reply) to {WORD} (machines|hosts|servers|machine|host|server)",
        "(rejecting|reject|refusing) open (proxy|relay)",  # Sendmail
        "host network not allowed",  # McAfee
        "insecure mail relay",
        "unfortunately, (messages|mail) from",  # Outlook.com
        "service refuse. veuillez essayer plus tard",  # Orange
        "server access forbidden by your ip",
        "(trying to send|sending) mail directly",
        "send [e mail|email|mail] directly to our",
        families=_FAMILIES,
        unless=_ANOTHER_REASON,
    ),
    *texts(
        CLEAR,
        "open (relay|relays|proxy|proxies) [server]",
        "open mail relay",
        families=_FAMILIES,
        unless=_NOT_WE,
    ),
    *texts(
        CLEAR,
        "(poor|bad|low|very low|negative|no|insufficient|suspicious|untrusted|none/bad|worst|questionable"
        "|lacks) {ip|mail|email|server|sender|sending|smtp|mta|network|host|connection|client|WORD} reputation",
        "HOST {HAS_BEEN|has|a|its|WORD} reputation",
        "HOST {you|are|connecting|sending|from|HAS_BEEN} (not trusted|untrusted|distrusted)",
        "(HOST) {HAS_BEEN|has|a|an} (poor|bad|low|negative|very low|spam) (history|record|score|rating|standing)",
        "(ip|host|server) (score|rating) {is|was|HAS_BEEN|too} (low|bad|poor|high|negative|below)",
        "(ip|host|network|mta|sender|sending|connection|server|address) reputation",
        "reputation of {the|your|sending|mail} HOST",
        "reputation (is|was|score) [too|very] (low|bad|poor|negative)",
        "(senderscore|sender score) (too low|below|is|of)",
        "(reputation|email reputation|sender) (database|filter|filters|filtering|service|block)",
        families=_FAMILIES,
        unless=Words(
            r"\bdomain(?:'s)? (?:has |with )?(?:a )?(?:\w+ )?reputation|\breputation of the (?:sending |sender )?domain|\burl"
        ),
    ),
    *texts(
        CLEAR,
        "DYNAMIC {ip|mail|client|internet|assigned|allocated|customer|pool|WORD} (ip|ips|ip address|ip addresses"
        "|ip space|ip range|ip ranges|address|addresses|host|hosts|range|ranges|space|network|networks|pool|pools"
        "|client|clients|connection|connections|user|users|line|lines)",
        "(dul|dialup list|dynablock|direct to mx)",
        "(through|via|use|using) {your|own|the} (provider|isp|internet provider|service provider)",
        "(use|through|via|using|contact|from) {your|the|a|own} (isp|isp's|isps|provider|provider's"
        "|service provider's|internet provider's) {smtp|mail|outgoing|email|own} (server|servers|relay|smarthost"
        "|smart host|gateway|mailserver)",
        "(smtp server|mail server|smarthost|smtp relay|mail relay|relay) (of|at|from|provided by) {your|the} (isp"
        "|provider|service provider|internet provider)",
        "(auto|spam|dyn|dynamic|bad|block|blocked|blacklisted|abuse)_(client|dsl|adsl|ip|net|network|host|dynamic"
        "|cable|dialup|isp|range)~",  # site's access maps
        "(auto|spam)_ip~",
        "abus detecte",  # SFR
        families=_FAMILIES,
        unless=_PROPER_NAME,
    ),
    *texts(
        CLEAR,
        "HOST [HAS_BEEN] …SPAMMING",
        "(machines|hosts|servers|systems|networks|machine|host|server) (that|which) (send|sends|sent|sending) SPAMMING",
        "(you|your pc|your computer) {HAS_BEEN|look|looks|may|might|like|be|seem|seems|to|a|an|part|of|is"
        "|in} (botnet|bot|spambot|zombie|infected|compromised|hacked|trojan)",
        "(you|you've|your ip|your server|your host|server|host|ip) {HAS_BEEN|has|have|NAME|just} {caught|sent"
        "|sending|hit|hits|hitting|mail|to|our|a|an|the|one|of|known|mailed} (spamtrap|spam trap|spamtraps"
        "|spam traps|honeypot|honeypots|honey pot|trap address)",
        "(spamtrap|spam trap|honeypot|honey pot|trap) (hit|hits|triggered|address hit)",
        "(SPAMMING|complaints) {is|was|has been|being|coming|originating|sent|received|detected|mail|WORD} (from|by|at|of) HOST",
        "HOST …looks suspiciously",
        "(dynamic/zombied/spam|zombied|spam) ips",
        "blocked {for|due|because|of|to|previous|repeated|excessive|sending|spam} (abuse|spam|spamming|abusive|spammer|spamming incidents)",
        "(previous|past|repeated) (spamming|spam) incidents",
        "(sending|originating) spam see",
        "(spam|abuse) [was|is] (coming|originating|received|sent) from your",
        "(spam source|source of spam|spammer ip|spamming host) [is] [HAS_BEEN] [blocked|rejected|refused|denied]",
        "identified as [a] (spammer|spam source|source of spam)",
        "(are|is) a (known|confirmed) (spam source|source of spam|spammer)",
        "blocked by spam statistics",  # Yandex
        families=_FAMILIES,
        unless=Words(f"{_ANOTHER_REASON.pattern}|{_ANOTHER_LISTED.pattern}|\\benvelope sender\\b"),
    ),
    *texts(
        CLEAR,
        "(ip|ipアドレス|接続元|送信元サーバ|送信元ホスト|メールサーバ)…(ブラックリスト|ブロック|拒否|制限|遮断|登録され)",
        "(rbl|ブラックリスト)…登録",
        "(お使いの|送信元の|接続元の|ご利用の|貴社の|あなたの|接続)(サーバ|ホスト|ネットワーク|メールサーバ)…(ブラックリスト|ブロック|拒否|制限|遮断|登録され)",
        "(ip|主机|服务器)…(黑名单|拒绝|屏蔽|禁止|封禁|被封|信誉|不受信任|列入)",
        "(ip|아이피|서버)…(차단|블랙리스트|거부|스팸|등록)",
        "die ip (ihres|des|deines) (servers|mailservers|absenders|hosts|providers)…(gesperrt|blockiert|blacklist|gelistet|abgelehnt)",
        "(serveur|serveur expéditeur|hébergeur|fournisseur)…(liste noire|blacklist~|bloqué|bloque)",
        "(ip adresse|ihre ip|ihr server|ihr mailserver|ihr host|ihr netz|absende ip|sender ip"
        "|deren ip) [NAME]…(gesperrt|blockiert|blacklist|sperrliste|abgelehnt|geblockt|gelistet|verweigert"
        "|reputation)",
        "(votre ip|adresse ip|votre serveur|l'ip|votre hébergeur|votre fournisseur) [NAME]…(bloquée|bloqué"
        "|bloquee|bloque|liste noire|blacklistée|blacklisté|refusée|refusé|interdite|réputation|rejetée)",
        "(su ip|ip|dirección ip|direccion ip|su servidor) [NAME]…(lista negra|listas negras|bloqueada|bloqueado"
        "|rechazada|rechazado|reputación|reputacion|denegada)",
        "(seu ip|endereço ip|endereco ip|ip|seu servidor) [NAME]…(lista negra|listas negras|bloqueado|rejeitado"
        "|reputação|reputacao|recusado|blacklist)",
        "(indirizzo ip|ip|il tuo server|il vostro server) [NAME]…(lista nera|blacklist|bloccato|rifiutato|reputazione|black list)",
        "(ip|ip адрес|ваш сервер|сервер|хост|адрес ip) [NAME]…(заблокирован|чёрном списке|черном списке"
        "|черный список|блокирован|запрещен|запрещён|отклонен|репутаци)~",
        "(ip|adres ip|serwer) [NAME]…(zablokowan|czarnej liście|czarna lista)~",
        families=_FAMILIES,
        unless=Words(
            r"送信者|差出人|アドレスが|送信元アドレス|送信元ドメイン|发件人|发信人|寄件者|발신자|보낸|\babsender(?!-?ip)|(?<!serveur )\bexpéditeur|\bremitente|\bremetente|\bmittente|\bотправител"
        ),
    ),
    *texts(
        LIKELY,
        "client host rejected: access denied",
        "(spam trap|honeypot|spamtraps|spam traps)",
        "(you|sender) HAS_BEEN (BLACK|blocked|banned|on BLACKLIST)",
        "you are (on|in) {a|an|the|our|my|WORD} BLACKLIST",
        "(on|in|by|our|my|local|due to|because of|based on) {a|an|the|our|my} BLACKLIST",
        "not accepting connections",
        "you are sending spam",
        "service refused, please try later",
        "ont ete bloques par nos services",  # La Poste
        "(MAIL|connection|connections) from [THE|your] (isp|provider|country|network|server|host)",
        "connection {was|is|has been} (REFUSED|dropped) (due to|because of|by) (spam|abuse|policy)",
        families=_FAMILIES,
        unless=_ANOTHER_LISTED,
    ),
    *texts(
        HINT,
        "client host rejected",
        "(BLACK|BLACKLIST)",
        "reputation",
        "(blocked|refused|rejected) {HAS_BEEN} see ///",
        "go away",
        "connection (refused|rejected|denied)",
        families=_FAMILIES,
    ),
    *texts(
        _OPEN,
        "(ip|ips|host|hosts|server|servers|mailserver|isp|subnet|network|client|gateway|mta|provider) …(banned"
        "|blocked|filter|filtered|filtering|list|spam|bad|abuse|suspicious|reputation|database|firewall|trust"
        "|trusted|attack~)",
        "(banned|blocked|filter|filtered|filtering|list|listed|spam|bad|abuse|suspicious|reputation|database"
        "|firewall|trust|attack~) …(ip|ips|host|hosts|server|servers|mailserver|isp|subnet|network|client|gateway"
        "|mta|provider)",
        "(DYNAMIC|suspicious|unknown) (host|hosts|customers|customer|users|user|lines|line|not accepted)",
        "from (DYNAMIC)",
        "(tor|vpn|proxy|proxies|open proxies|anonymizer|anonymiser|exit node|exit nodes|dial up|dialup)",
        "(your|own) (isp|provider|internet provider|service provider)",
        "karma",
        families=_FAMILIES,
        unless=_ANOTHER_SUBJECT,
    ),
    *links(CLEAR, _LINK),
    *links(HINT, _LINK_WITH_FIGURES),
    *figures(CLEAR, _LISTED_FIGURES),
    *figures(LIKELY, _REFUSED_FIGURES),
)


def who_acts(reading: Reading) -> WhoActs:
    """At our server: whoever has logged in should not be asked for his address; who has not, should log in."""
    if reading.reply.refused_by != "local":
        return "admin"
    return "admin" if reading.reply.user else "user"


CAUSE = Cause(
    slug="ip_blocklisted",
    judge=judge,
    who_acts=who_acts,
    recovery=("client_ip",),
    recovery_elsewhere=("recipient_domain",),
    usually="remote",
)
