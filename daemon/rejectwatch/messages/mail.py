"""Write the message about an incident: what an administrator finds in the inbox.

The first line alone says who, what, since when, how far, and who must act. Nothing is said that the
incident does not hold, and everything that came from the log passes through `neutral`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from rejectwatch.causes import Diagnosis, recovery
from rejectwatch.incidents.incident import NAMED, Incident, Message
from rejectwatch.messages import support
from rejectwatch.messages.advice import Explanation, explain, situation
from rejectwatch.messages.catalogue import Catalogue, catalogue
from rejectwatch.messages.filling import client, listed, name, sender, values
from rejectwatch.messages.house import NO_HOUSE, House
from rejectwatch.messages.known import Known
from rejectwatch.messages.layout import duration, moment, numbered, table
from rejectwatch.messages.neutral import named, quoted

SHOWN = 3
"""How many addresses are named in one place; the rest is counted."""

_LONGEST_TITLE = 250
_LONGEST_QUOTE = 300


class Text(NamedTuple):
    """A message ready to be sent: the title is one line."""

    title: str
    body: str


def render(message: Message, language: str, zone: tzinfo, house: House = NO_HOUSE) -> Text:
    """The message in plain text, with times of `zone`."""
    letter = _Letter(message, catalogue(language), language, zone, house)
    match message.kind:
        case "opened":
            return letter.opened()
        case "recovered":
            return letter.recovered()
        case "expired":
            return letter.expired()


class _Letter:
    """One message being written; `values` are the words in braces."""

    def __init__(self, message: Message, words: Catalogue, language: str, zone: tzinfo, house: House) -> None:
        self.house = house
        self.incident = message.incident
        self.now = message.at
        self.words = words
        self.language = language
        self.zone = zone
        self.known = Known.of_incident(self.incident)
        self.values = values(self.known, words) | self._story()

    def _story(self) -> dict[str, str]:
        incident, words = self.incident, self.words
        return {
            "id": incident.id,
            "who": name(incident.subject, words, "fallback.who"),
            "actor": words.say(f"actor.{incident.who_acts}"),
            "to": _several(incident.recipients, incident.recipient_domains, words),
            "since": self.time(incident.first_at),
            "last": self.time(incident.last_at),
            "times": words.count("count.times", incident.attempts),
            "attempts": words.count("count.attempts", incident.attempts),
            "refusals": words.count("count.refusals", incident.refusals),
        }

    def opened(self) -> Text:
        explanation = explain(_diagnosis(self.incident), self.known, self.language, self.house)
        told = support.for_support(Known.of(self.incident.sample), self.words, self.zone)
        page = self.house.page(self.incident.cause, self.language)
        parts = [
            self.say("opened.first_at_once" if self._at_once() else "opened.first"),
            table(self._facts(explanation)),
            f"{self.say('section.admin')}\n{numbered(explanation.admin_steps)}",
            self.say("opened.page", page=page) if page else "",
            f"{self.say('section.user')}\n\n{explanation.forward_text}\n\n{self.say('section.user_end')}",
            f"{self.say('section.support')}\n{table(support.rows(told, self.words))}",
            self.say("opened.footer"),
        ]
        about = situation(self.incident.cause, self.incident.who_acts, self.known)
        return self._text("opened", parts, headline=self.say(f"{about}.headline"))

    def recovered(self) -> Text:
        incident = self.incident
        proof_at = incident.succeeded_at or self.now
        self.values["proof_at"] = self.time(proof_at)
        self.values["duration"] = duration(proof_at - incident.first_at, self.words)
        rows = [
            (self.say("label.proof"), self._proof()),
            (self.say("label.period"), f"{self._since()}\n{self.say('recovered.after')}"),
            (self.say("label.was"), self.say(f"cause.{incident.cause}.title")),
        ]
        return self._text(
            "recovered", [self.say("recovered.first"), table(rows), self.say("recovered.footer")]
        )

    def expired(self) -> Text:
        rows = [
            (self.say("label.period"), self._since()),
            (self.say("label.was"), self.say(f"cause.{self.incident.cause}.title")),
            (self.say("label.reply"), self.quote(self.incident.sample.reply)),
        ]
        parts = [
            self.say("expired.first"),
            self.say("expired.not_proof"),
            table(rows),
            self.say("expired.footer"),
        ]
        return self._text("expired", parts)

    def say(self, entry: str, **more: str) -> str:
        return self.words.say(entry, self.values | more)

    def time(self, at: datetime) -> str:
        return moment(at, self.now, self.zone, self.words)

    def quote(self, text: str, longest: int = _LONGEST_QUOTE) -> str:
        return quoted(text, self.words.say("quotes"), longest)

    def _text(self, kind: str, parts: Sequence[str], **more: str) -> Text:
        title = self.say(f"title.{kind}", **more)
        return Text(one_line(title), "\n\n".join(filter(None, parts)) + "\n")

    def _facts(self, explanation: Explanation) -> list[tuple[str, str]]:
        incident = self.incident
        return [
            (
                self.say("label.why"),
                f"{explanation.title}\n{explanation.meaning}\n{self._certainty(explanation)}",
            ),
            (self.say("label.reply"), self.quote(incident.sample.reply)),
            (self.say("explain.address"), "\n".join(explanation.addresses)),
            (self.say("label.since"), self._since()),
            (self.say("label.to"), self._names(incident.recipients)),
            (self.say("label.login"), self._logins()),
            (
                self.say("label.sender"),
                self._names([one for one in incident.senders if one != incident.subject]),
            ),
            (self.say("label.from"), self._from()),
            (self.say("label.last_worked"), self._last_worked()),
        ]

    def _certainty(self, explanation: Explanation) -> str:
        confidence = self.say(f"confidence.{explanation.confidence}")
        if not explanation.evidence:
            return self.say("why.certainty_unknown", confidence=confidence)
        return self.say("why.certainty", confidence=confidence, evidence=self.quote(explanation.evidence))

    def _since(self) -> str:
        return self.say("since.at_once" if self._at_once() else "since.value", attempts=self._how_many())

    def _at_once(self) -> bool:
        """Whether it all happened within one minute, so that "between 19:02 and 19:02" would be odd."""
        return self.values["since"] == self.values["last"]

    def _how_many(self) -> str:
        """Attempts; and refused recipients, where they are more."""
        if self.incident.refusals <= self.incident.attempts:
            return self.values["attempts"]
        return self.say("attempts.and_refusals")

    def _last_worked(self) -> str:
        at = self.incident.last_success_at
        if at is None:
            return self.say("last_worked.never")
        return self.say(f"last_worked.{self.incident.by}", at=self.time(at))

    def _logins(self) -> str:
        """Who logged in, where that is not the one that the message is about anyhow."""
        others = [user for user in self.incident.users if user != self.incident.subject]
        if self.incident.users or self.incident.refused_by == "remote":
            return self._names(others)
        return self.say("login.nobody")

    def _from(self) -> str:
        """Where the last one came from; the others by address only."""
        known = self.known
        if known.client_ip is None:
            return ""
        others = [one for one in self.incident.client_ips if one != known.client_ip]
        last = {
            "client": client(known, self.words),
            "helo": self.quote(known.helo or ""),
            "port": str(known.port),
        }
        entry = {(True, True): "from.helo_port", (True, False): "from.helo", (False, True): "from.port"}.get(
            (bool(known.helo), known.port is not None)
        )
        first = self.say(entry, **last) if entry else last["client"]
        return "\n".join(one for one in (first, self._names(others)) if one)

    def _names(self, names: Sequence[str]) -> str:
        shown = [sender(one, self.words) for one in names[:SHOWN]]
        rest = len(names) - len(shown)
        if not rest:
            return listed(shown, self.words)
        return self.say("and_more", names=self.words.say("and").join(shown), n=str(rest))

    def _proof(self) -> str:
        fields = recovery(self.incident.cause, self.incident.refused_by)
        shared = [
            self.say(f"shared.{'user' if one == 'person' and self.incident.users else one}") for one in fields
        ]
        who, to = (*self.incident.success, "", "")[:2]
        proof = self.say(
            "recovered.proof",
            proof_who=name(who, self.words, "fallback.who"),
            proof_to=name(to, self.words, "fallback.recipient"),
            shared=listed(shared, self.words),
        )
        refused = len(self.incident.recovery_keys)
        return f"{proof}\n{self.say('recovered.partly', n=str(refused))}" if refused > 1 else proof


def one_line(title: str) -> str:
    return " ".join(title.split())[:_LONGEST_TITLE]


def _diagnosis(incident: Incident) -> Diagnosis:
    return Diagnosis(incident.cause, incident.confidence, incident.sample.evidence, incident.who_acts)


def _several(recipients: Sequence[str], domains: Sequence[str], words: Catalogue) -> str:
    """One by its name, more by their number: "3 addresses at denki.example", "at least 20 addresses"."""
    if len(recipients) <= 1:
        return name(recipients[0] if recipients else None, words, "fallback.recipient")
    count = {"recipients": words.count("count.recipients", len(recipients))}
    if len(domains) == 1:
        return words.say("to.at_domain", count | {"domain": named(domains[0], words.say("quotes"))})
    return words.say("to.at_least" if len(recipients) >= NAMED else "to.count", count)
