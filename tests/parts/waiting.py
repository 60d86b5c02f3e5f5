"""Wait for a condition: the only place where a test may pause between two looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.1


class NotInTime(AssertionError):
    """What a test waited for did not happen."""


def until(
    condition: Callable[[], Found],
    seconds: float = 20,
    what: str | Callable[[], str] = "the condition",
) -> Found:
    """Look until `condition()` is true, and return what it gave.

    `what` ends the sentence "… waited in vain for"; as a function it is asked at the
    end, so that it can show the tail of a log.
    """
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while not (found := condition()):
        if time.monotonic() > deadline:
            told = what if isinstance(what, str) else what()
            raise NotInTime(f"{seconds:g} seconds waited in vain for {told}")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return found
