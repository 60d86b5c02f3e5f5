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
from rejectwatch.cli.common import Language, format_option, lang_option, language, put, standard_input
from rejectwatch.correlate import Correlator
from rejectwatch.dialects.timestamps import Stamps
from rejectwatch.events import reply_of
from rejectwatch.facts import Outcome, Refused
from rejectwatch.state import Queued, State

EVERY_CODE = frozenset(range(500, 600))


@click.command("explain", short_help="explain a reply or a log line")
@click.argument("text", metavar="[TEXT|-]", required=False)
@click.option(
    "--each",
    metavar="FILE",
    type=click.File("r", "utf-8", errors="backslashreplace"),
    help='FILE holds JSON lines such as {"text": "553 …"}, optionally with the whole log "line"; one answer a line.',
)
@format_option("text", "json")
@lang_option
def command(text: str | None, each: TextIO | None, form: str, lang: str | None) -> None:
    """Explain a refusal: TEXT is the reply as the user got it, or a line of the log. Without TEXT, standard input.

    \b
    rejectwatch explain "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"
    grep NOQUEUE /var/log/mail.log | tail -1 | rejectwatch explain

    Nothing is contacted and nothing is stored. With --each a program may ask about many at once.
    """
    if each is not None:
        if text is not None:
            raise click.UsageError("give either a text or --each, not both")
        _answer_each(each, language(lang))
        return
    if text in (None, "-"):
        text = standard_input()
    if not text or not text.strip():
        raise click.UsageError("there is no text to explain")
    found = understood(text, None, language(lang))
    if form == "json":
        put(_json(found, indent=1) + "\n")
    else:
        click.echo(messages.as_text(found, language(lang)), nl=False)


def understood(text: str, line: str | None, lang: Language) -> messages.Explanation:
    """The explanation of a reply, or of the refusal in a log line (`line`, or `text` if it is one)."""
    text, line = _encodable(text), line and _encodable(line)
    refused = refusal_in(line or text)
    if refused is None:
        reply = Reply(text=text.strip())
        return messages.explain(diagnose(reply), messages.Known.of(reply), lang)
    return messages.explain(diagnose(reply_of(refused)), messages.Known.of(refused), lang)


def _encodable(text: str) -> str:
    """Half a surrogate pair, from a JSON escape or an argument that is not UTF-8, could not be printed."""
    return text.encode("utf-8", "backslashreplace").decode()


def refusal_in(line: str) -> Refused | None:
    """The refusal that a line of a mail log tells, None if it is no such line."""
    found = _First()
    stamps = Stamps(UTC, datetime.now(UTC))
    # Through the correlator like any line: it knows whom the line itself names.
    state = State()
    correlator = Correlator(state, dialects.who, lambda offset, n: f"{offset}:{n}", onward=found)
    asked = dialects.Asked(EVERY_CODE, stamps, dialects.Remembered(state.lines, ""))
    dialects.read(line.strip().encode() + b"\n", asked, correlator)
    return found.refused


class _First:
    """Listens for the first refusal."""

    refused: Refused | None = None

    def refusal(self, refused: Refused, attempt: str) -> None:
        self.refused = self.refused or refused

    def other_refusal(self, mta: str, outcome: Outcome, code: int, times: int = 1) -> None: ...

    def dropped(self, offset: int, stamp: bytes, lines: int | None, who: str) -> None: ...

    def not_understood(self, stamp: bytes, mta: str, shape: str) -> None: ...

    def handed(self, stamp: bytes, mta: str, who: bytes) -> None: ...

    def delivery(self, stamp: bytes, mta: str, message: Queued, recipient: bytes) -> None: ...


def _answer_each(lines: TextIO, lang: Language) -> None:
    for number, line in enumerate(lines, 1):
        if line.strip():
            text, whole = _asked(line, number)
            put(_json(understood(text, whole, lang)) + "\n")
            sys.stdout.flush()  # whoever asks one by one waits for it


def _asked(line: str, number: int) -> tuple[str, str | None]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    match asked:
        case {"text": str(text), "line": str(whole)}:
            return text, whole
        case {"text": str(text)}:
            return text, None
    raise click.UsageError(f'line {number} is not a JSON object with a "text"')


def _json(explanation: messages.Explanation, indent: int | None = None) -> str:
    return json.dumps(asdict(explanation), ensure_ascii=False, indent=indent)
