"""A PostgreSQL connection that does not wait for ever.

PostgreSQL's own time-outs are kept by the server, TCP's by the kernels: a server that is stopped (SIGSTOP,
a hung disk, a frozen virtual machine whose network answers) keeps neither, and libpq waits for it for ever.
"""

from __future__ import annotations

import select
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.waiting import Ready, Wait

R = TypeVar("R")

POLLED = {Wait.R: select.POLLIN, Wait.W: select.POLLOUT, Wait.RW: select.POLLIN | select.POLLOUT}


class PatientConnection(psycopg.Connection[Any]):
    """Every wait of psycopg passes `wait`; one in which the server says nothing for `patience` seconds fails.

    psycopg's own `wait` has a time-out in its newest versions only, and in none one that begins anew with
    every answer.
    """

    patience: float | None = None

    def wait(self, gen: Any, *more: Any, **options: Any) -> Any:
        if self.patience is None or options.get("timeout") is not None:
            return super().wait(gen, *more, **options)
        try:
            return _drive(gen, self.pgconn.socket, self.patience)
        except (_SilentError, KeyboardInterrupt):
            self.close()  # what the server makes of it, nobody knows: never use it again
            raise

    def send_commit(self) -> None:
        """For the fault point: COMMIT on its way to the server, the answer never read."""
        self.pgconn.send_query(b"COMMIT")
        while self.pgconn.flush():
            pass


class _SilentError(psycopg.OperationalError):
    pass


def _drive(gen: Generator[Wait, Ready, R], socket: int, patience: float) -> R:
    """Run one of psycopg's generators: it says what it waits for, and is told what has come."""
    poll = select.poll()
    try:
        wanted = next(gen)
        while True:
            poll.register(socket, POLLED[wanted])
            found = poll.poll(patience * 1000)
            if not found:
                raise _SilentError(f"the server has not answered for {patience:g} seconds")
            wanted = gen.send(_ready(found[0][1], wanted))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def _ready(event: int, wanted: Wait) -> Ready:
    if event & ~(select.POLLIN | select.POLLOUT):
        return Ready(wanted)  # hung up: whoever reads or writes now is told
    readable, writable = bool(event & select.POLLIN), bool(event & select.POLLOUT)
    return Ready(readable * Ready.R | writable * Ready.W)
