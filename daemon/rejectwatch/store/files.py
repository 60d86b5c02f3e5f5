"""Files beside the database, and the database file itself."""

from __future__ import annotations

import os
from pathlib import Path


def open_private(path: Path) -> int:
    """Open a file, made if need be, that only the owner of its folder reads and writes.

    A command run by root must not leave a file that the daemon can't open. (SQLite gives its own files the
    owner and mode of the database.)
    """
    try:
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except FileExistsError:
        return os.open(path, os.O_RDWR)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(file, folder.st_uid, folder.st_gid)
    return file
