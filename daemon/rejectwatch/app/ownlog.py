"""Our own log on standard error: a few lines, whatever a mail log holds, and never lines that could be one.

What the same place in the program says more than so many times a minute is counted, and told in one line when
the minute is over. The place counts and not the text, which may quote a stranger: there are few places. Of what is
said about a source (`extra={"source": …}`, its configured name) each source has its own count: none hides another's.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from contextlib import suppress
from typing import NamedTuple, TextIO

AT_MOST = 10
MINUTE = 60.0

LEVELS = {logging.DEBUG: "<7>", logging.INFO: "<6>", logging.WARNING: "<4>", logging.ERROR: "<3>"}
"""What sd-daemon(3) puts in front of a line; the journal has the time itself."""


def to_stderr(*, in_journal: bool) -> None:
    """Let all of the program log to standard error."""
    handler = Limited(sys.stderr)
    handler.setFormatter(Formatter(in_journal=in_journal))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # Libraries tell every step, and one of them the secrets in its URLs.
    for name in ("alembic", "apprise", "tornado", "watchdog"):
        logging.getLogger(name).setLevel(logging.ERROR)


_Place = tuple[str, int, str]


class _Held(NamedTuple):
    """The last message that a place has said in vain."""

    name: str
    level: int
    text: str


class Limited(logging.StreamHandler[TextIO]):
    """Lets through what each place says first in a minute, and how many more there were."""

    def __init__(self, stream: TextIO, minute: float = MINUTE) -> None:
        super().__init__(stream)
        self._minute = minute
        self._began = float("-inf")
        self._said: Counter[_Place] = Counter()
        self._held: dict[_Place, _Held] = {}
        self._timer: threading.Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Called by `logging`, one thread at a time."""
        if not 0 <= record.created - self._began < self._minute:  # also when the clock is set back
            self._end_the_minute()
            self._began = record.created
        place = record.pathname, record.lineno, getattr(record, "source", "")
        self._said[place] += 1
        if self._said[place] <= AT_MOST:
            super().emit(record)
            return
        self._held[place] = _Held(record.name, record.levelno, record.getMessage())
        if self._timer is None:
            self._set_the_timer()

    def close(self) -> None:
        self.tell_the_rest()
        super().close()

    def tell_the_rest(self) -> None:
        """What was held back, now."""
        self.acquire()
        try:
            self._end_the_minute()
        finally:
            self.release()

    def _set_the_timer(self) -> None:
        """Nobody may say anything any more that would end the minute."""
        timer = threading.Timer(self._minute, self.tell_the_rest)
        timer.daemon = True
        with suppress(RuntimeError):  # no more threads: then the next message has to end it
            timer.start()
            self._timer = timer

    def _end_the_minute(self) -> None:
        for place, held in self._held.items():
            more = f"{self._said[place] - AT_MOST:,}"
            arguments = (more, held.text)
            super().emit(
                logging.LogRecord(
                    held.name, held.level, *place[:2], "… and %s more like this: %s", arguments, None
                )
            )
        self._said.clear()
        self._held.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Formatter(logging.Formatter):
    """Every line has something of ours in front, also where syslog writes each with a head of its own."""

    def __init__(self, *, in_journal: bool) -> None:
        super().__init__()
        self._in_journal = in_journal

    def format(self, record: logging.LogRecord) -> str:
        head = self._level(record) if self._in_journal else "rejectwatch: "
        return head + f"\n{head}  ".join(super().format(record).splitlines())

    def _level(self, record: logging.LogRecord) -> str:
        return next((mark for number, mark in LEVELS.items() if record.levelno <= number), "<3>")
