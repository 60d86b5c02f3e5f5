"""One message on its way: a child process that is ended when its time is up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import IO, Any

from rejectwatch.notify.channel import Channel
from rejectwatch.notify.secrets import hidden
from rejectwatch.store.outbox import Waiting

DEADLINE = 60.0
"""Seconds from start to end of a send, whatever the other side does."""
CHILD = ("-m", "rejectwatch.notify.child")
LONGEST = 600


@dataclass(frozen=True, slots=True)
class Ended:
    """How a send ended: `error` is None if the message was taken, else the reason in words.

    `answer`: what the other side said when it took the message.
    """

    error: str | None
    answer: str = ""


class Child:
    """`rejectwatch.notify.child` at work on one order.

    The order goes through standard input, because it holds the URL. Files in memory, no pipes: they take a
    message of any length at once, and nobody has to read while it runs.
    """

    def __init__(self, order: dict[str, Any]) -> None:
        self._url: str = order["url"]
        self._ended: Ended | None = None
        self._ends_at = time.monotonic() + DEADLINE
        self._answer, self._trouble = _memory(), _memory()
        with _memory(json.dumps(order).encode()) as given:
            self._process = subprocess.Popen(
                [sys.executable, *CHILD],
                stdin=given,
                stdout=self._answer,
                stderr=self._trouble,
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            )

    def ended(self) -> Ended | None:
        """None while it runs within its time."""
        if self._ended is None:
            if self._process.poll() is not None:
                said = _last_line(self._answer)
                if self._process.returncode == 0:
                    self._finish(None, said)
                else:
                    self._finish(said or self._crash())
            elif time.monotonic() >= self._ends_at:
                self.end(f"was not taken: no answer within {DEADLINE:g} seconds")
        return self._ended

    def end(self, why: str = "was not taken: the sending was broken off") -> None:
        """Works twice, and when it has ended by itself."""
        if self._ended is None:
            self._process.kill()
            self._process.wait()
            self._finish(why)

    def _finish(self, error: str | None, answer: str = "") -> None:
        self._ended = Ended(error, answer)
        self._answer.close()
        self._trouble.close()

    def _crash(self) -> str:
        code = self._process.returncode
        if code < 0:
            return f"was not taken: the sending process was ended by {signal.Signals(-code).name}"
        return f"was not taken: the sending process crashed: {hidden(_last_line(self._trouble), self._url)}"


class Sending(Child):
    """The child that sends one row of the outbox.

    `html` is for mail, `card` for Teams, `alerts` for an Alertmanager; `thread` is the incident whose messages a mail program shows together.
    """

    def __init__(
        self,
        waiting: Waiting,
        channel: Channel,
        title: str,
        body: str,
        *,
        html: str | None = None,
        card: dict[str, Any] | None = None,
        alerts: list[dict[str, Any]] | None = None,
        thread: str = "",
    ) -> None:
        order = {"url": channel.url, "id": waiting.message.id, "title": title, "body": body}
        super().__init__(order | {"html": html, "card": card, "alerts": alerts, "thread": thread})
        self.waiting = waiting


def _memory(content: bytes = b"") -> IO[bytes]:
    """A file in memory, to be read from its start."""
    file = os.fdopen(os.memfd_create("rejectwatch"), "w+b", buffering=0)
    file.write(content)
    file.seek(0)
    return file


def _last_line(file: IO[bytes]) -> str:
    """The last line that a process has written; the end of a traceback says what happened."""
    size = os.fstat(file.fileno()).st_size
    text = os.pread(file.fileno(), 8 * LONGEST, max(size - 8 * LONGEST, 0)).decode(errors="backslashreplace")
    return next((line.strip()[:LONGEST] for line in reversed(text.splitlines()) if line.strip()), "")
