"""Stamps of every form become the right moment; what is missing is completed from the stamp before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejectwatch.dialects.timestamps import Stamps, middle_of

TOKYO = ZoneInfo("Asia/Tokyo")
BERLIN = ZoneInfo("Europe/Berlin")
LATELY = datetime(2026, 11, 24, 4, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "stamp, moment",
    [
        (b"Nov  4 04:27:25", "2026-11-03T19:27:25"),
        (b"Nov 04 04:27:25", "2026-11-03T19:27:25"),
        (b"2026-11-04T04:27:25.012345+09:00", "2026-11-03T19:27:25.012345"),
        (b"2026-11-04T04:27:25+09:00", "2026-11-03T19:27:25"),
        (b"2026-11-04T04:27:25+0900", "2026-11-03T19:27:25"),
        (b"2026-11-04T04:27:25.153874123Z", "2026-11-04T04:27:25.153874"),
        (b"2026-11-04T04:27:25Z", "2026-11-04T04:27:25"),
        (b"2026-11-04T04:27:25", "2026-11-03T19:27:25"),
        (b"2026-11-24 07:54:18", "2026-11-23T22:54:18"),
        (b"2026-11-24 07:54:18.556", "2026-11-23T22:54:18.556"),
        (b"2026-11-24 07:54:18 -0500", "2026-11-24T12:54:18"),
        (b"2026-11-24 07:54:18.556 +0000", "2026-11-24T07:54:18.556"),
    ],
)
def test_each_form_of_a_stamp(stamp: bytes, moment: str) -> None:
    assert Stamps(TOKYO, LATELY).utc(stamp) == utc(moment)


@pytest.mark.parametrize(
    "before, stamp, moment",
    [
        ("2026-12-31T23:59:59", b"Jan  1 00:00:00", "2027-01-01T00:00:00"),
        ("2027-01-01T00:00:00", b"Dec 31 23:59:59", "2026-12-31T23:59:59"),
        ("2028-02-28T23:59:59", b"Feb 29 00:00:00", "2028-02-29T00:00:00"),
        ("2027-12-31T00:00:00", b"Feb 29 12:00:00", "2028-02-29T12:00:00"),
    ],
)
def test_a_stamp_without_a_year_is_the_nearest_to_the_one_before(
    before: str, stamp: bytes, moment: str
) -> None:
    assert Stamps(UTC, utc(before)).utc(stamp) == utc(moment)


def test_the_year_is_that_of_the_zone() -> None:
    new_year_in_tokyo = utc("2026-12-31T15:00:00")

    assert Stamps(TOKYO, utc("2026-12-31T14:59:59")).utc(b"Jan  1 00:00:00") == new_year_in_tokyo


@pytest.mark.parametrize("form", [b"Oct 25 %s", b"2026-10-25 %s", b"2026-10-25 %s.5"])
def test_the_hour_that_autumn_repeats_goes_on(form: bytes) -> None:
    stamps = Stamps(BERLIN, utc("2026-10-25T00:30:00"))
    clock = [b"02:40:00", b"02:59:59", b"02:00:00", b"02:30:00", b"03:00:00"]
    times = [stamps.utc(form % time).replace(microsecond=0) for time in clock]

    assert times == [
        utc(f"2026-10-25T{time}") for time in ("00:40:00", "00:59:59", "01:00:00", "01:30:00", "02:00:00")
    ]


def test_lines_a_little_out_of_order_do_not_skip_the_repeated_hour() -> None:
    stamps = Stamps(BERLIN, utc("2026-10-25T00:30:00"))
    times = [stamps.utc(b"Oct 25 02:30:0" + second) for second in (b"2", b"1", b"3")]

    assert times == [utc(f"2026-10-25T00:30:0{second}") for second in (2, 1, 3)]


@pytest.mark.parametrize(
    "wrong, moment",
    [
        (
            b"Jan  1 00:00:09",
            "2027-01-01T00:00:09",
        ),  # a machine that wakes without its time, and says no year
        (b"Nov 23 04:27:25", "2026-11-23T04:27:25"),
        (b"1970-01-01T00:00:09Z", "1970-01-01T00:00:09"),
        (b"2036-02-07T06:28:16Z", "2036-02-07T06:28:16"),
    ],
)
def test_a_clock_that_jumps_is_taken_at_its_word_and_believed_again_when_it_is_right(
    wrong: bytes, moment: str
) -> None:
    iso = wrong.endswith(b"Z")
    right = b"2026-11-24T04:27:25Z" if iso else b"Nov 24 04:27:25"
    stamps = Stamps(UTC, LATELY)
    times = [stamps.utc(stamp) for stamp in (right, wrong, right)]

    assert times == [utc("2026-11-24T04:27:25"), utc(moment), utc("2026-11-24T04:27:25")]


@pytest.mark.parametrize("stamp", [b"2027-06-01T04:27:25Z", b"Feb 26 04:27:26", b"2027-01-23T04:27:26Z"])
def test_a_stamp_far_ahead_of_the_moment_of_reading_is_taken_for_the_one_before(stamp: bytes) -> None:
    stamps = Stamps(UTC, LATELY, read_at=utc("2026-11-24T04:27:25"))
    times = [stamps.utc(one) for one in (b"2026-11-24T04:27:20Z", stamp, b"2027-01-23T04:27:25Z")]

    assert times == [
        utc("2026-11-24T04:27:20"),
        utc("2026-11-24T04:27:20"),
        utc("2027-01-23T04:27:25"),
    ]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)),  # noqa: DTZ001
    st.lists(st.tuples(st.integers(0, 30), st.integers(-150, 150)), max_size=20),
)
def test_a_year_is_not_lost_by_jumps_of_months(start: datetime, days: list[tuple[int, int]]) -> None:
    """Lines come at least once a month; between each two of them the clock jumps for a while."""
    at, stamps = start.replace(microsecond=0, tzinfo=UTC), Stamps(UTC, start.replace(tzinfo=UTC))
    for passed, jumped in days:
        at += timedelta(days=passed)

        assert stamps.utc(at.strftime("%b %e %H:%M:%S").encode()) == at
        stamps.utc((at + timedelta(days=jumped)).strftime("%b %e %H:%M:%S").encode())


@pytest.mark.parametrize("before, after", [("2027-11-24", "2028-02-29"), ("2028-10-01", "2028-02-29")])
def test_the_leap_day_is_of_the_leap_year_nearby(before: str, after: str) -> None:
    assert Stamps(UTC, utc(f"{before}T04:00:00")).utc(b"Feb 29 12:00:00") == utc(f"{after}T12:00:00")


def test_the_hour_that_spring_leaves_out_is_some_moment_nearby() -> None:
    moment = Stamps(BERLIN, utc("2026-03-29T00:59:59")).utc(b"Mar 29 02:30:00")

    assert abs(moment - utc("2026-03-29T01:00:00")) <= timedelta(minutes=30)


@pytest.mark.parametrize(
    "stamp, moment",
    [
        (b"Nov 4 04:27:25", "2026-11-03T19:27:25"),
        (b"Nov  4 2024 04:27:25", "2024-11-03T19:27:25"),
        (b"2024 Nov  4 04:27:25", "2024-11-03T19:27:25"),
        (b"Nov  4 04:27:25.5", "2026-11-03T19:27:25.5"),
        (b"Wed Nov  4 04:27:25 2026 mail.info", "2026-11-03T19:27:25"),
        (b"2026-11-04T04:27:25,012345+09:00", "2026-11-03T19:27:25.012345"),
        (b"2026-11-04T04:27:25.012345678+09:00", "2026-11-03T19:27:25.012345"),
        (b"2026-11-04T04:27:25.0+09", "2026-11-03T19:27:25"),
        (b"2026-11-04T04:27:25-03:30", "2026-11-04T07:57:25"),
        (b"2026-11-04 04:27:25.012345-0330", "2026-11-04T07:57:25.012345"),
        (b"2026-11-04 04:27:25,012", "2026-11-03T19:27:25.012"),
        (b"2026-11-04 04:27:25 UTC", "2026-11-04T04:27:25"),
        (b"1793730445", "2026-11-03T18:27:25"),
        (b"1793730445.012345", "2026-11-03T18:27:25.012345"),
        (b"@400000006aea27970bebc200", "2026-11-03T18:27:25"),
        (b"2026-11-04_04:27:25.01234", "2026-11-04T04:27:25.01234"),
        (b"2026-11-04T04:27:25.01234 Nov  4 13:27:25", "2026-11-04T04:27:25.01234"),
        (b"2026-11-04 04:27:25.01234  Nov  4 13:27:25", "2026-11-03T19:27:25.01234"),
    ],
)
def test_each_form_that_is_met_less_often(stamp: bytes, moment: str) -> None:
    assert Stamps(TOKYO, LATELY).utc(stamp) == utc(moment)


@pytest.mark.parametrize(
    "zone, stamp, moment",
    [
        ("Asia/Tokyo", b"Wed 2026-11-04 04:27:25 JST", "2026-11-03T19:27:25"),
        ("UTC", b"Wed 2026-11-04 04:27:25 JST", "2026-11-03T19:27:25"),
        ("Asia/Tokyo", b"Wed 2026-11-04 04:27:25 UTC", "2026-11-04T04:27:25"),
        ("Asia/Tokyo", b"Wed 2026-11-04 04:27:25 +0530", "2026-11-03T22:57:25"),
        ("America/Sao_Paulo", b"Wed 2026-11-04 04:27:25 -03", "2026-11-04T07:27:25"),
        ("UTC", b"Wed 2026-07-08 04:27:25 EDT", "2026-07-08T08:27:25"),
        ("Europe/Berlin", b"Sun 2026-10-25 02:30:00 CEST", "2026-10-25T00:30:00"),
        ("Europe/Berlin", b"Sun 2026-10-25 02:30:00 CET", "2026-10-25T01:30:00"),
        ("UTC", b"Sun 2026-10-25 02:30:00 CET", "2026-10-25T01:30:00"),
        ("Asia/Shanghai", b"Wed 2026-11-04 04:27:25 CST", "2026-11-03T20:27:25"),  # not that of America
        ("America/Chicago", b"Wed 2026-11-04 04:27:25 CST", "2026-11-04T10:27:25"),
        ("Asia/Kolkata", b"Wed 2026-11-04 04:27:25 IST", "2026-11-03T22:57:25"),
        ("Asia/Tokyo", b"Wed 2026-11-04 04:27:25 XYZ", "2026-11-03T19:27:25"),  # unknown: the log's own
    ],
)
def test_a_zone_is_known_by_its_name(zone: str, stamp: bytes, moment: str) -> None:
    assert Stamps(ZoneInfo(zone), LATELY).utc(stamp) == utc(moment)


@pytest.mark.parametrize(
    "stamp",
    [b"Dec 31 23:59:60", b"2026-12-31T23:59:60Z", b"2026-12-31 23:59:60", b"2026-12-31T23:59:60.0+00:00"],
)
def test_a_leap_second_is_the_second_behind_the_last(stamp: bytes) -> None:
    assert Stamps(UTC, utc("2026-12-31T23:59:00")).utc(stamp) == utc("2027-01-01T00:00:00")


@pytest.mark.parametrize(
    "zone, day, repeats",
    [
        ("Europe/Berlin", "Oct 25", ["02:00:00", "02:59:59", "02:00:01", "02:30:00", "03:00:00"]),
        (
            "Australia/Lord_Howe",
            "Apr  5",
            ["01:30:00", "01:59:59", "01:30:01", "01:45:00", "02:00:00"],
        ),  # half an hour
        ("America/New_York", "Nov  1", ["01:00:00", "01:59:59", "01:00:01", "01:30:00", "02:00:00"]),
    ],
)
@pytest.mark.parametrize("before", [True, False], ids=["within a log", "at its begin"])
def test_time_goes_on_through_the_hour_that_autumn_repeats(
    zone: str, day: str, repeats: list[str], *, before: bool
) -> None:
    at_home = ZoneInfo(zone)
    written = datetime.strptime(f"2026 {day} 12:00:00", "%Y %b %d %H:%M:%S").replace(tzinfo=at_home)
    stamps = Stamps(at_home, written, begins=True)
    clock = [*(["00:59:59"] if before else []), *repeats]
    moments = [stamps.utc(f"{day} {time}".encode()) for time in clock]

    assert moments == sorted(moments)
    assert moments[-1].astimezone(at_home).strftime("%H:%M:%S") == repeats[-1]
    length = timedelta(minutes=60 if zone == "Australia/Lord_Howe" else 120)
    assert moments[-1] - moments[-len(repeats)] == length


@pytest.mark.parametrize(
    "zone, day, clock",
    [
        ("Europe/Berlin", "Mar 29", ["01:59:59", "03:00:00"]),
        ("Australia/Lord_Howe", "Oct  4", ["01:59:59", "02:30:00"]),
        ("America/New_York", "Mar  8", ["01:59:59", "03:00:00"]),
    ],
)
def test_a_second_passes_where_spring_leaves_an_hour_out(zone: str, day: str, clock: list[str]) -> None:
    stamps = Stamps(ZoneInfo(zone), utc("2026-12-01T00:00:00"), begins=True)
    before, after = [stamps.utc(f"{day} {time}".encode()) for time in clock]

    assert after - before == timedelta(seconds=1)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize("year", [2023, 2024])
@pytest.mark.parametrize(
    "stamp", [b"Jan  1 00:00:00", b"Feb 28 12:00:00", b"Jul  2 00:00:00", b"Dec 31 23:59:59"]
)
def test_each_day_of_a_year_is_nearest_to_its_middle(zone: str, year: int, stamp: bytes) -> None:
    at = Stamps(ZoneInfo(zone), middle_of(year, ZoneInfo(zone))).utc(stamp)

    assert at.astimezone(ZoneInfo(zone)).year == year


def test_a_log_goes_over_new_year_and_a_leap_day() -> None:
    stamps = Stamps(UTC, utc("2028-03-01T00:00:00"), begins=True)
    clock = [
        b"Dec 31 23:59:59",
        b"Jan  1 00:00:00",
        b"Feb 28 23:59:59",
        b"Feb 29 00:00:00",
        b"Mar  1 00:00:00",
    ]

    assert [stamps.utc(one).strftime("%F %T") for one in clock] == [
        "2027-12-31 23:59:59", "2028-01-01 00:00:00", "2028-02-28 23:59:59", "2028-02-29 00:00:00", "2028-03-01 00:00:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "stamp",
    [
        b"", b"Feb 30 04:27:25", b"Feb 29 04:27:25", b"Xyz 24 04:27:25", b"Nov 24 24:00:00", b"Nov 24 04:27:61",
        b"garbage", b"2026-02-30T04:27:25Z", b"0001-01-01T00:00:00+09:00", b"9999-12-31T23:59:59-09:00", b"\xff\0",
    ],
)  # fmt: skip
def test_an_impossible_stamp_is_taken_for_the_one_before(stamp: bytes) -> None:
    stamps = Stamps(UTC, LATELY)

    assert (stamps.utc(stamp), stamps.nearest) == (LATELY, LATELY)


def test_nearest_is_the_last_answer() -> None:
    stamps = Stamps(TOKYO, LATELY)
    answers = [
        stamps.utc(stamp) for stamp in (b"Nov 24 04:27:25", b"Nov 24 04:27:26", b"2026-11-24T04:27:25Z")
    ]

    assert stamps.nearest == answers[-1]


MOMENTS = st.datetimes(
    utc("2026-01-01T00:00:00").replace(tzinfo=None), utc("2028-12-31T00:00:00").replace(tzinfo=None)
)
STAMPS = MOMENTS.map(lambda moment: moment.strftime("%b %e %H:%M:%S")) | MOMENTS.map(str)


@given(st.lists(STAMPS.map(str.encode) | st.binary(max_size=20), max_size=20))
def test_the_memory_of_a_minute_never_shows(stamps: list[bytes]) -> None:
    remembering, nearest = Stamps(BERLIN, LATELY), LATELY
    for stamp in [again for one in stamps for again in (one, one[:-1] + b"0", one)]:
        nearest = Stamps(BERLIN, nearest).utc(stamp)

        assert remembering.utc(stamp) == nearest


@pytest.mark.parametrize(
    "stamp, moment",
    [
        (b"<22>1 2026-11-04T04:27:25.012345+09:00", "2026-11-03T19:27:25.012345+00:00"),
        (b"1 2026-11-04T04:27:25Z", "2026-11-04T04:27:25+00:00"),
        (b"<22>Nov  4 04:27:25", "2026-11-04T04:27:25+00:00"),
        (b"2026-11-04T04:27:25.153874123Z Nov 04 13:27:25", "2026-11-04T04:27:25.153874+00:00"),
        (b"Nov 04 04:27:25.153874", "2026-11-04T04:27:25.153874+00:00"),
        (b"123 <22>1 2026-11-04T04:27:25Z", "2026-11-04T04:27:25+00:00"),
        (b"mail.log:27:2026-11-04T04:27:25Z", "2026-11-04T04:27:25+00:00"),
        (b"mail-1  | 2026-11-04T04:27:25.5Z Nov 04 13:27:25", "2026-11-04T04:27:25.5+00:00"),
        (b"2026-11-04_04:27:25.15387 Nov  4 13:27:25", "2026-11-04T04:27:25.15387+00:00"),  # svlogd -tt
        (b"2026-11-04T04:27:25.15387 Nov  4 13:27:25", "2026-11-04T04:27:25.15387+00:00"),  # svlogd -ttt
        (
            b"@4000000069017bcd0f8b1c2c Nov  4 04:27:25",
            "2026-11-04T04:27:25+00:00",
        ),  # multilog: not its own time
        (b"\xef\xbb\xbfNov  4 04:27:25", "2026-11-04T04:27:25+00:00"),
    ],
)
def test_a_stamp_with_something_before_or_behind_it(stamp: bytes, moment: str) -> None:
    assert Stamps(UTC, datetime(2026, 11, 1, tzinfo=UTC)).utc(stamp) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "written, stamp, year",
    [
        ("2026-12-20", b"Feb  5 04:27:25", 2026),  # most of a year in one file
        ("2026-12-20", b"Dec 31 04:27:25", 2026),  # a clock that is wrong, or a file that was touched
        ("2026-01-02", b"Dec 30 04:27:25", 2025),
        ("2026-01-02", b"Mar 30 04:27:25", 2025),
    ],
)
def test_the_first_stamp_of_a_log_lies_before_the_time_of_its_file(
    written: str, stamp: bytes, year: int
) -> None:
    stamps = Stamps(UTC, datetime.fromisoformat(written).replace(tzinfo=UTC), begins=True)

    assert stamps.utc(stamp).year == year
    assert not stamps.begins
