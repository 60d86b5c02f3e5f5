"""Refusals and deliveries that can't be read: told by their shape, never guessed.

A line is one only by what its own process writes at the left end of the text, behind a tag of Postfix: `Q: reject: `,
or `Q: to=<…>, …, status=`. What clients and other servers have written stands to the right of that.

The shape has nothing of theirs in it, and of our own neither names nor numbers: it is made anew from the words that
the program itself puts at known places. So it holds no personal data, nobody outside can choose it, and lines of one
kind have one shape.
"""

from __future__ import annotations

import re

from rejectwatch.dialects.text import ADDRESS

_PROGRAMS = frozenset(
    # "postfix" alone: where the logger has cut the tag at its slash
    "smtpd postscreen smtp lmtp local virtual pipe error retry discard qmgr cleanup qmqpd bounce postfix".split()
)

_QUEUE_ID = rb"(?:NOQUEUE|(?=[A-Za-z]*\d)[0-9A-Za-z]{5,64})"
_IS_QUEUE_ID = re.compile(_QUEUE_ID)
_REFUSAL = re.compile(
    rb"(?:" + _QUEUE_ID + rb": )?(?P<kind>(?:[a-z]{1,16}-)?reject(?:_[a-z]{1,16})?): "
    rb"(?:(?P<command>[A-Za-z-]{2,20}(?: content)?)(?P<client> from \S+)?: ?)?(?P<code>[245][0-5]\d(?=[ -]|$))?"
)
_BY_PROXY = re.compile(rb'warning: proxy \S{1,255} rejected "(?P<command>[A-Z]{2,20})')

_WITHOUT_CODE = re.compile(
    rb"(?:header|body|content|mime-error) "  # cleanup, about the content of a message
    rb"|(?:[A-Z-]{2,20} from \S+: )?[45]\.\d"  # cleanup, about what a milter wanted: `5.7.1 text`
    rb"|END-OF-MESSAGE: ;"  # a proxy that said nothing
    rb"|(?i:connect) from \S+: (?:all|too many) "  # postscreen that has no time: 421
)
"""What follows `reject: ` where the log never has the code: known, and not counted."""

_TO = re.compile(rb": to=<" + ADDRESS + rb">")
_FIELD = re.compile(rb", (?!status=)(?P<name>[a-z_]{1,16})=(?:<" + ADDRESS + rb">|[^,<>\"]{0,300}(?=, ))")
_STATUS = re.compile(rb", status=(?P<word>[A-Za-z-]{1,32}) \(")
_SERVER_SAID = re.compile(
    rb"(?!delivery temporarily suspended: )(?:[A-Za-z ,;]{1,60}[:;,] )?(?:[a-z]{1,10} )?(?:host|server) "
    rb"[^\s\[\]]{0,255}\[[^\[\]\s]{0,255}\](?::\d+)? [A-Za-z]{1,16}(?: [A-Za-z]{1,16}){0,5}: "
)

_STATUSES = frozenset(
    b"sent bounced deferred SOFTBOUNCE deliverable undeliverable undeliverable-but-not-cached expired".split()
)
_CLIENTS = ("smtp", "lmtp", "postfix")
_LONGEST = 8192
_MOST_FIELDS = 12


def refusal(tag: str, text: bytes) -> str | None:
    """The shape of a refusal that was not understood; None if it is none for good, or its code is never logged."""
    if tag.rpartition("/")[2] not in _PROGRAMS:
        return None
    found = _REFUSAL.match(text)
    if found is None:
        return _refusal_by_proxy(text)
    is_passing = (found["code"] or b"").startswith((b"2", b"4"))
    if is_passing or _WITHOUT_CODE.match(text, found.end("kind") + len(b": ")):
        return None
    command = "" if found["command"] is None else f" {found['command'].decode()}"
    client = "" if found["client"] is None else " from *"
    code = "*" if found["code"] is None else f"{found['code'].decode()} *"
    return f"*: {found['kind'].decode()}:{command}{client}: {code}"


def _refusal_by_proxy(text: bytes) -> str | None:
    """`warning: proxy 127.0.0.1:10025 rejected "DATA": "553 5.7.1 no data"`: the only line of such a refusal.

    At EHLO or to the connection itself it is no refusal: the client hears 451.
    """
    found = _BY_PROXY.match(text)
    if (
        found is None
        or text.rpartition(b'": "')[2].startswith(b"4")
        or found["command"] in (b"EHLO", b"HELO", b"XFORWARD")
    ):
        return None
    return f'warning: proxy * rejected "{found["command"].decode()} *'


def outcome(tag: str, queue_id: bytes, text: bytes, status: int) -> str | None:
    """The shape of a delivery with an outcome that is none of those we know, or with a server's words that are not.

    `text` begins with `: to=<`, and at `status` with `, status=`. None if it failed for another reason: connections
    that time out, users that this machine does not have.
    """
    found = _STATUS.match(text, status)
    if found is not None and found["word"] in _STATUSES and not _is_of_a_server(tag, text, found.end()):
        return None
    return delivery(tag, queue_id, text)


def delivery(tag: str, queue_id: bytes, text: bytes) -> str | None:
    """The shape of a delivery, from its `: to=<` on; None if the line is not of Postfix."""
    if tag.rpartition("/")[2] not in _PROGRAMS or _IS_QUEUE_ID.fullmatch(queue_id) is None:
        return None
    to = _TO.match(text, 0, _LONGEST)
    if to is None:
        return "*: to=<*"
    names, at = "", to.end()
    for _ in range(_MOST_FIELDS):
        field = _FIELD.match(text, at)
        if field is None:
            break
        names, at = f"{names}, {field['name'].decode()}=*", field.end()
    status = _STATUS.match(text, at)
    if status is None:
        return f"*: to=<*>{names}*"
    why = "host * said: *" if _is_of_a_server(tag, text, status.end()) else "*"
    return f"*: to=<*>{names}, status={status['word'].decode()} ({why}"


def _is_of_a_server(tag: str, text: bytes, begin: int) -> bool:
    return tag.endswith(_CLIENTS) and _SERVER_SAID.match(text, begin) is not None
