from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from gettext import NullTranslations
from itertools import product
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from messages.stories import STORIES, TOKYO
from messages.test_notices import NOTICES
from rejectwatch import messages
from rejectwatch.causes import BY_SLUG
from rejectwatch.facts import OUTCOMES
from rejectwatch.incidents.incident import KINDS
from rejectwatch.messages import House, mail
from rejectwatch.messages.catalogue import catalogue

LOCALE = Path(__file__).parents[2] / "daemon" / "rejectwatch" / "messages" / "locale"
"""The sources of the catalogues: the wheel carries only what was compiled from them."""
PARTS = ("headline", "meaning", "first", "admin_steps", "user_steps", "forward")
# Where a fault can lie: at our server and the user's to cure, or the administrator's; at another server.
SITUATIONS = {
    "auth_required": ("ours_user", "theirs"),
    "sender_not_authorized": ("ours_user", "ours_admin", "theirs"),
    "relay_denied": ("ours_user", "ours_admin", "theirs"),
    "recipient_unknown": ("ours_user", "theirs"),
    "local_restriction": ("ours_admin", "theirs"),
    "null_sender_refused": ("ours_admin", "theirs"),
    "sender_blocked": ("ours_admin", "theirs"),
    "sender_domain_invalid": ("ours_user", "theirs"),
    "sender_policy_spoof": ("ours_admin", "theirs"),
    "server_misconfigured": ("ours_user", "ours_admin", "theirs"),
    "address_syntax": ("ours_user", "theirs"),
    "content_rejected": ("ours_user", "theirs"),
    "ip_blocklisted": ("ours_user", "ours_admin", "theirs"),
    "protocol_error": ("ours_user", "theirs"),
    "rate_or_quota": ("ours_user", "ours_admin", "theirs"),
    "tls_required": ("ours_user", "theirs"),
    "unknown": ("ours_admin", "theirs"),
}


# Where title or short title of a cause would be wrong.
OF_ONE_PLACE = {
    "cause.auth_required.theirs.title",
    "cause.auth_required.theirs.short",
    "cause.sender_not_authorized.ours_admin.short",
}


def po(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "rejectwatch.po").open("rb") as source:
        return read_po(source, abort_invalid=True)


def entries(language: str) -> dict[str, str]:
    """Each entry with its text, all plural forms in one."""
    return dict(_entries(po(language)))


def _entries(source: Catalog) -> Iterator[tuple[str, str]]:
    for message in source:
        if not message.id:
            continue
        name = message.id if isinstance(message.id, str) else message.id[0]
        assert not message.fuzzy, name
        yield name, message.string if isinstance(message.string, str) else "\n".join(message.string or ())


def test_both_languages_have_the_same_entries() -> None:
    assert set(messages.LANGUAGES) == {path.name for path in LOCALE.iterdir()}
    assert entries("en").keys() == entries("ja").keys()


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_no_entry_is_empty(language: str) -> None:
    assert [name for name, text in entries(language).items() if not text] == []


@pytest.mark.parametrize("entry", entries("en"))
def test_an_entry_takes_the_same_things_from_the_record_in_both_languages(entry: str) -> None:
    english, japanese = (
        set(re.findall(r"[{](\w+)[}]|^(@[\w.]+)", entries(one)[entry], re.MULTILINE)) for one in ("en", "ja")
    )

    assert english == japanese


@pytest.mark.parametrize("entry", entries("en"))
def test_a_step_for_one_server_is_there_in_both_languages(entry: str) -> None:
    english, japanese = (
        re.findall(r"^\[(\w+)\] ", entries(one)[entry], re.MULTILINE) for one in ("en", "ja")
    )

    assert english == japanese


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_japanese_is_written_in_japanese_and_english_in_ascii_letters(language: str) -> None:
    japanese = re.compile(r"[぀-ヿ一-鿿]")
    written = {name for name, text in entries(language).items() if japanese.search(text)}

    if language == "en":
        assert written == set()
    else:
        without = set(entries("ja")) - written
        assert without <= WITHOUT_LETTERS, without - WITHOUT_LETTERS


# Quotes, joints and frames that hold no word of their own.
WITHOUT_LETTERS = {
    "quotes", "and", "and_last", "duration.joint", "months", "moment.today", "server.theirs", "to.count",
    "event.first_line", "event.first_line_from", "title.opened", "attempts.and_refusals",
    "with_count", "recovered.proof", "digest.line",
}  # fmt: skip


@pytest.mark.parametrize("slug", BY_SLUG)
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_each_cause_is_explained_wherever_it_can_lie(slug: str, language: str) -> None:
    expected = {f"cause.{slug}.title", f"cause.{slug}.short"} | {
        f"cause.{slug}.{at}.{part}" for at in SITUATIONS[slug] for part in PARTS
    }
    found = {name for name in entries(language) if name.startswith(f"cause.{slug}.")}

    assert found - OF_ONE_PLACE == expected


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_each_entry_of_a_message_is_said_in_some_story(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: set[str] = set()
    translations = type(catalogue(language)._translations)

    def heard(self: NullTranslations, entry: str) -> str:
        said.add(entry)
        return gettext(self, entry)

    def counted(self: NullTranslations, entry: str, other: str, n: int) -> str:
        said.add(entry)
        return ngettext(self, entry, other, n)

    gettext, ngettext = translations.gettext, translations.ngettext
    monkeypatch.setattr(translations, "gettext", heard)
    monkeypatch.setattr(translations, "ngettext", counted)
    tell_everything(language)
    of_messages = {name for name in entries(language) if name.partition(".")[0] in OF_MESSAGES}

    assert sorted(of_messages - said) == []


OF_MESSAGES = frozenset(
    {
        "title", "headline", "place", "scope", "whose", "when", "opened", "grown", "reminder", "escalated", "flag",
        "evidence", "label", "with_count", "domains", "and_more_people", "and_more_at_least", "why", "since", "from",
        "login", "last_worked", "section", "recovered", "shared", "expired", "digest", "group", "foreign", "notice",
    }
)  # fmt: skip


def tell_everything(language: str) -> None:
    told = [story.as_message() for story in STORIES.values()]
    at = max(one.at for one in told)
    for one, kind in product(told, KINDS):
        messages.document(replace(one, kind=kind), language, TOKYO, House(help_url="https://wiki.example"))
        mail.as_text(messages.reminder_document(one.incident, at, language, TOKYO))
        messages.escalated_document(one.incident, at, language, TOKYO)
    for notice in NOTICES.values():
        messages.notice_document(notice, language, TOKYO)
    messages.render(told[0], language, TOKYO, House(help_url="https://wiki.example"))
    messages.digest_document([*told, *NOTICES.values()], at, language, TOKYO)


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_each_kind_of_message_and_of_outcome_has_its_words(language: str) -> None:
    names = entries(language)

    assert all(f"title.{kind}" in names and f"{kind}.footer" in names for kind in KINDS)
    assert all(f"event.{outcome}" in names for outcome in OUTCOMES)


# Words of the trade that no mail program shows to its user. "SMTP" stands in names of menus and fields.
JARGON = re.compile(
    r"\b(relay|MX|MTA|DNS|DKIM|SPF|HELO|EHLO|envelope|RCPT|MAIL FROM|bounce|553|5\.7\.1|Postfix|Exim|ACL)\b"
    r"|中継|リレー|エンベロープ|ホスト名"
)


@pytest.mark.parametrize("entry", [name for name in entries("en") if re.search(r"\.(user_steps|forward)$|^clients\.|^forward\.", name)])  # fmt: skip
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_users_part_is_free_of_jargon(entry: str, language: str) -> None:
    assert JARGON.search(entries(language)[entry]) is None


def test_what_is_missing_is_an_error_and_not_shown() -> None:
    with pytest.raises(KeyError, match=r"cause\.none\.title"):
        catalogue("en").say("cause.none.title")


def test_a_language_without_catalogue_is_said_to_be_so() -> None:
    with pytest.raises(messages.CatalogueError, match="tlh"):
        catalogue("tlh")
