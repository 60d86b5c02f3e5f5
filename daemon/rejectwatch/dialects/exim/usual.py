"""The usual lines of Exim's own files: mail on its way, as `traffic` reads it, by one pattern."""

from __future__ import annotations

from collections.abc import Sequence

from rejectwatch.dialects.exim import traffic
from rejectwatch.dialects.interface import Asked, Row, Usual
from rejectwatch.dialects.usual import of_exim
from rejectwatch.facts import Facts

# Groups: nobody is named as the writer of a line; message id; what is said of the message.
_LINES = rb"""
    ()\ ([0-9A-Za-z]{6}-[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{6}-[0-9A-Za-z]{11}-[0-9A-Za-z]{4})[ ]
    ( <=\ (?:<>|[^\s<>"]{1,1000}+)\ .++
    | (?:=>|->|>>)\ [^\s<>":]{1,1000}+\ (?:<[^\s<>"]{1,1000}+>\ )?(?=R=|F=<|Q=|P=<).++
    | Completed(?=$|\ QT=)
    )
"""
_ARRIVED, _COMPLETED = b"<C"


def tell(rows: Sequence[Row], told: Facts, asked: Asked) -> None:
    """Tell the facts of these lines, in their order."""
    counted = 0
    for stamp, _, message, said, _ in rows:
        if not said:
            continue
        kind = said[0]
        if kind == _ARRIVED:
            traffic.tell_accepted(stamp, message, said, told)
        elif kind == _COMPLETED:
            told.done(message)
        elif asked.count_delivered is None:
            traffic.tell_delivered(stamp, message, said, told)
        else:
            counted += 1
    if asked.count_delivered is not None:
        asked.count_delivered(counted)


USUAL = Usual(of_exim, _LINES, tell)
