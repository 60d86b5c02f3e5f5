"""From background and stories to one log, in the order of time and with little memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from heapq import merge
from operator import attrgetter
from pathlib import Path
from typing import Literal

from month.background import Background
from month.cast import Cast
from month.world import DAYS, FIRST_DAY, ZONE, world
from scenarios.exim_lines import EximLog
from scenarios.happened import Session
from scenarios.postfix_lines import PostfixLog
from scenarios.stamps import EXIM, RSYSLOG, Line, stamped

END = FIRST_DAY + timedelta(days=DAYS + 4)
"""Until then whatever waits has ended."""
_AT_ONCE = 1800
"""So many seconds of sessions are put into order together."""


def write(
    file: Path, cast: Cast, *, scale: float, mta: Literal["postfix", "exim"] = "postfix", alone: bool = False
) -> int:
    """Write the log, and say how many lines it has. `alone`: without stories."""
    background = Background(world(cast.seed), cast.seed, scale, None if alone else cast.outage)
    stories = () if alone else cast.stories
    planted = sorted((one for story in stories for one in story.happened), key=attrgetter("begins"))
    sessions = merge(background.sessions(), planted, key=attrgetter("begins"))
    count = 0
    with file.open("w", encoding="utf-8") as log:
        for lines in _in_order(sessions, PostfixLog() if mta == "postfix" else EximLog()):
            count += len(lines)
            log.writelines(stamped(lines, RSYSLOG if mta == "postfix" else EXIM, ZONE))
    return count


def _in_order(sessions: Iterable[Session], writer: PostfixLog | EximLog) -> Iterator[list[Line]]:
    """No line of a session lies before its begin: what is older than the next one can go out."""
    waiting: list[Line] = []
    edge = FIRST_DAY.timestamp() + _AT_ONCE
    for session in sessions:
        while session.begins >= edge:
            yield [line for line in waiting if line[0] < edge]
            waiting = [line for line in waiting if line[0] >= edge]
            edge += _AT_ONCE
        waiting += writer.lines(session)
    yield waiting
