"""The message itself was refused: an attachment, a virus, a link, its spam score, a header."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    "MESSAGE": (
        "([THE|our|its|of|in] {mail|email|e mail|smtp|message|entire|whole|original}"
        " (message|messages|mail|mails|email|emails|e mail|letter|content|contents|data|text|submission|transmission|article|bulk mail))"
    ),
    "SPAM": (
        "(spam|spams|junk|junk mail|junk email|ube|uce|unsolicited|unsolicited bulk email"
        "|unsolicited commercial email|unsolicited commercial mail|unsolicited mail|bulk mail|bulk email"
        "|phish|phishing|scam|fraud|hoax|spamlike|spammy|spam like|spam mail|spam message|spam email|advertising|advertisement"
        "|chain letter|likely spam|possible spam|pornographic|obscene)"
    ),
    "MALWARE": (
        "(virus|viruses|malware|trojan|worm|worms|ransomware|spyware|infected|infection|malicious|harmful|dangerous|exploit"
        "|macro|eicar|virii)"
    ),
    "HAS_BEEN": (
        "{is|are|was|were|has|have|been|be|being|as|currently|automatically|considered|deemed|seems|appears|to|likely|probably"
        "|possibly|suspected|found|by|a|an|the|our|it|because|since|that|and|which}"
    ),
    "REFUSED": (
        "(rejected|refused|denied|blocked|declined|banned|forbidden|prohibited|disallowed|unacceptable|not accepted|not allowed"
        "|not permitted|will not be accepted|cannot be accepted|restricted|dropped|filtered|unauthorized|unauthorised|illegal"
        "|not acceptable|not supported|rejecting|dangerous|bad|invalid|quarantined|discarded|removed|not welcome|unwanted)"
    ),
    "PART": (
        "(attachment|attachments|attached file|attached files|attached document|attachement|attachements|file attachment|file attachments"
        "|file type|file types|filetype|file name|file names|filename|filenames|file extension|file extensions"
        "|attachment extension|attachment extensions"
        "|executable|executables|exe file|exe files|zip|zip file|zip files|zipped files|compressed files|archive"
        "|archives|mime type|mime types|mime part|mime parts|content type"
        "|content types|media type|encrypted archive|encrypted zip|password protected|macros)"
    ),
    "LINK": (
        "(url|urls|uri|uris|link|links|hyperlink|hyperlinks|web address|web site|website|website address|web link"
        "|domain in the body|phone number)"
    ),
    "HEADER": (
        "(subject|subject line|subject header|header|headers|message header|message headers|mail header|message id|message id:|date header"
        "|from header|from: header|to header|to: header|reply to header|mime header|mime headers|received header"
        "|x mailer|content type header"
        "|date: header|date field|mime version|header line|header field|header fields|header lines|from headers|to headers|cc header)"
    ),
    "WHAT_IT_HOLDS": (
        "(word|words|phrase|phrases|string|text|character|characters|language|languages|charset|charsets"
        "|character set|character sets|encoding|encodings|alphabet|pattern|patterns|keyword|keywords|term|terms"
        "|expression|expressions|html|image|images|javascript|script|scripts)"
    ),
    "DETECTED": (
        "(detected|found|identified|discovered|recognized|recognised|classified|considered|tagged|flagged|marked"
        "|judged|rated|scored|matched|suspected|deemed|determined|categorized|categorised|treated)"
    ),
}

_NAMED = 93
"""It is said of the message; other texts speak of a dialogue that does not follow its RFC."""

# Spam that somebody or some host sends, not this message; a proof that is missing; a header that names the sender.
_NOT_THE_MESSAGE = Words(
    r"\b(?:client host|envelope sender|sender address|sender domain|helo|ehlo|spf|dkim|dmarc|ptr|reverse dns|rbl|dnsbl|spamhaus|spamcop)\b"
    r"|\byour (?:ip|host|server|mail ?server|network|isp|provider|site|domain|mta|location|country)\b|\bip address(?:es)?\b|\bspammers?\b"
    r"|\bspam (?:source|list|sender|host|network|ip|complaints?|reports?|abuse|traps?)\b"
    r"|\bspamtraps?\b(?! technology|=)|\bfrom (?:this|your) (?:ip|host|server)\b"
    r"|\b(?:black|block) ?list(?:ed|s)?\b|\breputation\b|\bis_blocked\b|\bopen (?:relay|proxy)\b"
    r"|\bcomplaints\b|\bbanned send|\bspoof|\bforged\b|\bforgery\b|\byour address\b|\b(?:machines?|hosts?"
    r"|servers?) (?:that|which) send"
    r"|\bspam statistics\b|\bspam blocked see\b|\bblocked senders?\b|\d\]? (?:is|was"
    r"|has been) (?:\w+ )?(?:block|black|list|refus|bann)|\bblocked for\b|\bnot (?:an? )?spam\b"
)
_ANOTHER_REASON = Words(
    r"\b(?:spf|dkim|dmarc|ptr|reverse dns|spoof\w*|too (?:large|big|many recipients)|quota|size|recipients"
    r"|received:? headers?|hops?|loop\w*)\b"
    r"|\bclient host\b|\bblocked senders?\b|\bsmtputf8\b|\brfc ?5321\b|\bbody ?=|\bbody (?:type|parameter"
    r"|value|argument|keyword)|\badministrator of the list\b"
)

_A_HOST_OR_A_SENDER = Words(
    r"(?<![a-z])ip(?![a-z])|黑名单|黑名單|ブラックリスト|アドレス|送信者|发件人|아이피|발신자|보낸|absender|expéditeur|remitente|remetente|mittente|отправител"
)

judge = judged_by(
    *texts(
        CERTAIN,
        "bad_header",
        "headers {are|is} not rfc compliant",
        "ratware",
    ),
    *texts(
        LIKELY,
        "(message|mail|email) does not (conform|comply) (to|with) {the} (standards|rfc|rfcs|internet standards)",
        "message header (has|have|contains) no",
    ),
    *texts(
        _NAMED,
        "(MESSAGE|header|headers) {is|are} (DOES_NOT|not) {conform|comply|adhere|correspond|compliant|conformant"
        "|in} {to|with} {the|standard|standards} (rfc 5322|rfc5322|rfc 2822|rfc2822|rfc 822|rfc822)",
        families=_FAMILIES,
    ),
    *texts(
        CERTAIN,
        "MESSAGE HAS_BEEN SPAM",
        "MESSAGE HAS_BEEN DETECTED as {a|being|potential|possible|probable|likely|suspected} (SPAM|bulk)",
        "(DETECTED|rejected|refused|blocked|denied|declined|filtered|dropped) as {a|being|potential|possible"
        "|probable|likely|suspected|WORD} (SPAM|bulk)",
        "MESSAGE …(looks|look|appears|seems|smells|sounds) {to|be|a|an|like|as|very|likely|much|lot|contain|it|is|suspiciously|too} SPAM",
        "MESSAGE {to|may|might|seems|appears|could|will|HAS_BEEN} (contain|contains|containing|include|includes"
        "|resemble|resembles|match|matches) {a|an|the|known|typical|possible|WORD} (SPAM|MALWARE)",
        "SPAM {mail|message|email|content|is|was|has|been|e mail} (DETECTED|REFUSED)",
        "(no|possible|probable|suspected|likely|potential|suspect|definite|apparent|obvious|confirmed|known"
        "|blocked|rejected|refused|rejecting|detected|identified) SPAM",
        "SPAM {and|or|level|points|probability|filter|virus|total|check|test|detection} (score|scores|points"
        "|threshold|level|probability|hits|rating|check|content|pattern|patterns|characteristics|signature"
        "|signatures|filter|filters|engine|test|tests|rule|rules|detection|classification)",
        "(score|scored|scores|rated|points|hits) {of|is|was|as|a|too|WORD} (spam|spam points|high)",
        "(spamassassin|spam assassin|spamd|rspamd|dspam|bogofilter|spamprofiler|spamtrap technology"
        "|antispam engine|anti spam engine|antispam filter|anti spam filter|spam filtering engine|spam engine"
        "|cloudmark authority|vade|mailmarshal|razor|pyzor|dcc|bayes|bayesian)",
        "(our|the|by) (antispam|anti spam|spam|content|virus|antivirus|anti virus|mail) {content|filter|mail"
        "|virus} (filter|filters|scanner|scanners|engine|system|software|check|checks|policy|policies|rule"
        "|rules)",
        "under suspicion of spam",  # Yandex
        "(likely|appears to be|considered) {to|be|an|a|suspicious} unsolicited",
        "detected that this message is",  # Gmail
        "(judged|considered) {to|be|as} spam",
        "(looks|look|smells|sounds|seems) like {a|an|WORD} (SPAM|MALWARE)",
        "(419|nigerian|advance fee|lottery) (scam|fraud|spam|mail|letter)",
        "(viagra|cialis|casino|pharmacy|pornography|porn|lottery)",
        "transaction failed spam",  # Cisco IronPort
        "(dt:spm|content denied|content rej~|spam denied|anti spam engine)",  # NetEase, QQ, Coremail, Sina, Sohu
        "denied (cs|csbl)",
        "sensitive (word|words|content|information)",
        families=_FAMILIES,
        unless=_NOT_THE_MESSAGE,
    ),
    *texts(
        CERTAIN,
        "spam pattern",
        "(MALWARE) {was|is|has been|been|were|signature|name} (found|detected|identified|discovered|rejected|blocked|refused|removed)",
        "(found|detected|discovered|contains|contain|containing|carries|carrying|has|have|infected with"
        "|infected by) {a|an|the|known|potential|possible|suspected|potentially|computer|some|one|or|more"
        "|spam} MALWARE",
        "(MESSAGE) HAS_BEEN (infected|MALWARE)",
        "infected {with|by|message|mail|email|file|attachment|:}",
        "(MALWARE) {scanner|scan|scanning|filter|check|checking|rejected|content|detection|infected|mail|message"
        "|email|software|program|code} (message|mail|email|detected|found|rejected|failed|positive|alert|name"
        "|content|signature|attachment|in)",
        "(clamav|clamd|clam antivirus|eicar|kaspersky|drweb|sophos antivirus)",
        "REFUSED {due|to|because|of|by|a|an|the|your|message|mail|email|type|for|containing|it|contains|has"
        "|content|file|name|executable|mime|potentially} PART",
        "PART {of|this|that|the|type|types|file|name|extension|in|with|has|have|been|is|are|was|were|by|type|WORD"
        "|encrypted|compressed|contained|which} REFUSED",
        "(contains|contain|containing|has|have|with|includes) {a|an|any|the|your|some|potentially|one|or|more"
        "|file|type|types|of|that|suspicious|encrypted|illegal|type} {banned|forbidden|blocked|prohibited"
        "|disallowed|executable|dangerous|unacceptable|restricted} PART",
        "DOES_NOT {accept|allow|permit|take|receive} {MESSAGE|any|containing|with|such|mail|these|this|type|types|of|that|kind} PART",
        "PART {type|types|file|of|with|the|WORD|is|are|was} (DOES_NOT|not) {be|are|accept|accepted} (accept"
        "|accepted|allow|allowed|permit|permitted)",
        "(potentially|possible) (executable|dangerous|harmful|malicious) (attachment|attachments|content|file|files|contents)",
        "content presents a potential",  # Gmail
        "(attachment|file|content|extension|mime) {type|WORD} (filter|policy|rule|violation|restriction|restrictions)",
        "(exe|bat|scr|pif|vbs|cmd|zip|rar|docm) {file|files|attachment|attachments|extension|is|are|in} (REFUSED"
        "|attachments|attachment|files|archive|archives|zip)",
        "(com|js|html|doc) (file|files|attachment|attachments) {is|are} REFUSED",
        "(dangerous|forbidden|blocked|banned|prohibited|disallowed|executable|bad) (extension|extensions)",
        "extension WORD {is|are} REFUSED",
        "(executable|executables|encrypted|dangerous) {content|contents|file|files|code} (in|inside|within) {a|an"
        "|the|your|zip|attached} (archive|archives|attachment|attachments|zip)",
        families=_FAMILIES,
        unless=Words(
            r"\b(?:unknown (?:or )?(?:bad|invalid) attachment protocol)\b|\bspammers?\b|\bclient host\b|\byour (?:pc"
            r"|computer|machine|host|server|ip)\b"
        ),
    ),
    *texts(
        CERTAIN,
        "(mail|message|email|msg|body|text) (content|contents|body|data|text) {in|your|the|HAS_BEEN} REFUSED",
        "content {of|this|your|the|message|mail|HAS_BEEN} REFUSED",
        "REFUSED {by|due|to|because|of|for|mail|message|email|its|the|your|a|an|our|unacceptable|objectionable"
        "|inappropriate|local} (content|contents|content filter|content policy|content rule|content filtering"
        "|content control|content scanner|body)",
        "(content filter|content filtering|content scan|content scanner|content check|content inspection"
        "|content control|content policy|content rule)",
        "(objectionable|unacceptable|inappropriate|offensive|prohibited|forbidden|banned|illegal|suspicious|bad"
        "|undesirable|restricted|unwanted|profane|adult) {message|mail|email} (content|contents|word|words|phrase"
        "|phrases|language|text|keyword|keywords|string|strings|pattern)",
        "(contains|contain|containing|includes|has|uses) {a|an|the|some|banned|forbidden|prohibited|unacceptable"
        "|illegal|bad|suspicious|objectionable|too|many|blocked|invalid|not|blacklisted|unsupported"
        "|WORD} (WHAT_IT_HOLDS|LINK|content)",
        "(LINK) {in|your|the|this|message|body|mail|email|is|are|was|has|been|contained|found|WORD} (listed"
        "|blacklisted|blocked|banned|on|blocklisted|REFUSED|detected)",
        "(blacklisted|blocked|banned|malicious|bad|suspicious|phishing|spam|listed|forbidden|spamvertised|dangerous) (LINK)",
        "(surbl|uribl|uri block list|url block list|uri blocklist|url blocklist|uri dnsbl|urlbl|urlbl~|phishtank|openphish|safe browsing)",
        "(in|from|of) {the|your|message|mail} (body|message body|body text|subject|subject line)",
        "(mail|message) data (refused|rejected|denied|not accepted)",
        "HEADER {line|is|are|was|field|has|have|format|been|not|in|your|the|too|message|contains|fail"
        "|WORD} (REFUSED|error|errors|malformed|missing|required|long|syntax|check|checks|duplicate|duplicated"
        "|incorrect|violation|invalid|violates|broken)",
        "(missing|malformed|invalid|duplicate|duplicated|bad|illegal|broken|incorrect|multiple|no|without|lacks"
        "|unacceptable|forbidden|improper) {or|a|an|the|mandatory|required|valid|message|mime|mime|rfc822|rfc"
        "|5322|and} (HEADER|mime|mime structure|mime format)",
        "DOES_NOT {have|contain|include} {a|any|the|valid|proper} HEADER",
        "(improper|unencoded|illegal|invalid|raw|unexpected) {use|of|message} (8 bit|8bit|eight bit|nul|null byte"
        "|nul character|control) {data|character|characters|in}",
        "(line|lines) {is|are|in|your|message|mail|too|longer|exceeds|body|header|than|WORD} (too long"
        "|longer than|exceeds the|length limit)",
        "(malformed|broken|invalid) {multipart|mime|message} (message|mime|structure|boundary|encoding|part)",
        "(malformed|broken) [message|mime] body",
        "(no|empty|without [a]|missing|lacks a|has no) [message|mail] body",
        "(nested|nesting|mime) {mime|part|parts|level|levels|structure|is|are|multipart} too (deep|deeply|complex)",
        "(not|isn't) {compliant|conform|a|with|to|valid|comply} (rfc 822|rfc822|rfc 2822|rfc2822|rfc 5322 section"
        "|rfc 2822 compliant|rfc 5322 compliant)",
        "(rfc5322|rfc 5322|rfc 2822|rfc2822|rfc 822|rfc822) {section|message|3.6|3.6.2} (compliant|violation|compliance|format)",
        "(message filtered|filtered by outbound scanning|mail filtered)",  # MessageLabs
        "(html|html tag|html tags) unacceptable",
        "rejected as bulk",
        "this message scored",
        "(subject|subject line|subject field) {is|was|must|not|be|field|header} (empty|blank|missing|required)",
        "(empty|blank|missing) subject",
        "(MESSAGE|message text|mail text|text|body) {is|text|body} too (short|small)",
        "(filter|filters|scanner) (DOES_NOT|did not|didn't) (like|accept|pass|approve|want)",
        "(score|points) {of|is|was|WORD} (over|above|exceeds|exceeded|higher than|greater than|more than) {the"
        "|our|a|of|WORD} (threshold|limit|maximum|WORD)",
        "(quarantine|quarantined)",
        "(w32|win32|vbs|js|html|trojan)/WORD",
        "(profanity|obscenity|swearing|swear words|bad language|dirty words)",
        "(image|images|html|rich text|encrypted|signed|attachment) only {MAIL} {is|are|not} REFUSED",
        "(plain text|plaintext|text/plain|ascii) {mail|email|messages|message|only|please|is|are} (only|please|accepted|required)",
        "(use|send|only|accept|accepts) {in|as|us|your|mail|messages|MAIL|only|accept} (plain text|plaintext|text/plain)",
        "no (html|rich text|rtf|encrypted|binary|attachments|attachment|pictures|images|macros|executables)",
        "(must|should|has to|have to|needs to) (be signed|be encrypted|be in english|carry|contain|include"
        "|have) {a|an|the|with|valid|proper|by|your} (pgp|gpg|s/mime|list unsubscribe|unsubscribe"
        "|unsubscribe link|subject|date|message id|header|body|digital signature)",
        "(sensitive|confidential|classified|personal|private) (data|information|content) {was|is|HAS_BEEN|has"
        "|been} (DETECTED|REFUSED|found)",
        "(credit card|card|social security|passport|bank account) (number|numbers|data)",
        "(phish|phishing|malicious|spam) (LINK)",
        "encoded (word|words) {syntax|is|are} REFUSED",
        "(number|url) filter",
        "does not comply with required standards",
        "date header {is|in|the} future",
        "suspicious (message|mail|email|content)",
        "(dlp|data loss prevention|credit card number|credit card numbers)",
        "(mail|message) is malformed",
        "(email|message|mail) rejected due to security policies",  # Mimecast
        "(bulk|advertising) (mail|email|message) {is|not|WORD} REFUSED",
        "(base64|html|encrypted|encoded) {only|mail|messages|message|email|encoded|body|content|text|parts|is|are|has|been} REFUSED",
        "DOES_NOT accept (html|base64|encrypted)",
        "(subject|body|header|text|message) {matched|matches|line|contains|WORD} (rule|filter|pattern|regex|filter rule)",
        "(body|content|message|mail) {matches|matched|up|to|the|a|triggered|hit} {filter|content|local"
        "|spam} (rule|filter|rules|filter rule)",
        "(fingerprint|checksum) {match|is|of|listed|WORD} (listed|match|known|matched|found)",
        "sensitive words",
        "(charset|character set|charsets|character sets|language|languages|encoding|encodings) {is|are|in|your"
        "|message|used|of|WORD|the} REFUSED",
        "(messages|message|mail|mails|text) {written|is|are} in (cyrillic|chinese|russian|korean|japanese|asian"
        "|foreign|your language|a foreign)",
        "DOES_NOT (accept|allow|understand|read|support|speak) {mail|email|MESSAGE|in|any|written|the"
        "|this} (language|charset|character set|chinese|russian|korean|cyrillic|asian)",
        "ofr~_506",  # Orange
        "(mail rejete|mail rejected) ofr~",
        "blocking (url|urls)",  # FortiMail
        "id WORD banned",  # amavis
        "banned: {WORD}",
        "(banned contents|banned content|banned name|banned file|banned word|banned attachment)",  # amavis
        "message content rejected",
        families=_FAMILIES,
        unless=_ANOTHER_REASON,
    ),
    *texts(
        CLEAR,
        "(禁止|拒否|不正|許可され)…添付",
        "(添付|添付ファイル)…(拒否|禁止|許可|ブロック|制限|でき|検出)",
        "(ウイルス|ウィルス|マルウェア|迷惑メール|スパム|スパムメール|フィッシング)…(検|判定|拒否|含ま|感染|可能性|みなさ|疑|ブロック|受け)",
        "(本文|件名|内容|コンテンツ|ヘッダ)…(拒否|禁止|不正|ブロック|含ま|フィルタ)",
        "(垃圾邮件|垃圾郵件|病毒|敏感词|敏感字|敏感信息|违禁|反垃圾|广告邮件|垃圾内容|非法内容)",
        "(附件|邮件内容|邮件正文|内容|主题|邮件主题)…(拒绝|被拒|禁止|不允许|非法|违规|过滤|屏蔽|包含|不合法)",
        "바이러스(가|에|를)(| )(있|감염|발견|포함)",
        "(첨부파일|첨부 파일)에 바이러스",
        "(обнаружен|найден|содержит|обнаружены) {WORD} (вирус|вирусы|спам|вредонос~)",
        "(virus|viren|malware|spam) (gefunden|erkannt|détecté|detecté|trouvé|encontrado|detectado|rilevato|trovato)",
        "(스팸|바이러스|첨부파일|첨부 파일|악성|본문|제목)…(차단|거부|탐지|감지|의심|허용|포함|판정|분류|금지)",
        "(nachricht|inhalt|anhang|dateianhang|betreff)…(spam|virus|viren|unerwünscht|schadsoftware|dateityp"
        "|verbotener|verbotene|unzulässig|unzulässige|nicht erlaubt|nicht zugelassen|infiziert)",
        "(spam|virus|spamverdacht)…(abgelehnt|erkannt|gefunden|verdacht|abgewiesen|geblockt|zurückgewiesen)",
        "(votre message|le message|ce message|courriel|contenu|pièce jointe|piece jointe|objet)…(spam|virus"
        "|indésirable|indesirable|pourriel|interdit|interdite|infecté|contenu non|non autorisée|non autorisé"
        "|malveillant)",
        "(mensaje|correo|contenido|adjunto|archivo adjunto|asunto)…(spam|virus|no deseado|prohibido|infectado"
        "|no permitido|malicioso|rechazado por contenido)",
        "(mensagem|conteúdo|conteudo|anexo|assunto)…(spam|vírus|virus|indesejada|proibido|infectada|não permitido"
        "|bloqueado|malicioso|rejeitada pelo)",
        "(messaggio|contenuto|allegato|oggetto)…(spam|virus|indesiderato|vietato|infetto|non consentito|non ammesso|pericoloso)",
        "(письмо|сообщение|вложение|содержимое|содержание|спам|вирус|тема)…(спам|вирус|заражен|запрещен|запрещён"
        "|обнаружен|отклонен|отклонён|подозрени|нежелательн|похоже)~",
        "(wiadomość|załącznik|treść)…(spam|wirus|niedozwolon|zainfekowan|zabronion)~",
        families=_FAMILIES,
        unless=_A_HOST_OR_A_SENDER,
    ),
    *texts(
        CLEAR,
        "(ph01|vs1 in|pp01)",  # Yahoo: phishing
        "(message|mail|email) (not allowed|not accepted) ph01",
        "(SPAM|MALWARE) {is|are|was|mail|message|messages|email|DOES_NOT|we|do|don't} (not accepted|not allowed"
        "|not welcome|rejected|refused|denied|blocked|unwelcome)",
        "(DOES_NOT|don't|do not|dont) (accept|want|like|allow|permit) [any] SPAM",
        "blocked by {our|the|a|an|local|this|server|site|WORD} (spam|content|filter|virus|antispam)",
        "(message|mail|email) HAS_BEEN (blocked|rejected|refused|stopped) by {our|the|a|an|local|WORD} {spam"
        "|content|virus|mail|WORD} (filter|filters|rule|rules|scanner)",
        "(policy|policies) {on|about|against|for|regarding} {message|mail|email} (content|contents|attachments|spam)",
        "(message|mail|email) {is|was|too|looks|look|appears|seems} suspicious",
        "(by|at|from|in) {our|the|a|an|local|this|server|WORD} (antispam|anti spam|antivirus|anti virus|spam filter|spamfilter)",
        "(you're|you are) using a mass mailer",
        "mass mailer",
        families=_FAMILIES,
        unless=_NOT_THE_MESSAGE,
    ),
    *texts(
        LIKELY,
        "spam",
        "(virus|malware|phishing)",
        families=_FAMILIES,
        unless=_NOT_THE_MESSAGE,
    ),
    *texts(
        HINT,
        "(spam|unsolicited|virus|phishing|attachment|attachments)",
        "(MESSAGE|email|mail) {HAS_BEEN|not|accepted|rejected|refused|denied|blocked} (for|due to|because of"
        "|by) {local|our|security|site|server|organization|WORD} (policy|policies|reasons|policy reasons)",
        "(MESSAGE) {HAS_BEEN} blocked",
        "denied by policy",
        "(message|mail|email) …(score|spam|filter|content|header|attachment|html)",
        "(rejected|refused|blocked|denied|stopped) by {our|the|a|an|local|this|server|before queue|mail"
        "|WORD} (filter|filters|milter|scanner|plugin)",
        families=_FAMILIES,
    ),
)


def who_acts(reading: Reading) -> WhoActs:  # noqa: ARG001 — wherever it is
    return "user"


CAUSE = Cause(
    slug="content_rejected",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "client_ip"),
    usually="remote",
)
