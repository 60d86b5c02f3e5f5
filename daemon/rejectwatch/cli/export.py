"""Write files into a folder that others may use too, and know them again at the next export.

A list in the folder (as `sha256sum --check` reads it) says which files are ours and how they were when they were
written. What is not in it, or is no longer as it was, is somebody's own work: it is never written over nor removed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from rejectwatch.errors import SettingsError, TransientError

LIST = ".rejectwatch-export"


def export(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Write the files, and remove those of an earlier export that are no more; the names of these."""
    try:
        _make(folder)
        before = _written_before(folder)
        wanted = {name: _digest(content) for name, content in files.items()}
        _refuse_others_work(folder, wanted, before)
        # First the list: of whatever is written until a crash or a full disk, the next export knows that it is ours.
        both = before | {(digest, name) for name, digest in wanted.items()}
        _write(folder / LIST, _lines(both))
        for name, content in files.items():
            _make((folder / name).parent)
            _write(folder / name, content)
        gone = [
            name for digest, name in sorted(before) if name not in wanted and _remove(folder, name, digest)
        ]
        _write(folder / LIST, _lines({(digest, name) for name, digest in wanted.items()}))
    except OSError as error:
        raise TransientError(f"{error.filename or folder} can't be written: {error.strerror}") from error
    return gone


def _refuse_others_work(folder: Path, wanted: Mapping[str, str], before: set[tuple[str, str]]) -> None:
    """Before anything is written: half an export would be neither the old nor the new one."""
    for name, digest in wanted.items():
        path = folder / name
        if not os.path.lexists(path):
            continue
        found = _found(path)
        if found != digest and (found, name) not in before:
            raise SettingsError(
                f"{path} is not as an earlier export left it, and is not written over:"
                " move it away, or export into another folder"
            )


def _found(path: Path) -> str | None:
    """What a file holds; None: it is no file."""
    return _digest(path.read_bytes()) if stat.S_ISREG(path.lstat().st_mode) else None


def _written_before(folder: Path) -> set[tuple[str, str]]:
    """The digests and names of the files that were written before."""
    try:
        text = (folder / LIST).read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return set()
    entries = (line.partition("  ") for line in text.splitlines())
    return {(digest, name) for digest, _, name in entries if _is_inside(name)}


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _remove(folder: Path, name: str, digest: str) -> bool:
    """Remove a file that is as it was written, and the folders that are empty then; whether it was there."""
    path = folder / name
    if not path.exists() or _found(path) != digest:
        return False
    path.unlink()
    with suppress(OSError):
        for parent in path.relative_to(folder).parents:
            if parent.parts:
                (folder / parent).rmdir()
    return True


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder")
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir()
        folder.chmod(0o755)


def _write(path: Path, content: bytes) -> None:
    """At once, whoever reads it meanwhile; Grafana reads as another user, whatever our umask is."""
    unfinished = path.with_name(f".{path.name}.new")
    try:
        unfinished.write_bytes(content)
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise


def _lines(entries: set[tuple[str, str]]) -> bytes:
    return "".join(
        f"{digest}  {name}\n" for digest, name in sorted(entries, key=lambda one: one[::-1])
    ).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
