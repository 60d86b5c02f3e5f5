"""`Names`: a name server that knows a few hosts, their addresses and the way back; all else does not exist."""

from __future__ import annotations

import ipaddress
import secrets
import socketserver
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from parts.network import InThread

PORT = 53  # the only one that a resolv.conf can mean
A, PTR, INTERNET = 1, 12, 1
ANSWER, NO_SUCH_NAME = 0x8580, 0x8583


class Names(InThread, socketserver.UDPServer):
    """Answers from `with` to the end of the block, on a loopback address of its own."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self.address = f"127.53.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
        super().__init__((self.address, PORT), _Question)
        self.records = {(name, A): ipaddress.ip_address(address).packed for name, address in hosts.items()}
        self.records |= {
            (ipaddress.ip_address(address).reverse_pointer, PTR): _labels(name)
            for name, address in hosts.items()
        }

    def resolv_conf(self, path: Path) -> Path:
        """Write the file that leads here, to be mounted over the machine's."""
        path.write_text(f"nameserver {self.address}\noptions timeout:1 attempts:1\n")
        return path


class _Question(socketserver.DatagramRequestHandler):
    """One question, one answer (RFC 1035, 4.1)."""

    def handle(self) -> None:
        packet = self.rfile.read()
        end = packet.index(b"\0", 12) + 5
        name, (kind, _) = _name(packet[12:]), struct.unpack(">HH", packet[end - 4 : end])
        records = cast(Names, self.server).records
        known = any(name == other for other, _ in records)
        data = records.get((name, kind))
        flags = ANSWER if known else NO_SUCH_NAME
        self.wfile.write(
            packet[:2] + struct.pack(">HHHHH", flags, 1, data is not None, 0, 0) + packet[12:end]
        )
        if data is not None:
            self.wfile.write(b"\xc0\x0c" + struct.pack(">HHIH", kind, INTERNET, 60, len(data)) + data)


def _labels(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def _name(question: bytes) -> str:
    labels = []
    while length := question[0]:
        labels.append(question[1 : length + 1].decode("latin-1").lower())
        question = question[length + 1 :]
    return ".".join(labels)
