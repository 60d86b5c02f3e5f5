"""`Disk`: a small file system of its own, which can be full or read-only, and which the machine never sees."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from parts.namespace import unshare
from parts.packages import program

HELD = 'mount -t tmpfs -o "size=$1" none "$2" && echo mounted && exec cat'


class Disk:
    """A tmpfs from `with` to the end of the block, mounted at `folder` for whoever is started with `inside`.

    The mount namespace is that of a process that only waits, and gone when that is.
    """

    def __init__(self, folder: Path, size: str = "2m") -> None:
        folder.mkdir()
        self.folder = folder
        self._size = size
        self._holder: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._holder = subprocess.Popen(
            [unshare(), "-m", "sh", "-c", HELD, "sh", self._size, self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "mounted\n"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._holder is not None:
            self._holder.communicate()

    @property
    def inside(self) -> tuple[str, ...]:
        """The words before a command that is to see the disk."""
        return (str(program("nsenter", "util-linux")), "-t", str(self._pid), "-m")

    @property
    def seen(self) -> Path:
        """What is on the disk, as all others see it. (Not for SQLite: it would follow the links to the end.)"""
        return Path(f"/proc/{self._pid}/root{self.folder}")

    def read_only(self) -> None:
        """Nobody may have a file open for writing."""
        self._remount("ro")

    def writable(self) -> None:
        self._remount("rw")

    def fill(self) -> None:
        """Write until nothing more fits."""
        with (self.seen / "ballast").open("ab", buffering=0) as ballast:
            for size in (1 << 16, 1 << 12, 1):
                with suppress(OSError):
                    while ballast.write(bytes(size)) == size:
                        pass

    def clear(self) -> None:
        (self.seen / "ballast").unlink()

    @property
    def _pid(self) -> int:
        assert self._holder is not None
        return self._holder.pid

    def _remount(self, how: str) -> None:
        subprocess.run([*self.inside, "mount", "-o", f"remount,{how}", self.folder], check=True)
