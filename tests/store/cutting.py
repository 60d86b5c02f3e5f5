"""A proxy before PostgreSQL that cuts the line at the worst moment."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class CuttingProxy:
    """Once `cuts` is set, the next COMMIT reaches the server, and its answer never reaches the client."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self.port: int = self._listener.getsockname()[1]
        self.cuts = threading.Event()

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                for route in ((client, server), (server, client)):
                    self._threads.append(threading.Thread(target=self._carry, args=route))
                    self._threads[-1].start()

    def _carry(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError), here:
            while data := here.recv(1 << 16):
                if b"COMMIT\0" in data and self.cuts.is_set():
                    self.cuts.clear()
                    here.shutdown(socket.SHUT_RDWR)
                there.sendall(data)
            there.shutdown(socket.SHUT_WR)
