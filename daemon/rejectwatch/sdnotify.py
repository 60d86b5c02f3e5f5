"""Tell systemd how we are: sd_notify(3) over its datagram socket; without systemd, nothing happens."""

from __future__ import annotations

import os
import socket


def notify(*states: str) -> None:
    """Send states such as "READY=1", "STATUS=…", "WATCHDOG=1", "STOPPING=1"."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract namespace of Linux
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto("\n".join(states).encode(), address)
