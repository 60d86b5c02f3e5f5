"""The servers that the scenarios are played on, as data: main.cf, master.cf and tables of each profile.

`@name@` is a port: of a service that the profile lists, or of a helper (`remote`, `second`, `lmtp`, `wrapped`, `proxy`,
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
        "fallback.example": "twice:[mx.partner.example]:@remote@",
        "softened.example": "softened:[mx.partner.example]:@remote@",
        "hardened.example": "hardened:[mx.partner.example]:@remote@",
        "reworded.example": "reworded:[mx.partner.example]:@remote@",
        "login.example": "login:[mx.partner.example]:@remote@",
        "final.example": "final:[mx.partner.example]:@remote@",
        "kept.example": "kept:[mx.partner.example]:@remote@",
        "wrapped.example": "wrapped:[127.0.0.44]:@wrapped@",
        "reused.example": "reused:[127.0.0.44]:@wrapped@",
        "verified.example": "verified:[127.0.0.44]:@wrapped@",
        "seen.example": "seen:[mx.partner.example]:@remote@",
        "error.example": "error:5.7.1 553 5.7.1 in the words of the table only",
        "imitated.example": "error:5.7.1 host mx.partner.example[127.0.0.41] said: 553 5.7.1 no (in reply to RCPT TO command)",
        "retry.example": "retry:4.7.1 553 5.7.1 in the words of the table only",
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
        "broken@corp.example": "a@error.example",
        "imitated@corp.example": "a@imitated.example",
        "team@corp.example": "gone@partner.example, fine@partner.example",
    },
    "again": {"blocked@corp.example": "553 5.1.1 mailbox closed behind the filter"},
    "commands": {"/^RCPT TO:<typo@(.*)/": "RCPT TO:<closed@$1"},
    "softer": {"/^5(\\.7\\.1 .*)/": "4$1"},
    "gentler": {"/^553 5(.*)/": "450 4$1"},
    "harder": {"/^450 4(.*)/": "553 5$1"},
    "seen": {"/^Subject: .*553/": "WARN host mx.partner.example[127.0.0.41] said: 553 5.7.1 no"},
    "bodies": {"/^forbidden words/": "REJECT 553 5.7.1 in the words of the rule only"},
    "filtered": {"/^550 5\\.1\\.1 (.*)/": "553 5.1.1 $1"},
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
    "body_checks": "regexp:@tables@/bodies",
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
twice unix - - n - - smtp
  -o smtp_fallback_relay=[mx2.partner.example]:@second@
softened unix - - n - - smtp
  -o smtp_delivery_status_filter=regexp:@tables@/softer
hardened unix - - n - - smtp
  -o smtp_reply_filter=regexp:@tables@/harder
reworded unix - - n - - smtp
  -o smtp_reply_filter=regexp:@tables@/gentler
login unix - - n - - smtp
  -o smtp_sasl_auth_enable=yes
  -o smtp_sasl_password_maps=static:relay:secret
  -o smtp_sasl_security_options=noanonymous
final unix - - n - - smtp
  -o smtp_sasl_auth_enable=yes
  -o smtp_sasl_password_maps=static:relay:secret
  -o smtp_sasl_security_options=noanonymous
  -o smtp_sasl_auth_soft_bounce=no
kept unix - - n - - smtp
  -o smtp_connection_cache_destinations=mx.partner.example
seen unix - - n - - smtp
  -o smtp_header_checks=regexp:@tables@/seen
wrapped unix - - n - - smtp
  -o smtp_tls_wrappermode=yes
  -o smtp_tls_security_level=encrypt
  -o smtp_tls_loglevel=1
reused unix - - n - - smtp
  -o smtp_tls_wrappermode=yes
  -o smtp_tls_security_level=encrypt
  -o smtp_tls_loglevel=1
  -o smtp_tls_connection_reuse=yes
  -o smtp_connection_cache_destinations=127.0.0.44
verified unix - - n - - smtp
  -o smtp_tls_wrappermode=yes
  -o smtp_tls_security_level=secure
tlsmgr unix - - n 1000? 1 tlsmgr
tlsproxy unix - - n - 0 tlsproxy
  -o smtp_tls_security_level=encrypt
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
  -o smtpd_recipient_restrictions=check_recipient_access,texthash:@tables@/again,permit
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
        "  -o syslog_name=postfix/v6\n"
        "127.0.0.1:@footer@ inet n - n - - smtpd\n"
        "  -o syslog_name=postfix/footer\n"
        "  -o smtpd_reject_footer=553-5.7.1-see-https://help.corp.example/\n"
        "127.0.0.1:@commands@ inet n - n - - smtpd\n"
        "  -o syslog_name=postfix/commands\n"
        "  -o smtpd_command_filter=regexp:@tables@/commands\n"
        "127.0.0.1:@early@ inet n - n - - smtpd\n"
        "  -o syslog_name=postfix/early\n"
        "  -o smtpd_delay_open_until_valid_rcpt=no\n"
        "127.0.0.1:@newline@ inet n - n - - smtpd\n"
        "  -o syslog_name=postfix/newline\n"
        "  -o smtpd_forbid_bare_newline=reject\n"
        "  -o smtpd_forbid_bare_newline_reject_code=553\n"
        "127.0.0.1:@filtered@ inet n - n - - smtpd\n"
        "  -o syslog_name=postfix/filtered\n"
        "  -o smtpd_reject_filter_maps=regexp:@tables@/filtered\n",
        tags={
            name: f"postfix/{name}/smtpd"
            for name in ("verify", "v6", "footer", "commands", "filtered", "early", "newline")
        },
    ),
    # As all before 3.5.
    "raw addresses": Profile(settings={"info_log_address_format": "internal"}),
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
        "dnsblog unix - - n - 0 dnsblog\n",
        tags={"screened": "postfix/postscreen"},
    ),
}
