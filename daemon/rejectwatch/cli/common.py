"""What several commands take: the configuration, a time, a format, the terminal's language."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

import click
import durationpy

from rejectwatch.causes import CAUSES
from rejectwatch.facts import Event

F = TypeVar("F", bound=Callable[..., Any])

Language = Literal["en", "ja"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AGES = timedelta(days=365 * 200)

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
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print.",
    )


limit_option = click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    metavar="N",
    help="At most so many; 0: all.",
)

lang_option = click.option(
    "--lang", type=click.Choice(["en", "ja"]), default=None, help="Language [default: the terminal's]."
)


class Since(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.5
    """A duration back from now ("7d", "90m"), or a date or time (ISO 8601, local unless it has a zone)."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            if re.fullmatch(r"([0-9]+(\.[0-9]+)?[smhdw])+", value):
                return max(datetime.now(UTC) - _at_most_ages(value), EPOCH)
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(
                f'"{value}" is neither a duration such as "7d" nor a date such as "2026-11-24"', param, ctx
            )


def _at_most_ages(value: str) -> timedelta:
    try:
        duration: timedelta = durationpy.from_str(value)
    except (durationpy.DurationError, OverflowError):
        return AGES
    return min(duration, AGES)


since_option = click.option(
    "--since",
    type=Since(),
    help='Only from then on: a duration back from now ("7d") or a date ("2026-11-24").',
)
until_option = click.option("--until", type=Since(), help="Only before then; the same forms.")

_SLUGS = [cause.slug for cause in CAUSES]

_CHOSEN = (
    click.option(
        "--user",
        metavar="LOGIN",
        help="Of this SASL login, or from this sender where nobody logged in; however it is written.",
    ),
    click.option("--domain", metavar="DOMAIN", help="With a sender or recipient in this domain."),
    click.option(
        "--ip", metavar="ADDRESS", help="Of this client address; of IPv6, of its network of 64 bits."
    ),
    click.option(
        "--cause",
        metavar="CAUSE",
        type=click.Choice(_SLUGS),
        help=f"With this cause: {', '.join(_SLUGS)}.",
    ),
)


def chosen(command: F) -> F:
    """Which refusals: --user, --domain, --ip, --cause."""
    for option in reversed(_CHOSEN):
        command = option(command)
    return command


def put(text: str) -> None:
    """Print what a script reads: UTF-8, whatever the terminal's encoding is."""
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))


def standard_input() -> bytes:
    """All of standard input; on a terminal with a word about what is being waited for."""
    say_waiting()
    return sys.stdin.buffer.read()


def say_waiting() -> None:
    if sys.stdin.isatty():
        click.echo("reading standard input; Ctrl-D ends it", err=True)


def language(given: str | None) -> Language:
    """The language asked for, else the terminal's, else English."""
    if given is None:
        given = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "en"
    return "ja" if given.startswith("ja") else "en"


def local(at: datetime) -> str:
    """A time on this machine's clocks."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def counted(number: int, one: str, several: str | None = None) -> str:
    """As in "1 attempt", "3 attempts"."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"


def told(event: Event, lang: Language) -> str:
    """A refusal in plain words, after its local time, and after how many it stands for."""
    from rejectwatch.messages import plain_words  # `scan --format jsonl` starts without what it never says

    at = event.occurred_at.astimezone()
    times = f"{event.repeat} × " if event.repeat > 1 else ""
    return f"{at:%Y-%m-%d %H:%M:%S}  {times}{plain_words(event, lang)}"
