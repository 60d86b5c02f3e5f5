"""Mail in a machine: its Postfix with logins and owners of addresses, a partner, and an inbox for alerts.

Postfix's own smtp-sink is partner and inbox: a real SMTP server that comes with the package.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Mapping
from email.message import EmailMessage
from shlex import quote

from container.machine import Machine
from parts.waiting import until

PASSWORD = "secret"
LOGINS = ("alice", "bob")
OWNERS = {f"{name}@corp.example": f"{name}@corp.example" for name in (*LOGINS, "boss")}
"""Address → the logins that may send as it."""
PARTNER_PORT, INBOX_PORT = 2526, 2525
ALERT_URL = (
    f"mailto://127.0.0.1:{INBOX_PORT}/?smtp=127.0.0.1&mode=insecure"
    "&from=rejectwatch@corp.example&to=postmaster@corp.example"
)

SEND = """\
import smtplib, sys

sender, recipient, user, password = sys.argv[1:]
with smtplib.SMTP("127.0.0.1", 25, "pc21.corp.example") as server:
    server.ehlo()
    if user:
        server.login(user, password)
    server.mail(sender)
    code, reply = server.rcpt(recipient)
    if code < 400:
        code, reply = server.data(b"Subject: Minutes of the meeting\\r\\n\\r\\nSee you on Monday.\\r\\n")
print(code, reply.decode())
"""


def set_up_postfix(machine: Machine) -> None:
    """A login may send only as an address that it owns: else 553."""
    settings = {
        "myhostname": "mail.corp.example",
        "mydestination": "localhost, mail.corp.example",
        "smtpd_sasl_auth_enable": "yes",
        "smtpd_sender_restrictions": "reject_sender_login_mismatch",
        "smtpd_relay_restrictions": "permit_sasl_authenticated, reject_unauth_destination",
        "relayhost": f"[127.0.0.1]:{PARTNER_PORT}",
        "smtp_dns_support_level": "disabled",
    }
    words = " ".join(quote(f"{name} = {value}") for name, value in settings.items())
    set_owners(machine, OWNERS)
    machine.run(f"postconf -e {words} && postconf -F smtp/inet/chroot=n && adduser --quiet postfix sasl")
    machine.write(
        "/etc/postfix/sasl/smtpd.conf",
        "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n",
    )
    for login in LOGINS:
        machine.run(f"echo {PASSWORD} | saslpasswd2 -p -c -u corp.example {login}")
    _sink(machine, "partner", f"127.0.0.1:{PARTNER_PORT}")
    machine.run("systemctl restart postfix")


def set_owners(machine: Machine, owners: Mapping[str, str]) -> None:
    table = " ".join(f"{{{address} = {logins}}}" for address, logins in owners.items())
    machine.run(f"postconf -e {quote(f'smtpd_sender_login_maps = inline:{{ {table} }}')} && postfix reload")


def set_up_inbox(machine: Machine) -> None:
    machine.run("install -d -o nobody /srv/inbox")
    _sink(machine, "inbox", f"-d /srv/inbox/mail. 127.0.0.1:{INBOX_PORT}")


def _sink(machine: Machine, unit: str, words: str) -> None:
    machine.run(f"systemd-run -q --unit={unit} --uid=nobody smtp-sink {words} 100")
    port = int(words.rpartition(":")[2])
    until(lambda: f"{port:04X} " in machine.run("cat /proc/net/tcp"), what=f"the {unit} on port {port}")


def send(machine: Machine, sender: str, recipient: str, user: str = "") -> str:
    """Hand a message to the machine's Postfix; its last word, such as "250 2.0.0 Ok: queued as …"."""
    arguments = " ".join(map(quote, (sender, recipient, user, PASSWORD)))
    return machine.run(f"python3 -c {quote(SEND)} {arguments}")


def alerts(machine: Machine) -> list[EmailMessage]:
    """The mails that came to the inbox, oldest first."""
    files = sorted(machine.path("/srv/inbox").iterdir(), key=lambda file: file.stat().st_mtime_ns)
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def until_alerts(machine: Machine, count: int, seconds: float = 60) -> list[EmailMessage]:
    """All of them, as soon as there are `count`, each to its end."""

    def found() -> list[EmailMessage]:
        mails = alerts(machine)
        return mails if len(mails) >= count and all(mail["Subject"] for mail in mails) else []

    return until(found, seconds, lambda: f"{count} alerts:\n{machine.journal('rejectwatch')}")
