from __future__ import annotations

import os
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

from rejectwatch import causes
from rejectwatch.causes import (
    BY_SLUG,
    CAUSES,
    Cause,
    Diagnosis,
    Judging,
    Reply,
    diagnose,
    ranking,
    recovery,
)
from rejectwatch.causes.phrases import Held, landmarks_in
from rejectwatch.causes.reading import read
from rejectwatch.causes.texts import PREPARED, Text
from rejectwatch.facts import RefusedBy

CASES = Path(__file__).parent / "cases"
FRAME = {"interface", "judging", "masking", "own", "phrases", "prepared", "reading", "texts"}


def cases(sign: str) -> list[tuple[str, str]]:
    """(slug, reply) of each line that begins with the sign."""
    return [
        (path.stem, line[2:])
        for path in sorted(CASES.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(f"{sign} ")
    ]


def test_each_module_of_the_folder_is_in_the_list() -> None:
    modules = {module.name for module in pkgutil.iter_modules(causes.__path__)} - FRAME

    listed: set[Cause] = {import_module(f"rejectwatch.causes.{name}").CAUSE for name in modules}
    assert listed == set(CAUSES)
    assert modules == set(BY_SLUG)


def test_each_cause_has_cases_that_match_and_cases_that_do_not() -> None:
    assert {slug for slug, _ in cases("+")} == set(BY_SLUG)
    assert {slug for slug, _ in cases("-")} == set(BY_SLUG) - {"unknown"}


@pytest.mark.parametrize("slug, reply", cases("+"))
def test_it_is_recognised(slug: str, reply: str) -> None:
    assert diagnose(Reply(reply)).cause == slug


@pytest.mark.parametrize("slug, reply", cases("-"))
def test_it_is_not_mistaken_for_this_cause(slug: str, reply: str) -> None:
    assert diagnose(Reply(reply)).cause != slug


@pytest.mark.parametrize("code", [550, 551, 554])
@pytest.mark.parametrize("slug, reply", cases("+"))
def test_the_code_does_not_matter(slug: str, reply: str, code: int) -> None:
    assert diagnose(Reply(re.sub(r"\b553(?=[ -]|$)", str(code), reply))).cause == slug


def test_no_known_text_is_claimed_by_two_causes_equally(replies: list[dict[str, str]]) -> None:
    texts = [reply for _, reply in cases("+") + cases("-")] + [one["text"] for one in replies]

    ties = [text for text in texts if is_tie(text)]
    assert ties == []


def is_tie(text: str) -> bool:
    first, second = (*ranking(Reply(text)), None, None)[:2]
    return bool(first and second and second.evidence.strength == first.evidence.strength)


def test_no_text_is_overlooked_because_its_words_are_not_there(replies: list[dict[str, str]]) -> None:
    every_text = [text for cause in CAUSES for text in cause.judge.texts]
    plain = {read(Reply(one)).plain for _, one in cases("+") + cases("-")}
    plain |= {read(Reply(one["text"])).plain for one in replies}

    overlooked = [
        (text.phrase, one)
        for one, words, held in ((one, landmarks_in(one), Held(one)) for one in plain)
        for text in every_text
        if not (text.may_stand_in(held) and (not text.rarest_landmarks or text.rarest_landmarks & words))
        and text.search(one, "")
    ]
    assert overlooked == []


def test_what_was_prepared_is_what_would_be_reckoned() -> None:
    every_text = [text for cause in CAUSES for text in cause.judge.texts if isinstance(text, Text)]
    prepared = [text for text in every_text if text.key in PREPARED]

    assert [text.key for text in prepared if PREPARED[text.key] != text.reckoned()] == []
    if "REJECTWATCH_TEST_WHEEL" in os.environ:
        assert {text.key for text in every_text} == set(PREPARED)


def test_the_order_of_the_list_means_nothing(replies: list[dict[str, str]]) -> None:
    reverse = Judging(CAUSES[::-1])

    assert all(
        diagnose(Reply(one["text"]), judging=reverse) == diagnose(Reply(one["text"])) for one in replies
    )


def test_where_two_are_equally_strong_nobody_knows() -> None:
    twin = Cause("twin", BY_SLUG["relay_denied"].judge, lambda _: "admin", ("person",))
    torn = diagnose(Reply("550 relay not permitted"), judging=Judging((*CAUSES, twin)))

    assert torn == Diagnosis("unknown", "low", "", "admin")


@pytest.mark.parametrize("enhanced", ["5.7.1", "5.1.1", "5.1.2", "5.7.8", "5.5.3"])
def test_an_enhanced_code_alone_decides_nothing(enhanced: str) -> None:
    for text in (f"553 {enhanced} no", f"553 no (#{enhanced})", f"553-{enhanced} no\\n553 {enhanced} sorry"):
        assert diagnose(Reply(text, 553, enhanced)).cause == "unknown"


def test_evidence_is_quoted_from_the_reply(replies: list[dict[str, str]]) -> None:
    for one in replies:
        evidence = diagnose(Reply(one["text"])).evidence
        assert evidence in read(Reply(one["text"])).words, one


def test_a_known_cause_is_never_without_evidence() -> None:
    for slug, reply in cases("+"):
        assert bool(diagnose(Reply(reply)).evidence) == (slug != "unknown")


def test_words_of_two_causes_make_it_less_sure() -> None:
    clear = diagnose(Reply("553 5.7.1 not logged in"))
    both = diagnose(Reply("553 relaying denied, authentication required"))

    assert (clear.cause, clear.confidence) == ("auth_required", "high")
    assert (both.cause, both.confidence) == ("auth_required", "medium")


# ── who acts ─────────────────────────────────────────────────────────────────────────────────────

NOT_OWNED = "553 5.7.1 <{sender}>: Sender address rejected: not owned by user {login}"
RCPTHOSTS = "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"


@pytest.mark.parametrize(
    "reply, who",
    [
        (Reply(NOT_OWNED.format(sender="sales@corp.example", login="alice@corp.example")), "user"),
        (Reply(NOT_OWNED.format(sender="alice@corp.example", login="alice@corp.example")), "admin"),
        (Reply(NOT_OWNED.format(sender="Alice@Corp.Example", login="alice@corp.example")), "admin"),
        (Reply(NOT_OWNED.format(sender="a@corp.example", login="a@corp.example ask the helpdesk")), "admin"),
        (Reply("553 5.7.1 Sender address rejected: not owned by auth user.", user="a@b.example", sender="a@b.example"), "admin"),
        (Reply("553 Mail from must equal authorized user", user="alice", sender="alice@corp.example"), "user"),
        (Reply(NOT_OWNED.format(sender="a@corp.example", login="relay"), refused_by="remote"), "admin"),
        (Reply("553 5.7.1 not logged in"), "user"),
        (Reply("553 authentication is required", refused_by="remote"), "admin"),
        (Reply(RCPTHOSTS, refused_by="local"), "user"),
        (Reply(RCPTHOSTS, refused_by="local", user="alice"), "admin"),
        (Reply(RCPTHOSTS, refused_by="remote", user="alice"), "remote"),
        (Reply("553 sorry, no mailbox here by that name", refused_by="remote"), "user"),
        (Reply("553 no"), "admin"),
    ],
)  # fmt: skip
def test_who_must_act(reply: Reply, who: str) -> None:
    assert diagnose(reply).who_acts == who


# ── recovery ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "slug, side, fields",
    [
        ("auth_required", "local", ("sender", "client_ip")),
        ("auth_required", "remote", ("person", "recipient_domain")),
        ("sender_not_authorized", "local", ("user", "sender")),
        ("sender_not_authorized", "remote", ("sender", "recipient_domain")),
        ("relay_denied", "local", ("person", "client_ip", "recipient_domain")),
        ("relay_denied", "remote", ("person", "recipient_domain")),
        ("recipient_unknown", "local", ("person", "recipient")),
        ("recipient_unknown", "remote", ("person", "recipient")),
        ("unknown", "local", ("person", "recipient_domain")),
        ("unknown", "remote", ("person", "recipient_domain")),
    ],
)
def test_what_proves_a_recovery(slug: str, side: RefusedBy, fields: tuple[str, ...]) -> None:
    assert recovery(slug, side) == fields
