"""A mail as a tree of parts, within bounds: whoever sends a mail may make it as deep and as long as he likes.

The policy is compat32: the newer one recurses on some headers and takes seconds for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from itertools import islice
from typing import TypeAlias

from rejectwatch.bounces import charsets, markup

Mail: TypeAlias = "Message[str, str]"

LONGEST = 1_000_000
MOST_LINES = 20_000
MOST_BOUNDARIES = 50
"""The parser compares each line with the boundaries of all parts that are open."""
MOST_PARTS = 200
LONGEST_HEADER = 4_000
LONGEST_TEXT = 100_000

MAIL_HEADERS = frozenset(
    """
    return-path received delivered-to x-original-to envelope-to from to cc date subject message-id mime-version
    content-type content-transfer-encoding reply-to sender auto-submitted x-failed-recipients dkim-signature
    references in-reply-to x-mailer arc-seal authentication-results
    reporting-mta final-recipient original-recipient action status remote-mta diagnostic-code
    """.split()
)
HEADERS_ONLY = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
_HEADER = re.compile(rb"(?P<name>[!-9;-~]{1,80})[ \t]{0,4}:")
_MBOX = re.compile(rb">?From [^\n]{0,500}\n")
_BOUNDARY = re.compile(rb"boundary", re.IGNORECASE)
# The email package takes quadratic time for the parameters of these headers.
_CONTENT_HEADER = re.compile(rb"^Content-[^\n]{0,80}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_LINE_END = re.compile(r"[\r\n]+")


def is_mail(data: bytes) -> bool:
    """Whether this is a whole mail: it begins with header lines, and two of them are names that every mail knows."""
    known: set[bytes] = set()
    for number, line in enumerate(_beginning(data).split(b"\n")):
        header = _HEADER.match(line)
        if header:
            name = header["name"].lower()
            known |= {name} if name.decode() in MAIL_HEADERS else set()
        elif not line.strip() or number == 0 or line[:1] not in b" \t":
            break
    return len(known) >= 2


def parsed(data: bytes) -> Mail:
    """The tree of a mail. What is no mail becomes one without headers, and its text."""
    data = _bounded(_beginning(data, LONGEST))
    try:
        return message_from_bytes(data, policy=compat32)
    except RecursionError:
        top, _, body = data.partition(b"\n\n")
        plain: Mail = Message(compat32)
        plain.set_payload(body if is_mail(top) else data)
        return plain


def _beginning(data: bytes, size: int = 50_000) -> bytes:
    r"""With lines that end in "\n", and without what stands before the headers in a file."""
    data = data[:size].removeprefix(b"\xef\xbb\xbf")
    for end in (b"\r\r\n", b"\r\n", b"\r"):
        data = data.replace(end, b"\n")
    data = data.lstrip()
    mbox = _MBOX.match(data)
    return data[mbox.end() :] if mbox else data


def _bounded(data: bytes) -> bytes:
    for pattern, most in ((re.compile(rb"\n"), MOST_LINES), (_BOUNDARY, MOST_BOUNDARIES)):
        end = next(islice(pattern.finditer(data), most, None), None)
        data = data[: end.start()] if end else data
    return _CONTENT_HEADER.sub(lambda header: header[0][:LONGEST_HEADER], data)


def header(mail: Mail, name: str) -> str | None:
    """The first header of that name on one line and decoded; None where there is none or it is empty."""
    wanted = name.lower()
    for its_name, value in mail.raw_items():
        if its_name.lower() == wanted and (text := unfolded(str(value))):
            return text
    return None


def unfolded(value: str) -> str:
    """A header's value, decoded, on one line."""
    value = " ".join(line.strip() for line in _LINE_END.split(value[:LONGEST_HEADER])).strip()
    raw = charsets.decoded(value.encode("utf-8", "surrogateescape"))
    if "=?" not in raw:
        return raw
    try:
        words = decode_header(raw)
    except (HeaderParseError, ValueError):
        return raw
    return "".join(
        word if isinstance(word, str) else charsets.decoded(word, charset) for word, charset in words
    ).strip()


def parts(mail: Mail) -> Iterator[Mail]:
    """The parts of this mail itself, without those of mails inside it."""
    waiting, seen = [mail], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        if part.get_content_maintype() == "multipart":
            waiting[:0] = children(part)


def children(part: Mail) -> list[Mail]:
    # Not asked of a text: the package would decode it, with whatever codec the mail names.
    inside = part.get_payload() if part.is_multipart() else None
    return [one for one in inside if isinstance(one, Message)] if isinstance(inside, list) else []


def content(part: Mail) -> bytes:
    """What a part without parts holds, without its transfer encoding."""
    try:
        data = part.get_payload(decode=True)
    except (ValueError, AssertionError):
        return b""
    return data[:LONGEST] if isinstance(data, bytes) else b""


def text_of(part: Mail) -> str:
    """The text of a part of any text type."""
    try:
        declared = part.get_content_charset()
    except (LookupError, ValueError):
        declared = None
    text = charsets.decoded(content(part)[:LONGEST_TEXT], declared)
    return markup.text_of(text) if part.get_content_subtype() == "html" else text


def inside(part: Mail) -> Mail | None:
    """The mail that is attached as this part: as one, as a file, or wrongly encoded."""
    kind = part.get_content_type()
    if kind in {"message/rfc822", "message/global"}:
        held = children(part)
        if held and not encoded(part):
            return held[0]
        return _mail(decoded_text(part).encode("utf-8", "surrogateescape"))
    if kind in HEADERS_ONLY or kind.startswith("application/"):
        return _mail(decoded_text(part).encode("utf-8", "surrogateescape"))
    return None


def decoded_text(part: Mail) -> str:
    """The text of a part of a message type that is encoded, which RFC 2046 forbids and the parser does not undo."""
    held = children(part)
    if not held:
        return content(part).decode("utf-8", "surrogateescape")
    again: Mail = Message(compat32)
    again["Content-Transfer-Encoding"] = str(part.get("Content-Transfer-Encoding", ""))
    try:
        again.set_payload(held[0].as_bytes().strip().decode("ascii", "surrogateescape"))
    except (MessageError, ValueError, LookupError, TypeError):  # what it holds can't be written again
        return ""
    return content(again).decode("utf-8", "surrogateescape")


def encoded(part: Mail) -> bool:
    return str(part.get("Content-Transfer-Encoding", "")).strip().lower() in {"base64", "quoted-printable"}


def _mail(data: bytes) -> Mail | None:
    return parsed(data) if is_mail(data) else None
