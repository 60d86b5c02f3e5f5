"""The addresses that a reply quotes: `<taro＠example．jp>: Recipient address rejected`."""

from __future__ import annotations

import re

from rejectwatch.addresses import parts

_LONGEST_REPLY = 4096
_MOST = 5

_ANGLED = re.compile(r"<([^<>]{1,320})>")
_AT = re.compile(r"[@＠﹫]")
# Without an @ it is an address where the server says so: Postfix, then Sendmail.
_SAYS_ADDRESS = re.compile(r": (?:Recipient|Sender) address |\.\.\. ", re.IGNORECASE)
_QUOTES = str.maketrans(dict.fromkeys("“”‘’「」『』（）【】", " "))
_BEFORE = "\"'()[]{}:;,=*"
_AFTER = _BEFORE + ".!?…。、"
# Japanese sentences put no blank around an address.
_SENTENCE_BEFORE = re.compile(r"\A[ぁ-ヿ一-鿿]+[:：、]?(?=[A-Za-z0-9])")
_SENTENCE_AFTER = re.compile(r"(?<=[A-Za-z0-9])[ぁ-ヿ一-鿿].*\Z", re.DOTALL)


def addresses_in(reply: str) -> tuple[str, ...]:
    """Each once, as it stands, the first few; those in angle brackets with all that stands between them."""
    text = reply[:_LONGEST_REPLY]
    angled = [found[1] for found in _ANGLED.finditer(text) if _is_address(found, text)]
    words = _ANGLED.sub(" ", text).translate(_QUOTES).split()
    bare = [address for word in words if _AT.search(word) and _AT.sub("", address := _trimmed(word))]
    return tuple(dict.fromkeys([*angled, *bare]))[:_MOST]


def _is_address(found: re.Match[str], text: str) -> bool:
    return _AT.search(found[1]) is not None or _SAYS_ADDRESS.match(text, found.end()) is not None


def _trimmed(word: str) -> str:
    """Without the signs and the letters of the sentence, and without a name before it (`to=<alice@…`)."""
    bare = word.rpartition("=<")[2].strip("<>").rstrip(_AFTER)
    if not parts.is_quoted(bare):
        bare = bare.lstrip(_BEFORE)
    at = _AT.search(bare)
    if at is None:
        return ""
    local, domain = bare[: at.start()], bare[at.start() :]
    return _SENTENCE_BEFORE.sub("", local) + _SENTENCE_AFTER.sub("", domain).rstrip(_AFTER)
