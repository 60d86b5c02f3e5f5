"""The journal's mail facility: every entry becomes one line, as syslog would have written it.

`journalctl` reads it, in two ways, one after the other. First without --follow: it shows every boot and ends,
so that the end is known and old failures are told apart from new ones. Then with --follow, which costs nothing
while there is no mail; a call each second would open every file of the journal each time.
Both with --merge, without which --follow shows the entries of one boot only.

The place is the cursor of the last entry. It is asked for with --cursor and not with --after-cursor, because
the latter skips one entry without a word when the one it names is no longer there: here the first entry that
comes is compared with the one that was asked for. Another one means that the journal was vacuumed, and
that entries may be gone: a gap. So does a journal that was quiet for so long that nothing but the entry read
last has gone, because nobody can tell the two apart.

Not seen is a loss behind an entry that survives. Journald removes whole files, those that begin earliest
first, so mostly the entry read last goes before the ones behind it. But the files of several users
(user-1000.journal, where a line of their own `sendmail` stands) overlap in time, and of a torn file (.journal~)
journalctl shows what it can read, and says nothing of the rest. The numbers of the entries do not help: they are
counted through all facilities, and holes are the rule.

What journald drops because a service logs too much, it tells itself, in an entry that is no mail; a gap as well.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from time import monotonic
from typing import Any

from rejectwatch.facts import Batch, Gap
from rejectwatch.sources.entries import FIELDS, Entry, Suppressed, place_of
from rejectwatch.sources.gaps import Gaps
from rejectwatch.sources.interface import BLOCK, Start, Started, pack, since, unpack
from rejectwatch.sources.journalctl import Journalctl, fault_in, this_machine, wanted

REMEMBERED = 8
"""Of so many generations the position is remembered; several appear where several machines' journals are read."""

PATIENCE = 1.0
"""So many seconds one `read` waits at most for a journalctl that is still on the way to the end."""

MAIL_SERVERS = ("postfix", "exim")
"""How the units of mail servers begin: postfix.service, postfix@-.service, exim.service, exim4.service. Lines that
others drop are no loss here."""


class Journal:
    """Follows the mail facility of this machine's journal, or of the journal files in `directory`."""

    def __init__(
        self,
        name: str,
        directory: Path | None = None,
        *,
        checkpoint: str | None,
        start: Start,
        max_alert_age: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self.name = name
        self._directory = directory
        self._max_alert_age = max_alert_age
        self._clock = clock
        self._nearest = clock()
        self._trouble: str | None = None
        self._reader: Journalctl | None = None
        self._resume_at = datetime.min.replace(tzinfo=UTC)
        self._failures = 0
        self._at_end = False
        self._kept: Entry | None = None
        self._gaps = Gaps()
        place = unpack(checkpoint) if checkpoint else _beginning(start)
        self._since: str | None = place.get("since")
        self._cursor: str | None = place.get("cursor")
        self._reached = self._cursor
        self._next: dict[str, int] = place.get("next", {})
        self.started = (
            None if checkpoint else Started("", 0, start.now, since(start), self._checkpoint(), start.left)
        )

    def read(self, limit: int = BLOCK) -> Batch | None:
        entries: list[Entry] = []
        size, patient_until = 0, monotonic() + PATIENCE
        while size < limit and (entry := self._entry(patient_until)):
            if entries and entry.generation != entries[0].generation:
                self._kept = entry
                break
            entries.append(entry)
            size += len(entry.line)
        return self._batch(entries) if entries else None

    def unread(self) -> int:
        """Nobody can tell how much; but until the end was reached once, there may be something."""
        return 0 if self._at_end else 1

    def watched(self) -> set[Path]:
        return set()

    def fileno(self) -> int | None:
        return self._reader.fileno() if self._reader else None

    def at_end(self) -> bool:
        return self._at_end or self._trouble is not None

    def trouble(self) -> str | None:
        return self._trouble

    def gaps(self) -> list[Gap]:
        return self._gaps.take()

    def close(self) -> None:
        if self._reader:
            self._reader.close()
        self._reader = None

    # ── batches ──

    def _batch(self, entries: list[Entry]) -> Batch:
        last = entries[-1]
        start = self._next.pop(last.generation, entries[0].position)
        self._next[last.generation] = last.position + 1
        while len(self._next) > REMEMBERED:
            del self._next[next(iter(self._next))]
        self._cursor = last.cursor
        now = self._clock()
        return Batch(
            source=self.name,
            generation=last.generation,
            block=b"".join(entry.line for entry in entries),
            start=start,
            end=last.position + 1,
            position_of=_positions(entries),
            checkpoint=self._checkpoint(),
            nearest=self._nearest,
            alert_from=now - self._max_alert_age,
            read_at=now,
        )

    def _checkpoint(self) -> str:
        if self._cursor is None:
            return pack(since=self._since)
        return pack(cursor=self._cursor, next=self._next)

    # ── entries ──

    def _entry(self, patient_until: float) -> Entry | None:
        """The next entry, if there is one now; while the end is not yet reached it is worth waiting for."""
        if self._kept:
            entry, self._kept = self._kept, None
            return entry
        while reader := self._running():
            found = reader.next_entry(0 if self._at_end else patient_until)
            self._note(reader)
            if found is None:
                if not reader.ended:
                    return None
                self._ended(reader)
                continue
            self._failures = 0
            self._trouble = None
            self._reached = found.cursor
            if isinstance(found, Entry):
                return found
            self._dropped(found)
        return None

    def _note(self, reader: Journalctl) -> None:
        """What is missing is known by where reading stood: it is the same after a restart."""
        generation, position = place_of(self._reached) if self._reached else ("", 0)
        for reason, what in reader.missed:
            self._gaps.note(Gap(self.name, reason, generation, position, what))
        reader.missed.clear()

    def _dropped(self, entry: Suppressed) -> None:
        if entry.unit.startswith(MAIL_SERVERS):
            place = entry.generation, entry.position
            self._gaps.note(
                Gap(self.name, "suppressed", *place, entry.unit, until=entry.at, lines=entry.lines)
            )

    def _running(self) -> Journalctl | None:
        """The journalctl that reads now; after a failure none, until it is time to try again."""
        if self._reader is None and self._clock() >= self._resume_at:
            try:
                self._reader = Journalctl(self._command(), self._reached)
            except OSError as error:
                self._failed(f"journalctl can't be started: {error.strerror}")
        return self._reader

    def _ended(self, reader: Journalctl) -> None:
        """Journalctl ended: at the end of the journal, as it should, or because it failed or was killed."""
        was_following, self._at_end = self._at_end, False
        self._reader = None
        code, words = reader.finish()
        fault = fault_in(words)
        if code == 0 and fault is None and not was_following:
            self._at_end = True
            self._failures = 0
            self._trouble = None
        else:
            self._failed(fault or f"journalctl ended with {code}: {words or 'it said nothing'}")

    def _failed(self, sentence: str) -> None:
        self._trouble = sentence
        self._resume_at = self._clock() + timedelta(seconds=min(2**self._failures, 60))
        self._failures += 1

    def _command(self) -> list[str]:
        command = ["journalctl", "--merge", "--all", "--output=json", f"--output-fields={FIELDS}"]
        if self._directory:
            command.append(f"--directory={self._directory}")
        if self._at_end:
            command += ["--follow", "--no-tail"]
        if self._reached:
            command.append(f"--cursor={self._reached}")
        elif self._since:
            command.append(f"--since=@{self._since}")
        return [*command, *wanted(*([] if self._directory else this_machine()))]


def _positions(entries: list[Entry]) -> Callable[[int], int]:
    starts = list(accumulate((len(entry.line) for entry in entries[:-1]), initial=0))
    numbers = [entry.position for entry in entries]

    def position_of(offset: int) -> int:
        return numbers[bisect_right(starts, offset) - 1]

    return position_of


def _beginning(start: Start) -> dict[str, Any]:
    moment = since(start)
    return {"since": f"{moment.timestamp():.6f}" if moment else None}
