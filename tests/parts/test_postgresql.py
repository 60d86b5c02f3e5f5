from __future__ import annotations

import psycopg
import pytest

from parts.postgresql import ROLE, PostgreSQL

pytestmark = pytest.mark.slow


def test_every_database_is_new_and_its_own(postgresql: PostgreSQL) -> None:
    with postgresql.connect() as one:
        one.execute("CREATE TABLE t (n int)")
    other = postgresql.fresh_database()

    with postgresql.connect(other) as connection:
        row = connection.execute("SELECT current_user, to_regclass('t') IS NULL").fetchone()

    assert row == (ROLE, True)
    assert postgresql.url.startswith("postgresql+psycopg://")


@pytest.mark.parametrize("immediate", [False, True])
def test_what_was_committed_survives_a_restart(postgresql: PostgreSQL, *, immediate: bool) -> None:
    with postgresql.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT 42 AS n")

        postgresql.restart(immediate=immediate)

        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with postgresql.connect() as connection:
        assert connection.execute("SELECT n FROM t").fetchone() == (42,)


def test_a_stopped_server_refuses_connections(postgresql: PostgreSQL) -> None:
    postgresql.stop()
    try:
        with pytest.raises(psycopg.OperationalError):
            postgresql.connect()
    finally:
        postgresql.start()


def test_a_frozen_server_accepts_and_never_answers(postgresql: PostgreSQL) -> None:
    with postgresql.frozen(), pytest.raises(psycopg.errors.ConnectionTimeout):
        psycopg.connect(postgresql.url.replace("+psycopg", ""), connect_timeout=2)

    postgresql.connect().close()
