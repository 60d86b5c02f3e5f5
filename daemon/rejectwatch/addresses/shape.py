"""The shape of an address: what is glued to it, its @, its dots, its two sides."""

from __future__ import annotations

import re

from rejectwatch.addresses import domains, parts
from rejectwatch.addresses.finding import Code, Finding

_BLANKS = " \t\r\n\u3000\u00a0"
_QUOTES = "\"'`´‘’‚‛“”„‟«»‹›「」『』｢｣〝〞〟"
_BRACKETS = "<>()[]{}【】〈〉《》〔〕"
_AT_WRITTEN = re.compile(
    r"\s{0,9}[(\[{<（［【](?:at|アット(?:マーク)?|あっと(?:まーく)?|@)[)\]}>）］】]\s{0,9}", re.IGNORECASE
)
_DOT_WRITTEN = re.compile(r"\s{0,9}[(\[{<（［【](?:dot|ドット|どっと|\.)[)\]}>）］】]\s{0,9}", re.IGNORECASE)
_SCHEME = re.compile(r"\A(?:mailto|smtp|rfc822|sip)[:;]+(?=[^@])", re.IGNORECASE)
# What a web page's or a program's own writing of "<", ">" and blank leaves of it.
_CODED = re.compile(r"\A(?:%20|%3c|&lt;|u003c|&nbsp;)++(?=[^@]*@)", re.IGNORECASE)
_CODED_END = ("%20", "%3e", "&gt;", "u003e", "&nbsp;")
_QUERY = re.compile(r"(?<=[^?])\?(?:subject|body|cc|bcc)=.*\Z", re.IGNORECASE | re.DOTALL)
_ANGLED = re.compile(r"<([^<>@]*+@[^<>]*+)>")
_LITERAL = re.compile(r"[^@]*@\[[0-9A-Fa-fIPv:.]+\]")
_GLUE = _BLANKS + ",;:" + _QUOTES + _BRACKETS
_SEPARATED = re.compile(r"[,;/|\s]+")
_COMMA = re.compile(r"(?<=[A-Za-z0-9]),(?=[A-Za-z0-9])")
_DOTS = re.compile(r"\.{2,}")
_ATS = re.compile(r"@{2,}")


def written_out(text: str, _own: tuple[str, ...]) -> Finding | None:
    """taro(at)example(dot)jp, as web pages show addresses to people."""
    if (shown := _AT_WRITTEN.search(text)) is None:
        return None
    return Finding("written_out", _DOT_WRITTEN.sub(".", _AT_WRITTEN.sub("@", text)), shown[0].strip())


def glued(text: str, _own: tuple[str, ...]) -> Finding | None:
    """mailto:, quotes, brackets, a name, a comma: what stood around the address where it was copied from."""
    bare = _bare(text)
    # Blanks alone are another finding; where nothing else is left, so is what is missing.
    if not bare or bare == text.strip(_BLANKS):
        return None
    before, _, after = text.partition(bare)
    return Finding("glued", bare, f"{before.strip()} {after.strip()}".strip())


def _without_coded_end(text: str) -> str:
    small, end = text.lower(), len(text)
    if len(small) != end:  # a letter that is two in lower case
        return text
    while code := next((code for code in _CODED_END if small.endswith(code, 0, end)), ""):
        end -= len(code)
    return text[:end]


def _bare(text: str) -> str:
    angled = _ANGLED.findall(text)
    bare = angled[0] if len(angled) == 1 else text
    bare = _QUERY.sub("", _without_coded_end(_CODED.sub("", bare, count=1)))
    bare = bare.lstrip(_BLANKS)
    if not _LITERAL.fullmatch(bare):
        bare = bare.rstrip(_GLUE + "!")
    if not parts.is_quoted(bare):
        bare = bare.lstrip(_GLUE)
    return _SCHEME.sub("", bare, count=1)


def several_addresses(text: str, _own: tuple[str, ...]) -> Finding | None:
    if text.count("@") < 2 or parts.is_quoted(text):
        return None
    pieces = [piece for piece in _SEPARATED.split(text) if piece]
    whole = len(pieces) > 1 and all(re.fullmatch(r"[^@]+@[^@]+", piece) for piece in pieces)
    return Finding("several_addresses", None, str(len(pieces))) if whole else None


def comma(text: str, _own: tuple[str, ...]) -> Finding | None:
    """A comma for a dot: the keys are neighbours."""
    local, at, domain = text.rpartition("@")
    if not at or "," not in domain:
        return None
    meant = _COMMA.sub(".", domain)
    return Finding("comma", None if "," in meant else f"{local}@{meant}", ",")


def at_several(text: str, own: tuple[str, ...]) -> Finding | None:
    if text.count("@") < 2 or parts.is_quoted(text):
        return None
    single = _ATS.sub("@", text)
    name, _, rest = single.partition("@")
    hosts = rest.split("@")
    if len(hosts) == 2 and hosts[1].lower() in own:
        # A server takes what has no plain @ for a user of its own, and says so behind it.
        hosts.pop()
    if len(hosts) > 1 and len({host.lower() for host in hosts}) > 1:
        return Finding("at_several", None, "@")
    return Finding("at_several", f"{name}@{hosts[0]}", "@")


def at_missing(text: str, _own: tuple[str, ...]) -> Finding | None:
    if "@" in text:
        return None
    lower = text.lower()
    ends = [domain for domain in domains.KNOWN if lower.endswith(domain)]
    domain = max(ends, key=len, default="")
    name = text[: len(text) - len(domain)]
    meant = f"{name}@{domain}" if domain and len(name) >= 3 and name[-1] not in ".-" else None
    return Finding("at_missing", meant, "@")


def part_missing(text: str, _own: tuple[str, ...]) -> Finding | None:
    local, at, domain = text.rpartition("@")
    if at and not domain.strip(". "):
        return Finding("domain_missing", None, "@")
    return Finding("local_missing", None, "@") if at and not local.strip(". ") else None


def dots_domain(text: str, _own: tuple[str, ...]) -> Finding | None:
    """A dot at the end (right in DNS, not in SMTP), at the beginning, or two."""
    local, at, domain = text.rpartition("@")
    meant = _DOTS.sub(".", domain.strip("."))
    if not at or meant == domain or not meant:
        return None
    code: Code = "dot_at_end" if domain.rstrip(".") == meant else "dots_domain"
    return Finding(code, f"{local}@{meant}", domain)


def dots_local(text: str, _own: tuple[str, ...]) -> Finding | None:
    """Two dots in a row, or one at the end of the name: RFC 5321 allows it in quotes only.

    docomo and au gave such addresses out until 2009. They exist, so that nothing is to be corrected.
    """
    local, at, domain = text.rpartition("@")
    meant = _DOTS.sub(".", local.strip("."))
    if not at or meant == local or parts.is_quoted(text):
        return None
    if domains.gave_out_odd_dots(domain) and meant and _is_quotable(local):
        return Finding("old_mobile_dots", None, f'"{local}"@{domain}')
    return Finding("dots_local", f"{meant}@{domain}" if meant else None, local)


def _is_quotable(local: str) -> bool:
    return not set('"\\') & set(local)
