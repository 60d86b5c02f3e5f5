"""The words for causes, and who "we" are, stand in the database, for SQL."""

from __future__ import annotations

import threading
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlalchemy import select

from parts.daemon import Daemon, rejectwatch
from rejectwatch.causes import CAUSES
from rejectwatch.messages import LANGUAGES
from rejectwatch.settings import IdentitySettings, Settings, SiteSettings
from rejectwatch.store import context
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.tables import CAUSE_TEXTS, INSTANCES, SITE
from store.seen import rows
from whole.made import CONFIGURATION

HOUSE = Settings(
    instance="mx1",
    site=SiteSettings(domains=("Corp.example", "日本.example"), networks=(ip_network("10.0.0.0/8"),)),
    identity=IdentitySettings(realms=("CORP",)),
)


def test_each_cause_has_its_words_at_each_server_in_each_language(database: Database) -> None:
    context.keep(database, HOUSE)
    told = rows(database, CAUSE_TEXTS)

    for cause in CAUSES:
        for refused_by in ("local", "remote"):
            of_it = [one for one in told if (one["cause"], one["refused_by"]) == (cause.slug, refused_by)]

            assert {one["language"] for one in of_it} == set(LANGUAGES)
            assert all(
                one["title"] and one["meaning"] and one["forward_text"] and one["proof"] for one in of_it
            )
    assert not any("{" in text for one in told for text in map(str, one.values()))


def test_who_we_are_is_kept_in_the_form_in_which_it_is_compared(database: Database) -> None:
    context.keep(database, HOUSE)

    assert sorted((one["kind"], one["value"]) for one in rows(database, SITE)) == [
        ("domain", "corp.example"),
        ("domain", "xn--wgv71a.example"),
        ("network", "10.0.0.0/8"),
        ("realm", "corp"),
    ]


def test_what_is_configured_no_more_goes_and_others_keep_theirs(database: Database) -> None:
    context.keep(database, HOUSE)
    context.keep(database, Settings(instance="mx2", site=SiteSettings(domains=("shop.example",))))
    context.keep(database, Settings(instance="mx1"))

    assert [(one["instance"], one["value"]) for one in rows(database, SITE)] == [("mx2", "shop.example")]


def test_nothing_is_written_where_nothing_differs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    context.keep(database, HOUSE)
    monkeypatch.setattr(database, "write", None)

    context.keep(database, HOUSE)  # would fail


def test_what_was_said_differently_is_said_anew_and_what_another_version_knows_stays(
    database: Database,
) -> None:
    context.keep_texts(database)
    words = CAUSE_TEXTS.c
    (first, *_) = rows(database, CAUSE_TEXTS)
    with database.write() as connection:
        connection.execute(CAUSE_TEXTS.update().where(words.cause == "unknown").values(meaning="as before"))
        connection.execute(CAUSE_TEXTS.insert().values(**{**first, "cause": "of_tomorrow"}))
    context.keep_texts(database)
    with database.read() as connection:
        meanings = connection.execute(select(words.meaning).where(words.cause == "unknown")).scalars().all()
        causes = set(connection.execute(select(words.cause)).scalars())

    assert "as before" not in meanings
    assert "of_tomorrow" in causes


def test_several_daemons_may_write_at_once(database_url: str) -> None:
    database = open_database(database_url)
    upgrade(database)
    starting = threading.Barrier(4)
    faults: list[BaseException] = []

    def begin(name: str) -> None:
        own = open_database(database_url)
        try:
            starting.wait(10)
            context.keep(own, Settings(instance=name, site=SiteSettings(domains=(f"{name}.example",))))
        except BaseException as error:  # noqa: BLE001 — shown by the assertion
            faults.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=begin, args=(f"mx{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert faults == []
    assert {one["value"] for one in rows(database, SITE)} == {f"mx{number}.example" for number in range(4)}
    database.close()


@pytest.mark.slow
def test_a_daemon_writes_them_when_it_starts(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.touch()
    configuration = f'{CONFIGURATION.format(log=log)}\n[site]\ndomains = ["corp.example"]\n'
    with Daemon(tmp_path / "state", configuration) as watch:
        watch.until_ready()
        texts = watch.rows("SELECT count(*) FROM cause_texts WHERE language = 'ja'")
        site = watch.rows("SELECT kind, value FROM site")

    assert texts[0][0] >= 2 * len(CAUSES)
    assert site == [("domain", "corp.example")]


def test_db_upgrade_writes_the_words(tmp_path: Path) -> None:
    file = tmp_path / "rejectwatch.toml"
    file.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/rejectwatch.db"\n')
    done = rejectwatch("db", "upgrade", config=file)
    database = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")

    assert (done.returncode, done.stderr) == (0, "")
    assert rows(database, CAUSE_TEXTS)
    assert rows(database, INSTANCES) == rows(database, SITE) == []
    database.close()
