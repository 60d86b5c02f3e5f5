"""One incident being told: what its record fills into sentences, and how it names people, places and times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from rejectwatch.causes import Reply, who_acts
from rejectwatch.facts import WhoActs, domain_of
from rejectwatch.incidents.incident import NAMED, Incident
from rejectwatch.messages.advice import situation
from rejectwatch.messages.catalogue import Catalogue, Unknown, catalogue
from rejectwatch.messages.filling import client, listed, name, sender, server, values
from rejectwatch.messages.house import House
from rejectwatch.messages.known import Known
from rejectwatch.messages.layout import moment
from rejectwatch.messages.neutral import is_ordinary, named, quoted

SHOWN = 3
"""How many addresses are named in one place; the rest is counted."""
SHOWN_PEOPLE = 5
"""How many people and domains a group names."""

CROWD = 3
"""So many people at one address are not one device."""

_LONGEST_QUOTE = 300


class Telling:
    """`values` are the words in braces; `now` is when it is told."""

    def __init__(self, incident: Incident, now: datetime, language: str, zone: tzinfo, house: House) -> None:
        self.incident = incident
        self.now = now
        self.language = language
        self.zone = zone
        self.house = house
        self.words: Catalogue = catalogue(language)
        self.known = Known.of_incident(incident)
        self.fault = _whose_fault(incident)
        self.situation = situation(incident.cause, self.fault, self.known, self.words)
        self.values = values(self.known, self.words) | self._story()

    @property
    def is_foreign(self) -> bool:
        """Whether strangers are refused who should not have to log in: nobody of ours has failed."""
        return "foreign_senders" in self.incident.flags

    @property
    def is_device(self) -> bool:
        """Whether it is about one machine; it may send under two names, and from a third one on it is a crowd."""
        return self.incident.by == "client_ip" and self.incident.people < CROWD

    @property
    def is_group(self) -> bool:
        return self.incident.is_group and not self.is_device

    @property
    def is_theirs(self) -> bool:
        return "remote" in (self.incident.refused_by, self.incident.who_acts)

    @property
    def is_again(self) -> bool:
        return "flapping" in self.incident.flags and bool(self.incident.circumstances.onsets)

    @property
    def is_at_once(self) -> bool:
        """Whether it all happened within one minute: "between 19:02 and 19:02" would be odd."""
        return self.time(self.incident.first_at) == self.time(self.incident.last_at)

    @property
    def began_at(self) -> datetime:
        """Where it comes again and again, it began to fail when it came the last time."""
        return self._onset if self.is_again else self.incident.first_at

    @property
    def _onset(self) -> datetime:
        """Since when successes count for the circumstances."""
        onsets = self.incident.circumstances.onsets
        return onsets[-1] if onsets else self.incident.first_at

    def say(self, entry: str, **more: str) -> str:
        return self.words.say(entry, self.values | more)

    def time(self, at: datetime) -> str:
        return moment(at, self.now, self.zone, self.words)

    def quote(self, text: str, longest: int = _LONGEST_QUOTE) -> str:
        return quoted(text, self.words.say("quotes"), longest)

    def name(self, text: str) -> str:
        return name(text, self.words, "fallback.who")

    def _story(self) -> dict[str, str]:
        incident, words = self.incident, self.words
        subject = name(incident.subject, words, "fallback.who")
        first, last = self.time(incident.first_at), self.time(incident.last_at)
        told = {
            "id": incident.id,
            "subject": subject,
            "actor": words.say(f"actor.{incident.who_acts}"),
            "to": _several(incident.recipients, incident.recipient_domains, words),
            "since": self.time(self.began_at),
            "onset": self.time(self._onset),
            "first": first,
            "last": last,
            "when": words.say(
                "when.at" if self.is_at_once else "when.between", {"first": first, "last": last}
            ),
            "times": words.count("count.times", incident.attempts),
            "attempts": words.count("count.attempts", incident.attempts),
            "refusals": words.count("count.refusals", incident.refusals),
            "people": words.count("count.people", incident.people),
            "senders": words.count("count.senders", incident.people),
            "other_people": words.count("count.people", incident.circumstances.other_people),
            "partner": self._partner(),
            "refuser": self._refuser(),
            "partner_domain": self._partner_domain(),
            "filter": self._filter(),
        }
        if self.is_group:
            told["server"] = self._refuser()
        else:
            told["who"] = subject
        told["place"] = self._place(told)
        told["scope"] = words.say(f"scope.{'device' if self.is_device else self._by}", told)
        told["whose"] = words.say("whose.group") if self.is_group else subject
        return told

    @property
    def _by(self) -> str:
        return "foreign_senders" if self.is_foreign else self.incident.by

    def _place(self, told: dict[str, str]) -> str:
        if self.incident.by == "cause" or not self.incident.is_group:
            return Unknown("")
        return self.words.say(f"place.{self.incident.by}", told)

    def _partner(self) -> str:
        """The other side that refuses."""
        incident = self.incident
        if incident.by in ("recipient_domain", "host"):
            return self.name(incident.subject)
        if len(incident.recipient_domains) == 1:
            return self.name(incident.recipient_domains[0])
        return name(self.known.relay_host or self.known.relay_ip, self.words, "server.theirs_unnamed")

    def _refuser(self) -> str:
        """Which server refuses a group: named only if it is one for all."""
        incident = self.incident
        if incident.refused_by == "local":
            return server(replace(self.known, host=incident.common.host), self.words)
        return name(incident.common.host, self.words, "server.several")

    def _partner_domain(self) -> str:
        incident = self.incident
        return self.name(incident.subject) if incident.by == "recipient_domain" else Unknown("")

    def _filter(self) -> str:
        """What `rejectwatch silence add` mutes: one person whatever the cause is, a group only for this."""
        incident = self.incident
        if incident.is_group or not is_ordinary(incident.subject):
            return f"--incident {incident.id}"
        return f"--{incident.by} {incident.subject}"

    # ── names ──

    def names(self, names: Sequence[str]) -> str:
        return self._cut([sender(one, self.words) for one in names[:SHOWN]], len(names), _more(names))

    def counted(self, names: Sequence[str], counts: Sequence[int]) -> str:
        """Names with their numbers: "192.0.2.7 (3) and 192.0.2.8 (1)"."""
        return self._cut(self._with_counts(names, counts), len(names), _more(names))

    def _with_counts(self, names: Sequence[str], counts: Sequence[int]) -> list[str]:
        pairs = list(zip(names, counts, strict=False))[:SHOWN_PEOPLE]
        return [self.say("with_count", name=sender(one, self.words), n=str(n)) for one, n in pairs]

    def _cut(self, shown: list[str], total: int, more: str) -> str:
        rest = total - len(shown)
        if rest <= 0 or not shown:
            return listed(shown, self.words)
        return self.say(more, names=self.words.say("and").join(shown), n=str(rest))

    def people(self) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Who fails, with their attempts: logins, or senders where nobody logged in."""
        incident = self.incident
        if incident.users and not self.is_foreign:
            return incident.users, incident.user_counts
        return incident.senders, incident.sender_counts

    def who_fails(self) -> str:
        """Those with most attempts: "abe (7), sato (5) and 35 more"."""
        names, counts = self.people()
        return self._cut(self._with_counts(names, counts), self.incident.people, "and_more_people")

    def domains(self) -> str:
        """Of which domains those are who are named, where several are of one; nothing where it is about a domain."""
        names, _ = self.people()
        found = Counter(domain for one in names if (domain := domain_of(one)))
        if self.incident.by == "sender_domain" or not found or len(found) == len(names):
            return ""
        told = self.counted(*zip(*found.most_common(), strict=True))
        if len(names) >= self.incident.people:
            return told
        return self.say("domains.of_named", domains=told, n=str(len(names)))

    def last_client(self) -> str:
        """Where the last one came from, what it calls itself, and the port, as far as they are known."""
        known = self.known
        told = {
            "client": client(known, self.words),
            "helo": self.quote(known.helo or ""),
            "port": str(known.port),
        }
        entry = {(True, True): "from.helo_port", (True, False): "from.helo", (False, True): "from.port"}.get(
            (bool(known.helo), known.port is not None)
        )
        return self.say(entry, **told) if entry else told["client"]


def _whose_fault(incident: Incident) -> WhoActs:
    """Where the cause itself lies, which says what words about it are true.

    What several people meet at our server is for the administrator to look at; it need not be a wrong map.
    """
    if not incident.is_group or incident.who_acts != "admin" or incident.refused_by != "local":
        return incident.who_acts
    if incident.cause == "sender_not_authorized":
        return "admin" if incident.circumstances.login_is_sender else "user"
    last = incident.sample
    return who_acts(
        incident.cause, Reply(last.reply, last.code, refused_by="local", user=last.user, sender=last.sender)
    )


def _more(names: Sequence[str]) -> str:
    """Of more than `NAMED`, nobody knows how many there are."""
    return "and_more" if len(names) < NAMED else "and_more_at_least"


def _several(recipients: Sequence[str], domains: Sequence[str], words: Catalogue) -> str:
    """One by its name, more by their number: "3 addresses at denki.example", "at least 20 addresses"."""
    if len(recipients) <= 1:
        return name(recipients[0] if recipients else None, words, "fallback.recipient")
    count = {"recipients": words.count("count.recipients", len(recipients))}
    if len(domains) == 1:
        return words.say("to.at_domain", count | {"domain": named(domains[0], words.say("quotes"))})
    return words.say("to.at_least" if len(recipients) >= NAMED else "to.count", count)
