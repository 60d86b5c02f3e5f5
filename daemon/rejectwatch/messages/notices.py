"""Write what the watch has to say about itself: a gap, a silent log, a backlog that was read."""

from __future__ import annotations

from datetime import datetime, tzinfo

from rejectwatch.messages.catalogue import Catalogue, catalogue
from rejectwatch.messages.filling import name
from rejectwatch.messages.layout import duration, moment, numbered, table
from rejectwatch.messages.mail import Text, one_line
from rejectwatch.messages.neutral import quoted
from rejectwatch.watch import Notice

_LONGEST_DETAIL = 200


def render_notice(notice: Notice, language: str, zone: tzinfo) -> Text:
    """The notice in plain text, with times of `zone`."""
    note = _Note(notice, catalogue(language), zone)
    match notice.kind:
        case "gap":
            return note.gap()
        case "silent":
            return note.silent()
        case "heard":
            return note.heard()
        case "caught_up":
            return note.caught_up()


class _Note:
    """One notice being written; `values` are the words in braces."""

    def __init__(self, notice: Notice, words: Catalogue, zone: tzinfo) -> None:
        self.notice = notice
        self.words = words
        self.zone = zone
        since, until = notice.since, notice.until
        self.values = {
            "source": notice.source,  # the operator's own word
            "since": self.time(since),
            "until": self.time(until),
            "duration": duration(until - since, words) if since and until else "",
            "refusals": words.count("count.refusals", notice.failures),
            "people": words.count("count.people", notice.people),
        }

    def gap(self) -> Text:
        notice = self.notice
        lines = "" if notice.lines is None else self.words.count("count.lines", notice.lines)
        rows = [
            (self.say("notice.gap.label.period"), self.say("notice.gap.period")),
            (self.say("notice.gap.label.reason"), self.say(f"notice.gap.{notice.reason}")),
            (self.say("notice.gap.label.detail"), self.quote(notice.detail)),
            (self.say("notice.gap.label.lines"), lines),
        ]
        steps = self.words.steps(f"notice.gap.{notice.reason}.steps", self.values)
        return self._text("gap", table(rows), numbered(steps), self.say("notice.gap.footer"))

    def silent(self) -> Text:
        steps = self.words.steps("notice.silent.steps", self.values)
        return self._text("silent", numbered(steps), self.say("notice.silent.footer"))

    def heard(self) -> Text:
        return self._text("heard")

    def caught_up(self) -> Text:
        rows = [
            (
                name(person.name, self.words, "fallback.who"),
                self.words.count("count.refusals", person.failures),
            )
            for person in self.notice.named
        ]
        more = self.notice.people - len(rows)
        rest = self.say("notice.caught_up.more", n=str(more)) if more > 0 else ""
        return self._text("caught_up", table(rows), rest, self.say("notice.caught_up.footer"))

    def say(self, entry: str, **more: str) -> str:
        return self.words.say(entry, self.values | more)

    def time(self, at: datetime | None) -> str:
        if at is None:
            return self.words.say("notice.unknown_time")
        return moment(at, self.notice.at, self.zone, self.words)

    def quote(self, text: str) -> str:
        return quoted(text, self.words.say("quotes"), _LONGEST_DETAIL) if text else ""

    def _text(self, kind: str, *parts: str) -> Text:
        body = "\n\n".join(part for part in (self.say(f"notice.{kind}.first"), *parts) if part)
        return Text(one_line(self.say(f"notice.{kind}.title")), body + "\n")
