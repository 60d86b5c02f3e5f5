"""`Hook`: a web service that takes posted messages, over HTTP or HTTPS, and keeps them."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import trustme

from parts.network import ThreadServer
from parts.waiting import until

NAME = "localhost"  # the certificate is for this name and for 127.0.0.1


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that somebody posted."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Hook(ThreadServer):
    """On a free loopback port; with a folder for its certificate it speaks TLS, and `ca_pem` is the file to trust.

    `answer(307, "http://…")` sends every further message elsewhere, `answer(500)` refuses it.
    """

    def __init__(self, directory: Path | None = None) -> None:
        super().__init__(_Request)
        self.posted: list[Posted] = []
        self.status, self.location, self.words = 202, "", b""
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
            self.ca_pem = directory / "hook-ca.pem"
            authority = trustme.CA()
            authority.cert_pem.write_to_path(self.ca_pem)
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.issue_cert(NAME, "127.0.0.1").configure_cert(tls)
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._lock = threading.Lock()

    def answer(self, status: int = 202, location: str = "", words: bytes = b"") -> None:
        self.status, self.location, self.words = status, location, words

    def keep(self, posted: Posted) -> None:
        with self._lock:
            self.posted.append(posted)

    def wait_for(self, count: int, seconds: float = 20) -> list[Posted]:
        """All messages, as soon as there are `count` of them."""
        until(lambda: len(self.posted) >= count, seconds, lambda: f"{count} posts, not {len(self.posted)}")
        return list(self.posted)


class _Request(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hook = cast(Hook, self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        hook.keep(Posted(self.path, dict(self.headers), body))
        self.send_response(hook.status)
        if hook.location:
            self.send_header("Location", hook.location)
        self.send_header("Content-Length", str(len(hook.words)))
        self.end_headers()
        self.wfile.write(hook.words)

    do_GET = do_POST  # noqa: N815 — whoever follows a redirect may change the method

    def log_message(self, *_words: object) -> None:
        """It says nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # nobody trusted our certificate
            self.close_connection = True
