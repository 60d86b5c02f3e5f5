"""The first start on a log with two months of history, and the next one."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench import postfix_log, written
from parts.daemon import Daemon
from parts.inbox import Inbox
from parts.systemd import Systemd
from parts.waiting import until
from whole.made import append, lines_with, refusal, refusals, stored, until_stored

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SIZE = 200_000_000
DAY = timedelta(days=1)
MEMORY = 200 << 20

CONFIGURATION = """
{first_read}

[[sources]]
name = "mail"
path = "{log}"

[[rules]]
name = "user"
by = "user"
threshold = 2
window = "90d"

[incidents]
group_wait = "1s"

[[channels]]
name = "postmasters"
url_file = "postmasters.url"
"""


@dataclass(frozen=True, slots=True)
class History:
    log: Path
    truth: list[dict[str, Any]]
    counts: written.Counts


@pytest.fixture(scope="module")
def two_months(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Its last line is older than `max_alert_age`: all of it is history."""
    log = tmp_path_factory.mktemp("two-months") / "mail.log"
    end = datetime.now(UTC) - timedelta(minutes=61)
    counts = postfix_log.write(log, postfix_log.lines_of(SIZE), share=0.005, start=end - 60 * DAY, end=end)
    return History(log, list(written.read_truth(log)), counts)


@pytest.fixture
def log(two_months: History, tmp_path: Path) -> Iterator[Path]:
    copy = tmp_path / "mail.log"
    shutil.copy2(two_months.log, copy)
    yield copy
    copy.unlink()


def daemon(folder: Path, inbox: Inbox, log: Path, first_read: str = "", **env: str) -> Daemon:
    setting = f'first_read = "{first_read}"' if first_read else ""
    one = Daemon(
        folder / "rejectwatch",
        CONFIGURATION.format(log=log, first_read=setting),
        env={"SSL_CERT_FILE": str(inbox.ca_pem), **env},
    )
    (one.folder / "postmasters.url").write_text(inbox.url("admin@corp.example", "rejectwatch@corp.example"))
    return one


def until_read(watch: Daemon, seconds: float = 60) -> None:
    until(
        lambda: (
            watch.metric("rejectwatch_last_line_timestamp_seconds") > 0
            and watch.metric("rejectwatch_unread_bytes") == 0
        ),
        seconds,
        lambda: f"the end of the log: {watch.child.story()}",
    )


def peak_memory(watch: Daemon) -> int:
    status = Path(f"/proc/{watch.child.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


def alerts(watch: Daemon) -> tuple[int, int]:
    (incidents,), (messages,) = watch.rows(
        "SELECT count(*) FROM incidents UNION ALL SELECT count(*) FROM outbox"
    )
    return incidents, messages


def test_it_stores_the_last_day_alerts_nothing_old_and_then_what_is_new(
    tmp_path: Path, inbox: Inbox, two_months: History, log: Path
) -> None:
    with daemon(tmp_path, inbox, log) as watch:
        watch.until_ready()
        until_read(watch)
        ((started_at, position, reason),) = watch.rows(
            "SELECT started_at, started_position, started_reason FROM positions"
        )
        since = datetime.fromisoformat(reason.removeprefix("from ").removesuffix(" on"))

        assert abs(datetime.fromisoformat(started_at) - DAY - since) < timedelta(seconds=20)
        assert lines_with(watch, f"reading mail {reason}")
        with log.open("rb") as lines:
            lines.seek(position - 1000)
            before = lines.read(1000).splitlines()[-1]
            first = lines.readline()
        assert _stamp(before) < since + timedelta(seconds=1)  # it is told without fractions
        assert since <= _stamp(first)

        found = watch.events()
        assert [(one["occurred_at"], one["recipient"]) for one in found] == [
            (one["occurred_at"], one["recipient"])
            for one in two_months.truth
            if datetime.fromisoformat(one["occurred_at"]) >= _stamp(first)
        ]
        users = [one["user"] for one in found if one["user"]]
        assert len(users) > len(set(users))  # twice the same user: whoever takes this for news alerts
        assert alerts(watch) == (0, 0)

        append(log, refusals(range(2)))
        told = inbox.wait_for(1)[0]
        assert "alice" in told.subject
        assert alerts(watch) == (1, 1)
        assert peak_memory(watch) < MEMORY
        assert watch.stop() == 0

        watch.start()
        watch.until_ready()
        line = refusal(2)
        append(log, line)
        until(lambda: len(stored(watch)) == len(found) + 3, what=watch.child.story)
        assert watch.metric("rejectwatch_bytes_total") == len(line)
        assert watch.rows("SELECT started_position, started_reason FROM positions") == [(position, reason)]
        assert "Traceback" not in watch.said


def _stamp(line: bytes) -> datetime:
    return datetime.fromisoformat(line.partition(b" ")[0].decode())


def test_it_is_ready_at_once_says_that_it_catches_up_and_can_be_stopped_on_the_way(
    tmp_path: Path, inbox: Inbox, two_months: History, log: Path
) -> None:
    with Systemd() as systemd, daemon(tmp_path, inbox, log, "all", **systemd.environment) as watch:
        watch.until_ready()
        until(lambda: watch.metric("rejectwatch_catching_up", source="mail") == 1)

        assert watch.metric("rejectwatch_unread_bytes", source="mail") > SIZE / 2
        assert watch.get("/readyz")[0] == 200
        watch.until_said(r"catching up, 1\d\d MB to read")
        until(lambda: any(state.startswith("STATUS=catching up, 1") for state in systemd.heard))
        assert "READY=1" in systemd.heard

        before = time.monotonic()
        assert watch.stop() == 0
        assert time.monotonic() - before < 5
        assert "STOPPING=1" in systemd.heard
        assert "caught up" not in watch.said

        watch.start()
        watch.until_said("catching up")
        watch.until_said("caught up", 90)
        until(lambda: watch.metric("rejectwatch_catching_up") == 0)
        until_read(watch)
        until(lambda: systemd.heard[-1] == "STATUS=watching.")

        assert [
            address for (address,) in watch.rows("SELECT recipient FROM events ORDER BY position, n")
        ] == [one["recipient"] for one in two_months.truth]
        assert watch.rows("SELECT sum(count) FROM delivery_counts") == [(two_months.counts.deliveries,)]
        assert alerts(watch) == (0, 0)
        assert peak_memory(watch) < MEMORY
        assert len(lines_with(watch, "catching up")) == 1


def test_it_begins_where_it_is_told(tmp_path: Path, inbox: Inbox) -> None:
    log, now = tmp_path / "small.log", datetime.now(UTC)
    ages = (60 * DAY, 2 * DAY, DAY / 2, DAY / 3)
    log.write_bytes(b"".join(refusal(number, now - age) for number, age in enumerate(ages)))
    kept: dict[str, list[int]] = {"end": [], "24h": [2, 3], "all": [0, 1, 2, 3]}
    with ExitStack() as daemons:
        watches = {one: daemons.enter_context(daemon(tmp_path / one, inbox, log, one)) for one in kept}
        for first_read, watch in watches.items():
            watch.until_ready()
            until_stored(watch, kept[first_read])
            assert watch.stop() == 0
        append(log, refusal(4))  # while they are away
        for watch in watches.values():
            watch.start()
        for first_read, watch in watches.items():
            until_stored(watch, [*kept[first_read], 4])

            assert alerts(watch) == (0, 0)
