"""A child process of a test: its output kept, ended by its own id, nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from parts.waiting import NotInTime, until

TAIL = 4_000


def tail(path: Path, size: int = TAIL) -> str:
    """The end of a file, for a failure text."""
    if not path.exists():
        return f"({path} does not exist)"
    return path.read_bytes()[-size:].decode(errors="backslashreplace")


class Child:
    """One server process, in a process group of its own."""

    def __init__(
        self,
        command: Sequence[str | Path],
        output: Path,
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        directory: Path | None = None,
    ) -> None:
        self.command = [str(word) for word in command]
        self.output = output
        with output.open("ab") as sink:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=dict(env) if env is not None else None,
                cwd=directory,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def story(self) -> str:
        """What the process was and said, for a failure text."""
        state = "still running" if self.running else f"ended with {self._process.returncode}"
        return f"{' '.join(self.command)}: {state}; it said:\n{tail(self.output)}"

    def must_run(self) -> None:
        """Fail at once, with its own words, if the process has ended."""
        if not self.running:
            raise AssertionError(self.story())

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """Ask it to end, wait for it and for its children; kill what does not listen."""
        if self.running:
            self.send(number)
        try:
            self._process.wait(seconds)
            until(lambda: not self._group_lives(), seconds, f"the children of {self.command[0]}")
        except (subprocess.TimeoutExpired, NotInTime):
            self._kill_group()
            raise AssertionError(f"did not end in {seconds:g} s: {self.story()}") from None
        return self._process.returncode

    def kill(self) -> None:
        """SIGKILL to the process and its children, as a crash of the machine would."""
        self._kill_group()

    def _group_lives(self) -> bool:
        """Whether a process is left that was born in our process group.

        The dead that nobody has asked for yet do not count: in a container, process 1 may
        take long to do so, or never do it.
        """
        return any(group == self.pid and state != "Z" for state, group in map(_state, _process_folders()))

    def _kill_group(self) -> None:
        if self._group_lives():
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def _process_folders() -> list[Path]:
    return [folder for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def _state(folder: Path) -> tuple[str, int]:
    """State and process group of a process; of one that is gone meanwhile, nothing."""
    try:
        stat = (folder / "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "Z", 0
    state, _, group, *_ = stat.rpartition(")")[2].split()  # the name before it may hold blanks
    return state, int(group)
