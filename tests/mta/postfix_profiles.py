"""The servers that the scenarios are played on, as data: main.cf, master.cf and tables of each profile.

`@name@` is a port: of a service that the profile lists, or of a helper (`remote`, `second`, `lmtp`, `proxy`,
`milter`, `filter`). `@tables@` is the folder of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

HOSTS: Final = {
    "pc21.corp.example": "127.0.0.21",
    "mx.partner.example": "127.0.0.41",
    "mx2.partner.example": "127.0.0.42",
}
HOST_OF: Final = {address: name for name, address in HOSTS.items()}

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "transport": {
        "corp.example": "discard:",
        "ok.example": "discard:",
        "two.example": "smtp:[mx.partner.example]:@remote@,[mx2.partner.example]:@second@",
        "relay.example": "relay:[mx.partner.example]:@remote@",
        "store.example": "lmtp:inet:127.0.0.43:@lmtp@",
        "six.example": "smtp:[::1]:@six@",
        "program.example": "program:",
        "out.example": "out:[mx.partner.example]:@remote@",
        "secure.example": "secure:[mx.partner.example]:@remote@",
        "*": "smtp:[mx.partner.example]:@remote@",
    },
    "clients": {"127.0.0.31": "553 5.7.1 your network is not welcome"},
    "helos": {"/bad\\.helo\\.example/": "553 5.7.1 nobody is called so"},
    "senders": {
        "553@bulk.example": "553 5.7.1 no bulk mail",
        "554@bulk.example": "REJECT 553 in the words of the rule only",
        "plain@bulk.example": "553 a reply without an enhanced code",
    },
    "recipients": {
        "closed@corp.example": "553 5.1.1 mailbox closed",
        "old@corp.example": "550 5.1.1 it was a 553 once",
        "moved@corp.example": "551 5.1.6 moved to new@corp.example",
        "later@corp.example": "450 4.2.0 553 mails wait already",
    },
    "warnings": {"watched@corp.example": "553 5.7.1 will be refused from Monday on"},
    "data": {"data@bulk.example": "553 5.7.1 no content from you"},
    "end": {"end@bulk.example": "553 5.7.1 this content is not wanted"},
    "etrn": {"etrn.example": "553 5.7.1 no queue for you"},
    "aliases": {
        "postmaster@corp.example": "gone@partner.example",
        "team@corp.example": "gone@partner.example, fine@partner.example",
    },
    "again": {"blocked@corp.example": "553 5.1.1 mailbox closed behind the filter"},
    "headers": {
        "/^Subject: .*553/": "WARN",
        "/^Subject: forbidden/": "REJECT 553 5.7.1 in the words of the rule only",
    },
}

COMMON: Final[Mapping[str, str]] = {
    "transport_maps": "texthash:@tables@/transport",
    "virtual_alias_maps": "texthash:@tables@/aliases",
    "smtpd_client_restrictions": "check_client_access texthash:@tables@/clients",
    "smtpd_helo_restrictions": "check_helo_access regexp:@tables@/helos",
    "smtpd_sender_restrictions": "reject_sender_login_mismatch, check_sender_access texthash:@tables@/senders",
    "smtpd_recipient_restrictions": "check_recipient_access texthash:@tables@/recipients,"
    " warn_if_reject, check_recipient_access texthash:@tables@/warnings",
    "smtpd_data_restrictions": "check_sender_access texthash:@tables@/data",
    "smtpd_end_of_data_restrictions": "check_sender_access texthash:@tables@/end",
    "smtpd_etrn_restrictions": "check_etrn_access texthash:@tables@/etrn",
    "header_checks": "regexp:@tables@/headers",
    "smtp_initial_destination_concurrency": "1",
    "smtp_connection_cache_on_demand": "no",
    "export_environment": "TZ MAIL_CONFIG LANG LD_LIBRARY_PATH",
    "address_verify_map": "",
    "address_verify_poll_delay": "1",
    "unverified_recipient_reject_code": "553",
    "program_destination_recipient_limit": "1",
    "inet_protocols": "all",
}

SERVICES: Final = """\
pickup unix n - n 60 1 pickup
lmtp unix - - n - - lmtp
out unix - - n - - smtp
  -o syslog_name=postfix/out-553
secure unix - - n - - smtp
  -o syslog_name=postfix/secure
  -o smtp_tls_security_level=encrypt
tlsmgr unix - - n 1000? 1 tlsmgr
program unix - n n - - pipe
  flags= user=nobody argv=@tables@/program
"""

PROGRAM: Final = "#!/bin/sh\necho '553 5.7.1 said by a program, not by a server'\nexit 77\n"

REINJECT: Final = """\
127.0.0.1:@reinject@ inet n - n - - smtpd
  -o syslog_name=postfix/reinject
  -o content_filter=
  -o mynetworks=127.0.0.0/8
  -o smtpd_authorized_xforward_hosts=127.0.0.0/8
  -o smtpd_sender_restrictions=
  -o smtpd_relay_restrictions=permit_mynetworks,reject
  -o smtpd_recipient_restrictions=
  -o { smtpd_recipient_restrictions = check_recipient_access texthash:@tables@/again, permit }
"""

# One process, so that each session follows another's warnings and refusals.
PROXIED: Final = """\
127.0.0.1:@proxied@ inet n - n - 1 smtpd
  -o syslog_name=postfix/proxied
  -o smtpd_proxy_filter=127.0.0.1:@proxy@
"""


@dataclass(frozen=True, slots=True)
class Profile:
    """One server: what it has besides `COMMON`, and the log tag of each service that clients speak to."""

    settings: Mapping[str, str] = field(default_factory=dict)
    services: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    name: str = "postfix"
    delayed: bool = True
    bounces: str = "bounced"

    def tag(self, service: str) -> str:
        """The log tag of a service that clients speak to."""
        own = {"submission": "postfix/submission/smtpd", "smtp": f"{self.name}/smtpd"}
        return {**own, **self.tags}[service]


XFORWARDED: Final = """\
scan unix - - n - - smtp
  -o syslog_name=postfix/scan
  -o smtp_send_xforward_command=yes
"""
NOT_XFORWARDED: Final = XFORWARDED.replace("=yes", "=no")

PROFILES: Final[Mapping[str, Profile]] = {
    "default": Profile(
        services="127.0.0.1:@verify@ inet n - n - - smtpd\n"
        "  -o syslog_name=postfix/verify\n"
        "  -o smtpd_recipient_restrictions=reject_unverified_recipient\n"
        "[::1]:@v6@ inet n - n - - smtpd\n"
        "  -o syslog_name=postfix/v6\n",
        tags={"verify": "postfix/verify/smtpd", "v6": "postfix/v6/smtpd"},
    ),
    "at once": Profile(settings={"smtpd_delay_reject": "no"}, delayed=False),
    "soft bounce": Profile(
        settings={"soft_bounce": "yes"},
        services=PROXIED,
        tags={"proxied": "postfix/proxied/smtpd"},
        bounces="deferred",
    ),
    "another name": Profile(
        settings={
            "syslog_name": "postfix-edge",
            "enable_long_queue_ids": "yes",
            "smtpd_client_port_logging": "yes",
        },
        services="127.0.0.1:@odd@ inet n - n - - smtpd\n  -o syslog_name=postfix-edge/kunden.example/mx-553\n",
        tags={"odd": "postfix-edge/kunden.example/mx-553/smtpd"},
        name="postfix-edge",
    ),
    "milter": Profile(
        settings={"smtpd_milters": "inet:127.0.0.1:@milter@", "milter_default_action": "tempfail"}
    ),
    "xforward": Profile(
        settings={"content_filter": "scan:[127.0.0.1]:@reinject@"}, services=XFORWARDED + REINJECT
    ),
    "queued as": Profile(
        settings={"content_filter": "scan:[127.0.0.1]:@filter@"}, services=NOT_XFORWARDED + REINJECT
    ),
    "before queue": Profile(
        services=REINJECT + PROXIED + "127.0.0.1:@slow@ inet n - n - - smtpd\n"
        "  -o syslog_name=postfix/slow\n"
        "  -o smtpd_proxy_filter=127.0.0.1:@proxy@\n"
        "  -o smtpd_proxy_options=speed_adjust\n"
        "127.0.0.1:@through@ inet n - n - - smtpd\n"
        "  -o syslog_name=postfix/through\n"
        "  -o smtpd_proxy_filter=127.0.0.1:@filter@\n"
        "127.0.0.1:@direct@ inet n - n - - smtpd\n"
        "  -o syslog_name=postfix/direct\n"
        "  -o smtpd_proxy_filter=127.0.0.1:@reinject@\n",
        tags={name: f"postfix/{name}/smtpd" for name in ("proxied", "slow", "through", "direct")},
    ),
    "postscreen": Profile(
        settings={
            "postscreen_greet_wait": "1s",
            "postscreen_access_list": "cidr:@tables@/postscreen",
            "postscreen_blacklist_action": "enforce",
            "postscreen_cache_map": "",
        },
        services="127.0.0.1:@screened@ inet n - n - 1 postscreen\n"
        "smtpd pass - - n - - smtpd\n"
        "dnsblog unix - - n - 0 dnsblog\n"
        "tlsproxy unix - - n - 0 tlsproxy\n",
        tags={"screened": "postfix/postscreen"},
    ),
}
