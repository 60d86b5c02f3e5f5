"""Killed at any moment and started again, the daemon has counted and told the same as if nothing had happened."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parts import daemon as parts_daemon
from parts.daemon import Daemon
from parts.inbox import Inbox
from parts.postgresql import PostgreSQL
from parts.waiting import until
from rejectwatch.store.events import FIELDS
from whole.recording import write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SIZE = 36 << 20
"""Bytes of log: three commits of a backlog."""

CONFIGURATION = """
first_read = "all"
max_alert_age = "36500d"

[[sources]]
name = "mail"
path = "{log}"

[[rules]]
name = "user"
by = "user"
threshold = 5

[incidents]
group_wait = "1s"
recover_after = "1s"
expire_after = "36500d"

[[channels]]
name = "postmasters"
url_file = "postmasters.url"
"""

_COLUMNS = ", ".join(
    f'"{name}"' for name in ("instance", "sender_domain", *FIELDS)
)  # when it was stored differs

TABLES = {
    "events": f"SELECT {_COLUMNS} FROM events ORDER BY generation, position, n",
    "hourly": "SELECT * FROM hourly ORDER BY 1, 2, 3, 4, 5, 6, 7, 8",
    "deliveries": "SELECT hour, mta, outcome, count FROM delivery_counts ORDER BY hour, mta, outcome",
    "incidents": "SELECT * FROM incidents ORDER BY id",
    "outbox": "SELECT message_id, channel, kind, incident, at, payload, state FROM outbox ORDER BY message_id, channel",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "mail.log"
    write(path, SIZE)
    return path


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    with Inbox(tmp_path_factory.mktemp("inbox")) as inbox:
        yield inbox


class Run:
    """One life of a daemon, with as many starts as it takes, to its end."""

    def __init__(self, folder: Path, log: Path, inbox: Inbox, database_url: str | None) -> None:
        self.daemon = Daemon(
            folder,
            CONFIGURATION.format(log=log),
            database_url=database_url,
            env={"SSL_CERT_FILE": str(inbox.ca_pem)},
        )
        (folder / "postmasters.url").write_text(inbox.url("admin@corp.example", "rejectwatch@corp.example"))
        if database_url is not None:
            self.daemon.upgrade()

    def dies(self, point: str) -> None:
        self.daemon.start(REJECTWATCH_FAULTPOINT=point)
        until(
            lambda: not self.daemon.child.running,
            60,
            lambda: f"a death at {point}: {self.daemon.child.story()}",
        )
        assert self.daemon.child.stop() == -9, self.daemon.child.story()

    def ends(self) -> dict[str, Any]:
        """Start it, wait until everything is read and sent, stop it; what is in the tables."""
        self.daemon.start()
        self.daemon.until_ready()
        self.daemon.until_said("metrics on")
        until(self._is_done, 120, lambda: f"everything to be read and sent: {self.daemon.child.story()}")
        assert self.daemon.stop() == 0
        return {name: self.daemon.rows(query) for name, query in TABLES.items()}

    def _is_done(self) -> bool:
        return (
            self.daemon.metric("rejectwatch_unread_bytes") == 0
            and self.daemon.metric("rejectwatch_catching_up") == 0
            and self.daemon.metric("rejectwatch_last_line_timestamp_seconds") > 0
            and not self.daemon.rows("SELECT 1 FROM outbox WHERE state <> 'sent'")
        )


DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="module", params=DATABASES)
def fresh(request: pytest.FixtureRequest) -> Any:
    """Gives a new database at each call: None for a SQLite file, else the URL of one in PostgreSQL."""
    if request.param == "sqlite":
        return lambda: None
    cluster: PostgreSQL = request.getfixturevalue("cluster")
    return cluster.fresh_database


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, log: Path, trusted: Inbox, fresh: Any
) -> dict[str, Any]:
    found = Run(tmp_path_factory.mktemp("undisturbed"), log, trusted, fresh()).ends()

    assert len(found["events"]) > 120
    assert found["deliveries"]
    assert found["outbox"]
    return found


@pytest.mark.parametrize(
    "points",
    [
        ("read:20", "step:5"),
        ("begin:2", "before-commit:1"),
        ("commit-sent:2", "after-commit:1"),
        ("sent:1", "sent:2"),
    ],
    ids=" ".join,
)
def test_it_counts_and_tells_the_same_after_two_deaths(
    points: tuple[str, ...],
    tmp_path: Path,
    log: Path,
    trusted: Inbox,
    fresh: Any,
    undisturbed: dict[str, Any],
) -> None:
    run = Run(tmp_path / "killed", log, trusted, fresh())
    for point in points:
        run.dies(point)

    assert run.ends() == undisturbed


APART = """
import sys
from rejectwatch.cli import main
from rejectwatch.store.writer import Writer
from rejectwatch import faultpoint

commit, put = Writer.commit, Writer._put_positions

def apart(self, changes, state):
    Writer._put_positions = lambda self, connection, changes: None
    new = commit(self, changes, state)
    with self._database.write() as connection:
        put(self, connection, changes)
    return new

Writer.commit = apart
sys.argv[0] = "rejectwatch"
sys.exit(main())
"""


def test_the_same_comparison_finds_a_position_that_is_committed_apart(
    tmp_path: Path,
    log: Path,
    trusted: Inbox,
    fresh: Any,
    undisturbed: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parts_daemon, "COMMAND", (sys.executable, "-c", APART))
    run = Run(tmp_path / "apart", log, trusted, fresh())
    run.dies("after-commit:1")

    assert run.ends() != undisturbed
