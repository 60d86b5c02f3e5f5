"""When the watch itself has missed something, or sees nothing, somebody is told: once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from parts.daemon import Daemon
from parts.inbox import Inbox, Mail
from parts.waiting import until
from rejectwatch.changes import Changes
from rejectwatch.routing import Routing
from rejectwatch.state import State
from rejectwatch.store.database import open_database
from rejectwatch.store.writer import Writer
from rejectwatch.watch import USUAL
from whole.made import append, refusal, refusals, stored, until_stored

pytestmark = pytest.mark.slow

CONFIGURATION = """
first_read = "all"
{settings}

[[sources]]
name = "mail"
path = "{log}"

[incidents]
group_wait = "1s"

[[channels]]
name = "postmasters"
url_file = "postmasters.url"

[[channels]]
name = "customer"
url_file = "postmasters.url"
domains = ["corp.example"]
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


def daemon(log: Path, inbox: Inbox, settings: str = "") -> Daemon:
    one = Daemon(
        log.parent / "rejectwatch",
        CONFIGURATION.format(log=log, settings=settings),
        env={"SSL_CERT_FILE": str(inbox.ca_pem)},
    )
    (one.folder / "postmasters.url").write_text(inbox.url("admin@corp.example", "rejectwatch@corp.example"))
    return one


@contextmanager
def running(watch: Daemon) -> Iterator[None]:
    with watch:
        watch.until_ready()
        yield


def kinds(watch: Daemon) -> list[tuple[str, str]]:
    """The messages that there are, sent or not: kind and channel."""
    return sorted(watch.rows("SELECT kind, channel FROM outbox"))


def a_line() -> bytes:
    return f"{datetime.now(UTC).isoformat()} mail postfix/anvil[9]: statistics: max cache size 1\n".encode()


def teach(watch: Daemon) -> None:
    """That lines have come at this time of the day, one and two weeks ago."""
    database = open_database(watch.database_url)
    writer, state = Writer(database, "main", Routing()), State()
    writer.load(state)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for days, hours in product((14, 7), (0, 1)):
        state.heard.put(("mail", hour - timedelta(days=days) + timedelta(hours=hours)), USUAL)
    writer.commit(Changes(), state)
    database.close()


def mail_about(inbox: Inbox, words: str) -> Mail:
    until(lambda: any(words in mail.subject for mail in inbox.mails), 20, lambda: f"a mail about {words!r}")
    (found,) = [mail for mail in inbox.mails if words in mail.subject]
    return found


def test_lines_deleted_before_they_were_read_are_a_gap_that_is_told_once(log: Path, inbox: Inbox) -> None:
    watch = daemon(log, inbox)
    append(log, refusals(range(3)))
    with running(watch):
        until_stored(watch, range(3))
        watch.stop()
    append(log, refusals(range(3, 5)))
    log.unlink()
    append(log, refusals(range(5, 8)))
    with running(watch):
        told = mail_about(inbox, "lines of the log may be lost")
        until(lambda: len(stored(watch)) == 6)
        assert watch.metric("rejectwatch_gaps_total", source="mail", reason="removed") == 1
        watch.kill()
    with running(watch):
        append(log, refusals([8]))
        until(lambda: len(stored(watch)) == 7)

        ((source, reason, since, until_),) = watch.rows("SELECT source, reason, since, until FROM gaps")
        assert (source, reason) == ("mail", "removed")
        assert since < until_
        assert [kind for kind in kinds(watch) if kind[0] == "gap"] == [("gap", "postmasters")]
        assert "deleted or overwritten" in told.text


def test_failures_of_an_outage_are_told_in_one_summary_and_not_one_by_one(log: Path, inbox: Inbox) -> None:
    watch = daemon(log, inbox, 'max_alert_age = "1s"')
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    append(
        log, b"".join(refusal(number, an_hour_ago) for number in range(5))
    )  # before the first start: history
    with running(watch):
        until_stored(watch, range(5))
        watch.stop()
    append(log, b"".join(refusal(number, user=f"user{number % 4}") for number in range(5, 45)))
    written = datetime.now(UTC)
    until(lambda: datetime.now(UTC) - written > timedelta(seconds=1.5))
    with running(watch):
        until_stored(watch, range(45))
        told = mail_about(inbox, "Caught up")

        assert "40 refused recipients of 4 people" in told.subject
        assert "user3" in told.text
        assert kinds(watch) == [("caught_up", "postmasters")]


def test_a_log_that_falls_silent_is_told_and_so_is_its_return(log: Path, inbox: Inbox) -> None:
    watch = daemon(log, inbox, 'silent_after = "3s"')
    append(log, a_line())
    with running(watch):
        watch.stop()
    teach(watch)
    with running(watch):
        silent = mail_about(inbox, "has been silent since")
        append(log, a_line())
        heard = mail_about(inbox, "is written again")

        assert "refused mail can't be seen" in silent.subject
        assert "nobody can tell" in heard.text
        assert kinds(watch) == [("heard", "postmasters"), ("silent", "postmasters")]
