"""The helpdesk's dashboard says what `rejectwatch user` says, or that it does not know; never a wrong yes or no."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from tools.dashboards.helpdesk import VERDICTS, helpdesk

from grafana.sql.asking import Asking
from grafana.sql.seed import BEGINS, DOMAINS, SETTINGS, run
from grafana.sql.stories import script
from rejectwatch.cli.user_story import story_of
from rejectwatch.settings import IdentitySettings, Settings, SiteSettings
from rejectwatch.store import context
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.migrate import upgrade

REALMS = Settings(
    codes=SETTINGS.codes,
    site=SiteSettings(domains=DOMAINS),
    identity=IdentitySettings(realms=("corp.example", "CORP")),
)
SAID = {english: verdict for verdict, (english, _, _) in VERDICTS.items()}


def said(asking: Asking, name: str) -> str:
    ((text,),) = asking.panel(helpdesk, "Can this person send?", user=name).rows
    return {"no_there": "no", "not_seen": "not_known"}.get(SAID[text], SAID[text])


def known(database: Database, name: str, settings: Settings) -> str:
    return story_of(database, name, settings.policy, BEGINS).can_send


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = open_database(url)
    yield database
    database.close()


@pytest.mark.parametrize(
    "name, verdict",
    [
        ("alice", "no"),
        ("ALICE", "no"),
        (" alice ", "no"),
        ("bob@corp.example", "yes"),
        ("carol", "yes"),
        ("Dave@Corp.Example", "no"),
        ("erin", "not_known"),
        ("frank@corp.example", "yes"),
        ("heidi", "no_there"),
        ("p1", "no_there"),
        ("grace", "yes"),
        ("u12@city.example", "no"),
        ("ivan@shop.example", "no_there"),
        ("judy@shop.example", "not_known"),
        ("nobody@nowhere.example", "not_seen"),
        ("mori@denki.example", "not_seen"),
        ("", "nobody"),
        ("al", "not_seen"),
        ("%", "not_seen"),
        ("alice' OR '1'='1", "not_seen"),
        ("alice\\", "not_seen"),
    ],
)
def test_can_this_person_send(name: str, verdict: str, asking: Asking) -> None:
    ((english,),) = asking.panel(helpdesk, "Can this person send?", user=name).rows
    ((japanese,),) = asking.panel(helpdesk, "Can this person send?", user=name, language="ja").rows

    assert (english, japanese) == VERDICTS[verdict][:2]
    if name:
        with opened(asking.url) as database:
            short = {"no_there": "no", "not_seen": "not_known"}.get(verdict, verdict)

            assert known(database, name.strip(), SETTINGS) == short


STORIES = 20


@pytest.mark.parametrize("settings", [SETTINGS, REALMS], ids=["plain", "realms"])
def test_what_is_said_of_stories_made_by_chance_is_what_is_known(settings: Settings, fresh: Asking) -> None:
    differences, counted = [], Counter[tuple[str, str]]()
    with opened(fresh.url) as database:
        upgrade(database)
        context.keep(database, settings)
        run(database, "mx1", script(Random("stories"), STORIES), settings=settings)
        for person in range(1, STORIES + 1):
            for name in (f"person{person}", f"PERSON{person}@corp.example"):
                answers = known(database, name, settings), said(fresh, name)
                counted[answers] += 1
                if answers[1] not in (answers[0], "not_known"):
                    differences.append((name, *answers))

    assert differences == []
    assert sum(count for (cli, sql), count in counted.items() if cli == sql) >= 0.95 * counted.total(), (
        counted
    )
    assert {"yes", "no", "not_known"} == {cli for cli, _ in counted}
