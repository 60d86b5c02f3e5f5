"""Patterns that are made when they are first needed: one log needs few of them, and all took a third of the start of `scan`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Found = re.Match[bytes] | None


class Pattern:
    """As `re.compile` makes it, with the methods that are used here; the first call costs more, no other."""

    match: Callable[..., Found]
    search: Callable[..., Found]
    fullmatch: Callable[..., Found]
    finditer: Callable[..., Iterator[re.Match[bytes]]]
    sub: Callable[..., bytes]

    def __init__(self, pattern: bytes, flags: int = 0) -> None:
        self.pattern = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> Any:
        """Called for a method that is not there yet."""
        if name not in Pattern.__annotations__:
            raise AttributeError(name)
        made = re.compile(self.pattern, self.flags)
        for method in Pattern.__annotations__:
            setattr(self, method, getattr(made, method))
        return getattr(made, name)
