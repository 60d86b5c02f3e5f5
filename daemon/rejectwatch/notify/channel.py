"""Where messages go; which of them, and when, is `rejectwatch.routing`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rejectwatch.settings import Settings


@dataclass(frozen=True, slots=True)
class Channel:
    """`url` is an Apprise URL with a password in it: it stays out of `repr` and goes only to the child process."""

    name: str
    url: str = field(repr=False)
    language: Literal["en", "ja"] = "en"


def channels(settings: Settings, beside: Path) -> dict[str, Channel]:
    """The configured channels by name, with their URLs; `beside` is the folder of the configuration file."""
    return {
        one.name: Channel(one.name, one.place(beside).read_text("utf-8").strip(), one.language)
        for one in settings.channels
    }
