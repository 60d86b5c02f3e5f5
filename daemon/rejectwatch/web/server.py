"""An HTTP server in a thread of its own, with a deadline on everything a client can withhold.

Tornado, because one silent client must not stop a scrape: headers and bodies have deadlines, connections
are capped, and none of them has a thread.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import Application, RequestHandler

log = logging.getLogger(__name__)

CONNECTIONS = 100
HEADER_DEADLINE = 5  # seconds
DEADLINE = (
    15  # seconds for all of a connection: also for a client that asks and then does not read the answer
)
LARGEST_HEADER = 16 * 1024  # bytes
LARGEST_BODY = 64 * 1024  # bytes

Check = Callable[[], str | None]
"""None when all is well, else one sentence that says what is not."""


class _Handler(RequestHandler):
    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("X-Content-Type-Options", "nosniff")

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish(f"{status_code}\n")


class _Metrics(_Handler):
    def initialize(self, registry: CollectorRegistry) -> None:
        self.registry = registry

    def get(self) -> None:
        encode, content_type = choose_encoder(self.request.headers.get("Accept", ""))
        self.set_header("Content-Type", content_type)
        self.finish(encode(self.registry))


class _Check(_Handler):
    def initialize(self, check: Check) -> None:
        self.check = check

    def get(self) -> None:
        trouble = self.check()
        self.set_status(503 if trouble else 200)
        self.finish(f"{trouble or 'ok'}\n")

    head = get  # as load balancers ask


class _CappedServer(HTTPServer):
    """Closes what comes above the cap: a descriptor for each is the one thing that silent clients can use up."""

    _open = 0

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if self._open >= CONNECTIONS:
            stream.close()
            return
        self._open += 1
        asyncio.get_running_loop().call_later(DEADLINE, stream.close)
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        self._open -= 1
        super().on_close(server_conn)


class Server:
    """Serves until `stop`. Binding happens in the constructor: OSError if the address is in use."""

    def __init__(
        self, address: tuple[str, int], registry: CollectorRegistry, healthy: Check, ready: Check
    ) -> None:
        self._socket = socket.create_server(address, family=_family(address[0]))
        self._socket.setblocking(False)
        host, port = self._socket.getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        self._application = Application(
            [
                ("/metrics", _Metrics, {"registry": registry}),
                ("/healthz", _Check, {"check": healthy}),
                ("/readyz", _Check, {"check": ready}),
            ],
            log_function=_log_request,
            default_handler_class=_NotFound,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._started = threading.Event()
        self._is_stopped = False
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """Works twice, and before `start`."""
        self._is_stopped = True
        if self._loop is not None and self._thread.is_alive():
            with suppress(RuntimeError):  # it has just ended by itself
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(2)
        self._socket.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            if not self._is_stopped:  # else the socket was closed before it was served
                raise
        finally:
            self._started.set()

    async def _serve(self) -> None:
        server = _CappedServer(
            self._application,
            idle_connection_timeout=HEADER_DEADLINE,
            body_timeout=HEADER_DEADLINE,
            max_header_size=LARGEST_HEADER,
            max_body_size=LARGEST_BODY,
            no_keep_alive=True,  # one request a connection, so that the deadline is never in the middle of the next
        )
        server.add_socket(self._socket)
        self._loop = asyncio.get_running_loop()
        self._started.set()
        await self._stopping.wait()
        server.stop()
        await server.close_all_connections()


class _NotFound(_Handler):
    def prepare(self) -> None:
        self.set_status(404)
        self.finish("404\n")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _log_request(handler: RequestHandler) -> None:
    log.debug("%s %s from %s", handler.get_status(), handler.request.path, handler.request.remote_ip)
