"""One person in SQL: the parts of WITH that the helpdesk's and the person's own dashboard are made of.

They follow `rejectwatch user` (cli/user_story.py), as far as SQL can see. Where it can't, the answer is "not known", and
never a wrong yes or no. Names are compared in lower case; a login with and without one of the configured realms is one.
What SQL does not see: senders that a forwarder or a mailing list has rewritten (SRS, BATV, VERP), and the network of an
IPv6 address.
"""

from __future__ import annotations

from tools.dashboards.databases import Database, typed

WITH = (
    "realms", "asked", "people", "senders", "newest", "last", "there", "wanted", "found", "proven",
    "incidents_of", "works", "verdict",
)  # fmt: skip
"""The parts, each made of those before it."""

AT, BACKSLASH = "'@'", r"'\'"


def about(database: Database, upto: str) -> str:
    """WITH …, up to this part."""
    parts = _parts(database)
    named = WITH[: WITH.index(upto) + 1]
    return "WITH " + ",\n".join(f"{name} AS MATERIALIZED (\n{parts[name].strip()}\n)" for name in named)


def refusals(condition: str) -> str:
    """In FROM: all refusals of the person since the beginning of the time range for which a condition holds.

    Not a part of its own: then each condition would be looked for in all that a person was ever refused. And no JOIN with
    the names: for that SQLite looks through the whole index first (a Bloom filter).
    """
    return f"""(
    SELECT * FROM failures WHERE person IN (SELECT name FROM people WHERE kind = 'user') AND "user" IS NOT NULL
      AND {condition}
    UNION ALL SELECT * FROM senders WHERE {condition}
  ) AS refusals"""


def before(database: Database, text: str, sign: str) -> str:
    """What stands before a sign; without one it is all."""
    return f"substr({text}, 1, {database.find(f'{text} || {sign}', sign)} - 1)"


def after(database: Database, text: str, sign: str) -> str:
    return f"substr({text}, {database.find(text, sign)} + 1)"


def login(database: Database, name: str) -> str:
    r"""A login without its realm: `alice` of alice@corp.example and of corp\alice."""
    realms = "(SELECT realm FROM realms)"
    return f"""CASE
    WHEN {database.find(name, AT)} > 1 AND {after(database, name, AT)} IN {realms} THEN {before(database, name, AT)}
    WHEN {database.find(name, BACKSLASH)} > 1 AND {before(database, name, BACKSLASH)} IN {realms}
      THEN {after(database, name, BACKSLASH)}
    ELSE {name} END"""


def key(*parts: str) -> str:
    r"""A key of the daemon's memory: a list in JSON, of SQL texts."""
    quoted = (rf"""'"' || replace(replace({part}, '\', '\\'), '"', '\"') || '"'""" for part in parts)
    return "'[' || " + " || ',' || ".join(quoted) + " || ']'"


def _parts(database: Database) -> dict[str, str]:
    return {
        "realms": "SELECT DISTINCT value AS realm FROM site WHERE kind = 'realm'",
        # What was typed, and the same as a login without its realm.
        "asked": f"""
  SELECT name, {login(database, "name")} AS login FROM (SELECT lower(trim({typed("user")})) AS name) AS typed
  WHERE name <> ''""",
        # All ways in which the logs may write the person. A login that is the local part of the address, and has sent
        # from it, is the same one.
        "people": rf"""
  SELECT 'sender' AS kind, name, name AS compared FROM asked
  UNION SELECT 'user', name, login FROM asked
  UNION SELECT 'user', login, login FROM asked
  UNION SELECT 'user', login || '@' || realm, login FROM asked, realms
  UNION SELECT 'user', realm || '\' || login, login FROM asked, realms
  UNION SELECT 'user', person, person FROM failures
    WHERE person = (SELECT {before(database, "name", AT)} FROM asked) AND lower(sender) = (SELECT name FROM asked)
    AND "user" IS NOT NULL AND occurred_at >= {database.begin()}""",
        # What this address sent where nobody had logged in; without what strangers sent in its name, from an address that
        # nobody knows. (If networks are configured, SQL can't tell.)
        "senders": f"""
  SELECT * FROM failures
  WHERE person = (SELECT name FROM asked) AND failures."user" IS NULL AND failures.occurred_at >= {database.begin()} AND ({_NO_STRANGER})""",
        # One step along the index for each name.
        "newest": f"""
  SELECT max(at) AS at FROM (
    SELECT (SELECT occurred_at FROM failures WHERE failures.person = people.name AND failures."user" IS NOT NULL
      AND occurred_at >= {database.begin()} ORDER BY occurred_at DESC LIMIT 1) AS at FROM people WHERE kind = 'user'
    UNION ALL SELECT max(occurred_at) FROM senders
  ) AS times""",
        "last": f"""
  SELECT refusals.*, (SELECT min(compared) FROM people
    WHERE people.name = refusals.person AND (people.kind = 'user') = (refusals."user" IS NOT NULL)) AS compared
  FROM {refusals("occurred_at = (SELECT at FROM newest)")} ORDER BY position DESC, n DESC LIMIT 1""",
        # Where the trouble lies with the recipient: to others all may be well.
        "there": """
  SELECT last.recipient_domain FROM last JOIN cause_texts
    ON cause_texts.cause = last.cause AND cause_texts.refused_by = last.refused_by
  WHERE cause_texts.proof LIKE '%recipient%' LIMIT 1""",
        # What would prove that the trouble of the last refusal is over; to one recipient, nothing that is remembered would.
        "wanted": f"""
  SELECT proof.proof, last.*, CASE WHEN {_IS_OURS} THEN 'inside' ELSE 'outside' END AS direction
  FROM last JOIN (SELECT DISTINCT cause, refused_by, proof FROM cause_texts) AS proof
    ON proof.cause = last.cause AND proof.refused_by = last.refused_by
  WHERE proof.proof NOT LIKE '%recipient%'""",
        "found": f"""
  SELECT key, max(at) AS at FROM last_times WHERE name = 'successes' AND key IN (
    SELECT {key("kinds.kind", "people.compared")} FROM people,
      (SELECT 'user' AS kind UNION SELECT 'sender' UNION SELECT 'inside' UNION SELECT 'outside') AS kinds
    UNION SELECT key FROM ({_keys()}) AS keys
  ) GROUP BY key""",
        "proven": f"""
  SELECT min(found.at) AS at FROM ({_keys()}) AS keys LEFT JOIN found ON found.key = keys.key
  HAVING count(found.at) = count(*)""",
        "incidents_of": f"""
  SELECT * FROM incidents WHERE (closed_at IS NULL OR last_at >= {database.begin()}) AND (
    EXISTS (SELECT 1 FROM people WHERE people.kind = incidents.by AND people.name = lower(incidents.subject))
    AND coalesce(incidents.flags, '') NOT LIKE '%foreign_senders%'
    OR EXISTS (SELECT 1 FROM incident_people JOIN people ON people.compared = incident_people.person
      WHERE incident_people.incident = incidents.id AND incident_people.instance = incidents.instance))""",
        # An incident has seen mail of the kind that failed go out.
        "works": f"""
  SELECT count(*) AS times FROM last JOIN incidents_of ON incidents_of.last_at >= last.occurred_at
  WHERE (incidents_of.ending = 'recovered' AND incidents_of.by IN ('user', 'sender'))
    OR EXISTS (SELECT 1 FROM {database.elements("incidents_of.record", "proofs")}
      WHERE lower({database.json("element.value", 0)}) IN (SELECT name FROM people))""",
        "verdict": f"""
  SELECT CASE
    WHEN NOT EXISTS (SELECT 1 FROM asked) THEN 'nobody'
    WHEN NOT EXISTS (SELECT 1 FROM last) THEN CASE
      WHEN EXISTS (SELECT 1 FROM incidents_of WHERE closed_at IS NULL) THEN 'no'
      WHEN EXISTS (SELECT 1 FROM found) THEN 'yes'
      WHEN EXISTS (SELECT 1 FROM incidents_of)
        OR EXISTS (SELECT 1 FROM failures WHERE person IN (SELECT name FROM people)) THEN 'not_known'
      ELSE 'not_seen' END
    WHEN (SELECT at FROM proven) > (SELECT occurred_at FROM last) OR (SELECT times FROM works) > 0 THEN 'yes'
    WHEN EXISTS (SELECT 1 FROM wanted WHERE NOT ({_can_be_compared(database)})) THEN 'not_known'
    WHEN EXISTS (SELECT 1 FROM last JOIN incidents_of
      ON incidents_of.cause = last.cause AND incidents_of.refused_by = last.refused_by
      WHERE incidents_of.closed_at IS NULL) THEN 'no'
    ELSE 'not_known' END AS can_send""",
    }


_NO_STRANGER = f"""failures.client_ip IS NULL
    OR failures.client_ip LIKE '%:%' OR failures.client_ip LIKE '10.%' OR failures.client_ip LIKE '192.168.%'
    OR failures.client_ip LIKE '172.%' OR failures.client_ip LIKE '127.%'
    OR EXISTS (SELECT 1 FROM site WHERE kind = 'network')
    OR EXISTS (SELECT 1 FROM last_times
      WHERE last_times.name = 'known' AND last_times.key = {key("'client_ip'", "failures.client_ip")})"""

_IS_OURS = f"""last.recipient_domain IN (SELECT value FROM site WHERE kind = 'domain') OR EXISTS (
    SELECT 1 FROM last_times WHERE name = 'ours' AND key IN (
      {key("'domain'", "last.recipient_domain")}, {key("'local'", "last.recipient_domain")}))"""


def _keys() -> str:
    """The keys of the successes that would prove it, all of them."""
    kind = """CASE WHEN "user" IS NULL THEN 'sender' ELSE 'user' END"""
    return f"""
    SELECT {key(kind, "compared")} AS key FROM wanted
    UNION SELECT {key("direction", "compared")} FROM wanted
    UNION SELECT {key("'sender'", "lower(sender)")} FROM wanted WHERE proof LIKE '%sender%' AND sender <> ''
    UNION SELECT {key("'from'", "compared || ' ' || client_ip")} FROM wanted
      WHERE proof LIKE '%client_ip%' AND client_ip <> ''"""


def _can_be_compared(database: Database) -> str:
    return f"""{database.is_plain("compared || coalesce(sender, '')")} AND coalesce(sender, '') NOT LIKE '%=%'
      AND (proof NOT LIKE '%client_ip%' OR coalesce(client_ip, '') NOT LIKE '%:%')"""
