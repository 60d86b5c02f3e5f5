"""Write one message instead of many: a line for each, with its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, tzinfo

from rejectwatch.incidents.incident import KINDS, Message
from rejectwatch.messages.catalogue import catalogue
from rejectwatch.messages.document import Document, Section
from rejectwatch.messages.filling import listed
from rejectwatch.messages.house import NO_HOUSE, House
from rejectwatch.messages.incident_document import document
from rejectwatch.messages.layout import moment, one_line
from rejectwatch.messages.notices import notice_document
from rejectwatch.watch import Notice

NOTICE = "notice"


def digest_document(
    messages: Sequence[Message | Notice],
    at: datetime,
    language: str,
    zone: tzinfo,
    house: House = NO_HOUSE,
) -> Document:
    """What was kept back until `at`, in the order of time; at least one message."""
    words = catalogue(language)
    ordered = sorted(messages, key=lambda one: one.at)
    told = [_document(one, language, zone, house) for one in ordered]
    kinds = Counter(one.kind if isinstance(one, Message) else NOTICE for one in ordered)
    parts = [words.count(f"digest.{kind}", kinds[kind]) for kind in (*KINDS, NOTICE) if kinds[kind]]
    values = {
        "since": moment(ordered[0].at, at, zone, words),
        "until": moment(ordered[-1].at, at, zone, words),
        "parts": listed(parts, words),
    }
    lines = tuple(
        words.say("digest.line", {"at": moment(one.at, at, zone, words), "title": _bare(its.title)})
        for one, its in zip(ordered, told, strict=True)
    )
    return Document(
        kind="digest",
        language=language,
        severity="critical" if any(one.severity == "critical" for one in told) else "warning",
        title=one_line(words.say("title.digest", values)),
        lead=words.say("digest.first", values),
        sections=(Section("list", lines=lines),),
        footer=words.say("digest.footer"),
    )


def _document(one: Message | Notice, language: str, zone: tzinfo, house: House) -> Document:
    if isinstance(one, Notice):
        return notice_document(one, language, zone)
    return document(one, language, zone, house)


def _bare(title: str) -> str:
    """Without the name of the program, which stands in the digest's own title."""
    return title.removeprefix("[rejectwatch] ")
