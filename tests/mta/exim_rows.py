"""What happens between clients, our Exim and the next servers. A scenario is one row, a way of logging one profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mta.truth import SOME

Replies = Mapping[str, str]
"""Step → reply; lines of a reply are separated by a newline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One client and its message.

    - `client`: its address; without one, the row gets an address of its own. `client_name`: its name, by DNS.
    - `types`: what the client says behind EHLO and the login, before a message.
    - `to`: an address that ends with `@` is at the row's own domain, which leads to `hosts`.
    - `proxied`: the client's address as a proxy at `client` tells it. `ident`: what its machine says of who it is.
    - `server_name`, `certificate`: what an encrypted client asks for, and whom it says to be.
    - `here`: the message is handed over by a program on the server's machine, with `options`; `by_program`: it speaks SMTP.
    - `says`: what our Exim answers at connect, ehlo, starttls, auth, vrfy, expn, mail, rcpt (`rcpt/x@y` for one
      recipient), data or eod; as `warn 553 …` it only logs it. `logs`: what stands in the log instead.
      `verbs`: how an ACL says it there, if not as `deny`: drop, require, discard, or log_reject_target = main, reject, none.
    - `asks`: our Exim asks the next server about the `sender` or the `recipient` before it answers; `asks_how`.
    - `hosts`: the next servers, one after another, and what they answer at greeting, ehlo, mail, rcpt (`rcpt x` for
      one local part), data or eod.
    - `at`: the next server's address, if it matters.
    - `transport`: smtp, lmtp, socket (LMTP there), modern (BDAT, PRDR), one-host (asks only the first of the hosts),
      no-retry (a failure is final) or program (one that fails and says 553).
    - `found`: fields that the log tells otherwise than the wire, or does not tell.
    - `in_log`: False where the log holds no code at all.
    - `needs`: a part that not every Exim is built with; without it the row is not played.
    """

    name: str
    client: str | None = None
    client_name: str | None = None
    login: str | None = None
    password: str | None = None
    mechanism: str = "PLAIN"
    helo: str = "EHLO pc21.corp.example"
    encrypted: bool = False
    proxied: str | None = None
    ident: str = ""
    server_name: str | None = None
    certificate: str = ""
    types: tuple[str, ...] = ()
    here: bool = False
    options: tuple[str, ...] = ()
    by_program: bool = False
    sender: str = "alice@corp.example"
    parameters: str = ""
    to: tuple[str, ...] = ()
    header: str = "Subject: Minutes"
    says: Replies = field(default_factory=dict)
    logs: Replies = field(default_factory=dict)
    verbs: Replies = field(default_factory=dict)
    asks: str | None = None
    asks_how: str = "callout=10s,no_cache"
    cutthrough: bool = False
    hosts: tuple[Replies, ...] = ()
    at: str = ""
    transport: str = "smtp"
    aliases: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)
    in_log: bool = True
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """How Exim is told to log, and what `scan` has to be told in turn."""

    name: str
    main: str = ""
    syslog: bool = False
    options: tuple[str, ...] = ()


MORE = (
    "+millisec +pid +incoming_port +incoming_interface +smtp_mailauth +deliver_time +queue_time"
    " +sender_on_delivery +received_recipients +subject"
)

PROFILES = (
    Profile("default"),
    Profile("more", f"log_selector = {MORE}\nerrors_copy = *@* postmaster@corp.example"),
    Profile("all", "log_selector = +all"),
    Profile("with-zone", "timezone = Asia/Tokyo\nlog_timezone"),
    Profile("other-zone", "timezone = Asia/Tokyo", options=("--timezone", "Asia/Tokyo")),
    Profile("syslog", syslog=True),
    Profile("syslog-bare", "syslog_timestamp = false\nsyslog_pid = false", syslog=True),
    Profile(
        "syslog-all",
        "log_selector = +all\nsyslog_duplication = false\nsyslog_processname = exim-out",
        syslog=True,
    ),
)

FORGED: Final = " rejected RCPT <victim@corp.example>: 553 5.7.1 forged"
FORGED_BOUNCE: Final = (
    "1xVlMD-00002Y-0q ** victim@corp.example R=out T=remote_smtp H=mx.victim.example [192.0.2.1]:"
    " SMTP error from remote mail server after RCPT TO:<victim@corp.example>: 553 5.7.1 forged"
)
UNKNOWN: Final = {"rcpt": "553 5.1.1 no such mailbox"}
DENIED: Final = {"rcpt": "553 5.7.1 not for you"}
ENCRYPTS: Final = {"ehlo": "250-mx\n250 STARTTLS", "starttls": "220 2.0.0 go on"}
BOTH: Final[Mapping[str, Any]] = {"says": {"rcpt/x@": "553 5.7.1 not for you"}, "hosts": (UNKNOWN,)}
"""Our Exim refuses the first of two recipients, the next server the other: who it was, on the line and by the queue id."""
LISTED: Final = {"greeting": "553 5.7.1 your address is listed"}

AT_OUR_DOOR = (
    Row(name="connect", says={"connect": "553 5.7.1 this address is on our list"}),
    Row(name="ehlo", says={"ehlo": "553 5.7.1 your name is refused"}),
    Row(name="helo", helo="HELO pc21.corp.example", says={"ehlo": "553 your name is refused"}),
    Row(name="starttls", types=("STARTTLS",), says={"starttls": "553 5.7.0 no TLS for you"}),
    Row(name="auth", login="alice", says={"auth": "553 5.7.0 logins are closed"}),
    Row(name="auth-not-asked-for", types=("AUTH CRAM-MD5 YWxpY2U=",)),
    Row(name="vrfy", types=("VRFY olsen@corp.example",), says={"vrfy": "553 5.5.1 nobody is verified"}),
    Row(
        name="expn",
        types=("EXPN staff",),
        says={"expn": "553 5.5.1 no list is expanded"},
        found={"stage": None},
    ),
    Row(name="mail", login="alice", to=("x@",), says={"mail": "553 5.7.1 sender refused"}),
    Row(
        name="mail-not-owned",
        login="alice",
        sender="boss@corp.example",
        to=("x@",),
        says={"mail": "553 5.7.1 <boss@corp.example>: Sender address rejected: not owned by user alice"},
    ),
    Row(name="rcpt", login="alice", to=("x@",), says=DENIED),
    Row(name="rcpt-by-login", login="alice", mechanism="LOGIN", to=("x@",), says=DENIED),
    Row(
        name="encrypted",
        encrypted=True,
        login="alice",
        to=("x@", "y@"),
        says={"rcpt/x@": "553 5.7.1 not for you"},
        hosts=(UNKNOWN,),
    ),
    Row(name="rcpt-without-login", to=("x@",), says={"rcpt": "553 5.7.1 relaying denied"}),
    Row(name="rcpt-without-enhanced-code", to=("x@",), says={"rcpt": "553 relaying denied"}),
    Row(name="rcpt-550", login="alice", to=("x@",), says={"rcpt": "550 5.7.1 not for you"}),
    Row(name="rcpt-551", login="alice", to=("x@",), says={"rcpt": "551 5.7.1 not for you"}),
    Row(name="rcpt-554", login="alice", to=("x@",), says={"rcpt": "554 5.7.1 not for you"}),
    Row(
        name="for-somebody",  # RFC 4954, 5: who has sent it, if not the one who logged in
        login="alice",
        parameters=" AUTH=carol@corp.example",
        to=("x@", "y@"),
        says={"rcpt/x@": "553 5.7.1 not for you"},
        hosts=(UNKNOWN,),
    ),
    Row(name="null-sender", sender="", to=("x@",), says=DENIED),
    Row(
        name="one-of-many",
        login="bob",
        to=("a@corp.example", "b@corp.example", "c@corp.example"),
        says={"rcpt/b@corp.example": "553 5.1.1 nobody of that name"},
    ),
    Row(name="each-of-many", login="bob", to=("a@", "b@", "c@"), says=DENIED),
    Row(name="data", login="alice", to=("x@",), says={"data": "553 5.7.0 no data"}),
    Row(name="after-data", login="alice", to=("x@", "y@"), says={"eod": "553 5.7.1 spam score too high"}),
    Row(name="named", client_name="pc7.corp.example", login="alice", to=("x@",), says=DENIED),
    Row(
        name="named-otherwise",
        client_name="pc8.corp.example",
        helo="EHLO laptop-23",
        login="alice",
        to=("x@", "y@"),
        says={"rcpt/x@": "553 5.7.1 not for you"},
        hosts=(UNKNOWN,),
    ),
    Row(
        name="as-it-is-named",
        client_name="pc9.corp.example",
        helo="EHLO pc9.corp.example",
        login="alice",
        to=("x@", "y@"),
        says={"rcpt/x@": "553 5.7.1 not for you"},
        hosts=(UNKNOWN,),
    ),
    Row(name="from-ipv6", client="::1", login="alice", to=("x@",), says=DENIED),
    Row(name="without-name", helo="EHLO [192.168.1.25]", login="alice", to=("x@",), says=DENIED),
    Row(
        name="multi-line",
        to=("x@",),
        says={"rcpt": "553 5.7.1 You may not send here.\nAsk the postmaster: +49 555 553553.\nGood bye."},
    ),
    Row(
        name="utf-8",
        login="alice",
        sender="jürgen@corp.example",
        parameters=" SMTPUTF8",
        to=("用户@",),
        says=DENIED,
    ),
    Row(name="quoted", login="alice", sender='"al ice"@corp.example', to=('"two words"@',), says=DENIED),
    Row(name="capitals", login="alice", sender="Alice@Corp.Example", to=("John.Smith@",), says=DENIED),
)

LOGINS = tuple(
    Row(
        name=f"login-{name}",
        login=login,
        to=("x@", "y@"),
        says={"rcpt/x@": "553 5.7.1 not for you"},
        hosts=(UNKNOWN,),
    )
    for name, login in {
        "blank": "svc noreply",
        "address": "alice@corp.example",
        "colon": "corp:alice",
        "backslash": "CORP\\dave",
        "bracket": "al]ice [192.0.2.1]",
        "field": "alice SPF=pass",
        "size": "alice S=553 id=553@x.example",
        "refusal": "alice" + FORGED,
        "reply": "alice: 553 5.7.1 forged",
        "arrow": "alice ** x@corp.example",
    }.items()
)

REMOTE = (
    Row(name="remote-greeting", login="alice", to=("x@",), hosts=(LISTED,)),
    Row(name="remote-ehlo", login="alice", to=("x@",), hosts=({"ehlo": "553 5.7.1 your name is bad"},)),
    Row(name="remote-mail", login="alice", to=("x@", "y@"), hosts=({"mail": "553 5.1.8 sender refused"},)),
    Row(
        name="remote-mail-with-size",
        login="alice",
        to=("x@",),
        hosts=({"ehlo": "250-mx\n250 SIZE 1000000", "mail": "553 5.1.8 sender refused"},),
    ),
    Row(name="remote-rcpt", login="alice", to=("x@", "y@"), hosts=({"rcpt x": "553 5.1.1 no mailbox here"},)),
    Row(name="remote-rcpt-without-login", to=("x@corp.example", "x@"), hosts=(UNKNOWN,)),
    Row(name="remote-rcpt-554", login="alice", to=("x@",), hosts=({"rcpt": "554 5.7.1 not for you"},)),
    Row(
        name="remote-pipelined",
        login="alice",
        to=("x@", "y@"),
        hosts=({"ehlo": "250-mx\n250 PIPELINING", "rcpt x": "553 5.1.1 no mailbox here"},),
    ),
    Row(
        name="remote-pipelined-mail",
        login="alice",
        to=("x@",),
        hosts=(
            {
                "ehlo": "250-mx\n250 PIPELINING",
                "mail": "553 5.1.8 sender refused",
                "rcpt": "503 5.5.1 MAIL first",
                "data": "503 5.5.1 MAIL first",
            },
        ),
    ),
    Row(name="remote-data", login="alice", to=("x@",), hosts=({"data": "553 5.7.1 no data"},)),
    Row(name="remote-eod", login="alice", to=("x@", "y@"), hosts=({"eod": "553 5.7.1 content refused"},)),
    Row(
        name="remote-multi-line",
        login="alice",
        to=("x@",),
        hosts=({"rcpt": "553-5.7.1 Mail was refused.\n553-5.7.1 Reason: listed\n553 5.7.1 Ask us."},),
    ),
    Row(name="remote-without-words", login="alice", to=("x@",), hosts=({"rcpt": "553"},)),
    Row(
        name="remote-long",  # two parts in syslog
        login="alice",
        to=("x@",),
        hosts=({"rcpt": "\n".join(f"553{'- '[n == 5]}5.7.1 line {n}{' why' * 30}" for n in range(6))},),
    ),
    Row(
        name="remote-too-long",  # Exim keeps 1,000 bytes or so
        login="alice",
        to=("x@",),
        hosts=({"rcpt": "\n".join(f"553{'- '[n == 20]}5.7.1 line {n}{' why' * 30}" for n in range(21))},),
        found={"reply": SOME},
    ),
    Row(name="second-host-takes-it", login="alice", to=("x@",), hosts=(LISTED, {})),
    Row(name="second-host-refuses-too", login="alice", to=("x@",), hosts=(LISTED, UNKNOWN)),
    Row(name="both-hosts-refuse-us", login="alice", to=("x@",), hosts=(LISTED, LISTED)),
    Row(name="host-left", login="alice", transport="one-host", to=("x@",), hosts=(LISTED, {})),
    Row(name="asked-recipient", login="alice", asks="recipient", to=("x@",), hosts=(UNKNOWN,)),
    Row(name="asked-sender", asks="sender", sender="x@", to=("y@corp.example",), hosts=(UNKNOWN,)),
    Row(name="cutthrough-rcpt", login="alice", cutthrough=True, to=("x@",), hosts=(UNKNOWN,), in_log=False),
    Row(
        name="cutthrough-eod",
        login="alice",
        cutthrough=True,
        to=("x@",),
        hosts=({"eod": "553 5.7.1 content refused"},),
        found={"user": None, "user_source": None},  # F= stands there, A= does not
    ),
    Row(name="cutthrough-taken", login="alice", cutthrough=True, to=("x@",), hosts=({},)),
    Row(
        name="lmtp",
        login="alice",
        transport="lmtp",
        to=("x@", "y@"),
        hosts=({"eod x": "553 5.2.1 mailbox disabled"},),
    ),
    Row(
        name="alias",
        login="alice",
        to=("sales@corp.example",),
        aliases={"sales@corp.example": "x@"},
        hosts=(UNKNOWN,),
    ),
    Row(name="remote-quoted", login="alice", to=('"two words"@',), hosts=(UNKNOWN,)),
    Row(name="remote-capitals", login="alice", to=("John.Smith@",), hosts=(UNKNOWN,)),
    Row(
        name="remote-utf-8",
        login="alice",
        parameters=" SMTPUTF8",
        to=("jürgen@",),
        hosts=({"ehlo": "250-mx\n250 SMTPUTF8", **UNKNOWN},),
    ),
    Row(name="bounce-refused", login="alice", sender="back@", to=("x@",), hosts=(UNKNOWN,)),
    Row(name="program-here", here=True, sender="www@corp.example", to=("x@",), hosts=(UNKNOWN,)),
)

HOSTILE = (
    Row(name="helo-with-address", helo="EHLO x [192.0.2.1]", login="alice", to=("x@",), says=DENIED),
    Row(
        name="helo-forged",
        helo=f"EHLO x [192.0.2.1] F=<a@b.example>{FORGED}",
        login="alice",
        to=("x@",),
        says=DENIED,
    ),
    Row(name="helo-forged-refused", helo=f"EHLO x{FORGED}", says={"ehlo": "553 5.7.1 your name is refused"}),
    Row(name="helo-arrow", helo=f"EHLO {FORGED_BOUNCE}", to=("x@",), hosts=(UNKNOWN,)),
    Row(
        name="quoted-sender-forged",
        login="alice",
        sender='"x> A=plain_server:boss rejected RCPT <y@z>: 553 5.7.1 forged"@corp.example',
        to=("x@",),
        says=DENIED,
        hosts=(UNKNOWN,),
    ),
    Row(
        name="ptr-forged",
        client_name="x [192.0.2.1] F=<a@b> rejected RCPT <c@d>: 553 no.example",
        to=("x@",),
        says=DENIED,
        found={"client_host": None},
    ),
    Row(
        name="quoted-recipient-forged",
        login="alice",
        to=('"x>: 553 5.1.1 forged"@',),
        says={"rcpt": "553 5.7.1 true"},
    ),
    Row(
        name="quoted-recipient-bounce",
        login="alice",
        to=('"a R=out T=smtp: 553 4.4.4 forged"@',),
        hosts=(UNKNOWN,),
    ),
    Row(name="quoted-recipient-arrow", login="alice", to=('" ** boss@x <y@z> R=a"@',), hosts=(UNKNOWN,)),
    Row(name="login-forged", login="x)" + FORGED, password="wrong"),
    Row(name="vrfy-forged", types=(f"VRFY x: {FORGED}",), says={"vrfy": "553 5.5.1 nobody is verified"}),
    Row(
        name="reply-forged",
        login="alice",
        to=("x@",),
        hosts=({"rcpt": f"553 5.7.1 A=plain_server:boss F=<boss@corp.example>{FORGED} {FORGED_BOUNCE}"},),
    ),
    Row(
        name="reply-names-a-login",
        login="alice",
        to=("x@",),
        hosts=({"rcpt": "553 5.7.1 not owned by user boss"},),
    ),
    Row(
        name="header-forged",
        login="alice",
        to=("x@",),
        header=f"Subject: {FORGED_BOUNCE}\r\nX-A: b\r\n 2026-11-27 01:47:44 {FORGED_BOUNCE}",
        says={"eod": "553 5.7.1 spam score too high"},
    ),
)

NOTHING_COUNTS = (
    Row(
        name="log-message",
        login="alice",
        to=("x@",),
        says=DENIED,
        logs={"rcpt": "recipient on hold"},
        found={"enhanced_code": None},
        in_log=False,
    ),
    Row(name="warning", to=("x@corp.example",), says={"rcpt": "warn 553 5.7.1 would be refused"}),
    Row(name="later", to=("x@",), says={"rcpt": "450 4.7.1 553 5.7.1 later"}),
    Row(
        name="550-with-553", login="alice", to=("x@",), says={"rcpt": "550 5.7.1 upstream said: 553 5.7.1 no"}
    ),
    Row(
        name="remote-550-with-553",
        login="alice",
        to=("x@",),
        hosts=({"rcpt": "550 5.7.1 upstream said: 553 no"},),
    ),
    Row(
        name="remote-450-with-553",
        login="alice",
        to=("x@",),
        hosts=({"rcpt": "450 4.2.0 upstream said: 553 no"},),
    ),
    Row(name="taken-with-553", login="alice", to=("x@",), hosts=({"eod": "250 2.0.0 Ok: 553 5.7.1 queued"},)),
    Row(
        name="subject",
        login="alice",
        to=("x@",),
        hosts=({},),
        header="Subject: 553 5.7.1 no: 553\r\nMessage-ID: <553.5.7.1@x>",
    ),
    Row(name="subject-forged", login="alice", to=("x@",), hosts=({},), header=f"Subject: {FORGED_BOUNCE}"),
    Row(name="program", login="alice", transport="program", to=("x@",)),
)

VERBS = (
    Row(
        name="drop-connect",
        says={"connect": "553 5.7.1 this address is on our list"},
        verbs={"connect": "drop"},
    ),
    Row(name="drop-rcpt", login="alice", to=("x@",), says=DENIED, verbs={"rcpt": "drop"}),
    Row(name="drop-eod", login="alice", to=("x@",), says={"eod": "553 5.7.1 spam"}, verbs={"eod": "drop"}),
    Row(name="require", login="alice", to=("x@",), says=DENIED, verbs={"rcpt": "require"}),
    Row(name="discard", login="alice", to=("x@",), says=DENIED, verbs={"rcpt": "discard"}),
    Row(name="only-main", login="alice", to=("x@", "y@"), says=DENIED, verbs={"rcpt": "main"}),
    Row(name="only-reject", login="alice", to=("x@",), says=DENIED, verbs={"rcpt": "reject"}, in_log=False),
    Row(name="not-logged", login="alice", to=("x@",), says=DENIED, verbs={"rcpt": "none"}, in_log=False),
)
"""The same refusal in the other words that an ACL has for it."""

MORE_AT_OUR_DOOR = (
    Row(name="without-helo", helo="", to=("x@",), says=DENIED),
    Row(
        name="dkim",
        login="alice",
        to=("x@",),
        says={"dkim": "553 5.7.20 no signature of corp.example"},
        found={"user": None, "user_source": None, "sender": None},  # neither F= nor A= stands there
    ),
    Row(
        name="mime",
        login="alice",
        to=("x@",),
        says={"mime": "553 5.7.1 no such part"},
        needs="CONTENT_SCANNING",
    ),
    Row(name="etrn", types=("ETRN corp.example",), says={"etrn": "553 5.5.1 no"}),
    Row(
        name="prdr",
        login="alice",
        parameters=" PRDR",
        to=("x@", "y@"),
        says={"prdr/x@": "553 5.7.1 not for you"},
        hosts=(UNKNOWN,),
    ),
    Row(name="prdr-eod", login="alice", parameters=" PRDR", to=("x@", "y@"), says={"eod": "553 5.7.1 spam"}),
    Row(name="after-data-multi-line", to=("x@",), says={"eod": "553 5.7.1 spam score:\ntoo high\n553 is it"}),
    Row(name="router-fails", login="alice", to=("gone@corp.example",), asks="recipient"),
    Row(name="host-reject-connection", client="127.7.0.1", in_log=False),
    Row(name="fake-reject", login="alice", to=("x@",), says={"eod": "fake 553 5.7.1 kept"}, hosts=(UNKNOWN,)),
    Row(name="identified", ident="carol", login="alice", to=("x@", "y@"), **BOTH),
    Row(name="identified-auth", ident="carol", types=("AUTH CRAM-MD5 YWxpY2U=",)),
    Row(
        name="proxied",
        client="127.5.0.1",
        proxied="192.0.2.77",
        login="alice",
        to=("x@", "y@"),
        needs="PROXY",
        **BOTH,
    ),
    Row(
        name="asks-for-a-name",
        encrypted=True,
        server_name="mail.corp.example",
        login="alice",
        to=("x@", "y@"),
        **BOTH,
    ),
    Row(name="certified", encrypted=True, certificate="carol", login="alice", to=("x@", "y@"), **BOTH),
    Row(name="by-program", by_program=True, login="alice", to=("x@", "y@"), **BOTH),
    Row(name="by-program-eod", by_program=True, to=("x@",), says={"eod": "553 5.7.1 spam"}),
    Row(name="by-program-mail", by_program=True, to=("x@",), says={"mail": "553 5.7.1 sender refused"}),
    Row(
        name="login-and-ipv6",
        client="::1",
        helo="EHLO [IPv6:2001:db8::7]",
        login="alice",
        to=("x@", "y@"),
        **BOTH,
    ),
)

MORE_REMOTE = (
    Row(
        name="remote-encrypted",
        login="alice",
        transport="modern",
        to=("x@", "y@"),
        hosts=({**ENCRYPTS, "rcpt x": "553 5.1.1 no mailbox", "eod": "553 5.7.1 content"},),
    ),
    Row(
        name="remote-encrypted-mail",
        login="alice",
        transport="modern",
        to=("x@",),
        hosts=({**ENCRYPTS, "mail": "553 5.1.8 sender refused"},),
    ),
    Row(
        name="remote-does-not-encrypt",  # Exim goes on in the clear
        login="alice",
        transport="modern",
        to=("x@",),
        hosts=({**ENCRYPTS, "starttls": "553 5.7.0 no TLS", **UNKNOWN},),
    ),
    Row(name="remote-ipv6", login="alice", at="::1", to=("x@",), hosts=(UNKNOWN,)),
    Row(
        name="remote-chunks",
        login="alice",
        transport="modern",
        to=("x@",),
        hosts=({"ehlo": "250-mx\n250 CHUNKING", "eod": "553 5.7.1 content"},),
    ),
    Row(
        name="remote-chunks-pipelined",
        login="alice",
        transport="modern",
        to=("x@", "y@"),
        hosts=(
            {
                "ehlo": "250-mx\n250-PIPELINING\n250 CHUNKING",
                "rcpt x": "553 5.1.1 no",
                "eod": "553 5.7.1 content",
            },
        ),
    ),
    Row(
        name="remote-prdr",
        login="alice",
        transport="modern",
        to=("x@", "y@"),
        hosts=({"ehlo": "250-mx\n250 PRDR", "eod x": "553 5.2.1 disabled"},),
    ),
    Row(
        name="socket",
        login="alice",
        transport="socket",
        to=("x@", "y@", "z@"),
        hosts=({"rcpt x": "553 5.1.1 no mailbox", "eod y": "553 5.2.1 disabled"},),
        found={"relay_host": None, "relay_ip": None},
    ),
    Row(
        name="lmtp-rcpt",
        login="alice",
        transport="lmtp",
        to=("x@", "y@"),
        hosts=({"rcpt x": "553 5.1.1 no"},),
    ),
    Row(
        name="third-host-refuses",
        login="alice",
        to=("x@",),
        hosts=(LISTED, {"rcpt": "450 4.2.0 later"}, UNKNOWN),
    ),
    Row(name="all-hosts-refuse-two", login="alice", to=("x@", "y@"), hosts=(LISTED, LISTED, LISTED)),
    Row(
        name="no-retry",
        login="alice",
        transport="no-retry",
        to=("x@",),
        hosts=({"rcpt": "450 4.2.0 553 later"},),
    ),
    *(
        Row(
            name=f"later-{step}",
            login="alice",
            to=("x@",),
            hosts=({step: "450 4.7.1 upstream said: 553 no"},),
        )
        for step in ("mail", "data", "eod")
    ),
    Row(
        name="later-greeting",
        login="alice",
        to=("x@",),
        hosts=({"greeting": "450 4.7.1 upstream said: 553 no"},),
    ),
    Row(
        name="asked-recipient-at-mail",
        login="alice",
        asks="recipient",
        to=("x@",),
        hosts=({"mail": "553 5.1.8 no"},),
    ),
    Row(name="asked-recipient-at-greeting", login="alice", asks="recipient", to=("x@",), hosts=(LISTED,)),
    Row(
        name="asked-as-postmaster",
        login="alice",
        asks="recipient",
        asks_how="callout=10s,no_cache,use_postmaster",
        to=("x@",),
        hosts=(UNKNOWN,),
    ),
    Row(
        name="asked-as-sender",
        login="alice",
        asks="recipient",
        asks_how="callout=10s,no_cache,use_sender",
        to=("x@",),
        hosts=({"rcpt": "553-5.1.1 no\n553 5.1.1 mailbox"},),
    ),
    Row(
        name="asked-sender-at-mail",
        asks="sender",
        sender="x@",
        to=("y@corp.example",),
        hosts=({"mail": "553 5.1.8 no"},),
    ),
    Row(
        name="asked-postmaster",
        asks="sender",
        asks_how="callout=10s,no_cache,postmaster",
        sender="x@",
        to=("y@corp.example",),
        hosts=({"rcpt postmaster": "553 5.1.1 no postmaster"},),
    ),
    Row(
        name="cutthrough-mail",
        login="alice",
        cutthrough=True,
        to=("x@",),
        hosts=({"mail": "553 5.1.8 no"},),
        in_log=False,
    ),
    Row(
        name="cutthrough-data", login="alice", cutthrough=True, to=("x@",), hosts=({"data": "553 5.7.1 no"},)
    ),
    Row(name="not-delivered", here=True, options=("-N",), sender="www@corp.example", to=("x@",), hosts=({},)),
    Row(
        name="many-logins-remote",
        login="corp:al ice",
        to=("x@", "y@", "z@"),
        hosts=({"rcpt x": "553 5.1.1 no", "rcpt z": "553 5.1.2 no"},),
    ),
    Row(
        name="alias-of-many",
        login="alice",
        to=("team@corp.example",),
        aliases={"team@corp.example": "x@"},
        hosts=({"eod": "553-5.7.1 no\n553 5.7.1 content"},),
    ),
)

MORE_HOSTILE = (
    Row(
        name="certificate-forged",
        encrypted=True,
        certificate='x" F=<a@b> A=p:boss rejected RCPT <v@x>: 553 5.7.1 forged',
        login="alice",
        to=("x@", "y@"),
        **BOTH,
    ),
    Row(
        name="ident-forged",
        ident="root [192.0.2.1]: 553 5.7.1 forged",
        login="alice",
        to=("x@", "y@"),
        **BOTH,
    ),
    Row(
        name="expn-forged",
        types=(f"EXPN x: {FORGED}",),
        says={"expn": "553 5.5.1 no list is expanded"},
        found={"stage": None},
    ),
    Row(name="auth-forged", types=(f"AUTH PLAIN x{FORGED}",), says={"auth": "553 5.7.0 logins are closed"}),
    Row(name="drop-command-forged", types=(f"X{FORGED}",) * 4),
)

ROWS = (
    *AT_OUR_DOOR,
    *LOGINS,
    *REMOTE,
    *HOSTILE,
    *NOTHING_COUNTS,
    *VERBS,
    *MORE_AT_OUR_DOOR,
    *MORE_REMOTE,
    *MORE_HOSTILE,
)
