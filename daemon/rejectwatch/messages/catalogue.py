"""The catalogues: every word that is shown to a person, in each language, under a symbolic name.

The texts lie in locale/LANGUAGE/LC_MESSAGES/rejectwatch.po; an installed rejectwatch reads the .mo that was
compiled from it. An entry is a sentence, or several lines; `{name}` is filled in from the record, and
`[[ … {name} … ]]` is left out where the record does not tell.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[2]
_MTAS = ("postfix", "exim")


class CatalogueError(RuntimeError):
    """A catalogue is missing from this installation."""


class Catalogue:
    """One language. A missing entry is an error: half a message is worse than a test that fails."""

    def __init__(self, translations: gettext.NullTranslations) -> None:
        self._translations = translations

    def has(self, entry: str) -> bool:
        return self._translations.gettext(entry) != entry

    def say(self, entry: str, values: Mapping[str, str] | None = None) -> str:
        text = self._translations.gettext(entry)
        if text == entry:
            raise KeyError(entry)
        return _filled(text, values or {}).rstrip("\n")

    def count(self, entry: str, n: int) -> str:
        """How many of something: "1 attempt", "3 attempts", 「3 回」."""
        return self._translations.ngettext(entry, entry, n).format(n=n)

    def steps(self, entry: str, values: Mapping[str, str], mta: str | None = None) -> tuple[str, ...]:
        """The lines of an entry, one step each.

        `@name` stands for the steps of another entry. `[postfix]` and `[exim]` begin a step for that server
        only; where the server is not known, all are given, each with its server's name.
        """
        steps: list[str] = []
        for line in self._translations.gettext(entry).splitlines():
            if line.startswith("@"):
                steps += self.steps(line[1:], values, mta)
            elif (step := _for_server(line, mta)) is not None:
                steps.append(_filled(step, values))
        return tuple(steps)

    def includes(self, entry: str, name: str) -> bool:
        """Whether the steps of an entry take in those of another one whose name begins with `name`."""
        return f"@{name}" in self._translations.gettext(entry)


_WIDE = "[⺀-\uffef]"
_IF_KNOWN = re.compile(r"\[\[(.*?)\]\]")
_BRACES = re.compile(rf"((?<={_WIDE}) )?\{{(\w+)\}}( (?={_WIDE}))?")


class Unknown(str):
    """What stands in the place of something that the log does not tell ("the sender")."""

    __slots__ = ()


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Values in the place of their names. Japanese puts a blank between its letters and Latin ones only."""
    text = _IF_KNOWN.sub(lambda part: part[1] if _is_known(part[1], values) else "", text)

    def fill(match: re.Match[str]) -> str:
        value = values[match[2]]
        before, after = match[1] or "", match[3] or ""
        return (
            ("" if re.match(_WIDE, value) else before)
            + value
            + ("" if re.search(_WIDE + r"\Z", value) else after)
        )

    return _BRACES.sub(fill, text)


def _is_known(part: str, values: Mapping[str, str]) -> bool:
    return not any(isinstance(values[braces[2]], Unknown) for braces in _BRACES.finditer(part))


def _for_server(step: str, mta: str | None) -> str | None:
    for server in _MTAS:
        if step.startswith(f"[{server}] "):
            words = step[len(server) + 3 :]
            if mta is None:
                return f"{server.capitalize()}: {words}"
            return words if mta == server else None
    return step


@cache
def catalogue(language: str) -> Catalogue:
    po = _PACKAGE / "locale" / language / "LC_MESSAGES" / "rejectwatch.po"
    mo = po.with_suffix(".mo")
    if mo.is_file() and not _is_stale(mo, po):
        with mo.open("rb") as compiled:
            return Catalogue(gettext.GNUTranslations(compiled))
    return Catalogue(_compiled_in_memory(po))


def _is_stale(mo: Path, po: Path) -> bool:
    """In a checkout the source may have been edited since; in an installation the times of files mean nothing."""
    return (_CHECKOUT / "pyproject.toml").is_file() and po.stat().st_mtime > mo.stat().st_mtime


def _compiled_in_memory(po: Path) -> gettext.GNUTranslations:
    if not po.is_file():
        raise CatalogueError(f"there are no texts in this language: {po} is missing")
    try:
        from babel.messages.mofile import write_mo  # noqa: PLC0415 — a tool of the workshop, not installed with us
        from babel.messages.pofile import read_po  # noqa: PLC0415
    except ImportError:
        raise CatalogueError(
            f"{po.with_suffix('.mo')} is missing or older than its .po: run `python hatch_build.py`, or install Babel"
        ) from None
    compiled = io.BytesIO()
    with po.open("rb") as source:
        write_mo(compiled, read_po(source, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
