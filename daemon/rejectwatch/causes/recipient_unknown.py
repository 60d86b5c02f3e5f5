"""There is no such mailbox or domain, or that mailbox is closed or takes nothing."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    # Who or what is missing, and as it may stand in a reply: "mailbox <a@b.example>", "account that you tried to reach"
    "MAILBOX": (
        "(recipient|recipients|receiver|receipient|recepient|mailbox|mail box|inbox|user|users|username|user name|userid|user id"
        "|mail user|local user|virtual user|account|accounts|mail account|email account|mailbox account|user account|addressee|addressees"
        "|person|subscriber|customer|client account|employee|alias|local part|localpart|maildrop|mail drop|email address|email addresses"
        "|e mail address|mail address|address|addresses|email|email user|destination mailbox|destination address|destination|rcpt|box"
        "|mailhost|mailing list)"
    ),
    "NAMED": (
        "MAILBOX [address|addresses|name|account|email|e mail|mailbox|mail box|id] [NAME]"
        " [[that|which] you [are|have|were] (tried|trying|wrote|specified|attempting|want|wish|wanted|entered|used"
        "|gave) [to] [reach|contact|reaching|contacting|mail|email|send [mail|email|a message] to]]"
    ),
    "GONE": (
        "(inactive|not active|deactivated|switched off|disabled|closed|suspended|frozen|locked|archived|expired"
        "|deleted|removed|terminated|discontinued"
        "|cancelled|canceled|gone|moved|dead|retired|defunct|blocked|unallocated|unassigned|dormant|abandoned|obsolete|decommissioned"
        "|unsubscribed|withdrawn|invalidated|on hold|hangup|parked|not activated|shut down|turned off|out of service|no longer in service)"
    ),
    "MISSING": (
        "(unknown|not known|not found|non existent|non existant|nonexistent|nonexistant|not existing|not existent"
        "|inexistent|nowhere to be found|not exist|not exists|not present"
        "|not recognized|not recognised|unrecognized|unrecognised|not registered|unregistered|not defined|undefined|not there|not listed"
        "|invalid|not valid|incorrect|misspelled|mistyped|wrong|not correct|no good|not locatable|unresolvable"
        "|undeliverable|not deliverable|unreachable|unroutable|unrouteable)"
    ),
    "HAS_BEEN": (
        "{is|are|was|were|has|have|had|been|currently|temporarily|temporary|permanently|now|either|a|an|that|you|or"
        "|seems|appears|to|be|not active|may|may be"
        "|does not exist|misspelled|here|because|marked|as|reached|we|tried|to reach|or has been|or is|or has|address|account}"
    ),
    "LIST": (
        "(list|table|map|database|db|directory|address book|domino directory|name directory|public directory"
        "|recipient list|user list|users list"
        "|recipient table|recipients list|mailbox list|system|server|records|user database|user base|domain"
        "|organization|organisation|ldap|active directory|file)"
    ),
    "BY_THAT_NAME": (
        "(by|with|for|of|named|called|under) {that|this|the|such|requested|given|specified|your|@@@} (name|user|address"
        "|account|username|id|alias|email|recipient|mailbox|ADDRESS)"
    ),
}

# "Sender address rejected: User unknown", "your envelope sender must exist", "domain of sender … does not exist"
_THE_SENDER = (
    r"\bsender address rejected\b|\bunknown sender\b|\b(?:envelope |your |of |the |invalid )sender\b|\bsending"
    r" (?:domain|address|account|user)\b"
    r"|\bsender(?:'s)? (?:e ?mail |envelope )?(?:address|domain|unknown|verif|does|must|is|not|account|user|mailbox"
    r"|mail|id|host|rejected|system)"
    r"|\byour (?:e ?mail |mail |own )?(?:domain|address|account|mailbox|user ?name|password)\b|\bmail ?from (?:address"
    r"|domain|must|is|was|does|has|not|:)"
    r"|\bhelo\b|\behlo\b|\bmailfrom\b|\breturn ?path\b|\bfrom:? (?:address|field|header|domain)\b|\boriginator\b"
    r"|送信者|差出人|送信元|発信者|发件人|发信人|發件人|寄件人|发送者|發信人|발신자|송신자|보내는|あなたの(?:ip|アドレス|ドメイン)|您的(?:ip|邮箱|地址|域名)"
    r"|\babsender|\bexp[ée]diteur|\b[ée]metteur|\bremitente|\bremetente|\bmittente|\bотправител|\bваш (?:адрес|домен"
    r"|ip)|\bvotre (?:adresse|domaine|compte)"
)
_A_DOMAIN_OF_OTHERS = r"\b(?:recipient|destination) domain is not (?:configured|hosted|handled|served|local)"

# "Mailbox unavailable. Your IP address is blacklisted", "account disabled temporarily for exceeding limits"
_ANOTHER_REASON = (
    r"\bclient host\b|\behlo\b|\bhelo\b|\bspf\b|\bdkim\b|\bdmarc\b|\bspam|\bblack ?list|\bblock ?list|\brbl\b|\bdnsbl"
    r"|\brfc ?\d|\breputation\b|\byour ip\b|\bquota\b|\bfull\b|\bexceed|\blimit|\bvirus|\bsyntax\b|\bformat\b|\bmalformed\b"
    r"|\brelay|\bpolicy\b|\bpassword\b|\bauthenticat|\bcredentials\b|\bstorage\b|\bptr\b|\bname (?:is )?(?:not allowed"
    r"|invalid)|\bcharacter|\bdns\b|\bmx\b|\bbounce"
    r"|\bfrom (?:this|your|that|the) (?:sender|address|domain|ip|host|server|user|account)"
)
_ANOTHER = Words(_ANOTHER_REASON)
# Postfix: "Recipient address rejected: Media error", where what follows is the reason
_ITS_REASON = Words(rf"{_ANOTHER_REASON}|\brecipient address(?:es)? rejected ?: ?\w")
# Said at DATA, when each recipient was refused for a reason of its own.
_AFTER_OTHERS = Words(
    r"\bno valid recipients?\b|\bno recipients? (?:accepted|yet|so far|were|was|have|has|left|remain)|\bnot an? (?:e ?)?mail address\b"
)
_BAD_FORM = Words(r"\bbad (?:recipient|user|mailbox) (?:e ?mail |mail )?(?:address|name|syntax|format)\b")

judge = judged_by(
    *texts(
        CERTAIN,
        "infodomainnonexistent",
    ),
    *texts(
        LIKELY,
        "not {being|currently} accepted (at|for|by) this (address|mailbox|recipient)",
        "(no one|nobody|no longer anyone|no longer anybody) (at|by|behind|under|with) {this|that|the} (address|name|ADDRESS|mailbox)",
        "has (switched|turned) {mail|reception|the|delivery} (off|reception off)",
    ),
    *texts(
        CERTAIN,
        "unknown [or WORD] {local|virtual|email|e mail|mail|target|destination|domain|final|internal|such|system|to address} MAILBOX",
        "NAMED {is|are|was|were|has been|currently|either|a|an|here|or|local|seems|to be|appears to be|reported as"
        "|you specified} (unknown|not known|unrecognized|unrecognised|not recognized|not recognised|nonexistent|non"
        " existent|nonexistant|non existant|inexistent|unresolvable)",
        "(userunknown|recipientnotfound|nosuchuser|mailboxunavailable|unknownuser|usernotfound)",
        "CANNOT (verify|validate|confirm) {the|this|that|your} (recipient|mailbox|rcpt|user|addressee|recipient's address)",
        "(does not|doesn't|don't|not|no longer) (live|lives|reside|resides|work|works|exist) here",
        "NAME (is|was) (not known|unknown|not found|not registered|not a user) (here|(at|in|on|to) {this|our|us}"
        " [site|host|server|system|domain|users])",
        "(person|user|recipient|colleague|employee) you {are|were|have|wrote|tried} {trying|writing|to|wrote|mail"
        "|reach|contact} (has|have|is|was) (left|gone|moved|retired|unknown|no longer|not with)",
        "(domain|ADDRESS) {NAME|ADDRESS} (does not|doesn't|never|no longer|will not|won't) {currently|any longer}"
        " (receive|receives|accept|accepts|take|takes|have|get) {any|incoming|more} (MAIL|mail|mailboxes|mailbox)",
        "(he|she|they|who) {has|have} (left|gone|moved|retired) {the|in|us|our|company}",
        "(domain|domain name) {NAME|ADDRESS} (has expired|is expired|expired|lapsed|has lapsed|is gone|is dead)",
        "MAIL (to|for) {NAME|ADDRESS|this|that|domain|the} {domain|user|address|mailbox} {is|are|will} (no longer"
        "|not) {be} (accepted|delivered|received|handled) any (more|longer)",
        "MAIL (to|for) NAME {is|are} no longer (accepted|delivered|received|forwarded)",
        "(nobody|no one|noone) {is} here (by|with|of|at|called|named)",
        "(does not|doesn't|do not|don't) have {any|an} (mail|email|e mail) (enabled|access|service|here|account)",
        "(never heard of|nobody called|nobody named|no one called|no one named|noone called|noone named|no person called|nobody with)",
        "(isn't|is not|aren't|not) {one|a|any|among} {of} (our|my) (customers|users|subscribers|members|employees"
        "|recipients|mailboxes|accounts|clients)",
        "NAMED (could|can|was|cannot|can't|couldn't) {not} {be|been} (verified|validated|confirmed|authenticated as existing)",
        "DOES_NOT (resolve|map|translate|expand|lead|correspond|point) to {a|an|any} {valid|known|local|existing"
        "|real} (mailbox|user|account|recipient)",
        "(not|no longer) {listed|present|found|registered|known|contained} in {our|the|my|this|your|company|corporate"
        "|global} (directory|database|db|user list|ldap|ldap directory|active directory|user database|address list)",
        "(no match|no entry|no record|no records|no result|no results|nothing found|no data) {found|exists|was|is|in"
        "|the|our} {for|about|of} {the|this|that|such} (recipient|user|mailbox|account|ADDRESS)",
        "(no|not a) {such|mailing|distribution} (list|lists) {of|by|with|here|called|named} {that|this|the} (name|here|exists)",
        "(mailing list|this list|that list) {ADDRESS|does|has|was|is} (does not exist|doesn't exist|not exist|no"
        " longer exists|been closed|closed|been deleted|deleted)",
        "(find|locate|resolve|look up|lookup) {the|mail|any} domain of {the|this|your} (recipient|addressee)",
        "(no|without|lacks|neither) {valid|usable} (mx|mx record|mx records|mx or a|mx nor a|dns|dns record|mail"
        " exchanger|mail server) {or|a|record|records|address|found|exists|is} (for|of|in) {the|this} (recipient"
        "|destination|recipient's|target|addressee) {domain|host}",
        "no such [WORD] (MAILBOX|one|person|entry|name|recipients|destination|virtual user)",
        "(no|not|no valid|no such) {email|mail|local|user} (mailbox|mail box|account|user|users|recipient|address"
        "|person|alias|one|customer|employee|body) {here|found|available|exists|defined|exist|configured|registered"
        "|known} BY_THAT_NAME",
        "(no one|noone|nobody) {is|here|known|at|by|with|lives|listed} (at this address|with that address|by that"
        " name|with that name|by this name|of that name|that name|at that address)",
        "no (mailbox|mail box|account|user) {is|was|here|for} (here|found|available|configured|exists|defined|set up)",
        "NAMED {appears|seems|apparently|currently} DOES_NOT {appear to|seem to|currently|longer|now|actually} (exist"
        "|exists|reside|live|appear|work here|work)",
        "NAMED {do|does|is|are} not {currently} (exist|exists|existing|existent)",
        "(non existent|nonexistent|non existant|nonexistant|inexistent|imaginary) {email|e mail|local|mail|destination} MAILBOX",
        "NAMED {could|was|can|is|were|are|has|have|been|cannot|can't|couldn't|wasn't|isn't|ADDRESS} not {be|been|a}"
        " (found|located|identified|recognized|recognised|matched|resolved|verified as existing)",
        "NAMED (cannot|can't|couldn't|could not|can not|wasn't|isn't) {be|been} (found|located|identified|resolved|recognized|recognised)",
        "NAMED {is|are|was|has} not {been|currently|yet} (present|listed|registered|defined|configured|known"
        "|recognized|recognised|provisioned|on file|a user|an account|assigned|found) {in|on|at|here|by|to|with|the"
        "|this|our|my|public|your|name|NAME} LIST",
        "(recipient|user|rcpt|address|mailbox) [ADDRESS] {is} not (in|on) {the|my|our|a|any|valid|route|recipient"
        "|local|user|list|address} (list|table|map|database|directory)",
        "not {in|on|listed in|found in|present in|in the|known in|part of} {my|our|the|this|valid|their|its|any|local"
        "|authorized|list|of} (validrcptto|recipient list|recipient|recipients|valid recipients|user list|users list"
        "|recipient table|mailbox list|list of valid recipients|list of recipients|user database|name directory"
        "|public name|domino directory|address book|list of users|local users)",
        "(doesn't have|does not have|do not have|don't have|has no|have no|without) {a|an|any|such|valid|email|e mail"
        "|mail|local} [WORD] (account|mailbox|mail box|user|such user|such account)",
        "(user|recipient|mailbox|address|account|addressee) {name|ADDRESS|is} (isn't|is not|not|never) {a|an|our"
        "|currently|one of our|of} (valid|known|recognized|recognised|registered|existing|real|legal|active|local"
        "|member) (user|mailbox|mail box|customer|subscriber|account|recipient|here|member)",
        "recipnotfound",  # Exchange
        "resolver.adr.recip~",
        "(unable to|cannot|can't|couldn't|could not|weren't able to|were not able to|failed to|not able to|unable)"
        " {find|locate|identify|look up|lookup|resolve|match|recognize} {the|this|that|your|a|an|recipient|specified"
        "|requested} (recipient|mailbox|user|account|address|recipient's|recipient domain|addressee|destination)",
        "(unrouteable|unroutable|unroutable|non routable) {recipient|mail|destination|email} (address|domain|recipient)",  # Exim
        "rejected: undeliverable address",  # Postfix, address verification
        "(recipient|mailbox|user|rcpt|account) {address|name} [ADDRESS] (verification|lookup|check|validation|callout"
        "|verify) {has|was|is} (failed|failure|unsuccessful|error)",
        "(callout|recipient) verification failed",
        "(host|domain) [name] [or domain name] [ADDRESS|NAME] (unknown|not found) (name server|authoritative|in)",
        "(unknown host|host unknown)",  # Sendmail
        "(recipient|destination|target|recipient's|rcpt|addressee's) {email|mail|address|the} (domain|host|system"
        "|server) {name|address|ADDRESS|NAME|is|was|does|has|could|can|did|an|appears|to be} (unknown|not found|not"
        " exist|exist|invalid|nonexistent|non existent|not be found|not resolve|not be resolved|unreachable|not"
        " reachable|unresolvable|must exist|no mx|misspelled)",
        # RFC 5321
        "(user|recipient|name|mailbox|address|request|alias) {name|is|was|address} (ambiguous|not unique)",
        "ambiguous (user|recipient|name|mailbox|address|alias)",
        "(multiple|several|many|more than one|two|2|3|NAME) {matching|possible|different} (users|mailboxes|accounts"
        "|recipients|matches|entries|names) {that|found|have|for|with} (match|matched|matches|matching|found|for"
        " {this|that|the} (name|recipient|user|address))",
        "(name|recipient|address|user) {name} (matches|matched|match) {more than|multiple|several|many|one|two}"
        " (several|multiple|many|more than one) [entries|users|names|mailboxes]",
        "more than one (user|mailbox|account|person|recipient|entry) {that} (match~|with|by|named|found)",
        "(is|are) not a (mailbox|user|recipient)",
        "no such (domain|host|host name|mail domain|system)",
        "(find|locate|resolve) {the|this|your|a} (recipient|destination|recipient's|target) {email|mail} (domain|host|server|system)",
        "null ?mx",
        "(domain|host/domain) does not accept mail",  # RFC 7505
        "(宛先|宛て先|あて先|受信者|送信先)…(不明|見つかり|見つから|存在し|ありません|未登録|登録されていな|登録されていませ|登録されておりませ|登録がありませ|無効|誤り)",
        "(ユーザ|ユーザー|メールボックス|アドレス|アカウント|利用者|ドメイン)…(存在し(ま|な)|存在いたし|いません|居ません|見つかりま|見つから|不明|登録されていな|登録されていませ|登録されておりませ"
        "|ありません|使われて|利用されて|使用されて|無効|廃止|解約|削除)",
        "(存在しない|不明な|無効な|未知の|見つからない)(| )(宛先|ユーザ|メールアドレス|アドレス|受信者|メールボックス|アカウント|ドメイン)",
        "地址…(不存在|未找到|找不到|已停用)",
        "(用户|用戶|收件人|邮箱|郵箱|信箱|帐号|账号|帳號|帐户|账户|域名|使用者|收信人)…(不存在|无效|無效|未找到|找不到|没有找到|已停用|被停用|已禁用|被禁用|已关闭|已注销|已冻结|被冻结|已失效|错误)",
        "(没有|没有此|没有这个|没有该|无此|查无此|无|找不到|查無此|沒有此|无效的|不存在的)(| )(用户|收件人|邮箱|帐号|账号|用戶|使用者|人|信箱|地址)",
        "(사용자|수신자|메일|계정|주소|편지함|도메인)…(존재하지|없습니다|없는|찾을 수|알 수 없|유효하지|휴면|탈퇴|사용하지)",
        "(없는|알 수 없는|존재하지 않는)(| )(사용자|수신자|메일|계정|주소)",
        "(adresse|email)…(unbekannt|existiert nicht|nicht gefunden|nicht vorhanden|nicht bekannt|nicht zustellbar)",
        "(domäne|empfänger|benutzer|adressat|postfach|empfängeradresse|empfaenger|mailbox|konto"
        "|teilnehmer)…(unbekannt|existiert nicht|nicht gefunden|nicht vorhanden|ungültig|ungueltig|gesperrt"
        "|deaktiviert|nicht bekannt|nicht existent|nicht zustellbar|stillgelegt|gelöscht|geschlossen|nicht mehr"
        "|inaktiv|abgeschaltet|nimmt keine)",
        "(compte|boîte|boite|adresse)…(supprim~|fermé~|désactiv~|suspend~|n'est plus)",
        "(buzón|buzon|casilla|cuenta|caixa|casella)…(eliminad~|cerrad~|suspendid~|no disponible|indisponível"
        "|cancelad~|encerrad~|chius~|sospes~|non disponibile|excluíd~)",
        "(domaine|dominio|domínio|домен)…(n'existe pas|inconnu|no existe|desconocid~|não existe|desconhecid~"
        "|inesistente|non esiste|sconosciut~|не существует|не найден|неизвест~)",
        "(휴면|탈퇴|해지)…(계정|사용자|회원)",
        "(unbekannter|ungültiger|kein|unbekannte|ungültige) (empfänger|benutzer|adressat|solcher benutzer|solches"
        " postfach|empfängeradresse|postfach|solcher empfänger|adresse)",
        "adresse…(inconnue|n'existe pas|n existe pas|introuvable|inexistant~)",
        "(utilisateur|destinataire|boite|boîte|compte|abonné)…(inconnu|inconnue|n'existe pas|n existe pas|invalide"
        "|introuvable|inexistant~|desactiv~|désactiv~|inactif|inactive|bloque|bloqué|archivee|archivée|fermé~)",
        "(dirección|direccion)…(desconocid~|no existe|inexistente|no encontrad~)",
        "(usuario|destinatario|buzón|buzon|cuenta|casilla)…(desconocid~|no existe|inexistente|inválid~|invalid~|no"
        " encontrad~|no válid~|deshabilitad~|inactiv~|no es válid~|no se encuentra)",
        "indirizzo…(sconosciut~|inesistente|non esiste|non trovat~)",
        "(utente|destinatario|casella|account)…(sconosciut~|inesistente|non esiste|non valid~|non trovat~"
        "|disabilitat~|disattivat~|non attiv~)",
        "endereço…(desconhecid~|não existe|nao existe|inexistente|não encontrad~)",
        "(usuário|usuario|destinatário|destinatario|conta|caixa|caixa postal)…(desconhecid~|não existe|nao existe"
        "|inexistente|inválid~|não encontrad~|nao encontrad~|desativad~|inativ~)",
        "(no|não|nao|non) (existe|existen|esiste) [ese|dicha|este|esse|la|el|tal|tal|nessun] (usuario|usuário|persona"
        "|buzón|buzon|destinatario|destinatário|cuenta|utente)",
        "nessun utente",
        "(gebruiker|ontvanger|adres|mailbox|brugeren|modtageren|användaren|mottagaren|bruker|mottaker)…(onbekend"
        "|bestaat niet|ukendt|okänd|ukjent|finnes ikke|finns inte)",
        "(użytkownik|odbiorca|adresat|skrzynka|konto|adres)…(nieznany|nie istnieje|nieznan~|nieaktywn~|zablokowan~)",
        "(uživatel|příjemce|schránka|adresát)…(neznámý|neexistuje|neexistuj~)",
        "(пользователь|адресат|получатель|ящик|адрес|учетная запись|почтовый ящик)…(не существует|не найден~"
        "|неизвест~|заблокирован~|отключен~|удален~|недействител~|не зарегистрирован~)",
        "(нет такого|неизвестный|несуществующий|нет такой) (пользовател~|адресат~|получател~|ящик~|адрес~)",
        families=_FAMILIES,
    ),
    *texts(
        CERTAIN,
        "(no|not) [a|an|our] {such|valid|known|our|real|registered|existing|active|legal|legitimate|current"
        "|recognized|recognised|gateway|email|e mail|local|mail|matching|corresponding|longer a|longer an|one of our"
        "|defined|deliverable|of our} (MAILBOX|customer|destination) [here|there|found|exists|NAME]",
        families=_FAMILIES,
        unless=_AFTER_OTHERS,
    ),
    *texts(
        CLEAR,
        "address [ADDRESS] HAS_BEEN (GONE|unknown|not known|not found|nonexistent|non existent|undeliverable|not"
        " deliverable|unreachable|not registered)",
        "(recipient|mailbox|mail box|inbox|user|addressee|subscriber|recipient's account|email account|mail account"
        "|recipient account) [address|account|mailbox|mail box|name] [ADDRESS] HAS_BEEN (GONE|MISSING)",
        "account {that|you|tried|to|reach|are|trying|ADDRESS|NAME} (is|has been|was|is now|is currently|has) {been"
        "|currently|temporarily|now|permanently} (GONE|MISSING)",
        "(GONE|MISSING|nonexistent|invalid/inactive|unavailable) [or WORD] {local|email|e mail|mail|user|destination"
        "|virtual} (recipient|recipients|mailbox|mail box|user|users|account|addressee|rcpt|rcpt to|rcptto"
        "|destination|alias)",
        "(GONE|unknown|nonexistent|inactive|disabled) {or|WORD|local|destination} (email|e mail|mail|destination) address",
        "NAMED {is|has|are} {now} no longer {a|an|here|be} (active|valid|available|in use|used|exist~|accept~|receiv~"
        "|here|on [this|the] [server|system]|at this|monitored|in service|hosted|maintained|supported|with us|member"
        "|customer|user|working|works|found|reachable|deliverable|operational|employed|listed|associated|enabled"
        "|functioning|existing|checked)",
        "no longer (on|at|with|in) {this|the|our|that} (server|system|address|company|organization|domain|university|service)",
        "NAMED {is|are|was} not {a|an|currently|in|being|yet} (active|in use|used|enabled|available|activated"
        "|deliverable|operational|reachable|working|local user|known user|existing|accessible)",
        "(recipient|recipients|mailbox|mail box|user|account|addressee) {address|name|ADDRESS|is|are|was} not {a|an"
        "|currently} (valid|correct|right)",
        "NAMED {is|are|does|has|currently|now} (not|no longer|doesn't|isn't|won't|will not|cannot|can not|can't"
        "|stopped|never|don't) {currently|presently|any|longer|be} (accept|accepts|accepting|receive|receives"
        "|receiving|take|taking|accepted|allowed to receive|able to receive|capable of receiving) {any|new|this"
        "|incoming|inbound|further|more|your|email|e mail} (MAIL|messages|deliveries|mail|delivery)",
        "ADDRESS (is|has) no longer (valid|active|available|in use|used|here|accept~|receiv~)",
        "ADDRESS {is|was} (undeliverable|not deliverable|not reachable|unreachable)",
        "(undeliverable|undeliverable to|non deliverable) (address|recipient|mailbox|user|email address)",
        "(MAIL|delivery|it|letter) {to|for|address|the|this|recipient|ADDRESS|your} ADDRESS {is|was} (undeliverable"
        "|not deliverable|not possible|impossible|(cannot|can not|could not|can't) be (delivered|completed|made))",
        "ADDRESS {is|was} (not (known|valid|found|registered|active|a known|recognized)|unknown|does not exist|doesn't exist)",
        "NAMED {to} (is not|isn't|not) (here|there|at this|on this)",
        "name not (recognized|recognised|known|found)",
        "(address|adresse|benutzer|empfänger|postfach|konto|person) gibt es {hier} nicht",
        "n'existe (pas|plus)",
        "(user|recipient|person|employee|addressee|member|colleague) (left|moved|retired|resigned)",
        "(do not|don't|does not|doesn't) (know|recognize|recognise|have) {of|any|a|about} (this|that|the|such|any)"
        " {email|mail|local} (recipient|user|person|mailbox|address|account|addressee)",
        "(user|recipient|person|employee|addressee|ADDRESS|member) has (moved|left|retired|gone|been terminated|resigned|changed|departed)",
        "no longer (works|employed|works here|working here|uses|using)",
        "that (address|account|mailbox) is not (used|in use|known)",
        "NAMED {is|are} {currently|no longer|not} (out of service|not in service|not in use|not in operation)",
        "(alias|forwarding address|disposable address|temporary address|this address|that address) [ADDRESS] HAS_BEEN (expired|GONE)",
        "(mailbox|recipient|user|addressee|account|owner) [ADDRESS] (rejects|refuses|blocks|declines|bounces"
        "|discards) {all|any|every|incoming|your} MAIL",
        "MAIL {is|are|will|be|can|was|delivery} (not|cannot|can't) {be} (accepted|allowed|delivered|received"
        "|permitted|possible) (for|to|by) {this|that|the|such} (recipient|user|mailbox|addressee|account)",
        "(send only|send only account|noreply|no reply|do not reply|donotreply) {a} (mailbox|mailboxes|address|addresses|account|accounts)",
        "(unmonitored|unattended|not monitored|nobody reads|no one reads) [this|the] [mailbox|address|account]",
        "(domain|domain name|this domain) [ADDRESS|NAME] {is|has|was|been|are|currently} (expired|parked|no longer in"
        " use|not in use|closed|abandoned|discontinued|out of service|suspended|disabled|deactivated)",
        "(destination|rcpt|addressee) [address] [ADDRESS] {is|was} (not valid|invalid|not correct)",
        "(this|that|recipient|the) (address|account|mailbox|user) is not known {here|to|on|at}",
        "has been replaced by",
        # Recipients that the receiver refuses on purpose: qmail's badrcptto and badmailto, qmail-ldap, mailfront
        "(badrcptto|badrecipientto|badmailto) [list]",
        "envelope recipient has been denied",
        "(mail|mails|messages|email|delivery) (to|for) {that|this|the|these|such} (recipient|address|user|mailbox"
        "|account) {is|are|was|not} (not|never|no longer|refused|rejected|denied|blocked) [be|been] [accepted|allowed"
        "|permitted|delivered|deliverable]",
        # HiChina's Coremail: RPB, the recipient is on its list; RDN, no such user (or relaying forbidden)
        "(rp:rpb|rp:rdn|rp:nsu|rp:usr|rp:und)",
        "bad destination (mailbox|system|address)",  # RFC 3463, 5.1.1 and 5.1.2
        "(recipient|user|mailbox) [ADDRESS] {is|was} {currently} (unavailable|not available|suspend~|hangup|rejected by user)",
        families=_FAMILIES,
        unless=_ANOTHER,
    ),
    *texts(
        LIKELY,
        # Weaker than a mailbox, because the account may as well be the one that tried to send
        "account [ADDRESS] HAS_BEEN GONE",
        # The wording that RFC 5321 proposes for 550, also given for other reasons
        "(mailbox|mail box|account|recipient|user|address|inbox) [ADDRESS] {is|was|has|currently|temporarily|either"
        "|been} (unavailable|unavaiable|not available|inaccessible)",
        "recipient [address|addresses] (rejected|rejected:|rejected :) {user|recipient|mailbox|the|was|has been|rcpt"
        "|all|is} (access denied|inactive|blocked|on hold|denied|refused|rejected|not accepted|undeliverable|no"
        " domain|block rcpt|locked|temporarily inactive|unavailable|closed|expired)",
        "(rejected|refused|denied|blocked|declined|unacceptable) {this|the|that|your|by|destination|for} RECIPIENT",
        "(mailbox|recipient|user|addressee|account) [ADDRESS] {has|does|do|will|is} (refuse|refuses|refused|reject"
        "|rejects|rejected|refusing|blocks|declines|not want|not accept|not accepting) {to|receive|accept|the|this"
        "|your|any|from|you|receiving} (MAIL|messages|it|you)",
        "(user|recipient) refused to receive",
        "(refuse|refusing|decline|not going|unwilling) to {accept|deliver|verify|take} {that|this|the|mail|to|for}"
        " (recipient|mailbox|user)",
        "domain [NAME] {is} not in use",
        "host does not accept mail",  # RFC 7504
        "CANNOT {be} (deliver|deliver mail|deliver message|delivered|send|reach|forward) {the|this|your|MAIL|mail"
        "|message|it} {to|for} {the|this|recipient|user|mailbox|address} (ADDRESS|recipient|addressee|mailbox|user)",
        "(undeliverable|not deliverable)",
        "DOES_NOT accept {this|that|the} (recipient|address|user)",
        "(domain|host|host name|hostname) [NAME] {or|name|domain|is|was|does|not|has|the} (not found|unknown|not"
        " exist|does not exist|doesn't exist|nonexistent)",
        "(user|account|mailbox|mail box) (hangup|reject|rejected|unknown|locked|on hold|not local)",
        "(user|recipient|mailbox|account) (error|problem|invalid)",
        families=_FAMILIES,
        unless=_ANOTHER,
    ),
    *texts(
        LIKELY,
        "(mailbox|mail box|account|recipient|user|address|inbox) [ADDRESS] {is|was|has|currently|temporarily|either"
        "|been} (rejected|refused|denied|declined|not accepted|unacceptable|not ok|not acceptable|blocked)",
        "RECIPIENT [NAME] {is|are|was|were|has|have|been|by|system} REFUSED",
        "(address|rcpt) {ADDRESS|is|was|not} (rejected|not accepted|refused|not ok)",
        families=_FAMILIES,
        unless=_ITS_REASON,
    ),
    *texts(LIKELY, "bad (recipient|user|mailbox)", unless=_BAD_FORM),
    *texts(
        HINT,
        "recipient [addresses|address] rejected",
        "no valid (recipients|recipient)",
        "(recipient|recipients|mailbox|addressee|rcpt|rcpt to) [ADDRESS] {WORD} (refused|rejected|denied|not accepted"
        "|not allowed|invalid|failed)",
        "(not|doesn't|don't|no longer) exist~",
        "(unknown|not found)",
        "(wrong|bad|dead|no such) {email|e mail} address",
        "(not here|what user|who is that)",
        "(宛先|受信者|メールボックス|ユーザ)…(拒否|できま)",
        families=_FAMILIES,
        unless=_ANOTHER,
    ),
    unless=Words(
        rf"{_THE_SENDER}|\b(?:senha|contraseña|mot de passe|kennwort|passwort|пароль)\b|\b(?:authentication|auth|login)"
        rf" (?:server|database)\b|{_A_DOMAIN_OF_OTHERS}"
    ),
    supported_by=frozenset({"5.1.1", "5.1.6", "5.1.10", "5.2.1", "5.4.1"}),
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
