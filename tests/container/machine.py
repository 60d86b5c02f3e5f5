"""`Machine`: a whole Debian with systemd as process 1, in a container of its own."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from container.roots import mounted
from parts.packages import program, root_needed
from parts.processes import Child, tail
from parts.waiting import until

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
}
HOST = "mail.corp.example"
BOOT_SECONDS = 60
RUNS = {"running", "degraded"}
"""What `systemctl is-system-running` says when the boot is over; degraded: something else has failed."""


class Machine:
    """Booted from `with` to the end of the block, with a network of its own: loopback, and nothing else.

    - `run("systemctl …")` gives what a shell inside printed; it fails unless the exit code is 0.
    - `path("/etc/…")` is that file on its disk, as this side sees it.
    - `layers` is what it starts from; what it writes goes into a layer of its own, `layers` of the next one.
    """

    def __init__(self, folder: Path, layers: list[Path]) -> None:
        root_needed("a container")
        self._folder = folder
        self._below = layers
        self._root = Path()
        self._ends = ExitStack()
        self._leader = 0

    def __enter__(self) -> Self:
        with ExitStack() as ends:
            self._boot(ends)
            self._ends = ends.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    @property
    def layers(self) -> list[Path]:
        return [self._folder / "written", *self._below]

    # ── commands ──

    def attempt(self, command: str, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a command line inside; standard error is part of what it printed."""
        words = ["nsenter", "-t", str(self._leader), "-a", "sh", "-c", command]
        return subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="backslashreplace",
            env=ENVIRONMENT,
            timeout=seconds,
            check=False,
        )

    def run(self, command: str, seconds: float = 300) -> str:
        ran = self.attempt(command, seconds)
        assert ran.returncode == 0, f"{command}: {ran.returncode}\n{ran.stdout}"
        return ran.stdout.rstrip("\n")

    def install(self, deb: Path) -> str:
        """As unattended upgrades do it: nobody is asked. There is no network: what it needs has to be there."""
        return self.run(f"DEBIAN_FRONTEND=noninteractive apt-get -q -y install {self.give(deb)}")

    # ── files ──

    def path(self, inside: str) -> Path:
        return self._root / inside.lstrip("/")

    def give(self, file: Path) -> str:
        """Copy a file into it; where it lies there."""
        shutil.copyfile(file, self.path(f"/srv/{file.name}"))
        return f"/srv/{file.name}"

    def write(self, inside: str, text: str, mode: int = 0o644) -> None:
        file = self.path(inside)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    # ── systemd ──

    def show(self, unit: str, name: str) -> str:
        """A property of a unit, such as ActiveState."""
        return self.run(f"systemctl show --value -p {name} {unit}")

    def journal(self, unit: str) -> str:
        """What a unit, and systemd about it, has said since the boot."""
        return self.run(f"journalctl -q -b -o cat -u {unit}")

    def until_said(self, unit: str, text: str, seconds: float = 30) -> None:
        """Until the journal of a unit holds these words."""
        until(lambda: text in self.journal(unit), seconds, lambda: f"{text!r} in {self.journal(unit)}")

    # ── boot and end ──

    def _boot(self, ends: ExitStack) -> None:
        self.layers[0].mkdir(parents=True)
        self._root = ends.enter_context(mounted(self.layers))
        self.write("/etc/hostname", f"{HOST}\n")
        self.write("/etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {HOST}\n")
        group = f"rejectwatch-test-{secrets.token_hex(4)}"  # one name: nspawn copies it from one hierarchy to the other
        cgroups = [ends.enter_context(_Cgroup(folder / group)) for folder in _hierarchies()]
        options = "-q --register=no --keep-unit --private-network --boot --console=read-only".split()
        nspawn: list[str | Path] = [program("systemd-nspawn", "systemd-container"), *options]
        joins = "".join(f"echo $$ >{cgroup.folder}/cgroup.procs && " for cgroup in cgroups)
        console = self._folder / "console"
        child = Child(
            ["sh", "-c", f'{joins}exec "$@"', "sh", *nspawn, f"--hostname={HOST}", "-D", self._root],
            console,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
        )
        ends.callback(child.stop, signal.SIGTERM, BOOT_SECONDS)  # nspawn asks process 1 to halt

        def is_up() -> bool:
            child.must_run()
            self._leader = self._leader or _leader_of(child.pid)
            return bool(self._leader) and self._says_so()

        until(is_up, BOOT_SECONDS, lambda: f"the boot:\n{tail(console)}")

    def _says_so(self) -> bool:
        return self.attempt("systemctl is-system-running").stdout.strip() in RUNS


class _Cgroup:
    """Two machines that nobody registers would use one control group, and end each other's services."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Self:
        self.folder.mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for folder, _, _ in os.walk(self.folder, topdown=False):
            Path(folder).rmdir()


def _hierarchies() -> list[Path]:
    """Where this machine shows the control groups that systemd uses."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [
        Path(place)
        for _, place, kind, options, *_ in mounts
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(","))
    ]


def _leader_of(nspawn: int) -> int:
    """The child that is process 1 inside; there is another one for a moment."""
    children = Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()
    return next((int(child) for child in children if _pids(child)[1:] == ["1"]), 0)


def _pids(pid: str) -> list[str]:
    """What a process is called in each namespace, outermost first."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # gone meanwhile
        return []
    return re.findall(r"\d+", status.partition("NSpid:")[2].partition("\n")[0])
