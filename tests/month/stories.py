"""The stories, each with its parts to be filled in: names, times, sizes. What is to be told follows from issue and sense.

Each returns what happened, and exactly the messages that an experienced postmaster would want. `cast` has two sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from month.told import Story, at, habit, is_workday, one, written
from scenarios.happened import Session, To
from scenarios.script import REPLIES

REFUSED = {
    name: REPLIES[name] for name in ("not-logged-in", "not-owned", "out-of-hours", "bad-syntax", "quota")
}
MINUTE = 60
GROUP_WAIT = 2
RECOVER_AFTER = 10


def _no_login(address: str) -> To:
    return To(address, "refused", REFUSED["not-logged-in"])


def _not_owned(address: str) -> To:
    return To(address, "refused", REFUSED["not-owned"])


def _people(domain: str, number: int, *, block: str, stem: str = "user") -> list[dict[str, str]]:
    """So many people of a domain, each with an address of the net of their own."""
    return [
        {"login": f"{stem}{one}@{domain}", "ip": f"{block}.{one // 250}.{one % 250 + 1}"}
        for one in range(1, number + 1)
    ]


def _lives(
    people: Sequence[dict[str, str]], to: str = "desk@regular.example", *, but: Sequence[int] = ()
) -> Iterator[Session]:
    for person in people:
        yield from habit(person, person["login"], to, but=but)


# ── one person, one device ───────────────────────────────────────────────────────────────────────


def password_change(user: str, phone: str, day: int, noon: str, evening: str) -> Story:
    on_phone, by_webmail = {"ip": phone}, {"ip": "127.0.0.1", "name": "localhost", "login": user}
    failed = [at(day, noon, plus=minutes) for minutes in (0, 2, 5, 58, 140, 300)]
    cured = at(day, evening)
    happened = chain(
        habit({**on_phone, "login": user}, user, "desk@regular.example", but=[day]),
        [one(at(day, "08:51"), {**on_phone, "login": user}, user, To("desk@regular.example", "sent"))],
        (one(moment, on_phone, user, _no_login("mori@denki.example")) for moment in failed),
        (
            one(moment + 9 * MINUTE, by_webmail, user, To("mori@denki.example", "sent"))
            for moment in failed[2:]
        ),
        [one(cured, {**on_phone, "login": user}, user, To("mori@denki.example", "sent"))],
    )
    same = {"cause": "auth_required", "senders": [user], "client_ips": [phone], "incident": "one"}
    return Story(
        "A password change without a new login",
        "At noon a user changes the password in webmail. The phone keeps the old one, is turned away at AUTH, and goes"
        " on without logging in: six tries until the evening. Webmail works all the while. In the evening the new"
        " password is entered on the phone.",
        "Told when the third try within ten minutes has failed and two minutes have passed; it is this person's to do,"
        " and the phone had worked before, so it is no new device. The later tries add nothing. Mail by webmail proves"
        " nothing about the phone; its own first mail does, ten minutes later.",
        frozenset({user, phone}),
        tuple(happened),
        (
            {
                "at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", "subject_kind": ["sender", "client_ip"],
                "user_count": 1, "who_acts": "user", "attempts": 3, "last_success_at": written(at(day, "08:51")),
                "flags": [], **same,
            },
            {"at": written(cured + RECOVER_AFTER * MINUTE), "kind": "recovered", "attempts": 6, **same},
        ),
    )  # fmt: skip


def printer(ip: str, sender: str, day: int, cured_day: int) -> Story:
    device = {"ip": ip, "helo": "MFP-4F"}
    failed = [at(day, "10:02", plus=minutes) for minutes in (0, 1, 3)]
    failed += [at(later, "10:40") for later in range(day + 1, cured_day)]
    cured = at(cured_day, "10:15")
    happened = chain(
        (one(moment, device, sender, _no_login("accounts@bookkeeper.example")) for moment in failed),
        [one(cured, {**device, "login": sender}, sender, To("accounts@bookkeeper.example", "sent"))],
    )
    same = {
        "cause": "auth_required",
        "senders": [sender],
        "client_ips": [ip],
        "user_count": 1,
        "incident": "one",
    }
    return Story(
        "A printer without AUTH",
        "A new copier in our own network scans to mail, and was set up without a login. Three tries in three minutes, then"
        " one a day, until somebody enters the login.",
        "Our own network is no noise, so three tries are told; it never succeeded, which says that it is a new device."
        " One try a day is neither a cure nor news. The first mail with a login, from the same address, is the cure.",
        frozenset({ip, sender}),
        tuple(happened),
        (
            {
                "at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", "subject_kind": ["sender", "client_ip"],
                "attempts": 3, "last_success_at": "never", "flags": ["never_succeeded"], **same,
            },
            {"at": written(cured + RECOVER_AFTER * MINUTE), "kind": "recovered", "attempts": len(failed), **same},
        ),
    )  # fmt: skip


def full_width(user: str, ip: str, day: int, time: str, wrong: str, right: str) -> Story:
    person = {"ip": ip, "login": user}
    failed = [at(day, time, plus=minutes) for minutes in (0, 3, 7)]
    cured = at(day, time, plus=40)
    happened = chain(
        habit(person, user, "desk@regular.example", but=[day]),
        (one(moment, person, user, To(wrong, "refused", REFUSED["bad-syntax"])) for moment in failed),
        [one(cured, person, user, To(right, "sent"))],
    )
    same = {"subject_kind": "user", "subject": user, "cause": "address_syntax", "incident": "one"}
    return Story(
        "A full-width address",
        "A user has typed an address with a full-width letter, does not see it, and tries three times within seven"
        " minutes; then types it anew.",
        "Three tries of one person within ten minutes are worth a message: the user can't see what is wrong, and the"
        " message can be forwarded. The mail that goes out then is the end of it.",
        frozenset({user}),
        tuple(happened),
        (
            {
                "at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", "who_acts": "user", "user_count": 1,
                "attempts": 3, "flags": [], **same,
            },
            {"at": written(cured + RECOVER_AFTER * MINUTE), "kind": "recovered", **same},
        ),
    )  # fmt: skip


def time_rule(user: str, ip: str, first: int, last: int, late: str, early: str) -> Story:
    """From a Monday to a Friday."""
    person, to = {"ip": ip, "login": user}, "mori@latenight.example"
    nights = [day for day in range(first, last + 1) if is_workday(day)]
    mornings = [day for day in range(first, last + 5) if is_workday(day)]
    failed = [[at(day, late, plus=minutes) for minutes in (0, 4, 8)] for day in nights]
    happened = chain(
        (one(at(day, early), person, user, To(to, "sent")) for day in mornings),
        (
            one(moment, person, user, To(to, "refused", REFUSED["out-of-hours"]))
            for night in failed
            for moment in night
        ),
    )
    same = {"subject_kind": "user", "subject": user, "cause": "local_restriction", "incident": "one"}
    morning = at(mornings[1], early)
    end = failed[-1][-1]
    return Story(
        "A time rule",
        "Mail to outside is taken until eight in the evening. Somebody works late on every working day for weeks: three"
        " tries each night, and each morning the same mail goes out.",
        "Told on the first night, its end in the morning, and on the second night once more, as something that comes and"
        " goes. After that nobody wants to hear of it each night; weekends are shorter than three days. When three days"
        " have passed without a failure, one closing message.",
        frozenset({user}),
        tuple(happened),
        (
            {"at": written(failed[0][2] + GROUP_WAIT * MINUTE), "kind": "opened", "flags_without": ["flapping"], **same},
            {"at": written(morning + RECOVER_AFTER * MINUTE), "kind": "recovered", **same},
            {"at": written(failed[1][2] + GROUP_WAIT * MINUTE), "kind": "opened", "flags_with": ["flapping"], **same},
            {
                "at": f"{written(end + 3 * 86400)}..{written(end + 3 * 86400 + 3600)}", "kind": ["recovered", "expired"],
                **same,
            },
        ),
    )  # fmt: skip


def flapping(user: str, ip: str, days: Sequence[int], wrong: str, morning: str) -> Story:
    """Days that are at most two days apart."""
    person, to = {"ip": ip, "login": user}, "orders@supplier.example"
    failed = [[at(day, morning, plus=minutes) for minutes in (0, 2, 6, 20)] for day in days]
    cured = [at(day, morning, plus=55) for day in days]
    happened = chain(
        (one(moment, person, wrong, _not_owned(to)) for several in failed for moment in several),
        (one(moment, person, wrong, To(to, "sent")) for moment in cured),
    )
    same = {"subject_kind": "user", "subject": user, "cause": "sender_not_authorized", "incident": "one"}
    end = failed[-1][-1]
    return Story(
        "A flapping user",
        "A shared address is granted to a user by a script that forgets it again: four times within a week it fails in the"
        " morning and works an hour later.",
        "The first time is told with its end, the second time says that it comes and goes, and then there is quiet until"
        " three days have passed without a failure.",
        frozenset({user}),
        tuple(happened),
        (
            {"at": written(failed[0][2] + GROUP_WAIT * MINUTE), "kind": "opened", "flags_without": ["flapping"], **same},
            {"at": written(cured[0] + RECOVER_AFTER * MINUTE), "kind": "recovered", **same},
            {"at": written(failed[1][2] + GROUP_WAIT * MINUTE), "kind": "opened", "flags_with": ["flapping"], **same},
            {
                "at": f"{written(end + 3 * 86400)}..{written(end + 3 * 86400 + 3600)}", "kind": ["recovered", "expired"],
                **same,
            },
        ),
    )  # fmt: skip


def nat_office(ip: str, domain: str, people: int, failing: int, day: int, time: str) -> Story:
    office = [{"ip": ip, "login": f"staff{number}@{domain}"} for number in range(1, people + 1)]
    user, wrong = office[failing]["login"], f"reception@{domain}"
    failed = [at(day, time, plus=minutes) for minutes in (0, 4, 9)]
    cured = at(day, time, plus=75)
    happened = chain(
        _lives(office),
        (one(moment, office[failing], wrong, _not_owned("mori@denki.example")) for moment in failed),
        (
            one(moment + 30, office[0], office[0]["login"], To("mori@denki.example", "sent"))
            for moment in failed
        ),
        [one(cured, office[failing], wrong, To("mori@denki.example", "sent"))],
    )
    same = {"subject_kind": "user", "subject": user, "cause": "sender_not_authorized", "incident": "one"}
    return Story(
        "One of an office behind one address",
        "An office is behind one address (NAT). One of its people writes with an address that is not theirs; the"
        " others go on.",
        "It is this person, not the office: the subject is the login, and that the address is shared is said, so that"
        " nobody blocks it. The others' mail proves nothing for this one.",
        frozenset({user, wrong}),
        tuple(happened),
        (
            {
                "at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", "user_count": 1, "who_acts": "user",
                "flags": ["shared_address"], **same,
            },
            {"at": written(cured + RECOVER_AFTER * MINUTE), "kind": "recovered", **same},
        ),
    )  # fmt: skip


def webmail(user: str, wrong: str, day: int, time: str) -> Story:
    person = {"ip": "127.0.0.1", "name": "localhost", "helo": "webmail.corp.example", "login": user}
    failed = [at(day, time, plus=minutes) for minutes in (0, 1.5, 3)]
    cured = at(day + 1, "11:20")
    happened = chain(
        habit(person, user, "desk@regular.example"),
        (one(moment, person, wrong, _not_owned("mori@denki.example")) for moment in failed),
        [one(cured, person, wrong, To("mori@denki.example", "sent"))],
    )
    same = {"subject_kind": "user", "subject": user, "cause": "sender_not_authorized", "incident": "one"}
    return Story(
        "One of many in webmail",
        "All users of webmail come from 127.0.0.1. One of them has chosen an identity that the map does not grant, and"
        " gets it on the next day.",
        "The login tells them apart. The address is everybody's, and called shared. The user's own mail with the usual"
        " address proves nothing about the refused one.",
        frozenset({user, wrong}),
        tuple(happened),
        (
            {
                "at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", "user_count": 1,
                "flags": ["shared_address"], **same,
            },
            {"at": written(cured + RECOVER_AFTER * MINUTE), "kind": "recovered", **same},
        ),
    )  # fmt: skip


def new_device(login: str, sender: str, ip: str, day: int, time: str) -> Story:
    device = {"ip": ip, "login": login, "helo": "alarm-panel"}
    failed = [at(day, time, plus=minutes) for minutes in (0, 2, 4, 6)]
    return Story(
        "A new device that never worked",
        "An alarm panel gets a login of its own, sends with an address that was never granted, four times, and is taken"
        " away again.",
        "Told once, as a login that never succeeded. Nobody mends it, so it ends as not tried again after three days, which is"
        " not called a recovery.",
        frozenset({login, sender}),
        tuple(one(moment, device, sender, _not_owned("guard@security.example")) for moment in failed),
        (
            {
                "at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", "subject_kind": "user", "subject": login,
                "last_success_at": "never", "flags": ["never_succeeded"], "incident": "one",
            },
            {"at": written(failed[-1] + 3 * 86400), "kind": "expired", "attempts": 4, "incident": "one"},
        ),
    )  # fmt: skip


def holiday(user: str, ip: str, day: int, time: str, back: int) -> Story:
    person, wrong = {"ip": ip, "login": user}, user.replace("@", ".private@")
    failed = [at(day, time, plus=minutes) for minutes in (0, 3, 5)]
    happened = chain(
        habit(person, user, "desk@regular.example", but=range(day, back)),
        (one(moment, person, wrong, _not_owned("family@isp.example")) for moment in failed),
    )
    same = {"subject_kind": "user", "subject": user, "incident": "one"}
    return Story(
        "Somebody goes on holiday",
        "On the last evening before a holiday somebody tries three times with an address that is not granted, and is away"
        " for days. Afterwards the usual address works as ever.",
        "Silence is no cure: after three days it is told as not tried again. What works after the holiday is another"
        " sender, and nobody is told of it.",
        frozenset({user, wrong}),
        tuple(happened),
        (
            {"at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", "who_acts": "user", "flags": [], **same},
            {"at": written(failed[2] + 3 * 86400), "kind": "expired", **same},
        ),
    )  # fmt: skip


def quota(user: str, ip: str, day: int, time: str) -> Story:
    person, to = {"ip": ip, "login": user}, "orders@bigcustomer.example"
    failed = [at(day, time, plus=minutes) for minutes in (0, 2, 3, 15, 40)]
    cured = at(day + 1, "09:05")
    happened = chain(
        habit(person, user, to, but=[day, day + 1]),
        (one(moment, person, user, To(to, "refused", REFUSED["quota"])) for moment in failed),
        [one(cured, person, user, To(to, "sent"))],
    )
    same = {"subject_kind": "user", "subject": user, "cause": "rate_or_quota", "incident": "one"}
    return Story(
        "A daily quota",
        "A user has sent the mails of the day, and tries on; next morning it goes out.",
        "Three tries within ten minutes are told. Next day's mail to the same customer ends it.",
        frozenset({user}),
        tuple(happened),
        (
            {"at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", "user_count": 1, "flags": [], **same},
            {"at": written(cured + RECOVER_AFTER * MINUTE), "kind": "recovered", "attempts": 5, **same},
        ),
    )  # fmt: skip


def twice(user: str, ip: str, day: int, time: str) -> Story:
    person = {"ip": ip, "login": user}
    failed = [at(day, time, plus=minutes) for minutes in (0, 4)]
    happened = chain(
        habit(person, user, "desk@regular.example"),
        (one(moment, person, f"old.{user}", _not_owned("mori@denki.example")) for moment in failed),
        [one(failed[1] + 5 * MINUTE, person, user, To("mori@denki.example", "sent"))],
    )
    return Story(
        "Somebody who sees it for himself",
        "A user picks an old address, tries twice, and takes the right one.",
        "Two attempts are no trouble. Nothing is told.",
        frozenset({user, f"old.{user}"}),
        tuple(happened),
    )


def newsletter(user: str, ip: str, day: int, time: str, recipients: int) -> Story:
    person = {"ip": ip, "login": user}
    to = tuple(
        To(f"subscriber{number}@lists.example", "bounced", REPLIES["unknown-user"])
        for number in range(recipients)
    )
    happened = chain(
        habit(person, user, "desk@regular.example"),
        [one(at(day, time), person, user, *to, To("editor@lists.example", "sent"))],
    )
    return Story(
        "A newsletter with many dead addresses",
        "One mail to many recipients of one domain, nearly all of them unknown there.",
        "One mail is one attempt, however many recipients it has, and one attempt never alerts. The bounces are in the"
        " user's mailbox.",
        frozenset({user, "lists.example"}),
        tuple(happened),
    )


# ── many people ──────────────────────────────────────────────────────────────────────────────────


def broken_map(domains: Sequence[str], each: int, day: int, start: str, minutes: int, block: str) -> Story:
    people = [
        person
        for number, domain in enumerate(domains)
        for person in _people(domain, each, block=f"{block}.{number + 1}", stem=f"map{number}.")
    ]
    begins = at(day, start)
    spread = people[::each] + [person for person in people if person not in people[::each]]
    failed = [(begins + 3 * number, person) for number, person in enumerate(spread)]
    again = [(begins + 600 + 20 * number, person) for number, person in enumerate(spread[:20])]
    cured = [begins + minutes * MINUTE + 40 * number for number in range(6)]
    happened = chain(
        _lives(people, but=[day]),
        (one(begins - 3600 + 60 * (number % 30), person, person["login"], To("desk@regular.example", "sent"))
         for number, person in enumerate(people)),
        (one(moment, person, person["login"], _not_owned(f"desk@customer{number % 9}.example"))
         for number, (moment, person) in enumerate([*failed, *again])),
        (one(moment, person, person["login"], To("desk@regular.example", "sent"))
         for moment, person in zip(cured, spread, strict=False)),
    )  # fmt: skip
    told = begins + 6 + GROUP_WAIT * MINUTE
    by_then = sum(moment <= told for moment, _ in failed)
    same = {"cause": "sender_not_authorized", "who_acts": "admin", "incident": "one"}
    return Story(
        "A broken login map",
        "After a change of the login map, the people of several domains are refused their own addresses, within a few"
        " minutes all of them; some try again. Three quarters of an hour later the map is mended.",
        "Each of them logged in as the very address that was refused: the map is wrong, not the people, and the"
        " administrator must act. One message for all, two minutes after the third. The others join; they are not ten"
        " times as many as were told of. When three of them have sent again, and ten minutes have passed, it is over.",
        frozenset(person["login"] for person in people),
        tuple(happened),
        (
            {
                "at": written(told), "kind": "opened", "subject_kind": ["cause", "host"],
                "user_count": f">={by_then - 1}", "flags": [], **same,
            },
            {"at": written(cured[2] + RECOVER_AFTER * MINUTE), "kind": "recovered", "user_count": f">={len(people)}", **same},
        ),
    )  # fmt: skip


def block_list(partner: str, people: int, day: int, start: str, cured_day: int, block: str) -> Story:
    staff = [
        person
        for number, domain in enumerate(("corp.example", "shop.example"))
        for person in _people(domain, people // 2, block=f"{block}.{number + 1}", stem="buyer")
    ]
    mixed = [*staff[::2], *staff[1::2]]
    failed = [at(day, start, plus=4 * number) for number in range(len(mixed))]
    cured = [at(cured_day, "10:10", plus=7 * number) for number in range(len(mixed))]
    listed = To(f"orders@{partner}", "bounced", REPLIES["listed"])
    happened = chain(
        _lives(staff),
        (one(at(day - 1, "14:10", plus=number), person, person["login"], To(f"orders@{partner}", "sent"))
         for number, person in enumerate(mixed)),
        (one(moment, person, person["login"], listed) for moment, person in zip(failed, mixed, strict=True)),
        (one(moment, person, person["login"], To(f"orders@{partner}", "sent"))
         for moment, person in zip(cured, mixed, strict=True)),
    )  # fmt: skip
    same = {
        "subject_kind": "recipient_domain",
        "subject": partner,
        "cause": "ip_blocklisted",
        "incident": "one",
    }
    return Story(
        "A partner's block list",
        "A partner uses a list on which our server stands, and refuses our mail: one person after another, four minutes"
        " apart. Everybody else takes our mail. Two days later we are off the list.",
        "Three people within ten minutes, one partner: one message, named after the partner. Mail to others proves"
        " nothing. Who comes later joins. It ends when three of them have reached that partner.",
        frozenset({partner, *(person["login"] for person in staff)}),
        tuple(happened),
        (
            {
                "at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", "user_count": 3,
                "who_acts": ["admin", "remote"], "flags": [], **same,
            },
            {"at": written(cured[2] + RECOVER_AFTER * MINUTE), "kind": "recovered", "user_count": len(staff), **same},
        ),
    )  # fmt: skip


def new_domain(domain: str, people: int, day: int, start: str, cured_day: int, block: str) -> Story:
    staff = _people(domain, people, block=f"{block}.1", stem="brand")
    reply = f"553 5.7.1 SPF check failed: 198.51.100.25 is not allowed to send mail for {domain}"
    failed = [at(day, start, plus=2.5 * number) for number in range(people)]
    cured = [at(cured_day, "11:00", plus=5 * number) for number in range(people)]
    partner = "strict{}.example".format
    happened = chain(
        (one(moment, person, person["login"], To(f"press@{partner(number)}", "bounced", reply))
         for number, (moment, person) in enumerate(zip(failed, staff, strict=True))),
        (one(moment, person, person["login"], To(f"press@{partner(number)}", "sent"))
         for number, (moment, person) in enumerate(zip(cured, staff, strict=True))),
    )  # fmt: skip
    same = {
        "subject_kind": "sender_domain",
        "subject": domain,
        "cause": "sender_policy_spoof",
        "incident": "one",
    }
    return Story(
        "A new domain without SPF",
        "A new brand gets a domain; its record of sending servers forgets ours. Each of its people is refused by another partner,"
        " while all other domains of ours are taken everywhere. Next day the record is mended.",
        "What they share is their own domain, not a partner: the message is named after it, and is the administrator's."
        " Three of them who reach the partners that had refused them end it.",
        frozenset({domain, *(person["login"] for person in staff)}),
        tuple(happened),
        (
            {
                "at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", "who_acts": "admin",
                "user_count": 3,
                "flags_without": ["flapping", "shared_address", "foreign_senders"], **same,
            },
            {"at": written(cured[2] + RECOVER_AFTER * MINUTE), "kind": "recovered", "user_count": people, **same},
        ),
    )  # fmt: skip


def foreign_senders(domains: Sequence[str], day: int, start: str, minutes: int) -> Story:
    servers = [
        {"ip": f"192.0.2.{number + 10}", "name": f"mx.{domain}", "helo": f"mx.{domain}", "port": "25"}
        for number, domain in enumerate(domains)
    ]
    pairs = list(zip(servers, domains, strict=True))
    begins, cured = at(day, start), at(day, start, plus=minutes)
    to = "reception@corp.example"
    happened = chain(
        (one(at(earlier, "10:30", plus=number), server, f"office@{domain}", To(to, "delivered"))
         for earlier in range(1, day) for number, (server, domain) in enumerate(pairs)),
        (one(begins + 100 * number + 1200 * more, server, f"office@{domain}", _no_login(to))
         for more in range(2) for number, (server, domain) in enumerate(pairs)),
        (one(cured + 120 * number, server, f"office@{domain}", To(to, "delivered"))
         for number, (server, domain) in enumerate(pairs)),
    )  # fmt: skip
    same = {"cause": "auth_required", "who_acts": "admin", "incident": "one"}
    told = begins + 200
    return Story(
        "A map that is too broad",
        "Somebody enters a pattern into the login map that takes in all the world: mail of partners to us is refused on"
        " port 25 as “not logged in”. Their mail had come in on every day. Then the pattern is taken out.",
        "Nobody logged in, and the clients are the internet's: by that it would be noise. But their mail used to arrive,"
        " so inbound mail is being lost, and that is one message for the administrator, not one a sender. It ends when"
        " three of them have come in again.",
        frozenset(f"office@{domain}" for domain in domains),
        tuple(happened),
        (
            {
                "at": f"{written(told)}..{written(told + 600)}", "kind": "opened", "user_count": ">=3",
                "flags_with": ["foreign_senders"], **same,
            },
            {"at": written(cured + 240 + RECOVER_AFTER * MINUTE), "kind": "recovered", **same},
        ),
    )  # fmt: skip


def stolen_account(user: str, ip: str, day: int, time: str, hosts: int, block: str) -> Story:
    person = {"ip": ip, "login": user}
    begins = at(day, time)
    failed = [begins + 2.5 * number for number in range(hosts)]
    happened = chain(
        habit(person, user, "desk@regular.example"),
        (
            one(
                moment,
                {"ip": f"{block}.{number // 250}.{number % 250 + 1}", "login": user},
                user,
                To(f"victim{number}@target{number % 60}.example", "refused", REFUSED["quota"]),
            )
            for number, moment in enumerate(failed)
        ),
    )
    same = {
        "subject_kind": "user",
        "subject": user,
        "cause": "rate_or_quota",
        "user_count": 1,
        "incident": "one",
    }
    return Story(
        "A stolen account",
        "A stolen password is used from hundreds of addresses at night, until the quota stops it; then it is changed.",
        "Hundreds of addresses, recipients and attempts, and one login: one message, after the third attempt. Nobody"
        " writes to these recipients again, so it ends as not tried again; the user's own mail on the next morning"
        " is another thing.",
        frozenset({user}),
        tuple(happened),
        (
            {"at": written(failed[2] + GROUP_WAIT * MINUTE), "kind": "opened", **same},
            {"at": written(failed[-1] + 3 * 86400), "kind": "expired", "attempts": hosts, **same},
        ),
    )  # fmt: skip


def mad_filter(domains: Sequence[str], each: int, day: int, start: str, minutes: int, block: str) -> Story:
    people = [
        person
        for number, domain in enumerate(domains)
        for person in _people(domain, each, block=f"{block}.{number + 1}", stem=f"filtered{number}.")
    ]
    mixed = [person for number in range(each) for person in people[number::each]]
    begins = at(day, start)
    failed = [begins + 4 * number for number in range(len(mixed))]
    cured = [begins + minutes * MINUTE + 30 * number for number in range(5)]
    spam = "553 5.7.1 Message rejected as spam"
    happened = chain(
        _lives(people, but=[day]),
        (one(moment, person, person["login"], To(f"desk@customer{number % 11}.example", "refused", spam))
         for number, (moment, person) in enumerate(zip(failed, mixed, strict=True))),
        (one(moment, person, person["login"], To("desk@customer1.example", "sent"))
         for moment, person in zip(cured, mixed, strict=False)),
    )  # fmt: skip
    same = {"cause": "content_rejected", "who_acts": "admin", "incident": "one"}
    return Story(
        "A spam filter gone mad",
        "After an update our own spam filter takes everything for spam, of people of all domains, within a few minutes.",
        "One rejected mail is its sender's affair, and three may be chance; when our own server says it to so many"
        " people at once, none of them has caused it: one message, for the administrator.",
        frozenset(person["login"] for person in people),
        tuple(happened),
        (
            {
                "at": f"{written(failed[2] + GROUP_WAIT * MINUTE)}..{written(failed[2] + 600)}", "kind": "opened",
                "subject_kind": ["cause", "host"], "user_count": ">=10", **same,
            },
            {"at": written(cured[2] + RECOVER_AFTER * MINUTE), "kind": "recovered", "user_count": f">={len(people)}", **same},
        ),
    )  # fmt: skip


def botnet(users: Sequence[str], day: int, start: str, hosts: int, block: str) -> Story:
    people = [{"login": user, "ip": f"192.0.2.{100 + number}"} for number, user in enumerate(users)]
    begins = at(day, start)
    happened = chain(
        _lives(people),
        (
            one(
                begins + 2.3 * number,
                {
                    "ip": f"{block}.{number // 250 % 250}.{number % 250 + 1}",
                    "helo": f"bot{number}.test",
                    "port": "25",
                },
                users[number % len(users)],
                _no_login(f"victim{number % 80}@corp.example"),
            )
            for number in range(hosts)
        ),
    )
    return Story(
        "A botnet forges our users",
        "For two hours thousands of hosts send in the name of a few real users, who go on working.",
        "Nobody logged in, and the addresses are neither known nor ours: it is counted, and shown, and nobody is woken.",
        frozenset(users),
        tuple(happened),
    )


def relay_change(relay: str, day: int, since: str, until: str) -> Story:
    """What happens is the background's: see `background.Outage`."""
    begins, ends = at(day, since), at(day, until)
    same = {"cause": "auth_required", "who_acts": "admin", "incident": "one"}
    return Story(
        "A change of the relay host",
        "All mail to outside is to go through another relay, which does not know us: for more than an hour it refuses"
        " everybody. Mail between our own people is delivered all the while. Then the relay is taken out again.",
        "Everybody, all partners, one server that refuses: one message, for the administrator, named after the server or"
        " the cause. If ten times as many people are hit as the last message said, that is told, once an hour at most;"
        " not one message more. It ends when three of them have reached the domains that they could not reach.",
        frozenset({relay, REFUSING}),
        (),
        (
            {
                "at": f"{written(begins + 120)}..{written(begins + 3600)}", "kind": "opened",
                "subject_kind": ["host", "cause"], "user_count": ">=3", **same,
            },
            {"maybe": True, "kind": "grown", "user_count": ">=30", **same},
            {"maybe": True, "kind": "grown", "user_count": ">=300", **same},
            {"at": f"{written(ends + 600)}..{written(ends + 3 * 3600)}", "kind": "recovered", **same},
        ),
    )  # fmt: skip


REFUSING = "auth_required"
"""What the relay's refusals are, and so the name of the incident if it is not the relay's."""
NO_LOGIN = (
    "553 5.7.1 Authentication required; this relay does not accept mail from 198.51.100.25 without login"
)
