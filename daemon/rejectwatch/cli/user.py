"""`rejectwatch user ADDRESS`: one person's story, for whoever has that person on the phone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from rejectwatch import messages, records
from rejectwatch.causes import Diagnosis, Reply, who_acts
from rejectwatch.cli.common import (
    QUOTES,
    Language,
    Since,
    config_option,
    counted,
    format_option,
    lang_option,
    language,
    local,
    put,
)
from rejectwatch.cli.incident_lines import line, shared
from rejectwatch.cli.opening import opened
from rejectwatch.cli.user_story import Client, Story, Tally, story_of
from rejectwatch.facts import Event
from rejectwatch.identity import Identities
from rejectwatch.incidents.incident import Incident, to_json
from rejectwatch.messages.layout import table
from rejectwatch.messages.neutral import named, quoted
from rejectwatch.zone import local_zone

SHOWN = 5
"""Addresses, domains and logins that are named in one place; the others are counted."""


@click.command("user", short_help="one person's story: can they send, why not, what to tell them")
@click.argument("name", metavar="ADDRESS")
@click.option(
    "--since",
    type=Since(),
    default="30d",
    show_default=True,
    help='Refusals from then on: a duration back from now ("7d") or a date ("2026-11-24").',
)
@format_option("text", "json")
@lang_option
@config_option
def command(name: str, since: datetime, form: str, lang: str | None, config: Path | None) -> None:
    """Print the story of one person: whether they can send now, what went out last, what is refused since when
    and why, from which addresses and programs, and what to tell them.

    ADDRESS is a login or a mail address, in any case of letters, with or without a realm that [identity] names. A
    login is found under its own name, an address under the logins of that name, and where nobody logged in.
    """
    if not name.strip():
        raise click.UsageError("an address or a login is needed")
    with opened(config) as (loaded, database):
        story = story_of(database, name.strip(), loaded.policy, since)
        explanation = _explained(story, language(lang), loaded.house)
        if form == "json":
            put(records.as_array([_record(story, explanation)]) + "\n")
            return
        for part in _told(story, explanation, language(lang), loaded.identities):
            click.echo(part)


# ── can this person send now? ──


def verdict(story: Story) -> str:
    """The first line: it alone says whether this person can send now, and from what that is known."""
    who = named(story.written.name, QUOTES)
    if not story.is_seen:
        return f"{who} was never seen: nothing refused since {local(story.since)}, no delivery, no incident."
    return f"{who} {_answer(story)}{''.join(_also_open(story))}"


def _answer(story: Story) -> str:
    match story.can_send:
        case "yes":
            return f"can send{_proof(story)}"
        case "no":
            return f"can't send{_where(story)}: {_failing(story)}; {_last_success(story)}."
    if story.last is None:
        return (
            "may be able to send, which nothing tells: neither a delivery nor a refusal of theirs is known."
        )
    return (
        f"may not be able to send{_where(story)}: {_failing(story)}, and nothing that would prove the contrary went"
        f" out since; {_last_success(story)}."
        + (" Others who failed with them can send again." if story.others_can_send else "")
    )


def _also_open(story: Story) -> Iterator[str]:
    """Incidents of another kind than what is told already."""
    for one in story.open_incidents:
        if story.last is not None and not story.is_about_last(one):
            yield f" Open as well: {one.cause}, {shared(one)}."


def _proof(story: Story) -> str:
    if story.last is None:
        went_out = f"the last message went out {local(story.last_success or story.since)}"
        return f": {went_out}, and nothing was refused since {local(story.since)}."
    last = local(story.last.occurred_at)
    if story.proven_at is not None and story.is_proven:
        return f" again: a message went out {local(story.proven_at)}, after the last refusal ({last})."
    return f" again: the last refusal was {last}, and since then mail of the kind that failed went out."


def _where(story: Story) -> str:
    return f" to {named(story.elsewhere, QUOTES)}" if story.elsewhere else ""


def _failing(story: Story) -> str:
    if story.last is None or story.failing_since is None:
        return f"refused since {local(min(one.first_at for one in story.open_incidents))}"
    since, last = local(story.failing_since), local(story.last.occurred_at)
    if since == last:
        return f"refused {last} ({counted(len(story.failing_attempts), 'attempt')})"
    return f"refused since {since} ({counted(len(story.failing_attempts), 'attempt')}, the last {last})"


def _last_success(story: Story) -> str:
    if story.last_success is None:
        return "no message of theirs ever went out, as far as is known"
    if story.elsewhere and story.outside and story.last and story.outside > story.last.occurred_at:
        return f"mail to others went out {local(story.outside)}"
    return f"the last message went out {local(story.last_success)}"


# ── the text ──


def _told(
    story: Story, explanation: messages.Explanation | None, lang: Language, same: Identities
) -> Iterator[str]:
    yield verdict(story)
    if rows := list(_rows(story, same)):
        yield f"\n{table(rows)}"
    if explanation is not None and story.last is not None:
        known = messages.Known.of(story.last)
        yield f"\nThe last refusal, {local(story.last.occurred_at)}:\n"
        yield messages.as_text(explanation, known, lang, local_zone()).rstrip("\n")


def _rows(story: Story, same: Identities) -> Iterator[tuple[str, str]]:
    if story.last_success is not None:
        yield "Last success", _successes(story)
    if story.refused.refusals:
        yield "Refused", _counted(story)
        yield "Why", "\n".join(f"{cause}: {_tally(tally)}" for cause, tally in _most(story.causes.items()))
        yield "From", "\n".join(_clients(story, same))
        yield (
            "To",
            _several(f"{named(one, QUOTES)} ({n})" for one, n in story.recipient_domains.most_common()),
        )
    if len(story.written.logins) > 1:
        yield "Logins", _several(named(one, QUOTES) for one in sorted(story.written.logins))
    if story.incidents:
        yield "Incidents", "\n".join(map(_incident, story.incidents[:SHOWN])) + _more(story.incidents)
    if story.written.others:
        yield (
            "Others",
            "logged in as somebody else and were refused when they sent from this address: "
            + _several(f"{named(one, QUOTES)} ({n})" for one, n in story.written.others),
        )
    if story.strangers.refusals:
        yield "Strangers", _strangers(story)
    if not story.is_seen:
        yield "Similar", _several(named(one, QUOTES) for one in story.written.similar)


def _incident(incident: Incident) -> str:
    """A line of the list, without its columns."""
    return " ".join(line(incident).split())


def _strangers(story: Story) -> str:
    return (
        f"{counted(story.strangers.refusals, 'refusal')} without a login, from"
        f" {counted(len(story.stranger_clients), 'address', 'addresses')} neither known nor ours (forged, or this"
        f" person on a new network): {_span(story.strangers)}"
    )


def _successes(story: Story) -> str:
    kinds = (("to others", story.outside), ("between our own users", story.inside))
    told = [f"{words} {local(at)}" for words, at in kinds if at is not None]
    return (
        f"{local(story.last_success)}{f' ({_several(told)})' if told else ''}" if story.last_success else ""
    )


def _counted(story: Story) -> str:
    attempts = len(story.attempts)
    return (
        f"{story.refused.refusals} in {attempts} attempt{'s' if attempts > 1 else ''}: {_span(story.refused)}"
    )


def _clients(story: Story, same: Identities) -> Iterator[str]:
    clients = list(_most(story.clients.items()))
    for client, tally in clients[:SHOWN]:
        yield f"{_client(client)}: {_tally(tally)}{_familiar(client, story, same)}"
    if len(clients) > SHOWN:
        yield f"and {len(clients) - SHOWN} more"


def _client(client: Client) -> str:
    if client.client_ip is None:
        return "an address that the log does not tell"
    has_name = client.client_host not in (None, "", "unknown", client.client_ip)
    name = f"{named(client.client_host or '', QUOTES)} " if has_name else ""
    helo = f", calls itself {quoted(client.helo, QUOTES, 80)}" if client.helo else ""
    service = f", {named(client.service, QUOTES)}" if client.service else ""
    return f"{name}[{named(client.client_ip, QUOTES)}]{helo}{service}"


def _familiar(client: Client, story: Story, same: Identities) -> str:
    address = same.client(client.client_ip or "")
    shared = ", an address of several logins" if address in story.shared else ""
    at = story.known.get(address)
    return f" (last login from there {local(at)}{shared})" if at else ""


def _most(tallies: Iterable[tuple[Any, Tally]]) -> list[tuple[Any, Tally]]:
    return sorted(tallies, key=lambda one: -one[1].refusals)


def _tally(tally: Tally) -> str:
    return f"{tally.refusals}, {_span(tally)}"


def _span(tally: Tally) -> str:
    if tally.first_at is None or tally.last_at is None:
        return ""
    first, last = local(tally.first_at), local(tally.last_at)
    return last if first == last else f"{first} to {last}"


def _several(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:SHOWN]) + _more(names, " ")


def _more(names: list[Any], before: str = "\n") -> str:
    return f"{before}and {len(names) - SHOWN} more" if len(names) > SHOWN else ""


# ── what to tell them ──


def _explained(story: Story, lang: Language, house: messages.House) -> messages.Explanation | None:
    last = story.last
    if last is None:
        return None
    return messages.explain(_diagnosis(last, story), messages.Known.of(last), lang, house)


def _diagnosis(last: Event, story: Story) -> Diagnosis:
    """The refusal's own, but who must act is the incident's to say: it knows the circumstances."""
    for incident in filter(story.is_about_last, story.open_incidents):
        return Diagnosis(last.cause, last.confidence, last.evidence, incident.who_acts)
    reply = Reply(
        last.reply, last.code, last.enhanced_code, last.refused_by, last.stage, last.user, last.sender
    )
    return Diagnosis(last.cause, last.confidence, last.evidence, who_acts(last.cause, reply))


# ── for scripts ──


def _record(story: Story, explanation: messages.Explanation | None) -> records.Record:
    return {
        "name": story.written.name,
        "seen": story.is_seen,
        "can_send": story.can_send,
        "says": verdict(story),
        "since": _at(story.since),
        "last_success_at": _at(story.last_success),
        "last_success_outside_at": _at(story.outside),
        "last_success_inside_at": _at(story.inside),
        "failing_since": None if story.can_send == "yes" else _at(story.failing_since),
        "refusals": story.refused.refusals,
        "attempts": len(story.attempts),
        "last_refusal_at": _at(story.refused.last_at),
        "logins": sorted(story.written.logins),
        "causes": [{"cause": cause, **_tallied(tally)} for cause, tally in _most(story.causes.items())],
        "clients": [
            {**client._asdict(), **_tallied(tally)} for client, tally in _most(story.clients.items())
        ],
        "recipient_domains": dict(story.recipient_domains.most_common()),
        "others": dict(story.written.others),
        "strangers": {"clients": len(story.stranger_clients), **_tallied(story.strangers)},
        "similar": list(story.written.similar),
        "incidents": [to_json(one) for one in story.incidents],
        "explanation": asdict(explanation) if explanation else None,
    }


def _tallied(tally: Tally) -> dict[str, Any]:
    return {"refusals": tally.refusals, "first_at": _at(tally.first_at), "last_at": _at(tally.last_at)}


def _at(at: datetime | None) -> str | None:
    return None if at is None else records.rfc3339(at)
