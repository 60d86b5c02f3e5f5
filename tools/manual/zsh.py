"""Completion for zsh: one function a command, in the language of `_arguments`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.manual.tree import Command, Option, Value

_HEAD = """#compdef rejectwatch
# Completion of rejectwatch for zsh. Written by `make manual` from the definitions of the commands.
# It starts nothing and reads nothing: all that it knows stands below.
"""


def script(top: Command) -> str:
    return _HEAD + "".join(map(_function, top.all())) + '\n_rejectwatch "$@"\n'


def _function(command: Command) -> str:
    lines = _group(command) if command.commands else _leaf(command)
    return f"\n{_name(command)}() {{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def _name(command: Command) -> str:
    return re.sub("[ -]", "_", f"_{command.name}")


def _leaf(command: Command) -> Iterator[str]:
    specs = list(map(_option, command.options))
    if (argument := command.argument) is not None:
        specs.append(_quoted(f"{'*' if argument.several else '1'}:{_of(argument)}"))
    yield from _arguments(specs)


def _group(command: Command) -> Iterator[str]:
    yield 'local curcontext="$curcontext" state line'
    yield from _arguments(
        [*map(_option, command.options), "'1:command:->command'", "'*::argument:->argument'"]
    )
    yield "case $state in"
    yield "command)"
    yield "    local -a commands=("
    for one in command.commands:
        yield f"        {_quoted(f'{one.words[-1]}:{one.says}')}"
    yield "    )"
    yield "    _describe -t commands command commands"
    yield "    ;;"
    yield "argument)"
    yield "    case $line[1] in"
    for one in command.commands:
        yield f"    {one.words[-1]}) {_name(one)} ;;"
    yield "    esac"
    yield "    ;;"
    yield "esac"


def _arguments(specs: list[str]) -> Iterator[str]:
    yield "_arguments -C \\"
    for spec in specs[:-1]:
        yield f"    {spec} \\"
    yield f"    {specs[-1]}"


def _option(option: Option) -> str:
    """One of its names is enough: `(-c --config)'{-c,--config}'…`."""
    says = re.sub(r"([\[\]:\\])", r"\\\1", option.says)
    rest = f"[{says}]" + (f":{_of(option.value)}" if option.value else "")
    if len(option.names) == 1:
        return _quoted(f"{option.names[0]}{rest}")
    return f"'({' '.join(option.names)})'{{{','.join(option.names)}}}{_quoted(rest)}"


def _of(value: Value) -> str:
    if value.words:
        return f"{value.name}:({' '.join(value.words)})"
    return f"{value.name}:{ {'file': '_files', 'folder': '_files -/', 'text': ' '}[value.kind] }"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
