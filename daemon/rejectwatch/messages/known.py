"""What a record knows that a message can fill in; everything may be unknown."""

from __future__ import annotations

from dataclasses import dataclass, fields

from rejectwatch.causes import Reply
from rejectwatch.facts import Event, Refused, RefusedBy
from rejectwatch.incidents.incident import Incident, Sample


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

    @classmethod
    def of(cls, record: Event | Refused | Sample | Reply) -> Known:
        return cls(**{field.name: getattr(record, field.name, None) for field in fields(cls)})

    @classmethod
    def of_incident(cls, incident: Incident) -> Known:
        """The sample, with who it is about: the last refusal need not be the one that names him."""
        known = {field.name: getattr(incident.sample, field.name, None) for field in fields(cls)}
        known["refused_by"] = incident.refused_by
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
