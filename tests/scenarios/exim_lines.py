"""A session as Exim 4.98 writes it into its mainlog (the shapes are those of tests/data/corpus): it logs no session."""

from __future__ import annotations

from scenarios.happened import Mail, Session, To, said
from scenarios.stamps import Line

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class EximLog:
    def __init__(self) -> None:
        self._messages = 0

    def lines(self, session: Session) -> list[Line]:
        """All of a session, and of the deliveries of its mails."""
        lines: list[Line] = []
        for mail in session.mails:
            self._mail(lines, session, mail)
        return lines

    def _mail(self, lines: list[Line], session: Session, mail: Mail) -> None:
        server, client = session.server, _client(session)
        login = f"A=plain_server:{session.login} " if session.login else ""
        for to in mail.to:
            text = said(to, mail, session)
            if to.became == "refused":
                words = f"F=<{mail.sender}> {login}rejected RCPT <{to.address}>: {text}"
                lines.append((mail.at, server, f"{client} {words}"))
            if to.became == "warned":
                lines.append((mail.at - 0.5, server, f"{client} Warning: {text}"))
        taken = [to for to in mail.to if to.became not in ("refused", "probed")]
        if not taken:
            return
        key = self._message_id(mail.at)
        protocol = "esmtpsa" if session.login else "esmtps"
        arrived = (
            f"{key} <= {mail.sender or '<>'} {client} P={protocol} X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256"
            f" CV=no {login}S=3117 id={key}@client.example"
        )
        lines.append((mail.at - 0.4, server, arrived))
        lines += ((mail.at, server, _outcome(key, mail, session, to)) for to in taken)
        if not any(to.became in ("deferred", "lost") for to in taken):
            lines.append((mail.at + 0.2, server, f"{key} Completed"))

    def _message_id(self, at: float) -> str:
        self._messages += 1
        return f"{_base62(int(at), 6)}-{_base62(self._messages, 11)}-{_base62(self._messages % 99, 4)}"


def _client(session: Session) -> str:
    name = "" if session.name == "unknown" else f"{session.name} "
    return f"H={name}({session.helo}) [{session.ip}]"


def _outcome(key: str, mail: Mail, session: Session, to: To) -> str:
    if to.became == "delivered":
        return f"{key} => {to.address} R=virtual_user T=virtual_maildir"
    host, _, ip = to.relay.partition("[")
    where = f"R=dnslookup T=remote_smtp H={host} [{ip}"
    if to.became in ("sent", "warned"):
        return f'{key} => {to.address} {where} X=TLS1.3:256 CV=yes C="250 2.0.0 Ok: queued as {key[7:18]}"'
    text = f"SMTP error from remote mail server after RCPT TO:<{to.address}>: {said(to, mail, session)}"
    if to.became == "bounced":
        return f"{key} ** {to.address} {where}: {text}"
    return f"{key} == {to.address} R=dnslookup T=remote_smtp defer (0) H={host} [{ip}: {text}"


def _base62(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits
