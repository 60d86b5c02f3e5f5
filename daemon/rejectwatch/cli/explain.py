"""`rejectwatch explain`: why was this refused, and what now? Offline, from a reply, a log line or a bounce mail."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, TextIO

import click

from rejectwatch import messages
from rejectwatch.causes import diagnose
from rejectwatch.cli.common import (
    Language,
    config_option,
    format_option,
    lang_option,
    language,
    put,
    standard_input,
)
from rejectwatch.cli.questions import Question, question_of_line, questions_in
from rejectwatch.zone import local_zone


@click.command("explain", short_help="explain a reply, a log line or a bounce mail")
@click.argument("text", metavar="[TEXT|-]", required=False)
@click.option(
    "--each",
    metavar="FILE",
    type=click.File("r", "utf-8", errors="backslashreplace"),
    help='FILE holds JSON lines such as {"text": "553 …"}, optionally with the whole log "line"; one answer a line.',
)
@format_option("text", "json")
@lang_option
@config_option
def command(text: str | None, each: TextIO | None, form: str, lang: str | None, config: Path | None) -> None:
    """Explain a refusal: TEXT is the reply as the user got it, or a line of the log. Without TEXT, standard input,
    which may also be a whole bounce mail.

    \b
    rejectwatch explain "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"
    grep NOQUEUE /var/log/mail.log | tail -1 | rejectwatch explain
    rejectwatch explain < bounce.eml

    Nothing is contacted and nothing is stored. With --each a program may ask about many at once. Only -c reads
    settings: the texts of [[causes]].
    """
    told = _Told(language(lang), _house(config))
    if each is not None:
        if text is not None:
            raise click.UsageError("give either a text or --each, not both")
        _answer_each(each, told)
        return
    data = standard_input() if text in (None, "-") else _bytes(text or "")
    if not data.strip():
        raise click.UsageError("there is no text to explain")
    answers = told.of(questions_in(data))
    if form == "json":
        put(_json(answers[0].explanation, indent=1) + "\n")
    else:
        click.echo(told.as_text(answers), nl=False)


def _house(config: Path | None) -> messages.House:
    if config is None:
        return messages.NO_HOUSE
    # By name: only an explanation that was given a file pays for reading it.
    house: messages.House = import_module("rejectwatch.settings").load(config).house
    return house


def _bytes(text: str) -> bytes:
    """An argument that is not UTF-8 comes as surrogates."""
    return text.encode("utf-8", "surrogateescape" if _is_escaped(text) else "backslashreplace")


def _is_escaped(text: str) -> bool:
    return all(not "\ud800" <= letter <= "\udfff" or "\udc80" <= letter <= "\udcff" for letter in text)


RULE = "\n" + "─" * 72 + "\n\n"
"""Between refusals of different kinds."""


class Answer(NamedTuple):
    """An explanation, and what it is about. `recipients`: whom all the same was refused."""

    explanation: messages.Explanation
    known: messages.Known
    is_refusal: bool
    recipients: tuple[str, ...]


class _Told(NamedTuple):
    """How it is told."""

    lang: Language
    house: messages.House

    def of(self, questions: list[Question]) -> list[Answer]:
        """Those of different kinds: what is the same is said once, of the first of them."""
        kinds: dict[object, list[Answer]] = {}
        for answer in map(self._answer, questions):
            told, known = answer.explanation, answer.known
            kind = (told.title, told.who_acts, known.refused_by, known.relay_host)
            kinds.setdefault(kind, []).append(answer)
        return [
            first._replace(
                recipients=tuple(dict.fromkeys(to for one in (first, *more) for to in one.recipients))
            )
            for first, *more in kinds.values()
        ]

    def _answer(self, question: Question) -> Answer:
        diagnosis = diagnose(question.reply, self.house.own_texts)
        told = question.told
        if told == "nothing" and diagnosis.cause != "unknown":
            told = None  # somebody gave the words without their code
        if told is not None:
            return Answer(messages.not_refused(told, question.code, self.lang), question.known, False, ())
        explanation = messages.explain(diagnosis, question.known, self.lang, self.house)
        recipients = filter(None, [question.known.recipient])
        return Answer(explanation, question.known, True, tuple(recipients))

    def as_text(self, answers: list[Answer]) -> str:
        zone = local_zone()
        texts = (
            messages.as_text(
                one.explanation, one.known if one.is_refusal else None, self.lang, zone, one.recipients
            )
            for one in answers
        )
        return RULE.join(texts)


def _answer_each(lines: TextIO, told: _Told) -> None:
    for number, line in enumerate(lines, 1):
        if line.strip():
            (answer, *_) = told.of(_asked(line, number))
            put(_json(answer.explanation) + "\n")
            sys.stdout.flush()  # whoever asks one by one waits for it


def _asked(line: str, number: int) -> list[Question]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    match asked:
        case {"text": str(text), "line": str(whole)}:
            found = question_of_line(_bytes(whole).decode("utf-8", "backslashreplace"))
            return [found] if found else questions_in(_bytes(text))
        case {"text": str(text)}:
            return questions_in(_bytes(text))
    raise click.UsageError(f'line {number} is not a JSON object with a "text"')


def _json(explanation: messages.Explanation, indent: int | None = None) -> str:
    return json.dumps(asdict(explanation), ensure_ascii=False, indent=indent)
