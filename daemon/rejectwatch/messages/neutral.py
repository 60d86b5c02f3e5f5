"""Make log text harmless: the one way from a log to a terminal or a mail.

Replies, addresses, HELO names and logins are a stranger's words. Shown, they must not move a cursor, turn
the direction of writing, hide anything, begin a new line, grow without end, become a link, or pass for our
own words: so they are bounded, escaped, and stand in quotes that they cannot close.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST_REPLY = 600
LONGEST_NAME = 80

# Shown as they are: letters, digits and the few signs of ordinary addresses, logins and host names.
_ORDINARY = re.compile(
    r"[A-Za-z0-9][\w.+=/~-]{0,63}(?:@[A-Za-z0-9][A-Za-z0-9.-]{0,253})?"
    r"|[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}",  # an IPv6 address
    re.ASCII,
)
_BLANKS = re.compile(r" {2,}")
_LINK = re.compile(r"(?<=[A-Za-z0-9])://|\bwww\.", re.IGNORECASE)
# Marks pile up without end ("Zalgo") and reach into the lines above: a letter may carry a few.
_PILED_MARKS = re.compile(
    r"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
# Our quotes and all that look like them; inside a quotation they become others.
_INNER_QUOTES = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "‟": '"',
        "❝": '"',
        "❞": '"',
        "〝": '"',
        "〞": '"',
        "「": "『",
        "」": "』",
        "｢": "『",
        "｣": "』",
    }
)


def quoted(text: str, quotes: str, longest: int = LONGEST_REPLY) -> str:
    """Log text between `quotes` (an opening and a closing one)."""
    return quotes[0] + harmless(text, longest).translate(_INNER_QUOTES) + quotes[1]


def named(text: str, quotes: str, longest: int = LONGEST_NAME) -> str:
    """An address, login or host name: as it is where it is an ordinary one, else in quotes."""
    if len(text) <= longest and _ORDINARY.fullmatch(text) and not _LINK.search(text):
        return text
    return quoted(text, quotes, longest)


def is_ordinary(text: str) -> bool:
    """Whether a text may stand in a command that somebody will paste into a shell."""
    return len(text) <= LONGEST_NAME and _ORDINARY.fullmatch(text) is not None


def harmless(text: str, longest: int) -> str:
    """One line of visible characters, at most `longest` of them and a mark that something is missing."""
    # Twice as much is looked at, because an escape is longer than what it stands for and blanks fold.
    visible = "".join(map(_visible, text[: 2 * longest]))
    line = _PILED_MARKS.sub(r"\1", _BLANKS.sub(" ", visible).strip())
    if len(line) > longest or len(text) > 2 * longest:
        line = line[:longest].rstrip() + " […]"
    # No mail program makes a link of it, and a reader still sees which one it was.
    return _LINK.sub(lambda match: match[0].replace("://", "[:]//").replace(".", "[.]"), line)


def _visible(character: str) -> str:
    if " " <= character <= "~":
        return character
    match unicodedata.category(character):
        case "Zs":
            return " "
        case "Cc" | "Cf" | "Cs" | "Co" | "Cn" | "Zl" | "Zp":
            return _escape(ord(character))
    # A few letters without ink, which are no format characters: Hangul fillers, Braille blank, variation selectors.
    if character in "\u115f\u1160\u2800\u3164\uffa0\u034f" or "\ufe00" <= character <= "\ufe0f":
        return _escape(ord(character))
    return character


def _escape(point: int) -> str:
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
