"""The part of a bounce that is made for programs: RFC 3464, and its sister for UTF-8 addresses (RFC 6533)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from rejectwatch.bounces import dates, mails, replies

STATUS_TYPES = {"message/delivery-status", "message/global-delivery-status"}
MOST_GROUPS = 200

_TYPED = re.compile(r"(?P<type>[A-Za-z0-9-]{1,40})\s{0,4};\s{0,4}(?P<value>.*)", re.DOTALL)
_HOST = re.compile(r"\[?(?P<host>[\w.:-]{1,255})")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_IN_TEXT = re.compile(r"^(?:Final|Original)-Recipient:", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(r"[A-Za-z][A-Za-z-]{1,40}[ \t]{0,4}:")

Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery status: what holds for the message, and a group of fields for each recipient."""

    message: Fields = field(default_factory=dict)
    recipients: tuple[Fields, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What the field Diagnostic-Code says, and of which kind it is, such as `smtp` or `x-postfix`."""

    kind: str
    text: str


def read(mail: mails.Mail) -> Report | None:
    """The delivery status in this mail; None where it has none."""
    for part in mails.parts(mail):
        if part.get_content_type() in STATUS_TYPES:
            return _report(_blocks(part))
    if mails.header(mail, "Final-Recipient"):  # the fields alone, as people paste them
        return _report([_fields(mail), *_text_blocks(mails.text_of(mail))])
    return None


def in_text(texts: list[str]) -> Report | None:
    """The same where a broken frame, or somebody who forwarded it, left it in the text."""
    for text in texts:
        found = _IN_TEXT.search(text)
        if found:
            begin = text.rfind("\n\n", 0, found.start())
            begin = max(text.rfind("\n\n", 0, max(begin, 0)), 0)
            return _report(_text_blocks(text[begin:]))
    return None


def recipient(group: Fields) -> str | None:
    for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
        address = _value(group.get(name)).strip().strip("<>")
        if address and not address.isspace():
            return address[:320]
    return None


def diagnostic(group: Fields) -> Diagnostic | None:
    text = group.get("diagnostic-code", "")
    typed = _TYPED.match(text)
    kind, text = (typed["type"].lower(), typed["value"]) if typed else ("", text)
    text = replies.bare(text)
    return Diagnostic(kind, text) if text else None


def status(group: Fields) -> str | None:
    """The Status. 5.0.0 says nothing: servers write it where the other one gave none."""
    found = _STATUS.search(group.get("status", ""))
    return None if found is None or found[0].endswith(".0.0") else found[0]


def host(text: str | None) -> str | None:
    """Of "dns; mx.partner.example. (192.0.2.25, the server for …)" the name."""
    found = _HOST.match(_value(text).strip())
    return found["host"].strip(".:") or None if found else None


def address(text: str | None) -> str | None:
    """Of "rfc822; alice@corp.example" the address."""
    return _value(text).strip().strip("<>")[:320] or None


def when(group: Fields, message: Fields) -> datetime | None:
    return dates.read(group.get("last-attempt-date") or message.get("arrival-date"))


def _value(text: str | None) -> str:
    typed = _TYPED.match(text or "")
    return typed["value"] if typed else text or ""


def _report(blocks: list[Fields]) -> Report:
    message: Fields = {}
    groups: list[Fields] = []
    for block in blocks:
        if {"final-recipient", "original-recipient", "diagnostic-code", "action"} & block.keys():
            groups.append(block)
        if not groups or "reporting-mta" in block:
            message = {**block, **message}
    return Report(message, tuple(groups[:MOST_GROUPS]))


def _blocks(part: mails.Mail) -> list[Fields]:
    """The groups of fields. The parser makes a mail of each, or, for UTF-8 addresses, a mail of all."""
    held = mails.children(part)
    if not held or mails.encoded(part):
        return _text_blocks(mails.decoded_text(part))
    blocks: list[Fields] = []
    for one in held:
        blocks += [_fields(one), *_text_blocks(mails.text_of(one))]
    return [block for block in blocks if block]


def _text_blocks(text: str) -> list[Fields]:
    blocks: list[Fields] = [{}]
    name = ""
    for line in text.split("\n"):
        if not line.strip():
            blocks.append({})
            name = ""
        elif line[0] in " \t" and name:
            blocks[-1][name] += "\n" + line
        elif _FIELD.match(line):
            name, _, value = line.partition(":")
            name = name.strip().lower()
            blocks[-1].setdefault(name, value)
    return [
        {name: mails.unfolded(value) for name, value in block.items()}
        for block in blocks[:MOST_GROUPS]
        if block
    ]


def _fields(mail: mails.Mail) -> Fields:
    fields: Fields = {}
    for name, value in mail.raw_items():
        fields.setdefault(name.lower(), mails.unfolded(str(value)))
    return fields
