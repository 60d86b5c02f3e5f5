"""Say the circumstances of an incident as evidence: one short sentence each, that can be checked in the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rejectwatch.messages.telling import Telling


def evidence(telling: Telling) -> tuple[str, ...]:
    """What is known, and speaks for the verdict; what is not known is not said."""
    said = [*_login(telling), *_sender(telling), *_successes(telling), *_others(telling)]
    return tuple(telling.say(entry, at="" if at is None else telling.time(at)) for entry, at in said)


Said = Iterator[tuple[str, datetime | None]]
"""An entry of the catalogue, and the time that it names."""


def _login(telling: Telling) -> Said:
    known = telling.incident.circumstances
    if known.login_is_sender and telling.is_group:
        yield "evidence.login_is_sender", None
    elif telling.incident.refused_by == "local" and not telling.is_foreign:
        whose = "group" if telling.is_group else "one"
        if whose == "group" or known.logged_in == "all":
            yield f"evidence.logged_in.{known.logged_in}.{whose}", None
    if known.new_client and not telling.is_group and telling.known.client_ip:
        yield "evidence.new_client", None
    if known.new_helo and not telling.is_group and telling.known.helo:
        yield "evidence.new_helo", None


def _sender(telling: Telling) -> Said:
    known = telling.incident.circumstances
    if telling.is_foreign:
        return
    if known.sender_is_ours is False:
        yield "evidence.sender_not_ours", None
    elif known.sender_is_ours and known.logged_in == "none" and telling.incident.refused_by == "local":
        yield "evidence.sender_ours", None


def _successes(telling: Telling) -> Said:
    known, is_remote = telling.incident.circumstances, telling.incident.refused_by == "remote"
    outside = known.worked_outside_at
    if is_remote and known.partner_worked_at:
        yield "evidence.partner_worked", known.partner_worked_at
    if outside and is_remote and not known.partner_worked_at:
        yield "evidence.only_partner", outside
    elif outside:
        yield "evidence.outside_worked", outside
    elif known.worked_inside_at and not is_remote:
        yield "evidence.inside_only", known.worked_inside_at
    if known.some_delivered:
        yield "evidence.some_delivered", None


def _others(telling: Telling) -> Said:
    known = telling.incident.circumstances
    to_us = telling.incident.by == "recipient_domain" and not telling.is_theirs
    # Where the people themselves reached others, it is said already.
    if telling.is_group and not telling.is_foreign and not to_us and not known.worked_outside_at:
        worked = "somebody_worked" if known.anybody_worked_at else "nobody_worked"
        yield f"evidence.{worked}", known.anybody_worked_at
    if known.other_people:
        yield "evidence.others", None
    elif not telling.is_group:
        yield "evidence.nobody_else", None
