"""Promises that hold for whatever happens: random days of a small office, with outages, repairs and noise."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from scenarios.happened import Mail, Session, To
from scenarios.postfix_lines import PostfixLog
from scenarios.replayed import replayed
from scenarios.script import MONDAY, REPLIES
from scenarios.stamps import RSYSLOG, stamped

pytestmark = pytest.mark.slow

DAYS = 9
HOUR = timedelta(hours=1)
SEEDS = range(8)
REFUSED_HERE = ("not-owned", "quota", "out-of-hours", "bad-syntax")
REFUSED_THERE = ("listed", "spf", "unknown-user")

Message = dict[str, Any]


def _days(chance: random.Random) -> list[Session]:
    """Twenty people of four domains write to six partners; now and then something breaks for some of them."""
    people = [
        (f"u{number}@d{number % 4}.example", f"198.18.{number % 5}.{number % 7 + 1}") for number in range(20)
    ]
    begins = MONDAY.timestamp()
    broken = [_Broken(chance) for _ in range(14)]
    found = []
    for _ in range(2500):
        at = begins + 3600 + chance.random() * DAYS * 86400
        user, ip = chance.choice(people)
        to = f"r@p{chance.randrange(6)}.example"
        why = next((one for one in broken if one.hits(at, user, to)), None)
        became = To(to, "sent") if why is None else To(to, why.became, REPLIES[why.reply])
        found.append(Session(ip, (Mail(at, user, (became,)),), login="" if why and why.no_login else user))
    for one in broken:  # whoever fails tries again
        found += _again(chance, one, people)
    return sorted(found, key=lambda session: session.begins)


class _Broken:
    """Something is refused for a while: to everybody, one person or one domain, to everywhere or one partner."""

    def __init__(self, chance: random.Random) -> None:
        self.since = MONDAY.timestamp() + 7200 + chance.random() * (DAYS - 2) * 86400
        self.until = self.since + chance.choice((900, 3600, 20_000, 100_000))
        self.user = chance.choice(("", f"u{chance.randrange(20)}@"))
        self.domain = chance.choice(("", f"@d{chance.randrange(4)}."))
        self.to = chance.choice(("", "", f"@p{chance.randrange(6)}."))
        self.reply = chance.choice((*REFUSED_HERE, *REFUSED_THERE, "not-logged-in"))
        self.became: Any = "bounced" if self.reply in REFUSED_THERE else "refused"
        self.no_login = self.reply == "not-logged-in"

    def hits(self, at: float, user: str, to: str) -> bool:
        is_him = user.startswith(self.user) and self.domain in user
        return self.since <= at < self.until and is_him and self.to in to


def _again(chance: random.Random, why: _Broken, people: list[tuple[str, str]]) -> Iterator[Session]:
    hit = [one for one in people if one[0].startswith(why.user) and why.domain in one[0]]
    for user, ip in hit:
        for _ in range(chance.randrange(6)):
            at = why.since + chance.random() * min(why.until - why.since, 1500)
            to = To(f"r{why.to or '@p1.'}example", why.became, REPLIES[why.reply])
            yield Session(ip, (Mail(at, user, (to,)),), login="" if why.no_login else user)


@pytest.fixture(params=SEEDS, ids=str, scope="module")
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Message]:
    writer = PostfixLog()
    lines = [line for session in _days(random.Random(request.param)) for line in writer.lines(session)]
    log = tmp_path_factory.mktemp("any") / "mail.log"
    log.write_text("".join(stamped(lines, RSYSLOG, UTC)), "utf-8")
    return replayed([log], now=MONDAY + timedelta(days=DAYS + 14))


def _at(message: Message) -> datetime:
    return datetime.fromisoformat(message["at"])


def test_the_promises_hold_whatever_happens(told: list[Message]) -> None:
    by_incident: dict[str, list[Message]] = defaultdict(list)
    for message in told:
        by_incident[message["incident"]].append(message)

    assert len(told) > 5
    assert [_at(one) for one in told] == sorted(_at(one) for one in told)
    for messages in by_incident.values():
        _is_a_whole_story(messages)
        _is_told_with_measure(messages)


def _is_a_whole_story(messages: list[Message]) -> None:
    """It opens, may grow, ends once; what ends may open again, as flapping."""
    kinds = [one["kind"] for one in messages]

    assert kinds[0] == "opened"
    assert kinds.count("opened") <= 2 or kinds.count("recovered") >= kinds.count("opened") - 1
    for first, second in pairwise(messages):
        if first["kind"] in ("recovered", "expired"):
            assert second["kind"] == "opened"
            assert "flapping" in second["flags"]
        else:
            assert second["kind"] != "opened"
    for one in messages:
        assert one["attempts"] >= 3
        assert one["refusals"] >= one["attempts"]
        assert one["user_count"] >= 1
        assert one["first_at"] <= one["last_at"] <= one["at"]
        assert one["last_success_at"] is None or one["last_success_at"] <= one["last_at"]


def _is_told_with_measure(messages: list[Message]) -> None:
    times = [_at(one) for one in messages]
    grown = [_at(one) for one in messages if one["kind"] == "grown"]
    first = times[0]

    assert sum(at < first + HOUR for at in times) <= 3
    assert all(later - earlier >= HOUR for earlier, later in pairwise(grown))


def test_nobody_is_in_two_open_incidents_of_one_cause_at_once(told: list[Message]) -> None:
    """Seen from the messages: while one is open, no other one opens that names the same login for the same cause."""
    open_now: dict[str, Message] = {}
    twice = Counter[str]()
    for message in told:
        if message["kind"] == "opened":
            for other in open_now.values():
                shared = set(message["users"]) & set(other["users"])
                same = (message["cause"], message["incident"]) == (other["cause"], other["incident"])
                if shared and message["cause"] == other["cause"] and not same:
                    twice[f"{min(shared)} {message['cause']}"] += 1
        if message["kind"] in ("recovered", "expired"):
            open_now.pop(message["incident"], None)
        else:
            open_now[message["incident"]] = message

    assert twice == Counter()
