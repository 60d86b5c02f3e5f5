"""Who asks for Grafana may read what the dashboards need, and nothing else: as docs/grafana.md says."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from tools.dashboards import databases
from tools.dashboards.boards import ASKED_IN_SQL

from grafana.sql.answering import OnPostgreSQL
from grafana.sql.asking import Asking, targets
from grafana.sql.seed import seed
from parts.postgresql import PostgreSQL
from rejectwatch.store.database import open_database
from rejectwatch.store.migrate import upgrade

DOCS = Path(__file__).parents[3] / "docs" / "grafana.md"


def documented() -> list[str]:
    """The statements of the page, but for the password."""
    (block,) = re.findall(r"```sql\n(CREATE ROLE grafana.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    return [one.strip() for one in block.split(";") if one.strip()]


@pytest.mark.slow
def test_the_documented_role_may_ask_each_query_and_nothing_else(cluster: PostgreSQL) -> None:
    url = cluster.fresh_database()
    database = open_database(url)
    upgrade(database)
    seed(database)
    database.close()
    administrator = url.replace("rejectwatch@", "postgres@")
    with cluster.connect(administrator) as connection:
        for statement in documented():
            connection.execute(statement.replace("rejectwatch TO", f"{url.rpartition('/')[2]} TO").encode())
    reader = url.replace("rejectwatch@", "grafana@")
    asking = Asking(databases.PostgreSQL(), OnPostgreSQL(reader), reader)
    for make in ASKED_IN_SQL.values():
        board = asking.board(make)
        for title, target in targets(board):
            assert asking.ask(board, target, user="alice").columns, title
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                query = asking.database.target(str(variable["query"]))

                assert asking.ask(board, query).columns
    with cluster.connect(reader) as connection:
        for refused in (
            "SELECT * FROM state",
            "SELECT * FROM outbox",
            "SELECT * FROM positions",
            "DELETE FROM events",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused.encode())


def test_somebody_who_only_reads_sees_what_the_daemon_writes_into_its_log_ahead(tmp_path: Path) -> None:
    """Also while nobody has made the file in memory for them: the daemon has it open."""
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    upgrade(database)
    with closing(sqlite3.connect(f"file:{tmp_path}/rejectwatch.db?mode=ro", uri=True)) as reader:
        seed(database)

        assert reader.execute("SELECT count(*) FROM failures").fetchone() == (71,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("DELETE FROM events")
    database.close()
