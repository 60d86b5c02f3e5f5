"""Signs that do not belong into an address, and those that they stand for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from rejectwatch.addresses import domains, parts
from rejectwatch.addresses.finding import Code, Finding, distinct

# How a log writes bytes that are no ASCII: Exim `\357\274\240`, we `\xef\xbc\xa0`.
_ESCAPED = re.compile(r"(?:\\(?:[23][0-7]{2}|x[89a-f][0-9a-f])){2,}")
_ESCAPED_BYTE = re.compile(r"\\(?:([23][0-7]{2})|x([89a-f][0-9a-f]))")
_STILL_ESCAPED = re.compile(r"\\(?:[0-3][0-7]{2}|x[0-9a-f]{2})")

_LOST = re.compile(r"\?+|\A {2,}(?=@)|\A {3,}(?=[^ @])|(?<=[^ @.]) {3,}(?=[^ @.])")
_SEVEN_BIT = re.compile(r"\x1b[$(]")

_WITHOUT_INK = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f") | frozenset(map(chr, range(0xFE00, 0xFE10)))
_BLANK = r"[\s\u0085\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_BLANKS = re.compile(_BLANK)
# A blank next to an @ or a dot of the domain, or around the whole, was typed by mistake and parts nothing.
_IDLE_BLANKS = re.compile(rf"\A{_BLANK}+|(?<!{_BLANK}){_BLANK}+(?=@|\Z)|(?<=@){_BLANK}+")
_BLANKS_AT_DOT = re.compile(rf"(?<!{_BLANK}){_BLANK}+(?=\.)|(?<=\.){_BLANK}+")
# Typed for a hyphen: dashes, the minus sign, the bar that lengthens a Japanese vowel.
_DASHES = re.compile(r"(?<=[!-~])[\u2010-\u2015\u2212\u2500\u30fc\uff70\ufe58\u02d7](?=[!-~])")
_PIECE = re.compile(r"[^@.]+")
_ALPHABETS = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
_LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕԁһԛԝӏмткнвАВЕКМНОРСТХІЈЅοαρνικυγΑΒΕΖΗΙΚΜΝΟΡΤΥΧɡɑ",
    "aeopcyxijsdhqwlmtkhbABEKMHOPCTXIJSoapvikuyABEZHIKMNOPTYXga",
)


def unescaped(text: str) -> str:
    """With the letters themselves, where the log shows their bytes in UTF-8."""
    return _ESCAPED.sub(_letters, text) if "\\" in text else text


def _letters(escaped: re.Match[str]) -> str:
    codes = (int(octal, 8) if octal else int(other, 16) for octal, other in _ESCAPED_BYTE.findall(escaped[0]))
    try:
        return bytes(codes).decode()
    except UnicodeDecodeError:
        return escaped[0]


def invisible(text: str, _own: tuple[str, ...]) -> Finding | None:
    """Zero-width signs, marks for the direction of writing, control characters."""
    if text.isascii() and text.isprintable():
        return None
    before = " " + text
    unseen = [
        sign for sign, last in zip(text, before, strict=False) if _is_unseen(sign) and not _joins(sign, last)
    ]
    if not unseen:
        return None
    kept = (
        sign for sign, last in zip(text, before, strict=False) if not _is_unseen(sign) or _joins(sign, last)
    )
    return Finding("invisible", "".join(kept), distinct("".join(unseen)))


def _is_unseen(sign: str) -> bool:
    return sign in _WITHOUT_INK or (unicodedata.category(sign) in ("Cc", "Cf") and not _BLANKS.match(sign))


def _joins(sign: str, last: str) -> bool:
    """The joiners of Persian and Indian writing are part of a name."""
    return sign in "\u200c\u200d" and not last.isascii() and last.isalpha()


def seven_bit(text: str, _own: tuple[str, ...]) -> Finding | None:
    """Japanese letters in seven bits (ISO-2022-JP): their bytes look like ASCII, so that nothing else is to be read."""
    return Finding("not_ascii_logged", None, "\x1b") if _SEVEN_BIT.search(text) else None


def full_width(text: str, _own: tuple[str, ...]) -> Finding | None:
    """＠, ．, Ａ and whatever else is an ASCII sign in another dress."""
    return _replaced("full_width", text, {sign: plain for sign in set(text) if (plain := _undressed(sign))})


def _undressed(sign: str) -> str:
    if sign.isascii() or _BLANKS.match(sign):
        return ""
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) == 1 and "!" <= plain <= "~" else ""


def ideographic_stop(text: str, _own: tuple[str, ...]) -> Finding | None:
    """The full stop and the comma that a Japanese or Chinese keyboard types for a dot and a comma."""
    signs = {sign: "," if sign in "、､" else "." for sign in text if sign in "。｡、､"}
    return _replaced("ideographic_stop", text, signs)


def _replaced(code: Code, text: str, signs: Mapping[str, str]) -> Finding | None:
    if not signs:
        return None
    shown = distinct("".join(sign for sign in text if sign in signs))
    return Finding(code, text.translate({ord(sign): plain for sign, plain in signs.items()}), shown)


def dash(text: str, _own: tuple[str, ...]) -> Finding | None:
    found = _DASHES.findall(text)
    return Finding("dash", _DASHES.sub("-", text), distinct("".join(found))) if found else None


def blank(text: str, _own: tuple[str, ...]) -> Finding | None:
    """Blanks of any width; inside a name nobody can tell whether a dot was meant, or nothing."""
    local, at, domain = text.rpartition("@")
    quoted, name = "", local
    if parts.is_quoted(text.lstrip()):
        quoted = local.lstrip()
        name = local.removesuffix(quoted)
    looked_at = f"{name}{at}{domain}"
    found = _BLANKS.findall(looked_at)
    if not found:
        return None
    name, at, domain = _IDLE_BLANKS.sub("", looked_at).rpartition("@")
    without = f"{name}{at}{_BLANKS_AT_DOT.sub('', domain)}"
    return Finding("blank", None if _BLANKS.search(without) else quoted + without, distinct("".join(found)))


def not_ascii_logged(text: str, own: tuple[str, ...]) -> Finding | None:
    """Postfix (unless SMTPUTF8 is on) logs `?` for each byte that is no ASCII, and answers with blanks; others write its number.

    A full-width ＠ has three bytes, so where nothing else is missing three question marks were one. Without an @
    of its own such an address has got the server's domain behind it.
    """
    if escaped := _STILL_ESCAPED.search(text):
        return Finding("not_ascii_logged", None, escaped[0])
    if (lost := _LOST.search(text)) is None:
        return None
    local, rest = text[: lost.start()], text[lost.end() :]
    domain, at, appended = rest.partition("@")
    whole = local and "." in domain.strip(".") and (not at or appended.lower() in own)
    alone = len(lost[0]) == 3 and "@" not in local and _LOST.search(rest) is None
    return Finding("not_ascii_logged", f"{local}@{domain}" if whole and alone else None, lost[0][:3])


def look_alike(text: str, own: tuple[str, ...]) -> Finding | None:
    """A letter of another alphabet among Latin ones (Cyrillic а), or in the place of all of a known domain's.

    A name that is wholly written in another alphabet is meant so.
    """
    if text.isascii():
        return None
    local, at, domain = text.rpartition("@")
    latin = domain.translate(_LOOK_ALIKE)
    imitates = latin.lower() in domains.LARGE or latin.lower() in own
    meant = _PIECE.sub(_as_latin, f"{local}{at}{latin if imitates else domain}")
    replaced = "".join(sign for sign, plain in zip(text, meant, strict=True) if sign != plain)
    left = "".join(filter(_is_strange, "".join(filter(_is_mixed, _PIECE.findall(meant)))))
    if not replaced and not left:
        return None
    return Finding("look_alike", None if left else meant, distinct(replaced + left))


def _as_latin(piece: re.Match[str]) -> str:
    return piece[0].translate(_LOOK_ALIKE) if _is_mixed(piece[0]) else piece[0]


def _is_mixed(label: str) -> bool:
    return any(map(_is_strange, label)) and any(sign.isascii() and sign.isalpha() for sign in label)


def _is_strange(sign: str) -> bool:
    return sign in "ɡɑ" or (not sign.isascii() and unicodedata.name(sign, "").startswith(_ALPHABETS))
