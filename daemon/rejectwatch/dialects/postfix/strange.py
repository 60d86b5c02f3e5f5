"""Refusals and deliveries that can't be read: told by their shape, never guessed.

A line is one only by what its own process writes at the left end of the text, behind a tag of Postfix: `Q: reject: `,
or `Q: to=<…>, …, status=`. What clients and other servers have written stands to the right of that.

The shape has nothing of theirs in it, and of our own neither names nor numbers: it is made anew from the words that
the program itself puts at known places. So it holds no personal data, nobody outside can choose it, and lines of one
kind have one shape.
"""

from __future__ import annotations

from rejectwatch.dialects.pattern import Pattern
from rejectwatch.dialects.text import ADDRESS

_PROGRAMS = frozenset(
    # "postfix" alone: where the logger has cut the tag at its slash
    "smtpd postscreen smtp lmtp local virtual pipe error retry discard qmgr cleanup qmqpd bounce postfix".split()
)

_QUEUE_ID = rb"(?:NOQUEUE|(?=[A-Za-z]*\d)[0-9A-Za-z]{5,64})"
_IS_QUEUE_ID = Pattern(_QUEUE_ID)
_REFUSAL = Pattern(
    rb"(?:" + _QUEUE_ID + rb": )?(?P<kind>(?:[a-z]{1,16}-)?reject(?:ed)?(?:[_-][a-z]{1,16})?)(?:: |$)"
    rb"(?:(?P<command>[A-Za-z-]{2,20}(?: content)?)(?P<client> from \S+)?: ?)?(?P<code>[245][0-5]\d(?=[ -]|$))?"
)
_BY_PROXY = Pattern(rb'warning: proxy \S{1,255} rejected "(?P<command>[A-Za-z]{2,20})')

_WITHOUT_CODE = Pattern(
    rb"(?:header|body|content|mime-error) "  # cleanup, about the content of a message
    rb"|(?:[A-Z-]{2,20} from \S+: )?[45]\.\d"  # cleanup, about what a milter wanted: `5.7.1 text`
    rb"|END-OF-MESSAGE: ;"  # a proxy that said nothing
    rb"|[A-Z-]{2,20} from \S+: bare <LF> received;"  # smtpd_forbid_bare_newline: its code is a setting
    rb"|(?i:connect) from \S+: (?:all|too many) "  # postscreen that has no time: 421
)
"""What follows `reject: ` where the log never has the code: known, and not counted."""

_TO = Pattern(rb": to=<" + ADDRESS + rb">")
_FIELD = Pattern(rb", (?!status=)(?P<name>[a-z_]{1,16})=(?:<" + ADDRESS + rb">|[^,<>\"]{0,300}(?=, ))")
_STATUS = Pattern(rb", status=(?P<word>[A-Za-z-]{1,32}) \(")
_SERVER_SAID = Pattern(
    rb"(?:[A-Za-z ,;]{1,60}[:;,] )?(?:[a-z]{1,10} )?(?:host|server) "
    rb"[^\s\[\]]{0,255}\[[^\[\]\s]{0,255}\](?::\d+)? [A-Za-z]{1,16}(?: [A-Za-z]{1,16}){0,5}: "
)

_OTHERWISE = Pattern(
    rb"(?:" + _QUEUE_ID + rb": )?+"
    rb"(?!(?:warn(?:ing)?|error|fatal|panic|info|statistics|(?:milter-)?(?:hold|discard)|hangup|redirect|filter|prepend|replace"
    rb"|strip|bcc|delay|permit|pass|quarantine|milter-quarantine): )"  # what does not refuse may have words of others
    rb"(?P<kind>[^\s:=<>\"\[\]]{1,32}): (?:[^\s:=;<>\"\[\]]{1,32} ){0,4}[^\s<>\"\[\]]{0,255}\[[^\s\[\]]{0,255}\](?::\d+)?:? "
    rb"(?P<code>5[0-5]\d)(?=[ -])"
)
"""A refusal that is called by another word: `NOQUEUE: refuse: RCPT from pc.corp.example[192.0.2.7]: 553 …`."""

_WORD = Pattern(rb"[A-Za-z-]{1,24}")
_FIRST_FIELD = Pattern(rb": (?P<name>(?:orig_)?to|relay|conn_use|delays?|dsn|status|recipient)=")
_HOLDS_REPLY = Pattern(rb"(?:: 5[0-5]\d[ -]|[ (]5[0-5]\d[ -]5\.\d{1,3}\.\d{1,3} )")

_NO_FAILURE = frozenset(b"sent deliverable expired".split())
_FAILURES = frozenset(b"bounced deferred SOFTBOUNCE undeliverable undeliverable-but-not-cached".split())
_CLIENTS = ("smtp", "lmtp", "postfix")
_DELIVERING = ("smtp", "lmtp")
_LONGEST = 8192
_MOST_FIELDS = 12
_SUSPENDED = b"delivery temporarily suspended: "


def refusal(tag: str, text: bytes) -> str | None:
    """The shape of a refusal that was not understood; None if it is none for good, or its code is never logged."""
    if tag.rpartition("/")[2] not in _PROGRAMS:
        return None
    found = _REFUSAL.match(text)
    if found is None:
        return _refusal_by_proxy(text) or _by_another_word(text)
    is_passing = (found["code"] or b"").startswith((b"2", b"4"))
    if is_passing or _WITHOUT_CODE.match(text, found.end("kind") + len(b": ")):
        return None
    command = "" if found["command"] is None else f" {found['command'].decode()}"
    client = "" if found["client"] is None else " from *"
    code = "*" if found["code"] is None else f"{found['code'].decode()} *"
    return f"*: {found['kind'].decode()}:{command}{client}: {code}"


def unread(tag: str, text: bytes) -> str | None:
    """The shape of a line with a permanent reply that nothing else of this dialect nominates; None: it is no refusal."""
    if tag.rpartition("/")[2] not in _PROGRAMS:
        return None
    return _by_another_word(text) or _delivery_otherwise(tag, text)


def _by_another_word(text: bytes) -> str | None:
    found = _OTHERWISE.match(text)
    if found is None:
        return None
    kind = found["kind"].decode() if _WORD.fullmatch(found["kind"]) else "*"
    return f"*: {kind}: *: {found['code'].decode()} *"


def _delivery_otherwise(tag: str, text: bytes) -> str | None:
    """A delivery whose fields stand in another order, or end before its outcome."""
    queue_id = _IS_QUEUE_ID.match(text)
    if queue_id is None or not tag.endswith(_DELIVERING):
        return None
    first = _FIRST_FIELD.match(text, queue_id.end())
    if first is None or (first["name"] == b"to" and b", status=" in text):
        return None
    names, _ = _fields(b", " + text[first.start("name") : _LONGEST], 0)
    return f"*: {names.removeprefix(', ') or first['name'].decode() + '='}*"


def _refusal_by_proxy(text: bytes) -> str | None:
    """`warning: proxy 127.0.0.1:10025 rejected "DATA": "553 5.7.1 no data"`: the only line of such a refusal.

    At EHLO or to the connection itself it is no refusal: the client hears 451.
    """
    found = _BY_PROXY.match(text)
    if (
        found is None
        or text.rpartition(b'": "')[2].startswith(b"4")
        or found["command"] in (b"EHLO", b"HELO", b"XFORWARD", b"connection")
    ):
        return None
    return f'warning: proxy * rejected "{found["command"].decode().upper()} *'


def outcome(tag: str, queue_id: bytes, text: bytes, status: int) -> str | None:
    """The shape of a delivery with an outcome that is none of those we know, or with a server's words that are not.

    `text` begins with `: to=<`, and at `status` with `, status=`. None if it failed for another reason: connections
    that time out, users that this machine does not have.
    """
    found = _STATUS.match(text, status)
    if found is not None and found["word"] in _NO_FAILURE:
        return None
    if found is not None and found["word"] in _FAILURES:
        begin = found.end()
        if not _is_of_a_server(tag, text, begin) and not _holds_reply(tag, text, begin):
            return None
    return delivery(tag, queue_id, text)


def delivery(tag: str, queue_id: bytes, text: bytes) -> str | None:
    """The shape of a delivery, from its `: to=<` on; None if the line is not of Postfix."""
    if tag.rpartition("/")[2] not in _PROGRAMS or _IS_QUEUE_ID.fullmatch(queue_id) is None:
        return None
    to = _TO.match(text, 0, _LONGEST)
    if to is None:
        return "*: to=<*"
    names, at = _fields(text, to.end())
    status = _STATUS.match(text, at)
    if status is None:
        return f"*: to=<*>{names}*"
    why = "host * said: *" if _is_of_a_server(tag, text, status.end()) else "*"
    return f"*: to=<*>{names}, status={status['word'].decode()} ({why}"


def _fields(text: bytes, at: int) -> tuple[str, int]:
    """The names of the fields from here on, and where they end."""
    names = ""
    for _ in range(_MOST_FIELDS):
        field = _FIELD.match(text, at)
        if field is None:
            break
        names, at = f"{names}, {field['name'].decode()}=*", field.end()
    return names, at


def _is_of_a_server(tag: str, text: bytes, begin: int) -> bool:
    return _may_be_of_a_server(tag, text, begin) and _SERVER_SAID.match(text, begin) is not None


def _holds_reply(tag: str, text: bytes, begin: int) -> bool:
    """Whether a server's reply stands there, in whatever words of Postfix."""
    return (
        _may_be_of_a_server(tag, text, begin)
        and _HOLDS_REPLY.search(text, begin, begin + _LONGEST) is not None
    )


def _may_be_of_a_server(tag: str, text: bytes, begin: int) -> bool:
    return tag.endswith(_CLIENTS) and not text.startswith(_SUSPENDED, begin)
