"""The client did not log in: SMTP authentication is off, incomplete, or (older servers) no mail was fetched first.

Not to be confused with "e-mail authentication" (SPF, DKIM, DMARC), which is about the sender's domain.
"""

from __future__ import annotations

import re

from rejectwatch.causes.interface import Cause, Reading
from rejectwatch.causes.texts import CERTAIN, CLEAR, LIKELY, judged_by, texts
from rejectwatch.facts import WhoActs

_FAMILIES = {
    "AUTH": "(authentication|authorization|auth)",
    "SMTP": "(smtp|esmtp|rfc 2554|rfc2554|rfc4954)",
    "LOG_IN": "(log in|log on|login|logon|logged in|logged on|sign in|signed in)",
    "MUST": "(must|have to|has to|need to|needs to|required to|should|please|try to)",
}

_SOMETHING_ELSE = re.compile(
    # Gmail: "This mail is unauthenticated … SPF and DKIM"
    r"\b(?:spf|dkim|dmarc|arc|dnssec|sender ?id|ptr|reverse)\b"
    r"|\b(?:e ?mail|mail|message|domain|sender) authentication (?:checks?|information|results?|fail)"
    r"|\bauthentication (?:checks?|information|results?)\b|unauthenticated (?:e ?mail|mail|messages?) from"
    r"|送信ドメイン認証"
    # Exchange: a group that takes mail from its own organisation only ("RESOLVER.RST.AuthRequired")
    r"|\bresolver\.rst\b"
    r"|\bno auth\w* (?:is )?(?:required|needed|necessary)\b"
)

judge = judged_by(
    *texts(
        CERTAIN,
        "not [yet] logged (in|on)",  # Postfix: reject_unauthenticated_sender_login_mismatch
        "MUST [first] [be] LOG_IN",
        "(you|client|sender|user|session) (DOES_NOT|not) [been] (authenticate|authenticated)",  # qmail SMTP-AUTH patch
        "AUTH [is|was] [first] NEEDED",  # NetEase, hMailServer; Sendmail "Proper authentication required"
        "(require|requires|need|needs|demand|demands|expect|expects) [the use of|you to use|use of] [a|an] {valid|proper|client|SMTP} (AUTH|authenticate)",
        "MUST [first] [be] (authenticate|authenticated|authentication)",
        "authenticate (yourself|via|with|using|to|before|first)",
        "(without|no) [a] {valid|proper|prior|previous|SMTP} (AUTH|authenticating)",
        "authentication (turned|switched) on",  # cPanel's Exim
        "認証(が必要|されていま|されておら|されていな|してくだ|を行っ)",
        "(smtp認証|smtp auth認証|未認証)",
        "ログイン(が必要|してくだ|されていま)",
        "(需要|必须|请|请先|未|没有)(|进行|通过|经过)(|身份|smtp)(验证|认证)",
        "인증(|이|을)(| )(필요|하지 않|되지 않|해야)",
        "(authentifizierung|authentifizieren|authentification|authentifier)…(erforderlich|notwendig|requise|nécessaire)",
        "(bitte|müssen|devez|veuillez)…authentifi~",
        "(autenticación|autenticacion|autenticação|autenticacao|autenticazione)…(requerida|necesaria|obrigatória|necessária|richiesta|necessaria)",
        "(requiere|requer|richiede|debe|deve)…autentic~",
        families=_FAMILIES,
    ),
    *texts(
        CLEAR,
        "(smtp|mail) LOG_IN [is] NEEDED",
        "(enable|use|using|activate|turn on|switch on|configure|check) [the|your] {SMTP|outgoing|server} AUTH",
        "(is|was|were|are) not [been] authenticated",  # Exchange: "Client was not authenticated"
        "unauthenticated (client|user|sender|session|connection|relay|smtp)~",
        # POP before SMTP
        "(pop|pop3|imap) before smtp",
        "(logged into|log into|login to) the pop~",
        "(check|fetch|get|read|receive|collect|retrieve) [for] [your] [new] MAIL (first|before)",
        families=_FAMILIES,
    ),
    *texts(
        LIKELY,
        # A login that failed: the same settings in the same place
        "(authentication|auth) [has] (failed|failure|unsuccessful|error)",
        "credentials [were|are] (invalid|missing|not valid|not supplied|not given)",
        "no valid (cert|certificate) for (gateway|gatewaying)",  # qmail TLS patch: a client certificate opens the relay
        families=_FAMILIES,
    ),
    unless=_SOMETHING_ELSE,
    supported_by=frozenset({"5.7.8", "5.7.0", "5.7.57", "5.5.3"}),
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
