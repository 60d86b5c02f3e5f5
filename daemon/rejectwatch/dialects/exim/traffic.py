"""Mail on its way through Exim."""

from __future__ import annotations

import re
from itertools import islice

from rejectwatch.dialects.exim import strange
from rejectwatch.dialects.exim.fields import QUOTED, message_at, recipient
from rejectwatch.dialects.exim.who import is_whole
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
_DISCARDED = b"blackhole ("
"""`=> blackhole (DATA ACL discarded recipients): …`: the operator's words, and no recipient."""


def accepted(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`1xVlMG-00004X-0U <= a@corp.example H=pc21.corp.example [127.0.0.21] P=esmtpa A=plain_server:a S=367`."""
    message = message_at(block, start, at)
    if message is None:
        return
    line_end = block.find(b"\n", at)
    sender = _SENDER.match(block, at + 4, line_end)
    if sender is None:
        return
    _tell_accepted(message.stamp, message.key, sender[0], block[sender.end() : line_end], told)


def tell_accepted(stamp: bytes, message: bytes, said: bytes, told: Facts) -> None:
    """Tell what begins with `<=` and a sender without quotes."""
    sender_end = said.find(b" ", 3)
    _tell_accepted(stamp, message, said[3:sender_end], said[sender_end:], told)


def _tell_accepted(stamp: bytes, message: bytes, sender: bytes, said: bytes, told: Facts) -> None:
    """Tell what stands behind the sender."""
    # What follows the size (message id, subject) is another for each message, and says nothing of who.
    size = said.find(b" S=")
    if size >= 0 and (said.find(b" S=", size + 3) >= 0 or not said[size + 3 : size + 4].isdigit()):
        size = _true_size(said)
    told.accepted(stamp, "exim", message, b"", said if size < 0 else said[:size])
    told.sender(message, b"" if sender == b"<>" else sender)


def _true_size(said: bytes) -> int:
    """A login, a subject and a HELO may hold ` S=1` too: the true one has nothing but Exim's own fields on both sides."""
    sizes = list(islice(_SIZE.finditer(said), _MOST_SIZES))
    likely = [size.start() for size in sizes if _BEHIND_SIZE.fullmatch(said, size.end())]
    whole = (at for at in likely if is_whole(said[:at]))
    return next(whole, likely[0] if likely else sizes[0].start() if sizes else -1)


def delivered(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`1xVlMN-00008n-2W => x@ok.example R=dnslookup T=remote_smtp H=mx.ok.example [127.0.0.60] C="250 Ok"`."""
    message = message_at(block, start, at)
    if message is None:
        return
    line_end = block.find(b"\n", at)
    if block.startswith(_DISCARDED, at + 4):
        return
    to = recipient(block, at + 4, line_end)
    if to is not None:
        _tell_delivered(message.stamp, message.key, to[0], block[to[1] : line_end], told)
    elif (shape := strange.delivery("=>", block, at + 4, None, line_end)) is not None:
        told.not_understood(start, message.stamp, "exim", shape)


def tell_delivered(stamp: bytes, message: bytes, said: bytes, told: Facts) -> None:
    """Tell what begins with an arrow, a recipient without quotes, and a field."""
    to = recipient(said, 3, len(said))
    if to is not None:
        _tell_delivered(stamp, message, to[0], said[to[1] :], told)


def _tell_delivered(stamp: bytes, message: bytes, to: bytes, said: bytes, told: Facts) -> None:
    told.delivered(stamp, "exim", message, to, local=b" H=" not in said)


def done(block: bytes, start: int, at: int, told: Facts, _asked: Asked) -> None:
    """`1xVlMN-00008n-2W Completed`, with queue_time_overall ` QT=3s` behind it."""
    message = message_at(block, start, at)
    if message is not None and block.startswith((b"\n", b" QT="), at + len(b" Completed")):
        told.done(message.key)
