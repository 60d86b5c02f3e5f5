"""The server takes no bounces (`<>`), or not this one, or asks for a sender."""

from __future__ import annotations

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CLEAR, HINT, LIKELY, Words, judged_by, texts
from rejectwatch.facts import WhoActs

_NAMED = 95
"""The reply names the bounce and what is wrong with it ("too many recipients for a bounce"), not only the latter."""

_FAMILIES = {
    "NULL": "(null|empty|blank|void|nil)",
    "FROM": (
        "(sender|senders|sender address|sender addresses|envelope sender|envelope senders|envelope from|envelope"
        "|reverse path|return path|returnpath|mail from|mailfrom|from|from address|mail from:)"
    ),
    # "null sender", "sender is empty", "MAIL FROM:<>", "bounce messages"
    "BOUNCE": (
        "([THE] (bounce|bounced|bounces|bounced MAIL|bounce MAIL|dsn|dsns|delivery status notification"
        "|delivery status notifications|delivery notification|delivery notifications"
        "|non delivery report|non delivery reports|non delivery notification|non delivery notifications"
        "|delivery report|delivery reports|ndr|ndrs|mailer daemon|mailer daemons|backscatter|null return path"
        "|delivery failure notices|delivery failure notice"
        "|returned mail|returned message))"
    ),
    "REFUSED_HERE": (
        "(REFUSED|not allowed|not permitted|not accepted [here]|invalid|not valid|not supported|unwanted"
        "|not wanted|disabled|illegal|restricted|not possible|not acceptable|unexpected|unsolicited|(is"
        "|are) not"
        "|MAY_NOT be (used|accepted|sent|delivered|received)|DOES_NOT [be] (allowed|permitted|accepted|supported))"
    ),
}

# "Message expired: unable to deliver in 840 minutes"
_WAITED = Words(r"\bqueue|\bdeliver|\bunable\b|\bconnect|\bdns\b|\b(?:minutes|hours|days)\b")
# The list of hosts that send them; the order of the commands ("Need MAIL before RCPT").
_ANOTHER = Words(
    r"\bbackscatterer\b|\b(?:rbl|dnsbl)\b|\bbefore rcpt\b|\bneed mail\b|\bnull ?mx\b|\bfirst\b|\bquota\b"
    r"|\bmailbox full\b|\bblack ?list|\bsender(?:'s)? domain\b|\bheader\b"
)
# "Requires sender verification", "no sender authentication": there is a sender, and more is asked of it.
_SENDERS_PROOF = Words(rf"{_ANOTHER.pattern}|\bauthentic|\bsender verif")

judge = judged_by(
    *texts(
        CLEAR,
        "(dsn|mdn|dsns|mdns|bounce|bounces|ndr|ndrs|notification)…did not originate (here|from here|from this|from us|at this)",
        "mailer daemon (messages|mail|mails)…(not welcome|refused|rejected|not accepted)",
        "(pusty|pustego) (adres nadawcy|nadawca|nadawcy)",
    ),
    *texts(
        _NAMED,
        "NULL FROM",
        "missing (sender|sender address|envelope sender|envelope from|return path|reverse path|mail from)",
        "FROM {address|ADDRESS|is|was|has|been|must|may|shall|can|be|cannot|should|not|can't|an|a|left|to} (null|empty|blank|missing|<>)",
        "(from|as|from:|sender|mail from|reverse path|return path|address|envelope sender|with|senders) {address|:|is|of} <>",
        "<>: (sender address rejected|sender rejected|rejected|refused|access denied|not allowed)",
        "<> {IS|here|sender} (sender|senders|not allowed|as sender|REFUSED_HERE|bounce|bounces|return path)",
        "BOUNCE {MAIL|to|for|from|the|this|that|here|by|address|user|mailbox|domain|recipient|system|server|IS|at"
        "|messages|ADDRESS} REFUSED_HERE",
        "(DOES_NOT|refuse to|refuses to|refusing to|not|no longer|never|won't|stop) [be] (accept|accepts"
        "|accepting|receive|want|take|like|handle|process|sending) {any|the|such|MAIL|to|us|me"
        "|unsolicited} (BOUNCE|<>)",
        "(refuse|refuses|reject|rejects|refusing|rejecting|rejected|block|blocks|blocking|blocked|bounces|no"
        "|unwanted|unsolicited|invalid|bogus|illegal|unexpected|forged|fake) {all|any|NULL|the|such|of|your|a|an"
        "|third party|more|MAIL|from} (BOUNCE|FROM <>)",
        "(bounce|bounces|dsn|dsns|NULL sender|NULL senders|NULL envelope sender)…(single|one|multiple|several"
        "|more than|too many|only) [envelope|1] (recipient|recipients)",
        "(single|one|multiple|several|more than one|too many|only one|only 1) [envelope] (recipient"
        "|recipients)…(bounce|bounces|dsn|dsns|NULL sender|NULL envelope sender|<>)",
        "BOUNCE {MAIL|does|do|did|not|must|have|has|should|can|only|with} (1|one|a single|exactly one"
        "|more than one|too many|several) [envelope] recipient",
        "(from|by|as) mailer daemon {is|are} (refused|rejected|not accepted|accepted|not allowed|denied)",
        "BOUNCE (go away|not for (us|me)|not from us|refused|spam|unwelcome)",
        "BOUNCE {messages|MAIL|are|is|to|for|this|the|address|user|list|mailbox} (filtered|blocked|dropped"
        "|discarded|unwelcome|bogus|not valid|refused|rejected)",
        "(no such|no) MAIL {was|has|been} sent (from|by) (this address|here|us|this user|this host)",
        "(joe job|joejob)",
        "BOUNCE…(which|that) (did not|didn't|never) (come|originate|came) from (us|here)",
        "(null|empty|blank) (address|path) {as|in|for|the|a} (sender|sender address|mail from|return path|envelope sender|from)",
        "(accept|accepts|take|receive|allow) MAIL from nobody",
        "DOES_NOT {accept|receive|take|want|get} {any} (delivery|non delivery) {failure|status} (report|reports"
        "|notification|notifications|notices|message|messages)",
        "MAIL [that|which] (we|i|our users|this server|this host|our server) (did not|didn't|never) (send|sent)",
        "(srs|batv|prvs|signature|tag|key|hash) {is|missing|invalid|in|of|for|on|from|this|the|a|your} BOUNCE",
        "BOUNCE with [a] non empty return path",  # Haraka
        "multi recipient bounce",  # Postfix
        "bouncedeny",  # McAfee
        "(batv|prvs|bounce address tag|bounce address tag validation|backscatter protection)",
        "(bounce|bounces|message|mail|dsn|this) [MAIL] {is|was|for|a|to|message} (not|never) {a|been|sent"
        "|originally|originate|originated|generated|from|by|in|response} {a|message|mail|from|by} (us|here"
        "|this server|this system|our server|our system|our users|valid bounce|this host|this domain)",
        "not [a|an] [valid] BOUNCE (of|from|for) (ours|us|our|this)",
        "(unsigned|untagged|stray|misdirected) BOUNCE",
        "BOUNCE {WORD} (signature|signed|unsigned|untagged|bounce tag|expired)",
        "not [a|an] (valid|legitimate|genuine|real|proper) (BOUNCE|bounce message)",
        "(we|us|user|users|address|account|mailbox|server|system|host) {NAME|has|ADDRESS|here|who} (did not"
        "|didn't|never) [originally] (send|sent|originate|originated|sends|send out) {the|this|that|any|a"
        "|original|such|to|MAIL|you|in} (MAIL|original|mail)",
        "(送信者|差出人|送信元|エンベロープ)(|の|アドレス)(|アドレス)(が|は|に)(空|ヌル|指定されて)",
        "(보낸|보내는|발신|송신)(| )(사람|자)…비어",
        "(不接受|拒绝|拒收|不收|拒絕)(|任何|接收)(退信|空发件人|空寄件人)",
        "送信者(空|なし)",
        "(空の送信者|送信者が空|空のエンベロープ|エラーメール|バウンス|配送不能通知)…(拒否|受け|受信|許可|できま)",
        "(空发件人|空发信人|发件人为空|发信人为空|空寄件者|寄件者空白|退信)…(拒|不|禁)",
        "(leerer|leeren|leere) [envelope] absender~",
        "(refus|refusé~|rejet) {des|les|de|toutes} (notifications|bounces|rapports de non remise|avis de non remise)",
        "expéditeur [est] (vide|nul)",
        "(remitente|remetente|mittente) [está|é|es|è] (vacío|vacio|vazio|nulo|vuoto)",
        "пуст~ (отправител~|адрес отправителя|обратн~)",
        families=_FAMILIES,
        unless=_ANOTHER,
    ),
    *texts(
        CLEAR,
        "(must|have to|should|please) (give|specify|provide|supply|set|have) {a|an|the|your|valid|some} (sender"
        "|sender address|envelope sender|return path|reverse path)",
        "backscatter",
        "not our (message|mail|bounce)",  # indimail: a bounce without the signature that its own mail carries
        "(sender|sender address|from address|return path|reverse path|mail from|envelope sender|valid sender|from"
        "|originator) {address|IS|a|must|be} (required|needed|necessary|mandatory|must be specified|must be given"
        "|not specified|not supplied|not given|not provided|must be supplied|absent|not present)",
        "(no|missing|specify|need|needs|requires|require|provide|supply|must have|without|lacks|lack) {a|an|the"
        "|your|valid|any|to|MAIL} (sender|sender address|from address|return path|reverse path|envelope sender"
        "|mail from address|originator) [address] [specified|given|supplied|provided|found|present]",
        "(user|account|mailbox|address|list|recipient) {ADDRESS|address|NAME|that|this} (never|does not"
        "|doesn't) (send|sends|sent) {any|out|MAIL}",
        families=_FAMILIES,
        unless=_SENDERS_PROOF,
    ),
    *texts(
        LIKELY,
        "(auto|automatic|automated|out of office|vacation) (reply|replies|response|responses|message|messages"
        "|responder|responders|autoresponders) {IS} REFUSED_HERE",
        families=_FAMILIES,
    ),
    *texts(HINT, "message expired", unless=_WAITED),  # indimail: the signature on the returned address
)


# Exim's callout: "This host does not accept mail from domains whose servers refuse bounces".
_WE_REFUSE_THEIRS = Words(r"\bdomains whose servers refuse\b|\bcallback setup failed\b")


def who_acts(reading: Reading) -> WhoActs:
    """Whoever's server it is that takes no bounces; a partner may refuse our mail because ours is one of them."""
    if reading.reply.refused_by == "local" or _WE_REFUSE_THEIRS.search(reading.plain):
        return "admin"
    return "remote"


CAUSE = Cause(
    slug="null_sender_refused",
    judge=judge,
    who_acts=who_acts,
    recovery=("client_ip",),
    recovery_elsewhere=("sender", "recipient_domain"),
    usually="remote",
)
