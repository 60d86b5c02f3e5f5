"""The connection was not encrypted, or not well enough, for this route."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_OF_ENCRYPTION = 93
"""A login or a client is named as well, but encryption comes first."""

_FAMILIES = {
    "TLS": (
        "(tls|ssl|starttls|stls|tls/ssl|ssl/tls|tlsv1|tlsv1.2|tlsv1.3|smtps|encryption|transport encryption|transport"
        " layer security|secure sockets layer|secure transport"
        "|(encrypted|secure|secured|tls|ssl|starttls|tls encrypted|ssl encrypted|protected) (connection|connections"
        "|session|sessions|channel|transport|link|communication|smtp|transmission|delivery|mail transport|mode|port"
        "|layer|protocol))"
    ),
    "MUST": "(must|need to|needs to|have to|has to|should|shall|please|required to|is to|are to|want|wants|you must|only|kindly)",
    "DO": (
        "(issue|use|using|send|start|enable|negotiate|initiate|perform|establish|do|run|request|switch on|turn on"
        "|activate|employ|support|offer|be|begin|have|choose|connect|try|set up|negotiated|done|upgrade)"
    ),
    "PLAINTEXT": (
        "(plaintext|plain text|unencrypted|un encrypted|non encrypted|nonencrypted|cleartext|clear text|insecure"
        "|unsecure|unsecured|non tls|non ssl|non secure|unprotected|not encrypted)"
    ),
    "CONNECTIONS": (
        "(connection|connections|session|sessions|channel|channels|transport|smtp|mail|mails|message|messages|email|e"
        " mail|delivery|transmission|login|logins|auth|authentication|link|communication|transfer|submission|protocol)"
    ),
    "WEAK": (
        "(too weak|weak|insufficient|inadequate|too low|too short|too old|old|outdated|obsolete|deprecated|not strong"
        " enough|not sufficient|unsupported|not supported|not (allowed|accepted|permitted|acceptable|secure)"
        "|unacceptable|insecure|disabled|no longer (supported|accepted|allowed)|below)"
    ),
    "FAILED": (
        "(failed|failure|error|errors|problem|could not|cannot|unsuccessful|mismatch|broken|aborted|refused|rejected|not"
        " (verified|trusted|valid|ok|successful|established|possible|accepted))"
    ),
}

# What was encrypted in a message; the command itself.
_SOMETHING_ELSE = Words(
    r"\battach|\barchive\b|\bzip\b|\bpassword protected\b|\bpgp\b|\bs/mime\b|\bsmime\b|\bmacro\b|\bcontent\b(?! filter)"
    r"|\bencrypted (?:file|message|mail|e ?mail|document|pdf)s?\b|\btls again\b|\bused when not advertised\b"
)

judge = judged_by(
    *texts(
        95,
        "encryption [is] required for {the|requested|this|that|your|such|an} (authentication|auth|login|mechanism)",
    ),
    *texts(
        CERTAIN,
        "(no|refuse|reject|refusing) (cleartext|clear text|plaintext) {mail|connections|please|smtp}",
        "(unencrypted|cleartext|clear text) (mail|connection|connections|session|sessions|messages|smtp|transmission) {from|WORD|domains|partner|is|are} (refused|rejected|not accepted|not allowed|denied|forbidden)",
    ),
    *texts(
        80,
        "certificate {of|your|server|the|client} {of|your|server|the|client} {is} not trusted",
    ),
    *texts(
        _OF_ENCRYPTION,
        # Postfix, OpenSMTPD, qmail "Must issue a STARTTLS command first"
        "MUST {you|first|DO|port|465|587|25|or|smtp|a|an|the|over|via|with|to|with|through|your|client|mail|be|sent|on} TLS",
        "encryption (required|needed) for {the} requested authentication",
        "(auth|authentication|login|sasl) {is|command|mechanism|only} not (available|allowed|permitted|supported"
        "|accepted|possible|offered|enabled) {on|over|in|an|without|before|a|until|unless|via} (TLS|PLAINTEXT)",
        "(auth|authentication|login|sasl|logging in) {requires|required|needs|only|possible|is|allowed|a|an|over|with|after|via} TLS",
        "(client|peer|server|tls|ssl|smtp|x509|your|sender|valid|trusted|remote) {tls|ssl|smtp|client|server|x509}"
        " (certificate|certificates|cert|certs) {is|was|has|are|verification|validation|check|name|could|NAME|your"
        "|not|be|not be|does|chain} (required|needed|mandatory|not|invalid|expired|untrusted|missing|failed|mismatch"
        "|unknown|revoked|rejected|self signed|unverified|verification|verified|trusted|match|necessary)",
        families=_FAMILIES,
        unless=_SOMETHING_ELSE,
    ),
    *texts(
        CERTAIN,
        # Exchange "Encryption needed", Courier, Mimecast "this route requires encryption"
        "(issue|send|use|start|enable|negotiate|initiate|establish|requires|require|requiring|required|needs|need"
        "|demands|enforces|enforced|mandates|insists on) {the|a|an|use|of|to|you|valid|at|least|mandatory|secure"
        "|using|minimum|that} TLS",
        "TLS {version|1.0|1.1|1.2|1.3|v1.2|command|connection|or|higher|above|later|better|session|protocol|is|are"
        "|support|encryption|has|negotiation|use|using|usage|of|for|delivery|mail|this|the|was|authentication|here"
        "|strictly|now|TLS|by|policy|currently|be|will} (required|needed|necessary|mandatory|must be used|obligatory"
        "|compulsory|enforced|demanded|expected|requirement|first|is a must|to be used|is on|must be enabled)",
        "(no|without|lack of|lacks|not using|not use|didn't use|did not use|doesn't use|missing|not over|not via|did"
        " not issue|not issued|did not negotiate|only over|only via|only with|only through|only on|over) {any|a|an"
        "|valid|proper|the|active|usable|use|of|starttls|an active} (tls|ssl|starttls|encryption|transport encryption"
        "|(encrypted|secure|secured|tls|ssl) (connection|session|channel|transport|link|communication))",
        "PLAINTEXT {smtp|mail|or|tls|password|client} CONNECTIONS {are|is|to|on|this|over|from|attempts|will|be|have"
        "|been|not|for} (not|refused|rejected|denied|disallowed|forbidden|prohibited|disabled|unsupported|blocked"
        "|disallow~)",
        "(not|don't|doesn't|refuse|refuses|refusing|reject|rejecting|deny|disallow|no|rejected|refused|disallowed"
        "|won't|denied|forbidden) {accept|accepting|to|allow|permit|support|take|any|allowed|for|over|mail|via|on|a"
        "|an|receive|the|deliver} PLAINTEXT {smtp|mail} CONNECTIONS",
        "(connection|session|channel|link|transport|communication|transmission|mail) {is|was|must|are|has|should"
        "|needs|to|not|be|been} (not encrypted|be encrypted|be secured|unencrypted|not secured|not secure|not secure"
        " enough|not protected|in the clear|in clear text)",
        "(unless|until|except) {you|over|the|it|using|via|connection|is|session|use|with|a|an|has|been|in|by|through}"
        " (tls|ssl|encrypted|encryption|secured|starttls)",
        "(only|exclusively) {accept|accepts|accepted|allow|allowed|mail|over|via|with|from|on|using|possible|through"
        "|available|permitted|connections|supports|an|a|for} TLS",
        "TLS only",
        "(auth|authentication|login|password|credentials|submission|sasl) {is|are|not|mechanism|only|WORD|in|over"
        "|requires|require} (available|allowed|permitted|possible|accepted|enabled|offered|supported|requires|sent)"
        " {only|without|before|unless|over|after|with|until|a|an|via|using|on} TLS",
        "requiretls",
        "only {accept|accepts|accepted|mail|via|over|through|takes|take} (encrypted|secure|secured) (channels|links"
        "|connections|sessions|transports)",
        "(port 465|port 587|465|587) {with|over|and|using|via} (ssl|tls|starttls|ssl/tls)",
        "(key|rsa key|dh key) {is|size|length} too (small|short|weak)",
        "(smtp|mail|sending) (over|in|via) {a} (plain text|plaintext|cleartext|clear text) {is} (not|impossible|forbidden|disabled)",
        "PLAINTEXT {mail|smtp|messages} {is|are} (not|isn't|aren't|never) {be} (accepted|allowed|permitted|taken)",
        "PLAINTEXT (mail|messages|email) (isn't|aren't)",
        "(name|hostname|host name|subject) {mismatch|does|not|match|in|with|the|of} (certificate|cert)",
        "соединение…(не защищен~|не зашифрован~|не защищён~|незащищен~)",
        "security features not supported",
        "(connection|session|channel|link|transport) (isn't|is not|wasn't|not|was not) {sufficiently|properly|private"
        "|strongly|adequately|strong|well} {enough} (secure|encrypted|protected|private|secured|confidential)",
        "(encrypt|secure) {your|the|this|all} (connection|connections|session|sessions|smtp|traffic|transport|channel|link|transfer)",
        "(in the clear|in (clear text|cleartext|plain text|plaintext))",
        "(unencrypted|plaintext|plain text|cleartext|insecure|unsecured) {smtp|mail} (connections|sessions|access"
        "|logins|login|transport) {is|are|was|were|has|have|been|will|be} (discontinued|switched off|turned off|no"
        " longer|stopped|ended|retired)",
        "(conexão|conexões|conexión|conexiones|connessione|connessioni|connexion)…(criptografad~|cifrad~|encriptad~"
        "|crittografat~|segura|seguras|chiffrée)…(obrigatóri~|obligatori~|obbligatori~|necess~|requerid~|richiest~"
        "|exigid~|requise)",
        "(cleartext|clear text|unencrypted|plaintext) {is|are|mail|data} (not (allowed|accepted|permitted|supported)"
        "|refused|rejected|forbidden|disallowed)",
        # Exchange, Sendmail, Exim, Gmail: version, cipher, certificate
        "(tls|ssl|cipher|ciphers|cipher suite|cipher suites|ciphersuite|encryption|key|key size|key length|protocol"
        " version|tls version|ssl version|tls protocol|dh key) {version|strength|level|key|length|size|cipher|suite"
        "|is|was|used|NAME|protocol|v1|are|your|too|considered|connection|versions|by|client} WEAK",
        "WEAK {or|tls|ssl|WEAK} (tls|ssl|cipher|ciphers|cipher suite|encryption|key length|protocol version|cryptographic)",
        "(minimum|at least|newer|higher|later) {version|supported|of|required|protocol} {is|version} (tls|tlsv1.2|ssl)",
        "no (shared|common|acceptable|suitable) (cipher|ciphers|cipher suite|tls version|ssl version)",
        "TLS {handshake|negotiation|connection|session|setup|verification|verify|policy|context|library|certificate"
        "|peer|startup|has|with|is|was|start} FAILED",
        "(failed to|unable to|cannot|can't|could not|couldn't|error while|failure to) {establish|negotiate|start"
        "|initiate|create|set up|verify|a|an|secure|the|starting|switch|to|use} TLS",
        "(handshake|starttls|tls) {is|was|with|has|NAME} (failed|failure|not offered|required but)",
        "tls {is|was} not (available|supported)",
        "(tls|ssl|starttls|encryption) {is|was|WORD} (required|wanted|requested|needed) {but|,} {was|it|is|not} (not|unavailable|offered)",
        "(certificate|cert) {name|chain|hostname|is|has|was|been|not|verify|cn|subject} (verification|validation"
        "|expired|mismatch|untrusted|not trusted|not trusted|self signed|revoked|verify) {NAME|failed|error|failure}",
        "(no|missing|invalid|bad|untrusted|expired|unverified|self signed|unknown) {client|tls|ssl|peer|server|valid"
        "|trusted|x509} (certificate|certificates)",
        "(dane|tlsa|mta sts|sts policy|smtp sts|mtasts) {policy|record|validation|verification|check|is|WORD} (failed"
        "|failure|mismatch|required|violation|error|policy|not)",
        "(ssl3|sslv3|sslv2|tls 1.0|tls 1.1|tlsv1.0|tlsv1.1|tls1.0|rc4|3des) {WORD} {WORD} {WORD} (not|no longer"
        "|deprecated|disabled|refused|unsupported)",
        "encryption needed",
        "cryptographic (failure|algorithm)",
        "(domain|recipient|sender|route|partner|policy|organization|organisation|we|connector|site) {security|policy"
        "|NAME|has|ADDRESS|domain|only|currently} (requires|require|demands|insists on|mandates|enforces) {the|use|of"
        "|mail|to|be|sent|a|an|all|via|over|forced|mandatory|messages|connections|that} (TLS|encrypted)",
        # In other languages
        "(暗号化|tls|ssl|starttls)…(必須|必要|要求|使用して|使って|接続して|ご利用|有効に|利用して|してください|いません|求め|対応し|未対応|失敗|エラー)",
        "(暗号|平文|非暗号)…(接続|通信|されてい)",
        "(加密|tls|ssl|starttls)…(必须|必須|需要|要求|请使用|請使用|启用|使用|失败|不支持)",
        "(必须|必須|需要|要求|请使用|請使用|请先|未|没有)…(加密|tls|ssl|starttls)",
        "(암호화|tls|ssl|starttls|보안 연결)…(필요|필수|요구|사용|하십시오|하세요)",
        "(verschlüsselt~|verschlüsselung|tls|ssl|starttls|transportverschlüsselung) {verbindung|verbindungen|ist|wird"
        "|nur|eine|TLS|sind|über} (erforderlich|notwendig|benötigt|verlangt|vorausgesetzt|zwingend|erlaubt|akzeptiert"
        "|angenommen|nötig|pflicht)",
        "(unverschlüsselte|nicht verschlüsselte|unverschlüsselt)",
        "(nur|bitte|ohne|erfordert|verlangt|benötigt|verwenden sie) {über|eine|mit|per|sie|via|verwenden|nutzen}"
        " (verschlüsselte|tls|ssl|starttls|verschlüsselung)",
        "(chiffrement|tls|ssl|starttls|connexion (chiffrée|sécurisée|cryptée)) {est|TLS|obligatoirement} (requis"
        "|requise|obligatoire|nécessaire|exigé|exigée)",
        "(connexion|connexions|session) (non chiffrée|non chiffrées|non sécurisée|non sécurisées|non cryptée)",
        "(cifrado|encriptación|tls|ssl|starttls|conexión (segura|cifrada|encriptada)) {es|TLS|está} (requerido"
        "|requerida|obligatorio|obligatoria|necesario|necesaria|exigido)",
        "(se requiere|requiere|necesita|debe usar|debe utilizar|utilice|exige|requer|necessita|precisa|deve usar"
        "|richiede|è richiesta|è necessaria|utilizzare|obligatoire d'utiliser|nécessite|requiert|exige) {una|uma|un|a"
        "|une|el|il|uso de|conexión|conexão|connessione|connexion|usar|la} (tls|ssl|starttls|cifrado|criptografia"
        "|crittografia|crittografata|segura|sicura|cifrada|chiffrement|chiffrée|sécurisée|encriptación)",
        "(criptografia|tls|ssl|starttls|conexão segura) {é|TLS} (obrigatória|obrigatório|necessária|necessário|requerido|exigida|exigido)",
        "(crittografia|tls|ssl|starttls|connessione (sicura|cifrata|crittografata)) {è|TLS} (obbligatoria"
        "|obbligatorio|necessaria|necessario|richiesta|richiesto)",
        "(требуется|необходимо|необходим|используйте|требует|обязательно|нужно|без) {использовать|использование"
        "|установить|включить|защищенное|защищённое|безопасное} (tls|ssl|starttls|шифрование|шифрования|зашифрованное"
        "|защищенное|защищённое)",
        families=_FAMILIES,
        unless=_SOMETHING_ELSE,
    ),
    *texts(
        CLEAR,
        "(encryption|tls|starttls|ssl) {WORD} (required|needed|mandatory|first)",
        "(must|should|needs to|has to) be {sent|delivered|submitted|transferred|transmitted} {over|via|using|in|with}"
        " {a|an} (encrypted|tls|ssl|secure|secured)",
        "(encrypted|secure|secured) (connection|session|channel|transport)",
        "(with|using|over|via) {port|587|465} starttls",
        "(insecure|unencrypted|unsecured|plaintext|cleartext) (connection|session|channel|transport|delivery)",
        "(security|encryption) (level|strength|policy) {is|NAME|not} (insufficient|too low|not met|not satisfied|violation|inadequate)",
        "set minimum security",  # Courier: the recipient's server has no encryption
        families=_FAMILIES,
        unless=_SOMETHING_ELSE,
    ),
    *texts(
        LIKELY,
        "(tls|starttls|sslv3|tlsv1|ciphers|cipher|handshake)",
        "(ssl|encryption|certificate)",
        families=_FAMILIES,
        unless=Words(
            f"{_SOMETHING_ELSE.pattern}|"
            r"\bport\b|\brelay|\bgateway|\bcert for\b|\bcommand (?:used|not)\b|\b(?:tls|starttls|ssl) (?:command"
            r" )?(?:already|is already|not (?:supported|available|implemented|advertised))"
        ),
    ),
    supported_by=frozenset({"5.7.4", "5.7.5", "5.7.10", "5.7.11", "5.7.30", "5.7.51"}),
)


def who_acts(reading: Reading) -> WhoActs:
    """At our server the mail client has to encrypt; towards another, ours has to."""
    return "user" if reading.reply.refused_by != "remote" else "admin"


CAUSE = Cause(
    slug="tls_required",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "client_ip"),
    recovery_elsewhere=("recipient_domain",),
)
