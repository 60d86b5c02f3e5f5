"""Explain the cause of an incident, and say what is to be done: to one user as always, to a group in words that fit all of them.

The steps of a cause are written for one user. For a group the administrator reads them with one of the people as an
example, after what many failures at once add; the text for the users names nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rejectwatch.causes import Diagnosis
from rejectwatch.messages.advice import Explanation, explain, forward_text, nearest
from rejectwatch.messages.known import Known
from rejectwatch.messages.telling import Telling

_LIKE = {"relay_denied": "auth_required", "ip_blocklisted": "auth_required"}
"""Where people had to log in first: it is the login that is missing."""
_ON_THE_WAY = frozenset({"auth_required", "relay_denied", "tls_required", "protocol_error"})
"""Causes that a router, a firewall or an antivirus program between users and server can bring about."""


def incident_advice(telling: Telling) -> Explanation:
    told = _for_one(telling, telling.known)
    if telling.is_foreign:
        return replace(
            told,
            title=telling.say("foreign.title"),
            meaning=telling.say("foreign.meaning"),
            admin_steps=_steps(telling, "foreign.admin_steps"),
            user_steps=(),
            forward_text="",
        )
    if not telling.is_group:
        return told
    user_steps, forward = _for_users(telling)
    return replace(
        told,
        meaning="\n".join(_meaning(telling)),
        admin_steps=tuple(_admin_steps(telling, told)),
        user_steps=user_steps,
        forward_text=forward,
        addresses=(),
    )


def headline(telling: Telling) -> str:
    """Who can't send what, since when, and why: the first half of a title."""
    told = {"what": telling.say(nearest(telling.situation, "short", telling.words))}
    if telling.is_foreign:
        return telling.say("headline.foreign_senders")
    if telling.is_group:
        names_relay = telling.is_theirs and telling.incident.by != "host"
        return telling.say("headline.theirs" if names_relay else "headline.ours", **told)
    if telling.is_device:
        return telling.say("headline.device", **told)
    return telling.say(f"{telling.situation}.headline")


def _for_one(telling: Telling, known: Known) -> Explanation:
    incident = telling.incident
    diagnosis = Diagnosis(incident.cause, incident.confidence, incident.sample.evidence, telling.fault)
    return explain(diagnosis, known, telling.language, telling.house)


def _meaning(telling: Telling) -> Iterator[str]:
    incident, at = telling.incident, telling.situation
    if incident.by == "host":
        yield telling.say("group.meaning.host")
    elif at.endswith("ours_user") and incident.who_acts == "admin":
        yield telling.say("group.meaning.client_ip" if _is_on_the_way(telling) else "group.meaning.ours")
        return
    yield _for_one(telling, _anybody(telling)).meaning


def _admin_steps(telling: Telling, told: Explanation) -> Iterator[str]:
    incident, at = telling.incident, telling.situation
    if incident.by == "host":
        yield from _steps(telling, "group.host.admin_steps")
    elif at.endswith("ours_user") and incident.who_acts == "user":
        yield from _steps(telling, "group.users.admin_steps")
    elif not telling.is_theirs:
        if _is_on_the_way(telling):
            yield from _steps(telling, "group.client_ip.admin_steps")
        yield from _steps(telling, "group.ours.admin_steps")
    if at.endswith("ours_user") and incident.who_acts == "admin":
        # The cause's own steps may be about one user's settings.
        own = f"group.steps.{_LIKE.get(incident.cause, incident.cause)}"
        yield from _steps(telling, own) if telling.words.has(own) else told.admin_steps
        yield from _steps(telling, "group.ours.last_steps")
        return
    yield from told.admin_steps


def _for_users(telling: Telling) -> tuple[tuple[str, ...], str]:
    if telling.incident.who_acts == "user":
        told = _for_one(telling, _anybody(telling))
        return told.user_steps, told.forward_text
    whose = "theirs" if telling.is_theirs else "ours"
    steps = _steps(telling, f"group.{whose}.user_steps")
    about = "client_ip" if _is_on_the_way(telling) else whose
    return steps, forward_text(telling.say(f"group.{about}.forward"), steps, telling.say("forward.closing"))


def _is_on_the_way(telling: Telling) -> bool:
    incident = telling.incident
    return incident.by == "client_ip" and incident.cause in _ON_THE_WAY and not telling.is_theirs


def _steps(telling: Telling, entry: str) -> tuple[str, ...]:
    return telling.words.steps(entry, telling.values, telling.known.mta)


def _anybody(telling: Telling) -> Known:
    """The last refusal without the one whom it happened to."""
    is_one = telling.incident.common.host is not None
    relay = (telling.known.relay_host, telling.known.relay_ip) if is_one else (None, None)
    return replace(
        telling.known,
        user=None,
        sender=None,
        recipient=None,
        client_ip=None,
        client_host=None,
        relay_host=relay[0],
        relay_ip=relay[1],
    )
