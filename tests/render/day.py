"""A company's day, for the pictures and for the tests that draw: what two mail servers write, read by rejectwatch itself.

It is Wednesday, `NOW` is 14:31. mx1 (Postfix) serves corp.example, mx2 (Exim) shop.example. What somebody should see:

    since 14:02  the login map of mx1 is broken: everybody who logs in is refused his own address
    since 10:20  partner.example refuses our server, which stands on a block list
    since 09:12  alice logs in, and sends as sales@: not hers
    07:55–09:50  a scanner did not log in
    11:30–12:10  ito of shop.example was over his quota, and works again
    all day      strangers that try to relay, mistyped addresses

Where somebody attacks, there is also `MALLORY`, whose texts are markup, links and variables, in every field that a log has.

Everything goes through `step`, `tick`, `Writer` and `Metrics`, slice by slice, as in the daemon. What has no log is made
up here: how long commits took, and how late a refusal was known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, get_args

from prometheus_client import CollectorRegistry
from sqlalchemy import select

from rejectwatch.causes import CAUSES
from rejectwatch.changes import Changes
from rejectwatch.facts import Batch, Event
from rejectwatch.incidents.incident import By
from rejectwatch.incidents.silence import Silence
from rejectwatch.metrics import Metrics
from rejectwatch.pipeline import step, tick
from rejectwatch.routing import Route, Routing
from rejectwatch.settings import Settings, SiteSettings
from rejectwatch.state import State
from rejectwatch.store import context, silences
from rejectwatch.store.acks import Ack, ack
from rejectwatch.store.database import Database
from rejectwatch.store.tables import INCIDENTS, OUTBOX
from rejectwatch.store.writer import Writer
from scenarios.exim_lines import EximLog
from scenarios.happened import Mail, Session, To
from scenarios.postfix_lines import PostfixLog
from scenarios.script import MONDAY, REPLIES, moment, sessions
from scenarios.stamps import EXIM, RSYSLOG, stamped

NOW = moment("day 3 14:31")
BEGINS = NOW - timedelta(days=1)
BROKEN = moment("day 3 14:02")
DOMAINS = ("corp.example", "shop.example")
SETTINGS = Settings(codes=frozenset({550, 553, 554}), site=SiteSettings(domains=DOMAINS))
CHANNELS = ("postmasters", "teams")
ROUTING = Routing(tuple(map(Route, CHANNELS)))
JOB = "rejectwatch"

PEOPLE = """
    abe arai endo fujita fukuda goto hara harada hasegawa hayashi honda ikeda imai inoue ishida ishii ishikawa kato
    kimura kobayashi kondo matsuda matsumoto miura mori mori.k murakami nakagawa nakajima nakamura nishimura noguchi
    ogawa okada ono ota saito sakai sakamoto sasaki sato shibata shimizu suzuki takada takahashi takeuchi tamura tanaka
    ueda uchida ueno wada watanabe yamada yamaguchi yamamoto yamashita yoshida alice
""".split()
SHOP = "ito kaneko maeda maruyama nomura ohno okamoto sugiyama takagi yokoyama".split()
FIRMS = "denki.example partner.example kogyo.example firm.example hoken.example bank.example tsushin.example".split()

MX1 = """
08:00 alice@corp.example as alice from 203.0.113.5 → mori@denki.example sent
08:10 sales@corp.example as kato from 203.0.113.17 → mori@denki.example sent
08:30 scan@corp.example as scan from 192.168.1.20 → tanaka@corp.example delivered
day 2
09:00 alice@corp.example as alice from 203.0.113.5 → mori@denki.example sent
18:40 ×2 every 4m yamada@corp.example as yamada from 203.0.113.54 → watanabe@{n}kogyo.example bounced 553 5.1.2 <watanabe@{n}kogyo.example>: bad destination domain
22:10 ×6 every 9m shop{n}@gmx.example from 45.9.8.{n} helo bot{n}.test port 25 → probe@collector.example refused relay-denied
day 3
03:00 ×14 every 11m info{n}@bulk.example from 45.9.9.{n} helo bot{n}.test port 25 → probe@collector.example refused relay-denied
07:55 ×6 every 2m scan@corp.example from 192.168.1.20 helo scanner → tanaka@denki.example refused not-logged-in
09:50 scan@corp.example as scan from 192.168.1.20 helo scanner → tanaka@denki.example sent
08:31 ×2 every 3m honda@corp.example as honda from 203.0.113.31 → k.oda@denki.exmaple bounced 550 5.1.2 <k.oda@denki.exmaple>: Host or domain name not found
09:12 ×4 every 3m sales@corp.example as alice from 203.0.113.5 helo laptop-alice → mori@denki.example refused not-owned
09:40 ×9 every 23m sales@corp.example as alice from 203.0.113.5 helo laptop-alice → mori@denki.example, keiri@kogyo.example refused not-owned
10:20 ×62 every 4m {name}@corp.example as {name} from {pc} → order@partner.example bounced listed
11:05 okada@corp.example as okada from 203.0.113.35 → yoyaku@hoken.example bounced 554 5.7.1 message content rejected: attachment type .iso is not allowed
13:20 sato@corp.example as sato from 203.0.113.41 → taro@bank.example bounced 550 5.1.1 <taro@bank.example>: User unknown
13:44 inoue@corp.example as inoue from 203.0.113.14 → team@tsushin.example bounced 550 5.7.26 Unauthenticated email from corp.example is not accepted due to domain's DMARC policy
"""

MX2 = """
08:00 ito@shop.example as ito@shop.example from 203.0.113.70 helo till1 → mori@denki.example sent
day 3
11:30 ×8 every 4m ito@shop.example as ito@shop.example from 203.0.113.70 helo till1 → orders@firm.example refused quota
12:10 ito@shop.example as ito@shop.example from 203.0.113.70 helo till1 → orders@firm.example sent
13:00 ×3 every 7m maeda@shop.example as maeda@shop.example from 203.0.113.72 helo till2 → r.abe@bank.example bounced 550 5.1.1 <r.abe@bank.example>: mailbox unavailable
"""

MALLORY = "<img/src=x/onerror=window.__pwned=1>[x](javascript:window.__pwned=1)${datasource}{{x}}'"
HOSTILE = f'{MALLORY} $__timeFrom() <script>window.__pwned=1</script> https://evil.example/ javascript:window.__pwned=1 "><a href=//evil.example>'
HOSTILE_FIELDS = (
    "source host service attempt queue_id client_host helo sender recipient recipient_domain relay_host"
    " enhanced_code reply evidence"
).split()
ATTACK = f"""
day 3
13:30 ×4 every 2m sales@corp.example as {MALLORY} from 203.0.113.66 helo laptop → mori@denki.example refused not-owned
"""


@dataclass(frozen=True, slots=True)
class Day:
    """How much of it: deliveries a minute in the busiest hour, and from when on, and how often, it is scraped."""

    busy: float
    scraped_from: datetime
    every: timedelta
    is_attacked: bool = False

    def unscraped(self) -> Day:
        """The same without a history for Prometheus, and much quicker."""
        return replace(self, scraped_from=NOW)


FULL = Day(40, BEGINS, timedelta(seconds=30))
SMALL = Day(6, NOW - timedelta(minutes=90), timedelta(seconds=30))
"""The same story with less around it."""
ATTACKED = replace(SMALL, is_attacked=True)


def write(database: Database, day: Day) -> str:
    """Fill a database that has its tables; what Prometheus has scraped meanwhile, as OpenMetrics text."""
    history = History()
    for server in servers(day):
        context.keep(database, SETTINGS.model_copy(update={"instance": server.name}))
        _live(server, database, day, history)
    with database.write() as connection:
        connection.execute(OUTBOX.update().values(state="sent", sent_at=NOW, tries=1))
    _people_act(database)
    return history.text()


def _people_act(database: Database) -> None:
    """Somebody takes care of the block list, and nobody wants to hear of the scanner."""
    query = select(INCIDENTS.c.id).where(INCIDENTS.c.subject == "partner.example")
    with database.read() as connection:
        incident = str(connection.execute(query).scalar_one())
    ack(database, Ack("mx1", incident, moment("day 3 10:41"), "kuroda", "asked for removal from the list"))
    begins = moment("day 3 08:20")
    silence = Silence(
        begins, begins + timedelta(days=2), "kuroda", "the old scanner", sender="scan@corp.example"
    )
    silences.add(database, silence)


# ── what happened ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class MailServer:
    name: str
    mta: str
    happened: list[Session]

    def log(self) -> list[tuple[float, str]]:
        """Each line with its time."""
        writer, prefix = (EximLog(), EXIM) if self.mta == "exim" else (PostfixLog(), RSYSLOG)
        ordered = sorted(self.happened, key=lambda session: session.begins)
        lines = [line for one in ordered for line in writer.lines(replace(one, server=self.name))]
        lines.sort(key=lambda line: line[0])
        return list(zip((at for at, *_ in lines), stamped(lines, prefix, UTC), strict=True))


def servers(day: Day) -> list[MailServer]:
    chance = Random(553)
    mx1 = [_named(session, number) for number, session in enumerate(sessions(MX1, {}))]
    mx1 += _usual(chance, "corp.example", PEOPLE, day.busy)
    mx1 += sessions(ATTACK, {}) if day.is_attacked else []
    mx2 = sessions(MX2, {})
    mx2 += _usual(chance, "shop.example", SHOP, day.busy / 6)
    return [MailServer("mx1", "postfix", mx1), MailServer("mx2", "exim", mx2)]


def _named(session: Session, number: int) -> Session:
    """The same story happens to one after another: `{name}` at his computer `{pc}`."""
    place = number * 7 % (len(PEOPLE) - 1)
    name, pc = PEOPLE[place], _pc(place)
    mails = tuple(mail._replace(sender=mail.sender.replace("{name}", name)) for mail in session.mails)
    return replace(
        session, login=session.login.replace("{name}", name), ip=session.ip.replace("{pc}", pc), mails=mails
    )


def _pc(place: int) -> str:
    return f"203.0.113.{101 + place}"


def _usual(chance: Random, domain: str, people: Sequence[str], busy: float) -> Iterator[Session]:
    """Mail in and out, as much as the hour brings; after the login map is broken, none of corp.example goes out."""
    at = BEGINS
    while at < NOW:
        at += timedelta(minutes=chance.expovariate(busy * _share(at.hour)))
        place = chance.randrange(len(people))
        name, firm = people[place], chance.choice(FIRMS)
        theirs, ours = f"{chance.choice(PEOPLE)}@{firm}", f"{name}@{domain}"
        login = name if domain == "corp.example" else ours
        if chance.random() < 0.45:
            mail = Mail(at.timestamp(), theirs, (To(ours, "delivered"),))
            yield Session("100.90.0.7", (mail,), name=f"mx.{firm}", helo=f"mx.{firm}", port=25)
        elif domain == "corp.example" and at >= BROKEN:
            mail = Mail(at.timestamp(), ours, (To(theirs, "refused", REPLIES["not-owned"]),))
            yield Session(_pc(place), (mail,), login)
        elif not (firm == "partner.example" and at >= moment("day 3 10:20")):
            yield Session(_pc(place), (Mail(at.timestamp(), ours, (To(theirs, "sent"),)),), login)


def _share(hour: int) -> float:
    """Of the busiest hour."""
    return (
        0.05, 0.04, 0.04, 0.04, 0.05, 0.08, 0.15, 0.35, 0.7, 0.95, 1.0, 0.9, 0.6, 0.85, 0.95, 0.9, 0.85, 0.7, 0.4, 0.25,
        0.2, 0.15, 0.1, 0.07,
    )[hour]  # fmt: skip


# ── how rejectwatch reads it ─────────────────────────────────────────────────────────────────────


def _live(server: MailServer, database: Database, day: Day, history: History) -> None:
    """A daemon's day: its log in slices, each committed, counted and scraped."""
    writer, state, daemon = Writer(database, server.name, ROUTING, lambda: NOW), State(), Daemon(server.name)
    writer.load(state)
    terms = SETTINGS.terms(UTC)
    place = 0
    attack = [*_attack()] if day.is_attacked and server.name == "mx1" else []
    for until, block in _slices(server.log(), day):
        changes = Changes(
            events=[event for event in attack if until - timedelta(hours=1) < event.occurred_at <= until]
        )
        attack = attack if not changes.events else []
        batch = Batch(
            "mail",
            f"{server.name}-log",
            block,
            place,
            place + len(block),
            _offset(place),
            "{}",
            MONDAY,
            MONDAY,
            until,
        )
        if block:
            step(state, batch, changes, terms)
        tick(state, until, changes, terms)
        writer.commit(changes, state)
        state.apply()
        daemon.lived(changes, state, until)
        if until >= day.scraped_from:
            history.scrape(daemon, until)
        place += len(block)


def _attack() -> Iterator[Event]:
    """The text in every field, once of somebody who had logged in and once of nobody."""
    for position, user in enumerate((HOSTILE, None)):
        yield Event(
            **dict.fromkeys(HOSTILE_FIELDS, HOSTILE), user=user, generation="hostile", position=position, n=0,
            occurred_at=moment("day 3 12:50"), mta="postfix", refused_by="local", outcome="rejected", stage="rcpt",
            user_source="line" if user else None, client_ip="203.0.113.66", relay_ip=None, code=553, repeat=1,
            confidence="low", cause="unknown",
        )  # fmt: skip


def _offset(place: int) -> Callable[[int], int]:
    return lambda offset: place + offset


def _slices(log: list[tuple[float, str]], day: Day) -> Iterator[tuple[datetime, bytes]]:
    """Until it is scraped an hour at a time, then from scrape to scrape."""
    until, at = MONDAY, 0
    while until < NOW:
        until += day.every if until >= day.scraped_from else min(timedelta(hours=1), day.scraped_from - until)
        begin = at
        while at < len(log) and log[at][0] < until.timestamp():
            at += 1
        yield until, "".join(line for _, line in log[begin:at]).encode()


class Daemon:
    """What it shows of itself. `unread`, durations and delays are made up."""

    def __init__(self, name: str) -> None:
        self.instance = f"{name}.corp.example:9553"
        self.registry = CollectorRegistry()
        self._chance = Random(name)
        self._shown = Metrics(
            self.registry,
            sources=["mail"],
            codes=sorted(SETTINGS.codes),
            causes=[cause.slug for cause in CAUSES],
            domains=DOMAINS,
            channels=CHANNELS,
            rule_kinds=get_args(By),
        )
        self._shown.ready.set(1)

    def lived(self, changes: Changes, state: State, until: datetime) -> None:
        shown, chance = self._shown, self._chance
        shown.committed(changes, NOW + timedelta(days=1))  # so late that no delay is counted
        for _ in changes.events:
            shown.detection_delay.observe(0.2 + chance.expovariate(3))
        shown.commit_duration.observe(0.003 + chance.expovariate(400))
        for channel in CHANNELS:
            shown.notifications.labels(channel, "sent").inc(len(changes.messages))
        shown.remembered(state)
        if (stamp := state.times.get(("source", "mail"))) is not None:
            shown.last_line.labels("mail").set(stamp.timestamp())
        shown.unread.labels("mail").set(0)


class History:
    """What Prometheus has scraped, family by family as its text form wants it."""

    def __init__(self) -> None:
        self._families: dict[str, list[str]] = {}

    def scrape(self, daemon: Daemon, at: datetime) -> None:
        own = {"job": JOB, "instance": daemon.instance}
        end = f"{at.timestamp():.3f}\n"
        for family in daemon.registry.collect():
            lines = self._family(family.name, family.type)
            lines.extend(
                f"{_series(one.name, {**one.labels, **own})} {one.value} {end}" for one in family.samples
            )
        process = {"resident_memory_bytes": 61e6, "start_time_seconds": MONDAY.timestamp()}
        for name, value in {"up": 1.0, **{f"process_{key}": value for key, value in process.items()}}.items():
            self._family(name, "gauge").append(f"{_series(name, own)} {value} {end}")
        cpu = (at - MONDAY).total_seconds() * 0.004
        self._family("process_cpu_seconds", "counter").append(
            f"{_series('process_cpu_seconds_total', own)} {cpu} {end}"
        )

    def _family(self, name: str, kind: str) -> list[str]:
        return self._families.setdefault(f"# TYPE {name} {kind}", [])

    def text(self) -> str:
        return "".join(f"{head}\n{''.join(lines)}" for head, lines in self._families.items()) + "# EOF\n"


def _series(name: str, labels: dict[str, Any]) -> str:
    return f"{name}{{{','.join(_label(*one) for one in labels.items())}}}"


def _label(name: str, value: str) -> str:
    return f'{name}="{value}"'
