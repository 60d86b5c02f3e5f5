"""Write docs/causes: a page for each cause in each language, and the list of the mail systems whose texts are known.

    PYTHONPATH=daemon python tools/cause_pages.py [FOLDER]

The words come from the catalogues, as an alert has them where a record tells nothing; the replies from
tests/causes/cases. A line `# [System] source` there tells which system says what follows it, up to the next
line with a # or without anything.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise, zip_longest
from pathlib import Path
from typing import NamedTuple

from rejectwatch.causes import CAUSES, Cause, Diagnosis, Reply
from rejectwatch.causes.reading import read
from rejectwatch.facts import WhoActs
from rejectwatch.messages import LANGUAGES, Known, explain
from rejectwatch.messages.catalogue import Catalogue, catalogue
from rejectwatch.messages.filling import listed, values
from rejectwatch.messages.layout import parts

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "causes" / "cases"
NOTE = "<!-- Written by tools/cause_pages.py from the message catalogues and tests/causes/cases. -->"
MOST_REPLIES = 25
OURS: dict[str, WhoActs] = {"ours_user": "user", "ours_admin": "admin"}
"""Whose turn it is where our own server refused; the names are those of the catalogues."""

# Mail systems, filters and providers, as the headings of the cases name them, several at once or among other words.
# A heading that names none of these names one alone.
SYSTEMS = re.split(
    r"\s+·\s+",
    """
    Alibaba Cloud · amavis · Amazon SES · AOL · ArGoSoft · Aruba · ASSP · AT&T · au · Barracuda ·
    BarricadeMX · BIGLOBE · BlueTie · Charter · chasquid · Cisco IronPort · Cloudmark · Comcast ·
    CommuniGate Pro · Coremail · Courier · Cox · cPanel · Cyberoam · Daum · DirectAdmin · docomo ·
    Domino · EarthLink · Exchange · Exim · Facebook · Fastmail · Forpsi · FortiMail · Free · freenet ·
    GFI · GMX · GoDaddy · goo · Google · GroupWise · Halon · Haraka · hMailServer · Hornetsecurity ·
    Hotmail · IceWarp · iCloud · IMail · IndiMail · iRedAPD · James · Kerio Connect · La Poste · Libero
    · maddy · mail.ru · MailEnable · Mailgun · MailMarshal · MailScanner · McAfee · MDaemon · Mercury ·
    MessageLabs · Microsoft 365 · Mimecast · MIMEDefang · MMDF · Momentum · mox · Naver · NetEase ·
    NetMail · nifty · Nodemailer · OCN · Onet · OpenSMTPD · Oracle Messaging Server · Orange · OVH ·
    Plesk · policyd · Postfix · postgrey · PowerMTA · Proofpoint · qmail · qpsmtpd · QQ · Rackspace ·
    Rambler · Road Runner · rspamd · Sakura · SendGrid · Sendmail · Seznam · SFR · Sina · Smail ·
    SoftBank · Sohu · Sophos · SpamAssassin · SpamTitan · SpamWall · SparkPost · Stalwart · SubEtha SMTP
    · SurgeMail · T-Online · Telecom Italia · Trend Micro · Verizon · Winmail · WP · XMail · Xserver ·
    Yahoo · Yandex · Zimbra · ZMailer · Zoho
    """.strip(),
)
ALIASES = {
    "1&1": "GMX", "Aliyun": "Alibaba Cloud", "BellSouth": "AT&T", "Gmail": "Google", "HiChina": "Alibaba Cloud",
    "Hula": "NetMail", "indimail": "IndiMail", "KDDI": "au", "NIMS": "NetMail", "Node": "Nodemailer",
    "nodemailer": "Nodemailer", "Office 365": "Microsoft 365", "smtpf": "BarricadeMX", "Tencent": "QQ", "web.de": "GMX",
}  # fmt: skip
# Headings that name whose wording it is, and no mail system.
NO_SYSTEM = re.compile(
    r"RFC|SPF$|Sisimai|registry|written by|many$|policy servers|mailing lists|providers with"
)
_NAMES = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, [*SYSTEMS, *ALIASES]))})(?!\w)")

WORDS = {
    "en": {
        "other": "日本語",
        "list": "all causes",
        "intro": "An alert says the same with the names, addresses and commands filled in, and adds what to tell to support.",
        "ours": "Refused by our own server",
        "ours_user": "Refused by our own server, and the user can cure it",
        "ours_admin": "Refused by our own server, and the administrator can cure it",
        "theirs": "Refused by another server",
        "acts": "Who acts",
        "or": " or ",
        "first": "First",
        "proof": "It works again when",
        "shared": "a mail gets through with {shared} as the refused one",
        "admin": "What the administrator can do",
        "user": "Text to forward to the user",
        "replies": "Replies that mean this",
        "replies_intro": "The reply code does not matter: the same texts come with 550, 551, 553 and 554.",
        "others": "Others",
    },
    "ja": {
        "other": "English",
        "list": "原因の一覧",
        "intro": "通知には、名前、アドレス、コマンドを埋めた同じ内容と、問い合わせに使う情報が書かれています。",
        "ours": "自社のサーバーが拒否した場合",
        "ours_user": "自社のサーバーが拒否し、利用者が対応する場合",
        "ours_admin": "自社のサーバーが拒否し、管理者が対応する場合",
        "theirs": "ほかのサーバーが拒否した場合",
        "acts": "対応する人",
        "or": "または",
        "first": "最初に行うこと",
        "proof": "復旧の確認",
        "shared": "拒否されたメールと{shared}が同じメールが、正常に送信されること",
        "admin": "管理者が行うこと",
        "user": "利用者への案内（このまま転送できます）",
        "replies": "この原因を示す拒否文の例",
        "replies_intro": "応答コードは区別しません。同じ文が 550、551、553、554 のどれでも使われます。",
        "others": "その他",
    },
}


class Case(NamedTuple):
    """A reply that means a cause, and the mail systems that say it."""

    reply: str
    systems: tuple[str, ...]


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "causes"
    for name, text in pages().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return 0


def pages() -> dict[str, str]:
    """Each page under its name below docs/causes."""
    cases = {cause.slug: list(cases_of(cause.slug)) for cause in CAUSES}
    written = {"README.md": index(), "systems.md": systems(cases)}
    for language in LANGUAGES:
        for cause in CAUSES:
            written[f"{language}/{cause.slug}.md"] = page(cause, cases[cause.slug], language)
    return written


def cases_of(slug: str) -> Iterator[Case]:
    systems: tuple[str, ...] = ()
    for line in (CASES / f"{slug}.txt").read_text("utf-8").splitlines():
        if line.startswith("+ "):
            yield Case(line[2:], systems)
        elif not line or line.startswith("#"):
            systems = systems_in(line)


def systems_in(line: str) -> tuple[str, ...]:
    heading = re.match(r"# \[(.*?)\]", line)
    if heading is None:
        return ()
    # What follows a colon is where it was read.
    named, _, _ = heading[1].partition(": ")
    found = tuple(dict.fromkeys(ALIASES.get(name, name) for name in _NAMES.findall(named)))
    if found or NO_SYSTEM.search(named):
        return found
    return (named,)


# ── a page ───────────────────────────────────────────────────────────────────────────────────────


def page(cause: Cause, cases: Sequence[Case], language: str) -> str:
    words, own = catalogue(language), WORDS[language]
    (other,) = set(LANGUAGES) - {language}
    ours = [at for at in OURS if has(cause, at, words)]
    blocks = [
        NOTE,
        f"# {escaped(words.say(f'cause.{cause.slug}.title'))}",
        f"`{cause.slug}` · [{own['list']}](../README.md) · [{own['other']}](../{other}/{cause.slug}.md)",
        own["intro"],
    ]
    for at in ours:
        blocks += [f"## {own[at if len(ours) > 1 else 'ours']}", *situation(cause, at, cases, language)]
    blocks += [f"## {own['theirs']}", *situation(cause, "theirs", cases, language)]
    blocks += [f"## {own['replies']}", own["replies_intro"], *examples(cases, own["others"])]
    return "\n\n".join(blocks) + "\n"


def has(cause: Cause, at: str, words: Catalogue) -> bool:
    """Whether the fault can lie there."""
    try:
        words.say(f"cause.{cause.slug}.{at}.meaning", values(Known(), words))
    except KeyError:
        return False
    return True


def situation(cause: Cause, at: str, cases: Sequence[Case], language: str) -> Iterator[str]:
    words, own = catalogue(language), WORDS[language]
    known = Known(refused_by="remote" if at == "theirs" else "local")
    acting = who_acts(cause, at, cases)
    told = explain(Diagnosis(cause.slug, "high", "", acting[0]), known, language)
    facts = {
        "acts": own["or"].join(words.say(f"explain.acts.{who}") for who in acting),
        "first": words.say(f"cause.{cause.slug}.{at}.first", values(known, words)),
        "proof": proof(cause, at, language),
    }
    yield escaped(told.meaning)
    yield "\n".join(f"- **{own[name]}**: {escaped(text)}" for name, text in facts.items())
    yield f"### {own['admin']}"
    yield "\n".join(map(step, told.admin_steps))
    yield f"### {own['user']}"
    yield quotation(told.forward_text)


def who_acts(cause: Cause, at: str, cases: Sequence[Case]) -> list[WhoActs]:
    """Whose turn it is. What another server refuses can be a matter of the reply."""
    if at in OURS:
        return [OURS[at]]
    told = Counter(cause.who_acts(read(Reply(case.reply, refused_by="remote"))) for case in cases)
    return [who for who, _ in told.most_common()]


def proof(cause: Cause, at: str, language: str) -> str:
    words = catalogue(language)
    fields = cause.recovery if at in OURS else cause.recovery_elsewhere
    shared = listed([words.say(f"shared.{field}") for field in fields], words)
    return WORDS[language]["shared"].format(shared=shared)


def step(text: str) -> str:
    """One of a numbered list (Markdown counts itself); its commands are blocks, to be copied as they stand."""
    first, *more = [
        fenced([part]) if is_command else escaped(part).split("\n") for part, is_command in parts(text)
    ]
    lines = [*first, *chain.from_iterable(["", *block] for block in more)]
    return "\n".join(f"{'   ' if n else '1. '}{line}".rstrip() for n, line in enumerate(lines))


def examples(cases: Iterable[Case], others: str) -> Iterator[str]:
    """Replies of as many systems as there is room for: the first of each, then the second of each."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for case in cases:
        groups.setdefault(case.systems, []).append(case.reply)
    by_name = sorted(groups.items(), key=lambda group: (not group[0], ", ".join(group[0]).casefold()))
    turns = zip_longest(*([(systems, reply) for reply in replies] for systems, replies in by_name))
    shown = list(islice(filter(None, chain.from_iterable(turns)), MOST_REPLIES))
    for systems, _ in by_name:
        if replies := [reply for group, reply in shown if group == systems]:
            yield f"**{escaped(', '.join(systems) or others)}**"
            yield "\n".join(fenced(replies))


# ── the lists ────────────────────────────────────────────────────────────────────────────────────


def index() -> str:
    """All causes, in one sentence each."""
    rows = [
        [
            f"`{cause.slug}`",
            *(
                f"[{escaped(catalogue(language).say(f'cause.{cause.slug}.title'))}]({language}/{cause.slug}.md)"
                for language in LANGUAGES
            ),
        ]
        for cause in CAUSES
    ]
    told = (
        "Why mail was refused: the causes that rejectwatch tells apart. Each has a page that says what it means, who acts, what to do, "
        "and which replies mean it. An alert links to the page of its cause where `help_url` gives the address of this folder.\n\n"
        "[The mail systems whose replies it knows](systems.md)"
    )
    return "\n\n".join([NOTE, "# Causes · 原因", told, table(["Cause", "English", "日本語"], rows)]) + "\n"


def systems(cases: dict[str, list[Case]]) -> str:
    """Which systems say what, as far as the headings of the cases tell."""
    texts: dict[str, Counter[str]] = {}
    for slug, of_cause in cases.items():
        for case in of_cause:
            for system in case.systems:
                texts.setdefault(system, Counter())[slug] += 1
    rows = [
        [escaped(system), str(told.total()), ", ".join(f"[{slug}](en/{slug}.md)" for slug in told)]
        for system, told in sorted(texts.items(), key=lambda one: one[0].casefold())
    ]
    told = (
        f"The tests hold {sum(map(len, cases.values()))} replies whose cause is known, and with many of them the mail system, "
        "filter or provider that gives them. A text that several give counts for each; the rest are words that administrators and "
        "programmers have chosen themselves. A system need not be here: the diagnosis goes by what a reply says."
    )
    return "\n\n".join([NOTE, "# Mail systems", told, table(["System", "Texts", "Causes"], rows)]) + "\n"


# ── Markdown ─────────────────────────────────────────────────────────────────────────────────────

_SPECIAL = re.compile(r"[\\`*<\[\]|~]|^[>#+-]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")
BREAK = "\\"


def escaped(text: str) -> str:
    """Text as it is, whatever Markdown or HTML it looks like."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def quotation(text: str) -> str:
    """A text of paragraphs and of steps that begin with "- "."""
    quoted = []
    for line, following in pairwise([*text.splitlines(), ""]):
        if line.startswith("- "):
            quoted.append(f"> - {escaped(line[2:])}")
        else:
            # With a backslash at the end the next line stays a line of its own.
            quoted.append(f"> {escaped(line)}{BREAK if line and following else ''}".rstrip())
    return "\n".join(quoted)


def fenced(lines: Sequence[str]) -> list[str]:
    """A block that no line in it can end."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *lines, fence]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


if __name__ == "__main__":
    sys.exit(main())
