"""What opens a channel is repeated nowhere, whatever the other side says; and a URL leads only where it may."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from apprise.manager_plugins import NotificationManager

from parts.client import PASSWORD
from parts.hook import Hook
from parts.inbox import Inbox
from rejectwatch.notify.allowed import service_of
from rejectwatch.notify.child import understood
from rejectwatch.notify.secrets import hidden

pytestmark = pytest.mark.slow

CANARY = "Kanarie/553 ü+&%"
BARE = "Kanarie"
WRITTEN = {
    "as it is": CANARY,
    "percent-encoded": quote(CANARY, safe=""),
    "percent-encoded, path": quote(CANARY),
    "percent-encoded, form": quote_plus(CANARY),
    "percent-encoded, lower case": quote(CANARY, safe="").lower(),
    "as Python shows it": repr(CANARY.encode())[2:-1],
    "AUTH LOGIN": b64encode(CANARY.encode()).decode(),
    "AUTH PLAIN": b64encode(f"\0me\0{CANARY}".encode()).decode(),
    "Basic": b64encode(f"me:{CANARY}".encode()).decode(),
}


def told(url: str, **environment: str) -> str:
    """All that the sending process says."""
    order = {
        "url": url,
        "id": "1-opened",
        "title": "t",
        "body": "b",
        "html": None,
        "card": None,
        "thread": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "rejectwatch.notify.child"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    return done.stdout + done.stderr


# ── what is said ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
def test_a_web_service_that_repeats_the_secret_is_not_quoted_with_it(written: str) -> None:
    secret = quote(CANARY, safe="")
    with Hook() as hook:
        hook.answer(400, words=f"no such hook: {written} here".encode())
        said = told(f"json://me:{secret}@127.0.0.1:{hook.port}/{secret}?+X-Key={secret}&-q={secret}")

    assert said.startswith("was not taken: ")
    assert "no such hook" in said  # the rest of the answer is told
    assert BARE.lower() not in said.lower()
    assert written.rstrip("=")[:12] not in said


@pytest.mark.parametrize("written", [one for one in WRITTEN.values() if one.isascii()])
def test_a_mail_server_that_repeats_the_secret_is_not_quoted_with_it(written: str, tmp_path: Path) -> None:
    with Inbox(tmp_path, user="me") as inbox:
        inbox.refuse(f"553 5.7.1 said {written}")
        # Its login is right, and the secret that it repeats stands in another part of the URL.
        said = told(inbox.url(**{"+X-Key": CANARY, "-x": f"me:{CANARY}"}), SSL_CERT_FILE=str(inbox.ca_pem))

    assert "553 5.7.1 said" in said
    assert PASSWORD not in said
    assert BARE.lower() not in said.lower()
    assert written.rstrip("=")[:12] not in said


def test_a_connection_that_fails_is_explained_without_the_url(unused: int) -> None:
    said = told(f"json://127.0.0.1:{unused}/{BARE}553?+X-Key={BARE}553")

    assert "Connection refused" in said
    assert BARE not in said


@pytest.fixture
def unused() -> int:
    """A port where nobody listens."""
    with Hook() as hook:
        return hook.port


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize(
    "url",
    [
        "mailtos://me:{}@mail.example.jp/?to=a@b.example",
        "mailtos://mail.example.jp/?user=me&pass={}",
        "jsons://me:{}@hook.example.jp/",
        "jsons://hook.example.jp/{}",
        "jsons://hook.example.jp/?+X-Key={}",
        "jsons://hook.example.jp/?{}",
        "workflows://host.example/id/{}?image=no",
    ],
)
def test_a_secret_is_hidden_in_whatever_form_it_comes_back(url: str, written: str) -> None:
    if "me:" not in url and written in (WRITTEN["AUTH PLAIN"], WRITTEN["Basic"]):
        return
    assert hidden(f"<{written}>", url.format(quote(CANARY, safe=""))) == "<***>"


# ── where a URL may lead ─────────────────────────────────────────────────────────────────────────


def test_no_redirect_is_followed_and_none_can_be_asked_for() -> None:
    with Hook() as elsewhere, Hook() as hook:
        hook.answer(307, f"http://127.0.0.1:{elsewhere.port}/")
        said = told(f"json://127.0.0.1:{hook.port}/")
        asked = told(f"json://127.0.0.1:{hook.port}/?redirect=yes")

    assert (len(hook.posted), elsewhere.posted) == (1, [])
    assert said.startswith("was not taken: ")
    assert asked.startswith("has redirect=yes")


LOCAL = ["dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows", "blink1"]


@pytest.mark.parametrize("scheme", LOCAL)
def test_what_does_not_leave_this_machine_is_no_channel(scheme: str) -> None:
    why = str(understood(f"{scheme}://"))

    assert "does not leave this machine" in why or why.startswith("is not a URL that Apprise understands")


def test_every_service_of_apprise_that_does_not_leave_this_machine_is_known() -> None:
    manager = NotificationManager()
    manager.load_modules()
    alone = {name for name in manager.schemas() if "{schema}://" in manager[name].templates}

    # Another test has added one, which this process never forgets.
    assert alone - {"ownscheme"} == set(LOCAL)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "include /etc/apprise.yml", "exec:///bin/sh", "script://x", "/etc/apprise.conf"],
)
def test_files_and_commands_are_no_channel(url: str) -> None:
    assert str(understood(url)).startswith("is not a URL that Apprise understands")


def test_code_that_somebody_has_added_to_apprise_is_no_channel() -> None:
    from apprise.decorators import notify

    @notify(on="ownscheme")  # type: ignore[untyped-decorator]
    def run(body: str, title: str, *args: object, **more: object) -> bool:
        raise AssertionError("was run")

    assert str(understood("ownscheme://x")).startswith(
        "is for ownscheme://, which is no service of Apprise's own"
    )


@pytest.mark.parametrize(
    "url", ["mailtos://me:x@mail.example/?to=a@b.example", "jsons://hook.example/x", "ntfys://topic", "slack://TAAAAAAAA/BAAAAAAAA/AAAAAAAAAAAAAAAAAAAAAAAA"]
)  # fmt: skip
def test_what_goes_over_the_network_is_a_channel(url: str) -> None:
    assert service_of(url)[1] is None


# ── other channels ───────────────────────────────────────────────────────────────────────────────


def test_what_is_no_mail_gets_the_plain_text() -> None:
    with Hook() as hook:
        said = told(f"json://127.0.0.1:{hook.port}/")

    (posted,) = hook.posted
    assert (posted.json["title"], posted.json["message"]) == ("t", "b")
    assert said == "sent: the answer was 202\n"


def test_where_text_is_markup_the_title_is_escaped_as_well(tmp_path: Path) -> None:
    evil = "[bank](https://evil.example) <at>all</at>"
    order = {"id": "1-opened", "title": evil, "body": evil, "card": None}
    with Hook(tmp_path) as hook:
        url = f"workflows://127.0.0.1:{hook.port}/id/signature?image=no"
        subprocess.run(
            [sys.executable, "-m", "rejectwatch.notify.child"],
            input=json.dumps({**order, "url": url}),
            text=True,
            check=True,
            env={**os.environ, "REQUESTS_CA_BUNDLE": str(hook.ca_pem)},
        )

    (posted,) = hook.posted
    assert b"[bank](" not in posted.body
    assert b"<at>" not in posted.body
