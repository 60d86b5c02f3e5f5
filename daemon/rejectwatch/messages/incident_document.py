"""Write the message about an incident: what an administrator finds in the inbox.

The first line alone says who, what, since when, how far, and who must act. Nothing is said that the
incident does not hold, and everything that came from the log passes through `neutral`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from rejectwatch.causes import recovery
from rejectwatch.incidents.incident import NAMED, Incident, Message
from rejectwatch.messages import support
from rejectwatch.messages.advice import Explanation, nearest
from rejectwatch.messages.document import Document, Section
from rejectwatch.messages.evidence import evidence
from rejectwatch.messages.filling import listed
from rejectwatch.messages.house import NO_HOUSE, House
from rejectwatch.messages.incident_advice import headline, incident_advice
from rejectwatch.messages.known import Known
from rejectwatch.messages.layout import duration, one_line
from rejectwatch.messages.telling import Telling

ALIKE = timedelta(minutes=30)
"""Onsets on several days that lie so near to one hour of the day look like a time rule."""
SHOWN_ONSETS = 5

Rows = Iterable[tuple[str, str]]


def document(message: Message, language: str, zone: tzinfo, house: House = NO_HOUSE) -> Document:
    """The message, with times of `zone`."""
    telling = Telling(message.incident, message.at, language, zone, house)
    match message.kind:
        case "opened" | "grown":
            return _opened(telling, message.kind)
        case "recovered":
            return _recovered(telling)
        case "expired":
            return _expired(telling)


def reminder_document(
    incident: Incident, at: datetime, language: str, zone: tzinfo, house: House = NO_HOUSE
) -> Document:
    """It still fails, and nobody has said that he looks after it."""
    return _told_again(Telling(incident, at, language, zone, house), "reminder")


def escalated_document(
    incident: Incident, at: datetime, language: str, zone: tzinfo, house: House = NO_HOUSE
) -> Document:
    """For those who are told only what others leave lying."""
    return _told_again(Telling(incident, at, language, zone, house), "escalated")


# ── it fails ─────────────────────────────────────────────────────────────────────────────────────


def _opened(telling: Telling, kind: str) -> Document:
    told = incident_advice(telling)
    is_again = kind == "opened" and telling.is_again
    lead = [_first_sentence(telling), *_flags(telling)]
    if kind == "grown":
        lead.insert(0, _grown(telling))
    page = telling.house.page(telling.incident.cause, telling.language)
    return replace(
        _document(
            telling, kind, "\n".join(lead), _opened_sections(telling, told), "again" if is_again else kind
        ),
        page=page or "",
    )


def _opened_sections(telling: Telling, told: Explanation) -> tuple[Section, ...]:
    for_support = support.for_support(Known.of(telling.incident.sample), telling.words, telling.zone)
    sections = [
        _facts(_why(telling, told), _circumstances(telling), _address(telling, told), _story_rows(telling)),
        Section("steps", telling.say("section.admin"), lines=told.admin_steps),
        _for_user(telling, told),
        _facts(support.rows(for_support, telling.words), heading=telling.say("section.support")),
    ]
    return tuple(section for section in sections if section is not None)


def _first_sentence(telling: Telling) -> str:
    if telling.is_foreign:
        return telling.say("opened.first_foreign")
    return telling.say("opened.first_group" if telling.is_group else "opened.first")


def _flags(telling: Telling) -> Iterable[str]:
    """What is unusual, as sentences."""
    incident = telling.incident
    onsets = incident.circumstances.onsets
    if telling.is_again:
        yield telling.say("flag.flapping", **_again(telling))
        if _at_one_hour(onsets, telling.zone):
            begun = [telling.time(onset) for onset in onsets[-SHOWN_ONSETS:]]
            yield telling.say("flag.time_rule", onset_times=listed(begun, telling.words))
    if "never_succeeded" in incident.flags and not telling.is_foreign:
        about = "partner" if incident.by == "recipient_domain" else "group" if telling.is_group else "one"
        yield telling.say(f"flag.never_succeeded.{about}")
    if "shared_address" in incident.flags and incident.client_ips:
        yield telling.say("flag.shared_address", client=telling.name(incident.client_ips[0]))


def _again(telling: Telling) -> dict[str, str]:
    onsets = telling.incident.circumstances.onsets
    if not onsets:
        return {}
    return {
        "onsets": telling.words.count("count.onsets", len(onsets)),
        "first_onset": telling.time(onsets[0]),
    }


def _at_one_hour(onsets: tuple[datetime, ...], zone: tzinfo) -> bool:
    """Whether it begins at about the same hour of different days."""
    local = [onset.astimezone(zone) for onset in onsets]
    if len({one.date() for one in local}) < len(local) or len(local) < 2:
        return False
    first = timedelta(hours=local[0].hour, minutes=local[0].minute)
    apart = (timedelta(hours=one.hour, minutes=one.minute) - first for one in local)
    day = timedelta(days=1)
    return all(min(length % day, -length % day) <= ALIKE for length in apart)


def _grown(telling: Telling) -> str:
    before = [at for at in telling.incident.tellings if at < telling.now]
    entry = "grown.since_told" if before else "grown.first"
    return telling.say(entry, told=telling.time(before[-1]) if before else "")


def _told_again(telling: Telling, kind: str) -> Document:
    """All that is told when it opens: the reader has nothing to look up."""
    opened = _opened(telling, "opened")
    told_at = telling.incident.told_at or telling.incident.opened_at
    unheeded = telling.say(
        f"{kind}.first",
        told=telling.time(told_at),
        duration=duration(telling.now - told_at, telling.words),
    )
    again = _document(telling, kind, f"{unheeded}\n{opened.lead}", opened.sections)
    return replace(again, page=opened.page)


# ── the rows of facts ────────────────────────────────────────────────────────────────────────────


def _facts(*rows: Rows, heading: str = "") -> Section:
    return Section("facts", heading, tuple((label, value) for some in rows for label, value in some if value))


def _why(telling: Telling, told: Explanation) -> Rows:
    confidence = telling.say(f"confidence.{told.confidence}")
    entry = "why.certainty" if told.evidence else "why.certainty_unknown"
    certainty = telling.say(entry, confidence=confidence, evidence=telling.quote(told.evidence))
    yield telling.say("label.why"), f"{told.title}\n{told.meaning}\n{certainty}"
    yield telling.say("label.reply"), telling.quote(telling.incident.sample.reply)


def _circumstances(telling: Telling) -> Rows:
    yield telling.say("label.evidence"), "\n".join(evidence(telling))


def _address(telling: Telling, told: Explanation) -> Rows:
    yield telling.say("explain.address"), "\n".join(told.addresses)


def _story_rows(telling: Telling) -> Rows:
    yield telling.say("label.since"), _since(telling)
    if telling.is_group or telling.is_foreign:
        yield from _group_rows(telling)
    else:
        yield from _single_rows(telling)


def _group_rows(telling: Telling) -> Rows:
    incident = telling.incident
    yield telling.say("label.before"), _group_last_worked(telling)
    yield telling.say("label.senders" if telling.is_foreign else "label.people"), telling.who_fails()
    yield telling.say("label.domains"), telling.domains()
    if incident.by != "recipient_domain":
        to = telling.counted(incident.recipient_domains, incident.domain_counts)
        yield telling.say("label.to_domains"), to
    if incident.by == "client_ip":
        yield telling.say("label.from"), telling.last_client()
    else:
        clients = telling.counted(incident.client_ips, incident.client_counts)
        yield telling.say("label.clients"), clients


def _single_rows(telling: Telling) -> Rows:
    incident = telling.incident
    yield telling.say("label.last_worked"), _last_worked(telling)
    yield telling.say("label.to"), telling.names(incident.recipients)
    yield telling.say("label.login"), _logins(telling)
    yield telling.say("label.sender"), telling.names(_others(incident.senders, incident.subject))
    yield telling.say("label.from"), _from(telling)


def _others(names: tuple[str, ...], name: str | None) -> tuple[str, ...]:
    return tuple(one for one in names if one != name)


def _since(telling: Telling) -> str:
    incident = telling.incident
    how_many = telling.values["attempts"]
    if incident.refusals > incident.attempts:
        how_many = telling.say("attempts.and_refusals")
    return telling.say("since.at_once" if telling.is_at_once else "since.value", attempts=how_many)


def _last_worked(telling: Telling) -> str:
    at = telling.incident.last_success_at
    if at is None:
        return telling.say("last_worked.never")
    return telling.say(f"last_worked.{telling.incident.by}", at=telling.time(at))


def _group_last_worked(telling: Telling) -> str:
    incident = telling.incident
    at, reached = incident.last_success_at, str(incident.reached)
    if telling.is_foreign and not incident.reached:
        return ""
    if not incident.reached:
        return telling.say("last_worked.nobody")
    if at is None:
        return telling.say("last_worked.group", reached=reached)
    about = (
        "foreign" if telling.is_foreign else "partner" if incident.by == "recipient_domain" else "group_at"
    )
    return telling.say(f"last_worked.{about}", reached=reached, at=telling.time(at))


def _logins(telling: Telling) -> str:
    """Who logged in, where that is not the one that the message is about anyhow."""
    incident = telling.incident
    if incident.users or incident.refused_by == "remote":
        return telling.names(_others(incident.users, incident.subject))
    return telling.say("login.nobody")


def _from(telling: Telling) -> str:
    """Where the last one came from; the others by address only."""
    if telling.known.client_ip is None:
        return ""
    others = telling.names(_others(telling.incident.client_ips, telling.known.client_ip))
    return "\n".join(filter(None, (telling.last_client(), others)))


def _for_user(telling: Telling, told: Explanation) -> Section | None:
    if not told.forward_text:
        return None
    whose = "group" if telling.is_group else "device" if telling.is_device else "user"
    lines = tuple(told.forward_text.splitlines())
    return Section(
        "forward", telling.say(f"section.{whose}"), lines=lines, closing=telling.say("section.user_end")
    )


# ── it ends ──────────────────────────────────────────────────────────────────────────────────────


def _recovered(telling: Telling) -> Document:
    incident = telling.incident
    proof_at = min((proof.at for proof in incident.proofs), default=telling.now)
    confirmed = len(incident.proofs)
    telling.values |= {
        "proof_at": telling.time(proof_at),
        "duration": duration(proof_at - telling.began_at, telling.words),
        "confirmed": str(confirmed),
        "unconfirmed": telling.words.count("count.people", max(incident.people - confirmed, 0)),
    }
    after = "recovered.after_again" if telling.began_at > incident.first_at else "recovered.after"
    # Whoever comes after the first `NAMED` is not kept.
    is_partly = telling.is_group and not telling.is_foreign and confirmed < min(incident.people, NAMED)
    rows = _facts(
        [
            (telling.say("label.proof"), _proofs(telling)),
            (telling.say("label.unconfirmed"), telling.say("recovered.unconfirmed") if is_partly else ""),
            (telling.say("label.period"), f"{_since(telling)}\n{telling.say(after)}"),
            _was(telling),
        ]
    )
    whose = "_foreign" if telling.is_foreign else "_group" if telling.is_group else ""
    lead = [telling.say("recovered.first"), *_quiet(telling)]
    title = _closing_title(telling, f"recovered{whose}")
    return _document(telling, "recovered", "\n".join(lead), (rows,), title)


def _proofs(telling: Telling) -> str:
    """Who got through, when and to whom; and what these have in common with what had failed."""
    proofs = [
        telling.say(
            "recovered.proof",
            at=telling.time(proof.at),
            who=telling.name(proof.person),
            recipient=telling.name(proof.recipient),
        )
        for proof in telling.incident.proofs
    ]
    return "\n".join([*proofs, telling.say("recovered.shared", shared=_shared(telling))])


def _shared(telling: Telling) -> str:
    if telling.is_foreign:
        return telling.say("shared.sender_domain")
    fields = recovery(telling.incident.cause, telling.incident.refused_by)
    has_login = bool(telling.incident.users)
    entries = ("user" if one == "person" and has_login else one for one in fields)
    return listed([telling.say(f"shared.{one}") for one in entries], telling.words)


def _expired(telling: Telling) -> Document:
    rows = _facts(
        [
            (telling.say("label.period"), _since(telling)),
            (telling.say("label.people"), telling.who_fails() if telling.is_group else ""),
            _was(telling),
            (telling.say("label.reply"), telling.quote(telling.incident.sample.reply)),
        ]
    )
    lead = [telling.say("expired.first"), *_quiet(telling), telling.say("expired.not_proof")]
    return _document(telling, "expired", "\n".join(lead), (rows,), _closing_title(telling, "expired"))


def _quiet(telling: Telling) -> Iterable[str]:
    if telling.is_again:
        yield telling.say("flag.quiet", **_again(telling))


def _closing_title(telling: Telling, entry: str) -> str:
    return f"quiet_{entry.partition('_')[0]}" if telling.is_again else entry


def _was(telling: Telling) -> tuple[str, str]:
    entry = "foreign.title" if telling.is_foreign else nearest(telling.situation, "title", telling.words)
    return telling.say("label.was"), telling.say(entry)


# ── the frame ────────────────────────────────────────────────────────────────────────────────────


def _document(
    telling: Telling, kind: str, lead: str, sections: tuple[Section, ...], title: str = ""
) -> Document:
    said = telling.say(f"title.{title or kind}", headline=headline(telling), **_again(telling))
    return Document(
        kind=kind,
        language=telling.language,
        severity=telling.incident.severity,
        title=one_line(said),
        lead=lead,
        sections=sections,
        footer=telling.say(f"{kind}.footer"),
        incident=telling.incident.id,
    )
