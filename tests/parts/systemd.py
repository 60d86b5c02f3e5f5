"""`Systemd`: what a service manager hears from a daemon through NOTIFY_SOCKET."""

from __future__ import annotations

import secrets
import socket
from types import TracebackType
from typing import Self


class Systemd:
    """Listens from `with` to the end of the block; `heard` is every state so far, oldest first."""

    def __init__(self) -> None:
        self.address = f"@rejectwatch-test-{secrets.token_hex(8)}"
        self._heard: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def __enter__(self) -> Self:
        self._socket.bind("\0" + self.address[1:])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    @property
    def environment(self) -> dict[str, str]:
        return {"NOTIFY_SOCKET": self.address}

    @property
    def heard(self) -> list[str]:
        while True:
            try:
                self._heard += self._socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return self._heard
