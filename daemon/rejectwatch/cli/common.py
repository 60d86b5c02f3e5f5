"""What several commands take: the configuration, a time, a format, the terminal's language."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import click
import durationpy

from rejectwatch.facts import Event
from rejectwatch.messages import plain_words

Language = Literal["en", "ja"]

QUOTES = "“”"
"""Around log text that is not an ordinary name."""

config_option = click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file [default: $REJECTWATCH_CONFIG, else /etc/rejectwatch/rejectwatch.toml].",
)


def format_option(*formats: str) -> Callable[[Any], Any]:
    return click.option(
        "--format", "form", type=click.Choice(formats), default=formats[0], show_default=True, help="How to print."
    )


limit_option = click.option(
    "--limit", type=click.IntRange(min=0), default=100, show_default=True, help="At most so many; 0: all."
)

lang_option = click.option(
    "--lang", type=click.Choice(["en", "ja"]), default=None, help="Language [default: the terminal's]."
)


class Since(click.ParamType):
    """A duration back from now ("7d", "90m"), or a date or time (ISO 8601, local unless it has a zone)."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if re.fullmatch(r"([0-9]+(\.[0-9]+)?[smhdw])+", value):
            now = datetime.now(UTC)
            return max(now - durationpy.from_str(value), datetime(1970, 1, 1, tzinfo=UTC))
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f'"{value}" is neither a duration such as "7d" nor a date such as "2026-11-24"', param, ctx)


since_option = click.option("--since", type=Since(), help='Only from then on: "7d", "2026-11-24".')
until_option = click.option("--until", type=Since(), help="Only before then.")


def language(given: str | None) -> Language:
    """The language asked for, else the terminal's, else English."""
    if given is None:
        given = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "en"
    return "ja" if given.startswith("ja") else "en"


def told(event: Event, lang: Language) -> str:
    """A refusal in plain words, after its local time."""
    at = event.occurred_at.astimezone()
    return f"{at:%Y-%m-%d %H:%M:%S}  {plain_words(event, lang)}"
