"""rejectwatch with one of its protections taken away, to see that the comparison notices.

python broken.py "committed apart" run -c rejectwatch.toml
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from rejectwatch.app import daemon
from rejectwatch.cli import main
from rejectwatch.sources import identity
from rejectwatch.store.writer import Writer


def committed_apart() -> None:
    """The position is written in a transaction of its own, after that of the data."""
    commit, put = Writer.commit, Writer._put_positions

    def apart(self: Any, changes: Any, state: Any) -> int:
        Writer._put_positions = lambda *_: None  # type: ignore[method-assign]
        new = commit(self, changes, state)
        with self._database.write() as connection:
            put(self, connection, changes)
        return new

    Writer.commit = apart  # type: ignore[method-assign]


def known_by_inode() -> None:
    """A file is what its inode says, whatever stands in it."""
    identity.Mark.is_head_of = lambda self, content: content.inode == self.inode  # type: ignore[method-assign]
    identity.Mark.follows = lambda *_: True  # type: ignore[method-assign]


def unclaimed() -> None:
    """A second daemon is not kept from working on the same state."""

    class NoClaim:
        def renew(self) -> None: ...

        def release(self) -> None: ...

    daemon.claim = lambda *_: NoClaim()  # type: ignore[assignment,attr-defined]


def unguarded() -> None:
    """Only the keys of the rows are left: a commit does not ask whether somebody has gone on meanwhile."""
    Writer._guard = lambda *_: None  # type: ignore[method-assign]


def unclaimed_and_unguarded() -> None:
    unclaimed()
    unguarded()


BREAKS: dict[str, Callable[[], None]] = {
    one.__name__: one
    for one in (committed_apart, known_by_inode, unclaimed, unguarded, unclaimed_and_unguarded)
}

if __name__ == "__main__":
    BREAKS[sys.argv.pop(1)]()
    sys.argv[0] = "rejectwatch"
    sys.exit(main())
