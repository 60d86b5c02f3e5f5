"""The law's own test: a core that looks at the size of a batch is found out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from law.told import told
from rejectwatch.correlate import Correlator
from rejectwatch.state import State, Table

LOG = (Path(__file__).parents[1] / "data" / "corpus" / "postfix37-syslog-traditional.log").read_bytes()
CUTS = range(1, 1500)


def differs() -> bool:
    return told(LOG, CUTS, restarts=True) != told(LOG)


def test_the_untouched_core_keeps_it() -> None:
    assert not differs()


@pytest.mark.parametrize("name", ["queue", "sessions", "transactions", "windows", "incidents"])
def test_a_table_that_forgets_at_each_commit_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    apply = State.apply

    def forgetful(self: State) -> None:
        apply(self)
        getattr(self, name).fill([])

    monkeypatch.setattr(State, "apply", forgetful)

    assert differs()


def test_an_order_that_a_restart_changes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    fill = Table.fill
    monkeypatch.setattr(Table, "fill", lambda self, rows: fill(self, list(rows)[::-1]))

    assert differs()


def test_one_kind_of_line_after_all_others_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks for each kind in a block for itself reads the block, not the log."""
    held: list[Any] = []
    accepted, init = Correlator.accepted, Correlator.__init__

    def late(self: Correlator, *fact: Any) -> None:
        held.append(fact)

    def fresh(self: Correlator, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        for fact in held:
            accepted(self, *fact)
        held.clear()

    monkeypatch.setattr(Correlator, "accepted", late)
    monkeypatch.setattr(Correlator, "__init__", fresh)

    assert differs()
