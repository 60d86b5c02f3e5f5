"""`Syslog`: the socket /dev/log of one server, and a file written from it as rsyslog would."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from parts.logs import LogFile

LARGEST = 64 * 1024
DRAINED = b"<0>drained"
CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class Syslog:
    """A folder with the socket `log`; what comes to it stands in `path`, one line each, with the host's name.

    Control characters are written as rsyslog's default does: a TAB is `#011`.
    """

    def __init__(self, folder: Path, *, host: str = "mail") -> None:
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        self.folder = folder
        self.path = folder.with_suffix(".log")
        self.log = LogFile(self.path)
        self._host = host.encode()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._drained = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._socket.bind(str(self.folder / "log"))
        (self.folder / "log").chmod(0o666)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def drain(self) -> None:
        """Wait until everything that was said so far stands in the file."""
        self._drained.clear()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.sendto(DRAINED, str(self.folder / "log"))
        assert self._drained.wait(20), "20 seconds waited in vain for the system's logger"

    def _listen(self) -> None:
        with self.path.open("ab", buffering=0) as file:
            while message := self._socket.recv(LARGEST):
                if message == DRAINED:
                    self._drained.set()
                else:
                    file.write(self._line(message))

    def _line(self, message: bytes) -> bytes:
        """`<22>Nov 24 07:54:18 exim[81]: text` as `Nov 24 07:54:18 mail exim[81]: text`."""
        _, _, said = message.partition(b">")
        stamp, text = said[:15], said[16:].rstrip(b"\x00\n")
        return stamp + b" " + self._host + b" " + CONTROL.sub(_escaped, text) + b"\n"


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"#%03o" % found[0][0]
