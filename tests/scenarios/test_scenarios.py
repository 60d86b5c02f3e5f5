"""Each scenario of `cases/`: a log goes in by the front door, and exactly these messages come out.

A case is what the issue and a postmaster's sense say, never what was seen to come out.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from law.told import told as told_by_the_core
from rejectwatch import settings
from rejectwatch.pipeline import Terms
from scenarios.around import amid_traffic, pieces
from scenarios.case import Case, cases, differences
from scenarios.replayed import replayed

MANY = 1000
"""Sessions of a case that takes too long to be told twice and cut."""
CASES = cases()
ON_EACH = [pytest.param(case, mta, id=f"{case.name}-{mta}") for case in CASES for mta in case.mta]
ON_POSTFIX = [
    pytest.param(case, id=case.name) for case in CASES if "postfix" in case.mta and len(case.happened) <= MANY
]
ON_SEVERAL = [case for case in CASES if len({session.server for session in case.happened}) > 1]


def _written(case: Case, mta: str, folder: Path) -> list[Path]:
    files = []
    for server, log in case.logs(mta).items():
        files.append(folder / f"{server}.log")
        files[-1].write_text(log, "utf-8")
    return files


def _configured(case: Case, folder: Path) -> Path | None:
    if not case.config:
        return None
    file = folder / "rejectwatch.toml"
    file.write_text(case.config, "utf-8")
    return file


@pytest.mark.parametrize("case, mta", ON_EACH)
def test_it_tells_what_the_case_says_and_nothing_else(case: Case, mta: str, tmp_path: Path) -> None:
    files = _written(case, mta, tmp_path)
    told = replayed(files, config=_configured(case, tmp_path), now=case.runs_until)

    assert differences(case.messages, told) == [], case.rule


@pytest.mark.slow
@pytest.mark.parametrize("case", ON_POSTFIX[::2])  # and the others are cut
def test_other_peoples_mail_and_the_internet_change_nothing(case: Case, tmp_path: Path) -> None:
    files = _written(amid_traffic(case), "postfix", tmp_path)
    told = replayed(files, config=_configured(case, tmp_path), now=case.runs_until)

    assert differences(case.messages, told) == [], case.rule


@pytest.mark.slow
@pytest.mark.parametrize("case", ON_POSTFIX[1::2])
def test_however_the_log_is_cut_and_whenever_the_daemon_is_restarted_the_same_is_told(
    case: Case, tmp_path: Path
) -> None:
    given = settings.load(_configured(case, tmp_path))
    terms = Terms(given.codes, UTC, given.policy)
    for log in case.logs("postfix").values():
        cuts = pieces(log.count("\n"), case.name)
        whole = told_by_the_core(log.encode(), terms=terms)
        cut = told_by_the_core(log.encode(), cuts, restarts=True, terms=terms)

        assert cut["messages"] == whole["messages"]
        assert cut["state"] == whole["state"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in ON_SEVERAL])
def test_the_order_in_which_logs_of_several_servers_are_given_does_not_matter(
    case: Case, tmp_path: Path
) -> None:
    files = _written(case, "postfix", tmp_path)
    config = _configured(case, tmp_path)
    told = [replayed(order, config=config, now=case.runs_until) for order in (files, files[::-1])]

    assert told[0] == told[1]


@pytest.mark.parametrize("case", ON_POSTFIX[::7])
def test_a_log_that_was_rotated_is_read_in_the_order_of_time(case: Case, tmp_path: Path) -> None:
    (log,) = _written(case, "postfix", tmp_path)
    lines = log.read_text("utf-8").splitlines(keepends=True)
    middle = len(lines) // 2
    older, newer = tmp_path / "mail.log.1", tmp_path / "mail.log"
    newer.write_text("".join(lines[middle:]), "utf-8")
    older.write_text("".join(lines[:middle]), "utf-8")
    told = replayed([newer, older], config=_configured(case, tmp_path), now=case.runs_until)

    assert differences(case.messages, told) == [], case.rule
