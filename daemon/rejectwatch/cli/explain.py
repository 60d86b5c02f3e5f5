"""`rejectwatch explain`: why was this refused, and what now? Offline, from a bare reply or a log line."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TextIO

import click

from rejectwatch import dialects, messages
from rejectwatch.causes import Reply, diagnose
from rejectwatch.cli.common import Language, format_option, lang_option, language
from rejectwatch.correlate import Correlator
from rejectwatch.dialects.timestamps import Stamps
from rejectwatch.events import reply_of
from rejectwatch.facts import Outcome, Refused, Who
from rejectwatch.state import State

EVERY_CODE = frozenset(range(500, 600))


@click.command("explain", short_help="explain a reply or a log line")
@click.argument("text", metavar="[TEXT|-]", required=False)
@click.option("--each", type=click.File("r", "utf-8"), help="JSON lines in (text, optionally line), one answer a line.")
@format_option("text", "json")
@lang_option
def command(text: str | None, each: TextIO | None, form: str, lang: str | None) -> None:
    """Explain a refusal: TEXT is the reply as the user got it, or a line of the log. Without TEXT, standard input.

    \b
    rejectwatch explain '553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)'
    """
    if each is not None:
        _answer_each(each, language(lang))
        return
    if text in (None, "-"):
        text = sys.stdin.read()
    found = understood(text or "", None, language(lang))
    click.echo(_json(found, indent=1) if form == "json" else messages.as_text(found, language(lang)))


def understood(text: str, line: str | None, lang: Language) -> messages.Explanation:
    """The explanation of a reply, or of the refusal in a log line (`line`, or `text` if it is one)."""
    refused = refusal_in(line or text)
    if refused is None:
        reply = Reply(text=text.strip())
        return messages.explain(diagnose(reply), messages.Known.of(reply), lang)
    return messages.explain(diagnose(reply_of(refused)), messages.Known.of(refused), lang)


def refusal_in(line: str) -> Refused | None:
    """The refusal that a line of a mail log tells, None if it is no such line."""
    found = _First()
    stamps = Stamps(UTC, datetime.now(UTC))
    # Through the correlator like any line: it knows whom the line itself names.
    correlator = Correlator(State(), dialects.who, lambda offset, n: f"{offset}:{n}", onward=found)
    dialects.read(line.strip().encode("utf-8", "surrogateescape") + b"\n", stamps, EVERY_CODE, correlator)
    return found.refused


class _First:
    """Listens for the first refusal."""

    refused: Refused | None = None

    def refusal(self, refused: Refused, attempt: str) -> None:
        self.refused = self.refused or refused

    def other_refusal(self, mta: str, outcome: Outcome, code: int) -> None: ...

    def handed(self, stamp: bytes, who: Who) -> None: ...

    def delivery(self, stamp: bytes, mta: str, who: Who, sender: str | None, recipient: bytes) -> None: ...


def _answer_each(lines: TextIO, lang: Language) -> None:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            answer = understood(asked["text"], asked.get("line"), lang)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise click.UsageError(f'line {number} is not a JSON object with a "text"') from error
        click.echo(_json(answer))


def _json(explanation: messages.Explanation, indent: int | None = None) -> str:
    return json.dumps(asdict(explanation), ensure_ascii=False, indent=indent)
