"""One domain's month: what a customer's postmaster asks about. The domain is that of the senders."""

from __future__ import annotations

from tools.dashboards.board import Board, textbox
from tools.dashboards.databases import Database, typed
from tools.dashboards.failures import FAILED, FILTERS, by_cause, causes, coloured
from tools.dashboards.incidents import ACKNOWLEDGED, NEWEST, SUBJECT, columns
from tools.dashboards.links import to
from tools.dashboards.panels import Json, fixed, override, stat, table

MOST = 50

DOMAIN = f"lower({typed('domain')})"
_NONE = "No failures, or no domain is typed above"


def domain(database: Database) -> Board:
    board = Board(
        database.uid("domain"),
        "rejectwatch: one domain",
        "A month of the people who send for one domain: who failed, when, why, at which partners. Only failures: what was"
        " delivered is counted by server, not by domain.",
        [
            database.datasource(), database.instances(), textbox("domain", "Sender's domain"), causes(),
        ],
        since="now-30d",
        refresh="5m",
    )  # fmt: skip
    board.line(4, (_summary(database), 24))
    board.line(9, (_days(database), 14), (_causes(database), 10))
    board.line(11, (_people(database), 24))
    board.line(10, (_partners(database), 12), (_clients(database), 12))
    board.line(9, (_incidents(database), 24))
    return board


def _failures(database: Database) -> str:
    """The domain's failures, as the index by sender's domain finds them."""
    within = database.within("occurred_at")
    return f"FROM events WHERE sender_domain = {DOMAIN} AND {within} AND {FAILED} AND {FILTERS}"


def _summary(database: Database) -> Json:
    sql = f"""
SELECT coalesce(sum(repeat), 0) AS failures, count(DISTINCT coalesce("user", sender)) AS people,
  count(DISTINCT client_ip) AS addresses, coalesce(sum(CASE WHEN refused_by = 'local' THEN repeat ELSE 0 END), 0) AS "refused by us",
  coalesce(sum(CASE WHEN refused_by = 'remote' THEN repeat ELSE 0 END), 0) AS "refused by partners"
{_failures(database)}"""
    return stat(
        "The domain in this time",
        "Refused recipients, and how many people (logins, or senders where nobody logged in) and client addresses they"
        " came from. How much mail was delivered can't be said: deliveries are counted by server, not by domain.",
        [database.target(sql)],
        text_mode="value_and_name",
        overrides=[override("people", color=fixed("blue")), override("addresses", color=fixed("blue"))],
        steps=(("green", None), ("orange", 1)),
    )


def _days(database: Database) -> Json:
    sql = f"""
SELECT {database.bucket("occurred_at")} AS time, cause AS metric, sum(repeat) AS "Value"
{_failures(database)}
GROUP BY 1, 2 ORDER BY 1, 2"""
    return by_cause(
        "Failures a day, by cause",
        "The domain's refused mail. A bar is a day of UTC; of the first day only what lies in the time range.",
        database,
        sql,
        interval="1d",
    )


def _causes(database: Database) -> Json:
    sql = f"""
SELECT cause, sum(repeat) AS failures, count(DISTINCT coalesce("user", sender)) AS people,
  {database.moment("max(occurred_at)")} AS last
{_failures(database)}
GROUP BY cause ORDER BY 2 DESC, cause"""
    return table(
        "Why",
        "The domain's failures by cause, and how many people each concerned.",
        [database.target(sql, times=("last",))],
        overrides=[
            coloured(links=[to(database, "events", "Its events", "domain", own="cause")]),
            *_NUMBERS,
        ],
        no_value=_NONE,
    )


_NUMBERS = (
    override("failures", custom__width=95),
    override("people", custom__width=80),
    override("last", displayName="last failure", custom__width=165),
)


def _people(database: Database) -> Json:
    # The last cause: what would help now. The row of the last failure is found with the number of its microsecond.
    sql = f"""
WITH found AS (
  SELECT coalesce("user", sender) AS "user", CASE WHEN "user" IS NULL THEN 'no' ELSE 'yes' END AS logged_in,
    cause, sum(repeat) AS failures, max(occurred_at) AS last, min(occurred_at) AS first
  {_failures(database)} AND coalesce("user", sender) <> ''
  GROUP BY 1, 2, cause
)
SELECT "user", sum(failures) AS failures, max(CASE WHEN place = 1 THEN cause END) AS cause, count(*) AS causes,
  logged_in, {database.moment("min(first)")} AS first, {database.moment("max(last)")} AS last
FROM (
  SELECT *, row_number() OVER (PARTITION BY "user", logged_in ORDER BY failures DESC, cause) AS place FROM found
) AS placed
GROUP BY "user", logged_in ORDER BY 2 DESC, 1 LIMIT {MOST}"""
    return table(
        f"Who failed, the first {MOST}",
        "People who sent for this domain: logins, or sender addresses where nobody logged in (then anybody may have written"
        " them). The cause is that of most of their failures.",
        [database.target(sql, times=("first", "last"))],
        overrides=[
            override("user", custom__minWidth=240, links=[
                to(database, "user", "This person's story", own="user"),
                to(database, "events", "Its events", "domain", "cause", own="user"),
                to(database, "incidents", "Its incidents", own="user"),
            ]),
            coloured(),
            override("causes", custom__width=75),
            override("logged_in", displayName="logged in", custom__width=95),
            override("first", displayName="first failure", custom__width=165),
            *_NUMBERS,
        ],
        no_value=_NONE,
    )  # fmt: skip


def _partners(database: Database) -> Json:
    sql = f"""
SELECT recipient_domain AS partner, sum(CASE WHEN refused_by = 'remote' THEN repeat ELSE 0 END) AS by_them,
  sum(CASE WHEN refused_by = 'local' THEN repeat ELSE 0 END) AS by_us, count(DISTINCT coalesce("user", sender)) AS people,
  {database.moment("max(occurred_at)")} AS last
{_failures(database)} AND recipient_domain <> ''
GROUP BY recipient_domain ORDER BY 2 DESC, 3 DESC, 1 LIMIT {MOST}"""
    return table(
        "To whom it did not get",
        "Recipients' domains: those that refused this domain's mail first, then those to which our own server refused to"
        " take it.",
        [database.target(sql, times=("last",))],
        overrides=[
            override("partner", custom__minWidth=180, links=[
                to(database, "events", "Its events", "domain", "cause", own="partner"),
                to(database, "incidents", "Its incidents", own="partner"),
            ]),
            override("by_them", displayName="refused by them", custom__width=130),
            override("by_us", displayName="refused by us", custom__width=120),
            *_NUMBERS,
        ],
        no_value=_NONE,
    )  # fmt: skip


def _clients(database: Database) -> Json:
    sql = f"""
SELECT client_ip AS client, max(client_host) AS name, sum(repeat) AS failures,
  count(DISTINCT coalesce("user", sender)) AS people, {database.moment("max(occurred_at)")} AS last
{_failures(database)} AND client_ip <> ''
GROUP BY client_ip ORDER BY 3 DESC, 1 LIMIT {MOST}"""
    return table(
        "From where",
        "Client addresses that handed it over to us. One with many people is an office or a device; many with one person"
        " may be a stolen password.",
        [database.target(sql, times=("last",))],
        overrides=[
            override("client", custom__minWidth=140, links=[
                to(database, "events", "Its events", "domain", "cause", own="client"),
                to(database, "incidents", "Its incidents", own="client"),
            ]),
            *_NUMBERS,
        ],
        no_value=_NONE,
    )  # fmt: skip


def _incidents(database: Database) -> Json:
    named = database.find("record", f"'@' || {DOMAIN} || '\"'")
    sql = f"""
SELECT {database.moment("opened_at")} AS opened, {database.moment("closed_at")} AS closed, coalesce(ending, 'open') AS ending,
  cause, by AS what, subject, people, attempts, who_acts, {ACKNOWLEDGED}, instance,{SUBJECT}
FROM incidents WHERE opened_at <= {database.end()} AND (closed_at IS NULL OR closed_at >= {database.begin()}) AND {FILTERS}
  AND {typed("domain")} <> '' AND (subject = {DOMAIN} OR {named} > 0)
ORDER BY opened_at DESC, id LIMIT {NEWEST}"""
    return table(
        "Incidents that name the domain",
        "Those about the domain itself, and those that name an address of it (an incident names twenty at most), open at"
        " some time of the range.",
        [database.target(sql, times=("opened", "closed"))],
        overrides=columns(database),
        no_value="No incidents",
    )
