"""Loopback: free ports, and small servers that run in a thread of the test."""

from __future__ import annotations

import secrets
import socket
import socketserver
import threading
from types import TracebackType
from typing import Self

# Below the range from which the kernel takes ports for outgoing connections (32768 on):
# none of the many clients of a test can take a port between our look and the server's bind.
LOWEST_PORT, HIGHEST_PORT = 15_000, 32_000


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on.

    It is drawn by the system's randomness: `random` is seeded alike in all test workers.
    """
    while True:
        port = LOWEST_PORT + secrets.randbelow(HIGHEST_PORT - LOWEST_PORT)
        with socket.socket(family_of(host)) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port


def family_of(host: str) -> socket.AddressFamily:
    """Whether an address is one of IPv4 or of IPv6."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody listens there. The server sees a connection that says nothing."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


class InThread(socketserver.ThreadingMixIn, socketserver.BaseServer):
    """A server that answers from `with` to the end of the block; goes before the class of the server."""

    daemon_threads = True
    block_on_close = False

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class ThreadServer(InThread, socketserver.TCPServer):
    """A TCP server on a free loopback port, from `with` to the end of the block."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, handler: type[socketserver.BaseRequestHandler], host: str = "127.0.0.1") -> None:
        self.address_family = family_of(host)
        super().__init__((host, free_port(host)), handler)
        self.host = host
        self.port: int = self.server_address[1]
