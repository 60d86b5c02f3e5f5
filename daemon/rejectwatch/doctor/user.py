"""Whoever the daemon runs as, and what a look is like with that user's eyes."""

from __future__ import annotations

import grp
import json
import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rejectwatch.doctor.unit import UNIT, shown

NAME = "rejectwatch"


@dataclass(frozen=True, slots=True)
class User:
    """`groups`: all of them, with those that only the service has. `why`: how we know."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    why: str


def service_user(database: Path | None) -> User:
    """The user of the service's unit, else the owner of the database or its folder; if we are not root, ourselves."""
    if os.geteuid() != 0:
        return _named(_name_of(os.geteuid()), "who asks", tuple(os.getgroups()))
    unit = _of_unit()
    if unit is not None:
        return unit
    for path in () if database is None else (database, database.parent):
        if path.exists() and (owner := path.stat().st_uid) != 0:
            return _named(_name_of(owner), f"the owner of {path}")
    if _exists(NAME):
        return _named(NAME, "made for it")
    return _named("root", "there is no other yet")


def _of_unit() -> User | None:
    """What systemd says; None where there is no systemd, or no such unit."""
    found = shown("User", "SupplementaryGroups")
    name, groups = found.get("User", ""), found.get("SupplementaryGroups", "").split()
    return _named(name, f"User= of {UNIT}", _gids(groups)) if name and _exists(name) else None


def _named(name: str, why: str, groups: tuple[int, ...] = ()) -> User:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:  # a number that has no name, as in a container
        uid = int(name)
        return User(name, uid, os.getgid() if uid == os.geteuid() else uid, groups, why)
    all_of_them = dict.fromkeys([*os.getgrouplist(name, entry.pw_gid), *groups])
    return User(name, entry.pw_uid, entry.pw_gid, tuple(all_of_them), why)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _gids(names: list[str]) -> tuple[int, ...]:
    return tuple(entry.gr_gid for entry in grp.getgrall() if entry.gr_name in names)


def as_user(user: User, look: Callable[[], Any]) -> Any:
    """What `look` gives (JSON values) in a process that is this user for good, as the daemon is."""
    if user.uid == os.geteuid():
        return look()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.write(writing, _answer(user, look))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = json.loads(answer.read() or '{"error": "it said nothing"}')
    os.waitpid(child, 0)
    if "error" in said:
        raise RuntimeError(f"as user {user.name}: {said['error']}")
    return said["value"]


def _answer(user: User, look: Callable[[], Any]) -> bytes:
    try:
        os.setgroups(user.groups)
        os.setgid(user.gid)
        os.setuid(user.uid)
        return json.dumps({"value": look()}).encode()
    except BaseException as error:  # noqa: BLE001 — not swallowed: the parent raises it
        return json.dumps({"error": f"{type(error).__name__}: {error}"}).encode()
