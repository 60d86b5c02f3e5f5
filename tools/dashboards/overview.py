"""The overview: who fails and why, within five seconds; then how it came, and whether the watch itself is well."""

from __future__ import annotations

from tools.dashboards import health
from tools.dashboards.board import Board
from tools.dashboards.health import NOBODY, NOBODY_IN_WORDS, as_words, or_nobody, worst
from tools.dashboards.panels import (
    BLUE,
    RED_ABOVE_ZERO,
    Json,
    bargauge,
    fixed,
    override,
    override_like,
    stat,
    table,
    timeseries,
    told_causes,
    words,
)
from tools.dashboards.prometheus import (
    EACH,
    FAILED,
    NO_FAILURE,
    SENT,
    Column,
    a_minute,
    as_rows,
    calm,
    coloured,
    equals,
    notes,
    now,
    over_time,
    own,
    process,
    quantile,
    risen,
    variables,
    who,
    wide,
)

A_WHILE = "5m"
"""The least distance of two points: refusals are rare, and a bar for each few seconds would be noise."""

NOTHING = "nothing was refused"
NOTHING_IS_NOT_NAMED = [
    override(NOTHING, custom__hideFrom={"legend": True, "tooltip": True, "viz": False}, **calm("green"))
]

KINDS = {
    "user": "logins", "sender": "senders without a login", "client_ip": "client addresses",
    "sender_domain": "sender domains", "recipient_domain": "partners", "cause": "everybody, one cause",
    "host": "servers",
}  # fmt: skip
"""What an incident is about → in words, in the order of an overview: from one person to all."""


def overview() -> Board:
    board = Board(
        "rejectwatch",
        "rejectwatch: refused mail",
        "Who can't send mail, why, and whether rejectwatch sees it. Names of people are not in metrics: the list “Who exactly?” leads to the dashboards that ask the database.",
        variables(),
        annotations=notes(),
    )
    board.line(5, (_failing(), 6), (_share(), 6), (_sees(), 6), (_tells(), 6))
    board.line(4, (_incidents(), 24))
    board.line(9, (_causes_now(), 9), (_causes(), 15))
    board.heading("Compared with all mail")
    board.line(8, (_share_over_time(), 12), (_mail(), 12))
    board.heading("Who refuses, and what")
    board.line(8, (_sides(), 12), (_incidents_told(), 12))
    board.line(7, (_by_code(), 6), (_by_mta(), 6), (_by_domain(), 12))
    board.heading("Is it blind?")
    board.line(6, (_sources(), 24))
    board.line(8, (_unread(), 8), (_not_understood(), 8), (_gaps(), 8))
    board.heading("Do alerts go out?")
    board.line(8, (_channels(), 13), (_messages(), 11))
    board.heading("rejectwatch itself")
    board.line(8, (_instances(), 15), (_delay(), 9))
    return board


# ── the big answers ──


def _failing() -> Json:
    return stat(
        "People failing now",
        "How many people the open incidents are about, at most: who is in two incidents counts twice. Logins, or senders where nobody logged in. More than 0: somebody can't send mail at this moment; a click leads to who. An incident ends by itself when the mail goes through. (A rejectwatch before 0.2 counts its incidents.)",
        [now(or_nobody(f"sum({health.PEOPLE})"), "people")],
        steps=RED_ABOVE_ZERO, mappings=NOBODY_IN_WORDS, size=None, background=True, links=who(),
    )  # fmt: skip


def _share() -> Json:
    failed = f"sum({risen('rejections_total', '1h', FAILED)})"
    sent = f"sum({risen('deliveries_total', '1h', SENT)})"
    share = f"{failed} / ({failed} + {sent} > 0)\nor 0 * {sent}"
    return stat(
        "Mail refused, last hour",
        "Failures, of failures and delivered recipients together. Under 2 % is an ordinary hour; at night a few refusals of little mail are already a large share, so look at the number of people, too.",
        [now(or_nobody(share), "refused")],
        unit="percentunit", decimals=1, steps=(("green", None), ("yellow", 0.02), ("red", 0.1)),
        mappings=NOBODY_IN_WORDS, size=None, background=True, links=who(),
    )  # fmt: skip


def _sees() -> Json:
    return stat(
        "Is it blind?",
        "The worst of what hinders rejectwatch from seeing: nobody watches, a server is gone, a log has said nothing for an hour, lines were lost in the last hour, a backlog is being read (numbers are old), lines whose form is new. “Is it blind?” below says which log; `rejectwatch doctor` says why.",
        [now(worst(health.SEES), "sees")],
        mappings=as_words(health.SEES, "no, it sees"), size=None, background=True,
    )  # fmt: skip


def _tells() -> Json:
    return stat(
        "Do alerts go out?",
        "The worst of what hinders alerts: a channel takes nothing, an alert was given up (in the time shown), alerts have waited for ten minutes, no channel is set. `rejectwatch test-alert` says what the other side answers.",
        [now(worst(health.TELLS), "tells")],
        mappings=as_words(health.TELLS, "yes"), size=None, background=True,
    )  # fmt: skip


def _incidents() -> Json:
    def about(kind: str) -> str:
        return f"sum({own('incidents_open', equals('by', kind))})"

    kinds = [now(or_nobody(about(kind)), told) for kind, told in KINDS.items()]
    return stat(
        "Open incidents, by what they are about",
        "What the failures share: one login, a sender that nobody logged in for, a client's address, a sender's domain, a partner who refuses, a cause that many meet at once, a whole server. From left to right it is fewer people or more. A click leads to who.",
        kinds,
        steps=RED_ABOVE_ZERO, mappings=words({str(NOBODY): ("?", "red")}), size=34,
        text_mode="value_and_name", links=who(),
    )  # fmt: skip


def _occurring(rise: str, counter: str) -> str:
    """By cause, without those that never occurred in the time shown; and a curve at zero, for where none did."""
    occurred = f"sum by (cause) (increase({counter}[$__range] @ end())) > 0.5"
    nothing = f'label_replace(0 * sum({rise}), "cause", "{NOTHING}", "", "")'
    return f"sum by (cause) ({rise}) and on (cause) {occurred}\nor {nothing}"


def _causes_now() -> Json:
    rise = risen("rejections_total", "1h", FAILED)
    nothing = f'label_replace(0 * (sum({rise}) <= 0.5), "cause", "{NOTHING}", "", "")'
    return bargauge(
        "Why, in the last hour",
        "Refused mail of the last hour by cause, the most frequent on top. A click on a bar leads to who met this cause. What to do about each stands in docs/causes.",
        [now(f"sort_desc(topk(8, sum by (cause) ({rise}) > 0.5)\nor {nothing})", "{{cause}}")],
        decimals=0, steps=BLUE, overrides=[*told_causes(), override(NOTHING, color=fixed("green"))],
        links=who(cause=True),
    )  # fmt: skip


def _causes() -> Json:
    return timeseries(
        "Refused mail, by cause",
        "Failures a minute: refused in session by our own server, or bounced because another one refused. A cause that rises alone says what to do; many that rise together mean a broken server.",
        [over_time(_occurring(f"60 * rate({own('rejections_total', FAILED)}[$__rate_interval])", own("rejections_total", FAILED)), "{{cause}}")],
        unit="suffix:/min", decimals=1, stacked=True, bars=True, interval=A_WHILE, soft_maximum=1,
        overrides=[*told_causes(), *NOTHING_IS_NOT_NAMED], links=who(cause=True),
    )  # fmt: skip


# ── compared with all mail ──


def _share_over_time() -> Json:
    failed = f"sum(rate({own('rejections_total', FAILED)}[$__rate_interval]))"
    sent = f"sum(rate({own('deliveries_total', SENT)}[$__rate_interval]))"
    return timeseries(
        "Share of mail that is refused",
        "Failures, of failures and delivered recipients together: tells a bad day from a busy one. There is no curve where there was no mail.",
        [over_time(f"{failed}\n/\n({failed} + {sent} > 0)", "refused")],
        unit="percentunit", interval=A_WHILE, legend="none", soft_maximum=0.02,
        overrides=[override("refused", **calm("red"))],
    )  # fmt: skip


def _mail() -> Json:
    return timeseries(
        "Delivered and refused",
        "Recipients a minute. The scale of what was refused stands on the right. If deliveries fall while refusals stay, the trouble is elsewhere: mail does not reach this server, or rejectwatch does not see it.",
        [
            over_time(a_minute("deliveries_total", "", SENT), "delivered"),
            over_time(a_minute("rejections_total", "", FAILED), "refused (right)"),
            over_time(a_minute("deliveries_total", "", 'outcome="bounced"'), "bounced, any code (right)"),
        ],
        unit="suffix:/min", interval=A_WHILE, legend="bottom", soft_maximum=1,
        overrides=[
            override("delivered", **calm("green")),
            override("refused (right)", **calm("red"), custom__axisPlacement="right"),
            override("bounced, any code (right)", **calm("purple"), custom__axisPlacement="right", custom__fillOpacity=0),
        ],
    )  # fmt: skip


# ── who refuses, and what ──


def _sides() -> Json:
    return timeseries(
        "We refused, partners refused",
        "Failures a minute by who refused. What our server refuses is in our hands; what a partner refuses needs his postmaster, or our reputation. What was put off, warned of or only probed is no failure and counted apart.",
        [
            over_time(a_minute("rejections_total", "by (refused_by) ", FAILED), "{{refused_by}}"),
            over_time(a_minute("rejections_total", "", NO_FAILURE), "no failure"),
        ],
        unit="suffix:/min", decimals=1, interval=A_WHILE, legend="bottom", soft_maximum=1,
        overrides=[
            override("local", displayName="our server refused", **calm("orange")),
            override("remote", displayName="a partner refused", **calm("purple")),
            override("no failure", displayName="no failure (put off, warned, probed)", **calm("text"), custom__fillOpacity=0),
        ],
    )  # fmt: skip


def _incidents_told() -> Json:
    return timeseries(
        "Incidents that began",
        "When something started to fail, by cause: each is one alert, however many mails it was. Many small ones of one cause may be one trouble: see what they share.",
        [over_time(_occurring(risen("incidents_total", "$__rate_interval"), own("incidents_total")), "{{cause}}")],
        unit="none", decimals=0, stacked=True, bars=True, interval=A_WHILE, soft_maximum=1,
        overrides=[*told_causes(), *NOTHING_IS_NOT_NAMED],
        links=who(cause=True),
    )  # fmt: skip


def _by_code() -> Json:
    return bargauge(
        "By code",
        "Refused mail of the time shown, by reply code: 553 and what else is set in `codes`. The code says little; the cause says what to do.",
        [now(f"sort_desc(sum by (code) ({risen('rejections_total', '$__range', FAILED)}))", "{{code}}")],
        decimals=0,
    )  # fmt: skip


def _by_mta() -> Json:
    return bargauge(
        "By mail server",
        "Refused mail of the time shown, by the kind of mail server that logged it. One that shows nothing although it runs here is not read.",
        [now(f"sort_desc(sum by (mta) ({risen('rejections_total', '$__range', FAILED)}))", "{{mta}}")],
        decimals=0, overrides=[override("postfix", displayName="Postfix"), override("exim", displayName="Exim")],
    )  # fmt: skip


def _by_domain() -> Json:
    return bargauge(
        "By our domains",
        "Refusals of the time shown by the sender's domain: the configured ones (`domains` in `[site]`), and all others together. What was put off, warned of or probed counts here, too.",
        [now(f"topk(10, sum by (domain) ({risen('domain_rejections_total', '$__range')}))", "{{domain}}")],
        decimals=0, overrides=[override("other", displayName="all others")],
    )  # fmt: skip


# ── is it blind? ──


def _sources() -> Json:
    each = "by (job, instance, source) "
    targets, overrides, transformations = as_rows(
        { "instance": {"displayName": "Instance"}, "source": {"displayName": "Log"}},
        [
            Column("Newest line", f"time() - (max {each}({own('last_line_timestamp_seconds')}) > 0)",
                   {"unit": "s", **coloured(("yellow", 3600), ("red", 86400))}),
            Column("Unread", f"max {each}({own('unread_bytes')})",
                   {"unit": "bytes", **coloured(("yellow", 16 << 20), ("red", 256 << 20))}),
            Column("Backlog", f"max {each}({own('catching_up')})",
                   {"mappings": words({"0": "none", "1": ("catching up", "yellow")}), **coloured()}),
            Column("Lines", f"sum {each}(rate({own('lines_total')}[$__rate_interval]))",
                   {"unit": "suffix: /s", "decimals": 1}),
            Column("Bytes", f"sum {each}(rate({own('bytes_total')}[$__rate_interval]))", {"unit": "Bps"}),
            Column("Gaps", f"sum {each}({risen('gaps_total', '$__range')})",
                   {"decimals": 0, **coloured(("orange", 0.5))}),
            Column("Not understood", f"sum {each}({risen('lines_not_understood_total', '$__range')})",
                   {"decimals": 0, **coloured(("yellow", 0.5))}),
        ],
    )  # fmt: skip
    return table(
        "Each log that is read",
        "How old the newest line is, how much is not read yet, and what may be missing in the time shown. A newest line of more than an hour: no mail, or its log is written elsewhere, or may not be read. `rejectwatch doctor` says which.",
        targets, overrides=overrides, transformations=transformations, sort=["Newest line"],
    )  # fmt: skip


def _unread() -> Json:
    return timeseries(
        "Unread",
        "Bytes of each log that are not read yet. A hill is a start or a pause; what only rises means that reading or the database is too slow, or that the database is away.",
        [over_time(f"sum by (source) ({own('unread_bytes')})", "{{source}}")],
        unit="bytes", legend="bottom", soft_maximum=4096,
    )  # fmt: skip


def _not_understood() -> Json:
    unread = f"sum({risen('lines_not_understood_total', '$__rate_interval')})"
    unknown = f"sum by (refused_by) ({risen('causes_unknown_total', '$__rate_interval')})"
    return timeseries(
        "Not understood",
        "Lines that refuse or deliver in a form that is new, and refusals whose text did not tell the cause. A steady line is something that rejectwatch should learn: `rejectwatch doctor` shows the form, `rejectwatch events --cause unknown` the replies.",
        [over_time(unread, "lines of a new form"), over_time(unknown, "{{refused_by}}")],
        unit="none", decimals=0, stacked=True, bars=True, interval=A_WHILE, legend="bottom", soft_maximum=1,
        overrides=[
            override("lines of a new form", **calm("red")),
            override("local", displayName="our own reply, no cause", **calm("orange")),
            override("remote", displayName="a partner's reply, no cause", **calm("purple")),
        ],
    )  # fmt: skip


def _gaps() -> Json:
    return timeseries(
        "Lines that may be lost",
        "Gaps in the logs by reason: the file was removed before it was read, may not be read, or is damaged; the journal was vacuumed; the logger dropped lines. A recovery is not claimed across a gap. Rotate later, or give the journal more room.",
        [over_time(f"sum by (reason) ({risen('gaps_total', '$__rate_interval')})", "{{reason}}")],
        unit="none", decimals=0, stacked=True, bars=True, interval=A_WHILE, legend="bottom", soft_maximum=1,
    )  # fmt: skip


# ── do alerts go out? ──


def _channels() -> Json:
    each = "by (job, instance, channel) "

    def result(name: str, *matchers: str) -> str:
        return f"sum {each}({risen('notifications_total', '$__range', equals('result', name), *matchers)})"

    given_up = (
        result("given_up", 'channel!="other"') + " or " + result("given_up", 'channel="other"') + " > 0.5"
    )
    targets, overrides, transformations = as_rows(
        {
            "instance": {"displayName": "Instance"},
            "channel": {"displayName": "Channel", **wide(140)},
        },
        [
            Column("Now", f"max {each}({own('channel_failing')})",
                   {"mappings": words({"0": "takes alerts", "1": ("takes nothing", "red")}), **coloured(), **wide(110)}),
            Column("Sent", result("sent"), {"decimals": 0, **wide(80)}),
            Column("Failed tries", result("failed"), {"decimals": 0, **coloured(("yellow", 0.5)), **wide(100)}),
            Column("Given up", given_up, {"decimals": 0, **coloured(("red", 0.5)), **wide(100)}),
        ],
    )  # fmt: skip
    return table(
        "Each channel",
        "Whether a channel takes messages now, and what became of them in the time shown. A failed try is repeated for about three days, then the message is given up. `other` stands for channels that are no longer configured. `rejectwatch test-alert CHANNEL` says what the other side answers.",
        targets, overrides=overrides, transformations=transformations, sort=["Now", "Given up", "Failed tries"],
    )  # fmt: skip


def _messages() -> Json:
    return timeseries(
        "Messages to people",
        "Tries to send, by result, five minutes a bar, and how many messages wait. Waiting ones should not stay.",
        [
            over_time(f"sum by (result) ({risen('notifications_total', '$__rate_interval')})", "{{result}}"),
            over_time(f"sum({own('notifications_waiting')})", "waiting"),
        ],
        unit="none", decimals=0, stacked=True, bars=True, interval=A_WHILE, legend="bottom", soft_maximum=1,
        overrides=[
            override("sent", **calm("green")),
            override("failed", displayName="failed, tried again", **calm("orange")),
            override("given_up", displayName="given up", **calm("red")),
            override("waiting", **calm("yellow"), custom__drawStyle="line", custom__fillOpacity=0, custom__lineWidth=2,
                     custom__stacking={"group": "B", "mode": "none"}),
        ],
    )  # fmt: skip


# ── rejectwatch itself ──


def _instances() -> Json:
    targets, overrides, transformations = as_rows(
        {"instance": {"displayName": "Instance"}, "version": {"displayName": "Version", **wide(80)}},
        [
            Column("", f"max by (job, instance, version) ({own('build_info')})", {}),
            Column("Works", f"min {EACH}({own('ready')})",
                   {"mappings": words({"0": ("no", "red"), "1": "yes"}), **coloured(), **wide(70)}),
            Column("Runs since", f"1000 * max {EACH}({process('start_time_seconds')})",
                   {"unit": "dateTimeFromNow", **wide(110)}),
            Column("Memory", f"max {EACH}({process('resident_memory_bytes')})", {"unit": "bytes", **wide(90)}),
            Column("Configuration", f"min {EACH}({own('config_last_reload_successful')})",
                   {"mappings": words({"0": ("has a mistake", "red"), "1": "good"}), **coloured(), **wide(115)}),
            Column("Remembers", f"max {EACH}({own('correlator_open_queue_ids')})", {"unit": "short", **wide(95)}),
            Column("Forgotten", f"max {EACH}({risen('correlator_forgotten_total', '$__range')})",
                   {"decimals": 0, **coloured(("yellow", 0.5)), **wide(95)}),
            Column("Not watched", f"max {EACH}({own('folders_not_watched')})", {**coloured(("yellow", 1)), **wide(100)}),
        ],
    )  # fmt: skip
    return table(
        "Each rejectwatch",
        "Works: its database and at least one log can be used; else see `journalctl -u rejectwatch`. Configuration: after a mistake the one from before holds, `rejectwatch check-config` names it. Remembers: messages in the queue; forgotten: those that were given up to bound the memory, their login may be missing. Not watched: folders in which changes are only looked for each second.",
        targets, overrides=overrides, transformations=transformations,
    )  # fmt: skip


def _delay() -> Json:
    return timeseries(
        "Delay until a refusal is known",
        "From the time in the log line to the stored event, for half (p50) and nearly all (p95) refusals, and how long a commit to the database takes. Seconds are normal; a minute means that the database or the reading is slow. There is no curve without refusals.",
        [
            over_time(quantile(0.5, "detection_delay"), "known after, p50"),
            over_time(quantile(0.95, "detection_delay"), "known after, p95"),
            over_time(quantile(0.95, "commit_duration"), "commit, p95"),
        ],
        unit="s", interval=A_WHILE, legend="bottom", soft_maximum=1,
        overrides=[
            override("known after, p50", **calm("blue")), override("known after, p95", **calm("orange")),
            override("commit, p95", **calm("text")), override_like("known", custom__showPoints="auto"),
        ],
    )  # fmt: skip
