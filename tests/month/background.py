"""A month of everyday life on that server, of which nobody wants to hear.

Logins and mail to partners and colleagues by the hour and the day of the week; mail that comes in; addresses mistyped
once or twice; and what the internet does to every server: forged senders, relay probes, dictionaries.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from month.world import DAYS, FIRST_DAY, User, World
from scenarios.happened import Mail, Session, To
from scenarios.script import REPLIES

# Of a working day's mail, by the hour.
_HOURS = (2, 1, 1, 1, 1, 3, 8, 25, 70, 100, 95, 80, 50, 85, 95, 90, 85, 70, 40, 25, 18, 14, 8, 4)
_WEEKEND = 0.2
_A_DAY = {"outgoing": 7000, "incoming": 9000, "forwarded": 40, "forged": 500, "probe": 250, "dictionary": 150}
_EVERYDAY = {"mistyped": 15, "malformed": 4, "wrong_from": 3, "spam": 3, "wrong_server": 2, "forgot_login": 3}
"""Single failures of a working day, of 5,000 people."""

LARGE = "freemail.example"
"""Where a fifth of the world has its mail."""

_NO_MAILBOX = "553 5.1.1 <{recipient}>: Recipient address rejected: no mailbox here by that name"
_NOT_ALLOWED = "553 5.7.1 SPF check failed: 198.51.100.25 is not allowed to send mail for {sender}"
_SPAM = "553 5.7.1 Message rejected as spam"
_NOT_MINE = "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"


class Outage(NamedTuple):
    """From `since` to `until` all mail to outside is refused by `relay`; later people send it again."""

    since: float
    until: float
    relay: str
    reply: str


@dataclass(slots=True)
class Background:
    """`scale` 1 is a server of 5,000 people as they are, 0.1 the same people with a tenth of their mail."""

    world: World
    seed: int
    scale: float = 1.0
    outage: Outage | None = None

    def sessions(self) -> Iterator[Session]:
        """In the order of their begin."""
        chance = random.Random(self.seed)
        again: list[Session] = []
        for day in range(DAYS):
            midnight = FIRST_DAY + timedelta(days=day)
            share = self.scale * (_WEEKEND if midnight.weekday() >= 5 else 1)  # Saturday
            for hour, weight in enumerate(_HOURS):
                begins = (midnight + timedelta(hours=hour)).timestamp()
                ends = begins + 3600
                found = list(self._hour(chance, begins, share * weight / sum(_HOURS), again)) + again
                again = [one for one in found if one.begins >= ends]
                yield from sorted((one for one in found if one.begins < ends), key=lambda one: one.begins)

    def _hour(
        self, chance: random.Random, begins: float, share: float, again: list[Session]
    ) -> Iterator[Session]:
        kinds: dict[str, Callable[[random.Random, float], Session]] = {
            name: getattr(self, f"_{name}") for name in (*_A_DAY, *_EVERYDAY)
        }
        for name, a_day in {**_A_DAY, **_EVERYDAY}.items():
            for _ in range(_poisson(chance, a_day * share)):
                at = begins + 2 + chance.random() * 3500
                session = kinds[name](chance, at)
                if self.outage and self.outage.since <= at < self.outage.until:
                    session = self._refused_by_relay(chance, session, again)
                yield session
                if name == "mistyped" and chance.random() < 0.3:  # who looks twice sees it
                    again.append(_later(session, 3600 + chance.random() * 3600))

    def _refused_by_relay(self, chance: random.Random, session: Session, again: list[Session]) -> Session:
        outage = self.outage
        assert outage is not None
        (mail,) = session.mails
        if not any(to.became == "sent" for to in mail.to):
            return session
        if chance.random() < 0.5:  # every second is sent once more when it works again
            again.append(_later(session, outage.until - mail.at + 60 + chance.random() * 3000))
        to = tuple(
            one._replace(became="bounced", reply=outage.reply, by=outage.relay)
            if one.became == "sent"
            else one
            for one in mail.to
        )
        return _with(session, mail._replace(to=to))

    # ── mail ─────────────────────────────────────────────────────────────────────────────────────

    def _outgoing(self, chance: random.Random, at: float) -> Session:
        user = self._user(chance)
        to = tuple(self._recipient(chance) for _ in range(2 if chance.random() < 0.15 else 1))
        return _session(chance, user, Mail(at, user.address, to))

    def _incoming(self, chance: random.Random, at: float) -> Session:
        server = chance.choices(self.world.servers, cum_weights=self.world.partner_often)[0]
        sender = f"{chance.choice(('info', 'sales', 'news', 'ito', 'kim', 'lee'))}@{server.domain}"
        to = To(self._user(chance).address, "delivered")
        return Session(server.ip, (Mail(at, sender, (to,)),), name=server.name, helo=server.name, port=25)

    def _forwarded(self, chance: random.Random, at: float) -> Session:
        """A user's mail is forwarded to a mailbox elsewhere, which does not believe that we may send it."""
        server = chance.choices(self.world.servers, cum_weights=self.world.partner_often)[0]
        to = To(f"private{chance.randrange(20)}@{LARGE}", "bounced", _NOT_ALLOWED)
        mail = Mail(at, f"news@{server.domain}", (to,))
        return Session(server.ip, (mail,), name=server.name, helo=server.name, port=25)

    # ── failures of everyday life ────────────────────────────────────────────────────────────────

    def _mistyped(self, chance: random.Random, at: float) -> Session:
        user = self._user(chance)
        wrong = f"mistyped{chance.randrange(1000)}@{self._partner(chance)}"
        return _session(chance, user, Mail(at, user.address, (To(wrong, "bounced", _NO_MAILBOX),)))

    def _malformed(self, chance: random.Random, at: float) -> Session:
        user = self._user(chance)
        wrong = f"to.{chance.randrange(1000)}.@{self._partner(chance)}"
        return _session(chance, user, Mail(at, user.address, (To(wrong, "refused", REPLIES["bad-syntax"]),)))

    def _wrong_from(self, chance: random.Random, at: float) -> Session:
        user = self._user(chance)
        sender = f"team{chance.randrange(50)}@corp.example"
        to = self._recipient(chance)._replace(became="refused", reply=REPLIES["not-owned"])
        return _session(chance, user, Mail(at, sender, (to,)))

    def _spam(self, chance: random.Random, at: float) -> Session:
        user = self._user(chance)
        to = To(f"info@{self._partner(chance)}", "bounced", _SPAM)
        return _session(chance, user, Mail(at, user.address, (to,)))

    def _wrong_server(self, chance: random.Random, at: float) -> Session:
        user = self._user(chance)
        to = To(f"info@{self._partner(chance)}", "bounced", _NOT_MINE)
        return _session(chance, user, Mail(at, user.address, (to,)))

    def _forgot_login(self, chance: random.Random, at: float) -> Session:
        user = self._user(chance)
        to = To(f"info@{self._partner(chance)}", "refused", REPLIES["not-logged-in"])
        return Session(user.phone, (Mail(at, user.address, (to,)),))

    # ── the internet ─────────────────────────────────────────────────────────────────────────────

    def _forged(self, chance: random.Random, at: float) -> Session:
        to = To(self._user(chance).address, "refused", REPLIES["not-logged-in"])
        return _stranger(chance, Mail(at, self._user(chance).address, (to,)))

    def _probe(self, chance: random.Random, at: float) -> Session:
        sender = chance.choice(("", "test@scanner.example", f"x{chance.randrange(99)}@spammer.example"))
        to = To(f"probe{chance.randrange(9)}@collector.example", "refused", REPLIES["relay-denied"])
        return _stranger(chance, Mail(at, sender, (to,)))

    def _dictionary(self, chance: random.Random, at: float) -> Session:
        to = tuple(
            To(f"{chance.choice('abcdef')}{number}@corp.example", "refused", REPLIES["unknown-user"])
            for number in range(chance.randrange(1, 8))
        )
        return _stranger(chance, Mail(at, f"offer@shop{chance.randrange(999)}.test", to))

    # ── who ──────────────────────────────────────────────────────────────────────────────────────

    def _user(self, chance: random.Random) -> User:
        return chance.choices(self.world.users, cum_weights=self.world.often)[0]

    def _partner(self, chance: random.Random) -> str:
        if chance.random() < 0.2:  # every fifth mail
            return LARGE
        return chance.choices(self.world.partners, cum_weights=self.world.partner_often)[0]

    def _recipient(self, chance: random.Random) -> To:
        if chance.random() < 0.35:  # to a colleague
            return To(self._user(chance).address, "delivered")
        address = f"{chance.choice(('info', 'sales', 'mori', 'kim', 'lee', 'abe'))}@{self._partner(chance)}"
        return To(address, "lost" if chance.random() < 0.01 else "sent")  # greylisted


def _session(chance: random.Random, user: User, mail: Mail) -> Session:
    """Somebody who logs in: in the office, on the phone, at home or by webmail."""
    where = chance.random()
    if where < 0.1:
        return Session("127.0.0.1", (mail,), user.address, name="localhost", helo="webmail.corp.example")
    ip = user.office if where < 0.65 else user.phone if where < 0.9 else user.home
    return Session(ip, (mail,), user.address, port=465 if where < 0.3 else 587)


def _stranger(chance: random.Random, mail: Mail) -> Session:
    """A tenth of the hosts come again and again."""
    last = chance.randrange(1, 250)
    ip = (
        f"203.0.113.{last}"
        if chance.random() < 0.1
        else f"45.{chance.randrange(250)}.{chance.randrange(250)}.{last}"
    )
    return Session(ip, (mail,), helo=f"host{last}.bot.test", port=25)


def _later(session: Session, seconds: float) -> Session:
    (mail,) = session.mails
    return _with(session, mail._replace(at=mail.at + seconds))


def _with(session: Session, mail: Mail) -> Session:
    return Session(
        session.ip, (mail,), session.login, name=session.name, helo=session.helo, port=session.port
    )


def _poisson(chance: random.Random, mean: float) -> int:
    """How many come in a time in which so many come on average."""
    count, waited = 0, chance.expovariate(1)
    while waited < mean:
        count += 1
        waited += chance.expovariate(1)
    return count
