"""The file systems that the machines start from: Debian, and what an administrator has installed on it.

Each is a layer upon another and is made once: `.cache/nspawn/NAME-HASH`. What is in it is part of its name, so
that a changed list makes a new one. A layer is never written to again; a machine writes into one of its own.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from parts.packages import CHECKOUT, program, root_needed

CACHE = CHECKOUT / ".cache" / "nspawn"
RELEASE = "bookworm"
"""The package is built for the Python of this Debian."""
MIRROR = "http://deb.debian.org/debian"

BARE = "systemd systemd-sysv dbus procps python3 ca-certificates tzdata".split()
NOTHING_STARTS = "#!/bin/sh\nexit 101\n"
"""For /usr/sbin/policy-rc.d, while packages are installed in a root that has not booted."""


@dataclass(frozen=True, slots=True)
class Root:
    """A layer: these packages upon `below`, and then these commands."""

    name: str
    packages: tuple[str, ...]
    below: Root | None = None
    commands: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return CACHE / f"{self.name}-{self._hash()}"

    def layers(self) -> list[Path]:
        """The folders, uppermost first; made where they are missing."""
        below = self.below.layers() if self.below else []
        if not self.folder.exists():
            self._make(below)
        return [self.folder, *below]

    def _hash(self) -> str:
        whole = (self.packages, self.commands, self.below and self.below._hash(), RELEASE)
        return hashlib.sha256(repr(whole).encode()).hexdigest()[:8]

    def _make(self, below: list[Path]) -> None:
        root_needed("a container")
        new = self.folder.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        if below:
            self._install(new, below)
        else:
            words: list[str | Path] = [
                "--variant=minbase",
                f"--include={','.join(self.packages)}",
                RELEASE,
                new,
                MIRROR,
            ]
            done([program("debootstrap", "debootstrap"), *words])
        new.rename(self.folder)

    def _install(self, new: Path, below: list[Path]) -> None:
        get = "DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends"
        policy = "/usr/sbin/policy-rc.d"
        with mounted([new, *below]) as root:
            (root / policy[1:]).write_text(NOTHING_STARTS)
            (root / policy[1:]).chmod(0o755)
            wanted = [f"{get} update", f"{get} install {' '.join(self.packages)}"] if self.packages else []
            for command in [*wanted, *self.commands, f"rm {policy}"]:
                inside: list[str | Path] = [
                    "systemd-nspawn",
                    "-q",
                    "-D",
                    root,
                    "--register=no",
                    "--keep-unit",
                    "--pipe",
                ]
                done([*inside, "sh", "-ec", command])


def done(command: Iterable[str | Path]) -> str:
    """Run a command of this machine; what it printed."""
    words = [str(word) for word in command]
    ran = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise AssertionError(f"{' '.join(words)}: {ran.returncode}\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return ran.stdout


@contextmanager
def mounted(layers: list[Path]) -> Iterator[Path]:
    """The layers as one folder; what is written there goes into the first."""
    upper, *lower = layers
    work, root = upper.with_suffix(".work"), upper.with_suffix(".root")
    with ExitStack() as folders:
        for folder in (work, root):
            folder.mkdir()
            folders.callback(shutil.rmtree, folder)
        options = f"lowerdir={':'.join(map(str, lower))},upperdir={upper},workdir={work}"
        done(["mount", "-t", "overlay", "overlay", "-o", options, root])
        folders.callback(done, ["umount", root])
        yield root


DEBIAN = Root("debian", tuple(BARE))

POSTFIX = Root("postfix", ("postfix", "sasl2-bin", "libsasl2-modules"), DEBIAN)
"""Debian's Postfix and only the journal."""
RSYSLOG = Root("rsyslog", ("rsyslog", "logrotate"), POSTFIX)
"""The same with /var/log/mail.log."""
EXIM = Root("exim", ("exim4-daemon-light", "logrotate"), DEBIAN)
