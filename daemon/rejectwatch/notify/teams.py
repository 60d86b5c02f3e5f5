"""A card for Microsoft Teams: Apprise knows the address of the workflow and speaks to it; the card is ours.

Apprise reads a card from a template file, in which it fills in what stands in double braces. Ours has none
left, and its file lies in memory: nothing of it stays behind when the sending is broken off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from rejectwatch.notify.allowed import service_of

_PATIENCE = {"cto": "5", "rto": "15"}
"""Seconds to connect and to answer. Apprise's own 4 are few for a workflow that has slept."""
_RENEWED = "the workflow is switched off, or has another URL now: copy it again from the workflow in Teams"
_MEANS = {
    "the answer was 202": "this means accepted, not shown: look into the channel in Teams",
    "the answer was 401": _RENEWED,
    "the answer was 403": _RENEWED,
    "the answer was 404": _RENEWED,
    "the answer was 410": _RENEWED,
    "the answer was 413": "the card is too large for Teams",
    "the answer was 429": "Teams takes no more messages for now",
}


def send(order: Mapping[str, Any]) -> bool:
    """Post the card of an order (`url`, `title`, `card`); Apprise tells its log why it was not taken."""
    with _template(order["card"]) as file:
        sender, _ = service_of(_with_card(order["url"], file))
        return bool(sender.notify(body=order["title"]))  # not shown, but without a text Apprise sends nothing


def meaning(said: Iterable[str]) -> list[str]:
    """What the answers mean here, for whoever has to do something about them."""
    return [_MEANS[one] for one in said if one in _MEANS]


def _with_card(url: str, file: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode({**_PATIENCE, 'template': file})}"


@contextmanager
def _template(card: Mapping[str, Any]) -> Iterator[str]:
    """The name of a file with the card, for this process only. Two opening braces stand nowhere in JSON but in its texts."""
    with os.fdopen(os.memfd_create("card"), "w", encoding="ascii") as file:
        file.write(json.dumps(card).replace("{{", "{\\u007b"))
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"
