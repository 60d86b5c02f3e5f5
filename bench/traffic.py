"""What a busy Postfix writes: sessions, deliveries, refusals and lines that only look like them.

Each script is a generator; whoever drives it puts the lines of many scripts into one log. The shapes are
those of Postfix 3.7. What a reader may claim about a refusal stands beside its line as a `Refusal`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bench.mixture import Scenes, weighted
from bench.world import LOCAL, Client, Partner, Refusal, Said, Script, User, UserSource, World

SUBMISSION = ("postfix/submission/smtpd", "postfix/submission/smtpd", "postfix/smtps/smtpd")
PORT_25 = "postfix/smtpd"
SMTP = "postfix/smtp"
QMGR = "postfix/qmgr[551]"
CIPHER = "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256"


class Reply(NamedTuple):
    """A remote server's refusal. `text` may hold {sender} and {recipient}; without a stage it was the greeting."""

    code: int
    dsn: str
    text: str
    stage: str = "RCPT TO"


REFUSED_553 = (
    Reply(
        553, "5.7.1", "553 5.7.1 <{sender}>: Sender address rejected: not owned by user relay", "MAIL FROM"
    ),
    Reply(553, "5.7.1", "553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)", "MAIL FROM"),
    Reply(553, "5.7.1", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    Reply(553, "5.3.0", "553 5.3.0 <{recipient}>... No such user here"),
    Reply(553, "5.1.3", "553 5.1.3 <{recipient}>... Invalid recipient address"),
    Reply(
        553, "5.1.2", "553-5.1.2 We weren't able to find the recipient domain. 553 5.1.2 Check the address."
    ),
    Reply(553, "5.7.1", "553 5.7.1 送信者アドレスが拒否されました"),
    Reply(553, "5.7.1", "553 5.7.1 Message refused by policy; backend said: 550 5.7.1 no", "end of DATA"),
    Reply(553, "5.3.2", "553 5.3.2 No connections from your network, see https://postmaster.example/553", ""),
)
REFUSED_OTHERWISE = (
    Reply(
        550,
        "5.1.1",
        "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown in virtual mailbox table",
    ),
    Reply(550, "5.7.1", "550 5.7.1 Refused; backend said: 553 5.7.1 no", "end of DATA"),
    Reply(
        554, "5.7.1", "554 5.7.1 Service unavailable; Client host [198.51.100.25] blocked using bl.example"
    ),
    Reply(552, "5.2.2", "552 5.2.2 <{recipient}>: Mailbox full"),
)
TRY_LATER = (
    "451 4.7.1 Greylisting in action, please come back in 553 seconds (in reply to RCPT TO command)",
    "450 4.2.0 <{recipient}>: Recipient address rejected: Greylisted (in reply to RCPT TO command)",
    "421 4.7.0 Try again later, closing connection. (in reply to MAIL FROM command)",
)
ACCEPTED = (
    "250 2.0.0 Ok: queued as {id}",
    "250 2.0.0 OK  {number} d2e1a72fcca58-7f{id}si5535534pfb.553 - gsmtp",
    "250 2.6.0 <{id}@outbound.example> [InternalId={number}] Queued mail for delivery",
)


@dataclass(slots=True)
class Message:
    """A message in the queue. `login` is who handed it over; `refused` pairs some recipients with a reply."""

    queue_id: str
    login: str | None
    client: Client
    sender: str
    recipients: list[tuple[str, Partner]]
    refused: dict[str, Reply]


# ── the way of a message ─────────────────────────────────────────────────────────────────────────


def handed_over(world: World, smtpd: str, message: Message) -> Script:
    """Taken from a client; its delivery goes on by itself."""
    login = f", sasl_method=PLAIN, sasl_username={message.login}" if message.login else ""
    yield f"{smtpd}: {message.queue_id}: client={message.client}{login}"
    number = world.number(0, 1 << 40)
    cleanup = f"postfix/cleanup[{1200 + number % 8}]"
    yield f"{cleanup}: {message.queue_id}: message-id=<{number:x}.{number % 5531}@{message.client.host}>"
    yield active(world, message)
    world.started.append(delivery(world, message))


def active(world: World, message: Message) -> str:
    size = world.number(553, 60000)
    return f"{QMGR}: {message.queue_id}: from=<{message.sender}>, size={size}, nrcpt={len(message.recipients)} (queue active)"


def delivery(world: World, message: Message) -> Script:
    """The first try; some messages have to wait, for minutes or for days."""
    if world.chance() < (0.3 if message.refused else 0.02):
        yield from deferred(world, message)
        world.later(
            world.number(50, 500) if world.chance() < 0.5 else world.number(500, 60000), again(world, message)
        )
    else:
        yield from settled(world, message)


def deferred(world: World, message: Message) -> Script:
    tag = world.enter(SMTP)
    for recipient, partner in message.recipients:
        where = f"host {partner.host}[{partner.ip}]"
        if world.chance() < 0.5:
            why = f"connect to {partner.host}[{partner.ip}]:25: Connection timed out"
            relay, dsn = "none", "4.4.1"
        else:
            why = f"{where} said: " + world.pick(TRY_LATER).format(recipient=recipient)
            relay, dsn = f"{partner.host}[{partner.ip}]:25", "4.7.1"
        yield f"{tag}: {message.queue_id}: to=<{recipient}>, relay={relay}, {delays(world)}, dsn={dsn}, status=deferred ({why})"
    world.leave(tag)


def again(world: World, message: Message) -> Script:
    """A later try: the queue manager names the sender again."""
    yield active(world, message)
    yield from settled(world, message)


def settled(world: World, message: Message) -> Script:
    for recipient, partner in message.recipients:
        reply = message.refused.get(recipient)
        yield (
            sent(world, message, recipient, partner)
            if reply is None
            else bounced(world, message, recipient, partner, reply)
        )
    if message.refused and message.sender:
        yield from notified(world, message)
    yield f"{QMGR}: {message.queue_id}: removed"
    world.removed(message.queue_id)


def sent(world: World, message: Message, recipient: str, partner: Partner) -> str:
    world.deliveries += 1
    start = f"{message.queue_id}: to=<{recipient}>, relay="
    if partner is LOCAL:
        return (
            f"postfix/lmtp[{world.number(1300, 1310)}]: {start}127.0.0.1[127.0.0.1]:24, {delays(world)}, dsn=2.0.0, "
            f"status=sent (250 2.0.0 <{recipient}> Saved)"
        )
    number = world.number(0, 1 << 32)
    reply = ACCEPTED[number % len(ACCEPTED)].format(id=f"{number:X}", number=number)
    if number % 500 == 0:
        reply = "250 ok 553 octets"
    return (
        f"{SMTP}[{world.number(1400, 1440)}]: {start}{partner.host}[{partner.ip}]:25, {delays(world)}, dsn=2.0.0, "
        f"status=sent ({reply})"
    )


def bounced(world: World, message: Message, recipient: str, partner: Partner, reply: Reply) -> Said:
    text = reply.text.format(sender=message.sender, recipient=recipient)
    said = (
        f"said: {text} (in reply to {reply.stage} command)"
        if reply.stage
        else f"refused to talk to me: {text}"
    )
    line = (
        f"{SMTP}[{world.number(1400, 1440)}]: {message.queue_id}: to=<{recipient}>, relay={partner.host}[{partner.ip}]:25, "
        f"{delays(world)}, dsn={reply.dsn}, status=bounced (host {partner.host}[{partner.ip}] {said})"
    )
    source: UserSource | None = "queue" if message.login else None
    return Said(
        line,
        Refusal(
            message.login, source, message.client.ip, message.sender, recipient,
            reply.code, "remote", "bounced", message.queue_id,
        ),
    )  # fmt: skip


def notified(world: World, message: Message) -> Script:
    """The bounce message: a message of its own, from nobody, to the sender."""
    report = world.queue_id()
    yield f"postfix/cleanup[1200]: {report}: message-id=<20261124042726.{report}@mail.corp.example>"
    yield f"{QMGR}: {report}: from=<>, size={world.number(2500, 9000)}, nrcpt=1 (queue active)"
    yield f"postfix/bounce[{world.number(1500, 1504)}]: {message.queue_id}: sender non-delivery notification: {report}"
    world.started.append(report_delivered(world, report, message.sender))


def report_delivered(world: World, report: str, sender: str) -> Script:
    world.deliveries += 1
    yield (
        f"postfix/lmtp[1300]: {report}: to=<{sender}>, relay=127.0.0.1[127.0.0.1]:24, {delays(world)}, dsn=2.0.0, "
        f"status=sent (250 2.0.0 <{sender}> Saved)"
    )
    yield f"{QMGR}: {report}: removed"
    world.removed(report)


def delays(world: World) -> str:
    number = world.number(1, 1_000_000)
    return f"delay={number % 60}.{number % 97}, delays=0.{number % 89}/0/0.{number % 83}/{number % 59}.{number % 79}"


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────


def submission(world: World) -> Script:
    """Somebody logs in and sends a message or two."""
    user = world.often(world.users)
    smtpd = world.enter(world.pick(SUBMISSION))
    yield from connected(world, smtpd, user.client)
    for _ in range(2 if world.chance() < 0.1 else 1):
        yield from handed_over(world, smtpd, outgoing(world, user))
    yield disconnected(smtpd, user.client, "auth=1 mail=1 rcpt=1 data=1")
    world.leave(smtpd)


def outgoing(world: World, user: User, reply: Reply | None = None) -> Message:
    """A message of a user to partners; with a reply, its first recipient is going to be refused with it."""
    recipients = dict(world.recipient() for _ in range(2 if world.chance() < 0.15 else 1))
    refused = {next(iter(recipients)): reply} if reply else {}
    return Message(world.queue_id(), user.login, user.client, user.address, list(recipients.items()), refused)


def incoming(world: World) -> Script:
    """Another server brings mail for our people."""
    client = world.often(world.strangers)
    smtpd = world.enter(PORT_25)
    yield from connected(world, smtpd, client)
    message = Message(
        world.queue_id(), None, client, f"news@{client.host}", [(world.often(world.users).address, LOCAL)], {}
    )
    yield from handed_over(world, smtpd, message)
    yield disconnected(smtpd, client, "mail=1 rcpt=1 data=1")
    world.leave(smtpd)


def passer_by(world: World) -> Script:
    """A connection that comes to nothing."""
    client = world.pick(world.strangers)
    smtpd = world.enter(PORT_25)
    yield f"{smtpd}: connect from {client}"
    yield f"{smtpd}: lost connection after CONNECT from {client}"
    yield f"{smtpd}: disconnect from {client} commands=0/0"
    world.leave(smtpd)


def statistics(world: World) -> Script:
    client = world.pick(world.strangers)
    yield f"postfix/anvil[1553]: statistics: max connection rate {world.number(1, 9)}/60s for (smtp:{client.ip}) at Nov 24 05:53:55"
    yield f"postfix/anvil[1553]: statistics: max cache size {world.number(1, 99)} at Nov 24 05:53:55"


def connected(world: World, smtpd: str, client: Client) -> Script:
    yield f"{smtpd}: connect from {client}"
    if world.chance() < 0.4:
        yield f"{smtpd}: Anonymous TLS connection established from {client}: {CIPHER}"


def disconnected(smtpd: str, client: Client, commands: str) -> str:
    return f"{smtpd}: disconnect from {client} ehlo=1 {commands} quit=1 commands=5"


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────


def rejected(
    smtpd: str,
    client: Client,
    reply: str,
    sender: str,
    recipient: str,
    *,
    user: str | None = None,
    queue_id: str | None = None,
) -> Said:
    """A refused RCPT. The login is named by our reply, or known (`user`) by a message: this one, or one before."""
    line = (
        f"{smtpd}: {queue_id or 'NOQUEUE'}: reject: RCPT from {client}: {reply}; "
        f"from=<{sender}> to=<{recipient}> proto=ESMTP helo=<{client.host}>"
    )
    source: UserSource | None = None if user is None else "queue" if queue_id else "session"
    _, own_words, named = reply.partition("not owned by user ")
    if own_words:
        user, source = named, "reply"
    code = int(reply[:3])
    return Said(
        line, Refusal(user, source, client.ip, sender, recipient, code, "local", "rejected", queue_id)
    )


def not_owned(world: World) -> Script:
    """A login that sends with somebody else's address; now and then after a message with its own."""
    user, other = world.often(world.users), world.pick(world.users)
    smtpd = world.enter(world.pick(SUBMISSION))
    yield from connected(world, smtpd, user.client)
    if world.chance() < 0.25:
        yield from handed_over(world, smtpd, outgoing(world, user))
    reply = f"553 5.7.1 <{other.address}>: Sender address rejected: not owned by user {user.login}"
    for _ in range(3 if world.chance() < 0.1 else 1):
        yield rejected(smtpd, user.client, reply, other.address, world.recipient()[0])
    yield disconnected(smtpd, user.client, "auth=1 mail=1 rcpt=0/1")
    world.leave(smtpd)


def not_logged_in(world: World) -> Script:
    """A program that sends as one of us and does not log in."""
    user = world.often(world.users)
    smtpd = world.enter(world.pick((PORT_25, *SUBMISSION)))
    yield from connected(world, smtpd, user.client)
    reply = f"553 5.7.1 <{user.address}>: Sender address rejected: not logged in"
    yield rejected(smtpd, user.client, reply, user.address, world.recipient()[0])
    yield disconnected(smtpd, user.client, "mail=1 rcpt=0/1")
    world.leave(smtpd)


def relay_denied(world: World, code: int = 553) -> Script:
    client = world.often(world.strangers)
    smtpd = world.enter(PORT_25)
    yield from connected(world, smtpd, client)
    to = world.recipient()[0]
    yield rejected(smtpd, client, f"{code} 5.7.1 <{to}>: Relay access denied", f"someone@{client.host}", to)
    yield disconnected(smtpd, client, "mail=1 rcpt=0/1")
    world.leave(smtpd)


def second_message(world: World) -> Script:
    """The first message is taken, and tells the login; the next one is refused before it has a queue id."""
    user = world.often(world.users)
    smtpd = world.enter(world.pick(SUBMISSION))
    yield from connected(world, smtpd, user.client)
    yield from handed_over(world, smtpd, outgoing(world, user))
    yield rejected(smtpd, user.client, *closed(world, user), user=user.login)
    yield disconnected(smtpd, user.client, "auth=1 mail=2 rcpt=1/2 data=1")
    world.leave(smtpd)


def closed(world: World, user: User) -> tuple[str, str, str]:
    """Reply, sender and recipient: a mailbox of ours that takes no mail."""
    recipient = f"closed{world.number(0, 99)}@corp.example"
    return f"553 5.1.1 <{recipient}>: Recipient address rejected: Mailbox closed", user.address, recipient


def second_recipient(world: World) -> Script:
    """One recipient is taken, the next is not: the refusal carries the queue id."""
    user = world.often(world.users)
    login = user.login if world.chance() < 0.8 else None
    smtpd = world.enter(world.pick(SUBMISSION) if login else PORT_25)
    yield from connected(world, smtpd, user.client)
    message = outgoing(world, user)
    message.login = login
    lines = handed_over(world, smtpd, message)
    yield next(lines)
    yield rejected(smtpd, user.client, *closed(world, user), user=login, queue_id=message.queue_id)
    yield from lines
    yield disconnected(smtpd, user.client, f"{'auth=1 ' if login else ''}mail=1 rcpt=1/2 data=1")
    world.leave(smtpd)


def refused_elsewhere(world: World, replies: tuple[Reply, ...] = REFUSED_553) -> Script:
    """A message that another server is going to refuse, at once or after days."""
    user = world.often(world.users)
    smtpd = world.enter(world.pick(SUBMISSION))
    yield from connected(world, smtpd, user.client)
    yield from handed_over(world, smtpd, outgoing(world, user, world.pick(replies)))
    yield disconnected(smtpd, user.client, "auth=1 mail=1 rcpt=1 data=1")
    world.leave(smtpd)


def machine_refused_elsewhere(world: World) -> Script:
    """The same for a machine of ours that needs no login."""
    client = Client(f"scanner{world.number(1, 9)}.corp.example", f"10.20.9.{world.number(1, 200)}")
    smtpd = world.enter(PORT_25)
    yield from connected(world, smtpd, client)
    sender = User("", f"scanner@{client.host}", client)
    message = outgoing(world, sender, world.pick(REFUSED_553))
    message.login = None
    yield from handed_over(world, smtpd, message)
    yield disconnected(smtpd, client, "mail=1 rcpt=1 data=1")
    world.leave(smtpd)


def refused_otherwise(world: World) -> Script:
    """Spam, mostly: other codes of our own, permanent and not."""
    client = world.pick(world.strangers)
    smtpd = world.enter(PORT_25)
    yield f"{smtpd}: connect from {client}"
    sender, to = f"offer{world.number(0, 553)}@{client.host}", world.pick(world.users).address
    nobody = f"info{world.number(0, 99)}@corp.example"
    kind = world.number(0, 4)
    if kind == 0:
        reply = f"554 5.7.1 Service unavailable; Client host [{client.ip}] blocked using bl.example; 553 is not the code"
        yield rejected(smtpd, client, reply, sender, to)
    elif kind == 1:
        reply = f"550 5.1.1 <{nobody}>: Recipient address rejected: User unknown in local recipient table"
        yield rejected(smtpd, client, reply, sender, nobody)
    elif kind == 2:
        to = world.recipient()[0]
        yield rejected(smtpd, client, f"554 5.7.1 <{to}>: Relay access denied", sender, to)
    else:
        yield rejected(
            smtpd, client, f"450 4.2.0 <{to}>: Recipient address rejected: Greylisted", sender, to
        ).line
    yield disconnected(smtpd, client, "mail=1 rcpt=0/1")
    world.leave(smtpd)


def bounced_otherwise(world: World) -> Script:
    return refused_elsewhere(world, REFUSED_OTHERWISE)


# ── what only looks like a refusal ───────────────────────────────────────────────────────────────


def wrong_password(world: World) -> Script:
    """Names a login that nobody has proved to be."""
    client = world.pick(world.strangers)
    smtpd = world.enter(world.pick(SUBMISSION))
    yield f"{smtpd}: connect from {client}"
    yield (
        f"{smtpd}: warning: {client}: SASL LOGIN authentication failed: UGFzc3dvcmQ6, "
        f"sasl_username={world.pick(world.users).login}"
    )
    yield disconnected(smtpd, client, "auth=0/1")
    world.leave(smtpd)


def digits_in_names(world: World) -> Script:
    """553 as port, host, address, size and word of an ordinary message."""
    user = User("k553", "553@corp.example", Client("pc553.corp.example", "10.20.5.53"))
    smtpd = world.enter(PORT_25)
    yield f"{smtpd}: connect from {user.client}"
    yield from handed_over(world, smtpd, outgoing(world, user))
    yield f"{smtpd}: warning: {user.client}:55312: 553 5.7.1 is what a monitor would look for"
    yield disconnected(smtpd, user.client, "auth=1 mail=1 rcpt=1 data=1")
    world.leave(smtpd)


def header_rule(world: World) -> Script:
    """A header check: its reply has no code, the digits stand in the subject."""
    client, to = world.pick(world.strangers), world.pick(world.users).address
    queue_id = world.queue_id()
    smtpd = world.enter(PORT_25)
    yield f"{smtpd}: connect from {client}"
    yield f"{smtpd}: {queue_id}: client={client}"
    yield (
        f"postfix/cleanup[1203]: {queue_id}: warning: header Subject: status=bounced (host a[192.0.2.1] said: 553 5.7.1 no) "
        f"from {client}; from=<news@{client.host}> to=<{to}> proto=ESMTP helo=<{client.host}>"
    )
    message = Message(queue_id, None, client, f"news@{client.host}", [(to, LOCAL)], {})
    yield active(world, message)
    yield disconnected(smtpd, client, "mail=1 rcpt=1 data=1")
    world.leave(smtpd)
    yield from settled(world, message)


TRAFFIC = weighted(
    (50, submission),
    (37, incoming),
    (9, passer_by),
    (1, statistics),
    (2, wrong_password),
    (1, digits_in_names),
)
REFUSALS = weighted(
    (25, not_owned), (10, not_logged_in), (15, relay_denied), (6, second_recipient), (4, second_message),
    (35, refused_elsewhere), (5, machine_refused_elsewhere),
)  # fmt: skip
NOISE = weighted((6, refused_otherwise), (3, bounced_otherwise), (1, header_rule))
SCENES = Scenes(TRAFFIC, REFUSALS, NOISE)
