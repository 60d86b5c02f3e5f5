"""What a daemon has to go through while the writer writes: any number of deaths, and a database that goes away."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

import psycopg

from parts.daemon import Daemon
from parts.inbox import Inbox
from parts.postgresql import PostgreSQL
from parts.waiting import NotInTime, until
from soak.comparison import differences, mail_differences
from soak.line import Line
from soak.story import GROUP_WAIT, RECOVER_AFTER, Story
from soak.writer import Writer

CONFIGURATION = f"""
first_read = "all"
max_alert_age = "36500d"

[[sources]]
name = "mail"
path = "{{log}}"

[[rules]]
name = "user"
by = "user"

[incidents]
group_people = 1000        # each of these people has a story of his own,
flapping_within = "1s"     # and each time is another one
group_wait = "{GROUP_WAIT.seconds}s"
recover_after = "{RECOVER_AFTER.seconds}s"
"""
CHANNEL = """
[[channels]]
name = "postmasters"
url_file = "postmasters.url"
"""

POINTS = ("read", "step", "begin", "before-commit", "commit-sent", "after-commit", "sent")
LATE = 4.0
"""Seconds that a COMMIT is on its way when the line was cut: the daemon comes back before it has arrived."""
LONGEST = 1_800
"""Seconds that the end of a long run may take: the messages of days are sent one by one."""


@dataclass(slots=True)
class Figures:
    """What the daemon went through."""

    deaths: Counter[str] = field(default_factory=Counter)
    stops: int = 0
    outages: Counter[str] = field(default_factory=Counter)

    @property
    def interruptions(self) -> int:
        """What may have come between a message and the note that it was sent."""
        return self.deaths.total() + self.stops + self.outages.total()


class Ordeal:
    """A writer, a daemon, and what befalls them. All chance comes from `seed`.

    `cluster`: the database is on this server, else it is a file. `inbox`: incidents are told there, else nowhere.
    `pace`: lines a second. `patience`: after so many seconds without any progress nothing more is waited for.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        cluster: PostgreSQL | None = None,
        inbox: Inbox | None = None,
        pace: int = 1_000,
        rotated_every: int = 300,
        patience: float = 20,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.figures = Figures()
        self._folder, self._cluster, self._inbox, self._patience = folder, cluster, inbox, patience
        self._chance = Random(f"{seed} ordeal")
        # Tomorrow, so that the clock on the wall never gets there.
        begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        story = Story(Random(f"{seed} story"), begins)
        self._stack = ExitStack()
        self._line = self._stack.enter_context(Line(cluster.port)) if cluster else None
        self._url = cluster.fresh_database() if cluster else f"sqlite:///{folder}/rejectwatch.db"
        self.writer = Writer(
            folder / "log", story, Random(f"{seed} writer"), pace=pace, rotated_every=rotated_every
        )
        self._stack.callback(self.writer.close)
        self._is_started = False
        self.daemon = self.another_daemon("state")
        self.daemon.upgrade()

    def another_daemon(self, name: str) -> Daemon:
        """On the same log and the same database."""
        folder = self._folder / name
        folder.mkdir()
        url, configuration, env = self._url, CONFIGURATION.format(log=self.writer.log), {}
        if self._cluster and self._line:
            url = url.replace(f":{self._cluster.port}/", f":{self._line.port}/")
        if self._inbox:
            (folder / "postmasters.url").write_text(self._inbox.url())
            configuration, env = configuration + CHANNEL, {"SSL_CERT_FILE": str(self._inbox.ca_pem)}
        return Daemon(folder, configuration, database_url=url, env=env)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._stack:
            self.daemon.__exit__(kind, error, trace)

    def run(self, lines: int, deaths: int) -> dict[str, str]:
        """So many deaths, spread over so many lines; then what is wrong, by name."""
        self.begins()
        share = 4 * lines // (5 * deaths)
        for number in range(deaths):
            outage = OUTAGES[number % len(OUTAGES)] if self._cluster else None
            if outage is None:
                self._lives_and_dies(share)
            else:
                self._survives(outage)
            if self._chance.random() < 0.25:  # nobody reads while the log is rotated, and rotated again
                self.writer.until_written(share)
            if number % 8 == 7 and not self.catches_up():
                return self.ends()
        self.starts()
        self.writer.until_written(lines - self.writer.written)
        return self.ends()

    # ── lives ──

    def begins(self) -> None:
        """The promise counts from the recorded start on: it comes before the first line."""
        self._is_started = True
        self.daemon.start()
        self.daemon.until_ready(60)

    def starts(self, **env: str) -> None:
        """Start it anew, and whoever writes goes on."""
        if self.is_alive():
            self.dies()
        self.daemon.start(**env)
        self.writer.go()

    def dies(self, at: str = "any moment") -> None:
        """Killed now, or dead already; it never ends in another way."""
        self.daemon.kill()
        self.figures.deaths[at] += 1

        assert self.daemon.child.stop() == -signal.SIGKILL, self.daemon.child.story()

    def dies_at(self, point: str) -> None:
        """A life that ends at a named point."""
        self.starts(REJECTWATCH_FAULTPOINT=point)
        until(lambda: not self.is_alive(), 60, lambda: f"a death at {point}: {self.daemon.child.story()}")
        self.dies(point)

    def goes_on(self) -> None:
        """More is stored than there is now."""
        before = self._stored()

        def more() -> bool:
            self.daemon.child.must_run()
            return self._stored() > before

        until(more, 60, lambda: f"more to be stored: {self.daemon.child.story()}")

    def _lives_and_dies(self, share: int) -> None:
        """At any moment, or at a named point if it gets there before all is read."""
        point = self._chance.choice((None, None, None, *POINTS))
        named = f"{point}:{self._chance.choice((1, 1, 1, 2))}" if point else ""
        self.starts(REJECTWATCH_FAULTPOINT=named)
        self.writer.until_written(self._chance.randint(1, 2 * share), unless=lambda: not self.is_alive())
        if point:
            self.writer.stand()
            with suppress(NotInTime):
                until(lambda: not self.is_alive() or self._stored() == self._told(), self._patience)
        if point and not self.is_alive():
            self.dies(point)
        elif self._chance.random() < 0.2:
            self.stops()
        else:
            self.dies()

    def stops(self) -> None:
        """As systemd asks it to; a signal ends it where it does not listen yet, or meets its point on the way out."""
        assert self.daemon.stop() <= 0, self.daemon.child.story()
        self.figures.stops += 1

    def is_alive(self) -> bool:
        return self._is_started and self.daemon.child.running

    # ── the database ──

    def _survives(self, outage: Callable[[Ordeal], None]) -> None:
        """The database goes away and comes back, and the daemon goes on by itself."""
        self.starts()
        self.goes_on()
        outage(self)
        self.figures.outages[outage.__name__] += 1
        for _ in range(2):  # the first may be what was on its way
            self.goes_on()

    def server_crashes(self) -> None:
        assert self._cluster
        self._cluster.restart(immediate=True)

    def answer_is_lost(self) -> None:
        self.line_breaks(0)

    def commit_is_late(self) -> None:
        self.line_breaks(LATE)

    def line_breaks(self, late: float) -> None:
        assert self._line
        line = self._line
        line.breaks(late)
        until(lambda: line.is_broken, 30, "a COMMIT to be cut")

    # ── the end ──

    def catches_up(self) -> bool:
        """Whether all that was written is stored, after a while."""
        self.writer.stand()
        self.writer.write_sentinel()
        is_all = self._until_all(self._stored, self._told())
        self.writer.all_was_read()
        print(
            f"{self.writer.written:,} lines, {self.writer.rotations.total()} rotations,"
            f" {self.figures.deaths.total()} deaths, {self.figures.outages.total()} outages:"
            " {:,} refusals and {:,} deliveries are stored".format(*self._stored()),
            flush=True,
        )
        return is_all

    def ends(self) -> dict[str, str]:
        """The story ends, the daemon reads it to its end; what is wrong, by name."""
        self.writer.end()
        self._until_all(self._stored, self._told())
        self._until_all(self._unsent, 0)
        assert self.daemon.stop() == 0, self.daemon.child.story()
        return self.wrong()

    def wrong(self) -> dict[str, str]:
        wrong = differences(self.writer.story.truth, self._url, is_told=self._inbox is not None)
        if self._inbox:
            wrong |= mail_differences(self._url, self._inbox.mails, self.figures.interruptions)
        return wrong

    def _until_all(self, count: Callable[[], object], wanted: object) -> bool:
        """Whether there are as many as wanted, when they are or nothing has moved for a long time."""
        if not self.is_alive():
            self.daemon.start()
        self.daemon.until_ready(60)
        seen, moved_at = count(), time.monotonic()

        def done() -> bool:
            nonlocal seen, moved_at
            if (now := count()) != seen:
                seen, moved_at = now, time.monotonic()
            return now == wanted or time.monotonic() - moved_at > self._patience

        until(done, LONGEST, self.daemon.child.story)
        return seen == wanted

    def _told(self) -> tuple[int, int]:
        """How many refusals and deliveries the log tells of so far."""
        truth = self.writer.story.truth
        return truth.refusals.total(), truth.deliveries.total()

    def _stored(self) -> tuple[int, int]:
        """How many of both are stored; none while the server is away."""
        query = "SELECT (SELECT count(*) FROM events), (SELECT coalesce(sum(count), 0) FROM delivery_counts)"
        try:
            ((refusals, deliveries),) = self.daemon.rows(query)
        except (sqlite3.OperationalError, psycopg.Error):
            return 0, 0
        return refusals, int(deliveries)

    def _unsent(self) -> int:
        ((unsent,),) = self.daemon.rows("SELECT count(*) FROM outbox WHERE state <> 'sent'")
        return int(unsent)


OUTAGES: tuple[Callable[[Ordeal], None] | None, ...] = (
    None,
    Ordeal.server_crashes,
    None,
    Ordeal.answer_is_lost,
    None,
    Ordeal.commit_is_late,
)
"""What befalls a database server, life by life."""
