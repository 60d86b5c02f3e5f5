"""Lines in the order of time, with their stamps; seconds since 1970 become text once a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from operator import itemgetter
from typing import NamedTuple

Line = tuple[float, str, str]
"""When, on which server, and what follows the prefix."""


class Prefix(NamedTuple):
    """How a log writes when and where: `second` is a form for strftime, `rest` has fraction and host filled in."""

    second: str
    rest: Callable[[float, str, str], str]


def _rfc3339(at: float, zone: str, server: str) -> str:
    return f".{int(at % 1 * 1_000_000):06d}{zone[:3]}:{zone[3:]} {server} "


def _exim(at: float, zone: str, server: str) -> str:
    return f" {zone} "


RSYSLOG = Prefix("%Y-%m-%dT%H:%M:%S", _rfc3339)
EXIM = Prefix("%Y-%m-%d %H:%M:%S", _exim)


def stamped(lines: list[Line], prefix: Prefix, zone: tzinfo) -> Iterator[str]:
    """The lines as the log has them; those of one moment stay in their order."""
    lines.sort(key=itemgetter(0))
    last, begins, offset = None, "", ""
    for at, server, text in lines:
        if (second := int(at)) != last:
            local = datetime.fromtimestamp(second, zone)
            last, begins, offset = second, local.strftime(prefix.second), local.strftime("%z")
        yield f"{begins}{prefix.rest(at, offset, server)}{text}\n"
