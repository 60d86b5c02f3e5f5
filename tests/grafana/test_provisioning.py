"""What Grafana reads at its start: folders that exist, data sources of the types that the dashboards ask, no secret in a file."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from grafana.dashboard import FOLDER
from parts.daemon import Daemon
from parts.packages import root_needed
from parts.postgresql import PostgreSQL
from rejectwatch.store import migrate
from rejectwatch.store.database import open_database

yaml = pytest.importorskip("yaml")  # comes with Apprise

KINDS = {
    "prometheus": "prometheus",
    "postgresql": "grafana-postgresql-datasource",
    "sqlite": "frser-sqlite-datasource",
}
"""The folder of the dashboards → the type of the data source that they ask."""

each_kind = pytest.mark.parametrize("kind", KINDS)


def provisioned(what: str, kind: str, key: str) -> dict[str, Any]:
    told = yaml.safe_load((FOLDER / "provisioning" / what / f"rejectwatch-{kind}.yaml").read_text("utf-8"))
    (one,) = told.pop(key)
    assert told == {"apiVersion": 1}
    return dict(one)


def test_there_is_a_file_for_each_kind_of_data_source_and_no_other() -> None:
    names = {f"rejectwatch-{kind}.yaml" for kind in KINDS}

    assert {path.name for path in (FOLDER / "provisioning" / "dashboards").iterdir()} == names
    assert {path.name for path in (FOLDER / "provisioning" / "datasources").iterdir()} == names


@each_kind
def test_a_provider_names_a_folder_that_is_shipped(kind: str) -> None:
    one = provisioned("dashboards", kind, "providers")
    path = Path(one["options"]["path"])

    assert one["type"] == "file"
    assert one["folder"] == "rejectwatch"
    assert one["allowUiUpdates"] is False
    assert path.parent == Path("/var/lib/grafana/dashboards/rejectwatch")
    assert list((FOLDER / "dashboards" / path.name).glob("*.json"))


@each_kind
def test_a_data_source_has_the_type_that_its_dashboards_ask(kind: str) -> None:
    one = provisioned("datasources", kind, "datasources")
    asked = [path.read_text("utf-8") for path in (FOLDER / "dashboards" / kind).glob("*.json")]

    assert (one["uid"], one["type"], one["access"]) == (f"rejectwatch-{kind}", KINDS[kind], "proxy")
    assert asked
    assert all(f'"query": "{one["type"]}"' in text for text in asked)


@each_kind
def test_a_password_is_in_a_file_of_its_own(kind: str) -> None:
    one = provisioned("datasources", kind, "datasources")

    assert "password" not in one
    for secret in one.get("secureJsonData", {}).values():
        assert secret.startswith("$__file{/")


def test_names_and_uids_are_distinct() -> None:
    sources = [provisioned("datasources", kind, "datasources") for kind in KINDS]
    providers = [provisioned("dashboards", kind, "providers") for kind in KINDS]

    assert len({one["uid"] for one in sources}) == len({one["name"] for one in sources}) == len(KINDS)
    assert len({one["name"] for one in providers}) == len(KINDS)


# ── what docs/grafana.md tells to do ──


def commands(heading: str, language: str) -> str:
    """The first block of this language below a heading."""
    text = (Path(__file__).parents[2] / "docs" / "grafana.md").read_text("utf-8").partition(heading)[2]
    return text.partition(f"```{language}\n")[2].partition("```")[0]


@pytest.mark.slow
def test_the_role_of_the_docs_reads_what_was_refused_and_writes_nothing(postgresql: PostgreSQL) -> None:
    database = open_database(postgresql.url)
    migrate.upgrade(database)
    database.close()
    name, role = (
        postgresql.url.rpartition("/")[2],
        provisioned("datasources", "postgresql", "datasources")["user"],
    )
    making = commands("### A role for Grafana", "sql").replace("DATABASE rejectwatch ", f'DATABASE "{name}" ')
    with closing(administrator(postgresql, name)) as connection:
        connection.execute(making.encode())
        rights = connection.execute(RIGHTS, {"role": role}).fetchall()
        connection.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}".encode())

    assert {"events", "failures", "incidents", "hourly"} <= {table for table, reads, _ in rights if reads}
    assert {"state", "outbox"} <= {table for table, reads, _ in rights if not reads}
    assert not [table for table, _, writes in rights if writes]


RIGHTS = """
    SELECT relname, has_table_privilege(%(role)s, oid, 'SELECT'),
        has_table_privilege(%(role)s, oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p')
"""


def administrator(server: PostgreSQL, database: str) -> psycopg.Connection:
    with server._administrator() as known:
        where = psycopg.conninfo.make_conninfo(known.info.dsn, dbname=database)
    return psycopg.connect(where, autocommit=True)


@pytest.mark.slow
def test_grafana_reads_the_database_of_a_running_daemon_by_its_group(place: Path) -> None:
    root_needed("becoming somebody else")
    options = provisioned("datasources", "sqlite", "datasources")["jsonData"]
    log = place / "mail.log"
    log.touch()
    with Daemon(place / "state", f'sources = [{{name = "mail", path = "{log}"}}]') as watch:
        watch.until_ready()
        for path in (place / "state").glob("rejectwatch.db*"):
            path.chmod(0o640)  # as SQLite makes -wal and -shm beside a database of this mode
        (place / "state").chmod(0o750)
        uri = f"{options['pathPrefix']}{place / 'state' / 'rejectwatch.db'}?{options['pathOptions']}"
        reading = f"sqlite3.connect({uri!r}, uri=True)"
        counted = asked(f"{reading}.execute('SELECT count(*) FROM events').fetchone()")
        deleted = asked(f"{reading}.execute('DELETE FROM events')")

    assert counted == "(0,)"
    assert deleted == "attempt to write a readonly database"


def asked(expression: str) -> str:
    """What Python says to somebody who is in the group of the daemon, and nothing else."""
    script = f"""
import sqlite3
try:
    print({expression})
except sqlite3.OperationalError as error:
    print(error)
"""
    somebody = ("setpriv", "--reuid=4711", "--regid=0", "--clear-groups")
    done = subprocess.run(
        [*somebody, "/usr/bin/python3", "-c", script], capture_output=True, text=True, check=False, cwd="/"
    )
    assert not done.stderr
    return done.stdout.strip()
