"""Lines as Postfix writes them: its functions again, read from its source, so that a test knows what a line says.

The versions that matter: 3.2 (milters and proxies name the login), 3.5 (addresses are quoted), 3.10 (all refusals name
the login). Where the fields come from a client, they are put in as the server has them in memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialects.grammar import Address, neutered

CLIENT = "pc21.corp.example[127.0.0.21]"
HOST = "mx1.ok.example[127.0.0.41]"

Version = tuple[int, int]
NEWEST: Version = (3, 12)

_QUOTED_SINCE, _IN_BRACKETS_SINCE, _LOGIN_SINCE = (3, 5), (3, 2), (3, 10)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_REPLY, _LONGEST_LINE = 510, 2000


@dataclass(frozen=True)
class Session:
    """What smtpd(8) knows of its client when it writes a line; `helo` is in the form in which it is kept."""

    version: Version = NEWEST
    sender: Address | None = None
    recipient: Address | None = None
    protocol: str = "ESMTP"
    helo: str | None = "pc21"
    login: str | None = None


def line(program: str, text: str) -> bytes:
    """msg_syslog.c: what is not printable becomes `?`, and a line ends after 2,000 bytes."""
    cut = _CONTROL.sub("?", text).encode()[:_LONGEST_LINE]
    return f"Nov 24 04:27:25 mail postfix/{program}[249]: ".encode() + cut + b"\n"


def address(one: Address, version: Version) -> str:
    """info_log_addr_form.c."""
    return one.external if version >= _QUOTED_SINCE else one.internal


def reply(code: int, enhanced: str, text: str) -> str:
    """smtpd_check.c:smtpd_check_reject."""
    return f"{code} {enhanced} {text}".encode()[:_LONGEST_REPLY].decode("utf-8", "ignore")


def reject(session: Session, said: str, *, action: str = "reject", command: str = "RCPT") -> bytes:
    """smtpd_check.c:log_whatsup."""
    login = f" sasl_method=PLAIN sasl_username={session.login}" if session.login is not None else ""
    tail = _tail(session) + (login if session.version >= _LOGIN_SINCE else "")
    return line("submission/smtpd", f"NOQUEUE: {action}: {command} from {CLIENT}: {said};{tail}")


def by_milter(session: Session, said: str) -> bytes:
    """smtpd.c:check_milter_reply."""
    text = f"NOQUEUE: milter-reject: RCPT from {CLIENT}: {said};{_tail(session)}{_in_brackets(session)}"
    return line("submission/smtpd", text)


def by_proxy(session: Session, said: str) -> bytes:
    """smtpd.c:common_post_message_handling."""
    text = f"proxy-reject: END-OF-MESSAGE: {said};{_tail(session)}{_in_brackets(session)}"
    return line("submission/smtpd", text)


def proxy_warning(command: str, said: str) -> bytes:
    """smtpd_proxy.c:smtpd_proxy_cmd; the command is what the client has sent."""
    return line("submission/smtpd", f'warning: proxy 127.0.0.1:10025 rejected "{command}": "{said}"')


def by_postscreen(session: Session, said: str) -> bytes:
    """postscreen_smtpd.c:psc_rcpt_cmd."""
    text = f"NOQUEUE: reject: RCPT from [127.0.0.21]:5530: {said}; {_tail(session).strip()}"
    return line("postscreen", text.replace("> to=", ">, to=").replace("> proto=", ">, proto="))


def handed_over(login: str, claimed: str | None) -> bytes:
    """smtpd.c:mail_open_stream; a sender that a client claims is xtext, without blanks."""
    sender = f", sasl_sender={claimed}" if claimed is not None else ""
    text = f"4D43B278178: client={CLIENT}, sasl_method=PLAIN, sasl_username={login}{sender}"
    return line("submission/smtpd", text)


def submitted(sender: Address, version: Version) -> bytes:
    """pickup.c."""
    return line("pickup", f"ACC932781AA: uid=1000 from=<{address(sender, version)}>")


def queued(sender: Address, version: Version) -> bytes:
    """qmgr_active.c."""
    return line("qmgr", f"4D43B278178: from=<{address(sender, version)}>, size=5, nrcpt=1 (queue active)")


def delivery(
    recipient: Address,
    why: str,
    *,
    status: str = "bounced",
    program: str = "smtp",
    relay: str = f"{HOST}:25",
    original: Address | None = None,
) -> bytes:
    """log_adhoc.c."""
    orig_to = f", orig_to=<{original.external}>" if original is not None else ""
    to = f"to=<{recipient.external}>{orig_to}, relay={relay}, delay=0.1, delays=0/0/0/0.1, dsn=5.7.1"
    return line(program, f"4D43B278178: {to}, status={status} ({why})")


def content(
    session: Session, kind: str, text: str, *, action: str = "reject", why: str = "5.7.1 no"
) -> bytes:
    """cleanup_message.c:cleanup_act_log: 200 bytes of a header or of the body."""
    begin = f"4D43B278178: {action}: {kind} {text.encode()[:200].decode('utf-8', 'ignore')} from {CLIENT};"
    return line("cleanup", f"{begin}{_tail(session)}: {why}")


def by_milter_in_cleanup(session: Session, text: str) -> bytes:
    """cleanup_milter.c:cleanup_milter_apply: `text` is what stands behind the code, which is not logged."""
    begin = f"4D43B278178: milter-reject: END-OF-MESSAGE from {CLIENT}: {text};"
    return line("cleanup", begin + _tail(session))


def kept(helo: str) -> str:
    """How smtpd(8) keeps a HELO, so that it can do no harm in a header."""
    return neutered(_CONTROL.sub("?", helo))


def _tail(session: Session) -> str:
    tail = ""
    if session.sender is not None:
        tail += f" from=<{address(session.sender, session.version)}>"
    if session.recipient is not None:
        tail += f" to=<{address(session.recipient, session.version)}>"
    tail += f" proto={session.protocol}"
    return tail if session.helo is None else f"{tail} helo=<{session.helo}>"


def _in_brackets(session: Session) -> str:
    named = session.login is not None and session.version >= _IN_BRACKETS_SINCE
    return f" sasl_username=<{session.login}>" if named else ""
