"""The commands as they are defined, with what man pages and the completion of shells have to know of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Literal

import click

from rejectwatch.cli import group

Kind = Literal["words", "file", "folder", "text"]


@dataclass(frozen=True, slots=True)
class Value:
    """What stands after an option, or as an argument; `words` are all that it may be."""

    kind: Kind
    name: str
    words: tuple[str, ...] = ()
    several: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """`value` None: it is a flag. `written` is how the help writes it, `says` what the help says of it."""

    names: tuple[str, ...]
    value: Value | None
    written: str
    says: str


@dataclass(frozen=True, slots=True)
class Command:
    """`words` are what is typed, without `rejectwatch`."""

    words: tuple[str, ...]
    says: str
    description: str
    usage: str
    options: tuple[Option, ...]
    argument: Value | None
    commands: tuple[Command, ...]

    @property
    def name(self) -> str:
        return "-".join(("rejectwatch", *self.words))

    def all(self) -> Iterator[Command]:
        yield self
        for one in self.commands:
            yield from one.all()


def tree() -> Command:
    return _command(group, click.Context(group, info_name="rejectwatch", **group.context_settings), ())


def _command(command: click.Command, context: click.Context, words: tuple[str, ...]) -> Command:
    names = command.list_commands(context) if isinstance(command, click.Group) else []
    below = [(name, command.get_command(context, name)) for name in names]  # type: ignore[attr-defined]
    params = command.get_params(context)
    values = [_value(param, context) for param in params if isinstance(param, click.Argument)]
    description = cleandoc(command.help or "")
    return Command(
        words=words,
        says=command.short_help or _first_sentence(description),
        description=description,
        usage=" ".join(command.collect_usage_pieces(context)),
        options=tuple(_option(param, context) for param in params if isinstance(param, click.Option)),
        argument=values[0] if values else None,
        commands=tuple(
            _command(one, click.Context(one, context, name), (*words, name)) for name, one in below
        ),
    )


def _first_sentence(description: str) -> str:
    sentence = " ".join(description.partition("\n\n")[0].split()).removesuffix(".")
    return sentence[0].lower() + sentence[1:]


def _option(option: click.Option, context: click.Context) -> Option:
    written, says = option.get_help_record(context) or ("", "")
    value = None if option.is_flag else _value(option, context)
    return Option((*option.opts, *option.secondary_opts), value, written, says)


def _value(param: click.Parameter, context: click.Context) -> Value:
    name = re.sub(r"[\[\]….]", "", param.make_metavar(context)).partition("|")[0]
    several = param.nargs == -1
    if isinstance(param.type, click.Choice):
        return Value("words", name, tuple(map(str, param.type.choices)), several)
    kinds: dict[str, Kind] = {"FILE": "file", "PATH": "file", "DIR": "folder"}
    return Value(kinds.get(name, "text"), name, several=several)
