"""The scenarios, a row each. To add one, add a row: the truth comes from the wire (`postfix_run`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mta.postfix_run import BEFORE, Answers, Release, Row
from mta.postfix_wire import Session, mail
from mta.truth import MESSAGE, SOME, Truth
from parts.remote import QUOTED_REJECT, Stage

# Where the login is found in the log.
LINE: Final = {"user_source": "line"}
REPLY: Final = {"user_source": "reply"}
QUEUE: Final = {"user_source": "queue"}
SESSION: Final = {"user_source": "session"}
NOT_IN_THE_LOG: Final[Mapping[str, Any]] = {}
NOBODY: Final[Mapping[str, Any]] = {}  # nobody logged in
BOUNCED: Final[Mapping[str, Any]] = {}  # everything about it follows from what was sent and answered

NOT_TOLD: Final = None
"""A refusal on the wire that is none of its own in the log, or has no code there."""

REFUSED: Final = "553 5.7.1 we do not take this"
GONE: Final = "gone@partner.example"
FORGED: Final = (
    "553 5.7.1 <boss@corp.example>: Sender address rejected: not owned by user root; from=<boss@corp.example>"
)


def alice(
    *recipients: str,
    sender: str = "alice@corp.example",
    options: str = "",
    subject: str = "Minutes",
    **session: Any,
) -> Session:
    """One message of Alice, who has logged in."""
    lines = mail(sender, *recipients, options=options, subject=subject)
    return Session(lines, **{"user": "alice", **session})


def nobody(sender: str, *recipients: str, options: str = "", **session: Any) -> Session:
    """One message of a client that has not logged in."""
    return Session(mail(sender, *recipients, options=options), **session)


def remote(stage: Stage, who: str = "*", reply: str = REFUSED) -> dict[str, Answers]:
    return {"remote": {(stage, who): reply}}


def bounce(name: str, stage: Stage, who: str = "*", reply: str = REFUSED, **row: Any) -> Row:
    """A message of Alice that the partner refuses."""
    return Row(
        name,
        (alice(row.pop("to", GONE)),),
        row.pop("told", (BOUNCED,)),
        says=remote(stage, who, reply),
        **row,
    )


def bare(**fields: Any) -> Truth:
    """A refusal that the wire does not show; what is not given is not there."""
    absent = (
        "queue_id user user_source client_ip client_host helo sender recipient relay_host relay_ip".split()
    )
    return {
        "mta": "postfix",
        "host": "mail",
        "repeat": 1,
        "code": 553,
        **dict.fromkeys(absent),
        **fields,
    }


PC21: Final = {"client_ip": "127.0.0.21", "client_host": "pc21.corp.example"}
PARTNER: Final = {"relay_host": "mx.partner.example", "relay_ip": "127.0.0.41"}
PROBE: Final = {
    "outcome": "probed",
    "user_source": None,
    "client_ip": None,
    "client_host": None,
    "sender": "double-bounce@mail.corp.example",
    "queue_id": SOME,
    MESSAGE: "the probe",
}

# A filter in front of the queue: its refusal at MAIL, RCPT or DATA is told by a warning that names little.
AT_MAIL: Final = {"stage": "mail", "recipient": None, "helo": None, "queue_id": None}
AT_RCPT: Final = {"user_source": "session", "sender": None, "helo": None, "queue_id": None}
AT_DATA: Final = {"user_source": "session", "sender": None, "recipient": None, "helo": None, "queue_id": None}
AT_THE_END: Final = {**LINE, BEFORE: "session", "queue_id": None}


def before_the_queue(
    name: str, stage: Stage, told: tuple[Any, ...], service: str = "proxied", **row: Any
) -> Row:
    """A message of Alice that the filter in front of the queue refuses."""
    says = {
        "proxy": {(stage, who): row.get("reply", REFUSED) for who in ("*", "a@ok.example", "b@ok.example")}
    }
    return Row(name, (alice(*row.get("to", ["a@ok.example"]), service=service),), told, says=says)


AT_OUR_DOOR: Final = (
    Row("another's address", (alice("x@ok.example", sender="bob@corp.example"),), (REPLY,)),
    Row(
        "another's address, two recipients",
        (alice("x@ok.example", "y@ok.example", sender="bob@corp.example"),),
        (REPLY, REPLY),
    ),
    Row("an owned address without a login", (nobody("alice@corp.example", "x@ok.example"),), (NOBODY,)),
    Row("relaying without a login", (nobody("a@else.example", GONE, service="smtp"),), (NOBODY,)),
    Row("a login that no line tells", (alice("closed@corp.example"),), (NOT_IN_THE_LOG,)),
    Row("a recipient after one that is taken", (alice("x@ok.example", "closed@corp.example"),), (QUEUE,)),
    Row(
        "a recipient before one that is taken",
        (alice("closed@corp.example", "x@ok.example"),),
        (NOT_IN_THE_LOG,),
    ),
    Row(
        "the second message of a session",
        (
            Session(
                mail("alice@corp.example", "x@ok.example")
                + mail("alice@corp.example", "closed@corp.example"),
                user="alice",
            ),
        ),
        (SESSION,),
    ),
    Row(
        "a session that our own reply has named",
        (
            Session(
                mail("bob@corp.example", "x@ok.example") + mail("alice@corp.example", "closed@corp.example"),
                user="alice",
            ),
        ),
        (REPLY, SESSION),
    ),
    Row(
        "the next client of the same process",
        (alice("x@ok.example"), nobody("a@else.example", "closed@corp.example")),
        (NOBODY,),
    ),
    Row(
        "two logins at the same time",
        (
            Session(
                mail("alice@corp.example", "x@ok.example")
                + mail("alice@corp.example", "closed@corp.example"),
                user="alice",
            ),
            Session(
                mail("carol@corp.example", "x@ok.example")
                + mail("carol@corp.example", "closed@corp.example"),
                user="carol",
                source="127.0.0.22",
            ),
            nobody("a@else.example", "closed@corp.example", source="127.0.0.23"),
        ),
        (SESSION, SESSION, NOBODY),
        at_once=True,
    ),
    Row(
        "two logins of one client at the same time",
        (
            alice("x@ok.example", "closed@corp.example"),
            Session(mail("carol@corp.example", "x@ok.example", "closed@corp.example"), user="carol"),
        ),
        (QUEUE, QUEUE),
        at_once=True,
    ),
    Row(
        "a client whose network is refused",
        (nobody("a@else.example", "x@ok.example", source="127.0.0.31"),),
        (NOBODY,),
    ),
    Row(
        "a HELO that is refused",
        (nobody("a@else.example", "x@ok.example", helo="EHLO bad.helo.example"),),
        (NOBODY,),
    ),
    Row(
        "HELO instead of EHLO",
        (nobody("a@else.example", "x@ok.example", helo="HELO bad.helo.example"),),
        (NOBODY,),
    ),
    Row(
        "another login that the client claims in MAIL",
        (alice("x@ok.example", "closed@corp.example", options=" AUTH=boss@corp.example"),),
        (QUEUE,),
    ),
    Row("digits in the address", (nobody("553@bulk.example", "x@ok.example"),), (NOBODY,)),
    Row("a rule without an enhanced code", (nobody("plain@bulk.example", "x@ok.example"),), (NOBODY,)),
    Row("a 554 that tells of a 553", (nobody("554@bulk.example", "x@ok.example"),), (NOBODY,)),
    Row("a 550 that tells of a 553", (nobody("a@else.example", "old@corp.example"),), (NOBODY,)),
    Row("a 551", (nobody("a@else.example", "moved@corp.example"),), (NOBODY,)),
    Row("a 450 that tells of a 553", (nobody("a@else.example", "later@corp.example"),)),
    Row(
        "a warning only",
        (nobody("a@else.example", "watched@corp.example"),),
        besides=(
            bare(
                **PC21,
                service="postfix/submission/smtpd",
                refused_by="local",
                outcome="warned",
                stage="rcpt",
                sender="a@else.example",
                recipient="watched@corp.example",
                helo="pc21.corp.example",
                enhanced_code="5.7.1",
            ),
        ),
    ),
    Row("DATA", (nobody("data@bulk.example", "x@ok.example"),), (NOBODY,)),
    Row("DATA for two recipients", (nobody("data@bulk.example", "x@ok.example", "y@ok.example"),), (NOBODY,)),
    Row("the end of data", (nobody("end@bulk.example", "x@ok.example"),), (NOBODY,)),
    Row(
        "the end of data for two recipients",
        (nobody("end@bulk.example", "x@ok.example", "y@ok.example"),),
        (NOBODY,),
    ),
    Row(
        "BDAT",
        (Session(("MAIL FROM:<data@bulk.example>", "RCPT TO:<x@ok.example>", "BDAT 4 LAST\r\nHi")),),
        (NOBODY,),
        since=(3, 4),
    ),
    Row(
        "BDAT to its end",
        (Session(("MAIL FROM:<end@bulk.example>", "RCPT TO:<x@ok.example>", "BDAT 4 LAST\r\nHi")),),
        ({"stage": "eod"},),  # the command of the client is BDAT, what is refused is the end of the message
        since=(3, 4),
    ),
    Row(
        "a recipient of a message that has its queue id already",
        (alice("closed@corp.example", service="early"),),
        ({**QUEUE, "queue_id": SOME},),
    ),
    # `reject: DATA from …: bare <LF> received`: what the client hears is not in the log.
    Row(
        "a bare newline",
        (alice("x@ok.example", service="newline", subject="a\nb"),),
        (NOT_TOLD,),
        since=(3, 9),
    ),
    Row("VRFY", (Session(("VRFY closed@corp.example",)),), (NOBODY,)),
    Row("ETRN", (Session(("ETRN etrn.example",)),), (NOBODY,)),
    Row(
        "an internationalised sender",
        (nobody("花子@例え.example", "closed@corp.example", options=" SMTPUTF8"),),
        (NOBODY,),
        since=(3, 0),
    ),
    Row("a quoted sender", (nobody('"a b"@else.example', "closed@corp.example"),), (NOBODY,)),
    Row("a quoted quote", (nobody('"a\\"> b"@else.example', "closed@corp.example"),), (NOBODY,)),
    Row("the null sender", (nobody("", "closed@corp.example"),), (NOBODY,)),
    Row(
        "a client that a proxy names",
        (nobody("a@else.example", GONE, xclient="NAME=pc66.far.example ADDR=192.0.2.66"),),
        (NOBODY,),
    ),
    Row(
        "digits in the name of the client",
        (nobody("a@else.example", "x@ok.example", xclient="NAME=553.5.7.1.far.example ADDR=192.0.2.67"),),
    ),
    Row(
        "a client of IPv6 that a proxy names",
        (nobody("a@else.example", GONE, xclient="NAME=pc66.far.example ADDR=IPV6:2001:db8::66"),),
        (NOBODY,),
    ),
    Row(
        "a client and a login that a proxy names",
        (
            nobody(
                "bob@corp.example",
                "x@ok.example",
                xclient="NAME=pc66.far.example ADDR=192.0.2.66 LOGIN=alice",
            ),
        ),
        ({**REPLY, "user": "alice"},),
    ),
    Row(
        "a login that a proxy names, in the next message",
        (
            Session(
                mail("alice@corp.example", "x@ok.example")
                + mail("alice@corp.example", "closed@corp.example"),
                xclient="NAME=pc66.far.example ADDR=192.0.2.66 LOGIN=alice",
            ),
        ),
        ({**SESSION, "user": "alice"},),
    ),
    Row(
        "a reply with a footer that the log does not have",
        (alice("x@ok.example", sender="bob@corp.example", service="footer"),),
        (
            {
                **REPLY,
                "reply": "553 5.7.1 <bob@corp.example>: Sender address rejected: not owned by user alice",
            },
        ),
    ),
    # Told with the code of our rule; what smtpd_reject_filter_maps made of it stands in a line of its own.
    Row(
        "a reply that smtpd_reject_filter_maps rewrites",
        (nobody("a@else.example", "old@corp.example", service="filtered"),),
        (
            {
                "code": 550,
                "reply": "550 5.1.1 <old@corp.example>: Recipient address rejected: it was a 553 once",
            },
        ),
        since=(3, 11),
    ),
    Row(
        "a command that smtpd_command_filter rewrites",
        (nobody("a@else.example", "typo@corp.example", service="commands"),),
        (
            {
                "recipient": "closed@corp.example",
                "reply": "553 5.1.1 <closed@corp.example>: Recipient address rejected: mailbox closed",
            },
        ),
    ),
    Row(
        "a client of IPv6",
        (alice("x@ok.example", sender="bob@corp.example", source="::1", service="v6"),),
        (REPLY,),
    ),
)

HOSTILE: Final = (
    Row(
        "HELO that imitates a reply",
        (alice("x@ok.example", sender="bob@corp.example", helo=f"EHLO h: {FORGED}"),),
        (REPLY,),
    ),
    Row(
        "HELO that imitates the login",
        (alice("x@ok.example", sender="bob@corp.example", helo="EHLO a>,sasl_username=root"),),
        (REPLY,),
    ),
    Row("HELO of digits", (alice("x@ok.example", "closed@corp.example", helo="EHLO 553.example"),), (QUEUE,)),
    Row(
        "a sender that imitates our reply",
        (
            alice(
                "x@ok.example",
                sender='"x>: Sender address rejected: not owned by user root; from=<y"@corp.example',
            ),
        ),
        (REPLY,),
    ),
    Row(
        "a sender that imitates the rest of the line",
        (
            alice(
                "x@ok.example",
                sender='"x> to=<a@b.example> proto=ESMTP helo=<h> sasl_username=<root>"@corp.example',
            ),
        ),
        (REPLY,),
    ),
    Row(
        "a recipient that imitates a delivery",
        (alice('"x>, relay=none, status=bounced (host a[192.0.2.1] said: 553 5.7.1 b"@partner.example'),),
        (BOUNCED,),
        says=remote("eod", reply="550 5.7.1 refused"),
    ),
    Row(
        "a recipient that imitates a delivery to another, and all of the line",
        (
            alice(
                '"x>, relay=a[192.0.2.1]:25, delay=0, delays=0/0/0/0, dsn=5.7.1, status=bounced'
                ' (host a[192.0.2.1] said: 553 5.7.1 b"@partner.example'
            ),
        ),
        (BOUNCED,),
        says=remote("eod", reply="550 5.7.1 refused"),
    ),
    Row(
        "a recipient with a quote and a bracket",
        (alice('"a\\"> b"@partner.example'),),
        (BOUNCED,),
        says=remote("eod"),
    ),
    bounce(
        "a reply that imitates all of a line",
        "rcpt",
        GONE,
        f"550 5.7.1 {GONE}>, relay=a[192.0.2.1]:25, delay=0, delays=0/0/0/0, dsn=5.7.1, status=bounced"
        " (host a[192.0.2.1] said: 553 5.7.1 b",
    ),
    Row(
        "a recipient that imitates a success",
        (alice('"x>, dsn=2.0.0, status=sent (250 ok"@partner.example'),),
        (BOUNCED,),
        says=remote("eod"),
    ),
    Row(
        "a login with blanks",
        (alice("x@ok.example", "closed@corp.example", user="Alice Cooper", sender="a@else.example"),),
        (REPLY, REPLY),
    ),
    Row(
        "a login that imitates the rest of the line",
        (
            alice(
                "x@ok.example",
                sender="bob@corp.example",
                user="eve; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<h>",
            ),
        ),
        (REPLY,),
    ),
    bounce(
        "a reply that quotes a line of our log",
        "rcpt",
        GONE,
        f"553 5.7.1 refused, our log says: {QUOTED_REJECT}",
    ),
    bounce("a reply that imitates another step", "rcpt", GONE, f"{REFUSED} (in reply to MAIL FROM command))"),
    bounce("a reply that imitates a success", "mail", reply=f"{REFUSED}, status=sent (250 2.0.0 Ok)"),
    bounce("a reply that imitates our rule", "mail", reply=FORGED),
    bounce(
        "a 550 that quotes a 553",
        "rcpt",
        GONE,
        f"550 5.7.1 host a.example[192.0.2.1] said: {REFUSED} (in reply to RCPT TO command)",
    ),
)


def two_servers(how: str, to: str, **row: Any) -> tuple[Row, ...]:
    """A message that the first server refuses to take at all, so that the second is asked."""
    by_the_second: dict[str, Answers] = {"second": {("rcpt", to): REFUSED}}
    by_neither: dict[str, Answers] = {"second": {("greeting", "*"): REFUSED}}
    return (
        Row(
            f"the first server refuses, the second takes it{how}",
            (alice(to),),
            (NOT_TOLD,),
            says=remote("greeting"),
            **row,
        ),
        Row(
            f"the first server refuses, the second too{how}",
            (alice(to),),
            (NOT_TOLD, BOUNCED),
            says={**remote("greeting"), **by_the_second},
            **row,
        ),
        Row(
            f"neither server talks to us{how}",
            (alice(to),),
            (NOT_TOLD, BOUNCED),
            says={**remote("greeting"), **by_neither},
            then={},
            **row,
        ),
    )


BY_OTHERS: Final = (
    bounce("MAIL", "mail"),
    bounce("RCPT", "rcpt", GONE),
    bounce("DATA of the next server", "data"),
    bounce("end of DATA", "eod"),
    bounce("EHLO, then HELO", "ehlo", told=(NOT_TOLD, BOUNCED)),
    bounce("the greeting", "greeting", then={}),
    bounce("several lines", "rcpt", GONE, "553-5.7.1 We do not\n553-5.7.1 take this:\n553 5.7.1 ask us."),
    bounce(
        "several lines, one enhanced code", "rcpt", GONE, "553-We do not\n553-take this:\n553 5.7.1 ask us."
    ),
    bounce(
        "a reply that is longer than a line of the log",
        "rcpt",
        GONE,
        f"{REFUSED}: {'very ' * 390}bad",
        told=({"stage": None, "reply": SOME},),  # cut after 2,000 bytes
    ),
    Row(
        "STARTTLS",
        (alice("a@secure.example"),),
        ({"service": "postfix/secure/smtp"},),
        says={"remote": {("ehlo", "*"): "250-mx\n250 STARTTLS", ("starttls", "*"): REFUSED}},
        since=(3, 1),  # of those before, none can be had with TLS
    ),
    Row(
        "behind TLS",
        (alice("a@wrapped.example"),),
        (BOUNCED,),
        says={"wrapped": {("rcpt", "a@wrapped.example"): REFUSED}},
        since=(3, 1),
    ),
    Row(
        "behind TLS, through tlsproxy (smtp_tls_connection_reuse)",
        (alice("a@reused.example"), alice("b@reused.example")),
        (BOUNCED,),
        says={"wrapped": {("rcpt", "b@reused.example"): REFUSED}},
        since=(3, 4),
    ),
    Row("a certificate that nobody trusts", (alice("a@verified.example"),), since=(3, 1)),
    Row(
        "AUTH",
        (alice("a@login.example"),),
        ({"outcome": "deferred"},),
        says={"remote": {("ehlo", "*"): "250-mx\n250 AUTH PLAIN", ("auth", "*"): REFUSED}},
        then={},
    ),
    Row(
        "AUTH, without smtp_sasl_auth_soft_bounce",
        (alice("a@final.example"),),
        (BOUNCED,),
        says={"remote": {("ehlo", "*"): "250-mx\n250 AUTH PLAIN", ("auth", "*"): REFUSED}},
    ),
    Row(
        "no STARTTLS",
        (alice("a@secure.example"),),
        says={"remote": {("ehlo", "*"): "250-mx 553 5.7.1\n250 553"}},
    ),
    bounce(
        "a permanent refusal, made a transient one by smtp_delivery_status_filter",
        "rcpt",
        "a@softened.example",
        to="a@softened.example",
        told=({"outcome": "deferred"},),
        then={},
        since=(3, 0),
    ),
    # With smtp_reply_filter the log has what the rule made of the reply.
    bounce(
        "a 553 that is taken for a 450",
        "rcpt",
        "a@reworded.example",
        to="a@reworded.example",
        told=(NOT_TOLD,),
        then={},
    ),
    bounce(
        "a 450 that is taken for a 553",
        "rcpt",
        "a@hardened.example",
        "450 4.7.1 not now",
        to="a@hardened.example",
        told=(),
        besides=(
            bare(
                **PARTNER,
                **PC21,
                service="postfix/smtp",
                refused_by="remote",
                outcome="bounced",
                stage="rcpt",
                queue_id=SOME,
                user="alice",
                user_source="queue",
                sender="alice@corp.example",
                recipient="a@hardened.example",
                enhanced_code="5.7.1",
                reply="553 5.7.1 not now",
            ),
        ),
    ),
    Row(
        "a header that smtp_header_checks warns of",
        (Session(mail("alice@corp.example", "a@seen.example", subject="553 5.7.1 is a code"), user="alice"),),
    ),
    Row("the error transport", (alice("broken@corp.example"),)),
    Row("the error transport in the words of a server", (alice("imitated@corp.example"),)),
    Row("the error transport, told at RCPT", (alice("a@error.example"),), (NOT_IN_THE_LOG,)),
    Row(
        "the error transport in the words of a server, told at RCPT",
        (alice("a@imitated.example"),),
        (NOT_IN_THE_LOG,),
    ),
    Row("the retry transport", (alice("a@retry.example"),)),
    bounce("the relay transport", "rcpt", "a@relay.example", to="a@relay.example"),
    bounce("no enhanced code", "rcpt", GONE, "553 sorry, that domain is not in my list"),
    bounce("nothing but the code", "rcpt", GONE, "553"),
    bounce("an enhanced code of another class", "rcpt", GONE, "553 4.7.1 later perhaps"),
    bounce("another's 550 that tells of a 553", "rcpt", GONE, "550 5.1.1 formerly 553 5.1.1"),
    bounce("another's 551", "rcpt", GONE, "551 5.1.6 moved"),
    bounce(
        "another's 450 that tells of a 553", "rcpt", GONE, "450 4.7.1 553 5.7.1 rejected", told=(), then={}
    ),
    bounce("a 250 that tells of a 553", "eod", reply="250 2.0.0 553 5.7.1 is no longer said", told=()),
    bounce("a bounce after a delay", "rcpt", GONE, "450 4.2.0 later", then=remote("rcpt", GONE)),
    bounce(
        "a bounce of a message that was queued again (postsuper -r)",
        "rcpt",
        GONE,
        "450 4.2.0 later",
        then=remote("rcpt", GONE),
        requeued=True,
        told=({"queue_id": SOME},),
    ),
    Row(
        "a connection that is used again",
        (alice("a@kept.example"), alice("b@kept.example")),
        (BOUNCED,),
        says=remote("rcpt", "b@kept.example"),
    ),
    Row(
        "a success that names another's queue id",
        (alice(GONE), Session(mail("carol@corp.example", "c@partner.example"), user="carol")),
        (BOUNCED,),
        says={
            "remote": {("rcpt", GONE): "450 4.2.0 later", ("eod", "*"): "250 2.0.0 Ok: queued as {queue_id}"}
        },
        then=remote("rcpt", GONE),
    ),
    bounce(
        "another transport",
        "rcpt",
        "a@out.example",
        to="a@out.example",
        told=({"service": "postfix/out-553/smtp"},),
    ),
    bounce("a virtual alias", "rcpt", GONE, to="postmaster@corp.example"),
    bounce("one recipient behind an alias", "rcpt", GONE, to="team@corp.example"),
    Row(
        "one recipient of many",
        (alice("a@partner.example", GONE, "b@partner.example", "c@partner.example"),),
        (BOUNCED,),
        says=remote("rcpt", GONE),
    ),
    Row(
        "all recipients at once",
        (alice("a@partner.example", "b@partner.example"),),
        (BOUNCED, BOUNCED),
        says=remote("eod"),
    ),
    Row(
        "an anonymous client",
        (nobody("a@else.example", "postmaster@corp.example"),),
        (BOUNCED,),
        says=remote("rcpt", GONE),
    ),
    Row(
        "a message of the null sender",
        (nobody("", "postmaster@corp.example"),),
        (BOUNCED,),
        says=remote("rcpt", GONE),
    ),
    Row(
        "an internationalised recipient",
        (alice("花子@partner.example", options=" SMTPUTF8"),),
        (BOUNCED,),
        says={
            "remote": {
                ("ehlo", "*"): "250-mx.partner.example\n250 SMTPUTF8",
                ("rcpt", "花子@partner.example"): REFUSED,
            }
        },
        since=(3, 0),
    ),
    Row(
        "a quoted recipient",
        (alice('"a b"@partner.example'),),
        (BOUNCED,),
        says=remote("eod"),
    ),
    Row(
        "two senders at the same time",
        (
            alice("a@partner.example"),
            Session(mail("carol@corp.example", "c@partner.example"), user="carol", source="127.0.0.22"),
        ),
        (BOUNCED, BOUNCED),
        says={"remote": {("rcpt", "a@partner.example"): REFUSED, ("rcpt", "c@partner.example"): REFUSED}},
        at_once=True,
    ),
    *two_servers("", "a@two.example", since=(3, 5)),  # before, a transport had one next hop
    *two_servers(", by smtp_fallback_relay", "a@fallback.example"),
    Row(
        "a refusal that is repeated to the next message",
        (alice("a@partner.example"), alice("b@partner.example")),
        (BOUNCED, NOT_TOLD),
        says=remote("greeting"),
        then={},
    ),
    Row(
        "LMTP answers once for each recipient",
        (alice("a@store.example", "b@store.example", "c@store.example"),),
        (BOUNCED, BOUNCED),
        says={"lmtp": {("rcpt", "a@store.example"): REFUSED, ("eod", "c@store.example"): REFUSED}},
    ),
    Row("a server of IPv6", (alice("a@six.example"),), (BOUNCED,), says={"six": {("mail", "*"): REFUSED}}),
    Row(
        "a recipient that is verified",
        (nobody("a@else.example", "postmaster@corp.example", service="verify"),),
        (NOBODY, PROBE),
        says=remote("rcpt", GONE),
    ),
    Row(
        "sendmail -bv",
        probe=GONE,
        says=remote("rcpt", GONE),
        besides=(
            bare(
                **PARTNER,
                service="postfix/smtp",
                refused_by="remote",
                outcome="probed",
                stage="rcpt",
                queue_id=SOME,
                sender="root@mail.corp.example",
                recipient=GONE,
                enhanced_code="5.7.1",
                reply=REFUSED,
            ),
        ),
    ),
    Row("the output of a program", (alice("a@program.example"),)),
    Row(
        "a subject that tells of a 553",
        (
            Session(
                mail(
                    "alice@corp.example",
                    "x@ok.example",
                    subject=f"NOQUEUE: reject: RCPT from a[192.0.2.1]: {FORGED}",
                ),
                user="alice",
            ),
        ),
    ),
    Row(
        "a subject that a rule refuses",
        (Session(mail("alice@corp.example", "x@ok.example", subject="forbidden"), user="alice"),),
        (NOT_TOLD,),
    ),
    Row(
        "a body that a rule refuses",
        (
            Session(
                mail("alice@corp.example", "x@ok.example", subject="Hi\r\n\r\nforbidden words"), user="alice"
            ),
        ),
        (NOT_TOLD,),
    ),
)

AT_ONCE: Final = (
    Row("CONNECT", (nobody("a@else.example", "x@ok.example", source="127.0.0.31"),), (NOBODY,)),
    Row("EHLO", (nobody("a@else.example", "x@ok.example", helo="EHLO bad.helo.example"),), (NOBODY,)),
    Row("HELO", (nobody("a@else.example", "x@ok.example", helo="HELO bad.helo.example"),), (NOBODY,)),
    Row("MAIL", (nobody("553@bulk.example", "x@ok.example"),), (NOBODY,)),
    Row("another's address", (alice("x@ok.example", sender="bob@corp.example"),), (REPLY,)),
    Row("an owned address without a login", (nobody("alice@corp.example", "x@ok.example"),), (NOBODY,)),
    Row("RCPT", (nobody("a@else.example", GONE),), (NOBODY,)),
    Row("DATA", (nobody("data@bulk.example", "x@ok.example"),), (NOBODY,)),
    Row("VRFY", (Session(("VRFY closed@corp.example",)),), (NOBODY,)),
    Row("ETRN", (Session(("ETRN etrn.example",)),), (NOBODY,)),
    Row(
        "a HELO that imitates the rest of the line",
        (nobody("a@else.example", "x@ok.example", helo="EHLO bad.helo.example> helo=<x y (z)"),),
        (NOBODY,),
    ),
)

SOFT_BOUNCE: Final = (
    Row("we say 453", (alice("x@ok.example", sender="bob@corp.example"),)),
    # Told by the 453 before: the line of a filter has its own 553, and the client hears 453 again.
    before_the_queue("RCPT in front of the queue", "rcpt", ()),
    before_the_queue("the end of data in front of the queue", "eod", ()),
    bounce("RCPT", "rcpt", GONE, then={}),
    bounce("end of DATA", "eod", then={}),
    bounce("EHLO, then HELO", "ehlo", told=(NOT_TOLD, BOUNCED), then={}),
    bounce("the greeting", "greeting", then={}),
)

ANOTHER_NAME: Final = (
    Row("another's address", (alice("x@ok.example", sender="bob@corp.example"),), (REPLY,)),
    Row("relaying without a login", (nobody("a@else.example", GONE, service="smtp"),), (NOBODY,)),
    Row("a service of any name", (alice("x@ok.example", "closed@corp.example", service="odd"),), (QUEUE,)),
    Row(
        "a bounce",
        (alice("a@partner.example", GONE, service="odd"),),
        (BOUNCED,),
        says=remote("rcpt", GONE),
    ),
    bounce("a bounce after a delay", "rcpt", GONE, "450 4.2.0 later", then=remote("rcpt", GONE)),
)

MILTER: Final = (
    Row("MAIL", (alice("x@ok.example", sender="a@milter-mail.example"),), (LINE,)),
    Row("RCPT", (alice("a@milter-rcpt.example"),), (LINE,)),
    Row(
        "two lines",
        (alice("x@ok.example", sender="a@milter-mail-in-lines.example"),),
        ({**LINE, "reply": "553-5.7.1 in two lines??553 5.7.1 the filter refuses this mail"},),
    ),
    Row("DATA", (nobody("a@milter-data.example", "x@ok.example"),), (NOBODY,)),
    Row(
        "DATA for two recipients: the line names the first",
        (nobody("a@milter-data.example", "x@ok.example", "y@ok.example"),),
        ({"recipient": "x@ok.example"},),
    ),
    Row(
        "RCPT after one that is taken",
        (alice("x@ok.example", "a@milter-rcpt.example"),),
        ({**LINE, BEFORE: "queue"},),
    ),
    Row(
        "a client: it reads 554, and the log has what the filter said",
        (alice("x@ok.example", source="127.0.0.99"),),
        ({"code": 553, "enhanced_code": "5.7.1", "reply": "553 5.7.1 the filter refuses this connect"},),
    ),
    Row(
        "a HELO: the login is not taken, and MAIL is refused",
        (alice("x@ok.example", helo="EHLO milter-helo.example"),),
        (NOBODY,),
    ),
    Row("without a login", (nobody("a@milter-mail.example", "x@ok.example"),), (NOBODY,)),
    Row("the end of data, without a code", (nobody("a@milter-eod.example", "x@ok.example"),), (NOT_TOLD,)),
    Row("our own rule", (alice("x@ok.example", sender="bob@corp.example"),), (REPLY,)),
)

THROUGH_A_FILTER: Final = {**BOUNCED, "queue_id": SOME}
FILTER: Final = {"client_ip": "127.0.0.1", "client_host": "localhost", "helo": "mail.corp.example"}
BEHIND: Final = {
    "stage": "rcpt",
    "sender": "alice@corp.example",
    "recipient": "blocked@corp.example",
    "enhanced_code": "5.1.1",
    "reply": "553 5.1.1 <blocked@corp.example>: Recipient address rejected: mailbox closed behind the filter",
}


def refused_later(name: str, sessions: tuple[Session, ...], refusals: int = 1, **row: Any) -> Row:
    """The partner refuses at the second try: by then the log has told under which key the filter hands mail on."""
    later = remote("rcpt", "gone", "450 4.2.0 later")
    return Row(name, sessions, (THROUGH_A_FILTER,) * refusals, later, then=remote("rcpt", "gone"), **row)


AFTER_THE_FILTER: Final = (
    refused_later("refused by the partner", (alice(GONE),)),
    refused_later("one recipient of many", (alice("a@partner.example", GONE),)),
    refused_later("two recipients", (alice(GONE, "gone@else.example"),), 2),
    refused_later(
        "two logins at the same time",
        (
            alice(GONE),
            Session(mail("carol@corp.example", "gone@else.example"), user="carol", source="127.0.0.22"),
        ),
        2,
        at_once=True,
    ),
    refused_later("without a login", (nobody("a@else.example", "postmaster@corp.example"),)),
    Row(
        "refused by our own server behind the filter",
        (alice("blocked@corp.example"),),
        besides=(
            bare(
                **BEHIND, **FILTER, service="postfix/reinject/smtpd", refused_by="local", outcome="rejected"
            ),
            bare(
                **BEHIND,
                **PC21,
                user="alice",
                user_source="queue",
                service="postfix/scan/smtp",
                refused_by="remote",
                outcome="bounced",
                queue_id=SOME,
                relay_host="127.0.0.1",
                relay_ip="127.0.0.1",
            ),
        ),
    ),
)
"""Mail that comes back from a content filter under another queue id."""

BEFORE_QUEUE: Final = (
    before_the_queue("MAIL", "mail", (AT_MAIL,)),
    before_the_queue("MAIL, two recipients", "mail", (AT_MAIL, AT_MAIL), to=["a@ok.example", "b@ok.example"]),
    before_the_queue("RCPT", "rcpt", (AT_RCPT,)),
    before_the_queue("RCPT, two recipients", "rcpt", (AT_RCPT, AT_RCPT), to=["a@ok.example", "b@ok.example"]),
    before_the_queue("DATA", "data", (AT_DATA,)),
    before_the_queue("the end of data", "eod", (AT_THE_END,)),
    before_the_queue(
        "several lines",
        "eod",
        ({**AT_THE_END, "reply": "553-5.7.1 one??553 5.7.1 two"},),
        reply="553-5.7.1 one\n553 5.7.1 two",
    ),
    before_the_queue("a 550 that tells of a 553", "eod", (AT_THE_END,), reply="550 5.7.1 553 5.7.1 in words"),
    before_the_queue("a 450 that tells of a 553", "eod", (), reply="450 4.7.1 553 5.7.1 in words"),
    before_the_queue("the greeting: the client may try again", "greeting", ()),
    before_the_queue("EHLO: the client may try again", "ehlo", ()),
    # With speed_adjust the client hears it at the end of data; what is told is the step that the filter refused.
    before_the_queue("MAIL, after the whole message has come", "mail", ({**AT_MAIL, **SESSION},), "slow"),
    before_the_queue(
        "RCPT, after the whole message has come", "rcpt", ({**AT_RCPT, "stage": "rcpt"},), "slow"
    ),
    before_the_queue(
        "DATA, after the whole message has come", "data", ({**AT_DATA, "stage": "data"},), "slow"
    ),
    before_the_queue("the end of data, after the whole message has come", "eod", (AT_THE_END,), "slow"),
    Row("our own rule", (alice("x@ok.example", sender="bob@corp.example", service="proxied"),), (REPLY,)),
    refused_later("refused by the partner", (alice(GONE, service="through"),)),
    refused_later("refused by the partner, straight", (alice(GONE, service="direct"),)),
)

POSTSCREEN: Final = (
    Row(
        "turned away",
        (nobody("a@else.example", "closed@corp.example", service="screened", source="127.0.0.32"),),
        (NOBODY,),
    ),
    Row(
        "let through",
        (nobody("a@else.example", "closed@corp.example", service="screened"),),
        ({"service": "postfix/smtpd"},),
    ),
)

RAW_ADDRESSES: Final = (
    *HOSTILE,
    *(row for row in (*AT_OUR_DOOR, *BY_OTHERS) if "quote" in row.name),
    Row("another's address", (alice("x@ok.example", sender="bob@corp.example"),), (REPLY,)),
)

ROWS: Final[Mapping[str, tuple[Row, ...]]] = {
    "default": (*AT_OUR_DOOR, *HOSTILE, *BY_OTHERS),
    "raw addresses": RAW_ADDRESSES,
    "at once": AT_ONCE,
    "soft bounce": SOFT_BOUNCE,
    "another name": ANOTHER_NAME,
    "milter": MILTER,
    "xforward": (
        *AFTER_THE_FILTER,
        Row("refused at once", (alice(GONE),), (THROUGH_A_FILTER,), says=remote("rcpt", GONE)),
    ),
    "queued as": AFTER_THE_FILTER,
    "before queue": BEFORE_QUEUE,
    "postscreen": POSTSCREEN,
}


def playable(release: Release) -> dict[str, list[Row]]:
    """The scenarios that a release of Postfix can play."""
    return {profile: [row for row in rows if row.since <= release] for profile, rows in ROWS.items()}
