"""Phrases: how the wordings of a cause are written down, and how they become patterns.

    (user|recipient) [is] not known     one of two, then a word that may be missing
    relay {of|access|mail} denied       any of these words between, up to six
    login…mismatch                      up to forty characters between, within the sentence
    verif~                              any ending
    NOT, MAILBOX, ADDRESS               a family with a name

No gap is unbounded, so that no text takes long.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Literal, NamedTuple

Families = Mapping[str, str]

COMMON: Families = {
    "NOT": "(not|never)",
    "HAS_BEEN": "{is|are|was|were|has|have|had|been}",
    "IS": "(is|are|was|were|has been|have been)",
    "DOES_NOT": (
        "((do|does|did|is|are|was|were|has|have)( not|n't)|cannot|can not|can't|couldn't|won't"
        "|(will|could|would|may|must) not)"
    ),
    "MAIL": "(mail|mails|email|emails|e mail|message|messages)",
    "THE": "(the|this|that|your|any)",
    "NEEDED": "(required|needed|necessary|mandatory)",
    # Whom it is said about. A name in brackets or an address may stand behind each: "sender <@@@>".
    "SENDER": (
        "([the|your] (envelope sender|mail from|mailfrom|return path|reverse path|from address|from field|from header"
        "|originator|sender's|sender|from:|from) [email|e mail|mail] [address|header|field] [ADDRESS])"
    ),
    "RECIPIENT": (
        "([the|this|your] (envelope recipient|rcpt to|recipient's|recipient|recipients|addressee|destination|user|mailbox"
        "|account|rcpt) [email|e mail|mail] [address|addresses|account] [ADDRESS])"
    ),
    "MESSAGE": "([the|this|your] (message|mail|email|e mail|content|message content|letter|attachment) [ADDRESS])",
    # What is said.
    "REFUSED": (
        "(rejected|refused|denied|declined|not accepted|unacceptable|prohibited|forbidden|disallowed|barred|banned|blocked"
        "|(will|can) not be accepted|cannot be accepted|not welcome|unwelcome)"
    ),
    "UNKNOWN": "(unknown|not known|nonexistent|non existent|does not exist|doesn't exist|not exist|not found|cannot be found)",
    "INVALID": "(invalid|not valid|illegal|bad|malformed|incorrect|wrong|improper|unrecognized|unrecognised|improperly formatted)",
    "CANNOT": (
        "(cannot|can not|can't|cant|could not|couldn't|unable to|not able to|failed to|failure to|fails to|impossible to"
        "|not possible to|did not|didn't|do not know how to|don't know how to)"
    ),
    "MAY_NOT": (
        "((not|isn't|aren't|never) [been] (authorized|authorised|allowed|permitted|entitled)"
        "|unauthorized|unauthorised|(may|must|can) not|cannot|can't)"
    ),
}
# Families that no phrase can say: an address that was blotted out, one word or name of any kind.
_PATTERNS: Families = {
    "ADDRESS": r"<?(?<!@)@{1,320}+>?:?",
    "WORD": r"[^\s;]{1,255}",
    "NAME": r"[\"'(<\[]?[@\w.+]{1,80}[\"')>\]]?:?",
    "…": r"[^.;]{0,40}",
    "~": r"\w{0,40}",
}
_PIECE = re.compile(r"\b[A-Z][A-Z_]+\b|[]()[{}|…~]|[^]()[{}|…~A-Z]+")


class Choice(NamedTuple):
    """One of several: necessary, or perhaps, or some of them one after another."""

    how: Literal["one", "perhaps", "some"]
    alternatives: tuple[tuple[str | Choice, ...], ...]


Sequence = tuple[str | Choice, ...]
_BRACKETS: dict[str, tuple[str, Literal["one", "perhaps", "some"]]] = {
    "(": (")", "one"),
    "[": ("]", "perhaps"),
    "{": ("}", "some"),
}


def parsed(phrase: str, families: Families) -> Sequence:
    return _parsed(phrase, tuple(families.items()))


def _parsed(phrase: str, own: tuple[tuple[str, str], ...]) -> Sequence:
    (sequence,) = _alternatives(iter(_PIECE.findall(phrase)), "", own)
    return sequence


@cache  # of what we have written ourselves
def _family(name: str, own: tuple[tuple[str, str], ...]) -> Sequence:
    texts = {**COMMON, **dict(own)}
    if name not in texts:
        raise ValueError(f"no family of words is called {name}")
    return _parsed(texts[name], own)


def _alternatives(
    pieces: Iterator[str], closing: str, own: tuple[tuple[str, str], ...]
) -> tuple[Sequence, ...]:
    """What stands up to the closing bracket, split at the bars."""
    found: list[list[str | Choice]] = [[]]
    for piece in pieces:
        if piece == closing:
            break
        if piece == "|":
            found.append([])
        elif piece in _BRACKETS:
            end, how = _BRACKETS[piece]
            found[-1].append(_choice(how, _alternatives(pieces, end, own)))
        elif piece.isupper() and piece not in _PATTERNS:
            _join(found[-1], _family(piece, own))
        else:
            _join(found[-1], (piece,))
    return tuple(map(tuple, found))


def _choice(how: Literal["one", "perhaps", "some"], alternatives: tuple[Sequence, ...]) -> Choice:
    """A family that is "some of them" may be one of some others: `{HAS_BEEN|for}`."""
    if how != "some":
        return Choice(how, alternatives)
    flat: list[Sequence] = []
    for one in alternatives:
        inner = one[0] if len(one) == 1 else ""
        flat += inner.alternatives if isinstance(inner, Choice) else [one]
    return Choice(how, tuple(flat))


def _join(sequence: list[str | Choice], more: Sequence) -> None:
    """Words that follow each other are one piece."""
    for item in more:
        last = sequence[-1] if sequence else None
        if _is_words(item) and last is not None and _is_words(last):
            sequence[-1] = f"{last}{item}"
        else:
            sequence.append(item)


def _is_words(item: str | Choice) -> bool:
    return isinstance(item, str) and item not in _PATTERNS


def pattern(phrase: str, families: Families) -> str:
    inner = _written(parsed(phrase, families))
    return inner if is_wide(phrase) else rf"(?<!\w){inner}(?!\w)"


def is_wide(phrase: str) -> bool:
    """Whether it is written in Japanese, Chinese or Korean, which put no boundary between words."""
    return max(phrase) >= "⺀"


def _written(sequence: Sequence) -> str:
    """A word that may be missing takes the blank before it along; the first of all, the one after it."""
    written = ""
    blank_is_taken = False
    for item in sequence:
        if isinstance(item, str):
            written += _PATTERNS.get(item) or re.escape(item[blank_is_taken:]).replace(r"\ ", " ")
            blank_is_taken = False
            continue
        inner = "(?:" + "|".join(map(_written, item.alternatives)) + ")"
        if item.how == "one":
            written += inner
        elif written.endswith(" "):
            written = written[:-1] + f"(?: {inner})" + ("?" if item.how == "perhaps" else "{0,6}")
            continue
        else:
            written += f"(?:{inner} )" + ("?" if item.how == "perhaps" else "{0,6}")
            blank_is_taken = True
    return written


# ── what a text must hold to be worth a pattern ──────────────────────────────────────────────────

_WORD = re.compile(r"\w+")
_NO_LETTER = re.compile(r"\W")
_BEGINNING = 3
"""Letters, of a word that a phrase only begins."""
_IN_EVERY_REPLY = frozenset(
    "the is not to from for your this you mail email message address sender recipient user domain host server on by"
    " a an of in has have been was be are it that and or please sorry".split()
)
_IN_MANY = frozenset(
    "allowed rejected denied refused blocked accepted accept invalid valid no must list authorized error syntax spam"
    " authentication too access does don name send local relay policy".split()
)


A_LINK = "///"
AN_ADDRESS = "1.2.3.4"
NOBODY = "<>"
"""Landmarks of a text that holds a link, an address in figures, the null sender."""
ANYWHERE = "*"
IN_WIDE = "**"
"""Landmarks of each text, and of each with letters beyond ASCII."""
_TOGETHER = (1, 2, 3)
"""So many words are compared at once."""
_IN_FIGURES = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


def landmarks_in(plain: str) -> frozenset[str]:
    """The words of a text, and how its longer words begin (`rej~`)."""
    words = _WORD.findall(plain)
    beginnings = [f"{word[:_BEGINNING]}~" for word in words if len(word) >= _BEGINNING]
    signs = [ANYWHERE, *(sign for sign in (A_LINK, NOBODY) if sign in plain)]
    if not plain.isascii():
        signs.append(IN_WIDE)
    if _IN_FIGURES.search(plain):
        signs.append(AN_ADDRESS)
    return frozenset([*words, *beginnings, *signs])


class Held:
    """What stands in a text: where words begin and end can be told, because each sign is a blank."""

    def __init__(self, plain: str) -> None:
        spaced = _NO_LETTER.sub(" ", plain)
        self._text = f" {spaced} \n{plain}"
        words = spaced.split()
        self._words = frozenset(
            f" {' '.join(words[at : at + many])} "
            for many in _TOGETHER
            for at in range(len(words) - many + 1)
        )

    def one_of(self, needed: Needed) -> bool:
        """Whether one of these pieces is there."""
        words, others = needed
        return not self._words.isdisjoint(words) or any(map(self._text.__contains__, others))


class Needed(NamedTuple):
    """Pieces that are whole words, a few together, which can be compared all at once; and others."""

    words: frozenset[str]
    others: tuple[str, ...]

    @classmethod
    def of(cls, pieces: Collection[str]) -> Needed:
        words = {piece for piece in pieces if _is_of_whole_words(piece)}
        return cls(frozenset(words), tuple({*pieces} - words))


def _is_of_whole_words(piece: str) -> bool:
    is_bounded = piece[0] == piece[-1] == " "
    return is_bounded and "  " not in piece and piece.count(" ") <= max(_TOGETHER) + 1


Pieces = frozenset[str]
"""Words, with a blank where no letter can stand beside them: ` relay acce`."""


def needed(phrase: str, families: Families) -> tuple[Pieces, ...]:
    """Every text with this phrase holds one of each of these. The few, which are soon looked for, come first."""
    bounded = _Bounded(False, False) if is_wide(phrase) else _Bounded(True, True)
    each = {*_needed(parsed(phrase, families), bounded)}
    return tuple(sorted(each, key=lambda one: (len(one), _cost(one), sorted(one))))


def landmarks_of(each: Iterable[Pieces]) -> frozenset[str]:
    """By one of these words, or beginnings of words, a text is found: of the rarest pieces that have one each."""
    for pieces in sorted(each, key=_cost):
        landmarks = [_landmark(piece) for piece in pieces]
        if all(landmarks):
            return frozenset(filter(None, landmarks))
    return frozenset()


class _Bounded(NamedTuple):
    """Whether a word can neither begin before a piece nor go on after it."""

    before: bool
    after: bool


def _needed(sequence: Sequence, bounded: _Bounded) -> Iterator[Pieces]:
    before = [bounded.before, *(_is_boundary(item, -1) for item in sequence[:-1])]
    after = [*(_is_boundary(item, 0) for item in sequence[1:]), bounded.after]
    return filter(None, map(_pieces, sequence, map(_Bounded, before, after)))


def _is_boundary(neighbour: str | Choice, side: int) -> bool:
    return isinstance(neighbour, str) and neighbour not in _PATTERNS and not _WORD.match(neighbour[side])


@cache  # families stand in many phrases
def _pieces(item: str | Choice, bounded: _Bounded) -> Pieces:
    """Of which a text holds one; none where nothing is sure."""
    if isinstance(item, Choice):
        if item.how != "one":
            return frozenset()
        each = [min(_needed(one, bounded), key=_cost, default=None) for one in item.alternatives]
        return frozenset[str]().union(*filter(None, each)) if all(each) else frozenset()
    if item in _PATTERNS:
        return frozenset("@") if item == "ADDRESS" else frozenset()
    if NOBODY in item:
        return frozenset({NOBODY})
    words = _NO_LETTER.sub(" ", item)
    piece = " " * bounded.before + words + " " * bounded.after
    if not words.strip():
        return frozenset()
    return frozenset({f"{_edge(piece, 0)}{words.strip()}{_edge(piece, -1)}"})


def _edge(piece: str, side: int) -> str:
    return " " if piece[side] == " " else ""


def _landmark(piece: str) -> str | None:
    """The rarest word of a piece that is whole in each text, or begins so."""
    words = (_sure(piece, word) for word in _WORD.finditer(piece))
    return min(filter(None, words), key=_weight, default=piece if piece == NOBODY else None)


def _sure(piece: str, word: re.Match[str]) -> str | None:
    if not piece[: word.start()].endswith(" "):
        return None
    if piece[word.end() :].startswith(" "):
        return word[0]
    return f"{word[0][:_BEGINNING]}~" if len(word[0]) >= _BEGINNING else None


def _weight(word: str) -> int:
    if word in _IN_EVERY_REPLY:
        return 50
    if word in _IN_MANY:
        return 10
    return 5 if word.endswith("~") or len(word) < 3 else 1


def _cost(pieces: Pieces) -> int:
    return sum(map(_cost_of_one, pieces))


@cache
def _cost_of_one(piece: str) -> int:
    landmark = _landmark(piece)
    return 20 if landmark is None else _weight(landmark)
