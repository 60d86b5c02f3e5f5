"""What to say to somebody whose log may not be read."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path


def user() -> str:
    """The name of the user we run as; its number where it has none, as in a container."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def how_to_allow(path: Path) -> str:
    """Which permission is missing, and the command that gives it."""
    closed = next((folder for folder in reversed(path.parents) if not os.access(folder, os.X_OK)), None)
    if closed:
        return f"{path} may not be read by user {user()}: setfacl -m u:{user()}:x {closed}"
    return f"{path} may not be read by user {user()}: {_command(path)}"


def how_to_list(folder: Path) -> str:
    """The same for a folder in which logs are to be found."""
    return f"{folder} may not be looked into by user {user()}: setfacl -m u:{user()}:rx {folder}"


def _command(path: Path) -> str:
    acl = f"setfacl -m u:{user()}:r {path}"
    status = path.stat()
    if not status.st_mode & 0o040 or status.st_gid == 0:
        return acl
    try:
        return f"usermod -aG {grp.getgrgid(status.st_gid).gr_name} {user()} and start again, or {acl}"
    except KeyError:
        return acl
