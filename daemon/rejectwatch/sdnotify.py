"""Tell systemd how we are: sd_notify(3) over its datagram socket; without systemd, nothing happens."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Seconds for a socket whose reader is busy."""


def notify(*states: str) -> None:
    """Send states such as "READY=1", "STATUS=…", "WATCHDOG=1", "STOPPING=1". Never raises: we work without, too."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract namespace of Linux
    message = "\n".join(
        " ".join(state.splitlines()) for state in states
    )  # a line is a state: none may add one
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.settimeout(PATIENCE)
            sock.sendto(message.encode(errors="backslashreplace"), address)
    except OSError as error:
        log.debug("NOTIFY_SOCKET: %s", error)
