"""`Milter`: a mail filter for smtpd and cleanup, which refuses what names it.

It speaks as much of Sendmail's protocol as Postfix needs: the steps connect, HELO, MAIL, RCPT, DATA and end of message.
"""

from __future__ import annotations

import socketserver
import struct

from parts.network import ThreadServer

STEPS = {b"C": "connect", b"H": "helo", b"M": "mail", b"R": "rcpt", b"T": "data", b"E": "eod"}
VERSION, NO_ACTIONS = 6, 0
NOT_ASKED = 0x10 | 0x20 | 0x40 | 0x100  # body, headers, their end, unknown commands
SILENT = b"DAQK"  # macros, the ends of a message and of a session: nothing is answered


class Milter(ThreadServer):
    """Whatever holds `milter-STEP`, such as <x@milter-rcpt.example> at RCPT, is refused there with a 553.

    With `-in-lines` behind it, the reply has two lines. `data` and `eod` are told by the sender. A client that comes from `refused_client` is refused at its connection.
    """

    refused_client = "127.0.0.99"

    def __init__(self) -> None:
        super().__init__(_Session)


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._sender = b""
        while head := self.rfile.read(5):
            size, command = struct.unpack(">Ic", head)
            data = self.rfile.read(size - 1)
            if command == b"O":
                self._say(b"O" + struct.pack(">III", VERSION, NO_ACTIONS, NOT_ASKED))
            elif command not in SILENT:
                self._say(self._verdict(command, data))

    def _verdict(self, command: bytes, data: bytes) -> bytes:
        step = STEPS.get(command, "")
        if command == b"M":
            self._sender = data
        told = self._sender if command in b"TE" else data
        refused = f"milter-{step}".encode() in told
        if command == b"C":
            refused = Milter.refused_client.encode() in told
        if not refused:
            return b"c"
        first = b"553-5.7.1 in two lines\r\n" if b"-in-lines" in told else b""
        return b"y" + first + f"553 5.7.1 the filter refuses this {step}\0".encode()

    def _say(self, packet: bytes) -> None:
        self.wfile.write(struct.pack(">I", len(packet)) + packet)
