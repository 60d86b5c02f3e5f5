"""What time it was, in logs whose stamps name no year and no zone: from one file, from several, from copies."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.lines import scanned

HANDED_OVER = (
    "{at} mail postfix/submission/smtpd[100]: 4XyzAb12cD: client=pc1.corp.example[192.0.2.7], sasl_method=PLAIN,"
    " sasl_username=bob\n"
)
BOUNCED = (
    "{at} mail postfix/smtp[101]: 4XyzAb12cD: to=<gone@partner.example>, relay=mx.partner.example[198.51.100.9]:25,"
    " delay=3, delays=1/0/1/1, dsn=5.1.1, status=bounced (host mx.partner.example[198.51.100.9] said:"
    " 553 5.1.1 no such user here (in reply to RCPT TO command))\n"
)


def written(path: Path, text: str, at: str, *, packed_at: str | None = None) -> Path:
    """A log, last written at that time; packed: with the time that gzip keeps of it."""
    if packed_at is None:
        path.write_text(text)
    else:
        with gzip.GzipFile(path, "wb", mtime=_seconds(packed_at)) as packed:
            packed.write(text.encode())
    os.utime(path, (_seconds(at), _seconds(at)))
    return path


def _seconds(at: str) -> int:
    return int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())


def test_rotated_logs_are_read_in_order_whichever_is_given_first(tmp_path: Path) -> None:
    """All of them copied today, one of them most of a year old."""
    first = written(tmp_path / "b", HANDED_OVER.format(at="Jan 20 04:27:25"), "2026-11-20")
    last = written(tmp_path / "a", BOUNCED.format(at="Oct  3 04:27:25"), "2026-11-20")

    for files in ([first, last], [last, first]):
        (record,) = scanned("--timezone", "UTC", *files)

        assert (record["user"], record["occurred_at"]) == ("bob", "2026-10-03T04:27:25Z")


def test_rotated_logs_are_read_in_order_over_new_year(tmp_path: Path) -> None:
    first = written(tmp_path / "b", HANDED_OVER.format(at="Dec 31 23:59:59"), "2027-01-20")
    last = written(tmp_path / "a", BOUNCED.format(at="Jan  1 00:00:00"), "2027-01-20")

    for files in ([first, last], [last, first]):
        (record,) = scanned("--timezone", "UTC", *files)

        assert (record["user"], record["occurred_at"]) == ("bob", "2027-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "packed_at, year", [("2024-11-05", 2024), ("1970-01-01", 2026), ("2030-01-01", 2026)],
    ids=["kept", "gzip -n", "a clock that was wrong"],
)  # fmt: skip
def test_a_packed_log_knows_itself_when_it_was_written(tmp_path: Path, packed_at: str, year: int) -> None:
    log = written(
        tmp_path / "mail.log.1.gz", BOUNCED.format(at="Nov  4 04:27:25"), "2026-11-20", packed_at=packed_at
    )
    (record,) = scanned("--timezone", "UTC", log)

    assert record["occurred_at"] == f"{year}-11-04T04:27:25Z"


def test_of_a_copy_that_is_years_old_the_year_has_to_be_said(tmp_path: Path) -> None:
    text = BOUNCED.format(at="Dec 31 23:59:59") + BOUNCED.format(at="Jan  1 00:00:00")
    log = written(tmp_path / "mail.log", text, "2026-11-20")
    records = scanned("--timezone", "Asia/Tokyo", "--year", "2023", log)

    assert [one["occurred_at"] for one in records] == ["2023-12-31T14:59:59Z", "2023-12-31T15:00:00Z"]


def test_a_year_that_stands_in_the_log_is_believed(tmp_path: Path) -> None:
    log = written(tmp_path / "mail.log", BOUNCED.format(at="Nov  4 2021 04:27:25"), "2026-11-20")
    (record,) = scanned("--timezone", "UTC", "--year", "2023", log)

    assert record["occurred_at"] == "2021-11-04T04:27:25Z"
