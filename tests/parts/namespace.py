"""Give one process tree its own copies of files in /etc, and the machine none of them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from parts.packages import Missing, program, root_needed


@cache
def unshare() -> Path:
    """The program that starts another in a mount namespace of its own."""
    root_needed("a mount namespace")
    found = program("unshare", "util-linux")
    tried = subprocess.run([found, "-m", "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise Missing(f"mount namespaces are not allowed here ({tried.stderr.strip()})")
    return found


def with_files(files: Mapping[str, Path], command: Sequence[str | Path]) -> list[str]:
    """The command line that runs `command` with other files in these places (bind mounts).

    The process id stays that of the process which is started.
    """
    mounts = [f'mount --bind "${{{2 * n + 1}}}" "${{{2 * n + 2}}}"' for n in range(len(files))]
    script = " && ".join([*mounts, f"shift {2 * len(files)}", 'exec "$@"'])
    pairs = [str(path) for place, own in files.items() for path in (own, place)]
    words = [str(word) for word in command]
    return [str(unshare()), "-m", "sh", "-c", script, "sh", *pairs, *words]


def hosts_files(directory: Path, hosts: Mapping[str, str]) -> dict[str, Path]:
    """Files for `with_files` that know these hosts (name → address) and ask no DNS."""
    table = directory / "hosts"
    table.write_text(
        "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in hosts.items())
    )
    switch = directory / "nsswitch.conf"
    switch.write_text("passwd: files\ngroup: files\nhosts: files\nservices: files\n")
    return {"/etc/hosts": table, "/etc/nsswitch.conf": switch}


DEVICES = ("null", "zero", "random", "urandom")  # what a program expects in /dev besides the logger's socket


def devices(logger: Path, real: Path) -> dict[str, Path]:
    """Files for `with_files`: a /dev of its own, since the machine's may have a socket `log` that others use, or none.

    `logger` is the folder that becomes /dev, `real` an empty place where the machine's can be reached.
    """
    real.mkdir(exist_ok=True)
    for name in DEVICES:
        (logger / name).touch()
    own = {f"/dev/{name}": real / name for name in DEVICES}
    return {str(real): Path("/dev"), "/dev": logger, **own}
