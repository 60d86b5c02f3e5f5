from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.lines import BOUNCED, DELIVERED, NOT_OWNED, write
from parts.daemon import rejectwatch

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
]


def explained(*arguments: str | Path, stdin: str | None = None) -> dict[str, Any]:
    done = rejectwatch("explain", "--format", "json", *arguments, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_answer_has_the_fields_of_the_interface_in_their_order() -> None:
    answer = explained(REPLY)

    assert list(answer) == FIELDS
    assert all(answer[name] for name in FIELDS)


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
    assert explained("553 the moon is full")["cause"] == "unknown"


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


# ── --each ───────────────────────────────────────────────────────────────────────────────────────


def each(path: Path, *lines: str) -> tuple[int, list[dict[str, Any]], str]:
    done = rejectwatch("explain", "--each", write(path / "asked", "\n".join(lines) + "\n"))
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_each_line_gets_its_answer_in_the_same_order(tmp_path: Path) -> None:
    asked = [
        {"text": "553 the moon is full"},
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
