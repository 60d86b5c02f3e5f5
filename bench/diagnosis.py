"""What a diagnosis costs: µs of one core a refusal.

A log repeats itself: the same user gets the same answer again and again, and an answer that was judged before
is remembered. So two figures: real replies as they come in a log, and the same replies changed so that none was
ever seen. And how it grows with the length of the text: what a stranger wrote can be long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from rejectwatch.causes import Reply, diagnose

REPLIES = Path(__file__).parents[1] / "tests" / "data" / "replies.jsonl"
LENGTHS = (125, 250, 500, 1000)
ROUNDS = 20


def report(rounds: int = ROUNDS) -> Iterator[str]:
    texts = [json.loads(line)["text"] for line in REPLIES.read_text("utf-8").splitlines()]
    for text in texts:  # patterns are made when they are first needed
        diagnose(Reply(text))
    again = min(_seconds(texts) for _ in range(rounds))
    new = min(_seconds([f"{text} ref-{number}q" for text in texts]) for number in range(rounds))
    yield f"diagnosis of {len(texts)} real replies: {_micro(again, texts)} µs each, {_micro(new, texts)} µs if never seen before"
    for length in LENGTHS:
        some = [f"553 {(text * (length // len(text) + 1))[:length]}" for text in texts]
        cost = min(_seconds([f"{text} {number}q" for text in some]) for number in range(rounds)) / len(some)
        yield f"  never seen, said again up to {length:>4} characters: {cost * 1e6:5.0f} µs, {cost * 1e9 / length:4.0f} ns each"


def _seconds(texts: list[str]) -> float:
    """Of the processor."""
    replies = [Reply(text) for text in texts]
    began = time.thread_time()
    for reply in replies:
        diagnose(reply)
    return time.thread_time() - began


def _micro(seconds: float, texts: list[str]) -> str:
    return f"{seconds / len(texts) * 1e6:.0f}"
