"""The times of a log: every form that a stamp has, completed to UTC.

A stamp without a zone is local time of the log's zone, one without a year (traditional syslog) is of the
year in which it is nearest to the stamp before it. So the answers depend on the order of the questions,
and `nearest`, the last answer, has to be kept with the position in the log.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from rejectwatch.dialects.moments import HOURS_FROM_UTC, Moment, moment

_SECONDS = {b"%02d" % second: timedelta(seconds=second) for second in range(60)}

AHEAD = timedelta(days=60)
"""So far the clock of a log may be wrong and is taken at its word. What lies further ahead is nobody's present."""

_DISORDER = timedelta(minutes=1)
"""How far the lines of a log may lie before each other."""


_BEFORE_ITS_FILE = timedelta(days=152)
"""How long before its file's time the first line of a log is looked for: so it may be eleven months older, one newer."""

EARLIEST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


class Stamps:
    """Turns the stamps of one source into times. `nearest` is aware; it becomes the last time answered,
    `reached` the latest.

    `read_at`: when the lines were read. What is far ahead of it no clock can have meant: one such line would
    otherwise move the time of all that is decided, and the year of all stamps without one.

    `begins`: no stamp of this log is known yet, and `nearest` is the time of its file. Then a first stamp without a
    year may be most of a year old, but hardly ahead. `first` becomes its time.
    """

    def __init__(
        self,
        zone: tzinfo,
        nearest: datetime,
        read_at: datetime | None = None,
        *,
        begins: bool = False,
        reached: datetime = EARLIEST,
    ) -> None:
        self._zone = zone
        self._latest = _LAST if read_at is None or read_at > _LAST - AHEAD else read_at + AHEAD
        self.nearest = nearest.astimezone(UTC)
        self.reached = reached
        self.begins = begins
        self.first: datetime | None = None
        self._minute: bytes | None = None
        self._minute_began = self.nearest

    def utc(self, stamp: bytes) -> datetime:
        """The time of a stamp; an impossible one (30 February, next year, garbage) is taken for the one before it."""
        second = _SECONDS.get(stamp[-2:])
        if second is not None and stamp[:-2] == self._minute:
            self.nearest = at = self._minute_began + second
            if at > self.reached:  # noqa: PLR1730 — for each line; `max` costs twice as much
                self.reached = at
            return at
        try:
            completed = self._completed(stamp)
        except (ValueError, OverflowError):
            return self.nearest
        if completed > self._latest:
            return self.nearest
        self.nearest = completed
        self.reached = max(self.reached, completed)
        if self.begins:
            self.begins, self.first = False, completed
        self._remember(stamp, second)
        return self.nearest

    def _remember(self, stamp: bytes, second: timedelta | None) -> None:
        """Keep the minute of a stamp that ends with its seconds; `25+09:00` and `25.123456` do not."""
        if second is None or stamp[-3:-2] != b":" or len(stamp) > len(b"2026-11-04 04:27:25"):
            self._minute = None
            return
        self._minute = stamp[:-2]
        self._minute_began = self.nearest - second

    def _completed(self, stamp: bytes) -> datetime:
        if stamp[4:5] == b"-" and stamp[10:11] in (b"T", b" "):
            try:  # Exim writes a blank before the zone.
                time = datetime.fromisoformat(stamp.decode("ascii").replace(" +", "+").replace(" -", "-"))
            except ValueError:
                return self._of_moment(moment(stamp))
            return self._nearest_of([time]) if time.tzinfo is None else time.astimezone(UTC)
        return self._of_moment(moment(stamp))

    def _of_moment(self, written: Moment) -> datetime:
        local, zone = self._of_each_year(written), written.zone
        if zone is None:
            at = self._nearest_of(local)
        elif isinstance(zone, tzinfo):
            at = local[0].replace(tzinfo=zone).astimezone(UTC)
        else:
            at = self._in_zone_called(zone, local[0])
        return at + written.and_then

    def _in_zone_called(self, name: str, local: datetime) -> datetime:
        """Where several zones have one name, the log's own is meant."""
        for reading in self._readings(local):
            if reading.astimezone(self._zone).tzname() == name:
                return reading
        hours = HOURS_FROM_UTC.get(name)
        return (
            self._nearest_of([local])
            if hours is None
            else (local - timedelta(hours=hours)).replace(tzinfo=UTC)
        )

    def _expected(self) -> datetime:
        is_known = not self.begins or self.nearest - EARLIEST < _BEFORE_ITS_FILE
        return self.nearest if is_known else self.nearest - _BEFORE_ITS_FILE

    def _of_each_year(self, written: Moment) -> list[datetime]:
        """A time without a year in last, this and next year, where there is such a day."""
        if written.year is not None:
            return [datetime(written.year, *written.in_year)]  # noqa: DTZ001
        year = self._expected().astimezone(self._zone).year
        days = []
        for candidate in (year, year - 1, year + 1):
            try:
                days.append(datetime(candidate, *written.in_year))  # noqa: DTZ001
            except ValueError:
                continue
        return days

    def _nearest_of(self, local: list[datetime]) -> datetime:
        """The nearest of these local times. An hour that autumn repeats is read so that the log goes on."""
        earlier, later = min(
            (sorted(self._readings(time)) for time in local), key=lambda both: abs(both[0] - self._expected())
        )
        return earlier if self.begins or earlier >= self.nearest - _DISORDER else later

    def _readings(self, local: datetime) -> list[datetime]:
        return [
            local.replace(tzinfo=self._zone, fold=fold).astimezone(UTC).replace(fold=0) for fold in (0, 1)
        ]


def middle_of(year: int, zone: tzinfo) -> datetime:
    """The moment to which every day of a year is nearest in that year."""
    begin, end = (
        datetime(year, 1, 1, tzinfo=zone).astimezone(UTC),
        datetime(year + 1, 1, 1, tzinfo=zone).astimezone(UTC),
    )
    return begin + (end - begin) / 2
