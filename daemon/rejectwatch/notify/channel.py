"""Where messages go."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rejectwatch.facts import domain_of
from rejectwatch.incidents.incident import Message
from rejectwatch.settings import Settings
from rejectwatch.watch import Notice


@dataclass(frozen=True, slots=True)
class Channel:
    """`url` is an Apprise URL with a password in it: it stays out of `repr` and goes only to the child process."""

    name: str
    url: str = field(repr=False)
    language: Literal["en", "ja"]
    domains: frozenset[str]

    def wants(self, message: Message | Notice) -> bool:
        """Whether the message concerns one of the channel's domains; a channel without domains wants all.

        What the watch tells of itself is for whoever runs it, and not for the customers of one domain.
        """
        if isinstance(message, Notice):
            return not self.domains
        incident = message.incident
        concerned = (incident.subject, *incident.senders, *incident.users)
        return not self.domains or any(domain_of(one) in self.domains for one in concerned)


def channels(settings: Settings, beside: Path) -> dict[str, Channel]:
    """The configured channels by name, with their URLs; `beside` is the folder of the configuration file."""
    return {
        one.name: Channel(
            one.name,
            one.place(beside).read_text("utf-8").strip(),
            one.language,
            frozenset(domain.lower() for domain in one.domains),
        )
        for one in settings.channels
    }
