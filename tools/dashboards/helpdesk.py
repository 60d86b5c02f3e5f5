"""The helpdesk's screen: type a name, and see whether this person can send, since when not, why, and what to tell them."""

from __future__ import annotations

from tools.dashboards.board import Board, custom, textbox
from tools.dashboards.databases import Database, typed
from tools.dashboards.links import to
from tools.dashboards.panels import NEUTRAL, Json, override, stat, table, words
from tools.dashboards.person import about, refusals

VERDICTS = {
    "yes": ("YES", "はい、送信できます", "green"),
    "no": ("NO", "いいえ、送信できません", "red"),
    "no_there": ("NO, not to one place", "特定の宛先に送信できません", "red"),
    "not_known": ("NOT KNOWN", "不明", "yellow"),
    "not_seen": ("NEVER SEEN", "記録がありません", "yellow"),
    "nobody": ("Type a name above", "名前を入力してください", "blue"),
}
"""What the daemon's memory says, in both languages, and in which colour."""


def helpdesk(database: Database) -> Board:
    board = Board(
        database.uid("helpdesk"),
        "rejectwatch: helpdesk",
        "Somebody is on the phone. Type their login or address: can they send, since when not, why, what to tell them?"
        " The same as `rejectwatch user`, from the beginning of the time range on.",
        [database.datasource(), _user(), custom("language", "Language", {"English": "en", "日本語": "ja"})],
        since="now-30d",
    )
    board.line(5, (_verdict(database), 8), (_times(database), 16))
    board.line(27, (_told(database), 24))
    board.line(8, (_refusals(database), 24))
    board.line(7, (_clients(database), 15), (_others(database), 9))
    board.line(7, (_incidents(database), 24))
    return board


def _user() -> Json:
    return textbox("user", "Login or address", description="In any case of letters.")


def say(english: str, japanese: str) -> str:
    """A text of ours in the language that was chosen."""
    return f"CASE WHEN {typed('language')} = 'ja' THEN '{japanese}' ELSE '{english}' END"


TITLES = f"""(
  SELECT cause, min(title) AS title FROM cause_texts WHERE language = {typed("language")} GROUP BY cause
) AS titles"""
"""In FROM: a cause in words, in the language that was chosen."""


def to_user(database: Database) -> Json:
    """From the name of a person to what is known of them."""
    return to(database, "user", "The story of this person", own="user")


# ── the answer ──


def _verdict(database: Database) -> Json:
    known = "\n    ".join(
        f"WHEN '{verdict}' THEN {say(english, japanese)}"
        for verdict, (english, japanese, _) in VERDICTS.items()
    )
    sql = f"""{about(database, "verdict")}
SELECT CASE
    CASE WHEN can_send = 'no' AND EXISTS (SELECT 1 FROM there) THEN 'no_there' ELSE can_send END
    {known} END AS can_send
FROM verdict"""
    shown = {
        text: (text, colour)
        for english, japanese, colour in VERDICTS.values()
        for text in (english, japanese)
    }
    return stat(
        "Can this person send? · 送信できますか",
        "YES: nothing was refused, or mail of the kind that failed has gone out since. NO: an incident is open. NOT KNOWN:"
        " refused, and nothing proves that it works again. The rules are those of `rejectwatch user`.",
        [database.target(sql)],
        field="/.*/",
        mappings=words(shown),
        background=True,
        text_mode="value",
        size=None,
    )


def _times(database: Database) -> Json:
    kind = f"""cause = (SELECT cause FROM last) AND refused_by = (SELECT refused_by FROM last)
      AND occurred_at >= coalesce((SELECT at FROM proven), {database.begin()})"""
    sql = f"""{about(database, "verdict")}
SELECT
  CASE WHEN (SELECT can_send FROM verdict) <> 'yes' THEN (SELECT min(at) FROM (
    SELECT (SELECT occurred_at FROM failures WHERE failures.person = people.name AND failures."user" IS NOT NULL
      AND {kind} ORDER BY occurred_at LIMIT 1) AS at FROM people WHERE people.kind = 'user'
    UNION ALL SELECT min(occurred_at) FROM senders WHERE {kind}
  ) AS times) END AS failing_since,
  (SELECT occurred_at FROM last) AS last_refusal,
  (SELECT max(at) FROM found) AS last_success"""
    return stat(
        "Since when? · いつからですか",
        "Failing since: the first refusal of the kind of the last one, after what was proven to work. The last success has"
        " the grain of a minute.",
        [database.target(sql, times=("failing_since", "last_refusal", "last_success"))],
        field="/.*/",
        unit="dateTimeAsIso",
        steps=NEUTRAL,
        no_value="—",
        text_mode="value_and_name",
        size=28,
        overrides=[
            override("failing_since", displayName="Failing since · 失敗の始まり"),
            override("last_refusal", displayName="Last refusal · 最後の拒否"),
            override("last_success", displayName="Last success · 最後の成功"),
        ],
    )


def _told(database: Database) -> Json:
    """A row for each question. Who must act is the open incident's to say: it knows the circumstances."""
    rows = {
        say("Why", "原因"): "title || ' (' || cause || ')'",
        say("It means", "意味"): "meaning",
        say("Who acts", "対応する人"): "acts",
        say("Text to forward", "利用者への案内"): "forward_text",
        say(
            "Refused by", "拒否したサーバー"
        ): f"""CASE WHEN refused_by = 'local' THEN {say("our own server", "自社のサーバー")}
    ELSE coalesce(relay_host, relay_ip, '?') END""",
        say("Refused to", "宛先"): "recipient",
        say("The reply", "拒否の応答"): "reply",
        say("Known by", "判断の根拠"): "evidence || ' (' || confidence || ')'",
        say("Administrator", "管理者が行うこと"): "admin_steps",
    }
    selects = "\n  UNION ALL ".join(
        f"SELECT {number} AS n, {what} AS what, {text} AS answer FROM told"
        for number, (what, text) in enumerate(rows.items())
    )
    sql = f"""{about(database, "incidents_of")},
turn AS (
  SELECT incidents_of.who_acts FROM incidents_of JOIN last
    ON last.cause = incidents_of.cause AND last.refused_by = incidents_of.refused_by
  WHERE incidents_of.closed_at IS NULL ORDER BY incidents_of.opened_at DESC LIMIT 1
),
told AS (
  SELECT texts.cause, texts.title, texts.meaning, texts.forward_text,
    coalesce((SELECT min(acts) FROM cause_texts JOIN turn ON turn.who_acts = cause_texts.who_acts
      WHERE language = {typed("language")}), texts.acts) AS acts,
    texts.admin_steps, last.refused_by,
    last.relay_host, last.relay_ip, last.recipient, last.reply, last.evidence, last.confidence
  FROM last JOIN cause_texts AS texts ON texts.cause = last.cause AND texts.language = {typed("language")}
    AND texts.refused_by = CASE WHEN 'remote' IN (SELECT who_acts FROM turn) THEN 'remote' ELSE last.refused_by END
  ORDER BY CASE WHEN texts.who_acts IN (SELECT who_acts FROM turn) THEN 0 WHEN texts.who_acts = 'user' THEN 1 ELSE 2 END
  LIMIT 1
)
SELECT what, answer FROM (
  {selects}
) AS answers WHERE answer <> '' ORDER BY n"""
    return table(
        "Why, and what to tell them · 原因と案内",
        "Of the last refusal. The texts are those of the daemon's messages, without what only a record tells.",
        [database.target(sql)],
        no_value="Nothing was refused in this time range. · この期間に拒否はありません。",
        wrapped=True,
        overrides=[
            override("what", displayName="Question · 項目", custom__width=140),
            override("answer", displayName="Answer · 内容", custom__inspect=True),
        ],
    )


# ── around it ──


def since(database: Database) -> str:
    return f"occurred_at >= {database.begin()}"


def _clients(database: Database) -> Json:
    sql = f"""{about(database, "senders")}
SELECT client_ip AS address, helo, service, sum(repeat) AS refusals, max(occurred_at) AS last_at
FROM {refusals(since(database))} GROUP BY client_ip, helo, service ORDER BY refusals DESC, last_at DESC LIMIT 20"""
    return table(
        "From which devices? · どの機器から",
        "Where the refused mail was handed over, and as what the program called itself (HELO).",
        [database.target(sql, times=("last_at",))],
        no_value="None",
        overrides=[
            override("address", displayName="Address", custom__width=125),
            override("helo", displayName="Calls itself"),
            override("service", displayName="Service", custom__width=190),
            override("refusals", displayName="Refusals", custom__width=80),
            override("last_at", displayName="Last", custom__width=155),
        ],
    )


def _refusals(database: Database) -> Json:
    sql = f"""{about(database, "senders")}
SELECT refusals.occurred_at AS time, refusals.sender, refusals.recipient, coalesce(titles.title, refusals.cause) AS why,
  refusals.reply, refusals.evidence
FROM {refusals(since(database))} LEFT JOIN {TITLES} ON titles.cause = refusals.cause
ORDER BY refusals.occurred_at DESC, refusals.position DESC, refusals.n DESC LIMIT 50"""
    return table(
        "Refused · 拒否されたメール",
        "The last fifty refusals, the newest on top, with what the server answered.",
        [database.target(sql)],
        no_value="None",
        overrides=[
            override("time", displayName="Time", custom__width=155),
            override("sender", displayName="From", custom__width=160),
            override("recipient", displayName="To", custom__width=160),
            override("why", displayName="Why", custom__width=350),
            override("reply", displayName="Reply", custom__inspect=True),
            override("evidence", displayName="Known by", custom__width=140),
        ],
    )


def _incidents(database: Database) -> Json:
    sql = f"""{about(database, "incidents_of")}
SELECT opened_at, CASE WHEN closed_at IS NULL THEN {say("open", "継続中")}
    WHEN ending = 'recovered' THEN {say("works again", "復旧済み")}
    WHEN ending = 'merged' THEN {say("part of another one", "別の障害に統合")}
    ELSE {say("not tried again", "再送なし")} END AS state,
  coalesce(titles.title, incidents_of.cause) AS why, subject, people, attempts
FROM incidents_of LEFT JOIN {TITLES} ON titles.cause = incidents_of.cause
ORDER BY CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, opened_at DESC LIMIT 20"""
    return table(
        "Incidents · 障害",
        "That this person belongs to: the open ones first, and those that were told in this person's name.",
        [database.target(sql, times=("opened_at",))],
        no_value="None",
        overrides=[
            override("opened_at", displayName="Since", custom__width=155),
            override("state", displayName="State", custom__width=130),
            override("why", displayName="Why", custom__width=350),
            override("subject", displayName="About"),
            override("people", displayName="People", custom__width=70),
            override("attempts", displayName="Attempts", custom__width=80),
        ],
    )


def _others(database: Database) -> Json:
    around = [database.later("occurred_at", hours) for hours in (-24, 24)]
    sql = f"""{about(database, "there")}
SELECT person, sum(repeat) AS refusals FROM failures
WHERE cause = (SELECT cause FROM last) AND refused_by = (SELECT refused_by FROM last)
  AND occurred_at BETWEEN (SELECT {around[0]} FROM last) AND (SELECT {around[1]} FROM last)
  AND (NOT EXISTS (SELECT 1 FROM there) OR recipient_domain = (SELECT recipient_domain FROM there))
  AND ("user" IS NOT NULL OR sender_domain = (SELECT sender_domain FROM last))
  AND person NOT IN (SELECT name FROM people)
GROUP BY person ORDER BY refusals DESC, person LIMIT 20"""
    return table(
        "Others with the same trouble · 同じ状況の利用者",
        "Refused for the same reason, by the same side, within a day of this person's last refusal; to the same domain, where it lies with the recipient.",
        [database.target(sql)],
        no_value="Nobody",
        overrides=[
            override("person", displayName="Who", links=[to_user(database)]),
            override("refusals", displayName="Refusals", custom__width=80),
        ],
    )
