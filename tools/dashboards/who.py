"""Who fails, and why: the board that one begins with. What fails now stands first, then who failed most."""

from __future__ import annotations

from tools.dashboards.board import Board
from tools.dashboards.databases import Database
from tools.dashboards.failures import FILTERS, by_cause, causes, coloured, counted
from tools.dashboards.incidents import columns, open_now
from tools.dashboards.links import to, unseen
from tools.dashboards.panels import Json, override, table, words

MOST = 20
DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
WEEK = (1, 2, 3, 4, 5, 6, 0)
"""The rows of the heat map: Monday comes first."""

GRAIN = (
    "Counted exactly for any time range: whole hours from the counts by the hour, the ends from the events."
)


def who(database: Database) -> Board:
    board = Board(
        database.uid("who"),
        "rejectwatch: who and why",
        "Who fails now, who failed most in the time range, and why. Each row leads to its events and its story.",
        [database.datasource(), database.instances(), causes(), database.timezone()],
    )
    board.line(7, (_now(database), 24))
    board.line(9, (_curve(database), 14), (_causes(database), 10))
    board.line(11, (_users(database), 12), (_senders(database), 12))
    board.line(11, (_domains(database), 8), (_clients(database), 8), (_partners(database), 8))
    board.line(9, (_heat_map(database), 24))
    return board


def _now(database: Database) -> Json:
    return table(
        "Fails now, and why",
        "Incidents that are open now, whatever the time range; those that concern most people first. Each name leads to"
        " its events, its story and its earlier incidents.",
        [open_now(database)],
        overrides=columns(database),
        no_value="Nothing fails now",
    )


# ── who failed most ──


def _most(database: Database, by: str, name: str) -> Json:
    """Who failed most; how often, mainly why, and for how many causes."""
    sql = f"""
SELECT CASE WHEN subject = '' THEN '<>' ELSE subject END AS "{name}", CAST(sum(failures) AS bigint) AS failures,
  max(CASE WHEN place = 1 THEN cause END) AS cause, count(*) AS causes
FROM (
  SELECT subject, cause, sum(failures) AS failures,
    row_number() OVER (PARTITION BY subject ORDER BY sum(failures) DESC, cause) AS place
  FROM (
  {counted(database, by)}
  ) AS counted GROUP BY subject, cause
) AS by_cause
GROUP BY subject ORDER BY 2 DESC, subject LIMIT {MOST}"""
    return database.target(sql)


def _most_panel(
    database: Database, title: str, description: str, by: str, name: str, *links: Json, narrow: bool = False
) -> Json:  # fmt: skip
    return table(
        title,
        f"{description} The cause is that of most of its failures. {GRAIN}",
        [_most(database, by, name)],
        overrides=[
            override(name, custom__minWidth=130, links=list(links)),
            override("failures", custom__width=120 if narrow else 150, color={"mode": "fixed", "fixedColor": "blue"},
                     custom__cellOptions={"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}),
            coloured(custom__minWidth=170),
            *(unseen("causes") if narrow else [override("causes", custom__width=70)]),
        ],
        no_value="No failures",
    )  # fmt: skip


def _users(database: Database) -> Json:
    return _most_panel(
        database, "Logins that failed most", "Whoever had logged in.", "user", "user",
        to(database, "user", "This person's story", own="user"),
        to(database, "events", "Its events", "cause", own="user"),
        to(database, "incidents", "Its incidents", "cause", own="user"),
    )  # fmt: skip


def _senders(database: Database) -> Json:
    return _most_panel(
        database, "Senders that failed most, nobody logged in",
        "Devices and programs that do not log in, and strangers who write whom they like as the sender; <> is no sender.",
        "sender", "user",
        to(database, "user", "This person's story", own="user"),
        to(database, "events", "Its events", "cause", own="user"),
        to(database, "incidents", "Its incidents", "cause", own="user"),
    )  # fmt: skip


def _domains(database: Database) -> Json:
    return _most_panel(
        database, "Senders' domains", "The domain of the sender, whoever logged in.", "sender_domain", "domain",
        to(database, "domain", "This domain's month", own="domain"),
        to(database, "events", "Its events", "cause", own="domain"),
        to(database, "incidents", "Its incidents", "cause", own="domain"), narrow=True,
    )  # fmt: skip


def _clients(database: Database) -> Json:
    return _most_panel(
        database, "Client addresses", "From where it was handed over to us.", "client_ip", "client",
        to(database, "events", "Its events", "cause", own="client"),
        to(database, "incidents", "Its incidents", "cause", own="client"), narrow=True,
    )  # fmt: skip


def _partners(database: Database) -> Json:
    return _most_panel(
        database, "Recipients' domains",
        "To whom it was meant to go: where the cause lies with them, these are the partners that refuse us.",
        "recipient_domain", "partner",
        to(database, "events", "Its events", "cause", own="partner"),
        to(database, "incidents", "Its incidents", "cause", own="partner"), narrow=True,
    )  # fmt: skip


def _causes(database: Database) -> Json:
    sql = f"""
SELECT cause, CAST(sum(failures) AS bigint) AS failures
FROM (
  {counted(database, "cause")}
) AS counted
GROUP BY cause ORDER BY 2 DESC, cause"""
    return table(
        "Why",
        f"Failures by cause. {GRAIN}",
        [database.target(sql)],
        overrides=[
            coloured(links=[
                to(database, "events", "Its events", own="cause"),
                to(database, "incidents", "Its incidents", own="cause"),
            ]),
            override("failures", color={"mode": "fixed", "fixedColor": "blue"},
                     custom__cellOptions={"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}),
        ],
        no_value="No failures",
    )  # fmt: skip


# ── when ──


def _curve(database: Database) -> Json:
    sql = f"""
SELECT {database.bucket("hour")} AS time, subject AS metric, sum(failures) AS "Value"
FROM hourly WHERE by = 'cause' AND {database.within("hour")} AND {FILTERS}
GROUP BY 1, 2 ORDER BY 1, 2"""
    return by_cause(
        "Failures by cause",
        "Refused mail over time. The grain is an hour: hours that begin in the time range, the last one as far as it has"
        " come. A cause that starts at one moment is a change on a server; one that follows the clock is a rule.",
        database,
        sql,
        interval="1h",
    )


def _heat_map(database: Database) -> Json:
    hours = ", ".join(
        f'coalesce(sum(CASE WHEN at.hour = {hour} THEN at.failures END), 0) AS "{hour:02}"'
        for hour in range(24)
    )
    days = "\n  UNION ALL ".join(
        f"SELECT {place} AS place, {day} AS day, '{DAYS[day]}' AS name" for place, day in enumerate(WEEK)
    )
    sql = f"""
SELECT week.name AS day, {hours}
FROM (
  {days}
) AS week LEFT JOIN (
  SELECT {database.weekday_of("hour")} AS day, {database.hour_of("hour")} AS hour, CAST(sum(failures) AS bigint) AS failures
  FROM hourly WHERE by = 'cause' AND {database.within("hour")} AND {FILTERS} GROUP BY 1, 2
) AS at ON at.day = week.day
GROUP BY week.place, week.name ORDER BY week.place"""
    panel = table(
        "At which hours: four weeks",
        "Failures by day of the week and hour, on the clocks of the time zone above; in the last four weeks, or in the time"
        " range if it is one between two dates. A rule about hours shows as a block, a nightly job as a stripe. Whole hours.",
        [database.target(sql)],
        overrides=[
            override("day", custom__width=110, custom__cellOptions={"type": "auto"}, mappings=[]),
        ],
        no_value="No failures",
    )
    panel["fieldConfig"]["defaults"] |= {
        "color": {"mode": "continuous-reds"}, "decimals": 0, "min": 0, "mappings": words({"0": ("", "transparent")}),
    }  # fmt: skip
    panel["fieldConfig"]["defaults"]["custom"] |= {
        "align": "center", "cellOptions": {"type": "color-background", "mode": "basic"}, "minWidth": 50,
    }  # fmt: skip
    return panel | {"timeFrom": "28d"}
