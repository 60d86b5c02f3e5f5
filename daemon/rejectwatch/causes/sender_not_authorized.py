"""Somebody logged in, and sends as an address that this login may not use."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.reading import address_named
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, SUPPORT, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    "SENDER": (
        "(sender|sender's|from|from:|mail from|mail from:|mailfrom|envelope sender|envelope from|return path|reverse"
        " path|header from|from header"
        "|from line|header sender|originator|originating|smtp sender|mime from|message sender)"
        " [email|e mail|mail|smtp|envelope|in] [address|header|domain|id|field|name|user|account]"
    ),
    "LOGIN": (
        "[the|your|a|an|with|current|this] [smtp|sasl|esmtp|mail]"
        " (authenticated|authorized|authorised|authentication|authenticate|authorization|auth|logged in|logged on"
        "|login|logon|auth'd|authed|signed in)"
        " [smtp|sasl|email|e mail|mail] [user name|username|user|userid|user id|account|id|identity|name|sender"
        "|address|login|credentials|email|user's]"
    ),
    "MAY_NOT": (
        "(not [been] (authorized|authorised|allowed|permitted|entitled|privileged|granted|configured|enabled)"
        "|unauthorized|unauthorised|(may|can|must|do|should) not|cannot|can't|mayn't|disallowed"
        "|forbidden|prohibited|don't have permission|no permission|no right|no rights|not have permission|not have"
        " permissions|not have the right|not have rights|not have the permission)"
    ),
    "VERIFIED": "(verified|validated|confirmed|verify)",
    "SEND": "(send|sending|submit|relay|post|mail|write|use|sent)",
    "MATCH": "(match|equal|agree|correspond|belong|matches|equals|fit|conform|correlate|coincide|be the same|the same)",
}

# g191: "You are not authorized to send mail as <>" is about bounces; the others tell of the receiver's own lists.
_SOMETHING_ELSE = Words(
    r"\b(?:as|from) <>|\b(?:spf|dkim|dmarc|arc|sender ?id)\b|\bblack|\bblock(?:ed )?list|\bbadmailfrom\b|\bspam"
    r"|\bhelo\b|\behlo\b|\breverse dns\b|\bptr\b|\bdoes not exist\b"
)
# Whose address it is said of: a receiver forbids senders too, and names no login.
_AT_THE_DOOR = Words(
    r"\bip\b|\bhosts?\b|\bdns\b|\bconnect|\brecipient|\bmailing list|\bgroup\b|\blist\b|\bnetwork\b|\boutside\b|\bexternal"
    r"|\bsyntax\b|\bmalformed\b|\bformat\b|\bresolv|\bclient\b|\bserver\b"
)

_A_HOST = Words(r"\b(?:ip|host|server|network|helo)\b")

_BY_ITS_ADDRESS = 93
"""It says as whom somebody may not send, which outweighs that he may not send."""
OF_AN_ADDRESS = LIKELY + SUPPORT
"""A receiver's own list is about senders; an address or domain that is not allowed is more often a login's."""

judge = judged_by(
    *texts(
        CERTAIN,
        "(差出人|送信者|送信元)…(認証|ログイン|ユーザ|アカウント)…(一致し|異な|違)",
        "not [the] owner of {that|this|the|such} (return|sender|from) address",
        "sends only as",
        "sending as ADDRESS [is] not (permitted|allowed|authorized)",
    ),
    *texts(
        CLEAR,
        "sender [address] must be (from|in|within|at|on) (ADDRESS|WORD)",
    ),
    *texts(
        _BY_ITS_ADDRESS,
        "MAY_NOT {to} use {THE|that|such} {email|mail} (address|addresses|name|domain|ADDRESS) {given|specified"
        "|chosen|you|NAME} as {the|a|your} (sender|from|return path)",
        "(owned by|belongs to|belong to|registered to|assigned to|belonging to) {an|a} (someone else|somebody else"
        "|another user|another account|another customer|other user|different user|different account|someone other)",
        "one of your own {email|mail|e mail} (addresses|aliases|identities)",
        "(alias|identity|mailbox|domain) {ADDRESS|is} (not|isn't) (yours|your own)",
        "(not (authorized|authorised|allowed|permitted)) as {the|a} (sender|from|originator)",
        "(sender|address|alias|from|domain|identity|ADDRESS|from address) {you|use|are using|address} (isn't|is not"
        "|not|wasn't) {one|been} (assigned|associated|linked|attached|configured|registered|added|bound|enabled|that"
        "|of|you|allowed) {to|with|for|in|on|you|own} (your|this|own|you) [account|mailbox|login|user|profile]",
        "SENDER {must|has to|should|needs to|have to} be {an|one|a|the} (address|addresses|alias|aliases) of {your"
        "|the|this} (account|mailbox|login|user|domain)",
        "(can|may|must|should) {send} only {send} {MAIL} (as|from|with|under) {the|your|own|address} (ADDRESS|own|address)",
        "(can|may|must) send only (as|from|with) ADDRESS",
        "not one {that|which} you own",
        "(add|register|verify) {this|the|that|your} {sender|from|new} (address|domain|alias|identity) (to|in|with"
        "|under) {your} (account|profile|dashboard|settings)",
        "(only|just) {addresses|senders|aliases} {of|from|in|the|domain|your|NAME} (can|may|must) be used as {the|a} sender",
        "(mail address|email address|e mail address|from address|sender|sender address) and {the|your} (login|login"
        " name|user name|username|account|account name) {must|have to|should|are|do} {not} (be identical|identical|be"
        " the same|match|agree|the same|be equal)",
        "(delegate|delegation|impersonation|send on behalf) (right|rights|permission|permissions|missing|denied|not)",
        "(permitted|allowed|permission): {you|are|the|your} (authenticated|logged in) as",
        "(sender|address|alias|from|domain|identity|ADDRESS) {is|are|was|address} not {been} (assigned|associated"
        "|linked|attached|configured|listed|registered|added|bound|enabled) {as|sender|a} (to|with|for|in|on|under)"
        " {your|this|the|authenticated} (account|login|user|mailbox|you|profile)",
        "(usar|utilizar|usare|utilizzare|utiliser|использовать) {este|esta|ese|esa|cette|cet|questo|questa|этот|такой"
        "|чужой} (remitente|remetente|mittente|expéditeur|adresse d'expéditeur|dirección de envío|адрес отправителя"
        "|обратный адрес)",
        "(enviar|envoyer|inviare|mandar|отправлять|отправить) {correo|mail|mensajes|mensagens|messages|e mail"
        "|messaggi|письма|почту} (como|con|com|desde|en tant que|avec|depuis|sous|come|da|con|от имени|с) {este|esta"
        "|ese|esa|cette|cet|ce|questo|quest'|questa|этого|этим|чужого|чужим} (usuario|usuário|dirección|direccion"
        "|endereço|remitente|remetente|adresse|utilisateur|expéditeur|utente|mittente|indirizzo|адреса|адресом"
        "|отправителя|имени)",
        "adresse d'expéditeur {NAME} (non|pas|n'est pas) {autorisée|valide|permise} {pour} [ce|votre|cet]",
        families=_FAMILIES,
    ),
    *texts(
        CERTAIN,
        # Postfix reject_sender_login_mismatch, Zimbra, Yandex
        "not owned by {the|auth|authenticated|login|your|this|sasl|ADDRESS} (user|account|login|you|authenticated"
        "|auth)",
        "not owned by",
        # NetEase, QQ
        "SENDER [ADDRESS] (must|should|has to|needs to|have to|must to) {be|the|always} (equal|same|match|identical"
        "|correspond|belong|agree|equals)…(LOGIN|user|account|login|you|smtp|one of|identity)",
        "SENDER [ADDRESS] (DOES_NOT|not) [the] MATCH…(LOGIN|user|account|you|login|username|credentials|your|identity|sasl)",
        # iRedAPD
        "SENDER [ADDRESS] (is not|isn't|must be|not) {the|identical|equal|same|with|to|as|different} (same|identical"
        "|equal)…(LOGIN|login|user|account)",
        "SENDER [ADDRESS] {is|was} (different|differs|differ|differing|deviates) from…(LOGIN|login|user|account|your)",
        "(LOGIN|account|user name|username|credentials|login|user) {ADDRESS|NAME|name|address|and|of} DOES_NOT {the"
        "|MATCH} MATCH…(SENDER|sender|address)",
        "(LOGIN|user|account) [NAME] (is not|isn't|not) {the|an|a} (owner|allowed|permitted|authorized|authorised"
        "|entitled) {of|to|use|for|send|as|mail|with|from} {the|this|that} (SENDER|ADDRESS|address|sender)",
        "(LOGIN|user)…mismatch",
        "mismatch…LOGIN",
        "SENDER [ADDRESS] {and|or} {the|smtp|your} (LOGIN|login|account|user) {name} (mismatch|do not match|don't"
        " match|differ|must match|must be the same|are different|are not the same)",
        "(LOGIN|login|login user|auth user|account|user) and {the|mail} (sender|from|from address|sender address|mail"
        " from) {are|is|do|must be|not|differ} (not the same|different|not identical|not match|differ|mismatch|the"
        " same|don't match)",
        "SENDER {ADDRESS|login|user|account|auth} mismatch",
        # iCloud
        "SENDER [ADDRESS] (is not|isn't|was not|not) {one|of|among|any|an|a|in} (your|yours) [own|addresses|aliases"
        "|list|account|identities]",
        "(not|isn't|not one) {one|of|among|any|an|a|in|listed|the} (your|user's|account's|its|users|the account's"
        "|his) {own|list|of|configured|allowed|permitted|valid|registered|email|e mail|sender} (addresses|aliases"
        "|alias|identities|identity|senders|address)",
        "(SENDER|ADDRESS|address|alias|identity|domain) {in|from|field} (does not|doesn't|not|do not|must|should|has"
        " to) belong {to} [THE] (you|your account|account|authenticated|user|LOGIN|login|sender|ADDRESS|sasl|your"
        "|logged)",
        # Exchange
        "(no|not have|not have the|lack|lacks|without|not have any|insufficient) {necessary|required|sufficient|the"
        "|proper|enough} (permission|permissions|privilege|privileges|right|rights|authority) to SEND {MAIL|messages"
        "|mails} (as|on behalf|from|with)",
        "send ?as ?denied",
        "(sendasdenied|sendasdeniedexception|mapiexceptionsendasdenied)",
        "(send as|send on behalf|send as denied)",
        "MAY_NOT [to] (use|using|to be used|set|specify|spoof|forge|impersonate|send as) {THE|such|a|an|different"
        "|other|another|that|someone|else's|in|specified} (SENDER|sender|from|alias|return path|return address|reply"
        " address|identity|envelope) {address|ADDRESS|as|for|name|domain}",
        "MAY_NOT [to] use [THE] ADDRESS",
        "(unauthorized|unauthorised|illegal|improper|illegitimate|fraudulent|unlawful|unpermitted|forbidden) (use"
        "|usage) of {THE|a|an|other|another|another's|mail|email|someone|else's} (SENDER|sender|identity)",
        "(use|usage|using) {of} {THE|a|an|other|another|ADDRESS|as} SENDER [ADDRESS] {is|has been|was|as} (not"
        " (allowed|permitted|authorized|authorised)|MAY_NOT|denied|refused)",
        "(no|not have the|not have|don't have the|lack the|without) (right|rights|permission|authority|privilege"
        "|privileges) {to|for} (use|using|send from|send as|send mail as|send mail from) {THE} (SENDER|ADDRESS"
        "|address|sender|domain)",
        "(forbidden|illegal|disallowed|invalid|wrong|unauthorized|unknown|bad|not (allowed|permitted)) {SENDER|a}"
        " (SENDER|sender) {ADDRESS} for {THE|this|your} (LOGIN|account|user|login|customer)",
        "MAY_NOT [to] use {THE|specified|such} {email|e mail|mail} (address|domain) {ADDRESS|as|for|the|a} (sender"
        "|from|sending|account|mail|MAIL|to send)",
        "relaying disallowed as",  # Zoho
        "SENDER [ADDRESS] [is] not allowed to relay",  # the same
        "(mi:sum|dt:sum)",  # HiChina's Coremail and NetEase: sender and authenticated user, or the two senders, differ
        "(different|another|other) (from address|sender address|address or alias) [than|from|using]",
        "(sending|send) {this|mail|from|the|message} from a different address",  # Microsoft
        "only {send|to|use|mail|be|allowed|permitted|authorized|may|can} {MAIL|from|as|with|using|the} {your|own|the}"
        " (own|authenticated|registered|verified|account's|primary|account) {email|e mail|mail|sender|from|account}"
        " (address|addresses|domain|domains|account|mailbox)",
        "(must|should|have to|please|need to|may only|can only) {be|only|to} (use|send|sent|specify) {MAIL|from|as"
        "|with|using|the} {your|a|the|an} (own|authenticated|registered|verified|real|account's|assigned|valid sender"
        "|address of your) {email|e mail|mail|sender|from|account} (address|addresses|domain|account|mailbox)",
        "(impersonat~|masquerad~) {another|other|user|sender|of|the|users|account|is|not|as} (user|users|sender|not"
        " allowed|denied|forbidden|address|account|prohibited)",
        "sender impersonation",
        "(alias|aliases|identity|identities) {ADDRESS|is|are|not} (not|unknown|invalid|unverified) {a|been|allowed"
        "|for|yet} (verified|your|allowed|permitted|this account|configured|confirmed|authorized|valid)",
        "(from address|from: address|email address|email|identity|signature|sender signature|sending domain|sender"
        " identity) [ADDRESS|NAME] {has|is|was|does|must|have|are|you|are using|been|yet} not {been|yet|a|an"
        "|currently|match a|match any} VERIFIED",
        "(LOGIN|login|user|account) [NAME] (does not|doesn't|do not) own",
        "(ADDRESS|address|sender|from|identity|domain) (is not|isn't|not) (yours|your own|your address)",
        "(SENDER|sender) (is not|isn't) you",
        "you (are not|aren't) ADDRESS",
        "(not|aren't|isn't) {the} owner of {this|that|the|such} {email|sender} (address|mailbox|sender|alias|identity|account|domain)",
        "SENDER {is|are} not (in|on|among) {the|your|an|of} {allowed|permitted|authorized|valid|list|of} (list"
        "|senders|addresses|identities|aliases) {of|senders|addresses} for {user|account|login}",
        "(absender|absenderadresse|absenders) {ADDRESS|ist|für|diese|nicht|wird} nicht (für|erlaubt|zugelassen"
        "|gestattet|berechtigt|akzeptiert) {diesen|diese|dieses|dieser|ihren|ihr|ihre|für} [benutzer|anmeldung|konto"
        "|login|account|kennung|absender]",
        "(他人|別の|他の|ほかの)…(アドレス|差出人)…(送信|使用|利用)",
        "(以该|使用该|使用他人|以他人|冒用)…(地址|发件人|名义|邮箱)",
        "(인증|로그인)…(보낸 사람|보내는 사람|발신자|발신)…(다릅|다른|일치하지|불일치)",
        "DOES_NOT own {THE|sender|email|e mail} (ADDRESS|address|sender|domain|identity|alias)",
        "(someone else's|somebody else's|another user's|another person's|other user's|other people's|another"
        " account's|a different user's) {email|e mail|mail|sender} (address|addresses|identity|name|alias|account)",
        "(LOGIN|account|user) [NAME] (DOES_NOT|not) {be|been} (allow|permit|authorize|cover|include|allowed) {you|to"
        "|use|send|as|from} {this|the|that|such} (SENDER|sender)",
        "SENDER [ADDRESS] (must|should|has to|have to|needs to|may only|can only) be {the|one|of|a|an|equal|identical"
        "|to|same|as|member|any} (your|the account|the login|the user|account's|login's|the address of|addresses"
        "|aliases) {account|login|own|user|verified|the|address}",
        "only send {MAIL} (from|as|with|using) {the|an|one|of|those|any} {email|e mail} (address|addresses|alias"
        "|aliases|identity|domain|domains) {of|that|which|in|linked|belong|assigned|to|registered|are} (your account"
        "|your login|your mailbox|you|your)",
        "(missing|no|lacks|lacking|insufficient|without) {the|a|required|any} (sendas|send as) {permission"
        "|permissions|right|rights|access|privilege}",
        "(logged in|authenticated|signed in) as…(but|sender|not|from|someone|somebody|another)",
        "(sender|from|user|login|alias) identity {ADDRESS|is|was} (mismatch|unknown|not|invalid|differs|rejected)",
        "identity mismatch",
        "unknown (sender|from) identity",
        "(authenticated user|login|auth user|logged in user) {ADDRESS|NAME|is} (differs|different|differ|another)",
        "no permission {to|for} {use|send|as|from} {this|that|the} (sender|from address|sender address|address|alias)",
        "(user|account|login) [NAME] {is|are} (not (allowed|permitted|authorized|authorised|entitled)|MAY_NOT) {to}"
        " use {this|that|the|such} (address|sender|from|alias|domain)",
        "(using|use of|using of|to use) {a|an|the|any|of} (foreign|other|another|different|someone else's|somebody"
        " else's|alien|fake|false) {email|mail} (sender|from|address|identity|account)",
        "(sending|send|sent) {MAIL|messages} (on behalf of|as) {any} (other|others|another|somebody|someone|different)",
        "(差出人|送信者|発信者|送信元)…(使用|利用)…(許可|でき)",
        "(使用|利用|送信|指定)でき(ない|ません)…(差出人|送信者|送信元|from)",
        "(差出人|送信者|送信元|from)…(使用|利用|送信|使う)(でき|は許可|を許可|が許可)",
        "(unverified|unconfirmed|unvalidated|unregistered|non verified|not verified|unapproved|unconfigured) {sending"
        "|sender|from|email} (sender|address|domain|identity|from|sender address|sending domain|email)",
        "(verified|confirmed|validated) {sender|from|sending} (sender|identity|identities|address|domain|senders)"
        " {required|only|first|needed}",
        "(verify|confirm|validate|register) your (sender|from|sending) (address|domain|identity|email)",
        "(please|must|should|need to|have to|has to) {first} (verify|confirm|validate|register) {the|this} (sender"
        "|from|sending) (address|domain|identity|email)",
        "(差出人|送信者|発信者|送信元|from)…(ログイン|認証|アカウント|ユーザ)…(異な|一致しま|一致せ|違い|違う|ではあり|不一致)",
        "(差出人|送信者|発信者|送信元|from)(アドレス|メールアドレス|)(が|は|を|として)(認証|ログイン|許可|使用|利用|使え|お客様|あなた)",
        "(ログイン|認証)…(差出人|送信者|送信元|from)…(異な|一致|違)",
        "(发(信|件)人|发送者|寄件人|發件人|mail from|发信地址|发件地址)…(认证|验证|登录|授权|帐号|账号|登入)…(不相同|不一致|不同|不符|不匹配)",
        "(认证|验证|登录|登陆)(用户|帐号|账号|地址)…(发(信|件)人|发信地址)…(不相同|不一致|不同|不符|不匹配)",
        "(必须|只能|请)…(与|使用)…(认证|登录|验证|本人|自己)…(发(信|件)人|发送|地址|一致|相同)",
        "(보내는 사람|발신자|발신|송신자)…(로그인|인증|계정)…(일치|다릅|다른|불일치)",
        "(absender|absenderadresse|from adresse)…(gehört nicht|stimmt nicht|nicht mit|nicht identisch|nicht"
        " verifiziert|nicht bestätigt|gehoert nicht|passt nicht|nicht zu ihrem|nicht freigeschaltet)",
        "(absender|absenderadresse|absenders)…(ihr konto|ihrem konto|ihren account|benutzer|login|anmeldung)…(nicht"
        " zugelassen|nicht erlaubt|nicht gestattet|nicht berechtigt|nicht freigegeben)",
        "(absenderadresse|absender) nicht (verwenden|benutzen|nutzen)",
        "(utiliser|envoyer)…(adresse d'expéditeur|cette adresse|expéditeur|adresse d'expedition)",
        "(nicht berechtigt|nicht befugt|keine berechtigung|nicht erlaubt|dürfen nicht)…(als|unter|absender~|mit dieser)",
        "(expéditeur|expediteur|adresse d'expédition|emetteur|émetteur)…(ne correspond pas|différent|non autorisé"
        "|n'appartient pas|non autorise|non vérifié|pas autorisé|non validé)",
        "(remitente|dirección de origen|from)…(no coincide|no pertenece|no corresponde|diferente|no está verificad~"
        "|no verificad~|no está autorizad~)",
        "(remetente)…(não corresponde|não pertence|nao corresponde|diferente|não autorizado|não verificad~)",
        "(mittente)…(non corrisponde|non appartiene|diverso|non autorizzat~|non verificat~)",
        "(адрес отправителя|отправитель|отправителя)…(не соответствует|не совпадает|не принадлежит|отличается|не подтвержд~)",
        families=_FAMILIES,
    ),
    *texts(
        CERTAIN,
        "MAY_NOT [to] SEND {MAIL|messages|mails|any|email} (as|on behalf of|using|under|with the|in the name of)"
        " [THE] [other|different|another|that|sender|from] (SENDER|ADDRESS|address|sender|user|users|account|identity"
        "|domain|WORD)",
        families=_FAMILIES,
        unless=_A_HOST,
    ),
    *texts(
        CLEAR,
        "MAY_NOT {to} use {this|that|such|a|email} (address|alias|identity)",
        "MAY_NOT {to} (send|use|sending) {MAIL|messages} (for|as|from|with) {that|this|the|WORD} (domain|sender|address)",
        "(domain|address|sender|alias) [ADDRESS|NAME] {is|are|was} (not [been] (authorized|authorised|allowed"
        "|permitted|enabled|configured|verified|registered|assigned)|unauthorized) (for|by|with|in|to|on|under) {this"
        "|your|the} (account|login|user|authenticated|mailbox|profile|customer)",
        "(use|send from|send as|send with|send mail from|send mail as|sending from) [only] your own [email|e mail"
        "|sender|from|mail] (address|account)",
        # Fastmail
        "MAY_NOT [to] SEND {MAIL|messages|mails|email} (from|with|using|under) [THE] (ADDRESS|address|sender|email|e"
        " mail|from|header|domain|account|identity|alias|sender address|different|another|other|envelope)",
        "sender [address] [ADDRESS] [is] MAY_NOT {to|be|used} (for|by|with|to) {be|use|used|send|relay|by|the} [THE]"
        " (LOGIN|user|account|you|login|sender|customer)",
        "[from|from:|sender|email|e mail|this|the] address [ADDRESS] [is] not {been|yet} VERIFIED",  # Yahoo, Amazon SES
        "invalid sender address specified",  # s/qmail: Mail Address Verification of an authenticated user
        "(not|isn't) your mailbox",
        "not [a] local sender over smtp",  # mail.ru
        "local (user|users) only",  # NetEase: the sender must be one of this site's
        "(sender|from|mail from|from address|sender address|envelope sender|return path) [address] [ADDRESS] {must"
        "|should|has|needs|have} {to} be {a|an|from|in|of|the|one|one of|your|registered|on} (local|valid local"
        "|registered|own|your|our|hosted|this|the authenticated|this server's|authorized|authorised|verified"
        "|permitted|allowed)",
        "(must|need to|have to|please) {have|use|be|specify|using|send|from} {a|an|the|one|of|with|from} (local|our"
        "|valid local|registered|hosted) {from|sender|mail from|return|email|envelope} (from|sender|address|return"
        " address|mail from|domain)",
        "unknown sender {address} for {this|your|the} (account|user|login)",
        "(invalid|wrong|bad|incorrect|unknown|unauthorized|illegal) {or|not|unauthorized} (from|sender|mail from)"
        " {address|for|email} for {this|your|the|that|authenticated|login|smtp|logged in} (account|user|login|session"
        "|authentication)",
        "(sender|from) {address|ADDRESS} {is|not} not {a|an} {valid|allowed|permitted|authorized} for (this|your|the)"
        " {authenticated|smtp} (account|user|login|session|server|authentication|connection)",
        "not accept masquerading…auth",  # indimail
        "(fake|forged|forging|spoofed|spoofing|falsified) (sender|from|mail from|from address|sender address"
        "|envelope)…(LOGIN|login|account|authenticated|user)",
        "sender is unvalidated",  # Sina
        "SENDER [ADDRESS|NAME] {has|is|was|does|must|have|are|been|yet} not {been|yet|a|an|currently} VERIFIED",
        families=_FAMILIES,
        unless=_AT_THE_DOOR,
    ),
    *texts(
        OF_AN_ADDRESS,
        "sender (address|domain) [ADDRESS|NAME] [is] not (allowed|permitted|authorized|authorised)",
    ),  # GMX after a login; qmail-spp mailfromhosts
    *texts(
        LIKELY,
        "SENDER [ADDRESS] {address|is|are|was} (not (authorized|authorised|valid for|permitted for)|unauthorized"
        "|unauthorised) {on|by|for|to|from|in|use|send|this|relay}",
        "MAY_NOT [to] SEND {MAIL|messages} (as|from) {this|that|the}",
        "unauthorized (sender|from)",
        families=_FAMILIES,
        unless=_AT_THE_DOOR,
    ),
    *texts(
        HINT,
        "not accept masquerading",
        families=_FAMILIES,
    ),
    unless=_SOMETHING_ELSE,
    supported_by=frozenset({"5.7.60", "5.2.252"}),
)

_OWNER = Words(r"(?i)\bnot owned by user (?P<login>[^;]+)")


def who_acts(reading: Reading) -> WhoActs:
    """The user chose the address, except where it is his own: then our map of logins and addresses is wrong.

    Elsewhere it is the login of our server that was refused, which no user can see.
    """
    if reading.reply.refused_by == "remote":
        return "admin"
    sender = (reading.reply.sender or _sender_in(reading)).lower()
    return "admin" if sender and sender in _logins(reading) else "user"


def _logins(reading: Reading) -> set[str]:
    """The login as Postfix names it: to the end of the reply, or to a blank where a footer follows."""
    owner = _OWNER.search(reading.words)
    named = owner["login"].strip() if owner else reading.reply.user or ""
    return {named.lower(), named.partition(" ")[0].lower()}


def _sender_in(reading: Reading) -> str:
    found = address_named(reading)
    return found[1] if found and found[0] == "sender" else ""


CAUSE = Cause(
    slug="sender_not_authorized",
    judge=judge,
    who_acts=who_acts,
    recovery=("user", "sender"),
    # There the same login of ours is used for everybody: the sender that was refused has to get through.
    recovery_elsewhere=("sender", "recipient_domain"),
)
