"""The line between the daemon and PostgreSQL, which breaks when it hurts most."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

BATCH = b'"marks"'
"""What a transaction holds that tells how far a log was read."""


class Line:
    """Listens on `port` and carries everything to the server's port.

    Once `breaks()`, it is cut at the next COMMIT of a batch: the daemon never hears the answer, and the server gets
    the COMMIT so many seconds later, when the daemon may have come back.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._cuts, self._ends = threading.Event(), threading.Event()
        self._late = 0.0

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def breaks(self, late: float = 0.0) -> None:
        self._late = late
        self._cuts.set()

    @property
    def is_broken(self) -> bool:
        """Whether it was cut since it should."""
        return not self._cuts.is_set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._server_port))
                except OSError:  # the server is down
                    client.close()
                    continue
                for work, here, there in ((self._asks, client, server), (self._answers, server, client)):
                    self._threads.append(threading.Thread(target=work, args=(here, there), daemon=True))
                    self._threads[-1].start()

    def _asks(self, client: socket.socket, server: socket.socket) -> None:
        is_batch = False
        with suppress(OSError), client:
            while data := client.recv(1 << 16):
                is_batch = is_batch or BATCH in data
                if b"COMMIT\0" in data:
                    if is_batch and self._cuts.is_set():
                        self._cuts.clear()
                        client.shutdown(socket.SHUT_RDWR)
                        self._ends.wait(self._late)
                    is_batch = False
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError), server:
            while data := server.recv(1 << 16):
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_WR)
