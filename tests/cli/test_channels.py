"""`check-config` and `test-alert`: before it hurts."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Configure
from parts.client import PASSWORD
from parts.daemon import rejectwatch
from parts.inbox import Inbox, Security

CHANNEL = '[[channels]]\nname = "postmasters"\nurl_file = "postmasters.url"\n'
OTHER = '[[channels]]\nname = "others"\nurl_file = "others.url"\nlanguage = "ja"\n'


@pytest.fixture
def config(configured: Configure, tmp_path: Path) -> Path:
    (tmp_path / "postmasters.url").write_text("mailtos://me:geheim-553@localhost:9/?to=admin@corp.example\n")
    return configured(CHANNEL)


def test_check_config_says_what_is_in_force(config: Path, tmp_path: Path) -> None:
    done = rejectwatch("check-config", config=config)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{config}: no mistakes",
        f"  database  sqlite:///{tmp_path}/rejectwatch.db",
        "  sources   auto",
        "  rules     user starts failing, sender starts failing",
        "  channels  postmasters",
    ]


def test_check_config_makes_and_contacts_nothing(config: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())

    rejectwatch("check-config", config=config)

    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "url, reason",
    [
        ("nonsense://geheim-553/x", "is not a URL that Apprise understands"),
        ("geheim-553", "is not a URL that Apprise understands"),
        ("json://one.example/geheim-553\njson://two.example/", "holds several URLs; a channel has one"),
        ("mailtos://me:geheim-553@localhost/?to=a@b.example&verify=no", "has verify=no"),
        ("", "is empty"),
    ],
)
def test_check_config_finds_a_url_that_will_not_do(
    url: str, reason: str, config: Path, tmp_path: Path
) -> None:
    (tmp_path / "postmasters.url").write_text(url)

    done = rejectwatch("check-config", config=config)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{config}: channels[0].url_file: {tmp_path}/postmasters.url")
    assert reason in done.stderr
    assert "geheim" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_test_alert_needs_a_channel(configured: Configure) -> None:
    done = rejectwatch("test-alert", config=configured())

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("there are no channels; add one under [[channels]]\n")


def test_test_alert_names_the_channels_that_there_are(config: Path) -> None:
    done = rejectwatch("test-alert", "postmaster", config=config)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f'{config}: there is no channel "postmaster", only postmasters\n'


def test_test_alert_tells_that_nobody_is_there(config: Path) -> None:
    done = rejectwatch("test-alert", config=config)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("postmasters: was not taken: ")
    assert "Connection refused" in done.stderr
    assert "geheim" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_test_alert_arrives(security: Security, config: Path, tmp_path: Path) -> None:
    with Inbox(tmp_path / "inbox", security=security, user="watch@corp.example") as inbox:
        (tmp_path / "postmasters.url").write_text(inbox.url("admin@corp.example"))
        done = rejectwatch("test-alert", config=config, env={"SSL_CERT_FILE": str(inbox.ca_pem)})
        (mail,) = inbox.wait_for(1)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "postmasters: taken by the other side; look whether it arrived\n"
    assert mail.encrypted
    assert mail.subject.startswith("TEST, nothing has happened: ")
    assert "hanako@example.com" in mail.text


@pytest.mark.slow
def test_test_alert_tells_the_answer_of_a_server_that_refuses(config: Path, tmp_path: Path) -> None:
    with Inbox(tmp_path / "inbox", user="watch@corp.example") as inbox:
        inbox.refuse("553 5.7.1 no alerts \x1b[31mhere")
        (tmp_path / "postmasters.url").write_text(inbox.url("admin@corp.example"))
        done = rejectwatch("test-alert", config=config, env={"SSL_CERT_FILE": str(inbox.ca_pem)})

    assert (done.returncode, done.stdout) == (1, "")
    assert "553 5.7.1 no alerts" in done.stderr
    assert "\x1b" not in done.stderr
    assert PASSWORD not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_one_channel_that_fails_does_not_keep_the_message_from_the_others(
    configured: Configure, tmp_path: Path, inbox: Inbox
) -> None:
    (tmp_path / "postmasters.url").write_text("mailtos://me:geheim-553@localhost:9/?to=admin@corp.example\n")
    (tmp_path / "others.url").write_text(inbox.url("admin@corp.example"))

    done = rejectwatch(
        "test-alert", config=configured(CHANNEL + OTHER), env={"SSL_CERT_FILE": str(inbox.ca_pem)}
    )

    assert done.returncode == 1
    assert [mail.subject[:3] for mail in inbox.wait_for(1)] == ["テスト"]
    assert done.stdout.startswith("others: taken")
    assert done.stderr.startswith("postmasters: was not taken")
