"""For tests only: die at a named moment, as a power cut would have it.

`REJECTWATCH_FAULTPOINT=before-commit:3` kills the process with SIGKILL when it is about to commit for the
third time. Without the variable a point costs one comparison. The points, in the order of a batch: `read`,
`step`, `begin`, `before-commit`, `commit-sent`, `after-commit`; and `sent`, of a message.
"""

from __future__ import annotations

import os
import signal

_name, _, _count = os.environ.get("REJECTWATCH_FAULTPOINT", "").partition(":")
_left = int(_count or 1)


def due(name: str) -> bool:
    """Whether the process has to die at this point, now. Counts the visit."""
    global _left  # noqa: PLW0603 — one process, one death
    if name != _name:
        return False
    _left -= 1
    return _left == 0


def reach(name: str) -> None:
    if due(name):
        die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
