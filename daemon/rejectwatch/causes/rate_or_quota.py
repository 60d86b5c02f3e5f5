"""Too many recipients, messages, connections or errors, too fast; or a message or a mailbox that is too large."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, HINT, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    "COUNTED": (
        "(recipients|recipient|rcpts|rcpt|rcpt to|rcpt to:|addresses|addressees|destinations|receivers|messages|message|mails|mail"
        "|emails|email|e mails|letters|connections|connection|sessions|session|errors|failures|attempts|logins|deliveries"
        "|requests|transactions|users|bounces|hits|posts|submissions|responses|defers|people|persons)"
    ),
    "OF_A_KIND": (
        "{concurrent|same size|similar|identical|simultaneous|parallel|open|active|smtp|mail|email|e mail|message"
        "|rcpt|bad|invalid|unknown|wrong|non existent|failed"
        "|unsuccessful|protocol|syntax|outgoing|outbound|incoming|inbound|consecutive|different|distinct|local|remote|external|of|allowed"
        "|authentication|auth|login|delivery|recipient|or|and|per|such|unique|sent|your|the|new}"
    ),
    "LIMIT": (
        "(limit|limits|quota|quotas|allowance|allocation|allotment|threshold|cap|maximum|max|ceiling|count|rate"
        "|maximum number|max number|number|allowed number|size|space)"
    ),
    # "your daily sending", "the maximum allowed outgoing message", "its disk space"
    "OF_WHAT": (
        "{the|your|its|their|our|his|her|this|a|an|all|maximum|max|maximal|allowed|permitted|allowable|acceptable"
        "|predefined|fixed|configured"
        "|daily|hourly|weekly|monthly|per hour|per day|per minute|24 hour|total|local|system|server|server's"
        "|account|user|user's|domain|domain's"
        "|sending|receiving|outgoing|outbound|incoming|inbound|smtp|mail|email|e mail|emails|message|messages|recipient|recipients"
        "|rcpt|connection|connections|mailbox|mail box|disk|disc|storage|space|size|rate|traffic|relay|bandwidth"
        "|administrative|of|for|on|quota|per|ip}"
    ),
    "EXCEEDED": "(exceeded|exceeds|reached|hit|surpassed|overrun|overdrawn|used up|exhausted|full|violated|violation|overflow|over)",
    "BOX": (
        "(mailbox|mail box|inbox|in box|account|user|recipient|recipient's mailbox|maildir|mail folder|mailfolder|folder|maildrop|mail drop"
        "|mail file|mail spool|spool|disk|quota|storage|server|system|queue)"
    ),
    "PERIOD": (
        "(hour|day|minute|second|week|month|session|connection|message|mail|email|transaction|delivery|period"
        "|24 hours|time|ip|user|sender|domain)"
    ),
}

# Mail loops are counted too, and so are points of spam; "too long" is also said of commands and addresses.
_SOMETHING_ELSE = Words(
    r"\bsyntax\b|\bparameter\b|\bhold time\b|\bdeadline\b|\bdeliverby\b|\bhops?\b|\bhop ?count\b|\bloop"
    r"|\breceived:? (?:lines|headers?|fields|key)"
    r"|\bscore[ds]?\b|\bspam (?:limit|threshold|level)|\btoo many (?:spams?|unwanted)\b"
    r"|\b(?:command|address|domain|host ?name|local ?part|user ?name|line|path|argument"
    r"|parameter)s? (?:line )?(?:is |are |was |length )?(?:too long|too large)"
)

_FULL = Words(
    r"\bmail ?box|\bmail ?dir\b|\bmail ?folder|\binbox|\bin box\b|\buser is over|\buser over|\baccount is (?:temporarily |currently )?over"
    r"|\bdis[ck]\b|\bstorage\b|\bspace\b|\bstore\b|\bfull\b|\bpostfach\b|\bbo[iî]te\b|\bbuz[oó]n\b|\bcasella\b|\bcaixa\b|\bящик"
    r"|メールボックス|容量|邮箱|信箱|邮件箱|메일함|사서함|용량"
)
_OUR_PACE = Words(
    r"\bconnections?\b|\bsessions?\b|\bip\b|\bhost\b|\berrors?\b|\bbounces?\b|\brate\b|\bfast\b|\bslow"
)

judge = judged_by(
    *texts(
        CLEAR,
        "only WORD (names|recipients|addresses|people) (may|can|are|allowed)",
        "unusual sending (activity|volume|behaviour|behavior|pattern|rate)",
        "has WORD bytes (left|free|remaining)",
    ),
    *texts(
        LIKELY,
        "split (your|the) (list|message|mail|mailing|recipients)",
    ),
    *texts(
        CERTAIN,
        # how many
        "too (many|much) OF_A_KIND (COUNTED|data|traffic)",
        "(maximum|max|maximal|allowed|permitted|allowable) [allowed|permitted] (number of|amount of|count of) OF_A_KIND COUNTED",
        "(number|amount|count) of OF_A_KIND COUNTED {is|was|were|are|has|been|have|per|in|this|session|message"
        "|connection|the|hour|day} (EXCEEDED|exceed|exceeding|too (high|large|big|great)|limited|above|more than"
        "|higher than|greater than)",
        "(exceed|exceeds|exceeded|exceeding) {the|your|our|maximum|max|allowed|permitted|a|of} (number|amount|count) of OF_A_KIND COUNTED",
        "(rcpt|recipient|recipients|message|messages|mail|email|connection|connections|session|rate|sending"
        "|sender|daily|hourly|monthly|hour|day|traffic|relay|bandwidth|throughput|submission) OF_WHAT LIMIT {is"
        "|was|has|been|have|for|your|this|the|ADDRESS|WORD} EXCEEDED",
        "(exceed|exceeds|exceeded|exceeding|surpass|surpassed|reached|hit|over|above|beyond) OF_WHAT (hourly"
        "|daily|monthly|sending|message|messages|recipient|recipients|rcpt|connection|rate|mail|email|per hour"
        "|per day|submission|relay|traffic) OF_WHAT (limit|limits|quota|allowance|maximum|threshold|cap"
        "|allocation)",
        "max {rcpt|rcpts|recipients|recipient|messages|message|emails|email|connections|connection|mail"
        "|of} (exceeded|reached|limit exceeded)",
        # how large
        "(message|mail|email|e mail|attachment|attachments|data|body|content|messages) [ADDRESS] {file|size"
        "|length|body|content|data|is|are|was|of|your|sent|that|total} (too (big|large|long|heavy|huge)|oversize"
        "|oversized)",
        "(message|mail|email|e mail|attachment|attachments|file|body|data) {file|size|length|body|of|is|(WORD)"
        "|bytes|your} (exceeds|exceeded|exceed|larger than|bigger than|greater than|longer than|more than|above"
        "|over) OF_WHAT (limit|maximum|max|size|value|length|quota|WORD bytes|WORD mb|WORD kb|mb)",
        "(exceeds|exceeded|exceed|exceeding|over|above) {the|our|your|this|server|server's|system|maximum|max"
        "|fixed|allowed|permitted|administrative|inbound|outbound|incoming|of|recipient's|mail|email"
        "|an} (message size|message length|mail size|email size|size limit|size limits|maximum size|size)",
        "(message|mail|email|attachment) (size|length) OF_WHAT (limit|limitation) {has|been|is|was} EXCEEDED",
        # full
        "BOX [ADDRESS] {is|are|was|has|been|currently|temporarily|already|now|appears to be|for|(WORD)|of|the"
        "|user|recipient} (full|overfull|overfilled|over full|over (the|its|their|his|your|disk|allowed|disc|mail"
        "|storage)|over quota|overquota|out of)",
        "full (mailbox|mail box|inbox|mail folder|mailfolder|maildir)",
        "(over|out of|beyond|above|exceed|exceeds|exceeded|exceeding) OF_WHAT (quota|disk space|storage"
        "|storage space|space|storage allocation)",
        "quota OF_WHAT [ADDRESS] {is|was|has|been|usage|limit|of} EXCEEDED",
        "overquota",
        "(insufficient|not enough|no|not sufficient|no more|no free|lack of|inadequate|low) {system|disk|disc"
        "|mailbox|mail|free|available|storage|enough|server|more} (space|storage|room)",
        "(space|storage|room) {has|have|been|is|was|are|the|all} (used up|exhausted|full|exceeded)",
        "does not have enough {free|disk|storage|mailbox|available} (space|storage|room)",
        "(has|have) too many (messages|mails|emails)",
        # how fast
        "(receiving|getting|received) {too|much|many|mail|messages|email} at a rate",  # Google
        "(sending|sent|send|connecting|mails|messages|receiving mail|mailing) {to|us|mail|email|messages|are|you"
        "|arriving|WORD} too (fast|quickly|often|frequently|rapidly)",
        "(rate|frequency) {of|sending|connection|mail|for|your|WORD} (limited|limiting|limit|limits|controlled|exceeded)",
        "(rate limited|ratelimited|ratelimit|rate limit|throttled|throttling)",
        "(exceeded|exceeds|exceed) OF_WHAT (rate|frequency)",
        # NetEase and Coremail, as their help page explains the codes
        "(mi|rp|dt|hl|ip):(dmc|cel|ccl|stc|drc|rcl|trc|sfq|tfq|frl|nrc|crl|qta)",
        "(容量|サイズ|上限|制限|件数|宛先数|受信者数|通数|クォータ|割り当て|割当|同報数|送信数)…(超え|超過|オーバー|いっぱい|一杯|不足|達し|到達)",
        "(件|通|名|回|アドレス|宛先|バイト|mb|kb)(まで|以内|以下)",
        "(メールボックス|受信箱|ディスク)…(いっぱい|一杯|満杯|フル|空きが|空き容量)",
        "(宛先|受信者|送信先|メール|件数|エラー|接続|添付|サイズ|頻度)…(多すぎ|大きすぎ|多過ぎ|大き過ぎ|高すぎ)",
        "(超过|超出|超過|超额|达到)…(限制|上限|配额|限额|容量|最大|数量|次数|频率|大小|空间)",
        "(限制|上限|配额|限额|容量|数量|次数|大小|频率|空间)…(超过|超出|超過|超限|已满|不足|已用完|过大|过多|过高)",
        "(邮箱|信箱|邮件箱|郵箱)…(已满|已滿|满了|空间不足)",
        "(太多|过多|過多|过大|過大|太大|过快|频繁|頻繁)",
        "(용량|크기)(이|가|을)…(큽니다|크다|큰|커서)",
        "(용량|한도|제한|할당량|쿼터|크기|개수|횟수|수신자)…(초과|부족|넘|가득|많)",
        "(메일함|사서함|받은편지함)…(가득|꽉|초과)",
        "(postfach|mailbox|speicher|speicherplatz|quota|kontingent|posteingang)…(voll|überfüllt|ueberfuellt"
        "|überschritten|ueberschritten|erschöpft|ausgeschöpft)",
        "(zu viele|zu viel|zu groß|zu gross|zu schnell|zu oft)",
        "(limit|versandlimit|sendelimit|tageslimit|mengenlimit|kontingent|grenze|höchst~|maximal~|größe"
        "|obergrenze)…(überschritten|ueberschritten|erreicht|überschreitet)",
        "(boite|boîte|messagerie|espace|quota)…(pleine|plein|saturée|saturee|dépassé|depasse|atteint|insuffisant)",
        "(trop de|trop nombreux|trop volumineux|trop gros|trop grand|taille limite|taille maximale|limite atteinte|limite d'envoi)",
        "(buzón|buzon|cuota|cuenta|espacio|límite|limite|tamaño)…(lleno|llena|excedid~|excede|superad~|supera|insuficiente|alcanzado)",
        "(caixa|cota|quota|limite|conta|espaço|tamanho)…(cheia|cheio|excedid~|excede|atingid~|insuficiente|esgotad~)",
        "(casella|quota|limite|spazio|dimensione)…(piena|superat~|supera|esaurit~|eccede|raggiunt~)",
        "(superado|excedido|alcanzado|excede|supera|sobrepasado|excedeu|atingiu|ultrapassou|superato|raggiunto"
        "|dépassé|depasse|atteint)…(límite|limite|máximo|maximo|massimo|número|numero|nombre|quota|cuota|cota"
        "|maximum|maximale)",
        "(número|numero|nombre) (máximo|maximo|massimo|maximal|maximum) (de|di)",
        "(demasiados|demasiadas|muitos|muitas|troppi|troppe|troppo grande|demasiado grande|muito grande)",
        "(ящик|ящика|квота|лимит)…(переполнен|полон|заполнен|превышен~|исчерпан~)",
        "превышен~…(лимит~|квот~|размер~|количеств~|ограничен~|числ~)",
        "слишком (много|больш~|част~|быстр~)",
        families=_FAMILIES,
    ),
    *texts(
        CLEAR,
        "(exceed|exceeds|exceeded|exceeding|surpass|surpassed|reached) OF_WHAT LIMIT",
        "(limit|limits|limitation|quota|threshold|allowance) {of|WORD|is|was|has|been|have|on|for|the"
        "|this} (exceeded|reached|exhausted|violated|overrun)",
        "(only|at most|no more than|not more than|more than|maximum of|max of|maximum|max|max.|limited to"
        "|limit is|limit of|up to|fewer than|less than) [WORD] OF_A_KIND COUNTED {is|are|can|may|be|allowed"
        "|permitted|accepted|in|one|a} (per|at once|at a time|at one time|allowed|permitted|accepted)",
        "COUNTED (at a time|at once|at one time|per message|per hour|per day|per connection|per session|per mail|per minute)",
        "(recipient|recipients|rcpt|address) list {is|was} too (long|large|big)",
        "(larger|bigger|greater|longer) than {the|this|our|what|we|server|system|recipient's|maximum|is} (accepts"
        "|accept|allowed|permitted|allows|limit|maximum|permits|can|size)",
        "(one|1) (recipient|message|mail|connection|rcpt) (per|at a time|at once|only)",
        "only (one|1) OF_A_KIND COUNTED",
        "(split|reduce|limit|decrease) {up|the|your|number|of|this|size} (recipients|recipient list|recipient"
        "|message|mailing|message size|size|rate|number of|mailings|connections)",
        "(daily|hourly|weekly|monthly|sending|message|messages|recipient|recipients|rcpt|connection|connections"
        "|outbound|outgoing|size|per hour|per day|relay|concurrency|concurrent) {mail|email|message|messages"
        "|sending|rate|limit} (limit|limits|quota|allowance|limitation)",
        "(fewer|less) OF_A_KIND COUNTED",
        "(slow down|slower|please slow)",
        "(send|sent|sending|mail|mailed|mailing) {us|me|to|MAIL} too (much|many)",
        "(messages|message|mail|mails|attachments|files) {of|only|are|is|limited|size|allowed|accepted} (up to"
        "|smaller than|over|above|beyond) {of|to} WORD {bytes|byte|kb|mb|kilobytes|megabytes|k|m}",
        "(credit|credits) {has|have|been|is|are|for|sending|all|your|limit} (exhausted|used|used up|exceeded|spent|expired|insufficient)",
        "(used|used up|spent|exhausted|no|insufficient|not enough|out of) {all|of|your|sending|remaining|more|mail} credits",
        "(flood|flooding|floods|mail flood|mail bomb|mailbomb|mail bombing|mailbombing)",
        "COUNTED (max|maximum|at most)",
        "not so (fast|quick|quickly|many|much)",
        "(empfänger|versand|sende|nachrichten|mail|tages|stunden)(limit|grenze|kontingent)…(erreicht|überschritten|ausgeschöpft)",
        "come back {again} (tomorrow|in WORD hours|in an hour)",
        "(try|retry|send|resend|again) {again|it|later|the|message|in|after} (tomorrow|next day|next week"
        "|WORD hours|WORD hour|WORD minutes)",
        "wait {at|least|for|until|a|an} (tomorrow|WORD hours|an hour|WORD hour|WORD minutes|WORD seconds|next day)",
        "(number of|too many) recipients",
        "(message|mail|email|attachment) (size|length)",
        families=_FAMILIES,
    ),
    *texts(
        LIKELY,
        "(max|max.|maximum|at most|up to|limit of|limit is|limited to|more than) [WORD] OF_A_KIND COUNTED",
        "COUNTED (per|each|every|an|a|in one|within a|within one) PERIOD",
        "too (big|large|heavy|fast|quickly|frequently|often)",
        "(exceed|exceeds|exceeded|exceeding|overquota|excessive)",
        "(quota|overlimit|over limit|limit reached)",
        "(sending|connection|message|mail) (rate|volume|frequency|speed)",
        "(unusual|excessive|unexpected|high) (rate|amount|volume|number) of {outgoing|sent|your} COUNTED",
        "(size limit|maximum size|max size)",
        "(is|are|was|currently|temporarily) full",
        families=_FAMILIES,
    ),
    *texts(HINT, "(limit|limited|limits|maximum|volume)"),
    unless=_SOMETHING_ELSE,
    supported_by=frozenset({"5.2.2", "5.2.3", "5.3.1", "5.3.4", "5.5.3", "5.4.5"}),
)


def who_acts(reading: Reading) -> WhoActs:
    """A full mailbox is emptied by its owner, at our server with our help; a pace towards others is our server's."""
    remote = reading.reply.refused_by == "remote"
    if _is_about_a_full_mailbox(reading.plain):
        return "admin" if reading.reply.refused_by == "local" else "remote"
    return "admin" if remote and _OUR_PACE.search(reading.plain) else "user"


def _is_about_a_full_mailbox(plain: str) -> bool:
    """Except where it is the message that is too large for it."""
    return bool(_FULL.search(plain)) and "size" not in plain and "too large" not in plain


CAUSE = Cause(
    slug="rate_or_quota",
    judge=judge,
    who_acts=who_acts,
    recovery=("person", "recipient_domain"),
)
