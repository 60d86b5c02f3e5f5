"""Write what the watch has to say about itself: a gap, a silent log, a backlog that was read, a channel that fails."""

from __future__ import annotations

from datetime import datetime, tzinfo

from rejectwatch.messages.catalogue import Catalogue, catalogue
from rejectwatch.messages.document import Document, Section
from rejectwatch.messages.filling import argument, name
from rejectwatch.messages.layout import duration, moment, one_line
from rejectwatch.messages.neutral import quoted
from rejectwatch.watch import Notice

_LONGEST_DETAIL = 200


def notice_document(notice: Notice, language: str, zone: tzinfo) -> Document:
    """The notice, with times of `zone`."""
    note = _Note(notice, catalogue(language), zone)
    sections = {"gap": note.gap, "silent": note.silent, "caught_up": note.caught_up, "channel": note.channel}
    told = sections[notice.kind]() if notice.kind in sections else ()
    return Document(
        kind=notice.kind,
        language=language,
        severity="warning",
        title=one_line(note.say(f"notice.{notice.kind}.title")),
        lead=note.say(f"notice.{notice.kind}.first"),
        sections=told,
        footer=note.say(f"notice.{notice.kind}.footer") if told else "",
    )


class _Note:
    """One notice being written; `values` are the words in braces."""

    def __init__(self, notice: Notice, words: Catalogue, zone: tzinfo) -> None:
        self.notice = notice
        self.words = words
        self.zone = zone
        since, until = notice.since, notice.until
        self.values = {
            "source": notice.source,  # the operator's own word
            "source_arg": argument(notice.source, words, "fallback.channel_arg"),
            "since": self.time(since),
            "until": self.time(until),
            "duration": duration(until - since, words) if since and until else "",
            "refusals": words.count("count.refusals", notice.failures),
            "people": words.count("count.people", notice.people),
        }

    def gap(self) -> tuple[Section, ...]:
        notice = self.notice
        lines = "" if notice.lines is None else self.words.count("count.lines", notice.lines)
        rows = (
            (self.say("notice.gap.label.period"), self.say("notice.gap.period")),
            (self.say("notice.gap.label.reason"), self.say(f"notice.gap.{notice.reason}")),
            (self.say("notice.gap.label.detail"), self.quote(notice.detail)),
            (self.say("notice.gap.label.lines"), lines),
        )
        return (_facts(rows), self._steps(f"gap.{notice.reason}"))

    def silent(self) -> tuple[Section, ...]:
        return (self._steps("silent"),)

    def caught_up(self) -> tuple[Section, ...]:
        rows = tuple(
            (
                name(person.name, self.words, "fallback.who"),
                self.words.count("count.refusals", person.failures),
            )
            for person in self.notice.named
        )
        more = self.notice.people - len(rows)
        return (_facts(rows, self.say("notice.caught_up.more", n=str(more)) if more > 0 else ""),)

    def channel(self) -> tuple[Section, ...]:
        rows = (
            (self.say("notice.channel.label.since"), self.values["since"]),
            (self.say("notice.channel.label.error"), self.quote(self.notice.detail)),
        )
        return (_facts(rows), self._steps("channel"))

    def say(self, entry: str, **more: str) -> str:
        return self.words.say(entry, self.values | more)

    def time(self, at: datetime | None) -> str:
        if at is None:
            return self.words.say("notice.unknown_time")
        return moment(at, self.notice.at, self.zone, self.words)

    def quote(self, text: str) -> str:
        return quoted(text, self.words.say("quotes"), _LONGEST_DETAIL) if text else ""

    def _steps(self, what: str) -> Section:
        return Section("steps", lines=self.words.steps(f"notice.{what}.steps", self.values))


def _facts(rows: tuple[tuple[str, str], ...], closing: str = "") -> Section:
    return Section("facts", rows=tuple((label, value) for label, value in rows if value), closing=closing)
