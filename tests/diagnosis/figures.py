"""How much of the real world's refusals is understood: figures about a collection of labelled replies."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from rejectwatch.causes import ALL, CAUSES, Diagnosis, Judging, Reply, diagnose
from rejectwatch.causes.phrases import Held
from rejectwatch.causes.reading import read
from rejectwatch.causes.texts import Sight, Text

DATA = Path(__file__).parents[1] / "data"
CASES = Path(__file__).parents[1] / "causes" / "cases"
DEVELOPMENT = "replies"
"""The collection that the texts were written with; the others were collected by somebody who did not know the texts."""


@dataclass(frozen=True)
class Labelled:
    """A real reply, and the cause that a careful reader gave it; `others` are acceptable too."""

    id: str
    text: str
    system: str
    cause: str
    others: frozenset[str]

    def accepts(self, cause: str) -> bool:
        return cause == self.cause or cause in self.others


def labelled(collection: str) -> list[Labelled]:
    lines = (DATA / f"{collection}.jsonl").read_text("utf-8").splitlines()
    return [_labelled(json.loads(line)) for line in lines]


def _labelled(record: dict[str, Any]) -> Labelled:
    others = frozenset(one.strip() for one in (record.get("alt") or "").split(",") if one.strip())
    return Labelled(record["id"], record["text"], record["mta_or_provider"], record["cause"], others)


@dataclass(frozen=True)
class Figures:
    """What came of it; shares are between 0 and 1."""

    answers: tuple[tuple[Labelled, Diagnosis], ...]

    @classmethod
    def of(cls, replies: Iterable[Labelled], judging: Judging = ALL) -> Figures:
        return cls(tuple((one, diagnose(Reply(one.text), judging=judging)) for one in replies))

    @cached_property
    def right(self) -> list[tuple[Labelled, Diagnosis]]:
        return [(one, told) for one, told in self.answers if one.accepts(told.cause)]

    @property
    def wrong(self) -> list[tuple[Labelled, Diagnosis]]:
        return [(one, told) for one, told in self.answers if not one.accepts(told.cause)]

    @property
    def accuracy(self) -> float:
        return len(self.right) / len(self.answers)

    @property
    def strict(self) -> float:
        """Only the first label counts."""
        return sum(one.cause == told.cause for one, told in self.answers) / len(self.answers)

    @property
    def macro(self) -> float:
        """The mean over the causes, so that a rare one counts as much as a frequent one."""
        shares = self.by_cause.values()
        return sum(right / total for right, total in shares) / len(shares)

    @property
    def by_cause(self) -> dict[str, tuple[int, int]]:
        """How many of each cause are right, and how many there are."""
        total = Counter(one.cause for one, _ in self.answers)
        right = Counter(one.cause for one, _ in self.right)
        return {cause: (right[cause], total[cause]) for cause in sorted(total)}

    @property
    def high(self) -> list[tuple[Labelled, Diagnosis]]:
        return [(one, told) for one, told in self.answers if told.confidence == "high"]

    @property
    def share_high(self) -> float:
        return len(self.high) / len(self.answers)

    @property
    def rightness_of_high(self) -> float:
        return sum(one.accepts(told.cause) for one, told in self.high) / len(self.high)

    @property
    def confusion(self) -> dict[tuple[str, str], int]:
        """How often a cause (as labelled) was taken for another."""
        return Counter((one.cause, told.cause) for one, told in self.answers)


# ── what would be known of a mail system without its own texts ──


def left_out(replies: list[Labelled]) -> tuple[Figures, int]:
    """Each system's replies judged without the texts that only this system supports; and how many texts those are.

    A text is supported by a system if it is found in one of its replies, here or in the cases of the causes. What
    this can't take out: the words and families that the writer had learnt from that system and used elsewhere.
    """
    supported = _supporters([*replies, *cases()])
    answers: list[tuple[Labelled, Diagnosis]] = []
    muted_at_all = set[Text | Sight]()
    for system in sorted({family(one.system) for one in replies}):
        muted = {text for text, systems in supported.items() if systems == {system}}
        muted_at_all |= muted
        judging = Judging([replace(cause, judge=cause.judge.without(muted)) for cause in CAUSES])
        answers += Figures.of((one for one in replies if family(one.system) == system), judging).answers
    return Figures(tuple(answers)), len(muted_at_all)


def cases() -> Iterator[Labelled]:
    """The cases of the causes' tests; above them stands the mail system, `# [Postfix] source`."""
    for path in sorted(CASES.glob("*.txt")):
        system = ""
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("# ["):
                system = line[3:].partition("]")[0]
            elif line.startswith("+ ") and system:
                yield Labelled("", line[2:], system, path.stem, frozenset())


def family(system: str) -> str:
    """The first word of a system's name: its versions, patches and sites share their texts."""
    words = system.replace("-", " ").replace("/", " ").replace(",", " ").lower().split()
    return words[0] if words else ""


def _supporters(replies: Iterable[Labelled]) -> dict[Text | Sight, set[str]]:
    every_text = [text for cause in CAUSES for text in cause.judge.texts]
    found: defaultdict[Text | Sight, set[str]] = defaultdict(set)
    for one in replies:
        reading = read(Reply(one.text))
        held = Held(reading.plain)
        for text in every_text:
            if not text.may_stand_in(held):
                continue
            if text.search(reading.plain, reading.words.lower() if "://" in reading.words else ""):
                found[text].add(family(one.system))
    return found
