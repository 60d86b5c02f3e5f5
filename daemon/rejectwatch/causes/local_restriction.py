"""A rule that somebody made: this user, this time, this group, this address may not."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    "GROUP": (
        "(list|lists|mailing list|mailinglist|distribution list|distribution lists|distribution group|group"
        "|groups|mail group|newsgroup|forum"
        "|dl|conference|alias|team)"
    ),
    "MEMBERS": (
        "(members|member|subscribers|subscriber|moderators|moderator|owners|owner|subscribed users"
        "|subscribed addresses|list members|employees"
        "|staff|insiders|registered users|registered senders)"
    ),
    "INSIDE": (
        "(internal|inside|local|authorized|authorised|approved|allowed|permitted|certain|specific|selected|known|trusted|listed"
        "|restricted|its own|whitelisted|specified|designated)"
    ),
    "OUTSIDE": (
        "(outside|external|externally|outgoing|outbound|outwards|outward|off site|offsite|foreign|remote"
        "|non local|internet|the internet|other"
        " domains|other domain|other servers|the outside|the world|the outside world)"
    ),
    "MAY_NOT_SEND": (
        "(MAY_NOT {be|for|able|the|to|a} (to send|send|to submit|submit|to mail|to email|to write|to deliver"
        "|to post|post|write|contact|sending|to use|use)"
        "|(no|without|lack|lacks|lacking|insufficient|not have) {the|any|sufficient|necessary|required|proper"
        "|have} (permission|permissions|privilege|privileges|right|rights|authorization) to {(send|deliver|submit"
        "|mail|post|write)}"
        "|(disallowed|forbidden|prohibited|restricted|blocked|barred|banned|prevented|denied|disabled|suspended"
        "|denied the right) from (sending|posting|mailing|submitting))"
    ),
    "THEM": "(recipient|recipients|address|mailbox|destination|user|person|group|list|domain|account|alias|addressee|contact)",
    "HELD": (
        "(suspended|disabled|blocked|locked|frozen|banned|barred|restricted|stopped|denied|deactivated|terminated"
        "|on hold|held|paused|revoked"
        "|switched off|turned off|closed|prohibited|forbidden|not allowed|not permitted|not enabled|limited"
        "|quarantined|halted|under review)"
    ),
    "SENDING": (
        "(sending|sending mail|sending of mail|sending mails|sending email|outgoing mail|outgoing email"
        "|outgoing mails|outgoing messages|outgoing message|outbound mail"
        "|outbound email|outbound messages|outgoing smtp|outbound smtp|smtp access|smtp service|smtp sending"
        "|mail sending|email sending|external mail|external email"
        "|mail submission|submission|smtp submission|local submission|mail service|sending privileges|sending messages)"
    ),
}

# These have rules as well, and each a cause of its own.
_OTHER_RULES = Words(
    r"\bspf\b|\bspoof|\bforge|\bdomain owner|\bdkim\b|\bdmarc\b|\bsender policy\b|\bspam|\bvirus|\bmalware"
    r"|\bphish|\bblack ?list|\bblock ?list|\brbl\b|\bdnsbl"
    r"|\btls\b|\bssl\b|\bencrypt|\brelay|\bmail from\b|\benvelope sender\b|\bsender address\b|\bhelo\b"
    r"|\behlo\b|\bptr\b|\brdns\b|\breverse\b"
    r"|\bcontents?\b|\battachment|\bscore|\breputation|\bclient host\b|\bhost is\b|\bip\b|\bto send (?:\w+ )?as\b|\bbehalf\b|\bpolicyd"
    r"|\bbounces?\b|\bquota\b|\blimit|\bsender (?:is |was )?(?:refused|rejected|denied|blocked|not)\b"
)
_LOG_IN_FIRST = Words(
    r"\bauthentication (?:is )?(?:required|needed|failed)\b|\bwithout (?:\w+ )?auth|\bnot (?:yet )?(?:logged|authenticated)\b"
    r"|\bto send (?:\w+ )?(?:as|on behalf)\b|\bsending to (?:us|me)\b|\baddress you are sending from\b"
)
# What an administrator refuses by the sender's name or place is a list of his.
_WHO_SENT_IT = Words(
    r"\bsender\b|\bip\b|\bclient\b|\bhosts?\b|\byour (?:network|server|domain|address|mail|e ?mail)\b|\bspam"
)
# "Contact your administrator" is no rule of his.
_WHOM_TO_ASK = Words(
    rf"{_OTHER_RULES.pattern}|\b(?:contact|ask|call|tell|inform|see|notify|consult)(?: \w+){{0,3}} administrator"
)
_AUTHENTICATED = Words(r"\bauthenticat|\blogged (?:in|on)\b|\bip\b|\bhosts?\b|\bserver")

# "Permission denied writing mailbox": rights in a file system.
_A_FILE = Words(
    rf"{_OTHER_RULES.pattern}|\b(?:writing|opening|open|creating|create|reading|lock(?:ing)?|file|directory|folder|script|pipe)\b"
)

judge = judged_by(
    *texts(
        CERTAIN,
        "may only send {mail|to} (addresses|recipients|people|users|mail) (inside|within|in) {the|our|your}",
        "没有…(向外|外部|外发)…(权限|許可)",
        "발송 권한이 없",
        "geblokkeerd voor uitgaande",
    ),
    *texts(
        CLEAR,
        "(cannot|can not|may not|must not|can't|not allowed to) (mail|write|send|email|send mail) outside {of} {the|this|our}",
        "(is|in) {the} sandbox mode",
        "sandbox (account|mode|restrictions)",
    ),
    *texts(
        HINT,
        "see your (system|mail|network) administrat~",
        "valid [hotp|otp|access] token",
    ),
    *texts(
        CERTAIN,
        "resolver.rst",  # Exchange and Microsoft 365: restricted groups and mailboxes
        "sender {was} not authenticated (for|when sending to) {this} (group|mailbox)",
        "main account unavailable",  # Aliyun: the account that sends is held back
    ),
    *texts(
        CERTAIN,
        # closed groups and lists
        "closed (user group|group|list|mailing list|mailinglist|distribution list)",
        "GROUP [ADDRESS|NAME] {is|are|a} (closed|moderated|restricted|private|members only|read only|internal only|for members)",
        "(private|restricted|moderated|internal|closed) {mailing|mail|distribution|email} GROUP",
        "MEMBERS only",
        "only {the|registered|subscribed|our|list|group|active|current|its|their|approved} (MEMBERS|people|users"
        "|senders|addresses) {of|on|in|the|this|GROUP|inside|listed|from|our|organization|who|are|that"
        "|subscribed} (may|can|are allowed|are permitted|is allowed|are authorized|are authorised|allowed"
        "|permitted|have permission|has permission|could|are able)",
        "(post|posting|posts|postings|submission|submissions|send|write|sending|mail|access) {to|this|the|GROUP"
        "|is|are|from|by|allowed|MAIL|ADDRESS} (limited|restricted|reserved|only) {to|for|allowed|for|by"
        "|from} {the|subscribed|registered|list|group|internal} (MEMBERS|users|senders)",
        "non (member|members|subscriber|subscribers)",
        "nonmember~",
        "not {a|an|on|the|currently|in|of} (member|members|subscriber|subscribed|list member)",
        "not allowed to post",
        "MAY_NOT_SEND {MAIL|messages|mails|anything|to|this|the|that|a|any|of|in|WORD} GROUP",
        "(list|group) (expansion|delivery|access) (prohibited|denied|forbidden|not allowed|restricted)",  # RFC 3463, 5.7.2
        "private list access denied",  # Sina
        "(only|just) (accepts|accepting|accept|receives|receive|takes|gets|allows|allow|to receive|receiving"
        "|configured to receive|configured to accept|set up to receive|for) {MAIL|messages|from} {from|by|people"
        "|the|a|of} (INSIDE|MEMBERS|people in its organization|senders in|addresses on|its organization) {senders"
        "|users|addresses|sender|email|only|members|people|hosts|list}",
        "(accepts|accept|receives|receive|takes|allows|accepting) {MAIL|messages|from|only} (only from|from only|only by|from INSIDE)",
        "(must|should|has to|have to) (come|originate|be sent|be) from {the|an|a} (inside|within|internal"
        "|the company|our|your own organization|the organization|an internal)",
        "MAIL from {the|any|an} (OUTSIDE|external senders|outside senders|internet users|strangers) {is|are|was"
        "|address|addresses|hosts|senders} (not|refused|rejected|blocked|forbidden|prohibited|denied"
        "|disallowed)",
        "DOES_NOT {accept|receive|allow|take|want} {any} MAIL from {the|any|an} (OUTSIDE|external|outside"
        "|strangers|unknown senders|non members)",
        "(may|can|must|should|is to|shall) only be (written to|addressed|contacted|reached|mailed) by",
        "(address|list|group|alias|mailbox|recipient|account|server|system|service) (may|can|must|should|is to|shall) only be used",
        "(internal|private|staff|official|authorized|authorised) use [only]",
        "(used|reached|reachable|available|mailed|contacted|accessible) (internally|only internally|from inside)",
        "OUTSIDE (senders|users|people|addresses|sources|parties|persons|correspondents) {is|are|ADDRESS|to|this} (MAY_NOT|REFUSED)",
        "DOES_NOT {accept|receive|allow|take|want|permit} {any} OUTSIDE (MAIL|senders|sources)",
        "(list of|no|not an|not one of the) {the} (allowed|approved|permitted|authorized|authorised) (posters|poster)",
        "(moderator|moderators|moderation|owner) {WORD} (approval|approved|required)",
        "(receive|receiving|incoming) only (account|mailbox|user|address)",
        "(account|mailbox|user|address) {ADDRESS} (can|may|is allowed to|is permitted to) only (receive|get)",
        "delivery (restriction|restrictions)",
        "(may|can|is allowed to|are allowed to|is permitted to) only (write|send|mail|deliver) {MAIL"
        "|messages} (within|inside|internally|locally)",
        "(user|users|account|accounts|student|students|guests|members) {of|in|this|that|the|group|domain|plan"
        "|class} (cannot|can't|can not|may not|must not|do not|could not) (mail|send|write|email|post) {MAIL|to"
        "|any} OUTSIDE",
        "(have|has|need|needs) to be (approved|moderated|confirmed|released) by {the|a|an|list|its} (owner|owners"
        "|moderator|moderators|admin|administrator)",
        "OUTSIDE MAIL {is|are|will|be} not (delivered|accepted|allowed|wanted|received)",
        "permission to (send|post|write|mail) {MAIL|to|is|was|this|the|list|group|has|been} (denied|refused"
        "|required|needed|revoked|missing|withdrawn)",
        "(only|exclusively) [open|available] (to|for|by) {its|the|our|list|registered|group} MEMBERS",
        "posting {to|is|this|GROUP|IS|was} (denied|refused|prohibited|disabled|closed|not allowed|forbidden|rejected)",
        "GROUP: (senders|sender|posters|you) (must|need) {to|be} (authorized|authorised|approved|members|member|subscribed)",
        "(isn't|not) {yet|been} (enabled|activated|configured|set up|provisioned|cleared) for {the} (OUTSIDE"
        "|sending|internet mail|outgoing mail|smtp|mail sending|email sending)",
        "no (OUTSIDE) MAIL {is|are|allowed|permitted|accepted|here|for|please|may|be}",
        "(may|can|is allowed to|is permitted to|must) only (write|send|mail|deliver) {MAIL} to WORD.WORD",
        "(only|nur|solo|seulement) (employees|students|staff|teachers|managers|administrators|admins|moderators|owners) [may|can]",
        "(employees|staff|students|teachers|managers|administrators|admins) only",
        "(kein|keine|ohne) (extern~|ausgehend~) (versand|mails|nachrichten|e mails|mail)",
        "(グループ|メーリングリスト|リスト)…(投稿|送信)(でき|が許可|は許可|する権限|を許可)",
        "(구성원|회원|멤버|내부)(만|만이)",
        "DOES_NOT (permit|allow|include|have|offer) {you|users|the|any|to|use} SENDING",
        "(smtp|pop/smtp|sending|mail sending|outgoing) {is|has|been|access|service|was|mail} HELD (for|on|in"
        "|at) {your|this|the|that} (account|mailbox|user|login|plan|package|subscription|domain|customer)",
        "(may|can|must) only (mail|send|write|deliver) {MAIL|to} {the|our} (local|internal|own|company)",
        "GROUP (requires|needs|demands) {sender|the|prior|an} (authorization|permission|approval|moderation)",
        "(restricted|limited|reserved) to {INSIDE|the|only|mail|email|from|receiving|messages} (INSIDE|senders"
        "|MEMBERS|people) {senders|users|sources|addresses|sender|mail|only}",
        "only {by|for|from} authenticated (senders|users|sources) {may|can|are|is|allowed|permitted|to|be"
        "|able} (send|post|write|mail|deliver|reach|contact) {MAIL} to {this|the|that} (THEM|GROUP)",
        "only {INSIDE|the} (senders|users|sources|sender) {may|can|are|is|allowed|permitted} {to|be|able} (send"
        "|post|write|mail|deliver|reach|contact) {MAIL} to {this|the|that} (THEM|GROUP)",
        # this user may not send there, or not at all
        "MAY_NOT_SEND {MAIL|messages|mails|any|this|your|anything|directly} {to|mail|email} {any|addresses"
        "|recipients|users|people|an|the|domains|MAIL} OUTSIDE",
        "MAY_NOT_SEND {MAIL|messages|mails|anything|a|this|your|any} to {this|the|that|these|those|such|a|any"
        "|your|specified|requested|some|following} {external|destination|recipient|intended|email|mail|specific"
        "|foreign} (THEM|ADDRESS)",
        "not (allowed|permitted|authorized|authorised|entitled) {to|for} (send|mail|deliver|write|post|sending|delivery) {MAIL} to ADDRESS",
        "(recipient|destination|target) {domain|domains|address|of|host|the|mail} [ADDRESS|NAME] {is|are"
        "|was} {currently|also|either} (not (allowed|permitted|authorized|authorised|approved|enabled)|prohibited"
        "|forbidden|disallowed|restricted|barred) {for|to|by|from|with|in|under} {your|this|the} (account|user"
        "|login|sender|you|policy|mailbox|plan|domain|package|subscription|administrator|group)",
        "(recipient|destination|target) {mail|email} (domain|domains) [ADDRESS|NAME] {is|are|was"
        "|currently} (not (allowed|permitted|authorized|authorised|approved)|prohibited|forbidden|disallowed"
        "|restricted)",
        "OUTSIDE {mail|email|emails|messages|delivery|recipients|recipient|domains|domain|addresses|destinations"
        "|sending|smtp|traffic|users|is|are|for|this|your|account|user} (not (allowed|permitted|authorized"
        "|authorised|enabled)|prohibited|forbidden|disallowed|denied|disabled|restricted|suspended|blocked|barred"
        "|stopped)",
        "DOES_NOT (permit|allow|let|entitle|authorize|include) {you|users|the|user|for|to|any} {to|sending|send"
        "|of|the|any|mails|mail|email} (OUTSIDE|internet) (MAIL|sending|recipients|forwarding|domains|addresses"
        "|delivery|access)",
        "DOES_NOT (permit|allow|let|entitle) {you|users|the|user|to|sending|send|of|any|mails|mail|email|messages} to {any|an|the} OUTSIDE",
        "(need|needs|require|requires) {a|the|special|prior} (permission|authorization|approval) to (write|send|post|mail)",
        "(sending|mailing|posting|writing|access|submission|submissions) to [this|the] [NAME] [NAME] (is"
        "|are) (limited|restricted|reserved) to",
        "(internal|local|intranet|inside) {mail|email|use|recipients|delivery|domain|addresses|domains|users} only",
        "only {send|to|allowed|permitted|may|mail|be|deliver|write|able|can} to {the|send|mail} (internal|local"
        "|own|inside|same|in house|permitted|allowed|approved|whitelisted)",
        "SENDING [(from|for|by|of) [the|your|this] [account|user|domain] [ADDRESS|NAME]] {has|have|is|was|are"
        "|been|temporarily|currently|permanently|privileges|rights} HELD",
        "(privileges|rights|permissions) {to|send|for|sending|mail|MAIL|of} {has|have|is|was|are|been|temporarily"
        "|currently|permanently} HELD",
        "(suspended|disabled|blocked|locked|frozen|banned|barred|restricted|stopped|denied|revoked|prevented"
        "|prohibited|forbidden) (for|from) {the|of|all|any|your} SENDING",
        "HELD from {the|any} sending",
        "(your|sender's|sender|sending|originating|relay|smtp|submitting) {email|e mail|mail|user|smtp|hosting"
        "|ADDRESS|NAME} (account|mailbox|subscription|service) [ADDRESS|NAME] {is|has|was|been|have|currently"
        "|temporarily|permanently|administratively|for|sending|from} (suspended|disabled|blocked|locked|frozen"
        "|banned|barred|restricted|stopped|deactivated|terminated|on hold|revoked|closed|inactive|not active"
        "|not activated|expired)",
        "(outbounds|inbounds|outbound|inbound) disabled",  # Mimecast
        "bad outbound sender",  # Microsoft 365: the account is held back from sending
        # times
        "(business|office|working|opening|closing|service|operating|work|permitted|allowed) hours",
        "(outside|outside of|not within|after|beyond) {the|of|permitted|allowed|your} (time window|time frame"
        "|allowed time|permitted time|time period|schedule|time slot|curfew|hours)",
        "(at|during) (this|the|that) (hour|hours|time of day|time of the day|night|weekend|maintenance|time period|closing time|holidays)",
        "(closed|off|stopped|not available|unavailable|disabled|no mail|not accepted) {accepted|at|on|for"
        "|during} (at night|overnight|weekends|weekend|sundays|holidays|the night|the weekend|the holidays)",
        "(accepted|allowed|possible|permitted|available|open|sent) {only} (between|from) WORD (and|to|until|till) WORD",
        "(stop|suspension|freeze|ban|block|halt|blocking) {of|on|for|all} (outbound|outgoing|external|internet) MAIL",
        "(mail|smtp|system|server|scheduled|outbound|outgoing|service|for|planned|under|site|in|down|routine) maintenance",
        # rules of the administrator
        "(access|control|permission) (list|lists|control list|control|rule|rules|map) {WORD} (denies|deny|denied"
        "|rejects|rejected|forbids|prohibits|blocks|blocked|refuses|restricts)",
        "sites access list denies",  # indimail
        "delivery not authorized",  # RFC 3463, 5.7.1; Exchange
        "(mailbox|mail box|recipient|address|list|group) [ADDRESS|NAME] {is|are|has|been} {a} restricted",
        "restricted {to|mail|email|use} (mailbox|recipient|address)",
        "delivery {to|this|the|recipient|address|ADDRESS|is|mailbox} restricted",
        "(メンバー|会員|登録者|登録メンバー|投稿者|参加者)…(のみ|以外|だけ|ではあり|でない|しか|に限)",
        "(仅|只|只能|只允许|仅限|僅限)(接受|接收|限|允许|能由|有)(|组|群|列表|内部)(成员|会员|成員|會員|内部|本组|管理)",
        "(管理者)…(拒否|禁止|制限|停止|許可)",
        "(外部|社外|学外|組織外|他ドメイン|インターネット)…(送信|送る|メール|宛)…(できま|できな|禁止|許可|制限|拒否|不可)",
        "(送信|投稿|発信|利用|配信)(が|は|を|権限が|する権限|する権限が|権限)…(制限され|禁止され|停止され|許可され|許可して|ありません|認められ|認めて)",
        "(アカウント|利用者|ユーザ|契約)…(停止|凍結|ロック|利用制限)",
        "(投稿|送信)(を許可|は許可|が許可|権限が|権限)…(ません|ない)",
        "(時間外|受付時間|営業時間|メンテナンス)",
        "(管理员|管理員|系统管理|单位管理)…(禁止|限制|拒绝|不允许|设置)",
        "(外部|外域|外网|站外|域外|外发|对外)…(发送|邮件|投递|发信)…(禁止|不允许|限制|无权|拒绝|没有权限)",
        "被限制(发信|发送|外发)",
        "(无权|没有权限|未被授权|没有被授权|无权限|不允许|禁止)…(外域|外部|域外|外发|发信|发送邮件|该组|邮件列表|邮件组|群组)",
        "(发信|发送|外发|帐号|账号|帐户|账户)…(被冻结|已冻结|被停用|已停用|被禁用|已禁用|被锁定|已锁定|被禁止|受限|被封)",
        "(외부|회원|관리자|구성원)…(발송|발신|전송|메일|만)…(제한|금지|차단|불가|가능|할 수 없)",
        "(계정|발송)…(정지|제한|잠금|잠긴|금지)",
        "권한이 없",
        "(nur|ausschließlich) (für|von|an) {mitglieder|interne|interner|internen|eigene} (mitarbeiter|mitglieder"
        "|mitgliedern|mitarbeitern|beschäftigte|absender|absendern|empfänger)",
        "(nur|ausschließlich)…(mitglieder|mitgliedern|interne|internen|angehörige)",
        "(nicht berechtigt|keine berechtigung|nicht befugt|nicht gestattet|nicht erlaubt)…(liste|gruppe|verteiler"
        "|extern~|senden|versenden|schreiben)",
        "(versand|senden|versenden|mails|e mails|nachrichten) {nach|an|ins|zu} (extern|externe|externen|außen"
        "|aussen|außerhalb|ausserhalb|internet)…nicht",
        "(ihr konto|ihr account|versand|absenderkonto|ihr benutzerkonto)…(gesperrt|deaktiviert|eingeschränkt)",
        "(réservé|reserve|réservée|réservés|limité|limitée) aux (membres|abonnés|utilisateurs)",
        "(seuls|uniquement|seulement)…(membres|abonnés|internes)",
        "(votre compte|envoi|envois|envoi de)…(suspendu|bloqué|bloque|désactivé|interdit)",
        "(pas autorisé|n'êtes pas autorisé|non autorisé)…(envoyer|écrire|liste|groupe|externe)",
        "(solo|sólo|somente|apenas|solamente|únicamente|unicamente)…(miembros|membros|membri|suscriptores|usuarios internos|internos)",
        "(su cuenta|tu cuenta|sua conta|il tuo account|suo account|envío|envio|invio)…(suspendid~|bloquead~"
        "|suspensa|suspenso|sospes~|bloccat~|deshabilitad~)",
        "(no|não|nao|non) {está|esta|tiene|tem|es|é|ha|sei|sono} (autorizado|autorizada|permiso|permissão"
        "|permitido|autorizzato|il permesso|i permessi)…(enviar|inviar~|mandar|envío|lista|grupo|gruppo"
        "|extern~)",
        "(только|лишь)…(участник~|член~|подписчик~|сотрудник~)",
        "(ваш аккаунт|ваша учетная запись|отправка)…(заблокирован~|приостановлен~|отключен~|запрещен~)",
        families=_FAMILIES,
        unless=_LOG_IN_FIRST,
    ),
    *texts(
        CERTAIN,
        "(denied|rejected|refused|blocked|prohibited|forbidden|disallowed|restricted|disabled|suspended"
        "|not allowed|not permitted|stopped|locked|closed|set|banned) {by|for|from|the|your|a|this|our|system"
        "|mail|site|local|domain|network|email|server} (administrator|administrators|admin|sysadmin|postmaster"
        "|administration|acl|access list|access control|access control list)",
        "(administrator|administrators|admin|sysadmin|postmaster) {has|have|of|the|this|your|domain|system|is"
        "|recipient|recipient's} (denied|restricted|disabled|blocked|prohibited|forbidden|disallowed|suspended"
        "|locked|prohibits|forbids|disallows|restricts|not allowed|not permitted|does not allow|doesn't allow)",
        families=_FAMILIES,
        unless=_WHO_SENT_IT,
    ),
    *texts(
        CLEAR,
        "only (accept|accepts|receive|receives|take|takes|gets|allow|allows) {any|incoming|new} MAIL from",
        "only WORD [and] [WORD] (may|can|are allowed to|are permitted to|have permission to|are able to) (write"
        "|post|send|mail|submit|email|use)",
        "MAIL only from",
        unless=_AUTHENTICATED,
    ),
    *texts(
        CLEAR,
        # The sender's rights towards a recipient, or at all
        "(user|sender|account|login|client|this user|this account|customer) [ADDRESS|NAME] {do|does|is|are|was"
        "|currently|has} MAY_NOT_SEND {any|outgoing|outbound|new} (MAIL|messages)",
        "(user|users|account|you|sender) [ADDRESS|NAME] {is|are|has|have|been|currently} (blocked|suspended"
        "|prohibited|barred|banned|disabled|restricted|locked|forbidden|prevented) (from|for) {sending|outgoing"
        "|mail|smtp}",
        "(you|user|sender|account) [ADDRESS|NAME] (may not|can not|cannot|can't|must not) (send|mail|write|post) {MAIL} to ADDRESS",
        "(you|sender|user) (do not|don't|does not|has no|have no) {the|have} (permission|permissions|privilege|right|rights) to",
        "(authentication|access|service) is closed for",
        "(policy|rule|restriction) {WORD} (prohibited|prohibits|forbids|disallows|restricts|prevents"
        "|does not allow|does not permit|doesn't allow)",
        families=_FAMILIES,
        unless=_OTHER_RULES,
    ),
    *texts(
        CLEAR,
        "insufficient (permission|permissions|privilege|privileges|rights|access rights)",
        "permission denied",
        unless=_A_FILE,
    ),
    *texts(
        LIKELY,
        "authorization (failure|failed|error|denied)",  # indimail hides which: no such sender, inactive, or flagged NO_SMTP
        "administrativ~ (prohibition|prohibited|restriction|restricted|reason|reasons|denied|denies|rule|block"
        "|forbidden|reject|rejected|disabled|refused)",
        "(admin|administrative|system|local) prohibit~",
        "(rejected|refused|blocked|denied|declined|prohibited|not accepted|not delivered|bounced|returned|stopped"
        "|forbidden) {for|by|due|to|because|of|a|local|the|our|this|site|system|server|internal|domain"
        "|recipient} (policy|policies|policy restriction|rule|rules|administrator settings|settings|restrictions"
        "|organizational settings)",
        "(violates|violate|violation of|violated|against|breach of|not comply with|due to|by|because of"
        "|according to|contrary to|under|per) {our|the|this|your|a|local|recipient's|an|site|security} (company"
        "|corporate|organi~|organizational|security|site|server|system|usage|administrative|email|mail|local"
        "|network|domain|acceptable use|acceptable usage|internal|business) (policy|policies|rule|rules"
        "|restriction|restrictions|regulation|settings|setting)",
        "(local|organizational|organisational|site|corporate|company|administrative|administrator) (policy"
        "|restriction|rule) {violation|prohibits|denies|denied|rejected|refuses|refused|WORD}",
        "(policy|policies) (violation|restriction|restrictions|reject|rejection|refused)",
        "MAY_NOT_SEND",
        "(local submission|submission) {is|has|been} (refused|denied|not for you|not available for you)",
        "(recipient|rcpt|destination) [ADDRESS] {address|is|was} (not allowed|not permitted|not authorized"
        "|not authorised|restricted|forbidden|prohibited|disallowed)",
        "(MAIL|messages) (from|to|for) {ADDRESS|is|are|this|the|user|WORD} not {currently} (allowed|permitted"
        "|authorized|authorised) {at|here|to|for|from|by}",
        "(system|server|site|host|smtp) {is|are|currently|does|do} not {currently} (accepting|accept|receiving"
        "|processing) {network|any|new|outgoing|incoming|smtp} (MAIL|messages|mail)",
        "(suspended|restricted)",
        families=_FAMILIES,
        unless=_OTHER_RULES,
    ),
    *texts(
        HINT,
        "(policy|policies|rule|rules|forbidden|prohibited|not permitted|unauthorized|unauthorised"
        "|not authorized|not authorised)",
        unless=_OTHER_RULES,
    ),
    *texts(HINT, "administrator", unless=_WHOM_TO_ASK),
    supported_by=frozenset({"5.7.2", "5.7.13", "5.7.124", "5.7.133", "5.7.134", "5.7.135", "5.7.136"}),
)


def who_acts(reading: Reading) -> WhoActs:
    """Whoever made the rule: here our administrator, elsewhere the recipient's side."""
    return "remote" if reading.reply.refused_by == "remote" else "admin"


CAUSE = Cause(
    slug="local_restriction",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "recipient_domain"),
)
