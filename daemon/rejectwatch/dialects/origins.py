"""Who wrote a line, and whether it is a mail server: what stands between its stamp and its text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rejectwatch.dialects.text import text

_LONGEST = 500
_MOST_ORIGINS = 10_000

_POSTFIX = frozenset(
    "smtpd postscreen smtp lmtp local virtual pipe error retry discard qmgr nqmgr cleanup qmqpd bounce pickup"
    " trivial-rewrite verify flush postfix".split()
)
"""Programs of Postfix that write what is read here: the last part of a tag with a slash (`syslog_name/program`)."""

_OTHERS = frozenset(
    "rejectwatch sendmail sm-mta sm-msp-queue opendkim opendmarc openarc policyd-spf postsrsd postgrey amavis"
    " clamd spamd rspamd dovecot".split()
)
"""Programs that write like Postfix about their own affairs, or that quote its lines."""

FACILITY = rb"(?:auth|authpriv|cron|daemon|ftp|kern|lpr|mail|news|security|syslog|user|uucp|local[0-7]|auth\|security)"
PRIORITY = rb"(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug)"
LEVEL = rb"(?:EMERG|ALERT|CRIT|ERR|ERROR|WARN|WARNING|NOTICE|INFO|DEBUG)"


class Origin(NamedTuple):
    """Who wrote a line: `mail postfix/smtpd[249]:`.

    `process` is the pid in brackets, behind its host. The tag is no part of it: before it has read `-o syslog_name`, a
    Postfix process logs under its plain name (seen: `postfix/smtpd[27658]`, then `postfix/smtps/smtpd[27658]`). It is
    empty where the log names no pid; then nothing is known of sessions.
    `key` is what a queue id is put behind to name one message among all hosts of the log.
    """

    host: bytes
    """Empty where the log names none."""
    tag: str
    process: bytes
    key: bytes
    mta: str
    """"postfix" or "exim", by the tag; "" if it is known to be neither. Any syslog_name may be Postfix's."""

    @property
    def may_be_exim(self) -> bool:
        """Exim's syslog_processname may be any word, as Postfix's syslog_name may."""
        return self.mta == "exim" or not ("/" in self.tag or _program(self.tag) in _NOT_EXIM)


_NOT_EXIM = _OTHERS | {"postfix"}
_UNITS = ("service", "scope", "slice")


class Origins(dict[bytes, Origin | None]):
    """Each ` host tag[pid]:` is taken apart once. Pids change for ever, so now and then all is forgotten."""

    def __missing__(self, written: bytes) -> Origin | None:
        origin = _origin(written) if len(written) <= _LONGEST else None
        if origin is not None:
            if len(self) >= _MOST_ORIGINS:
                self.clear()
            self[written] = origin
        return origin


# No host: a word that ends with a colon is a tag without a pid, one that looks like a time the rest of a stamp.
_ORIGIN = re.compile(rb" (?!\d\d:\d\d:\d\d|" + LEVEL + rb" )([^ \n]+)(?<!:) ([^ \n]+)\[(\d+)\]:")


def _origin(written: bytes) -> Origin | None:
    found = _ORIGIN.fullmatch(written)
    return None if found is None else _named(*found.groups())


@lru_cache(maxsize=_MOST_ORIGINS)
def origin_of(host: bytes, tag: bytes, pid: bytes) -> Origin:
    """Who wrote a line in which these words stand; host and pid may be missing. Without a pid the tag has to be plain."""
    origin = _named(host, tag, pid)
    is_plain = pid or origin.mta == "exim" or "/" in origin.tag
    return origin if is_plain else origin._replace(mta="")


def _named(host: bytes, tag: bytes, pid: bytes) -> Origin:
    process = host + b"[" + pid + b"]" if pid else b""
    return Origin(host, text(tag), process, host + b" ", _mta(text(tag)))


def _mta(tag: str) -> str:
    _name, slash, _ = tag.rpartition("/")
    program = _program(tag)
    if program.startswith("exim"):
        return "exim"
    known = (program in _POSTFIX) if slash else (program not in _OTHERS)
    return "postfix" if known else ""


def _program(tag: str) -> str:
    """The last part of a tag; without what `journalctl -o with-unit` has there: `postfix@-.service[249]:`."""
    program = tag.rpartition("/")[2]
    unit, _, kind = program.rpartition(".")
    return unit.partition("@")[0] if kind in _UNITS else program


origins = Origins()
