"""What SQL needs besides the records: what is said of each cause, and who "we" are. Written by each daemon at its start.

Only what differs is written. Several daemons may do so at once, also of versions that say something else: the last to
start has said it, and what only others know of stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Table, delete, select

from rejectwatch.causes import CAUSES, Cause, Diagnosis, Reply, recovery, who_acts
from rejectwatch.facts import RefusedBy, WhoActs
from rejectwatch.identity import Identities
from rejectwatch.messages import LANGUAGES, Known, explain
from rejectwatch.messages.catalogue import Language, catalogue
from rejectwatch.messages.layout import parts
from rejectwatch.settings import Settings
from rejectwatch.store.database import Database
from rejectwatch.store.statements import Row, insert, put
from rejectwatch.store.tables import CAUSE_TEXTS, SITE

_OURS: tuple[WhoActs, ...] = ("user", "admin")
"""Whose turn it can be where our own server refused; where another did, there is one text for all."""


def keep(database: Database, settings: Settings) -> None:
    keep_texts(database)
    _keep_site(database, settings)


def keep_texts(database: Database) -> None:
    """The words of this version, in every language."""
    wanted = list(_texts())
    with database.read() as connection:
        is_new = bool(_new(connection, CAUSE_TEXTS, wanted))
    if is_new:
        with database.write() as connection:
            # In the order of their keys: two who do so at once don't wait for each other in a ring.
            put(connection, CAUSE_TEXTS, _new(connection, CAUSE_TEXTS, wanted))


def _keep_site(database: Database, settings: Settings) -> None:
    """The domains, networks and realms that this daemon has configured, in the form in which they are compared."""
    instance = settings.instance_name
    wanted = list(_site(instance, settings))
    mine = SITE.c.instance == instance
    with database.read() as connection:
        stored = [dict(row) for row in connection.execute(select(SITE).where(mine)).mappings()]
    if sorted(map(str, stored)) == sorted(map(str, wanted)):
        return
    with database.write() as connection:
        connection.execute(delete(SITE).where(mine))
        insert(connection, SITE, wanted)


def _new(connection: Connection, table: Table, wanted: Sequence[Row]) -> list[Row]:
    stored = {tuple(row) for row in connection.execute(select(table))}
    names = [column.name for column in table.columns]
    return [row for row in wanted if tuple(row[name] for name in names) not in stored]


def _texts() -> Iterator[Row]:
    for cause in sorted(CAUSES, key=lambda one: one.slug):
        for who in _OURS:
            if catalogue("en").has(f"cause.{cause.slug}.ours_{who}.meaning"):
                yield from (_text(cause, "local", who, language) for language in LANGUAGES)
        theirs = who_acts(cause.slug, Reply("", refused_by="remote"))
        yield from (_text(cause, "remote", theirs, language) for language in LANGUAGES)


def _text(cause: Cause, refused_by: RefusedBy, who: WhoActs, language: Language) -> Row:
    told = explain(Diagnosis(cause.slug, "high", "", who), Known(refused_by=refused_by), language)
    return {
        "cause": cause.slug,
        "refused_by": refused_by,
        "who_acts": who,
        "language": language,
        "title": told.title,
        "meaning": told.meaning,
        "acts": catalogue(language).say(f"explain.acts.{who}"),
        "admin_steps": _numbered(told.admin_steps),
        "user_steps": _numbered(told.user_steps),
        "forward_text": told.forward_text,
        "proof": " ".join(recovery(cause.slug, refused_by)),
    }


def _numbered(steps: Sequence[str]) -> str:
    """Each step on a line of its own, and its commands too; long lines are broken where they are shown."""
    told = ("\n".join(part for part, _ in parts(step)) for step in steps)
    return "\n".join(f"{number}. {step}" for number, step in enumerate(told, 1))


def _site(instance: str, settings: Settings) -> Iterator[Row]:
    kinds = {
        "domain": map(Identities.domain, settings.site.domains),
        "network": map(str, settings.site.networks),
        "realm": settings.identities.realms,
    }
    for kind, values in kinds.items():
        for value in sorted(set(values)):
            yield {"instance": instance, "kind": kind, "value": value}
