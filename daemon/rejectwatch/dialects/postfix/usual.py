"""The usual lines of Postfix: mail on its way, as `traffic` and `deliveries` read it, by one pattern."""

from __future__ import annotations

from collections.abc import Sequence

from rejectwatch.dialects.interface import Asked, Row, Usual
from rejectwatch.dialects.origins import origins
from rejectwatch.dialects.postfix import deliveries, traffic
from rejectwatch.dialects.usual import of_syslog
from rejectwatch.facts import Facts

# Groups: who wrote the line, queue id, what is said of the message or the session. Addresses in quotes are unusual, and
# so are hosts whose names `origins` might take for something else, and deliveries after which the message goes on under
# another key, through a filter of this machine or an alias.
_LINES = rb"""
    (\ (?!\d\d:|[A-Z]++\ )[^ ]{1,200}+(?<!:)\ [^ ]{1,200}+(?<=[\d\[]\d\]:))\ (?:
        (?:([0-9A-Za-z]++):\ (?=to=|from=|client=|removed|uid=)|(?=connect\ ))
            ( to=<[^>"\n]{0,1000}+>,\ (?:orig_to=<[^>"\n]{0,1000}+>,\ )?relay=[^,\[]++(?!\[(?:127\.|::1\]).*\ queued\ as\ )[^,]*+,\ (?:conn_use=[^,]++,\ )?
              delay=[^,]++,\ delays=[^,]++,\ (?:tls=[^,]++,\ )?dsn=[^,]++,\ status=sent\ \((?!forwarded\ as\ |.*,\ status=).++
            | from=<[^>"\n]{0,1000}+(?=>,\ size=\d++,\ nrcpt=\d++\ \(queue\ active\)$)
            | client=.++
            | removed(?:\ \(canceled\))?$
            | uid=.++
            | connect\ from\ .++
            )
    | [0-9A-Za-z]++:\ message-id=
    | disconnect\ from[ ]
    | (?:Anonymous|Trusted|Untrusted|Verified)\ TLS\ connection\ established\ )
"""
_TO, _FROM, _REMOVED = b"tfr"


def tell(rows: Sequence[Row], told: Facts, asked: Asked) -> None:  # noqa: C901 — a call for each kind would cost a quarter
    """Tell the facts of these lines, in their order."""
    opened, sender, done = told.opened, told.sender, told.done
    count, counted = asked.count_delivered, 0
    # Most logs need nothing of this, and none of these lines adds to it.
    remembered = asked.remembered or None
    for stamp, written_by, queue_id, said, _ in rows:
        if not said or (origin := origins[written_by]) is None or origin.mta != "postfix":
            continue
        kind = said[0]
        if kind == _TO:
            if count is None:
                deliveries.tell_sent(stamp, origin, queue_id, said, told)
            counted += 1
        elif not queue_id:
            if remembered is not None:
                remembered.drop(traffic.SAID_BY_PROXY, origin.process)
            opened("postfix", origin.process, said[13:])
        elif kind == _FROM:
            sender(origin.key + queue_id, said[6:])
        elif kind == _REMOVED:
            done(origin.key + queue_id)
        elif said.startswith(b"client="):
            traffic.tell_accepted(stamp, origin, queue_id, said[7:], told)
        else:
            traffic.tell_submitted(stamp, origin, queue_id, said, told)
    if count is not None:
        count(counted)


USUAL = Usual(of_syslog, _LINES, tell)
