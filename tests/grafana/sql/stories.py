"""Stories of people, made by chance: what each of them sent, from where, and what became of it; as a script."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

_PLACES = ("203.0.113.{n}", "192.168.7.{n}", "198.51.100.{n}")
_REFUSED = (
    "→ {to} refused not-owned", "→ {to} refused quota", "→ {to} refused not-logged-in", "→ {to} refused spf",
    "→ {to} refused bad-syntax", "→ {to} refused relay-denied", "→ gone@partner.example bounced unknown-user",
    "→ kato@partner.example bounced listed",
)  # fmt: skip
_WORKED = ("→ mori@denki.example sent", "→ kato@partner.example sent", "→ staff@corp.example delivered")
_STRANGER = "{at} {name}@corp.example from 45.9.8.{n} helo bot.test port 25 → victim@corp.example refused not-logged-in"


def logins(chance: Random, number: int) -> list[str]:
    """How the program of this person logs in: always in one way, or in several."""
    ways = [f"person{number}", f"Person{number}", f"person{number}@corp.example", f"CORP\\person{number}"]
    return chance.choice([ways[:1], ways[:1], ways[:2], ways[2:3], ways, [""]])


def script(chance: Random, people: int) -> str:
    """A day of so many people. Each of them does a few things, again and again or once."""
    lines: list[str] = []
    for number in range(1, people + 1):
        lines += _of(chance, number, logins(chance, number))
    return "\n".join(sorted(lines))


def _of(chance: Random, number: int, written: list[str]) -> Iterator[str]:
    for _ in range(chance.randint(1, 6)):
        hour = chance.randrange(8, 22)
        if chance.random() < 0.15:
            yield _STRANGER.format(at=_at(hour, chance), name=f"person{number}", n=number)
            continue
        place = chance.choice(_PLACES).format(n=number)
        sender = f"person{number}@corp.example" if chance.random() < 0.7 else "sales@corp.example"
        login = chance.choice(written)
        became = chance.choice(_WORKED if chance.random() < 0.5 else _REFUSED)
        to = f"r{chance.randrange(3)}@denki.example"
        who = f"{sender}{f' as {login}' if login else ''} from {place}"
        minute = chance.randrange(0, 30)
        for again in range(chance.choice((1, 1, 3, 5))):
            yield f"{hour:02}:{minute + 2 * again:02} {who} {became.format(to=to)}"


def _at(hour: int, chance: Random) -> str:
    return f"{hour:02}:{chance.randrange(60):02}"
