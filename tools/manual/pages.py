"""Man pages: one a command, in the macros of man(7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tools.manual.tree import Command, Option

from rejectwatch import __version__

ENVIRONMENT = (
    ("REJECTWATCH_CONFIG", "The configuration file, where none is given with --config."),
    ("CREDENTIALS_DIRECTORY", "Where systemd puts the files that hold the channels' URLs."),
    (
        "LC_ALL, LC_MESSAGES, LANG",
        "The language, where none is given with --lang: Japanese if it begins with ja.",
    ),
    ("TZ", "The time zone in which times are printed, and read where they have none."),
)
FILES = (
    ("/etc/rejectwatch/rejectwatch.toml", "The configuration. Every setting has a default; `rejectwatch check-config` finds its mistakes."),
    ("/etc/rejectwatch/credentials/", "The channels' URLs, one a file. They hold passwords."),
    ("/var/lib/rejectwatch/rejectwatch.db", "The database, unless another one is configured."),
)  # fmt: skip
EXIT_STATUS = (
    ("0", "It did its work, whatever it found."),
    ("1", "A step failed, or `doctor` found trouble."),
    ("2", "The call or the configuration was wrong."),
)
SEE_ALSO = ("journalctl(1)", "systemctl(1)", "mailq(1)")
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
_CHARACTERS = {"\\": "\\e", "…": "...", "“": "\\(lq", "”": "\\(rq", "–": "\\(en", "’": "'", "→": "\\(->"}


def pages(top: Command) -> dict[str, str]:
    """Each by the name of its file."""
    return {f"{command.name}.1": _page(command, top) for command in top.all()}


def _page(command: Command, top: Command) -> str:
    return "".join(f"{line}\n" for line in _lines(command, top))


def _lines(command: Command, top: Command) -> Iterator[str]:
    yield '.\\" Written by `make manual` from the definitions of the commands.'
    yield f'.TH {_literal(command.name.upper())} 1 "{_released()}" "rejectwatch {__version__}" "rejectwatch"'
    yield ".SH NAME"
    yield f"{_literal(command.name)} \\- {_text(command.says)}"
    yield ".SH SYNOPSIS"
    yield f".B {_literal(' '.join(('rejectwatch', *command.words)))}"
    yield _italic(command.usage)
    yield ".SH DESCRIPTION"
    yield from _description(command.description)
    if command.commands:
        yield ".SH COMMANDS"
        for one in command.commands:
            yield from (
                ".TP",
                f".BR {_literal(one.name)} (1)",
                _text(f"{one.says[0].upper()}{one.says[1:]}."),
            )
    yield ".SH OPTIONS"
    for option in command.options:
        yield from _option(option)
    yield from _listed("EXIT STATUS", EXIT_STATUS)
    if command is top:
        yield from _listed("ENVIRONMENT", ENVIRONMENT)
        yield from _listed("FILES", FILES)
    yield ".SH SEE ALSO"
    yield ",\n".join(_reference(name) for name in _see_also(command, top))


def _released() -> str:
    """The day of this version."""
    found = re.search(rf"^## {re.escape(__version__)} \((\S+)\)$", CHANGELOG.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"CHANGELOG.md has no heading `## {__version__} (YYYY-MM-DD)`")
    return found[1]


def _description(description: str) -> Iterator[str]:
    """Its paragraphs; those that click keeps as they are stay so."""
    is_first = True
    for paragraph in description.split("\n\n"):
        lines = paragraph.splitlines()
        if paragraph.startswith("Exit codes:"):
            continue  # they have a section of their own
        if not is_first:
            yield ".PP"
        is_first = False
        if lines[0] == "\b":
            yield ".nf"
            yield from map(_kept, lines[1:])
            yield ".fi"
        else:
            yield _text(" ".join(lines))


def _kept(line: str) -> str:
    """Mostly commands to be typed; one that is indented stands below what it is an example of."""
    words = line.lstrip(" ")
    literal = _literal(_escaped(words))
    return _begun(literal) if words == line else f"    \\fB{literal}\\fR"


def _option(option: Option) -> Iterator[str]:
    yield ".TP"
    names = re.sub(
        r"(?<!\S)(--?[a-z-]+)", lambda found: f"\\fB{_literal(found[1])}\\fR", _escaped(option.written)
    )
    yield re.sub(r"(?<=R )([^\\,]+)$", r"\\fI\1\\fR", names)
    yield _text(" ".join(option.says.split()))


def _listed(heading: str, entries: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield f".SH {heading}"
    for name, says in entries:
        yield from (".TP", f".B {_literal(name)}", _text(says))


def _see_also(command: Command, top: Command) -> list[str]:
    """What stands above, and what else stands there; the commands of a group have their own section."""
    if command is top:
        return list(SEE_ALSO)
    above = next(one for one in top.all() if command in one.commands)
    beside = [] if above is top else [one for one in above.commands if one is not command]
    return [f"{one.name}(1)" for one in (above, *beside)]


def _reference(name: str) -> str:
    return f".BR {_literal(name.partition('(')[0])} ({name.partition('(')[2]}"


def _text(text: str) -> str:
    """A paragraph as one line; what stands in backticks is typed as it is."""
    parts = _escaped(text).replace("--", "\\-\\-").split("`")
    return _begun("".join(f"\\fB{_literal(part)}\\fR" if n % 2 else part for n, part in enumerate(parts)))


def _italic(text: str) -> str:
    return f"\\fI{_literal(_escaped(text))}\\fR"


def _begun(line: str) -> str:
    """A point or an apostrophe at the beginning of a line would be a request."""
    return f"\\&{line}" if line.startswith((".", "'")) else line


def _escaped(text: str) -> str:
    characters = (_CHARACTERS.get(one, one) for one in text)
    return "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in characters)


def _literal(text: str) -> str:
    """Hyphens that can be typed, where else they could be set as dashes."""
    return re.sub(r"(?<!\\\\)-", r"\\-", text)
