"""That sender, or the domain of it, is on the receiver's own list."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    # "the envelope sender <a@b.example>", "sender's domain b.example", "your e-mail address"
    "SENDER": (
        "([THE|our|its|all|of|from] {envelope|email|mail|smtp|header|from|message|original|this}"
        " (sender|senders|sender's|sender address|mailfrom|mail from:|return path|reverse path|from address|from addresses"
        "|from field|from header|from domain|originator|mail sender)"
        " {email|mail|envelope|address|addresses|domain|domains|name|user|account|identity|mailbox|of} [ADDRESS|WORD.WORD])"
    ),
    "YOUR_ADDRESS": (
        "(your (e mail address|email address|mail address|email addr|address|sender|sender address|from address|envelope sender"
        "|domain|domain name|email domain|mail domain|sender domain|sending domain|company|organization|organisation)"
        " [ADDRESS|WORD.WORD])"
    ),
    "HAS_BEEN": (
        "{is|are|was|were|has|have|been|be|being|got|added|put|placed|entered|currently|now|still|also"
        "|temporarily|temporary|permanently|already|locally"
        "|administratively|automatically|explicitly|found|listed|address|domain|that|which|which is|by|us}"
    ),
    # What is only said of somebody who is on a list
    "BANNED": (
        "(blocked|banned|blacklisted|black listed|blocklisted|block listed|denylisted|deny listed|barred|blackholed|killfiled"
        "|kill filed|unwanted|undesired|undesirable|not wanted|unwelcome|not welcome|no longer welcome|ignored|blacklist|blocklist"
        "|suppressed|filtered|shunned|junked|muted|not wanted here)"
    ),
    "REFUSED": (
        "(rejected|refused|denied|declined|not accepted|unacceptable|prohibited|forbidden|disallowed|restricted|not allowed"
        "|not permitted|will not be accepted|(can|may) not be accepted|cannot be accepted|not acceptable|not liked)"
    ),
    "LIST": (
        "(blacklist|black list|blacklists|black lists|blocklist|block list|blocklists|blocked list|blocked senders|blocked sender"
        "|blocked senders list|blocked sender list|deny list|denylist|denied list|reject list|rejection list|ban list|banlist"
        "|banned list|ignore list|kill list|killfile|kill file|bad list|spam list|spammer list|spammers list|junk list"
        "|junk senders list|list of (blocked|banned|denied|bad|rejected|unwanted|spammers|refused|spam) [senders"
        "|addresses|domains|sender addresses]"
        "|badmailfrom list|sender filter list|refused senders|bad senders|bad sender list|senders to reject|access list"
        "|private block list|personal block list|suppression list|senderfilterconfig list|spammers database|ignored senders"
        "|(reject|deny|denied|block|blocked|kill|bad|ban|banned|ignore|junk|refuse|access) (map|table|rule|rules"
        "|pattern|patterns|file|database|db))"
    ),
    "OWNER": (
        "{domain's|domain|company's|organization's|the|our|my|a|an|your|its|his|her|their|this|local|system"
        "|server|server's|global|site|company|user's|users|user|recipient's|recipient|customer's|internal|own"
        "|personal|private|mail}"
    ),
    "TAKE": "(accept|want|receive|take|like|permit|allow|welcome)",
}

# The address of a host, what proves a sender, its form, its existence, its login: other causes.
_A_HOST = (
    r"\bclient host\b|\bserveur\b|(?<![a-z])ip(?![a-z])|\byour address \[?\d{1,3}\.\d|\bsender(?:'s)? (?:ip"
    r"|host|server|mta)\b|\bip address(?:es)?\b|\byour (?:ip|host|server|mta|network)\b"
)
_A_PROOF = r"\bspf\b|\bdkim\b|\bdmarc\b|\bspoof|\bforg(?:ed|ery|ing)\b|\bptr\b|\breverse dns\b|\bhelo\b|\behlo\b|\bimperson"
_A_FORM = (
    r"\bsyntax\b|\bmalformed\b|\bnot valid\b|\binvalid\b|\bfully.qualified\b|\bformat\b|\brfc ?\d|\bnot found\b|\bdoes(?: not|n't) exist"
    r"|\bmust exist\b|\bunknown\b|\bresolv|\bmx\b|\bdns\b|\bverif|\bundeliverable\b|\bno such\b|\bnonexist|\bcallout\b|\bunroutable\b"
    r"|\bunrouteable\b|<>|\bnull\b|\bempty\b|\bcheck your\b|\bbogus\b"
)
_A_LOGIN = (
    r"\bnot owned\b|\bowned by\b|\blogged\b|\bauth|\blog ?in\b|\bsend as\b|\bon behalf\b|\brelay|\bsasl\b"
    r"|\bidentity\b"
)
_A_LIMIT = (
    r"\blimit|\bquota\b|\bexceed|\btoo many\b|\brate\b|\bfrequency\b|\bper (?:hour|minute|day)\b"
    r"|\btoo (?:large|big|long)\b|\bsize\b|\bfull\b"
)
_A_MESSAGE = (
    r"\battachment|\bvirus|\burls?\b(?! ?:? ?/)|\buris?\b|\blinks?\b|\bin (?:the |your )?(?:message )?(?:body"
    r"|content)\b"
)

_TO_IT = r"\b(?:mail|messages?|sending|delivery) to (?:this|that|the) domain\b|\bto (?:free ?mail|web ?mail|these|those)\b"
_A_PUBLIC_LIST = r"\brbl|\bdnsbl|from \[?\d{1,3}(?:\.\d{1,3}){3}"
_NOT_THE_SENDER = Words(f"{_A_HOST}|{_A_MESSAGE}|{_A_PUBLIC_LIST}|{_TO_IT}")
_ANOTHER_REASON = Words(f"{_NOT_THE_SENDER.pattern}|{_A_PROOF}|{_A_FORM}|{_A_LOGIN}|{_A_LIMIT}")

_OPEN = 38
"""Both a sender and a list are named, in words that were not foreseen."""

judge = judged_by(
    *texts(
        CLEAR,
        "chosen not to (receive|accept|get) {any} (mail|messages|email) from",
        "(sender|sender domain|sender address|domain) is known for (phishing|spam|spamming|abuse)",
    ),
    *texts(
        LIKELY,
        "(mail|messages) from ADDRESS is not accepted (on|by|at|here)",
    ),
    *texts(
        CERTAIN,
        # qmail and its patches, mailfront, indimail, qpsmtpd
        "(badmailfrom|badmailfroms|badmailpatterns|badsender|badsenders|blackholedsender|badfrom|mailfromd)",
        "envelope sender has been denied",
        "sender {is|enlisted|as|listed|a|an|known|in|on} (spammer|spammers)",
        "(your|this) MAIL was administratively denied",  # qmail-ldap
        "SENDER HAS_BEEN BANNED",
        "YOUR_ADDRESS HAS_BEEN BANNED",
        "(this|the) address {you're|you|are|sending|from|which|is|has|been} BANNED",
        "SENDER HAS_BEEN REFUSED (by|in|on|due to|because of) OWNER LIST",
        "ADDRESS {is} (in|on) OWNER LIST",
        "(user|address|mail address|email address) ADDRESS HAS_BEEN BANNED",
        "(SENDER|YOUR_ADDRESS) HAS_BEEN (in|on|by|to|at|into|via) OWNER LIST",
        "BANNED (sender|senders|sender address|sender addresses|from address|sender domain|sender's domain"
        "|sender email|email address|mail address|domain|domains|originator|user)",
        "(sender|senders|sender's|from) (BANNED|LIST)",
        "host denies the sender",  # Sina
        "(BANNED|banning|blocking) {the|this|all|mail|from} YOUR_ADDRESS",
        "(SENDER|YOUR_ADDRESS|sender|from address) {HAS_BEEN} (matches|matched|match|hit|hits|on|in|found in) {by"
        "|a|an|the|our|local|WORD} (LIST|(reject|rejected|deny|denied|block|blocked|banned|forbidden"
        "|bad) (pattern|rule|entry|expression))",
        "(recipient|user|addressee|receiver|mailbox owner) {has|ADDRESS|have} (put|placed|added) (you"
        "|your address|your domain|the sender|this sender) {on|in|to|into} OWNER LIST",
        "(tld|tlds|top level domain|top level domains) {WORD} HAS_BEEN (BANNED|REFUSED)",
        "(freemail|free mail|free email|webmail) {senders|addresses|providers|accounts|domains|sender|address"
        "|provider|account|services} HAS_BEEN (BANNED|REFUSED)",
        "(recipient|user|addressee|receiver) [ADDRESS] (DOES_NOT|no longer) (want|wish|wishes|like|care) to (hear"
        "|receive|get) {MAIL|any|messages} from (you|your|this|THE sender)",
        "(reject_sender|reject_senders|sender_reject|sender_blacklist|blocked_senders|deny_senders|sender_access)",
        "(recipient|user|addressee|owner|receiver|mailbox owner) {of|this|the|mailbox|address|ADDRESS"
        "|has} (chosen|decided|elected|asked|opted|requested) not to (receive|accept|get|see) {any"
        "|MAIL} from (you|your|THE sender|this)",
        "(recipient|user|addressee|receiver) {ADDRESS} (rejects|refuses|declines|blocks|filters|denies) {all|any"
        "|your} MAIL from (you|your|this|THE sender|WORD.WORD|@@@|<@@@>)",
        "(recipient|user|addressee|receiver) {ADDRESS|has} [a|an] (block|filter|rule|blocking) (on|against"
        "|for) (you|YOUR_ADDRESS|your|THE sender|this)",
        "(mail from|mailfrom|from address|envelope from) {HAS_BEEN|domain|address} (on|in) {our|the|my|a|WORD} LIST",
        "(you are|you're|your address is|sender is) {now|HAS_BEEN} (in|on) {my|our|his|the} LIST",
        "sender (pattern|patterns|mask) HAS_BEEN REFUSED",
        "sender (pattern|patterns|mask) (BANNED|blocked)",
        "(SENDER|YOUR_ADDRESS|you) HAS_BEEN (reported|known|identified|marked|flagged) {as|a|by|for|our"
        "|users} (spammer|spamming|spam source|sender of spam|abuse)",
        "(spammer|spammers) (address|addresses|domain|domains)",
        "(decided|chosen|chose|agreed) not to (TAKE) {any|more} MAIL from",
        "MAIL from {this|that|your|such|the} (domain|address|sender) {HAS_BEEN} (disabled|stopped|switched off|turned off)",
        "domain WORD.WORD HAS_BEEN REFUSED",
        "DOES_NOT (want|wish|like) to (receive|get|accept|see|have) {any|more} (MAIL|anything) from (you|your|this|that|such|THE)",
        "(your|all your) (MAIL|mails|messages) {is|are|HAS_BEEN} (not wanted|unwanted|not welcome|unwelcome)",
        "black mail address",
        "(mi:spb|wm:blu)",  # NetEase, HiChina: not among the senders that the system allows
        "user in blacklist",
        "(sender|address|domain) [ADDRESS] found on OWNER LIST",
        "envelope blocked",  # Mimecast: Blocked Senders
        "header based manually blocked",
        "policy level block list",
        "managed sender",
        "sender address NAME blocked using",  # Postfix: reject_rhsbl_sender
        "(MAIL|mails) (from|by|sent by) [THE] [sender|user|domain|address] <@@@> HAS_BEEN BANNED",
        "(blocked|blacklisted|rejected|refused) by {the|your|his|this|intended} (recipient|recipients|addressee"
        "|user|receiver|mailbox owner|recipient's|user's) [LIST|filter|rule|policy|rules|filters]",
        "(recipient|user|addressee|receiver|recipient's|mailbox owner|subscriber) {has|ADDRESS|have|is"
        "|explicitly} (blocked|blacklisted|banned|blocks|blocking) (any|all|MAIL|you|your|messages|THE)",
        "(recipient's|user's|personal|receiver's|recipient|his|her) LIST",
        "domain [ADDRESS|WORD.WORD] HAS_BEEN (blacklisted|black listed|blocklisted|banned|blocked|listed in)",
        "(sending to/from|sending from) an address that has been blacklisted",
        "(address is not liked|denied by the policy analysis)",  # ZMailer
        "is denied by the policy analysis",
        "(suspected spam sender|spam sender)",  # QQ
        families=_FAMILIES,
        unless=_NOT_THE_SENDER,
    ),
    *texts(
        CLEAR,
        "(sender|sender address) (denied|is rejected)",  # Exchange, Coremail
        "sender address rejected: access denied",  # Postfix: REJECT in check_sender_access
        "(DOES_NOT|do not) TAKE [any|your|any more] (MAIL|mails|messages|mail|spam) from (spammers|you"
        "|your (domain|address|company|organization)|this|that|these|such|here|sender|@@@|<@@@>|domain) {sender"
        "|address|domain|senders|site}",
        "(MAIL|mail) {sent|coming|messages|originating} from (this|that|your|such|THE sender) {email|mail"
        "|sender} (sender|address|domain|user|account|company|organization|senders) [ADDRESS"
        "|WORD.WORD] HAS_BEEN (REFUSED|BANNED)",
        "MAIL {sent|coming} from (ADDRESS|<@@@>|@@@) HAS_BEEN (REFUSED|BANNED)",
        "no MAIL {is|accepted|allowed|wanted|welcome} from (this|that|your|such|you) {sender|address|domain|user}",
        "no (more MAIL|MAIL) from (@@@|<@@@>|WORD.WORD) (please|accepted|allowed|wanted|here)",
        "MAIL from .WORD [domain|domains|addresses|senders] HAS_BEEN (REFUSED|BANNED)",
        "(i|we|user|recipient|he|she|they) DOES_NOT (want|need|wish) {any|more|of|to|see|receive|get} your (MAIL"
        "|mails|spam|messages|newsletter|newsletters)",
        "(@@@|<@@@>) HAS_BEEN (banned|blacklisted|blocklisted|black listed|unwelcome|not welcome)",
        "only {from} (whitelisted|white listed|allowlisted|approved|known) (senders|sender|addresses) {HAS_BEEN"
        "|can|may} (accepted|allowed|permitted|send|welcome|accept)",
        "(blacklisted|banned|blocked) (from header|from: header|header from|from address|from:)",
        "(get lost|piss off|die|go away|no thanks|shame on you), {you|WORD} (spammer|spammers)",
        "unsubscribe (us|me)",
        "(MAIL|mail|messages) from you HAS_BEEN (REFUSED|BANNED)",
        "YOUR_ADDRESS HAS_BEEN REFUSED",
        "(reject|refuse|rejects|refuses|block|blocks|blocking) [all|any] (MAIL|mails) from (your (domain|address"
        "|company|organization)|you|this|that|@@@|<@@@>|WORD.WORD)",
        "(rejected|refused|denied|unacceptable|prohibited|forbidden|disallowed|spam|spamming|spammer|unauthorised"
        "|undesirable) (sender|senders|sender address|from address|sender domain)",
        "(dbl|rhsbl|rhs block list|domain block list|domain blacklist)",
        "domain {present|listed|found|has|is|been|WORD} (in|on|at|by) [the] [WORD] (dbl|dbl.spamhaus.org|surbl|uribl|rhsbl|LIST|rbl)",
        "domain reputation",
        "reputation of the {sending|sender|sender's|from} domain",
        "access denied for (sender|mail from|ADDRESS|your address)",
        "(sender|from) address (is|was) (barred|unwelcome|not welcome|not wanted)",
        "(you|your address) HAS_BEEN (blocked|blacklisted|banned) by {this|the} (user|recipient|mailbox|account|member)",
        "(recipient|user|mailbox) {ADDRESS} (DOES_NOT|do not|refuses to|doesn't want to|no longer) (accept"
        "|receive|want|wish to receive|take) [any] MAIL from (you|THE sender|this|your|<@@@>|@@@|ADDRESS)",
        "rejected by {the|intended} (recipient|recipients|addressee)",
        "(sender|you|address|domain) {is|are|address|ADDRESS} not {on|in} {the|our|my|recipient's|user's|a"
        "|allowed} (whitelist|white list|allow list|allowlist|safe list|safelist|address book|addressbook"
        "|contacts|contact list|friends list|list of friends|allowed senders|allowed senders list"
        "|permitted senders|list of permitted senders|list of allowed senders|approved senders list)",
        "sender not pre approved",
        "spammers {are|is|not|no} (rejected|refused|welcome|wanted|accepted|allowed)",
        "(no spammers|spammers not welcome|spammer go away|known spammer|you are a spammer|spammer rejected)",
        "(because|since) the sender isn't on",
        families=_FAMILIES,
        unless=_ANOTHER_REASON,
    ),
    *texts(
        CLEAR,
        "(送信者|差出人|送信元アドレス|送信元ドメイン|発信者)…(受信拒否|ブラックリスト|ブロック|着信拒否|拒否され)",
        "(受信拒否|着信拒否)(|設定|リスト)",
        "(受信者|受取人|ユーザ|利用者)(により|によって|が|の設定により|の設定で)(|受信を|受信が|このメールを)(拒否|ブロック)",
        "(このドメイン|このアドレス|この送信者|あなた|貴方|差出人|送信者)からの(メール|メッセージ)(は|を)…(受信しません|受け取りません|受け取れません|拒否|受信できません|受け付け)",
        "(对方|收件人|收件方|用户)(|已|设置了|已经|已将您)(拒收|拒绝接收|屏蔽|拉黑|拒绝您)",
        "(수신자|수신인|받는 사람|받는사람)…(차단|거부|수신거부)",
        "(der empfänger|empfänger|der benutzer) hat (sie|ihre adresse|ihre domain|den absender|ihre mails"
        "|ihre nachrichten)…(blockiert|gesperrt|geblockt|abgelehnt)",
        "le destinataire (a bloqué|a refusé|refuse|bloque|ne souhaite pas) (vos|vous|votre|l'expéditeur|recevoir)",
        "(el destinatario|il destinatario|o destinatário) (ha bloqueado|bloqueó|ha bloccato|bloqueou|ha rechazado|ha rifiutato|rejeitou)",
        "получатель (заблокировал|отклонил|не принимает|отказался|внес вас)",
        "(发件人|发信人|发件域|发件地址|发件人地址|发件域名|寄件人|寄件者|域名)…(黑名单|拒绝|被拒|屏蔽|禁止|拒收|黑名單|拒絕)",
        "(收件人|用户|对方)(|设置了|已|已将您|加入|列入)(拒收|加入黑名单|列入黑名单|黑名单)",
        "(귀하의|당신의)(| )(도메인|메일|주소)…(차단|거부|수신거부)",
        "(발신자|보낸 사람|보낸사람|송신자|발송자|발신 도메인|보내는 사람)…(차단|거부|블랙리스트|수신거부)",
        "(수신거부|수신 거부)",
        "(absender|absenderadresse|absenderdomain|absender domain|ihre domain|ihre e mail adresse|ihre adresse"
        "|ihre mailadresse|ihre emailadresse)…(gesperrt|blockiert|geblockt|blacklist|sperrliste|abgelehnt"
        "|unerwünscht|zurückgewiesen|verweigert|nicht erwünscht|nicht akzeptiert)",
        "(l'expéditeur|expéditeur|expediteur|votre adresse|votre domaine|adresse d'expéditeur|émetteur)…(bloqué"
        "|bloque|bloquée|liste noire|refusé|refuse|refusée|rejeté|rejetée|interdit|indésirable|blacklisté)",
        "(remitente|su dirección|su direccion|su dominio|dominio del remitente)…(bloqueado|bloqueada|lista negra"
        "|rechazado|rechazada|denegado|no permitido|no autorizado|no deseado)",
        "(remetente|seu endereço|seu endereco|seu domínio|seu dominio)…(bloqueado|lista negra|rejeitado|recusado|não permitido|negado)",
        "(mittente|il tuo indirizzo|il suo indirizzo|il vostro dominio)…(bloccato|lista nera|blacklist|rifiutato"
        "|respinto|non gradito|non accettato|vietato)",
        "(отправител|ваш адрес|ваш домен|адрес отправител|домен отправител)~…(заблокирован|чёрном списке"
        "|черном списке|чёрный список|черный список|отклонен|отвергнут|запрещ)~",
        "(nadawca|adres nadawcy)…(zablokowan|czarnej liście|odrzucon)~",
        families=_FAMILIES,
        unless=_ANOTHER_REASON,
    ),
    *texts(
        LIKELY,
        "SENDER HAS_BEEN REFUSED",
        "(MAIL|access) from (<@@@>|WORD.WORD) HAS_BEEN REFUSED",
        "(you|sender) HAS_BEEN (blacklisted|banned)",
        "DOES_NOT TAKE [any] MAIL from (WORD.WORD|ADDRESS|THE|your|you|these|such|those)",
        "not welcome",
        "DOES_NOT (do business|deal|talk) with you",
        "(sender|senders) [address|domain] [WORD.WORD] HAS_BEEN (in|on) OWNER list",
        families=_FAMILIES,
        unless=_ANOTHER_REASON,
    ),
    *texts(
        HINT,
        "sender address rejected",
        "(sender|senders|originator) {address|domain|ADDRESS} HAS_BEEN REFUSED",
        "(refused|refuses|refuse) to (receive|accept) this MAIL",
        "(unwanted|unwelcome)",
        "sender policy: WORD REFUSED",
        "(from this|this) sender",
        "(spammer|spammers)",
        families=_FAMILIES,
        unless=_ANOTHER_REASON,
    ),
    *texts(
        _OPEN,
        "(sender|senders|sender's|mail from|mailfrom|from address|return path|your address|your domain"
        "|your email address|your e mail address|your company) …(BANNED|LIST|list|lists|pattern|block|unwanted"
        "|not wanted|spammer|reported|abuse|spamming|filter)",
        "(BANNED|LIST|blocks|block|refuses|rejects|unwanted|not wanted) …(sender|senders|sender's|mail from"
        "|mailfrom|from address|return path|your address|your domain|your email address|from you)",
        "(your|your mail|your mails|your messages|you) {are|is|be|has|have|been|not} (not wanted|unwanted"
        "|not welcome|unwelcome|killfiled|in my killfile|in our killfile|ignored)",
        families=_FAMILIES,
        unless=_ANOTHER_REASON,
    ),
)


def who_acts(reading: Reading) -> WhoActs:
    return "admin" if reading.reply.refused_by == "local" else "remote"


CAUSE = Cause(
    slug="sender_blocked",
    judge=judge,
    who_acts=who_acts,
    recovery=("sender",),
    recovery_elsewhere=("sender", "recipient_domain"),
    usually="remote",
)
