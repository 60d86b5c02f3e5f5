"""Whose turn it is, where the words of a reply tell it better than its cause."""

from __future__ import annotations

import pytest

from rejectwatch.causes import Reply, diagnose

FULL = "552 5.2.2 <mori@denki.example>: user is over quota"
PACE = "553 Too many connections from your host"
TOO_LARGE = "552 5.2.3 Message size exceeds the limit of the mailbox"


@pytest.mark.parametrize(
    "reply, who",
    [
        (Reply("553 sorry, too many recipients (#5.7.1)"), "user"),
        (Reply("553 sorry, too many recipients (#5.7.1)", refused_by="remote"), "user"),
        (Reply("553 sending limit for user alice reached", refused_by="local"), "user"),
        (Reply(FULL), "remote"),
        (Reply(FULL, refused_by="remote"), "remote"),
        (Reply(FULL, refused_by="local"), "admin"),
        (Reply("553 メールボックスの容量を超えています", refused_by="remote"), "remote"),
        (Reply(TOO_LARGE, refused_by="remote"), "user"),
        (Reply(PACE, refused_by="remote"), "admin"),
        (Reply(PACE, refused_by="local"), "user"),
    ],
)
def test_too_much_is_cured_by_whoever_can(reply: Reply, who: str) -> None:
    diagnosis = diagnose(reply)

    assert (diagnosis.cause, diagnosis.who_acts) == ("rate_or_quota", who)


@pytest.mark.parametrize(
    "reply, who",
    [
        (Reply("553 closed group: only members may post", refused_by="local"), "admin"),
        (Reply("553 closed group: only members may post", refused_by="remote"), "remote"),
        (Reply("553 Your account has been suspended from sending mail"), "admin"),
    ],
)
def test_a_rule_is_changed_by_whoever_made_it(reply: Reply, who: str) -> None:
    diagnosis = diagnose(reply)

    assert (diagnosis.cause, diagnosis.who_acts) == ("local_restriction", who)
