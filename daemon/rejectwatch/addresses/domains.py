"""Domains that many people have an address at, and what is nearly one of them, or of one's own.

Without the list of all domains a misspelled one can only be told by its neighbour. So the list holds what an
office sends to often: the large mail providers of Japan, Europe, America, China and Korea.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from rejectwatch.addresses.finding import Finding

LARGE = tuple(
    """
    gmail.com googlemail.com yahoo.com ymail.com hotmail.com outlook.com live.com msn.com icloud.com me.com
    mac.com aol.com protonmail.com proton.me fastmail.com zoho.com
    yahoo.co.jp docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp ymobile.ne.jp uqmobile.jp
    outlook.jp hotmail.co.jp live.jp nifty.com ocn.ne.jp biglobe.ne.jp so-net.ne.jp plala.or.jp dion.ne.jp
    odn.ne.jp asahi-net.or.jp excite.co.jp ybb.ne.jp auone.jp eonet.ne.jp commufa.jp infoseek.jp
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net earthlink.net shaw.ca bigpond.com
    uol.com.br yahoo.com.br
    gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de yahoo.de hotmail.de outlook.de
    orange.fr wanadoo.fr free.fr sfr.fr laposte.net yahoo.fr hotmail.fr outlook.fr live.fr
    libero.it virgilio.it tiscali.it yahoo.it hotmail.it yahoo.es hotmail.es outlook.es
    btinternet.com virginmedia.com talktalk.net yahoo.co.uk hotmail.co.uk live.co.uk bluewin.ch
    mail.ru yandex.ru yandex.com rambler.ru seznam.cz wp.pl onet.pl interia.pl ukr.net
    qq.com 163.com 126.com 139.com 189.cn sina.com sohu.com foxmail.com aliyun.com yahoo.com.tw yahoo.com.hk
    naver.com daum.net hanmail.net nate.com kakao.com yahoo.co.kr outlook.kr
    """.split()
)
"""What is nearly one of these is taken for it."""

_OTHERS = tuple(
    """
    mail.com email.com gmx.com jmail.com hushmail.com rocketmail.com inbox.com list.ru bk.ru inbox.ru ya.ru
    yahoo.ne.jp softbank.jp softbank.co.jp vodafone.ne.jp disney.ne.jp auone-net.jp nifty.ne.jp
    orange.es orange.com orange.net charter.net rogers.com sky.com alice.it terra.com.br bol.com.br
    never.com waver.com fifty.com gifty.com yandex.net sina.cn wp.com vip.qq.com hinet.net
    """.split()
)
"""Real as well, and near to a large one: nothing is said about them, and nothing is taken for them."""

KNOWN = frozenset(LARGE + _OTHERS)

_WRONG_ENDING = {
    "gmail.co.jp": "gmail.com",
    "gmail.ne.jp": "gmail.com",
    "gmail.jp": "gmail.com",
    "icloud.co.jp": "icloud.com",
    "icloud.jp": "icloud.com",
    "docomo.co.jp": "docomo.ne.jp",
    "docomo.jp": "docomo.ne.jp",
    "ezweb.co.jp": "ezweb.ne.jp",
    "ezweb.jp": "ezweb.ne.jp",
    "yahoo.jp": "yahoo.co.jp",
    "yahoo.com.jp": "yahoo.co.jp",
}
"""The right name with the ending that others have: too far for a slip of a finger, and yet often written."""

_ODD_DOTS = ("docomo.ne.jp", "ezweb.ne.jp", "au.com")

_ENDINGS = {
    "com": "con cmo ocm comm coom ccom c0m vom xom cpm cim conm cpom",
    "net": "nte ent nett ner met nwt",
    "org": "ogr orgg rog",
    "jp": "jpp j jjp",
    "co.jp": "cojp",
    "ne.jp": "nejp",
    "or.jp": "orjp",
    "ac.jp": "acjp",
    "go.jp": "gojp",
}
_ENDING_MEANT = {wrong: right for right, wrongs in _ENDINGS.items() for wrong in wrongs.split()}
"""Endings that no domain has."""

_REPEATED = frozenset(
    "com net org jp de fr it uk us cn kr tw co.jp ne.jp or.jp ac.jp go.jp co.uk co.kr".split()
)
_REGISTRIES = frozenset("ac ad co com ed edu go gov gr lg ne net or org".split())
"""What stands before the country's letters and is nobody's name."""

_SHOWN = 3


def known_as(own_domains: Collection[str]) -> tuple[str, ...]:
    return _known_as(tuple(own_domains)) if own_domains else ()


@lru_cache(maxsize=8)
def _known_as(domains: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(domain.lower().strip(".") for domain in domains)


def gave_out_odd_dots(domain: str) -> bool:
    lower = domain.lower()
    return lower in _ODD_DOTS or lower.endswith(tuple(f".{known}" for known in _ODD_DOTS))


def is_odd(domain: str, own: tuple[str, ...]) -> bool:
    """Whether there is something to be said about a domain that is well written."""
    lower = domain.lower()
    if lower in KNOWN or lower in own:
        return False
    return _ending(lower) is not None or bool(_meant(lower, own))


def tld(text: str, own: tuple[str, ...]) -> Finding | None:
    """An ending that does not exist (.con), or that stands there twice (.co.jp.jp)."""
    local, at, domain = text.rpartition("@")
    lower = domain.lower()
    if not at or lower in KNOWN or lower in own or (meant := _ending(lower)) is None:
        return None
    return Finding("tld", f"{local}@{meant}", domain)


def _ending(domain: str) -> str | None:
    name, dot, last = domain.rpartition(".")
    if dot and last in _ENDING_MEANT:
        return f"{name}.{_ENDING_MEANT[last]}"
    labels = domain.split(".")
    for count in (2, 1):
        once = labels[:-count]
        if ".".join(labels[-count:]) in _REPEATED and once[-count:] == labels[-count:] and len(once) > count:
            return ".".join(once)
    return None


def near_miss(text: str, own: tuple[str, ...]) -> Finding | None:
    """One or two letters away from a domain that is known; never where the domain is known itself."""
    local, at, domain = text.rpartition("@")
    lower = domain.lower()
    if not at or not domain or lower in KNOWN or lower in own or not (meant := _meant(lower, own)):
        return None
    if len(meant) > 1:
        return Finding("near_miss_several", None, " ".join(meant[:_SHOWN]))
    return Finding("near_miss", f"{local}@{meant[0]}", domain)


def _meant(domain: str, own: tuple[str, ...]) -> tuple[str, ...]:
    """One's own come first: they are written more often than any other."""
    if len(domain) > 80:
        return ()
    if near := _nearest(domain, own):
        return near
    return (_WRONG_ENDING[domain],) if domain in _WRONG_ENDING else _nearest(domain, LARGE)


@lru_cache(maxsize=5_000)
def _nearest(domain: str, known: tuple[str, ...]) -> tuple[str, ...]:
    letters, length = _letters(domain), len(domain)
    near = []
    for one in known:
        # Each slip changes at most two of the letters that occur, and one of their number.
        lacks_end = one.startswith(domain) and one[length] == "."
        if lacks_end or (-3 < len(one) - length < 3 and (_letters(one) ^ letters).bit_count() <= 4):
            slips = 1 if lacks_end else _slips(domain, one)
            if slips:
                near.append((slips, one))
    least = min(near, default=(0, ""))[0]
    return tuple(one for slips, one in near if slips == least)


@lru_cache(maxsize=5_000)
def _letters(domain: str) -> int:
    letters = 0
    for letter in domain:
        letters |= 1 << (ord(letter) & 63)
    return letters


def _slips(domain: str, known: str) -> int:
    """How many slips of a finger lie between them; 0 where it is too much to be one domain misspelled.

    A short name has too many real neighbours: there only the rest may differ. So has the same name in another
    country, and the same name with another number.
    """
    end, known_end = domain.rpartition(".")[2], known.rpartition(".")[2]
    if end != known_end and len(end) == len(known_end) == 2:
        return 0
    name = _name(known)
    if name in domain.split("."):
        most = 1
    elif len(name) < 5 or _without_digits(domain) == _without_digits(known):
        return 0
    else:
        most = 1 if len(name) < 7 else 2
    slips = distance(domain, known, most)
    return slips if slips <= most else 0


@lru_cache(maxsize=5_000)
def _name(domain: str) -> str:
    """What its owner chose: `softbank` of i.softbank.jp."""
    labels = domain.split(".")[:-1]
    return max((label for label in labels if label not in _REGISTRIES), key=len, default=domain)


def _without_digits(text: str) -> str:
    return "".join(sign for sign in text if not sign.isdecimal())


def distance(one: str, other: str, most: int) -> int:
    """Letters added, left out, changed, or two neighbours swapped (Damerau); `most` + 1 where it is more."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        this = [row]
        for column, against in enumerate(other, 1):
            cost = min(last[column] + 1, this[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 < column and letter == other[column - 2] and against == one[row - 2]:
                cost = min(cost, before[column - 2] + 1)
            this.append(cost)
        if min(this) > most and min(last) > most:
            return most + 1
        before, last = last, this
    return min(last[-1], most + 1)
