"""What a bounce mail says: who was refused, by whom, and in which words.

Bytes in, records out: nothing is contacted, nothing is stored. A bounce is a stranger's text: it is read within
bounds (`mails`), and whatever it holds raises nothing.
What is made for programs (`report`, RFC 3464) is believed first; where it does not quote the server, the text
that is made for people is read (`prose`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import getaddresses, parseaddr

from rejectwatch.bounces import dates, mails, prose, replies, report
from rejectwatch.bounces.mails import is_mail
from rejectwatch.bounces.returned import Returned
from rejectwatch.facts import RefusedBy

__all__ = ["Returned", "is_mail", "read"]

MOST_INSIDE = 20
"""How many mails inside mails are looked at."""

_DAEMON = re.compile(
    r"mailer-?daemon|postmaster|mail[ -]?(?:delivery|administrator)|microsoftexchange|mdaemon", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"(?!\s*(?:fwd?|wg|tr|rv|re|aw|転送)\b).*(?:failure notice|delivery (?:status|fail|notif|report|problem|error|incomplete)"
    r"|fail\w{0,8} delivery|undeliver|returned mail|returning message|mail (?:system error|fail)|could not (?:be )?(?:send|sent|deliver)"
    r"|unzustellbar|non.?remis|no se puede entregar|não entregue|não é possível entregar|recapit|не доставлено|退信"
    r"|(?:配信|配送|送信|メール)(?:不能|エラー|できません|失敗)|エラー通知|未配信|未配送|未送達|届けられ)",
    re.IGNORECASE | re.DOTALL,
)
# What only the reporting server's own rules say: Exchange names the part of itself that refused.
_OWN_RULE = re.compile(r"\b(?:RESOLVER|ROUTING|STOREDRV|QUEUE|AGENT|APPROVAL|TRANSPORT)\.[A-Z]")


def read(data: bytes) -> tuple[Returned, ...]:
    """The recipients that a bounce tells of; empty where the mail holds no bounce.

    A bounce that was forwarded, as an attachment or as quoted text, is read as well. So are delay notices and
    confirmations: `action` says so.
    """
    mail = mails.parsed(data)
    try:
        return _read(mail)
    except RecursionError:  # the email package, on a mail in a mail in a mail …
        return _quoted(mail)


def _read(mail: mails.Mail) -> tuple[Returned, ...]:
    """What the outermost bounce says. What is attached to a bounce is the mail that came back."""
    waiting = [mail]
    for _ in range(MOST_INSIDE):
        if not waiting:
            break
        one = waiting.pop(0)
        found = _bounce(one) if _is_bounce(one) else ()
        if found:
            return found
        waiting += [inside for part in mails.parts(one) if (inside := mails.inside(part))]
    return _quoted(mail)


def _is_bounce(mail: mails.Mail) -> bool:
    if mail.get_content_type() == "multipart/report":
        kind = mail.get_param("report-type", "delivery-status")
        return str(kind).lower() == "delivery-status"
    if mails.header(mail, "X-Failed-Recipients") or mails.header(mail, "Final-Recipient"):
        return True
    sender, subject = mails.header(mail, "From") or "", mails.header(mail, "Subject") or ""
    if _DAEMON.search(sender) or _SUBJECT.match(subject):
        return True
    kinds = {part.get_content_type() for part in mails.parts(mail)}
    if kinds & report.STATUS_TYPES:
        return True
    return "message/rfc822" in kinds and mails.header(mail, "Return-Path") == "<>"


def _bounce(mail: mails.Mail) -> tuple[Returned, ...]:
    texts = _texts(mail)
    status = report.read(mail) or report.in_text(texts) or report.Report()
    text = _prose(mail, texts)
    about = _about(mail, status, text)
    if status.recipients:
        return tuple(_of_group(group, status, text, about) for group in status.recipients)
    # The text may name the sender as well, alone on a line.
    others = [one for one in text.findings if one.quoted or one.recipient != about.sender]
    return tuple(_of_finding(finding, text, about) for finding in others or text.findings)


def _prose(mail: mails.Mail, texts: list[str]) -> prose.Prose:
    """The first text that quotes a server; else the first that names a recipient."""
    failed = tuple(
        address for _, address in getaddresses([mails.header(mail, "X-Failed-Recipients") or ""]) if address
    )
    read = [prose.read(text, failed=failed) for text in texts]
    for wanted in (lambda one: one.quotes, lambda one: bool(one.findings)):
        for one in read:
            if wanted(one):
                return one
    return read[0] if read else prose.Prose()


def _texts(mail: mails.Mail) -> list[str]:
    """The texts of a mail, plain before HTML."""
    texts = [part for part in mails.parts(mail) if not mails.children(part)]
    texts = [part for part in texts if part.get_content_maintype() in {"text", "multipart"}]
    texts = [part for part in texts if part.get_content_type() not in mails.HEADERS_ONLY]
    texts.sort(key=lambda part: part.get_content_subtype() == "html")
    return [mails.text_of(part) for part in texts[:MOST_INSIDE]]


def _quoted(mail: mails.Mail) -> tuple[Returned, ...]:
    """A bounce that somebody quotes in his text."""
    for text in _texts(mail):
        found = prose.anywhere(text)
        if found.findings:
            about = _about_original(prose.original(found.original), Returned(reported_by=found.reported_by))
            return tuple(_of_finding(finding, found, about) for finding in found.findings)
    return ()


def _about(mail: mails.Mail, status: report.Report, text: prose.Prose) -> Returned:
    """What holds for all recipients."""
    original = next((inside for part in mails.parts(mail) if (inside := mails.inside(part))), None)
    about = Returned(
        reported_by=report.host(status.message.get("reporting-mta")) or text.reported_by,
        occurred_at=dates.read(mails.header(mail, "Date")),
        sender=report.address(status.message.get("x-postfix-sender")),
    )
    about = _about_original(original or prose.original(text.original), about)
    # A bounce goes to whoever sent the mail.
    return replace(about, sender=about.sender or text.sender or _address(mails.header(mail, "To")))


def _about_original(original: mails.Mail | None, about: Returned) -> Returned:
    if original is None:
        return about
    sender = about.sender or _address(mails.header(original, "Return-Path"))
    return replace(
        about,
        sender=sender or _address(mails.header(original, "From")),
        subject=mails.header(original, "Subject"),
        message_id=mails.header(original, "Message-ID"),
    )


def _address(text: str | None) -> str | None:
    address = parseaddr(text or "")[1]
    return address[:320] if "@" in address else None


def _of_group(group: report.Fields, status: report.Report, text: prose.Prose, about: Returned) -> Returned:
    recipient = report.recipient(group)
    action = group.get("action", "failed").partition(" ")[0].lower()
    finding = _same(recipient, text.findings, alone=len(status.recipients) == 1)
    diagnostic = report.diagnostic(group)
    reply = _best(diagnostic, finding) if action in {"failed", "delayed"} else None
    relay_host = report.host(group.get("remote-mta")) or (finding.relay_host if finding else None)
    found = replace(
        about,
        recipient=recipient or (finding.recipient if finding else None),
        reply=reply,
        enhanced_code=replies.enhanced_code(reply) or report.status(group),
        action=action,
        relay_host=relay_host,
        occurred_at=report.when(group, status.message) or about.occurred_at,
    )
    own = diagnostic is not None and diagnostic.kind.startswith("x-")
    return replace(found, refused_by=_refused_by(found, own=own))


def _of_finding(finding: prose.Finding, text: prose.Prose, about: Returned) -> Returned:
    refused = finding.reply is not None and finding.reply.startswith("5")
    found = replace(
        about,
        recipient=finding.recipient,
        reply=finding.reply,
        enhanced_code=replies.enhanced_code(finding.reply),
        action="delayed" if text.delayed and not refused else "failed",
        relay_host=finding.relay_host,
    )
    return replace(found, refused_by=_refused_by(found))


def _same(recipient: str | None, findings: tuple[prose.Finding, ...], *, alone: bool) -> prose.Finding | None:
    for finding in findings:
        if recipient and finding.recipient and finding.recipient.lower() == recipient.lower():
            return finding
    return findings[0] if alone and len(findings) == 1 else None


def _best(diagnostic: report.Diagnostic | None, finding: prose.Finding | None) -> str | None:
    """The text that tells most: a server's reply before other words, the report before the prose."""
    told = finding.reply if finding else None
    if diagnostic and replies.has_code(diagnostic.text):
        return replies.longer(diagnostic.text, told or "")
    if diagnostic is None or (finding and finding.quoted):
        return told
    return diagnostic.text


def _refused_by(found: Returned, *, own: bool = False) -> RefusedBy | None:
    if found.action not in {"failed", "delayed"}:
        return None
    if found.reply and _OWN_RULE.search(found.reply):
        return "local"
    if found.relay_host:
        return "local" if found.relay_host.lower() == (found.reported_by or "").lower() else "remote"
    return "local" if own else None
