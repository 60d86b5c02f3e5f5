"""An incident in one line of a list."""

from __future__ import annotations

from rejectwatch.cli.common import QUOTES, local
from rejectwatch.incidents.incident import Incident
from rejectwatch.messages.neutral import named

BY = {
    "client_ip": "client",
    "sender_domain": "mail from",
    "recipient_domain": "mail to",
}
"""What the failures share, in words; where nothing stands here, the name says it."""


def line(incident: Incident, *more: str) -> str:
    """The subject stands last but for the remarks: it is as long as a stranger likes."""
    marks = [*incident.flags, *more]
    if incident.severity == "critical":
        marks.insert(0, "critical")
    remarks = f"  ({', '.join(marks)})" if marks else ""
    people = f"{incident.people:4} people  " if incident.people != 1 else " " * 13
    return (
        f"{incident.id}  {state(incident):9}  since {local(incident.first_at)}  {incident.attempts:4} attempts  {people}"
        f"{incident.cause:22}  {shared(incident)}{remarks}"
    )


def state(incident: Incident) -> str:
    """`waiting`: nobody was told yet."""
    return incident.ending or ("open" if incident.told_at else "waiting")


def shared(incident: Incident) -> str:
    """What its failures share."""
    if incident.by == "cause":
        return "everybody"
    return f"{BY.get(incident.by, incident.by)} {named(incident.subject, QUOTES)}"
