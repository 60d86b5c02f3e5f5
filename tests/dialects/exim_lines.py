"""The blocks of `exim_lines/`: log lines written of Exim's source, and what must be told of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

DIRECTORY: Final = Path(__file__).parent / "exim_lines"

_KEYS: Final = {
    "id": "queue_id",
    "user": "user",
    "via": "user_source",
    "ip": "client_ip",
    "host": "client_host",
    "helo": "helo",
    "from": "sender",
    "to": "recipient",
    "domain": "recipient_domain",
    "relay": "relay_host",
    "rip": "relay_ip",
    "enhanced": "enhanced_code",
    "reply": "reply",
}
_ENHANCED = re.compile(r"\d{3}[ -](?P<enhanced>5\.\d{1,3}\.\d{1,3})(?: |$)")


@dataclass(frozen=True, slots=True)
class Block:
    """One log and its truth; `where` and `versions` are for the reader."""

    file: str
    name: str
    where: str
    versions: str
    lines: tuple[str, ...]
    truth: tuple[dict[str, Any], ...]

    @property
    def log(self) -> bytes:
        return "".join(line + "\n" for line in self.lines).encode()

    def __str__(self) -> str:
        return f"{self.file}: {self.name}"


def blocks() -> list[Block]:
    """All blocks of all files."""
    return [
        _block(file.stem, text)
        for file in sorted(DIRECTORY.glob("*.txt"))
        for text in re.split(r"^## ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    ]


def _block(file: str, text: str) -> Block:
    heading, *rest = text.removesuffix("\n").removesuffix("\n").split("\n")
    name, where, versions = heading.split(" | ")
    lines = tuple(line for line in rest if not line.startswith("! "))
    truth = tuple(_truth(line[2:], len(lines)) for line in rest if line.startswith("! "))
    return Block(file, name, where, versions, lines, truth)


def _truth(text: str, last: int) -> dict[str, Any]:
    head, reply = text.split(" | reply=", 1)
    first, *pairs = head.split(" | ")
    outcome, stage = first.split()
    named = dict(pair.split("=", 1) for pair in pairs) | {"reply": reply}
    truth: dict[str, Any] = {
        "line": int(named.pop("line", last)),
        "mta": "exim",
        "outcome": outcome,
        "stage": None if stage == "-" else stage,
        "refused_by": named.pop("by", "local" if outcome == "rejected" else "remote"),
        "code": int(reply[:3]),
        "repeat": 1,
    }
    if "at" in named:
        truth["occurred_at"] = named.pop("at")
    host, _, service = named.pop("syslog", "").partition(" ")
    truth |= {"host": host or None, "service": service or None}
    truth |= {field: named.pop(key, None) for key, field in _KEYS.items()}
    assert not named, named
    enhanced = _ENHANCED.match(reply)
    if truth["enhanced_code"] is None and enhanced:
        truth["enhanced_code"] = enhanced["enhanced"]
    if truth["recipient_domain"] is None and truth["recipient"]:
        truth["recipient_domain"] = truth["recipient"].rpartition("@")[2]
    for field in ("enhanced_code", "recipient_domain"):
        truth[field] = truth[field] or None
    if truth["user"] is not None and truth["user_source"] is None:
        truth["user_source"] = "line"
    return truth
