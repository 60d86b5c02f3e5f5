"""One person's story over the time range: what was refused, why, from where, to whom, and which incidents it made."""

from __future__ import annotations

from tools.dashboards.board import Board, textbox
from tools.dashboards.databases import Database
from tools.dashboards.failures import by_cause, coloured
from tools.dashboards.incidents import ENDINGS, KINDS, rows_of_time, timeline
from tools.dashboards.panels import (
    RED_ABOVE_ZERO,
    Json,
    bargauge,
    fixed,
    link,
    override,
    stat,
    table,
    words,
)
from tools.dashboards.person import about, refusals


def user(database: Database) -> Board:
    board = Board(
        database.uid("user"),
        "rejectwatch: one person",
        "The story of one login or address over the time range. Without what strangers sent in this name.",
        [
            database.datasource(),
            textbox("user", "Login or address", description="In any case of letters."),
        ],
        since="now-7d",
    )
    board.line(4, (_numbers(database), 24))
    board.line(8, (_by_cause(database), 14), (_timeline(database), 10))
    board.line(12, (_refusals(database), 24))
    board.line(8, (_clients(database), 15), (_domains(database), 9))
    board.line(8, (_incidents(database), 24))
    return board


def _with_variables(database: Database, board: str, more: str = "") -> str:
    return f"/d/{database.uid(board)}?{more}${{datasource:queryparam}}&${{__url_time_range}}"


def _numbers(database: Database) -> Json:
    sql = f"""{about(database, "found")}
SELECT coalesce(sum(repeat), 0) AS refusals, count(DISTINCT attempt) AS attempts, max(occurred_at) AS last_refusal,
  (SELECT max(at) FROM found) AS last_success
FROM {refusals(database.within("occurred_at"))}"""
    to_helpdesk = link(
        "Can this person send now?",
        _with_variables(database, "helpdesk", "var-user=${user:percentencode}&"),
    )
    return stat(
        "Refused",
        "Refusals and attempts in the time range (an attempt is a mail that was to go out, to however many), and when mail"
        " went out last, whatever the time range.",
        [database.target(sql, times=("last_refusal", "last_success"))],
        field="/.*/",
        no_value="—",
        size=28,
        text_mode="value_and_name",
        steps=RED_ABOVE_ZERO,
        links=[to_helpdesk],
        overrides=[
            override("refusals", displayName="Refusals"),
            override("attempts", displayName="Attempts"),
            override("last_refusal", displayName="Last refusal", unit="dateTimeAsIso", color=fixed("text")),
            override("last_success", displayName="Last success", unit="dateTimeAsIso", color=fixed("text")),
        ],
    )


def _by_cause(database: Database) -> Json:
    sql = f"""{about(database, "senders")}
SELECT {database.bucket("occurred_at")} AS time, cause AS metric, sum(repeat) AS "Value"
FROM {refusals(database.within("occurred_at"))} GROUP BY 1, 2 ORDER BY 1, 2"""
    return by_cause(
        "Refusals by cause",
        "How many, and why: a cause that is new tells what has changed.",
        database,
        sql,
        interval="1h",
        points=100,
    )


def _timeline(database: Database) -> Json:
    found = f"FROM incidents_of WHERE opened_at <= {database.end()} AND (closed_at IS NULL OR closed_at >= {database.begin()})"
    sql = f"{about(database, 'incidents_of')},\n{rows_of_time(database, found)}"
    return timeline(
        "Incidents",
        "From when to when an incident that this person belongs to was open, and who must act: red is the administrator,"
        " blue the user, purple the other side.",
        database.target(sql, form="time_series"),
    )


def _refusals(database: Database) -> Json:
    sql = f"""{about(database, "senders")}
SELECT occurred_at AS time, sender, recipient, cause, reply, evidence, client_ip, client_host, helo, code, service, mta,
  instance
FROM {refusals(database.within("occurred_at"))} ORDER BY occurred_at DESC, position DESC, n DESC LIMIT 500"""
    return table(
        "Each refusal",
        "The last 500 of the time range, the newest on top: what the server answered, and why.",
        [database.target(sql)],
        no_value="Nothing was refused",
        overrides=[
            override("time", displayName="Time", custom__width=155),
            override("sender", displayName="From", custom__width=180),
            override("recipient", displayName="To", custom__width=180),
            override("code", displayName="Code", custom__width=60),
            override("reply", displayName="Reply", custom__width=580, custom__inspect=True),
            coloured(
                displayName="Cause",
                custom__width=190,
                links=[
                    link(
                        "All refusals for this reason",
                        _with_variables(database, "events", "var-cause=${__value.raw:percentencode}&"),
                    )
                ],
            ),
            override("evidence", displayName="Known by", custom__width=150),
            override("client_ip", displayName="Client", custom__width=125),
            override("client_host", displayName="Client's name", custom__width=140),
            override("helo", displayName="HELO", custom__width=120),
            override("service", displayName="Service", custom__width=180),
            override("mta", displayName="Server", custom__width=80),
            override("instance", displayName="Instance", custom__width=90),
        ],
    )


def _clients(database: Database) -> Json:
    sql = f"""{about(database, "senders")}
SELECT client_ip, client_host, helo, sum(repeat) AS refusals, min(occurred_at) AS first_at, max(occurred_at) AS last_at
FROM {refusals(database.within("occurred_at"))} GROUP BY client_ip, client_host, helo
ORDER BY refusals DESC, last_at DESC LIMIT 50"""
    return table(
        "From where",
        "Clients, and as what they call themselves (HELO).",
        [database.target(sql, times=("first_at", "last_at"))],
        no_value="None",
        overrides=[
            override("client_ip", displayName="Address", custom__width=130),
            override("client_host", displayName="Name"),
            override("helo", displayName="HELO"),
            override("refusals", displayName="Refusals", custom__width=80),
            override("first_at", displayName="First", custom__width=155),
            override("last_at", displayName="Last", custom__width=155),
        ],
    )


def _domains(database: Database) -> Json:
    sql = f"""{about(database, "senders")}
SELECT coalesce(recipient_domain, '?') AS domain, sum(repeat) AS refusals FROM {refusals(database.within("occurred_at"))} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 15"""
    to_domain = link(
        "This domain",
        _with_variables(database, "domain", "var-domain=${__data.fields.domain:percentencode}&"),
    )
    return bargauge(
        "To whom",
        "Domains of the recipients: one alone points to that partner, many to the sender's side.",
        [database.target(sql)],
        rows=True,
        links=[to_domain],
    )


def _incidents(database: Database) -> Json:
    sql = f"""{about(database, "incidents_of")}
SELECT opened_at, closed_at, coalesce(ending, 'open') AS state, cause, "by", subject, people, attempts, instance, id
FROM incidents_of WHERE opened_at <= {database.end()} ORDER BY opened_at DESC LIMIT 50"""
    return table(
        "Incidents, each",
        "Those that this person belongs to, or that were told in this person's name.",
        [database.target(sql, times=("opened_at", "closed_at"))],
        no_value="None",
        overrides=[
            override("opened_at", displayName="Since", custom__width=155),
            override("closed_at", displayName="Until", custom__width=155, noValue="still open"),
            override(
                "state",
                displayName="State",
                mappings=words(ENDINGS),
                custom__width=140,
                custom__cellOptions={"type": "color-text"},
            ),
            coloured(displayName="Cause", custom__width=210),
            override("by", displayName="What", mappings=words(KINDS), custom__width=110),
            override("subject", displayName="About"),
            override("people", displayName="People", custom__width=75),
            override("attempts", displayName="Attempts", custom__width=85),
            override("instance", displayName="Instance", custom__width=120),
            override("id", displayName="Id", custom__width=120),
        ],
    )
