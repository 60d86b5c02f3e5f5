"""A lock between processes: a file beside the database; the system lets go of it when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rejectwatch.errors import TransientError
from rejectwatch.store.files import open_private

PAUSE = 0.01


class FileLock:
    """Not for two threads at once: it knows only whether this process holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    @contextmanager
    def held(self, seconds: float) -> Iterator[None]:
        """Hold it for a moment; wait at most so many seconds for another process."""
        if not self.wait(seconds):
            raise TransientError(f"{self.path}: another rejectwatch has been writing for {seconds:g} seconds")
        try:
            yield
        finally:
            self.let_go()

    def wait(self, seconds: float) -> bool:
        """Take it within so many seconds; whether that succeeded."""
        until = time.monotonic() + seconds
        while not self.take():
            if time.monotonic() > until:
                return False
            time.sleep(PAUSE)
        return True

    def take(self) -> bool:
        """Whether it is ours now."""
        try:
            if self._file is None:
                self._file = open_private(self.path)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise TransientError(f"{self.path} can't be used: {error.strerror}") from error
        return True

    def let_go(self) -> None:
        # The file stays: whoever waits for it has it open.
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_held(path: Path) -> bool:
    """Whether a process holds the lock just now.

    The system tells only whoever asks for it: a shared one is asked for and given back at once, on a file that is
    only read. Whoever wants the lock in that moment waits for it anyway.
    """
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
