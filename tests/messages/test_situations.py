"""Whatever is diagnosed can be explained: each cause, wherever it was refused, whoever was logged in."""

from __future__ import annotations

from pathlib import Path

import pytest

from rejectwatch import messages
from rejectwatch.causes import BY_SLUG, Reply, diagnose
from rejectwatch.facts import REFUSED_BY, RefusedBy
from rejectwatch.messages import Known, explain

CASES = Path(__file__).parents[1] / "causes" / "cases"


@pytest.mark.parametrize("slug", BY_SLUG)
@pytest.mark.parametrize("language", messages.LANGUAGES)
@pytest.mark.parametrize("refused_by", [None, *REFUSED_BY])
@pytest.mark.parametrize("user", [None, "alice"])
def test_whatever_is_diagnosed_is_explained(
    slug: str, language: str, refused_by: RefusedBy | None, user: str | None
) -> None:
    lines = (CASES / f"{slug}.txt").read_text("utf-8").splitlines()
    replies = [
        Reply(line[2:], refused_by=refused_by, user=user) for line in lines if line[:2] in ("+ ", "- ")
    ]
    explained = [explain(diagnose(reply), Known.of(reply), language) for reply in replies]

    assert all(one.meaning and one.admin_steps and one.forward_text for one in explained)
