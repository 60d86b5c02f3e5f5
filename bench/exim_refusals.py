"""What Exim refuses, what others refuse it, and lines that only look like that.

What a reader may claim about a refusal stands beside its line as a `Refusal`.
"""

from __future__ import annotations

from bench.exim_traffic import (
    CIPHER,
    GREETING,
    Message,
    Reply,
    handed_over,
    logged_in,
    message_id,
    outgoing,
    peer,
)
from bench.mixture import weighted
from bench.world import Client, Refusal, Said, Script, User, UserSource, World

REFUSED_553 = (
    Reply(553, "553 5.7.1 <{sender}>: Sender address rejected: not owned by user relay", "MAIL FROM:<{sender}> SIZE=1373"),
    Reply(553, "553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)", "pipelined MAIL FROM:<{sender}> SIZE=5530"),
    Reply(553, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    Reply(553, "553 5.3.0 <{recipient}>... No such user here"),
    Reply(553, "553 #5.1.1 no such user - R=x T=y H=z [192.0.2.9]: gone"),
    Reply(553, r"553-5.1.2 We weren't able to find the recipient domain.\n553 5.1.2 Check the address."),
    Reply(553, r"553 5.7.1 \351\200\201\344\277\241\350\200\205"),
    Reply(553, "553 5.7.1 Message refused by policy; backend said: 550 5.7.1 no", "end of data"),
    Reply(553, "553 5.3.2 No connections from your network, see https://postmaster.example/553", GREETING),
)  # fmt: skip
REFUSED_OTHERWISE = (
    Reply(550, "550 5.1.1 <{recipient}>: Recipient address rejected: User unknown in virtual mailbox table"),
    Reply(550, "550 5.7.1 Refused; backend said: 553 5.7.1 no", "end of data"),
    Reply(554, "554 5.7.1 Service unavailable; Client host [198.51.100.25] blocked using bl.example"),
    Reply(552, "552 5.2.2 <{recipient}>: Mailbox full"),
)


# ── refused by us ────────────────────────────────────────────────────────────────────────────────


def rejected(client: Client, reply: str, sender: str, to: str, *, login: str | None = None) -> Said:
    """A refused RCPT: the line itself tells who has logged in."""
    tls = f" {CIPHER} CV=no" if login else ""
    line = f"{peer(client)}{tls} F=<{sender}>{logged_in(login)} rejected RCPT <{to}>: {reply}"
    source: UserSource | None = "line" if login else None
    return Said(
        line, Refusal(login, source, client.ip, sender, to, int(reply[:3]), "local", "rejected", None)
    )


def not_owned(world: World) -> Script:
    """A login that sends with somebody else's address; now and then to several, or after a message with its own."""
    user, other = world.often(world.users), world.pick(world.users)
    if world.chance() < 0.25:
        yield from handed_over(world, outgoing(world, user))
    reply = f"553 5.7.1 <{other.address}>: Sender address rejected: not owned by user {user.login}"
    for _ in range(3 if world.chance() < 0.1 else 1):
        yield rejected(user.client, reply, other.address, world.recipient()[0], login=user.login)


def closed_mailbox(world: World) -> Script:
    """One recipient is taken, another is not: its line has no message id, though there is a message."""
    user, to = world.often(world.users), f"closed{world.number(0, 99)}@corp.example"
    yield rejected(user.client, "553 sorry, no mailbox by that name", user.address, to, login=user.login)
    yield from handed_over(world, outgoing(world, user))


def not_logged_in(world: World) -> Script:
    """A program that sends as one of us and does not log in."""
    user = world.often(world.users)
    reply = f"553 5.7.1 <{user.address}>: Sender address rejected: not logged in"
    yield rejected(user.client, reply, user.address, world.recipient()[0])


def relay_denied(world: World) -> Script:
    client, to = world.often(world.strangers), world.recipient()[0]
    reply = f"553 5.7.1 <{to}>: sorry, that domain isn't in my list of allowed rcpthosts"
    yield rejected(client, reply, f"someone@{client.host}", to)


def sender_refused(world: World) -> Script:
    """A refused MAIL: Exim does not log who has logged in, but the reply says it."""
    user, other = world.often(world.users), world.pick(world.users)
    line = (
        f"{peer(user.client)} {CIPHER} CV=no rejected MAIL <{other.address}>: "
        f"553 5.7.1 <{other.address}>: Sender address rejected: not owned by user {user.login}"
    )
    yield Said(
        line,
        Refusal(user.login, "reply", user.client.ip, other.address, None, 553, "local", "rejected", None),
    )


def content_refused(world: World) -> Script:
    """Refused after DATA: the line has a message id, which comes nowhere else, and no recipients."""
    user, message = world.often(world.users), message_id(world)
    line = (
        f"{message} {peer(user.client)} {CIPHER} CV=no F=<{user.address}>{logged_in(user.login)} "
        "rejected after DATA: 553 5.6.0 message refused: forbidden attachment type"
    )
    yield Said(
        line,
        Refusal(user.login, "line", user.client.ip, user.address, None, 553, "local", "rejected", message),
    )


def refused_otherwise(world: World) -> Script:
    """Spam, mostly: other codes, for good and not, and none at all."""
    client = world.pick(world.strangers)
    sender, to = f"offer{world.number(0, 553)}@{client.host}", world.pick(world.users).address
    nobody = f"info{world.number(0, 99)}@corp.example"
    kind = world.number(0, 4)
    if kind == 0:
        reply = f"554 5.7.1 Client host [{client.ip}] blocked using bl.example; 553 is not the code"
        yield rejected(client, reply, sender, to)
    elif kind == 1:
        yield rejected(client, "550 relay not permitted", sender, world.recipient()[0])
    elif kind == 2:
        yield f"{peer(client)} F=<{sender}> rejected RCPT <{nobody}>: Unrouteable address"
    else:
        yield f"{peer(client)} F=<{sender}> temporarily rejected RCPT <{to}>: 451 4.7.1 come back in 553 seconds"


# ── refused elsewhere ────────────────────────────────────────────────────────────────────────────


def refused_elsewhere(world: World, replies: tuple[Reply, ...] = REFUSED_553) -> Script:
    """A message that another server is going to refuse, at once or after days."""
    yield from handed_over(world, outgoing(world, world.often(world.users), world.pick(replies)))


def machine_refused_elsewhere(world: World) -> Script:
    """The same for a machine of ours that needs no login."""
    client = Client(f"scanner{world.number(1, 9)}.corp.example", f"10.20.9.{world.number(1, 200)}")
    sender = User("", f"scanner@{client.host}", client)
    yield from handed_over(world, outgoing(world, sender, world.pick(REFUSED_553)))


def bounced_otherwise(world: World) -> Script:
    return refused_elsewhere(world, REFUSED_OTHERWISE)


# ── what only looks like a refusal ───────────────────────────────────────────────────────────────


def forged(world: World) -> Script:
    """Words of a client that look like a refusal of somebody else: a HELO, or a login that is none."""
    client, victim = world.pick(world.strangers), world.pick(world.users).address
    words = f"F=<{victim}> A=plain_server:boss rejected RCPT <{victim}>: 553 5.7.1 forged"
    if world.chance() < 0.5:
        yield f"rejected EHLO from [{client.ip}]: syntactically invalid argument(s): x [192.0.2.1] {words}"
    else:
        yield (
            f"plain_server authenticator failed for {peer(client).removeprefix('H=')}: "
            f"535 Incorrect authentication data (set_id=x) {words})"
        )


def hostile_message(world: World) -> Script:
    """A local part in quotes that looks like a failed delivery; it arrives."""
    user = world.often(world.users)
    _, partner = world.recipient()
    to = f'"** x@{partner.domain} R=a T=b: 553 5.7.1 no"@{partner.domain}'
    yield from handed_over(
        world, Message(message_id(world), user.login, user.client, user.address, [(to, partner)], {})
    )


REFUSALS = weighted(
    (30, not_owned), (5, closed_mailbox), (10, not_logged_in), (12, relay_denied), (4, sender_refused),
    (4, content_refused), (30, refused_elsewhere), (5, machine_refused_elsewhere),
)  # fmt: skip
NOISE = weighted((6, refused_otherwise), (3, bounced_otherwise), (1, forged), (1, hostile_message))
