"""Signals are waited for, not handled: none is lost, not even one that arrives while a reload begins the process anew.

They are blocked from the first moment on, in every thread, so that the kernel keeps them until the one place
that waits takes them. Mask and waiting signals survive `exec`: the daemon that begins anew finds them. (Our
children inherit the mask; they are ended by SIGKILL, which nothing blocks.)
"""

from __future__ import annotations

import os
import signal
from typing import Literal

WAITED_FOR = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

Wish = Literal["end", "reload"]


class Signals:
    """To be made before any thread is started."""

    def __init__(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, WAITED_FOR)
        self._had_terminal = _has_terminal()

    def wait(self, seconds: float) -> Wish | None:
        """What is wished for within so many seconds; only for the main thread."""
        taken = signal.sigtimedwait(WAITED_FOR, seconds)
        if taken is None:
            return None
        return "reload" if taken.si_signo == signal.SIGHUP and not self._lost_its_terminal() else "end"

    def _lost_its_terminal(self) -> bool:
        """The first meaning of SIGHUP: what was started on a terminal ends with it."""
        return self._had_terminal and not _has_terminal()


def _has_terminal() -> bool:
    return any(os.isatty(descriptor) for descriptor in range(3))
