"""A database with a known story, for each query of the dashboards: three daemons that share it, with their own logs.

The logs go through the same `step`, `tick` and `Writer` as in the daemon. It begins on `BEGINS`, a Monday, and the last
clock stands at `NOW`, three days later. What is known of people by name:

    alice           login, open incident: not her address (sales@). Worked until 09:12. "no"
    bob@corp.example login, failed on Tuesday, works again. "yes"
    carol           login, only deliveries. "yes"
    dave@…          a device that never logs in, open incident. "no"
    erin            login, one refusal, nothing since: "not_known"
    frank           works; strangers forge frank@corp.example. "yes"
    heidi, p1…p4    a partner (partner.example) refuses our server: open incident. "no", to that partner
    Grace           login written in two ways, recovered. "yes"
    u1…u12@city.example  a server that refuses everybody: open, critical
    ivan@shop.example    Exim, open incident
    judy@shop.example    Exim, works
    o'brien"<b>…    a login that is an attack (`MALLORY`): open incident
    nobody@nowhere.example  never seen
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

from sqlalchemy import select

from rejectwatch.changes import Changes
from rejectwatch.facts import Batch, Event, Gap
from rejectwatch.incidents.silence import Silence
from rejectwatch.pipeline import step, tick
from rejectwatch.routing import Route, Routing
from rejectwatch.settings import Settings, SiteSettings
from rejectwatch.state import State
from rejectwatch.store import context, silences
from rejectwatch.store.acks import Ack, ack
from rejectwatch.store.database import Database
from rejectwatch.store.tables import INCIDENTS
from rejectwatch.store.writer import Writer
from scenarios.exim_lines import EximLog
from scenarios.postfix_lines import PostfixLog
from scenarios.script import MONDAY, sessions
from scenarios.stamps import EXIM, RSYSLOG, stamped

BEGINS = MONDAY
NOW = MONDAY + timedelta(days=3)
"""Thursday, 00:00 UTC: everything has happened before."""
DOMAINS = ("corp.example", "shop.example", "city.example")
SETTINGS = Settings(codes=frozenset({550, 553, 554}), site=SiteSettings(domains=DOMAINS))
ROUTING = Routing((Route("postmasters"),))
HOSTILE_FIELDS = (
    "source host service attempt queue_id user client_host helo sender recipient recipient_domain relay_host"
    " enhanced_code reply evidence"
).split()

MX1 = """
08:00 ×3 every 1m carol@corp.example as carol from 203.0.113.3 → mori@denki.example sent
08:10 alice@corp.example as alice from 203.0.113.5 → mori@denki.example sent
08:20 bob@corp.example as bob@corp.example from 203.0.113.6 → mori@denki.example sent
08:30 heidi@corp.example as heidi from 203.0.113.8 → kato@partner.example, mori@denki.example sent
08:40 frank@corp.example as frank from 203.0.113.9 → mori@denki.example sent
08:50 grace@corp.example as Grace from 203.0.113.10 → mori@denki.example sent
09:00 ×4 every 1m p{n}@corp.example as p{n} from 203.0.113.{n} → kato@partner.example sent
09:10 scan@corp.example as scan from 192.168.1.20 → carol@corp.example delivered
09:20 news@denki.example from 100.90.0.1 name mx.denki.example port 25 → carol@corp.example delivered
22:00 ×2 every 30m erin@corp.example as erin from 203.0.113.11 → a@denki.example refused out-of-hours
day 2
09:00 ×3 every 2m bob@corp.example as bob@corp.example from 203.0.113.6 → kato@denki.example refused quota
09:30 bob@corp.example as bob@corp.example from 203.0.113.6 → kato@denki.example sent
10:00 ×4 every 2m sales@corp.example as grace from 203.0.113.10 → a@denki.example, b@denki.example refused not-owned
10:30 sales@corp.example as GRACE from 203.0.113.10 → a@denki.example sent
11:00 ×5 every 7m frank@corp.example from 45.9.8.{n} helo bot{n}.test port 25 → carol@corp.example refused not-logged-in
14:00 carol@corp.example as carol from 203.0.113.3 → x@denki.example warned | y@denki.example soft-bounced unknown-user
22:00 ×2 every 30m erin@corp.example as erin from 203.0.113.11 → a@denki.example refused out-of-hours
day 3
09:12 alice@corp.example as alice from 203.0.113.5 → mori@denki.example sent
09:40 ×4 every 3m sales@corp.example as alice from 198.51.100.77 helo laptop → mori@denki.example, k@denki.example refused not-owned
10:00 ×6 every 2m dave@corp.example from 192.168.1.20 helo scanner → fax@denki.example refused not-logged-in
11:00 ×4 every 1m p{n}@corp.example as p{n} from 203.0.113.{n} → kato@partner.example bounced listed
11:05 heidi@corp.example as heidi from 203.0.113.8 → kato@partner.example bounced listed
11:30 heidi@corp.example as heidi from 203.0.113.8 → mori@denki.example sent
12:00 erin@corp.example as erin from 203.0.113.11 → b@denki.example refused spf
13:00 carol@corp.example as carol from 203.0.113.3 → mori@denki.example sent
13:10 frank@corp.example as frank from 203.0.113.9 → mori@denki.example sent
"""

MX2 = """
08:00 ×2 every 5m ivan@shop.example as ivan@shop.example from 203.0.113.50 helo pc5 → mori@denki.example sent
08:30 judy@shop.example as judy@shop.example from 203.0.113.51 helo pc6 → mori@denki.example sent
day 2
15:00 judy@shop.example as judy@shop.example from 203.0.113.51 helo pc6 → gone@denki.example bounced 550 5.1.1 <gone@denki.example>: user unknown
day 3
14:00 ×5 every 2m ivan@shop.example as ivan@shop.example from 203.0.113.50 helo pc5 → mori@denki.example refused quota
14:30 judy@shop.example as judy@shop.example from 203.0.113.51 helo pc6 → mori@denki.example sent
"""

MX3 = """
07:00 ×12 every 1m u{n}@city.example as u{n}@city.example from 203.0.113.1{n} → mori@denki.example sent
day 2
03:00 ×8 every 10m x{n}@spammer.test from 45.9.9.{n} helo bot{n}.test port 25 → probe@collector.example refused 554 5.7.1 <probe@collector.example>: Relay access denied
day 3
15:00 ×12 every 10s u{n}@city.example as u{n}@city.example from 203.0.113.1{n} → x@firm{n}.example refused auth-needed
16:00 ×3 every 2m sales@city.example as o'brien"<b>[x](javascript:1)$__timeFrom() from 203.0.113.90 helo <script> → mori@denki.example refused not-owned
"""

MALLORY = "o'brien\"<b>[x](javascript:1)$__timeFrom()"
HOSTILE = "' \" $ ${user} $__timeFrom() <script>alert(1)</script> javascript:x [x](http://evil.example) `|\u202e -- ; \x1b[2J"
"""Stands in every column of two events, and of what people have written."""
HOSTILE_AT = BEGINS + timedelta(days=1, hours=20)


def seed(database: Database) -> None:
    """Write it all; the tables are there."""
    context.keep(database, SETTINGS)
    run(database, "mx1", MX1)
    run(database, "mx2", MX2, mta="exim")
    run(database, "mx3", MX3, more=_hostile())
    ack(database, Ack("mx1", _incident(database, "alice"), NOW - timedelta(hours=8), HOSTILE, HOSTILE))
    until = NOW + timedelta(days=1)
    silences.add(database, Silence(NOW, until, HOSTILE, HOSTILE, user="ivan@shop.example"))


def run(
    database: Database,
    name: str,
    script: str,
    mta: str = "postfix",
    more: Changes | None = None,
    settings: Settings = SETTINGS,
) -> None:
    """A daemon reads its log, and time passes until `NOW`."""
    writer, state, terms = Writer(database, name, ROUTING, lambda: NOW), State(), settings.terms(UTC)
    writer.load(state)
    changes = more or Changes()
    step(state, _batch(script, name, mta), changes, terms)
    tick(state, NOW, changes, terms)
    writer.commit(changes, state)


def _batch(script: str, name: str, mta: str) -> Batch:
    writer, prefix = (EximLog(), EXIM) if mta == "exim" else (PostfixLog(), RSYSLOG)
    lines = [line for session in sessions(script, {}) for line in writer.lines(replace(session, server=name))]
    block = "".join(stamped(lines, prefix, UTC)).encode()
    return Batch(
        "mail", f"{name}-log", block, 0, len(block), lambda offset: offset, "{}", BEGINS, BEGINS, NOW
    )


def _hostile() -> Changes:
    """Whatever a stranger can write, everywhere; once as somebody who had logged in, and once as nobody."""
    texts = dict.fromkeys(HOSTILE_FIELDS, HOSTILE)
    event = Event(
        **texts, generation="hostile", position=1, n=0, occurred_at=HOSTILE_AT, mta="postfix", refused_by="local",
        outcome="rejected", stage="rcpt", user_source="line", client_ip="203.0.113.66", relay_ip=None, code=554,
        repeat=1, confidence="low", cause="unknown",
    )  # fmt: skip
    gap = Gap("mail", "removed", "hostile", 1, HOSTILE, HOSTILE_AT, HOSTILE_AT, 7)
    return Changes(events=[event, replace(event, position=2, user=None, user_source=None)], gaps=[gap])


def _incident(database: Database, subject: str) -> str:
    query = select(INCIDENTS.c.id).where(INCIDENTS.c.subject == subject)
    with database.read() as connection:
        return str(connection.execute(query).scalar_one())
