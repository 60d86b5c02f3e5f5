"""Each pattern of a dialect matches something in a recorded log; one that finds nothing is dead, or has no sample."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import rejectwatch.dialects
from dialects import corpus
from dialects.exim_lines import blocks
from dialects.recording import recorded
from dialects.test_postfix_lines import NAMES, lines
from rejectwatch.dialects import who
from rejectwatch.dialects.pattern import Pattern

SAMPLES = (corpus.FOLDER.parent / "samples" / "lines.log").read_bytes()
LOGS = [SAMPLES, *(corpus.log(name) for name in corpus.NAMES), *(lines(name).log for name in NAMES)]
LOGS += [block.log for block in blocks()]


def modules() -> Iterator[ModuleType]:
    folder = Path(rejectwatch.dialects.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        name = ".".join(path.relative_to(folder).with_suffix("").parts)
        yield import_module(f"rejectwatch.dialects.{name}".removesuffix(".__init__"))


class Watched:
    """A pattern that remembers whether it has ever matched."""

    def __init__(self, pattern: re.Pattern[Any] | Pattern) -> None:
        self._pattern = pattern
        self.matched = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._pattern, name)

        def asked(*arguments: Any) -> Any:
            answer = method(*arguments)
            if name == "finditer":
                answer = list(answer)
            if name == "sub":
                self.matched |= answer != arguments[1]
            else:
                self.matched |= bool(answer)
            return iter(answer) if name == "finditer" else answer

        return asked


def test_each_pattern_matches_something_in_a_recorded_log(monkeypatch: pytest.MonkeyPatch) -> None:
    watched: dict[str, Watched] = {}
    by_pattern: dict[int, Watched] = {}
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern | Pattern):
                one = by_pattern.setdefault(id(value), Watched(value))
                watched[f"{module.__name__.removeprefix('rejectwatch.dialects.')}.{name}"] = one
                monkeypatch.setattr(module, name, one)
    rejectwatch.dialects.who.cache_clear()
    rejectwatch.dialects.origins.origins.clear()

    for log in LOGS:
        told = recorded(log, frozenset({553, 550, 554}))
        for _stamp, mta, _message, _process, words in told.of("accepted"):
            who(mta, words)

    assert sorted(name for name, one in watched.items() if not one.matched) == []
