"""A mail server with 5,000 people: who they are, where they sit, and whom they write to. Same seed, same world."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import accumulate
from typing import NamedTuple

ZONE = timezone(timedelta(hours=9))
FIRST_DAY = datetime(2026, 10, 1, tzinfo=ZONE)
"""A Thursday."""
DAYS = 31

DOMAINS = ("corp.example", "shop.example", "school.example", "city.example")
_FAMILIES = (
    "sato suzuki takahashi tanaka watanabe ito yamamoto nakamura kobayashi kato yoshida yamada sasaki yamaguchi matsumoto"
    " inoue kimura hayashi shimizu yamazaki mori abe ikeda hashimoto yamashita ishikawa nakajima maeda fujita ogawa goto"
    " okada hasegawa murakami kondo ishii saito sakamoto endo aoki fujii nishimura fukuda ota miura fujiwara okamoto"
    " matsuda nakagawa nakano harada ono tamura takeuchi kaneko wada nakayama ishida ueda morita"
).split()
_GIVEN = "aya ken yui ryo mio sho rin jun eri dai emi go kei nao saki taro hana kenji maki yuta".split()
_TRADES = "denki kogyo shoji bussan unyu kensetsu seiki kagaku insatsu shokuhin".split()


class User(NamedTuple):
    """Somebody with a login: it is the address. `office` is shared with colleagues, `home` and `phone` are not."""

    address: str
    office: str
    home: str
    phone: str


class Server(NamedTuple):
    """Another mail server that brings us mail."""

    name: str
    ip: str
    domain: str


@dataclass(frozen=True, slots=True)
class World:
    users: tuple[User, ...]
    often: tuple[float, ...]
    partners: tuple[str, ...]
    partner_often: tuple[float, ...]
    servers: tuple[Server, ...]


def world(seed: int, users: int = 5000, partners: int = 1200) -> World:
    chance = random.Random(seed)
    domains = tuple(
        f"{chance.choice(_TRADES)}{number}.example"
        if number % 4
        else f"{chance.choice(_FAMILIES)}{number}.example"
        for number in range(partners)
    )
    return World(
        users=tuple(_user(chance, number) for number in range(users)),
        often=tuple(accumulate(chance.paretovariate(1.5) for _ in range(users))),
        partners=domains,
        partner_often=tuple(accumulate(1 / (rank + 5) for rank in range(partners))),
        servers=tuple(
            Server(f"mx.{domain}", f"100.80.{number // 250}.{number % 250 + 1}", domain)
            for number, domain in enumerate(domains)
        ),
    )


def _user(chance: random.Random, number: int) -> User:
    name = f"{chance.choice(_FAMILIES)}.{chance.choice(_GIVEN)}{number}"
    high, low = divmod(number, 250)
    office = chance.randrange(60)
    return User(
        address=f"{name}@{chance.choices(DOMAINS, (50, 20, 20, 10))[0]}",
        office=f"10.20.{office}.1" if office < 20 else f"198.51.100.{office}",  # by VPN, or by NAT
        home=f"198.18.{high}.{low + 1}",
        phone=f"198.19.{high}.{low + 1}",
    )
