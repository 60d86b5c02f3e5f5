"""docs/stories.md, from the stories themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from month.cast import FIRST
from month.told import Story

_HEAD = """\
# A month, story by story

What an experienced postmaster wants to hear of a month on a server of 5,000 people, and what not. The month is generated (`tests/month`), 2.8 million lines for each mail server: everyday life, and the stories below. `make month` writes it, replays it with `rejectwatch replay`, and compares what was told with what stands here. A second set of stories of the same kinds, with other names, times and sizes, has to come out as well. `make test` does the same with a tenth of the everyday mail.

This page is made by `make month ARGS=--pages` from the stories; a test says when it is stale.

## Everyday life: nothing is told

On a working day 7,000 mails go out and 9,000 come in, most of them between nine and six; on a day of the weekend a fifth of that. People sit in offices behind one address, at home, on the phone, and in webmail. A fifth of the mail goes to one free mail provider. Each day fifteen mistype an address, and some of them do it again an hour later; a few choose the wrong sender once, run into a spam filter, or send one mail before the phone has logged in. Forty mails that come in are forwarded to a free mailbox, which refuses them because we may not send for their sender. And the internet does what it does to each server: every day 500 forged senders of ours, 250 relay probes, and a dictionary of names, some of it from hosts that come again and again.

Nothing of this is told. Single failures are no trouble that a postmaster could end, and the reply has told the sender what is wrong. Now and then three people mistype three addresses within ten minutes: they share no more than being human, also where all three are at the large provider, which takes everybody else's mail in the same minutes. What is forwarded is a stranger's mail from a stranger's server. Whoever forges our senders on the internet will do so tomorrow.

## The stories

Times are of the server's zone. “About” is what the message is named after; where two names would be right, both stand there.
"""
_FLAGS = {
    "flapping": "comes and goes",
    "shared_address": "a shared address",
    "never_succeeded": "never succeeded before",
    "foreign_senders": "foreign senders",
}


def page() -> str:
    return "\n".join([_HEAD, *(line for story in FIRST.stories for line in _story(story))])


def _story(story: Story) -> Iterator[str]:
    yield f"### {story.name}\n"
    yield f"**What happened.** {story.what}\n"
    if story.messages:
        yield "| when | what | about | cause | who acts | said besides |"
        yield "|---|---|---|---|---|---|"
        yield from map(_row, story.messages)
        yield ""
    else:
        yield "**Told:** nothing.\n"
    yield f"**Why.** {story.why}\n"


def _row(message: Mapping[str, Any]) -> str:
    kind = _either(message["kind"])
    cells = (
        _when(message["at"]) if "at" in message else "if so",
        f"{kind} (or not)" if message.get("maybe") else kind,
        _about(message),
        _either(message.get("cause", "")),
        _either(message.get("who_acts", "")),
        ", ".join(_said(message)),
    )
    return f"| {' | '.join(cells)} |"


def _said(message: Mapping[str, Any]) -> Iterator[str]:
    yield from (_FLAGS[flag] for flag in (*message.get("flags", ()), *message.get("flags_with", ())))
    if "last_success_at" in message and message["last_success_at"] != "never":
        yield f"last success {_when(message['last_success_at'])}"
    if str(message.get("user_count", 1)) != "1":
        yield f"{str(message['user_count']).replace('>=', 'at least ')} people"


def _about(message: Mapping[str, Any]) -> str:
    if "subject" in message:
        return f"`{message['subject']}`"
    return {"sender": "the sender or the address", "user": "the login"}.get(
        _either(message.get("subject_kind", "")).partition(" ")[0], _either(message.get("subject_kind", ""))
    )


def _either(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " or ".join(value)


def _when(text: str) -> str:
    """`day 6 12:09:00` is the 6th at 12:09."""
    first, _, last = text.partition("..")
    _, day, time = first.split()
    minute = time.removesuffix(":00")
    return f"{day} October, {minute}" if not last else f"{day} October, from {minute}"
