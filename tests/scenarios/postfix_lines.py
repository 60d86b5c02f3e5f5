"""A session as Postfix 3.10 writes it into its log (the shapes are those of tests/data/corpus)."""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush

from scenarios.happened import Mail, Session, To, said
from scenarios.stamps import Line

_SERVICE = {25: "postfix/smtpd", 465: "postfix/submissions/smtpd", 587: "postfix/submission/smtpd"}
_HELD_UP = "450 4.2.0 <{recipient}>: Recipient address rejected: Greylisted"
MAILBOXES = "mail.corp.example[private/dovecot-lmtp]"


class PostfixLog:
    """Turns sessions, in the order of their begin, into lines. Server processes are used again, as Postfix does."""

    def __init__(self) -> None:
        self._free: dict[tuple[str, int], list[tuple[float, int]]] = defaultdict(list)
        self._pids = 1000
        self._queued = 0x1A_0000_0000

    def lines(self, session: Session) -> list[Line]:
        """All of a session, and of the deliveries of its mails."""
        lines: list[Line] = []
        smtpd = f"{_SERVICE[session.port]}[{self._process(session)}]: "
        client = f"{session.name}[{session.ip}]"
        server = session.server
        lines.append((session.begins, server, f"{smtpd}connect from {client}"))
        for mail in session.mails:
            self._mail(lines, session, mail, smtpd, client)
        login = "auth=1 " if session.login else ""
        lines.append(
            (
                session.ends - 0.7,
                server,
                f"{smtpd}disconnect from {client} ehlo=1 {login}mail=1 quit=1 commands=4",
            )
        )
        return lines

    def _process(self, session: Session) -> int:
        free = self._free[session.server, session.port]
        if free and free[0][0] < session.begins:
            pid = heappop(free)[1]
        else:
            self._pids += 1
            pid = self._pids
        heappush(free, (session.ends, pid))
        return pid

    def _mail(self, lines: list[Line], session: Session, mail: Mail, smtpd: str, client: str) -> None:
        at, server = mail.at, session.server
        taken = [to for to in mail.to if to.became not in ("refused", "probed")]
        queue_id = self._queue_id() if taken else ""
        opened = ""
        for to in mail.to:
            if to.became in ("refused", "warned"):
                when = at if not taken else at - (0.35 if opened else 0.45)
                lines.append((when, server, _reject(session, mail, to, smtpd, client, opened or "NOQUEUE")))
            if to in taken:
                opened = queue_id
            if to.became == "probed":
                self._probe(lines, session, mail, to)
        if taken:
            self._queue(lines, session, mail, taken, (smtpd, client, queue_id))

    def _queue(
        self, lines: list[Line], session: Session, mail: Mail, taken: list[To], how: tuple[str, str, str]
    ) -> None:
        smtpd, client, queue_id = how
        at, server = mail.at, session.server
        login = f", sasl_method=PLAIN, sasl_username={session.login}" if session.login else ""
        message = f"message-id=<{queue_id.lower()}@{session.name}>"
        active = (
            f"from=<{mail.sender}>, size={3000 + self._queued % 40000}, nrcpt={len(taken)} (queue active)"
        )
        lines += (
            (at - 0.4, server, f"{smtpd}{queue_id}: client={client}{login}"),
            (at - 0.3, server, f"postfix/cleanup[801]: {queue_id}: {message}"),
            (at - 0.2, server, f"postfix/qmgr[551]: {queue_id}: {active}"),
            *((at, server, f"{_outcome(queue_id, session, mail, to)}") for to in taken),
        )
        if mail.sender and any(to.became == "bounced" for to in taken):
            self._report(lines, session, mail, queue_id)
        if not any(to.became in ("deferred", "soft-bounced", "lost") for to in taken):
            lines.append((at + 0.2, server, f"postfix/qmgr[551]: {queue_id}: removed"))

    def _report(self, lines: list[Line], session: Session, mail: Mail, queue_id: str) -> None:
        """The bounce message: into the mailbox of our own user, or back to where a forwarded mail came from."""
        at, server, report = mail.at + 0.1, session.server, self._queue_id()
        back = To(mail.sender, "delivered" if session.login else "sent")
        lines += (
            (at, server, f"postfix/bounce[833]: {queue_id}: sender non-delivery notification: {report}"),
            (at, server, f"postfix/cleanup[801]: {report}: message-id=<{report.lower()}@mail.corp.example>"),
            (at, server, f"postfix/qmgr[551]: {report}: from=<>, size=4404, nrcpt=1 (queue active)"),
            (at, server, _delivery(report, back)),
            (at, server, f"postfix/qmgr[551]: {report}: removed"),
        )

    def _probe(self, lines: list[Line], session: Session, mail: Mail, to: To) -> None:
        """Address verification: no mail, and nobody's mail."""
        probe, at, server = self._queue_id(), mail.at, session.server
        begins = "from=<double-bounce@mail.corp.example>, size=244, nrcpt=1 (queue active)"
        text = f"(host {to.relay} said: {said(to, mail, session)} (in reply to RCPT TO command))"
        tried = f"to=<{to.address}>, relay={to.relay}:25, delay=0.3, delays=0/0/0.2/0.1, dsn=5.1.1"
        lines += (
            (at - 0.2, server, f"postfix/qmgr[551]: {probe}: {begins}"),
            (at, server, f"postfix/smtp[841]: {probe}: {tried}, status=undeliverable {text}"),
            (at, server, f"postfix/qmgr[551]: {probe}: removed"),
        )

    def _queue_id(self) -> str:
        self._queued += 1
        return f"{self._queued:X}"


def _reject(session: Session, mail: Mail, to: To, smtpd: str, client: str, queue_id: str) -> str:
    word = "reject" if to.became == "refused" else "reject_warning"
    login = f" sasl_method=PLAIN sasl_username={session.login}" if session.login else ""
    return (
        f"{smtpd}{queue_id}: {word}: RCPT from {client}: {said(to, mail, session)}; "
        f"from=<{mail.sender}> to=<{to.address}> proto=ESMTP helo=<{session.helo}>{login}"
    )


def _outcome(queue_id: str, session: Session, mail: Mail, to: To) -> str:
    if to.became in ("sent", "warned", "delivered"):
        return _delivery(queue_id, to)
    reply = said(to._replace(reply=to.reply or _HELD_UP), mail, session)
    last = reply.split()[1]
    dsn = last if last.count(".") == 2 else "5.0.0"  # as in 5.7.1
    status, dsn = {
        "bounced": ("bounced", dsn),
        "soft-bounced": ("SOFTBOUNCE", f"4{dsn[1:]}"),
        "deferred": ("deferred", f"4{dsn[1:]}"),
        "lost": ("deferred", dsn),
    }[to.became]
    return (
        f"postfix/smtp[84{len(to.address) % 10}]: {queue_id}: to=<{to.address}>, relay={to.relay}:25, delay=0.8, "
        f"delays=0.1/0/0.4/0.3, dsn={dsn}, status={status} (host {to.relay} said: {reply} (in reply to RCPT TO command))"
    )


def _delivery(queue_id: str, to: To) -> str:
    if to.became == "delivered":
        return (
            f"postfix/lmtp[861]: {queue_id}: to=<{to.address}>, relay={MAILBOXES}, delay=0.2, delays=0.1/0/0/0.1, "
            f"dsn=2.0.0, status=sent (250 2.0.0 <{to.address}> {queue_id} Saved)"
        )
    return (
        f"postfix/smtp[84{len(to.address) % 10}]: {queue_id}: to=<{to.address}>, relay={to.relay}:25, delay=0.8, "
        f"delays=0.1/0/0.4/0.3, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4{queue_id[-8:]})"
    )
