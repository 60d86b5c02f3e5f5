"""The client did not log in: SMTP authentication is off, incomplete, or (older servers) no mail was fetched first.

Not to be confused with "e-mail authentication" (SPF, DKIM, DMARC), which is about the sender's domain.
"""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, SUPPORT, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    "AUTH": (
        "(authentication|authentification|authenication|autentication|authorization|authorisation|auth|smtp auth"
        "|smtpauth|authenticated smtp"
        "|smtp authentication|sasl|sasl authentication|auth login|login authentication)"
    ),
    "SMTP": "(smtp|esmtp|rfc 2554|rfc2554|rfc4954|rfc 4954|sasl)",
    "LOG_IN": "(log in|log on|login|logon|logged in|logged on|sign in|signed in|log yourself in|identify yourself)",
    "MUST": (
        "(must|have to|has to|need to|needs to|required to|should|please|try to|must first|ought to|are required to|is"
        " required to|needs|need)"
    ),
    "CREDENTIALS": (
        "(password|passwords|credentials|credential|username or password|user name or password|username and password|user name and password"
        "|username/password|user/password|userid/password|user id or password|userid or password|user or password"
        "|login or password|login/password|user/pass|username/pass|login/pass|user or pass|username or pass"
        "|login and password|login credentials|login information|login details|login data|passphrase|auth data"
        "|authentication data|authentication information"
        "|authentication credentials|authentication credential|account name or password|account or password)"
    ),
    "WRONG": (
        "(incorrect|invalid|wrong|bad|not valid|not correct|not accepted|rejected|missing|not supplied|not given|not"
        " provided|required|failed|needed|unknown"
        "|mismatch|do not match|does not match|don't match|not found|expired|error|denied|not recognized|not"
        " recognised|not specified|not known|refused|necessary)"
    ),
    "SENDING": (
        "(send|sending|send mail|sending mail|send email|sending email|you send|you can send|smtp|sending messages|send"
        " messages|relaying|relay|you try|using)"
    ),
    "FETCH": (
        "(check|checked|fetch|fetched|get|read|receive|received|collect|retrieve|retrieved|pop|download|poll|popped|pick"
        " up|checking|receiving|fetching|retrieving|reading)"
    ),
}

_NAMED = 92
"""That nobody logged in is named, which outweighs that sending is forbidden."""

_SOMETHING_ELSE = Words(
    # Gmail: "This mail is unauthenticated … SPF and DKIM"
    r"(?<![a-z])(?:spf|dkim|dmarc|arc|dnssec|sender ?id|ptr|reverse)(?![a-z])"
    r"|\b(?:e ?mail|mail|message|domain|sender) authentication (?:checks?|information|results?|fail|policy|has)"
    r"|\bauthentication (?:checks?|information|results?) (?:fail|for|of|did|from|in)|unauthenticated (?:e ?mail|mail|messages?) from"
    r"|\bauthentication (?:checks?|results?)\b|\bauthentication information or\b"
    r"|\bauthentication level\b|\bsending domain\b"
    r"|送信ドメイン認証|メール認証|ドメイン認証"
    # Exchange: a group that takes mail from its own organisation only ("RESOLVER.RST.AuthRequired")
    r"|\bresolver\.rst\b|\bsender not authenticated for\b"
    r"|\bno auth\w* (?:is )?(?:required|needed|necessary)\b"
)
# A list or a mailbox that takes mail from people who are known only.
_A_GROUP = Words(
    r"\b(?:group|mailing list|distribution list|members?|organi[sz]ation|(?:recipient|mailbox|user) only (?:accepts"
    r"|receives)|to this (?:recipient|mailbox|address|list))\b"
)
_THE_ADDRESS = Words(r"\bsyntax\b|\brecipient\b|\bno such\b|\bmailbox\b")
# "not authorized to send mail as …", "… to external domains"
_SOMEWHERE = Words(
    r"\bmails? (?:as|to|from|on|for|using|with|outside|at|in|via|through)\b|\buser\b|\baccount\b|\bip\b|\bhosts?\b|\bserver\b"
)

judge = judged_by(
    *texts(
        CERTAIN,
        "must {first} (issue|send|use|give) {an|a|the|your} auth [command]",
        "(first|please) check your [e] mail with",
        "valid pop account",
    ),
    *texts(
        LIKELY,
        "without {a|giving|any|your|a valid} password",
    ),
    *texts(
        _NAMED,
        "only {be|sent|send|mail|possible|allowed|works|accepted|permitted|available} after {a|the|successful|valid"
        "|smtp|your} (login|log in|logon|authentication|authenticating|logging in)",
        "(wrong|incorrect|invalid|bad) (username|user name|login name|userid|user id) [or|and]",
        "(relaying|relay|sending|submission) (requires|needs|wants|demands|only after|only with) {a|an|valid|your"
        "|smtp} (login|log in|logon|account|password)",
        "(requires|require|needs|need|demands|wants|expects|without) {a|an|your|any|valid|smtp|prior} (login|logon"
        "|log in) {with|using|name|and|first|first|to}",
        "(did not|didn't|have not|haven't|has not|hasn't|do not|don't|does not|doesn't|never) {yet|properly} (log in"
        "|log on|logged in|logged on|sign in|login)",
        "(log in|login|sign in|log on) again",
        "(unknown user|invalid user|bad user|wrong user|unknown username|unknown user name) or {wrong|bad|invalid|incorrect} password",
        "MUST {first|be|to|use|have|with|a|perform|properly|valid|enable|provide|do|an} (authenticate|authenticated"
        "|authentication|auth|smtp auth|smtp authentication|authenticated smtp|authenticating|authorize yourself)",
        "(anonymous|unauthenticated|unauthorised|non authenticated|nonauthenticated) {smtp|users|mail|access|senders"
        "|relay|sender|connections|user|sending|client|clients|relaying|email|submission|is|are|from} (not|denied"
        "|disallowed|forbidden|refused|rejected|prohibited|disabled|cannot|can't|may not|blocked)",
        families=_FAMILIES,
        unless=_A_GROUP,
    ),
    *texts(
        CERTAIN,
        "(isn't|aren't|wasn't|haven't|hasn't) {been} logged (in|on)",
        "not [yet] logged (in|on)",  # Postfix: reject_unauthenticated_sender_login_mismatch
        "MUST {first|be|to|also|always|either} LOG_IN",
        "LOG_IN {to|the|your|mail|server|account|is|correctly|successfully} (first|before SENDING|before)",
        # qmail SMTP-AUTH patch
        "(you|client|sender|user|session|connection|users|senders|clients|host) [ADDRESS|NAME] (DOES_NOT|not|haven't"
        "|hasn't|didn't|never) {been|yet|be|successfully|properly|to} (authenticate|authenticated|authenticating"
        "|authorised to relay without)",
        # NetEase, hMailServer; Sendmail "Proper authentication required"
        "AUTH {is|was|first|are|and|login|always|now|credentials|for|to|must be|with|or|tls|password} NEEDED",
        "(require|requires|need|needs|demand|demands|expect|expects|requiring|requested) {the|use|of|you|to|use|a|an"
        "|valid|proper|client|SMTP|user|for|mail|sender|that|all|users|login|correct} (AUTH|authenticate"
        "|authenticated|authenticating)",
        "(user|account|login|username) {ADDRESS} (unknown|not known|not found) {to|by|in|at} {the|our}"
        " (authentication|auth|login|password|radius) (server|database|service|backend)",
        "(authenticate|authorize) (yourself|via|with|using|to|before|first|your|prior|and)",
        "(without|no|lack of|missing|lacking) {a|valid|proper|prior|previous|SMTP|successful|correct|any|first|user"
        "|client} (AUTH|authenticating|authenticate|login|logging in|password|credentials)",
        "authentication {in|is|was|not|has|be|to be} (turned|switched|enabled|activated) {on}",  # cPanel's Exim
        "(turn on|switch on|enable|activate|turned on|set up) {the|your|smtp|outgoing|server|sender|mail|user}"
        " (authentication|auth|smtp authentication|smtp auth)",
        "(authenticated|logged in|registered) (users|senders|clients|sessions|access|connections|submission|customers) only",
        "only {for|to|from|by|accept|allow|allows|accepts|mail} (authenticated|logged in) {smtp|mail|local} (users"
        "|senders|clients|sessions|connections|customers|user|sender|hosts|mail|submission|relay)",
        "send {anonymous|unauthenticated} (anonymous|unauthenticated) (mail|email)",
        "outgoing {mail|smtp|server} server requires",
        "my server requires auth~",
        "relay check local fail",  # Sina, as its help page explains it
        "(log in|sign in|login) {with|via|through|using|to} {your|the|a} {web} (browser|webmail|web mail|web interface)",  # Gmail
        "application specific password",
        "basic authentication {is} (disabled|not supported|blocked|denied)",
        # POP before SMTP
        "(pop|pop3|imap) {login|auth|authentication|check|authenticate|or imap} (before|first) [smtp]",
        "(pop|pop3|imap|pop/imap) {authentication|login|auth|server|session|access|check|account} {is} NEEDED",
        "(logged|log|login|logging|authenticate|authenticated|authenticating) {in|into|to|on|via|with|through|by"
        "|using|the|your|first} (the|pop|pop3|imap|pop/imap) (pop~|imap~|server|mail|mailbox|account)",
        "FETCH {for|your|new|the|any|incoming} (MAIL|mailbox|mail box|inbox|emails) {first|server|account|via|pop"
        "|pop3|imap|using|from} (first|before|prior|beforehand)",
        "MUST {first|be} FETCH {for|your|new|the} (MAIL|mailbox|mail box|inbox)",
        "(connect|connecting|connected) to {the|your} (pop~|imap~) {server|mailbox|account} (before|first)",
        "(before|prior to) {you|SENDING|mail|messages|can|try} (SENDING) {MAIL|please|you|must|have|to|first|need}"
        " {check|FETCH} {your|for|new} (MAIL|pop|pop3|mailbox)",
        "(haven't|have not|hasn't|didn't|did not|not (recently|yet)) {recently|yet} FETCH {your|for|the} (MAIL|mailbox|inbox)",
        "認証(が必要|されていま|されておら|されていな|してくだ|を行っ|を行な|に失敗|が失敗|エラー|できま|が行われ|を受け|情報|を設定|を有効|していない|が完了)",
        "(smtp認証|smtp auth認証|未認証|pop認証|smtp auth|ユーザー認証|ユーザ認証|送信者認証|認証失敗|認証なし)",
        "(ログイン|サインイン)(が必要|してくだ|されていま|していま|に失敗|できま|して下さい|してから)",
        "(パスワード|ユーザ名|ユーザー名)…(誤|違|正しく|間違|一致しま)",
        "(メール|pop)…受信(して|後|し)",
        "(送信前|送信する前|送信の前)…受信",
        "(先に|事前に)…(受信|ログイン|認証)",
        "(需要|必须|请|请先|未|没有|尚未|须|須|需|必須)(|进行|通过|经过|先|开启|通過)(|身份|smtp|发信|发送|用户|登录)(|身份|smtp)(验证|认证|驗證|認證|登录|登陆|登入)",
        "(身份|smtp|登录|用户|密码|账号|帐号|登入)(验证|认证|驗證|認證|校验)(失败|失敗|未通过|错误|不通过)",
        "(认证|验证|登录|登陆|授权)(失败|未通过|错误|不成功)",
        "(用户名|密码|口令|授权码|密碼)…(错误|不正确|有误|不匹配|無效|无效)",
        "请先(收取|接收|收)",
        "(인증|로그인|비밀번호)(|이|을|를|에|가)(| )(필요|하지 않|되지 않|해야|실패|오류|하십시오|하세요|후|틀|일치하지|잘못)",
        "(authentifizierung|authentifizieren|authentisierung|authentifikation|authentification|authentifier|anmeldung"
        "|anmelden|smtp auth)…(erforderlich|notwendig|requise|nécessaire|necessaire|fehlgeschlagen|nötig|benötigt"
        "|invalide|échouée|echouee|obligatoire|gescheitert)",
        "(bitte|müssen|devez|veuillez|muessen)…(authentifi~|authentisier~|anmelden|einloggen|identifier|identifi~|connecter)",
        "(passwort|kennwort|mot de passe|contraseña|contrasena|senha|parola d'ordine|пароль|парол~|логин или"
        " пароль)…(falsch|ungültig|incorrect|incorrecte|invalide|erroné|incorrecta|incorrecto|incorrectos|inválida"
        "|inválidos|inválido|incorreta|errata|non valida|errati|неверн~|неправильн~)",
        "(неверн~|неправильн~|ошибочн~|falsches|ungültiges|mauvais) {логин|имя|или|пользователя|и} (пароль|парол~"
        "|passwort|kennwort|mot de passe)",
        "(usuario|usuário|utente|benutzername|identifiant) (o|ou|e|y|oder|und|et) (contraseña|senha|password|passwort"
        "|kennwort|mot de passe)",
        "(identifiez vous|identifique se|authentifiez vous|autentíquese|autentifíquese|autentique se|si autentichi|авторизуйтесь)",
        "nicht (authentifiziert|angemeldet|eingeloggt|authentisiert)",
        "(pas|non) (authentifié|authentifie|identifié|authentifiée)",
        "(bitte|rufen)…(mails|post|postfach|emails)…(abrufen|abholen|ab)",
        "(autenticación|autenticacion|autenticação|autenticacao|autenticazione|identificación)…(requerida|necesaria"
        "|obrigatória|obrigatoria|necessária|richiesta|necessaria|fallida|fallo|falhou|fallita|incorrecta|obligatoria"
        "|obbligatoria|requerido|error)",
        "(requiere|requer|richiede|debe|deve|necesita|precisa|es necesario|é necessário|occorre|devi"
        "|necessita)…(autentic~|identificarse|iniciar sesión|fazer login)",
        "(error|fallo|falha|erro|errore) (de|na|di|nella) (autentic~)",
        "(necessaria|richiesta|obbligatoria|requerida|necesaria|obligatoria|necessária|obrigatória)…autentic~",
        "no (autenticado|está autenticado|se ha autenticado|esta autenticado)",
        "(não|nao|non) (autenticado|autenticato|está autenticado|sei autenticato)",
        "(требуется|необходима|необходимо|нужна|требует) (аутентификаци~|авторизаци~|авторизоваться|авторизацию|smtp авторизаци~)",
        "(аутентификаци~|авторизаци~) (не|требуется|необходима|не пройдена|не удалась|обязательна)",
        "(ошибка|сбой) (аутентификации|авторизации)",
        "(не авторизован|не авторизованы|не аутентифицирован)",
        "(wymagana|wymagane|wymaga) (autoryzacja|uwierzytelnienie|uwierzytelniania|autoryzacji)",
        "(vereist|vereiste|verplicht) (authenticatie|aanmelding)",
        "authenticatie (is|vereist|verplicht|mislukt)",
        families=_FAMILIES,
        unless=_A_GROUP,
    ),
    *texts(
        CLEAR,
        "(logon|log on|sign in|signin) {is|was} NEEDED",
        "identify yourself",
        "(smtp|mail|user|esmtp|server|account) LOG_IN {is|was} NEEDED",
        "(use|using|configure|check|enable|set|setup|provide|try) {the|your|for|valid|correct|a|proper} {SMTP"
        "|outgoing|server|sender|mail} (AUTH|authenticated smtp|authenticated)",
        "(is|was|were|are) not [been] authenticated",  # Exchange: "Client was not authenticated"
        "(unauthenticated|nonauthenticated|non authenticated) (client|user|sender|session|connection|relay|smtp|host"
        "|sending|mail|submission)~",
        "not {smtp|properly|correctly|yet|been} authenticated",
        "(pop|pop3|imap) before [smtp]",
        "(auth|authentication|authenticate) (first|please|needed)",
        # A login that failed: the same settings in the same place
        "(authentication|auth|login|logon|authentification|sign in|sasl) {attempt|has|have|was|is|exchange|login"
        "|plain|mechanism|process|credentials|cram md5|smtp|user} (failed|failure|fails|unsuccessful|error|rejected"
        "|denied|aborted|invalid|incorrect|not successful|refused|unsuccessfull|not accepted|cancelled)",
        "(failed|failure|unable|could not|couldn't|cannot|can't|error|problem|not able|failing) {to|during|in|with"
        "|smtp|user|the|client} (authenticate|authenticating|authentication|log in|login)",
        "CREDENTIALS {is|are|was|were|have|has|you|entered|not|supplied|been|the|were|for} WRONG",
        "WRONG {user|smtp|sasl|or|login|name|username|and|missing|authentication|the} (CREDENTIALS|login|authentication|auth)",
        "(requires|require|needs|need|demands|expects|want|wants) {a|your|valid|proper|user|login} CREDENTIALS",
        "(oauth|oauth2|access|bearer|auth|login) token {is|was|has} (invalid|expired|rejected|missing|revoked|not valid)",
        "(pop|pop3|imap) {authorization|auth|login|session|authentication|access|before smtp} {has|is|was|session"
        "|window} (expired|timed out|too old|missing)",
        "(haven't|have not|not|didn't) popped",
        "(isn't|aren't|not|never) [yet] signed in",
        "(check|verify|correct|enter|provide|supply|confirm) {your|the|that|a|valid|user|username|name|login|account"
        "|and|or|correct|smtp|mail} CREDENTIALS",
        "(smtp|mail|esmtp) auth~ {is|not|must|settings|WORD} (NEEDED|not|failed|error|disabled|first)",
        families=_FAMILIES,
        unless=Words(f"{_A_GROUP.pattern}|{_THE_ADDRESS.pattern}"),
    ),
    *texts(
        LIKELY,
        "no valid (cert|certificate) for (gateway|gatewaying)",  # qmail TLS patch: a client certificate opens the relay
        "(unauthenticated|smtp auth|smtp authentication|not authenticated)",
        "(token|password|oauth token|access token) {has} expired",
        "(username|user name|password|user id) required",
        "(your|the) (user name|username|password|login|credentials)",
        "auth error",  # Sina
        families=_FAMILIES,
        unless=_THE_ADDRESS,
    ),
    # NetEase's words without the rest; home-made servers ask for a login with them
    *texts(LIKELY + SUPPORT, "not (authorized|authorised) to send MAIL", unless=_SOMEWHERE),
    *texts(HINT, "(authenticate|authenticated|authentication|password|login)", unless=_THE_ADDRESS),
    unless=_SOMETHING_ELSE,
    supported_by=frozenset({"5.7.8", "5.7.0", "5.7.57", "5.5.3", "5.7.9", "5.7.139"}),
)


def who_acts(reading: Reading) -> WhoActs:
    """At our server the user's program has to log in; elsewhere it is our own server that did not."""
    return "admin" if reading.reply.refused_by == "remote" else "user"


CAUSE = Cause(
    slug="auth_required",
    judge=judge,
    who_acts=who_acts,
    # Nobody logged in, so there is no login to wait for: the same sender from the same device is the proof.
    recovery=("sender", "client_ip"),
)
