"""`check-config` and `test-alert`: before it hurts."""

from __future__ import annotations

import re
from pathlib import Path
from socket import gethostname

import pytest

from cli.conftest import Configure
from parts.client import PASSWORD
from parts.daemon import rejectwatch
from parts.hook import Hook
from parts.inbox import Inbox, Security

CHANNEL = '[[channels]]\nname = "postmasters"\nurl_file = "postmasters.url"\n'
OTHER = '[[channels]]\nname = "others"\nurl_file = "others.url"\nlanguage = "ja"\n'


@pytest.fixture
def config(configured: Configure, tmp_path: Path) -> Path:
    (tmp_path / "postmasters.url").write_text("mailtos://me:geheim-553@localhost:9/?to=admin@corp.example\n")
    return configured(CHANNEL)


def test_check_config_says_what_is_in_force(configured: Configure, tmp_path: Path) -> None:
    for name in ("postmasters", "others"):
        (tmp_path / f"{name}.url").write_text("mailtos://me:x@mail.example.net/?to=admin@corp.example\n")
    more = 'domains = ["corp.example"]\nseverity = "critical"\nquiet = "22:00-07:00"\nremind_every = "1h"\n'
    by_design = '[[by_design]]\nreason = "a test account"\nuser = "probe"\n'
    config = configured(CHANNEL + OTHER + more + by_design)
    done = rejectwatch("check-config", config=config)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{config}: no mistakes",
        f"  database  sqlite:///{tmp_path}/rejectwatch.db",
        "  sources   auto",
        "  rules     user starts failing: 3 attempts in 10 min, by user",
        "            sender starts failing: 3 attempts in 10 min, by sender",
        "            client address starts failing: 3 attempts in 10 min, by client_ip",
        "            partner refuses us: 3 attempts of 3 people in 10 min, by recipient_domain",
        "            sender domain starts failing: 3 attempts of 3 people in 10 min, by sender_domain",
        "            cause starts failing: 3 attempts of 3 people in 10 min, by cause",
        "  channels  postmasters: everything; English",
        "            others: corp.example, only critical ones; Japanese, quiet 22:00 to 07:00, a reminder every 60 min",
        "  the watch what it tells of itself goes to postmasters",
        "  by design user probe: a test account",
    ]


@pytest.mark.parametrize(
    "url, host",
    [
        ("mailtos://me:x@localhost/?to=a@b.example", "localhost"),
        ("mailto://127.0.0.1:25/?from=a@b.example&to=c@d.example", "127.0.0.1"),
        ("mailtos://me:x@corp.example/?smtp=127.0.0.2&to=a@b.example", "127.0.0.2"),
        (f"mailtos://me:x@corp.example/?smtp={gethostname()}&to=a@b.example", gethostname().lower()),
        ("mailtos://me:x@mail.example.net/?to=a@b.example", None),
        ("mailtos://me:x@localhost/?smtp=mail.example.net&to=a@b.example", None),
        ("json://localhost/", None),
    ],
)
def test_a_channel_through_the_server_that_is_watched_is_warned_of(
    url: str, host: str | None, config: Path, tmp_path: Path
) -> None:
    (tmp_path / "postmasters.url").write_text(url)
    done = rejectwatch("check-config", config=config)

    assert done.returncode == 0
    if host is None:
        assert done.stderr == ""
    else:
        assert done.stderr == (
            f"{config}: channels: postmasters sends through {host}, a mail server of this machine: an alert about"
            " refused mail may be refused itself; let a channel go another way\n"
        )


def test_a_watch_of_which_nobody_hears_is_warned_of(configured: Configure, tmp_path: Path) -> None:
    (tmp_path / "postmasters.url").write_text("json://hook.example/")
    done = rejectwatch("check-config", config=configured(CHANNEL + 'domains = ["corp.example"]\n'))

    assert done.returncode == 0
    assert "nobody is told of lost lines, silent logs and backlogs" in done.stderr
    assert "  the watch what it tells of itself goes to nobody" in done.stdout


def test_all_mistakes_are_told_at_once(configured: Configure, tmp_path: Path) -> None:
    (tmp_path / "postmasters.url").write_text("nonsense://geheim-553/x")
    (tmp_path / "others.url").write_text("mailtos://me:geheim-553@localhost/?to=a@b.example&verify=no")
    done = rejectwatch("check-config", config=configured(CHANNEL + OTHER))

    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [
        "channels[0].url_file",
        "channels[1].url_file",
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
    assert re.fullmatch(
        r"postmasters: taken by the other side \(250 .*\); look whether it arrived\n", done.stdout
    )
    assert mail.encrypted
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
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


@pytest.mark.slow
def test_a_hook_of_teams_gets_the_card(config: Path, tmp_path: Path) -> None:
    with Hook(tmp_path / "hook") as hook:
        place = f"localhost:{hook.port}/workflow-id-1234/signature-geheim-553/"
        (tmp_path / "postmasters.url").write_text(f"workflows://{place}")
        done = rejectwatch("test-alert", config=config, env={"REQUESTS_CA_BUNDLE": str(hook.ca_pem)})
        (posted,) = hook.wait_for(1)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("postmasters: taken by the other side")
    assert "geheim" not in done.stdout
    (attached,) = posted.json["attachments"]
    assert attached["content"]["type"] == "AdaptiveCard"
    assert "TEST, nothing has happened: " in posted.body.decode()


@pytest.mark.slow
def test_a_hook_that_refuses_is_told_with_its_answer(config: Path, tmp_path: Path) -> None:
    with Hook(tmp_path / "hook") as hook:
        hook.answer(500, words=b"no \x1b[2J here")
        (tmp_path / "postmasters.url").write_text(f"jsons://localhost:{hook.port}/geheim-553")
        done = rejectwatch("test-alert", config=config, env={"REQUESTS_CA_BUNDLE": str(hook.ca_pem)})

    assert (done.returncode, done.stdout) == (1, "")
    assert "500" in done.stderr
    assert "geheim" not in done.stderr
    assert "\x1b" not in done.stderr
