"""Of a refusal whose cause nobody can tell a masked sample is kept, once for each refusal."""

from __future__ import annotations

from law.told import told
from rejectwatch.changes import Shape

HEAD = "2026-11-24T09:00:00+00:00 mail "
ODD = (
    HEAD
    + "postfix/smtpd[250]: NOQUEUE: reject: RCPT from pc{0}.corp.example[192.0.2.{0}]: 553 5.7.1 <x{0}@y.example>:"
    " odd moon tonight; from=<kim@corp.example> to=<x{0}@y.example> proto=ESMTP helo=<pc>\n"
)
KNOWN = ODD.replace("odd moon", "not owned by user kim")
AGAIN = HEAD + "last message repeated 3 times\n"
SHAPE = Shape("mail", "postfix", "reply: 553 5.7.1 <*>: odd moon tonight")


def test_refusals_of_one_kind_are_counted_by_their_masked_reply() -> None:
    log = "".join(ODD.format(number) for number in range(5)) + KNOWN.format(9)

    assert told(log.encode())["replies"] == {SHAPE: 5}


def test_a_line_that_stands_for_several_counts_as_many() -> None:
    assert told((ODD.format(1) + AGAIN).encode())["replies"] == {SHAPE: 4}


def test_what_is_understood_leaves_no_sample() -> None:
    assert told(KNOWN.format(1).encode())["replies"] == {}
