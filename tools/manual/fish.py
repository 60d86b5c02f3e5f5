"""Completion for fish: a line for everything that may stand after a command."""

from __future__ import annotations

from collections.abc import Iterator

from tools.manual.tree import Command, Option, Value

_HEAD = """# Completion of rejectwatch for fish. Written by `make manual` from the definitions of the commands.
# It starts nothing and reads nothing: all that it knows stands below.

function __rejectwatch_words
    commandline -opc | string match --invert -- '-*'
end

function __rejectwatch_within
    set -l words (__rejectwatch_words)[2..-1]
    set -l number (count $argv)
    test (count $words) -ge $number; and test "$words[1..$number]" = "$argv"
end

function __rejectwatch_at
    set -l words (__rejectwatch_words)[2..-1]
    test "$words" = "$argv"
end

complete -c rejectwatch -f
"""


def script(top: Command) -> str:
    return _HEAD + "".join(f"{line}\n" for command in top.all() for line in _lines(command))


def _lines(command: Command) -> Iterator[str]:
    words = "".join(f" {word}" for word in command.words)
    at = f"complete -c rejectwatch -n '__rejectwatch_at{words}'"
    within = f"complete -c rejectwatch -n '__rejectwatch_within{words}'"
    for one in command.commands:
        yield f"{at} -a {one.words[-1]} -d {_quoted(one.says)}"
    for option in command.options:
        yield f"{at if command.commands else within}{_names(option)} -d {_quoted(option.says)}"
    if (argument := command.argument) is not None and argument.kind != "text":
        yield f"{within}{_of(argument)}"


def _names(option: Option) -> str:
    names = "".join(
        f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names
    )
    return names + (f" -r{_of(option.value)}" if option.value else "")


def _of(value: Value) -> str:
    match value.kind:
        case "words":
            return f" -f -a {_quoted(' '.join(value.words))}"
        case "file":
            return " -F"
        case "folder":
            return " -f -a '(__fish_complete_directories)'"
    return " -f"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
