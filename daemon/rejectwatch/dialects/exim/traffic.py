"""Mail on its way through Exim."""

from __future__ import annotations

import re
from itertools import islice

from rejectwatch.dialects.exim import strange
from rejectwatch.dialects.exim.fields import QUOTED, message_at, recipient
from rejectwatch.dialects.interface import Asked
from rejectwatch.dialects.text import ADDRESS
from rejectwatch.facts import Facts

_SENDER = re.compile(rb"<>|" + ADDRESS)
_SIZE = re.compile(rb" S=\d+")
_BEHIND_SIZE = re.compile(
    rb"(?: (?:M8S=\d+|RT=[\d.]+s|DKIM=\S+|ARC|DMARC(?:=\S+)?|Q=\S+))*+(?: id\*?=\S+)?(?: T=" + QUOTED + rb")?"
    rb"(?: from <" + ADDRESS + rb">)?(?: for .*)?"
)
_MOST_SIZES = 8


def accepted(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`1xVlMG-00004X-0U <= a@corp.example H=pc21.corp.example [127.0.0.21] P=esmtpa A=plain_server:a S=367`."""
    message = message_at(block, start, at)
    if message is None:
        return
    line_end = block.find(b"\n", at)
    sender = _SENDER.match(block, at + 4, line_end)
    if sender is None:
        return
    # What follows the size (message id, subject) is another for each message, and says nothing of who.
    size = _SIZE.search(block, sender.end(), line_end)
    if size is not None and block.find(b" S=", size.end(), line_end) >= 0:
        size = _true_size(block, size, line_end)
    who = block[sender.end() : line_end if size is None else size.start()]
    told.accepted(start, message.stamp, "exim", message.key, b"", who)
    told.sender(start, message.key, b"" if sender[0] == b"<>" else sender[0])


def _true_size(block: bytes, first: re.Match[bytes], line_end: int) -> re.Match[bytes]:
    """A login and a subject may hold ` S=1` too: the true one has nothing but Exim's own fields behind it."""
    for size in islice(_SIZE.finditer(block, first.start(), line_end), _MOST_SIZES):
        if _BEHIND_SIZE.fullmatch(block, size.end(), line_end):
            return size
    return first


def delivered(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`1xVlMN-00008n-2W => x@ok.example R=dnslookup T=remote_smtp H=mx.ok.example [127.0.0.60] C="250 Ok"`."""
    message = message_at(block, start, at)
    if message is None:
        return
    line_end = block.find(b"\n", at)
    to = recipient(block, at + 4, line_end)
    if to is not None:
        local = block.find(b" H=", to[1], line_end) < 0
        told.delivered(start, message.stamp, "exim", message.key, to[0], local=local)
    elif (shape := strange.delivery("=>", block, at + 4, None, line_end)) is not None:
        told.not_understood(start, message.stamp, "exim", shape)


def done(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`1xVlMN-00008n-2W Completed`, with queue_time_overall ` QT=3s` behind it."""
    message = message_at(block, start, at)
    if message is not None and block.startswith((b"\n", b" QT="), at + len(b" Completed")):
        told.done(start, message.key)
