"""Incidents: what began to fail when, for how long, who was told, and who takes care of it."""

from __future__ import annotations

from tools.dashboards.board import Board, textbox
from tools.dashboards.databases import Database, chosen, typed
from tools.dashboards.failures import FILTERS, causes, coloured, in_words
from tools.dashboards.links import to, unseen
from tools.dashboards.panels import (
    NEUTRAL,
    Json,
    fixed,
    override,
    stat,
    state_timeline,
    table,
    thresholds,
    words,
)

LARGEST = 30
"""Rows of the timeline: more can't be read."""
NEWEST = 200

ACTS = {
    "user": ("the user", "blue"),
    "admin": ("the administrator", "red"),
    "remote": ("the other side", "purple"),
}
"""Who must act, in the words of the messages."""

KINDS = {
    "user": "login", "sender": "sender", "client_ip": "address", "sender_domain": "domain",
    "recipient_domain": "partner", "cause": "everybody", "host": "refusing server",
}  # fmt: skip
"""What an incident is named after, in a word."""

ENDINGS = {
    "recovered": ("works again", "green"), "expired": ("not tried again", "text"),
    "merged": ("part of another one", "text"), "open": ("open", "red"),
}  # fmt: skip


SUBJECT = """
  CASE WHEN by IN ('user', 'sender') THEN subject ELSE '' END AS "user",
  CASE WHEN by = 'sender_domain' THEN subject ELSE '' END AS domain,
  CASE WHEN by = 'client_ip' THEN subject ELSE '' END AS client,
  CASE WHEN by = 'recipient_domain' THEN subject ELSE '' END AS partner, cause AS slug"""
"""What an incident is about, as the variables of the other boards have it."""

ACKNOWLEDGED = """(SELECT acks.by FROM acks
    WHERE acks.incident = incidents.id AND acks.instance = incidents.instance) AS acknowledged"""


def subject_links(database: Database) -> list[Json]:
    of_subject = {"user": "user", "domain": "domain", "client": "client", "partner": "partner"}
    return [
        to(database, "events", "Its events", **of_subject, cause="slug"),
        to(database, "user", "This person's story", user="user"),
        to(database, "incidents", "All incidents like this", **of_subject, cause="slug"),
    ]


def columns(database: Database) -> list[Json]:
    """How the columns of a table of incidents are shown."""
    return [
        coloured(custom__width=190),
        override("what", mappings=words(KINDS), custom__width=80),
        override("subject", custom__minWidth=160, links=subject_links(database)),
        override("who_acts", displayName="who must act", mappings=words(ACTS), custom__width=130,
                 custom__cellOptions={"type": "color-text"}),
        override("ending", displayName="how it ended", mappings=words(ENDINGS), custom__width=130,
                 custom__cellOptions={"type": "color-text"}),
        *(override(name, custom__width=155) for name in ("opened", "told", "closed", "last")),
        override("people", custom__width=65), override("attempts", custom__width=75),
        override("instance", custom__width=75),
        override("last", displayName="last failure"),
        override("told", noValue="not yet"), override("closed", noValue="still open"),
        override("acknowledged", noValue="nobody", custom__width=115),
        *unseen("user", "domain", "client", "partner", "slug"),
    ]  # fmt: skip


# ── the questions ──


def open_now(database: Database) -> Json:
    """What fails now, whatever the time range."""
    sql = f"""
SELECT {database.moment("opened_at")} AS opened, cause, by AS what, subject, people, attempts, who_acts,
  {database.moment("last_at")} AS last, {ACKNOWLEDGED}, instance,{SUBJECT}
FROM incidents WHERE closed_at IS NULL AND {FILTERS}
ORDER BY people DESC, attempts DESC, opened_at DESC LIMIT {NEWEST}"""
    return database.target(sql, times=("opened", "last"))


def _named(database: Database) -> str:
    """Those that are about, or name, what was typed."""
    about = [f"(by IN {by} AND subject = {typed(name)})" for name, by in _BY.items()]
    named = [f"{database.find('record', _quoted(name))} > 0" for name in _BY]
    told = zip(_BY, about, named, strict=True)
    return " AND ".join(f"({typed(name)} = '' OR {one} OR {other})" for name, one, other in told)


_BY = {
    "user": "('user', 'sender')", "domain": "('sender_domain')", "client": "('client_ip')",
    "partner": "('recipient_domain')",
}  # fmt: skip


def _quoted(variable: str) -> str:
    """As a text stands in the record, which is JSON; a domain also as the end of an address."""
    before = "@" if variable == "domain" else '"'
    return f"""'{before}' || {typed(variable)} || '"'"""


def _seen(database: Database) -> str:
    """Those that were open at some time of the range."""
    began, ended = f"opened_at <= {database.end()}", f"(closed_at IS NULL OR closed_at >= {database.begin()})"
    return f"{began} AND {ended} AND {FILTERS} AND {_named(database)}"


def _timeline(database: Database) -> Json:
    found = f"FROM incidents WHERE {_seen(database)} AND coalesce(ending, '') <> 'merged'"
    return database.target(f"WITH {rows_of_time(database, found)}", form="time_series")


def rows_of_time(database: Database, found: str) -> str:
    """SQL behind WITH: when incidents began and ended, and by number who had to act. `found`: FROM …, which ones."""
    # A row for a name; where several of that name overlap, it stays coloured until the last has ended. Before and
    # after there is 0, which has no colour: Grafana's series have no gaps but those that somebody says.
    code = "CASE who_acts WHEN 'user' THEN 1 WHEN 'admin' THEN 2 ELSE 3 END"
    return f"""seen AS MATERIALIZED (
  SELECT CASE WHEN length(subject) > 40 THEN substr(subject, 1, 39) || '…' ELSE subject END || ' · ' || {in_words("cause")} AS name,
    CASE WHEN opened_at < {database.begin()} THEN {database.begin()} ELSE opened_at END AS began, closed_at, {code} AS code,
    coalesce(people, 1) AS people, attempts
  {found}
), largest AS (
  SELECT name FROM seen GROUP BY name ORDER BY max(people) DESC, sum(attempts) DESC, name LIMIT {LARGEST}
), shown AS MATERIALIZED (
  SELECT seen.* FROM seen JOIN largest ON largest.name = seen.name
), changes AS (
  SELECT name, began AS at FROM shown UNION SELECT name, closed_at FROM shown WHERE closed_at <= {database.end()}
  UNION SELECT name, {database.begin()} FROM shown
)
SELECT {database.moment("changes.at")} AS time, changes.name AS metric, coalesce(max(shown.code), 0) AS "Value"
FROM changes LEFT JOIN shown ON shown.name = changes.name AND shown.began <= changes.at
  AND (shown.closed_at IS NULL OR shown.closed_at > changes.at)
GROUP BY 1, 2 ORDER BY 1, 2"""


def _all(database: Database) -> Json:
    sql = f"""
SELECT {database.moment("opened_at")} AS opened, {database.moment("told_at")} AS told, {database.moment("closed_at")} AS closed,
  coalesce(ending, 'open') AS ending, cause, by AS what, subject, people, attempts, who_acts,
  {ACKNOWLEDGED}, instance, id,{SUBJECT}
FROM incidents WHERE {_seen(database)}
ORDER BY opened_at DESC, id LIMIT {NEWEST}"""
    return database.target(sql, times=("opened", "told", "closed"))


def _summary(database: Database) -> Json:
    """Small sentences rather than naked numbers: what is cut off is said."""
    sql = f"""
SELECT count(*) AS incidents, coalesce(sum(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END), 0) AS "still open",
  coalesce(sum(CASE WHEN ending = 'recovered' THEN 1 ELSE 0 END), 0) AS "works again",
  coalesce(sum(CASE WHEN ending = 'expired' THEN 1 ELSE 0 END), 0) AS "not tried again",
  coalesce(sum(CASE WHEN ending = 'merged' THEN 1 ELSE 0 END), 0) AS "part of another one"
FROM incidents WHERE {_seen(database)}"""
    return database.target(sql)


def _messages(database: Database) -> Json:
    states = {
        "sent": ("sent",), "waiting": ("waiting", "held"), "failed": ("failed",), "given_up": ("given_up",),
        "not_needed": ("dropped", "merged"),
    }  # fmt: skip
    counts = [
        f"sum(CASE WHEN state IN ({', '.join(repr(one) for one in several)}) THEN 1 ELSE 0 END) AS {name}"
        for name, several in states.items()
    ]
    sql = f"""
SELECT channel, {", ".join(counts)}, {database.moment("max(sent_at)")} AS last_sent,
  max(CASE WHEN state IN ('failed', 'given_up') THEN last_error END) AS error
FROM outbox WHERE {database.within("at")} AND {chosen("instance", "instance")}
GROUP BY channel ORDER BY channel"""
    return database.target(sql, times=("last_sent",))


def _acks(database: Database) -> Json:
    sql = f"""
SELECT {database.moment("acks.at")} AS at, acks.by AS who, acks.note, incidents.subject, incidents.cause, acks.instance
FROM acks LEFT JOIN incidents ON incidents.id = acks.incident AND incidents.instance = acks.instance
WHERE {chosen("acks.instance", "instance")} AND (incidents.closed_at IS NULL OR {database.within("acks.at")})
ORDER BY acks.at DESC LIMIT {NEWEST}"""
    return database.target(sql, times=("at",))


def _silences(database: Database) -> Json:
    sql = f"""
SELECT {database.moment("until")} AS until, coalesce("user", '') AS "user", coalesce(sender, '') AS sender,
  coalesce(client_ip, '') AS client, coalesce(domain, '') AS domain, coalesce(cause, '') AS cause, author, reason,
  {database.moment("created_at")} AS since
FROM silences WHERE until >= {database.end()} AND created_at <= {database.end()}
ORDER BY until LIMIT {NEWEST}"""
    return database.target(sql, times=("until", "since"))


# ── the board ──


def incidents(database: Database) -> Board:
    board = Board(
        database.uid("incidents"),
        "rejectwatch: incidents",
        "What began to fail when, for how long and whom it concerned; who was told of it, and who takes care.",
        [
            database.datasource(), database.instances(), causes(), textbox("user", "Login or address"),
            textbox("domain", "Sender's domain"), textbox("client", "Client address"),
            textbox("partner", "Partner's domain"),
        ],
        since="now-7d",
    )  # fmt: skip
    board.line(4, (_summary_panel(database), 24))
    board.line(14, (_timeline_panel(database), 24))
    board.line(12, (_table_panel(database), 24))
    board.line(6, (_acks_panel(database), 13), (_messages_panel(database), 11))
    board.line(6, (_silences_panel(database), 24))
    return board


def _summary_panel(database: Database) -> Json:
    return stat(
        "Incidents of this time",
        "How many were open at some time of the range, and how they ended. What lasted into another one became part of it.",
        [_summary(database)],
        text_mode="value_and_name",
        overrides=[
            override("still open", thresholds={"mode": "absolute", "steps": [
                {"color": "green", "value": None}, {"color": "red", "value": 1}]}),
            override("incidents", color=fixed("blue")), override("not tried again", color=fixed("text")),
            override("part of another one", color=fixed("text")),
        ],
    )  # fmt: skip


def _timeline_panel(database: Database) -> Json:
    return timeline(
        f"When what failed, and who must act (the {LARGEST} largest)",
        "A row for each thing that failed, from the message that it was noticed by to the one that proved that it works"
        " again (or until now): red: the administrator must act, blue: the user, purple: the other side. The same thing"
        f" again is the same row. If there are more than {LARGEST}, those that concern most people are shown.",
        _timeline(database),
    )


def timeline(title: str, description: str, target: Json) -> Json:
    """Incidents as rows of time; of `rows_of_time`."""
    told = {"0": ("", "transparent")} | {
        str(number): acts for number, acts in enumerate(ACTS.values(), start=1)
    }
    return state_timeline(title, description, [target], mappings=words(told))


def _table_panel(database: Database) -> Json:
    return table(
        f"Incidents, the newest {NEWEST}",
        "Each incident that was open at some time of the range: when it was noticed, told and over, how it ended, whom and"
        " how many people it concerns, why, who must act, who has said that they take care. Numbers are those of the"
        " incident, not of the range.",
        [_all(database)],
        overrides=[*columns(database), override("id", custom__width=95)],
        no_value="No incidents",
    )


def _messages_panel(database: Database) -> Json:
    return table(
        "Messages by channel",
        "What became of the messages of this time: failed ones are tried again; those that were given up were told to"
        " nobody through this channel; not needed: overtaken, or told together with others.",
        [_messages(database)],
        overrides=[
            *(override(name, custom__width=75) for name in ("sent", "waiting", "failed")),
            override("given_up", displayName="given up", custom__width=75, thresholds=thresholds((*NEUTRAL, ("red", 1))),
                     custom__cellOptions={"type": "color-text"}),
            override("not_needed", displayName="not needed", custom__width=90),
            override("last_sent", displayName="last sent", custom__width=155),
        ],
        no_value="No messages",
    )  # fmt: skip


def _silences_panel(database: Database) -> Json:
    return table(
        "Silences in force",
        "At the end of the time range: what nobody is told of, until when, and why. A silence holds for all daemons of the"
        " database.",
        [_silences(database)],
        overrides=[coloured()],
        no_value="No silences",
    )


def _acks_panel(database: Database) -> Json:
    return table(
        "Who takes care",
        "Acknowledged incidents that are open, or were acknowledged in this time: by whom, when, with which note.",
        [_acks(database)],
        overrides=[
            override("at", custom__width=155),
            override("who", custom__width=110),
            coloured(custom__width=190),
            override("instance", custom__width=75),
        ],
        no_value="Nobody has acknowledged an incident",
    )
