"""Signals are waited for, not handled: none is lost, not even one that arrives while a reload begins the process anew.

They are blocked in every thread, so that the kernel keeps them until the one place that waits takes them. Mask
and waiting signals survive `exec`: whoever begins anew finds them. (Our children inherit the mask; they are
ended by SIGKILL, which nothing blocks.)
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Literal

ENDING = {signal.SIGTERM, signal.SIGINT}
WAITED_FOR = {*ENDING, signal.SIGHUP}

Wish = Literal["end", "reload"]


class Signals:
    """To be made first of all: from then on SIGHUP ends nothing. `hold`, before threads are started, is for the rest."""

    def __init__(self) -> None:
        self._had_terminal = _has_terminal()
        for number in ENDING:
            signal.signal(number, lambda *_: sys.exit(0))
        # Of the daemon before us, which may have kept one of these for us, we have inherited another mask.
        signal.pthread_sigmask(signal.SIG_SETMASK, WAITED_FOR - ENDING)

    def hold(self) -> None:
        """From here on there is something to be ended in good order: what arrives waits for `wait`."""
        signal.pthread_sigmask(signal.SIG_BLOCK, WAITED_FOR)

    def wait(self, seconds: float) -> Wish | None:
        """What is wished for within so many seconds."""
        taken = signal.sigtimedwait(WAITED_FOR, seconds)
        if taken is None:
            return None
        return "reload" if taken.si_signo == signal.SIGHUP and not self._lost_its_terminal() else "end"

    def _lost_its_terminal(self) -> bool:
        """The first meaning of SIGHUP: what was started on a terminal ends with it."""
        return self._had_terminal and not _has_terminal()


def _has_terminal() -> bool:
    return any(os.isatty(descriptor) for descriptor in range(3))
