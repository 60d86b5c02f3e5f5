"""The recorded logs of real servers and the truth about them, in the names of `Refused`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rejectwatch.dialects import address_text
from rejectwatch.facts import Outcome, UserSource

FOLDER = Path(__file__).parent.parent / "data" / "corpus"
NAMES = (
    "exim496-default",
    "postfix37-nodelay",
    "postfix37-softbounce",
    "postfix37-syslog-traditional",
)

OUTCOMES: dict[str, Outcome] = {
    "inbound_reject": "rejected",
    "outbound_bounce": "bounced",
    "deferred_553": "deferred",
    "outbound_probe": "probed",
}
"""The directions that have to be found; the others need not be reported and are no error."""

_STAGES = {"HELO": "ehlo", "MAIL FROM": "mail", "RCPT TO": "rcpt", "END-OF-MESSAGE": "eod", "EOD": "eod"}
_USER_SOURCES: dict[str, UserSource] = {"line": "line", "reply_text": "reply"}


@dataclass(frozen=True)
class Known:
    """One refusal as it truly was. `fields` are those of `Refused` that the reporting line can hold."""

    log: str
    line: int
    case: str
    fields: dict[str, Any]


@cache
def log(name: str) -> bytes:
    return (FOLDER / f"{name}.log").read_bytes()


@cache
def lines(name: str) -> list[bytes]:
    return [line + b"\n" for line in log(name).split(b"\n")[:-1]]


def line_at(name: str, offset: int) -> int:
    """The number of the line that begins at an offset, from 1."""
    return log(name).count(b"\n", 0, offset) + 1


@cache
def known(name: str) -> list[Known]:
    """The refusals whose reporting line holds their code."""
    return [
        Known(name, event["n"][-1], event["case"], _fields(event))
        for event in _objects(f"{name}.truth.jsonl")
        if event["direction"] in OUTCOMES and b"553" in lines(name)[event["n"][-1] - 1]
    ]


@cache
def lines_that_may_be_told(name: str) -> set[int]:
    """All lines that belong to a refusal, also those that only repeat it."""
    told: set[int] = set()
    for event in _objects(f"{name}.truth.jsonl"):
        told.update(event["n"], event.get("same_event_lines") or ())
    return told


def decoys(name: str) -> dict[int, str]:
    """Lines that hold the digits and are no refusal with this code: their numbers, and what they are."""
    return {decoy["n"]: decoy["kind"] for decoy in _objects(f"{name}.decoys.jsonl")}


def _objects(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / file).read_text().split("\n") if line]


def _fields(event: dict[str, Any]) -> dict[str, Any]:
    """The truth in the names of `Refused`."""
    user_source = _USER_SOURCES.get(event["sasl_user_source"])
    fields = {
        "code": 553,
        "outcome": OUTCOMES[event["direction"]],
        "stage": _STAGES.get(event["stage"]) or (event["stage"] and event["stage"].lower()),
        "queue_id": None if event["queue_id"] == "NOQUEUE" else event["queue_id"],
        "service": event["service"],
        "recipient": _address(event["recipient"]),
        "reply": event["reply"].replace(
            "\n", "\\n"
        ),  # Exim joins the lines of a reply by these two characters
        "enhanced_code": event["enhanced_code"],
        "user": event["sasl_user"] if user_source else None,
        "user_source": user_source,
        "refused_by": "remote" if event["relay"] else "local",
        "relay_host": event["relay"] and event["relay"].partition("[")[0],
        "relay_ip": event["relay"] and event["relay"].partition("[")[2].partition("]")[0],
    }
    return fields | _client(event)


def _client(event: dict[str, Any]) -> dict[str, Any]:
    """Who was turned away at our door; of a bounce the line says nothing, the queue id leads to it."""
    at_our_door = event["direction"] == "inbound_reject" or event["queue_id"] == "NOQUEUE"
    if not at_our_door:
        return {}
    client = {"client_ip": event["client_ip"], "client_host": event["client_host"]}
    helo = {"helo": event["helo"]} if "helo" in event else {}
    return client | helo | {"sender": _address(event["sender"])}


def _address(logged: str | None) -> str | None:
    return None if logged is None else address_text(logged.encode())
