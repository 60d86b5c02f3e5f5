"""`Trap`: a server that takes a connection and then never comes to an end, as an alert must not hang on."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import cast

from parts.network import ThreadServer

DRIP_SECONDS = 0.2

UNTIL_TLS = (b"220 localhost ESMTP", b"250-localhost\r\n250 STARTTLS", b"220 2.0.0 Ready to start TLS")
"""What a mail server says up to the handshake; a trap that says no more leaves it open for ever."""


class Trap(ThreadServer):
    """Gives the `replies`, each to one more line of the client (the first as a greeting), then only waits.

    `drips`: what it then says a byte at a time, again and again, for ever. Without either it never says a word.
    """

    def __init__(self, *replies: bytes, drips: bytes = b"") -> None:
        super().__init__(_Session)
        self.replies: Sequence[bytes] = replies
        self.drips = drips
        self.caught = 0
        self.over = threading.Event()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        super().__exit__(kind, error, trace)


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        trap = cast(Trap, self.server)
        for number, reply in enumerate(trap.replies):
            if number and not self.rfile.readline():
                return
            self.wfile.write(reply + b"\r\n")
        trap.caught += 1
        said = 0
        while not trap.over.wait(DRIP_SECONDS):
            if trap.drips:
                try:
                    self.wfile.write(trap.drips[said % len(trap.drips) :][:1])
                except OSError:  # the client was ended
                    return
                said += 1
