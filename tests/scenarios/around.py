"""What goes on around a scenario, and may change nothing of it: other people's mail, and the internet."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from scenarios.case import Case
from scenarios.happened import Mail, Session, To
from scenarios.script import REPLIES

_MANY = 300


def amid_traffic(case: Case) -> Case:
    """The case with mail of other people to other places, with forgers and with relay probes, on its own server."""
    happened = sorted((*case.happened, *_traffic(case)), key=lambda session: session.begins)
    return replace(case, happened=tuple(happened), now=case.runs_until)


def _traffic(case: Case) -> Iterator[Session]:
    chance = random.Random(case.name)
    first, last = case.happened[0].begins - 3600, case.happened[-1].ends + 3600
    servers = sorted({session.server for session in case.happened})
    for _ in range(_MANY):
        at, number = chance.uniform(first, last), chance.randrange(40)
        session = chance.choice((_somebody, _partner, _forger, _prober))(at, number)
        yield replace(session, server=chance.choice(servers))


def _somebody(at: float, number: int) -> Session:
    """Most of them write to outside, some to a colleague."""
    sender = f"other{number}@elsewhere.example"
    to = (
        To(f"r{number}@busy{number % 7}.example", "sent")
        if number % 3
        else To("desk@elsewhere.example", "delivered")
    )
    return Session(f"198.19.7.{number + 1}", (Mail(at, sender, (to,)),), login=sender)


def _partner(at: float, number: int) -> Session:
    mail = Mail(at, f"news@busy{number % 7}.example", (To(f"other{number}@elsewhere.example", "delivered"),))
    return Session(f"100.90.0.{number % 7 + 1}", (mail,), name=f"mx.busy{number % 7}.example", port=25)


def _forger(at: float, number: int) -> Session:
    to = To(f"victim{number}@elsewhere.example", "refused", REPLIES["not-logged-in"])
    return _from_the_internet(number, Mail(at, f"other{number % 5}@elsewhere.example", (to,)))


def _prober(at: float, number: int) -> Session:
    to = To("probe@collector.example", "refused", REPLIES["relay-denied"])
    return _from_the_internet(number, Mail(at, f"x{number}@spammer.test", (to,)))


def _from_the_internet(number: int, mail: Mail) -> Session:
    return Session(f"45.9.8.{number + 1}", (mail,), helo=f"bot{number}.test", port=25)


def pieces(lines: int, name: str) -> Sequence[int]:
    """Where a log is cut: at each line of a small one, else at some."""
    chance = random.Random(name)
    return range(1, lines) if lines <= 60 else sorted(chance.sample(range(1, lines), min(12, lines - 1)))
