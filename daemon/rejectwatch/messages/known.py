"""What a record knows that a message can fill in; everything may be unknown."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from rejectwatch.causes import Reply
from rejectwatch.facts import RefusedBy
from rejectwatch.incidents.incident import Incident


@dataclass(frozen=True, slots=True)
class Known:
    """The names are those of an event."""

    refused_by: RefusedBy | None = None
    mta: str | None = None
    host: str | None = None
    service: str | None = None
    user: str | None = None
    sender: str | None = None
    recipient: str | None = None
    client_ip: str | None = None
    client_host: str | None = None
    helo: str | None = None
    relay_host: str | None = None
    relay_ip: str | None = None
    occurred_at: datetime | None = None
    reply: str | None = None

    @classmethod
    def of(cls, record: object) -> Known:
        """What any record tells under these names: an event, a refusal, a bounce, a reply."""
        known = {field.name: getattr(record, field.name, None) for field in fields(cls)}
        if isinstance(record, Reply):
            known["reply"] = record.text
        return cls(**known)

    @classmethod
    def of_incident(cls, incident: Incident) -> Known:
        """The sample, with who it is about: the last refusal need not be the one that names him."""
        known = {field.name: getattr(incident.sample, field.name, None) for field in fields(cls)}
        known["refused_by"] = incident.refused_by
        if incident.by in ("user", "sender", "client_ip"):
            known[incident.by] = incident.subject
        return cls(**known)

    @property
    def port(self) -> int | None:
        """The port that the service's name in the log stands for; None where it tells nothing.

        `postfix/smtpd` tells nothing: many leave the name as it is on every port.
        """
        parts = (self.service or "").split("/")
        if "submissions" in parts or "smtps" in parts:
            return 465
        return 587 if "submission" in parts else None

    @property
    def came_to_25(self) -> bool:
        """Whether the service is the one that Postfix runs on port 25, unless somebody has set up another there."""
        return (self.service or "").split("/")[1:] == ["smtpd"]
