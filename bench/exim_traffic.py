"""What a busy Exim writes of ordinary mail: one line when a message comes, one for each recipient, one at its end.

Each script is a generator, as in `traffic`. The shapes are those of Exim 4.96 with its default log_selector.
Nothing tells of a session: who it was stands in the line of the message, or of the refusal, itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from bench.mixture import weighted
from bench.stamps import BUSY
from bench.world import LOCAL, Client, Partner, Refusal, Said, Script, User, World

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CIPHER = "X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ERROR = "SMTP error from remote mail server after"
GREETING = "initial connection"


class Reply(NamedTuple):
    """A remote server's refusal. `stage` and `text` may hold {sender} and {recipient}."""

    code: int
    text: str
    stage: str = "RCPT TO:<{recipient}>"


TRY_LATER = (
    "451 4.7.1 Greylisting in action, please come back in 553 seconds",
    "450 4.7.1 greylisted; 553 will follow",
    "450 4.2.0 <{recipient}>: Recipient address rejected: Greylisted",
)
ACCEPTED = (
    "250 2.0.0 Ok: queued as {number:X}",
    "250 2.0.0 OK  {number} d2e1a72fcca58-7f{number:X}si5535534pfb.553 - gsmtp",
    "250 2.6.0 <{number:X}@outbound.example> [InternalId={number}] Queued mail for delivery",
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the spool. `login` is who handed it over; `refused` pairs some recipients with a reply."""

    id: str
    login: str | None
    client: Client
    sender: str
    recipients: list[tuple[str, Partner]]
    refused: dict[str, Reply]


# ── who and which ────────────────────────────────────────────────────────────────────────────────


def message_id(world: World) -> str:
    """The second, the process and a part of the second, all in base 62."""
    second = int((START + BUSY * world.line).timestamp())
    return f"{_base62(second, 6)}-{_base62(world.pid(), 6)}-{_base62(world.number(0, 2000), 2)}"


def _base62(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return digits


def peer(client: Client) -> str:
    """Verified name, HELO if it is another, and address."""
    if client.host == "unknown":
        literal = f"IPv6:{client.ip}" if ":" in client.ip else client.ip
        return f"H=([{literal}]) [{client.ip}]"
    name, _, domain = client.host.partition(".")
    return f"H={client.host}{f' ({name})' if domain == 'corp.example' else ''} [{client.ip}]"


def logged_in(login: str | None) -> str:
    return f" A=plain_server:{login}" if login else ""


# ── the way of a message ─────────────────────────────────────────────────────────────────────────


def handed_over(world: World, message: Message) -> Script:
    """Taken from a client; its delivery goes on by itself."""
    number = world.number(0, 1 << 40)
    protocol = "esmtpsa" if message.login else "esmtps" if number % 3 else "esmtp"
    tls = "" if protocol == "esmtp" else f" {CIPHER} CV=no"
    yield (
        f"{message.id} <= {message.sender} {peer(message.client)} P={protocol}{tls}{logged_in(message.login)} "
        f"S={world.number(553, 60000)} id={number:x}.{number % 5531}@{message.client.host}"
    )
    world.started.append(delivery(world, message))


def delivery(world: World, message: Message) -> Script:
    """The first try; some messages have to wait, for minutes or for days."""
    if world.chance() < (0.3 if message.refused else 0.02):
        for to, partner in message.recipients:
            yield deferred(world, message, to, partner)
        lines = world.number(50, 500) if world.chance() < 0.5 else world.number(500, 60000)
        world.later(lines, settled(world, message))
    else:
        yield from settled(world, message)


def settled(world: World, message: Message) -> Script:
    before = None
    for to, partner in message.recipients:
        reply = message.refused.get(to)
        if reply is None:
            yield sent(world, message, to, partner, "->" if partner is before else "=>")
        else:
            yield from bounced(message, to, partner, reply)
        before = partner if reply is None else None
    if message.refused:
        yield from notified(world, message)
    yield f"{message.id} Completed"


def sent(world: World, message: Message, to: str, partner: Partner, arrow: str) -> str:
    world.deliveries += 1
    if partner is LOCAL:
        return f"{message.id} {arrow} {to.partition('@')[0]} <{to}> R=localuser T=local_delivery"
    number = world.number(0, 1 << 32)
    reply = (
        "250 ok 553 octets" if number % 500 == 0 else ACCEPTED[number % len(ACCEPTED)].format(number=number)
    )
    return f'{message.id} {arrow} {spelled(to)} R=dnslookup T=remote_smtp {remote(partner)} C="{reply}"'


def deferred(world: World, message: Message, to: str, partner: Partner) -> str:
    start = f"{message.id} == {spelled(to)} R=dnslookup T=remote_smtp defer"
    if world.chance() < 0.5:
        return f"{start} (110) H={partner.host} [{partner.ip}]: Connection timed out"
    text = world.pick(TRY_LATER).format(recipient=to)
    return f"{start} (-44) {remote(partner)}: {ERROR} RCPT TO:<{to}>: {text}"


def bounced(message: Message, to: str, partner: Partner, reply: Reply) -> Script:
    """Who refuses the connection is named twice: by a line of its own, and by that of the recipient."""
    names = {"sender": message.sender, "recipient": to}
    host = f"H={partner.host} [{partner.ip}]" if reply.stage == GREETING else remote(partner)
    said = f"{host}: {ERROR} {reply.stage.format_map(names)}: {reply.text.format_map(names)}"
    if reply.stage == GREETING:
        yield f"{message.id} {said}"
    refusal = Refusal(
        message.login, "queue" if message.login else None, message.client.ip, message.sender, to,
        reply.code, "remote", "bounced", message.id,
    )  # fmt: skip
    yield Said(f"{message.id} ** {to} R=dnslookup T=remote_smtp {said}", refusal)


def spelled(to: str) -> str:
    """A local part in quotes stands first without them and in small letters, and then as it is."""
    local, quote, domain = to.removeprefix('"').rpartition('"@')
    return f"{local.lower()}@{domain} <{to}>" if quote else to


def remote(partner: Partner) -> str:
    """Most servers have TLS."""
    tls = "" if partner.ip.endswith("3") else f" {CIPHER} CV=yes"
    return f"H={partner.host} [{partner.ip}]{tls}"


def notified(world: World, message: Message) -> Script:
    """The bounce message: a message of its own, from nobody, to the sender."""
    report = Message(message_id(world), None, message.client, "", [(message.sender, LOCAL)], {})
    yield f"{report.id} <= <> R={message.id} U=Debian-exim P=local S={world.number(1800, 9000)}"
    world.started.append(settled(world, report))


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────


def submission(world: World) -> Script:
    """Somebody logs in and sends a message or two."""
    user = world.often(world.users)
    for _ in range(2 if world.chance() < 0.1 else 1):
        yield from handed_over(world, outgoing(world, user))


def outgoing(world: World, user: User, reply: Reply | None = None) -> Message:
    """A message of a user to partners; with a reply, its first recipient is going to be refused with it."""
    recipients = [world.recipient()]
    if world.chance() < 0.15:
        recipients.append(world.recipient())
    if world.chance() < 0.1:
        _, partner = recipients[-1]
        recipients.append((f"office@{partner.domain}", partner))
    refused = {recipients[0][0]: reply} if reply else {}
    return Message(message_id(world), user.login or None, user.client, user.address, recipients, refused)


def incoming(world: World) -> Script:
    """Another server brings mail for our people."""
    client = world.often(world.strangers)
    to = world.often(world.users).address
    message = Message(message_id(world), None, client, f"news@{client.host}", [(to, LOCAL)], {})
    if client.host != "unknown" and world.chance() < 0.7:
        yield (
            f"{message.id} DKIM: d={client.host} s=mail c=relaxed/relaxed a=rsa-sha256 b=2048 "
            "[verification succeeded]"
        )
    yield from handed_over(world, message)


def passer_by(world: World) -> Script:
    """A connection that comes to nothing."""
    client = world.pick(world.strangers)
    if client.host == "unknown":
        yield f"no host name found for IP address {client.ip}"
    yield (
        f"unexpected disconnection while reading SMTP command from {peer(client).removeprefix('H=')} "
        f"D={world.number(1, 60)}s"
    )


def queue_run(world: World) -> Script:
    pid = world.pid()
    yield f"Start queue run: pid={pid}"
    yield f"End queue run: pid={pid}"


def wrong_password(world: World) -> Script:
    """Names a login that nobody has proved to be."""
    client, login = world.pick(world.strangers), world.pick(world.users).login
    yield (
        f"plain_server authenticator failed for {peer(client).removeprefix('H=')}: "
        f"535 Incorrect authentication data (set_id={login})"
    )


def digits_in_names(world: World) -> Script:
    """553 as host, login, address, message id and word of an ordinary message."""
    user = User("k553", "553@corp.example", Client("pc553.corp.example", "10.20.5.53"))
    yield f"{peer(user.client)} Warning: 553 5.7.1 is what a monitor would look for"
    yield from handed_over(world, outgoing(world, user))


TRAFFIC = weighted(
    (44, submission),
    (42, incoming),
    (7, passer_by),
    (2, queue_run),
    (4, wrong_password),
    (1, digits_in_names),
)
