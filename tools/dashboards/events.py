"""Single refusals: when, who refused, whom, with which words; and why we say what we say."""

from __future__ import annotations

from tools.dashboards.board import Board, custom, textbox
from tools.dashboards.databases import Database, chosen, several, typed
from tools.dashboards.failures import FILTERS, causes, coloured, is_typed
from tools.dashboards.links import to
from tools.dashboards.panels import NEUTRAL, Json, fixed, override, stat, table, timeseries, words

NEWEST = 500

OUTCOMES = {
    "rejected": ("refused in session", "red"), "bounced": ("came back", "orange"),
    "deferred": ("tried again", "yellow"), "warned": ("only a warning", "text"), "probed": ("address probe", "text"),
}  # fmt: skip

_REFUSERS = {"local": ("our server", "blue"), "remote": ("the other side", "purple")}


def events(database: Database) -> Board:
    board = Board(
        database.uid("events"),
        "rejectwatch: events",
        "Each refusal with its reply, its cause and the words that decided. Every filter may stay empty: then it is no filter.",
        [
            database.datasource(), database.instances(), textbox("user", "Login or sender"),
            textbox("domain", "Sender's domain"), textbox("client", "Client address"),
            textbox("partner", "Recipient's domain"), causes(), _outcomes(), textbox("code", "Code"),
            textbox("reply", "Words of the reply"),
        ],
    )  # fmt: skip
    board.line(7, (_curve(database), 19), (_found(database), 5))
    board.line(20, (_newest(database), 24))
    return board


def _outcomes() -> Json:
    variable = several(custom("outcome", "Outcome", {text: slug for slug, (text, _) in OUTCOMES.items()}))
    options = [{**option, "selected": False} for option in variable["options"]]
    everything = {"selected": True, "text": ["All"], "value": ["$__all"]}
    return variable | {"multi": True, "includeAll": True, "current": everything, "options": options}


# ── the question ──


def _found_by(database: Database, columns: str, newest: int = 0) -> str:
    """The events that are asked for: a part for the index that finds most narrowly; all parts but one are empty.

    A database that sees `… = '' OR user = …` walks through all of the time; PostgreSQL would see that the first
    half is false, but not SQLite. What nobody typed costs nothing: it is decided before a row is read.
    """
    order = f" ORDER BY occurred_at DESC, position DESC, n DESC LIMIT {newest}" if newest else ""
    within = database.within("occurred_at")
    parts = [
        f"SELECT * FROM (SELECT {columns} FROM events WHERE {narrow} AND {within} AND {_rest(database)}{order}) AS part"
        for narrow in _narrow()
    ]
    return "\n  UNION ALL ".join(parts)


def _narrow() -> list[str]:
    """Conditions no two of which hold for one event; together they hold for all."""
    user, client, domain, partner = (typed(name) for name in ("user", "client", "domain", "partner"))
    return [
        f"{user} <> '' AND \"user\" = {user}",
        f"{user} <> '' AND \"user\" IS NULL AND sender = {user}",
        f"{user} = '' AND {client} <> '' AND client_ip = {client}",
        f"{user} = '' AND {client} = '' AND {domain} <> '' AND sender_domain = lower({domain})",
        f"{user} = '' AND {client} = '' AND {domain} = '' AND {partner} <> '' AND recipient_domain = lower({partner})",
        f"{user} = '' AND {client} = '' AND {domain} = '' AND {partner} = ''",
    ]


def _rest(database: Database) -> str:
    reply = typed("reply")
    words_of_reply = f"({reply} = '' OR {database.find('lower(reply)', f'lower({reply})')} > 0)"
    code = f"({typed('code')} = '' OR CAST(code AS text) = {typed('code')})"
    of_subject = [
        is_typed("client_ip", "client"),
        f"({typed('domain')} = '' OR sender_domain = lower({typed('domain')}))",
        f"({typed('partner')} = '' OR recipient_domain = lower({typed('partner')}))",
    ]
    return " AND ".join([*of_subject, FILTERS, chosen("outcome", "outcome"), code, words_of_reply])


# ── the panels ──


def _curve(database: Database) -> Json:
    sql = f"""
SELECT {database.bucket("occurred_at")} AS time, 'events' AS metric, count(*) AS "Value"
FROM (
  {_found_by(database, "occurred_at")}
) AS found
GROUP BY 1 ORDER BY 1"""
    return timeseries(
        "How many, over time",
        "All events that the filters let through, not only those in the table below.",
        [database.target(sql, form="time_series")],
        unit="short",
        bars=True,
        interval="10m",
        points=150,
        legend="none",
        decimals=0,
        overrides=[override("events", color=fixed("orange"))],
    )


def _found(database: Database) -> Json:
    sql = f"""
SELECT CASE WHEN count(*) > {NEWEST} THEN 'the newest {NEWEST} of ' ELSE 'all ' END || count(*) AS shown
FROM (
  {_found_by(database, "occurred_at")}
) AS found"""
    return stat(
        "The table shows",
        f"How many events the filters let through in this time; the table shows the newest {NEWEST} of them at most."
        " A shorter time range, or a narrower filter, shows the others.",
        [database.target(sql)],
        field="/.*/",
        size=22,
        steps=NEUTRAL,
    )


def _newest(database: Database) -> Json:
    sql = f"""
SELECT {database.moment("occurred_at")} AS time, outcome, refused_by, coalesce("user", '') AS "user", coalesce(sender, '') AS sender,
  recipient, cause, reply, coalesce(client_ip, '') AS client, code, enhanced_code AS enhanced, confidence, evidence,
  client_host AS name, helo, relay_host AS relay, coalesce(recipient_domain, '') AS partner, queue_id, mta, instance
FROM (
  {_found_by(database, "*", NEWEST)}
) AS found
ORDER BY occurred_at DESC, position DESC, n DESC LIMIT {NEWEST}"""
    return table(
        f"Events, the newest {NEWEST}",
        "Refusals as the log has them, the newest first: who refused, what became of the message, the reply in full, the"
        " cause that we read out of it, how sure that is, and the words that decided. Names lead to their story.",
        [database.target(sql)],
        overrides=_columns(database),
        no_value="No events",
    )


def _columns(database: Database) -> list[Json]:
    coloured_text = {"type": "color-text"}
    return [
        override("time", custom__width=155),
        override("outcome", mappings=words(OUTCOMES), custom__width=130, custom__cellOptions=coloured_text),
        override("refused_by", displayName="who refused", mappings=words(_REFUSERS), custom__width=95,
                 custom__cellOptions=coloured_text),
        override("user", custom__width=110, links=[
            to(database, "user", "This person's story", own="user"),
            to(database, "events", "Its events", own="user"),
        ]),
        override("sender", custom__width=180, links=[to(database, "user", "This sender's story", own="user")]),
        override("recipient", custom__width=185),
        override("client", custom__width=120, links=[to(database, "events", "All from this address", own="client")]),
        override("name", displayName="client's name", custom__width=130),
        override("helo", displayName="HELO", custom__width=120),
        override("code", custom__width=60),
        override("enhanced", displayName="status", custom__width=65),
        override("reply", custom__width=400, custom__inspect=True),
        coloured(custom__width=185, links=[to(database, "events", "All with this cause", own="cause")]),
        override("confidence", displayName="how sure", custom__width=85),
        override("evidence", displayName="because of", custom__width=220, custom__inspect=True),
        override("partner", displayName="recipient's domain", custom__width=160, links=[
            to(database, "events", "All to this domain", own="partner")]),
        override("queue_id", displayName="queue id", custom__width=120),
    ]  # fmt: skip
