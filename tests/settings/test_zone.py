from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import TZPATH

import pytest

from rejectwatch import zone as module
from rejectwatch.zone import local_zone

WINTER = datetime(2026, 1, 15, 12, 0)  # noqa: DTZ001  # the zone is what is tested
SUMMER = datetime(2026, 7, 15, 12, 0)  # noqa: DTZ001


def hours(at: datetime = WINTER) -> float:
    offset = at.replace(tzinfo=local_zone()).utcoffset()
    assert offset is not None
    return offset / timedelta(hours=1)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("Asia/Tokyo", 9),
        (":Asia/Tokyo", 9),
        ("JST-9", 9),
        ("EST5", -5),
        ("<+0530>-5:30", 5.5),
        ("UTC", 0),
        ("Mars/Olympus", 0),
        ("../../etc/passwd", 0),
    ],
)
def test_the_variable_of_the_environment_is_understood_as_the_system_does(
    name: str, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", name)

    assert hours() == expected


def tokyo() -> Path:
    found = next((path for folder in TZPATH if (path := Path(folder) / "Asia/Tokyo").exists()), None)
    if found is None:
        pytest.skip("this machine has no files of time zones")
    return found


def test_it_may_name_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", f":{tokyo()}")

    assert hours() == 9


def test_without_it_the_machine_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(module, "LOCALTIME", tokyo())

    assert hours() == 9


@pytest.mark.parametrize("content", [None, b"", b"no zone"])
def test_a_machine_that_says_nothing_has_utc(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr(module, "LOCALTIME", tmp_path / "localtime")
    if content is not None:
        (tmp_path / "localtime").write_bytes(content)

    assert local_zone() is UTC


def test_summer_time_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")

    assert (hours(WINTER), hours(SUMMER)) == (1, 2)
