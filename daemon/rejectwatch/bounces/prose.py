"""The part of a bounce that is made for people: whom it names, and what it quotes of a server.

There are hundreds of such texts. What they share is read, not their sentences: a line that is an address, after
it (or before it) the reason, in it the reply of a server, and somewhere below the mail that came back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rejectwatch.bounces import mails, replies

MOST_LINES = 2_000
LONGEST_LINE = 2_000
MOST_RECIPIENTS = 200

_ADDRESS = r"(?:\"[^\"\n]{1,64}\"|[^\s<>()\[\]\"',;:@（）「」【】]{1,64})@[\w-][\w.-]{1,254}"
# "<a@b>:", "  a@b", "a@b<mailto:a@b>", "a@b (a@b)", "Recipient Address: a@b", "<a@b>: host … said: 553 …"
_RECIPIENT = re.compile(
    rf"""[\s*•·-]{{0,20}}(?:>>>\s)?
    (?:(?:(?:final|original|failed)[ -])?(?:recipient|recipient\ address|failed\ address|受信者|宛先|送信先)[^:：\n]{{0,20}}[:：]\s{{0,9}})?
    (?:rfc822;\s?)?[<("'「]{{0,2}}(?P<address>{_ADDRESS})[>)"'」]{{0,2}}
    (?:\s?<(?:mailto:)?[^<>\n]{{1,320}}>|\s?\([^()\s]{{1,320}}\))?
    (?:\s{{0,9}}$|\s?[:：;,]?\s{{0,9}}$|\s?[:：]\s{{0,9}}(?P<reason>\S.*)|\s{{1,9}}(?P<said>.+))""",
    re.VERBOSE | re.IGNORECASE,
)
_IN_REPLY = re.compile(rf"(?:RCPT TO: ?|[45]\d\d [\d. ]{{0,12}})<(?P<address>{_ADDRESS})>", re.IGNORECASE)
_TO_WHOM = re.compile(
    rf"(?:\bto|recipient\(?s?\)?|user|size|address):?\s{{1,9}}[<'\"]?(?P<address>{_ADDRESS})", re.IGNORECASE
)
# "a@b on Thu, 29 Apr 2010 …" (Exchange), "a@b [User unknown]"
_SAID = re.compile(r"on \w{3}, \d|\[[^\[\]]{3,200}\]$|\([^()]{3,200}\)$")
_SENDER = re.compile(rf"MAIL FROM: ?<(?P<address>{_ADDRESS})>", re.IGNORECASE)

_TRANSCRIPT = re.compile(r"(?:^|.{0,60}\s)<(?:<<|--?) ?(?P<said>[45]\d\d(?P<more>[ -]).*)")
_RULE = re.compile(r"\W*$|\s*[-_=*]{3,}")
_SEPARATOR = re.compile(
    r"""[\s>*_=.|-]{0,20}(?:
      (?:(?:this|below(?:\ this\ line)?|here)\ is\ |the\ following\ is\ )?a\ copy\ of\ (?:the|your)\b
    | (?:the\ )?headers?\ of\ (?:the|your)\ (?:original\ )?(?:message|mail)
    | (?:your\ |the\ )?(?:original|unsent|undelivered|returned)\ (?:message|mail)(?:\ (?:headers?|follows|info))?(?!\ (?:was|has|could|to|details|sent|received)\b)
    | message\ (?:header|text|body)\ follows
    | (?:ursprüngliche|en-têtes\ du\ message|encabezados\ de\ mensajes?|intestazioni|元のメッセージ|オリジナル(?:の)?メッセージ)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_HEADER = re.compile(r"(?P<name>[A-Za-z][\w-]{1,60}):(?:\s|$|<)")
_ONLY_IN_MAILS = {"received", "return-path", "message-id", "x-received", "dkim-signature", "mime-version"}

_NAME = r"(?P<host>[\w-]{1,63}(?:\.[\w-]{1,63}){1,20})"
_RELAY = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bhost:? {_NAME}\.?(?: ?\[[^\[\]]{{2,50}}\]| said|:| refused| (?=[45]\d\d )|$)",
        rf"\b(?:remote host|connected to) {_NAME} (?:said|but)",
        rf"{_NAME} (?:gave this error|rejected your message|does not like recipient|failed after)",
        rf"{_NAME}(?: \[[\da-f.:]{{3,45}}\])? did not like",
        rf"^{_NAME} #[45]\d\d",
        rf"while talking to {_NAME}",
        rf"\bby {_NAME}\.? \[[\da-f.:]{{3,45}}\]",
        rf"Giving up on {_NAME}",
        rf"\bremote server: ?{_NAME}",
        rf"(?:^|\s){_NAME} Remote Server returned",
    )
)
_REPORTING = re.compile(
    rf"""(?:\b(?:generating\ server|generierender\ server|serveur\ de\ génération|servidor\ de\ generación
      |servidor\ de\ geração|server\ di\ generazione|dsn\ generated\ by)|生成サーバー|サーバーの生成|生成服务器)\s?[:：]\s?{_NAME}
    |\b(?:program|system)\ at\ (?:host\ )?(?P<program>[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,20}})""",
    re.VERBOSE | re.IGNORECASE,
)
_DELAYED = re.compile(
    r"\bwarning: (?:message|could not)|\bdelayed\b|\bnot yet been delivered|\bwill (?:be retried|retry|continue to)"
    r"|\bstill (?:trying|being)|\bdelivery incomplete|遅延|再送を試み",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One recipient in the text; `quoted`: the reason is a server's reply."""

    recipient: str | None
    reply: str | None
    quoted: bool
    relay_host: str | None


@dataclass(frozen=True, slots=True)
class Prose:
    """What the text of a bounce tells. `original` is what it copied of the mail that came back."""

    findings: tuple[Finding, ...] = ()
    reported_by: str | None = None
    sender: str | None = None
    delayed: bool = False
    original: str = ""

    @property
    def quotes(self) -> bool:
        return any(finding.quoted for finding in self.findings)


def read(text: str, *, failed: tuple[str, ...] = (), bounce: bool = True) -> Prose:
    """What a text tells; `failed` are recipients that the headers name.

    Where nothing shows that this is a bounce, only what has both a recipient and a server's reply counts.
    """
    lines = [line[:LONGEST_LINE].rstrip() for line in text.split("\n")[:MOST_LINES]]
    end = _original(lines)
    above, original = lines[:end], "\n".join(lines[end:])
    whole = "\n".join(above)
    findings = _findings(above, failed) if bounce else [one for one in _named(above) if one.quoted]
    reporting, sender = _REPORTING.search(whole), _SENDER.search(whole)
    return Prose(
        findings=tuple(findings),
        reported_by=(reporting["host"] or reporting["program"]) if reporting else None,
        sender=sender["address"] if sender else None,
        delayed=_DELAYED.search(whole) is not None,
        original=original,
    )


def anywhere(text: str) -> Prose:
    """The first bounce in a text that people wrote around it: quoted with "> ", or below "Original Message"."""
    for _ in range(5):
        rest = text
        for _ in range(5):
            prose = read(rest, bounce=False)
            if prose.findings:
                return prose
            if not prose.original:
                break
            rest = prose.original.partition("\n")[2]
        unquoted = "\n".join(line.removeprefix(">").removeprefix(" ") for line in text.split("\n"))
        if unquoted == text:
            break
        text = unquoted
    return Prose()


def _original(lines: list[str]) -> int:
    """The number of the line where the copy of the mail that came back begins."""
    for number, line in enumerate(lines):
        if _SEPARATOR.match(line) and len(line) < 160:
            return number
        if number and _RULE.match(lines[number - 1]) and _is_header_block(lines[number : number + 40]):
            return number
    return len(lines)


def _is_header_block(lines: list[str]) -> bool:
    """Whether the headers of a real mail begin here, not the three or four that a forwarding program shows."""
    names: set[str] = set()
    for line in lines:
        header = _HEADER.match(line)
        if header:
            names.add(header["name"].lower())
        elif not line[:1].isspace():
            break
    return len(names) >= 3 and bool(names & _ONLY_IN_MAILS)


def _findings(lines: list[str], failed: tuple[str, ...]) -> list[Finding]:
    findings = _named(lines)
    whole = _reason(lines)
    if any(finding.quoted for finding in findings) or whole is None:
        return findings
    if whole.quoted:
        return [replace(whole, recipient=who) for who in _whom(findings, failed, lines)]
    # Nobody quotes a server, and the reason may stand anywhere: the whole text tells it.
    text = replies.bare(" ".join(lines)) or None
    if not findings:
        return [Finding(who, text, False, whole.relay_host) for who in _whom(findings, failed, lines) if who]
    return [one if one.reply else replace(one, reply=text) for one in findings]


def _named(lines: list[str]) -> list[Finding]:
    """The recipients that have lines of their own, each with the reason below."""
    found: dict[str, Finding] = {}
    for recipients, block in _blocks(lines):
        finding = _reason(block) or Finding(None, None, False, None)
        for recipient in recipients:
            known = found.get(recipient.lower())
            if known is None or (finding.quoted and not known.quoted):
                found[recipient.lower()] = replace(finding, recipient=recipient)
    return list(found.values())[:MOST_RECIPIENTS]


def _whom(findings: list[Finding], failed: tuple[str, ...], lines: list[str]) -> list[str | None]:
    """Whom a reason is about that stands apart from all addresses."""
    if failed:
        return list(failed)
    if findings:
        return [finding.recipient for finding in findings]
    text = "\n".join(lines)
    named = _IN_REPLY.search(text) or _TO_WHOM.search(text)
    return [named["address"] if named else None]


def _blocks(lines: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Each recipient (several, where they stand as a list) with the lines below."""
    recipients: list[str] = []
    block: list[str] = []
    indent = 0
    for line in lines:
        found = _recipient(line)
        # A reply that is broken into lines may have an address at the start of any.
        goes_on = bool(recipients and block and block[-1]) and _indent(line) > indent
        if found is None or found["address"] in recipients or goes_on:
            block.append(line)
            continue
        if recipients and any(one.strip() for one in block):
            yield recipients, block
            recipients = []
        reason = found["reason"] or found["said"]
        block = [reason] if reason else []
        recipients.append(found["address"])
        indent = _indent(line)
    if recipients:
        yield recipients, block


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _recipient(line: str) -> re.Match[str] | None:
    """The address that this line is about. A sentence that begins with one is not, unless it quotes a server."""
    found = _RECIPIENT.match(line)
    if found and found["said"] and not _SAID.match(found["said"]) and replies.find(found["said"]) is None:
        return None
    return found


def _reason(lines: list[str]) -> Finding | None:
    """Why, as these lines tell it: the reply of a server, else their first paragraph."""
    said = _transcript(lines)
    relay = _relay(" ".join(line.strip() for line in lines))
    if said:
        return Finding(None, replies.bare(said), True, relay)
    paragraphs = ["\n".join(line.strip() for line in one) for one in _paragraphs(lines)]
    for find in (replies.find, replies.find_enhanced):
        for paragraph in paragraphs:
            server = find(paragraph)
            if server and server.reply:
                return Finding(None, server.reply, True, relay)
    reason = next((one for one in paragraphs if not one.endswith((":", "："))), None)
    return Finding(None, replies.bare(reason) or None, False, relay) if reason else None


def _paragraphs(lines: list[str]) -> list[list[str]]:
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if _RULE.match(line):
            paragraphs.append([])
        else:
            paragraphs[-1].append(line)
    return [one for one in paragraphs if one]


def _transcript(lines: list[str]) -> str | None:
    """What the other server said in a session that is shown: "<<< 553 …", "<-- 553 …", over several lines."""
    said: list[str] = []
    for line in lines:
        shown = _TRANSCRIPT.match(line)
        if shown:
            said.append(shown["said"])
            if shown["more"] == " ":
                break
        elif said:
            break
    return " ".join(said) or None


def _relay(text: str) -> str | None:
    for pattern in _RELAY:
        found = pattern.search(text)
        if found:
            return found["host"]
    return None


def original(text: str) -> mails.Mail | None:
    """The headers of the mail that came back, where the text has copied them."""
    lines = text.split("\n")
    for number, line in enumerate(lines[:60]):
        if _HEADER.match(line):
            data = "\n".join(lines[number : number + 400]).encode("utf-8", "surrogateescape")
            return mails.parsed(data) if mails.is_mail(data) else None
    return None
