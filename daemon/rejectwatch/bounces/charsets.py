"""Bytes of a mail to text, whatever it says of itself: many bounces declare nothing, or something else."""

from __future__ import annotations

import codecs
import re

# Text only, and only what takes linear time: a mail may also declare "punycode" or "unicode_escape".
_TEXT = re.compile(r"(utf|ascii|iso|cp\d|koi8|gb|big5|euc|shift|mac|johab|hz$|tis)")
_OTHER_NAMES = {"unicode-1-1-utf-7": "utf-7", "x-sjis": "cp932", "shift_jis": "cp932", "shift-jis": "cp932"}
_ESCAPES = re.compile(rb"\x1b(\$@|\$B|\(B|\(J|\(I)")
_KANA = re.compile("[\u3041-\u30ff]")
_OUTSIDE_ASCII = re.compile(rb"[\x80-\xff]")


def decoded(data: bytes, declared: str | None = None) -> str:
    """The text of these bytes. What is declared is believed where it can be true."""
    if b"\x1b" in data and not _OUTSIDE_ASCII.search(data) and _ESCAPES.search(data):
        return _iso_2022_jp(data)
    codec = _codec(declared)
    if codec:
        try:
            return data.decode(codec)
        except ValueError:
            pass
    return _guessed(data)


def _codec(declared: str | None) -> str | None:
    name = (declared or "").strip().lower()[:40]
    try:
        codec = codecs.lookup(_OTHER_NAMES.get(name, name)).name
    except (LookupError, ValueError):
        return None
    return codec if _TEXT.match(codec) else None


def _guessed(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    texts = [data.decode(name, "replace") for name in ("euc_jp", "cp932")]
    text = max(texts, key=_kana)
    return text if _kana(text) > 0 else data.decode("cp1252", "replace")


def _kana(text: str) -> int:
    """How Japanese a text reads."""
    return len(_KANA.findall(text)) - text.count("\ufffd")


def _iso_2022_jp(data: bytes) -> str:
    """ISO-2022-JP as mail programs write it, with ①, ㈱ and half-width kana, which Python's codecs refuse."""
    first, *rest = _ESCAPES.split(data)
    text = [first.decode("ascii", "replace")]
    for escape, piece in zip(rest[::2], rest[1::2], strict=True):
        text.append(_in_shift_jis(piece, escape).decode("cp932", "replace"))
    return "".join(text)


def _in_shift_jis(piece: bytes, escape: bytes) -> bytes:
    if escape in {b"$@", b"$B"}:
        return _shift_jis(piece)
    if escape == b"(I":
        return bytes(byte | 0x80 if byte > 0x20 else byte for byte in piece)
    return piece


def _shift_jis(jis: bytes) -> bytes:
    """Two bytes of JIS (row and cell) in Shift_JIS, which knows the signs of the vendors."""
    moved = bytearray()
    at = 0
    while at < len(jis):
        pair = jis[at : at + 2]
        if len(pair) < 2 or not all(0x21 <= byte <= 0x7E for byte in pair):
            moved += pair[:1]
            at += 1
            continue
        row, cell = pair
        half = (row - 0x21) // 2
        moved.append(half + (0x81 if half < 0x1F else 0xC1))
        if row % 2:
            moved.append(cell + (0x1F if cell < 0x60 else 0x20))
        else:
            moved.append(cell + 0x7E)
        at += 2
    return bytes(moved)
