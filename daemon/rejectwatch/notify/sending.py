"""One message on its way: a child process that is ended when its time is up."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from rejectwatch.notify.channel import Channel
from rejectwatch.store.outbox import Waiting

DEADLINE = 60.0
"""Seconds from start to end of a send, whatever the other side does."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a send ended: `error` is None if the message was taken, else the reason in words."""

    error: str | None


class Child:
    """`rejectwatch.notify.child` at work on one order. The order goes through standard input: it holds the URL."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._ends_at = time.monotonic() + DEADLINE
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rejectwatch.notify.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        # An order is far smaller than a pipe, so this can't block.
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(order))
            self._process.stdin.close()

    def ended(self) -> Ended | None:
        """None while it runs within its time."""
        if self._process.poll() is None:
            if time.monotonic() < self._ends_at:
                return None
            self.end()
            return Ended(f"was not taken: no answer within {DEADLINE:.0f} seconds")
        said = self._process.stdout.read().strip() if self._process.stdout is not None else ""
        self._close()
        return Ended(None if self._process.returncode == 0 else said or "was not taken: the sender crashed")

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        if self._process.stdout is not None:
            self._process.stdout.close()


class Sending(Child):
    """The child that sends one row of the outbox."""

    def __init__(self, waiting: Waiting, channel: Channel, title: str, body: str) -> None:
        super().__init__({"url": channel.url, "title": title, "body": body, "id": waiting.message.id})
        self.waiting = waiting
