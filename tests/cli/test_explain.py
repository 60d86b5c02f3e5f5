from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.lines import BOUNCED, DELIVERED, NOT_OWNED, write
from parts.daemon import rejectwatch
from rejectwatch.messages.layout import width

REPLY = "553 5.7.1 <boss@corp.example>: Sender address rejected: not owned by user alice"
FIELDS = [
    "cause",
    "confidence",
    "evidence",
    "title",
    "meaning",
    "who_acts",
    "admin_steps",
    "user_steps",
    "forward_text",
    "addresses",
]


def explained(*arguments: str | Path, stdin: str | None = None) -> dict[str, Any]:
    done = rejectwatch("explain", "--format", "json", *arguments, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_answer_has_the_fields_of_the_interface_in_their_order() -> None:
    answer = explained(REPLY)

    assert list(answer) == FIELDS
    assert all(answer[name] for name in FIELDS if name != "addresses")


def test_a_bare_reply_is_explained() -> None:
    answer = explained(REPLY)

    assert (answer["cause"], answer["confidence"], answer["who_acts"]) == (
        "sender_not_authorized",
        "high",
        "user",
    )


def test_a_log_line_is_explained_with_what_it_knows() -> None:
    answer = explained(NOT_OWNED)

    assert answer["cause"] == "sender_not_authorized"
    assert "boss@corp.example" in answer["forward_text"]


def test_a_bounce_in_a_log_line_is_explained() -> None:
    assert explained(BOUNCED)["cause"] == "recipient_unknown"


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input_is_explained(arguments: tuple[str, ...]) -> None:
    assert explained(*arguments, stdin=REPLY + "\n")["cause"] == "sender_not_authorized"


def test_what_nobody_knows_is_said_to_be_unknown() -> None:
    assert explained("553 the moon has set")["cause"] == "unknown"


def test_the_answer_is_in_the_language_asked_for() -> None:
    assert explained(REPLY, "--lang", "ja")["title"] != explained(REPLY, "--lang", "en")["title"]


def test_the_text_says_who_does_what() -> None:
    said = rejectwatch("explain", REPLY, "--lang", "en").stdout

    assert "Who acts  the user" in said
    assert "The administrator" in said
    assert "The user (forward from here)" in said


@pytest.mark.parametrize("hostile", ["553 \x1b[2J\x9b31m gone", "553 \udcff\udc80 gone"])
def test_the_text_shows_no_control_character(hostile: str) -> None:
    done = rejectwatch("explain", "-", stdin=hostile.encode("utf-8", "backslashreplace").decode())

    assert done.returncode == 0
    assert not {"\x1b", "\x9b"} & set(done.stdout)


def test_bytes_that_are_no_text_are_no_failure(tmp_path: Path) -> None:
    done = rejectwatch("explain", "553 \udcff not owned by user alice")  # an argument that is not UTF-8

    assert (done.returncode, done.stderr) == (0, "")


# ── what is no refusal ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text, title",
    [
        ("250 2.0.0 Ok: queued as 4XyzAb12cD", "This is no refusal"),
        ("354 End data with <CR><LF>.<CR><LF>", "This is no refusal"),
        ("450 4.2.0 Greylisted", "Not refused for good: a delay"),
        ("hello, how are you", "There is no refusal in this text"),
        (DELIVERED, "This is no refusal"),
    ],
)
def test_a_text_that_is_no_refusal_is_told_so(text: str, title: str) -> None:
    answer = explained(text, "--lang", "en")
    said = rejectwatch("explain", text, "--lang", "en").stdout

    assert (answer["cause"], answer["title"]) == ("unknown", title)
    assert answer["user_steps"] == []
    assert said.startswith(title)
    assert "The administrator" not in said


def test_words_without_a_code_are_explained_where_they_tell() -> None:
    assert explained("sorry, that domain isn't in my list of allowed rcpthosts")["cause"] == "relay_denied"


@pytest.mark.parametrize(
    "text",
    [
        (
            "An error occurred while sending mail. The mail server responded:  553 5.7.1 <a@corp.example>: Sender address"
            " rejected: not logged in. Please verify that your email address is correct in your account settings and try again."
        ),
        "メールの送信中にエラーが発生しました。メールサーバーからの応答: 553 5.7.1 <a@corp.example>: Sender address rejected: not logged in",
        "Remote Server returned '553 5.7.1 <a@corp.example>: Sender address rejected: not logged in'",
    ],
)
def test_what_a_mail_program_says_around_a_reply_is_no_evidence(text: str) -> None:
    answer = explained(text)

    assert (answer["cause"], answer["evidence"]) == ("auth_required", "not logged in")
    assert "a@corp.example" in " ".join(answer["admin_steps"])


# ── addresses, port, support ─────────────────────────────────────────────────────────────────────


def test_a_wrong_address_is_shown_with_the_right_one() -> None:
    answer = explained("553 5.1.3 <taro＠example.co.jp>: bad address syntax", "--lang", "ja")

    (about,) = answer["addresses"]
    assert "「＠（全角）」" in about
    assert "taro@example.co.jp" in about
    assert about in answer["forward_text"]


def test_the_port_that_the_mail_came_to_is_told() -> None:
    line = NOT_OWNED.replace("postfix/submission/smtpd", "postfix/smtpd").replace(
        "not owned by user alice", "not logged in"
    )

    assert "port 25" in explained(line, "--lang", "en")["forward_text"]
    assert (
        "port 25"
        not in explained(line.replace("postfix/smtpd", "postfix/submission/smtpd"), "--lang", "en")[
            "forward_text"
        ]
    )


def test_what_support_asks_for_is_filled_in_and_what_is_missing_is_named() -> None:
    line = rejectwatch("explain", NOT_OWNED, "--lang", "en").stdout.partition("For support")[2]
    bare = rejectwatch("explain", REPLY, "--lang", "en").stdout.partition("For support")[2]

    for told in ("2026-10-08", "boss@corp.example", "192.0.2.8", "not owned by user alice"):
        assert told in line
    assert "Still to ask" not in line
    assert "Still to ask  date and time, the recipient's address" in bare


def test_a_wide_letter_takes_two_columns() -> None:
    said = rejectwatch("explain", REPLY, "--lang", "ja").stdout.partition("管理者が行うこと")[0]

    assert max(width(line) for line in said.splitlines()) <= 96
    assert {line[:2] for line in said.splitlines() if line} >= {"原因", "根拠"}
    assert (
        len(
            {
                width(line[: len(line) - len(line.lstrip())])
                for line in said.splitlines()
                if line.startswith(" ")
            }
        )
        == 1
    )


# ── bounce mails ─────────────────────────────────────────────────────────────────────────────────

MAILS = Path(__file__).parents[1] / "data" / "bounces"
EXPLAINED = {
    "domino": "relay_denied",
    "exchange-2003": "auth_required",
    "exchange-own-rule": "local_restriction",
    "exim": "recipient_unknown",
    "exim-plain-text": "relay_denied",
    "forwarded-as-quotation": "sender_not_authorized",
    "gmail": "sender_blocked",
    "gmail-older": "recipient_unknown",
    "gmx": "sender_domain_invalid",
    "icloud": "content_rejected",
    "japanese-filter-iso-2022-jp": "sender_blocked",
    "japanese-provider-euc-jp-undeclared": "address_syntax",
    "japanese-provider-shift-jis": "address_syntax",
    "mdaemon": "recipient_unknown",
    "microsoft-365-html": "recipient_unknown",
    "microsoft-365-japanese": "sender_not_authorized",
    "microsoft-365-wrapped": "ip_blocklisted",
    "qmail": "relay_denied",
    "qmail-mbox-crlf": "relay_denied",
    "sendmail": "sender_domain_invalid",
    "sendmail-8.6": "relay_denied",
    "utf-8-addresses": "address_syntax",
    "yahoo": "ip_blocklisted",
    "zoho": "relay_denied",
}
NO_REFUSAL = {
    "exim-delay-warning": "A notice of a delay, no refusal",
    "success": "A notice of success, no refusal",
    "vacation-answer": "There is no refusal in this text",
    "ordinary-mail": "There is no refusal in this text",
}


def mail(name: str, *arguments: str) -> str:
    done = rejectwatch("explain", *arguments, "--lang", "en", stdin=(MAILS / f"{name}.eml").read_bytes())
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("name, cause", EXPLAINED.items())
def test_a_bounce_mail_is_explained(name: str, cause: str) -> None:
    answer = json.loads(mail(name, "--format", "json"))

    assert answer["cause"] == cause
    assert answer["evidence"]


@pytest.mark.parametrize("name, title", NO_REFUSAL.items())
def test_a_mail_that_tells_of_no_refusal_is_told_so(name: str, title: str) -> None:
    assert mail(name).startswith(title)


def test_all_reasons_of_one_bounce_are_told_each_with_its_recipients() -> None:
    said = mail("postfix")

    assert said.count("Who acts") == 3
    for recipient in ("no-such-user@partner.example", "multi-line@partner.example"):
        assert recipient in said


def test_a_bounce_may_be_asked_for_among_many(tmp_path: Path) -> None:
    asked = {"text": (MAILS / "qmail.eml").read_text("utf-8")}

    _, answers, _ = each(tmp_path, json.dumps(asked))
    assert [answer["cause"] for answer in answers] == ["relay_denied"]


# ── --each ───────────────────────────────────────────────────────────────────────────────────────


def each(path: Path, *lines: str) -> tuple[int, list[dict[str, Any]], str]:
    done = rejectwatch("explain", "--each", write(path / "asked", "\n".join(lines) + "\n"))
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_each_line_gets_its_answer_in_the_same_order(tmp_path: Path) -> None:
    asked = [
        {"text": "553 the moon has set"},
        {"text": "553 gone", "line": NOT_OWNED},
        {"text": REPLY, "line": None},
    ]

    code, answers, errors = each(tmp_path, *map(json.dumps, asked))

    assert (code, errors) == (0, "")
    assert [answer["cause"] for answer in answers] == [
        "unknown",
        "sender_not_authorized",
        "sender_not_authorized",
    ]
    assert [list(answer) for answer in answers] == [FIELDS] * 3


def test_a_line_that_tells_of_no_refusal_leaves_the_text_to_speak(tmp_path: Path) -> None:
    _, answers, _ = each(tmp_path, json.dumps({"text": REPLY, "line": DELIVERED.splitlines()[0]}))

    assert [answer["cause"] for answer in answers] == ["sender_not_authorized"]


@pytest.mark.parametrize("wrong", ["553 gone", "[]", '{"line": "x"}', '{"text": 5}', "null", "[" * 5_000])
def test_a_line_that_is_no_question_is_named(wrong: str, tmp_path: Path) -> None:
    code, answers, errors = each(tmp_path, json.dumps({"text": REPLY}), wrong)

    assert (code, len(answers)) == (2, 1)
    assert 'line 2 is not a JSON object with a "text"' in errors
    assert "Traceback" not in errors


def test_half_a_surrogate_pair_is_no_failure(tmp_path: Path) -> None:
    code, answers, errors = each(tmp_path, r'{"text": "553 \ud800 not owned by user"}')

    assert (code, len(answers), errors) == (0, 1, "")


# ── mistakes ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (("-",), "there is no text to explain"),
        ((" ",), "there is no text to explain"),
        (("553", "--each", "/dev/null"), "give either a text or --each, not both"),
        (("--each", "/nowhere"), "'/nowhere': No such file or directory"),
        (("553", "--lang", "xx"), "'xx' is not one of"),
    ],
)
def test_a_mistake_in_the_call_gets_one_sentence(arguments: tuple[str, ...], reason: str) -> None:
    done = rejectwatch("explain", *arguments, stdin="")

    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr.splitlines()[-1]
