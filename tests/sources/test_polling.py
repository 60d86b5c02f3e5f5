"""Nothing rests on the system's file events: when they are lost, late or not to be had, lines come all the same."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from parts.packages import Missing, program, root_needed
from parts.processes import Child
from parts.waiting import until
from sources.logdir import PACK, compress, rotate

pytestmark = pytest.mark.slow

FOLLOW = """
import os, sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from rejectwatch.sources.file import File
from rejectwatch.sources.interface import Start
from rejectwatch.sources.wake import Waker

class Broken(Waker):
    def dispatch(self, event):
        print("broken", file=sys.stderr, flush=True)
        raise RuntimeError("broken")

if "nobody" in sys.argv:
    os.setgid(65534); os.setgroups([]); os.setuid(65534)
clock = partial(datetime.now, UTC)
source = File(
    "mail", Path(sys.argv[1]), checkpoint=None, start=Start("end", clock()), clock=clock,
    time_of=lambda line, near: None, max_alert_age=timedelta(hours=1),
)
waker = Broken() if "broken" in sys.argv else Waker()
told = ready = False
while True:
    while (batch := source.read()) is not None:
        sys.stdout.buffer.write(batch.block)
        sys.stdout.flush()
    waker.watch(source.watched())
    if waker.deaf and not told:
        told = True
        print("deaf", file=sys.stderr, flush=True)
    if not ready:
        ready = True
        print("ready", file=sys.stderr, flush=True)
    waker.wait(1.0)
"""


@cache
def without_inotify(limit: str = "max_inotify_instances") -> list[str]:
    """What a command has to begin with so that it gets nothing from inotify."""
    root_needed("a user namespace with limits of its own")
    unshare = program("unshare", "util-linux")
    script = f'echo 0 > /proc/sys/user/{limit} && exec "$@"'
    words = [str(unshare), "--user", "--map-root-user", "sh", "-c", script, "sh"]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise Missing(f"user namespaces are not allowed here ({tried.stderr.strip()})")
    return words


class Following:
    """A process that follows a log and writes what it reads to a file."""

    def __init__(self, child: Child, output: Path) -> None:
        self.child = child
        self._output = output

    @property
    def said(self) -> bytes:
        return self._output.read_bytes()

    def until_read(self, line: bytes, seconds: float = 20) -> None:
        until(lambda: line in self.said, seconds, lambda: f"{line!r} in {self.said!r}")


@contextmanager
def following(path: Path, *how: str, prefix: tuple[str, ...] = ()) -> Iterator[Following]:
    output = path.parent.parent / "output"
    child = Child(
        [*prefix, sys.executable, "-c", FOLLOW, str(path), *how],
        output,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        one = Following(child, output)
        one.until_read(b"ready\n")
        yield one
    finally:
        child.send(signal.SIGKILL)
        until(lambda: not child.running)


@pytest.fixture
def path(place: Path) -> Path:
    (place / "log").mkdir()
    path = place / "log" / "mail.log"
    path.touch()
    return path


def append(path: Path, line: bytes) -> None:
    with path.open("ab") as log:
        log.write(line)


def test_a_line_is_found_within_five_seconds_though_the_event_queue_overflowed(path: Path) -> None:
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text("ascii"))
    with following(path) as one:
        one.child.send(signal.SIGSTOP)
        for number in range(max(20_000, most + 1000) // 2):  # made and deleted: two events each
            other = path.parent / f"{number}"
            other.touch()
            other.unlink()
        append(path, b"written while nobody listened\n")
        one.child.send(signal.SIGCONT)
        one.until_read(b"written while nobody listened\n", seconds=5)
        append(path, b"and after it\n")
        one.until_read(b"and after it\n", seconds=5)


@pytest.mark.parametrize("limit", ["max_inotify_instances", "max_inotify_watches"])
def test_without_a_watch_lines_are_found_by_looking(path: Path, limit: str) -> None:
    with following(path, prefix=tuple(without_inotify(limit))) as one:
        append(path, b"a line\n")
        one.until_read(b"a line\n", seconds=5)

        assert b"deaf\n" in one.said


def test_in_a_folder_that_may_not_be_listed_lines_are_found_by_looking(path: Path) -> None:
    path.parent.chmod(0o711)
    with following(path, "nobody") as one:
        append(path, b"a line\n")
        one.until_read(b"a line\n", seconds=5)

        assert b"deaf\n" in one.said


def test_lines_come_though_the_thread_that_hears_events_is_dead(path: Path) -> None:
    with following(path, "broken") as one:
        append(path, b"what kills it\n")
        one.until_read(b"broken\n")
        one.until_read(b"what kills it\n", seconds=5)
        append(path, b"after its death\n")
        one.until_read(b"after its death\n", seconds=5)


@pytest.mark.parametrize("heard", [True, False], ids=["inotify", "no inotify"])
def test_everything_that_happens_to_a_log_is_followed_with_and_without_file_events(
    path: Path, heard: bool
) -> None:
    place = path.parent.parent
    with following(path, prefix=() if heard else tuple(without_inotify())) as one:
        step = iter(range(100))

        def written(log: Path = path) -> None:
            line = b"%04d: a line long enough to tell one file from another by its first lines\n" % next(step)
            append(log, line)
            one.until_read(line, seconds=5)

        written()
        late = path.open("ab", buffering=0)
        rotate(path)
        late.write(b"written late\n")
        one.until_read(b"written late\n", seconds=5)
        written()
        for suffix in PACK:
            rotate(path)
            compress(path.with_name("mail.log.1"), suffix)
            written()
        append(path, b"only in the copy\n")
        shutil.copy(path, path.with_name("mail.log-20261124"))
        os.truncate(path, 0)
        written()
        path.unlink()
        written()
        path.parent.rename(place / "away")
        written(place / "away" / "mail.log")
        path.parent.mkdir()
        written()
        path.parent.rename(place / "real")
        (place / "log").symlink_to("real")
        written()
        (place / "other").mkdir()
        written(place / "real" / "mail.log")
        (place / "link").symlink_to("other")
        (place / "link").rename(place / "log")
        written()
        late.close()

        lines = one.said.split(b"\n")
        assert sum(line[:4].isdigit() for line in lines) == next(step)
        assert heard or b"deaf" in lines
