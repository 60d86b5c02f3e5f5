"""Every mistake is told at once, with file, key and reason; what is right is read as it is meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from rejectwatch import settings as module
from rejectwatch.causes import OwnText
from rejectwatch.dialects import LogMessage
from rejectwatch.errors import SettingsError
from rejectwatch.identity import USUAL, Identities
from rejectwatch.incidents.by_design import ByDesign
from rejectwatch.routing import Quiet, Route
from rejectwatch.settings import Settings, find, load
from store.made import EVENT

SECRET = "geheim-553"


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "rejectwatch.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    """What is wrong with a configuration, without the name of the file, which stands before each."""
    file = write(folder, text)
    with pytest.raises(SettingsError) as error:
        load(file, with_urls=True)
    lines = str(error.value).splitlines()
    assert all(line.startswith(f"{file}: ") for line in lines)
    return [line.removeprefix(f"{file}: ") for line in lines]


# ── what is right ────────────────────────────────────────────────────────────────────────────────

SAMPLE = """
sources = "auto"
codes = [553]
first_read = "24h"
max_alert_age = "1h"

[site]
domains = ["example.jp"]
networks = ["192.0.2.0/24"]

[database]
url = "sqlite:////var/lib/rejectwatch/rejectwatch.db"

[http]
listen = "127.0.0.1:9553"

[[rules]]
name = "user starts failing"
by = "user"
threshold = 3
window = "10m"

[incidents]
group_wait = "2m"
recover_after = "10m"
expire_after = "3d"

[[channels]]
name = "postmasters"
url_file = "postmasters.url"
language = "ja"
domains = ["example.jp"]
"""


def test_the_sample_of_the_interface_is_read(tmp_path: Path) -> None:
    (tmp_path / "postmasters.url").write_text("mailto://localhost/")

    read = load(write(tmp_path, SAMPLE))

    assert read.sources is None
    assert read.site.networks == (ip_network("192.0.2.0/24"),)
    assert [(rule.name, rule.by, rule.threshold, rule.window) for rule in read.rules] == [
        ("user starts failing", "user", 3, timedelta(minutes=10))
    ]
    assert [(one.name, one.language, one.domains) for one in read.channels] == [
        ("postmasters", "ja", ("example.jp",))
    ]


def test_what_the_sample_says_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "postmasters.url").write_text("mailto://localhost/")
    read = load(write(tmp_path, SAMPLE))

    unlike = {"site", "rules", "channels"}
    assert read.model_dump(exclude=unlike) == Settings().model_dump(exclude=unlike)


def test_an_empty_file_and_none_are_the_defaults(tmp_path: Path) -> None:
    assert load(write(tmp_path, "")) == load(None) == Settings()


def test_sources_can_be_given_by_hand(tmp_path: Path) -> None:
    text = '[[sources]]\nname = "mail"\npath = "/var/log/mail.log"\n[[sources]]\njournal = true\ndirectory = "/j"\n'

    read = load(write(tmp_path, text))

    assert [one.label for one in read.sources or ()] == ["mail", "journal:/j"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("90s", timedelta(seconds=90)),
        ("1h30m", timedelta(minutes=90)),
        ("3d", timedelta(days=3)),
        ("2w", timedelta(weeks=2)),
        ("1.5h", timedelta(minutes=90)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_read(text: str, expected: timedelta, tmp_path: Path) -> None:
    assert load(write(tmp_path, f'max_alert_age = "{text}"')).max_alert_age == expected


@pytest.mark.parametrize("text, expected", [("all", "all"), ("end", "end"), ("7d", timedelta(days=7))])
def test_the_first_read_is_read(text: str, expected: object, tmp_path: Path) -> None:
    assert load(write(tmp_path, f'first_read = "{text}"')).first_read == expected


def test_the_url_is_read_from_the_credentials_of_systemd_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "postmasters.url").write_text("mailto://localhost/")

    (channel,) = load(write(tmp_path, SAMPLE)).channels

    assert channel.place(tmp_path) == tmp_path / "credentials" / "postmasters.url"


def test_the_file_that_is_given_wins_over_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REJECTWATCH_CONFIG", "/from/environment")

    assert (find(Path("/given")), find(None)) == (Path("/given"), Path("/from/environment"))


def test_the_usual_file_is_used_if_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REJECTWATCH_CONFIG", raising=False)
    monkeypatch.setattr(module, "DEFAULT_FILE", tmp_path / "rejectwatch.toml")
    before = find(None)
    write(tmp_path, "")

    assert (before, find(None)) == (None, tmp_path / "rejectwatch.toml")


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────


def test_five_mistakes_get_five_messages(tmp_path: Path) -> None:
    text = """
        first_read = "5 minuts"
        [http]
        listne = "127.0.0.1:9553"
        [site]
        networks = ["192.0.2.1/24"]
        [[rules]]
        name = "user"
        by = "shoe size"
        [[channels]]
        name = "postmasters"
        url_file = "nowhere.url"
    """

    assert sorted(mistakes(tmp_path, text)) == [
        f"channels[0].url_file: {tmp_path}/nowhere.url can't be read: No such file or directory",
        'first_read: \'5 minuts\' is not a duration such as "90s", "10m", "24h" or "3d"',
        'http.listne: there is no such setting; did you mean "listen"?',
        (
            "rules[0].by: input should be 'user', 'sender', 'client_ip', 'sender_domain', 'recipient_domain' or 'cause'"
            " (found 'shoe size')"
        ),
        "site.networks[0]: 192.0.2.1/24 has host bits set",
    ]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("code = [553]", 'code: there is no such setting; did you mean "codes"?'),
        ("xyzzy = 1", "xyzzy: there is no such setting"),
        ('[[channels]]\nname = "a"\nurl_file = "a"\nurl = "x"', 'channels[0].url: there is no such setting; did you mean "url_file"?'),
        ('[[rules]]\nname = "a"\nby = "user"\nwindows = "1m"', 'rules[0].windows: there is no such setting; did you mean "window"?'),
        ("[incidents]\ngroupwait = '1m'", 'incidents.groupwait: there is no such setting; did you mean "group_wait"?'),
        ("codes = 553", "codes: is not a list (found 553)"),
        ("codes = []", "codes: "),
        ("codes = [250]", "codes[0]: "),
        ('codes = ["x"]', "codes[0]: is not a whole number (found 'x')"),
        ("max_alert_age = 60", "max_alert_age: 60 is not a duration such as"),
        ('max_alert_age = "-1h"', "max_alert_age: '-1h' is not a duration such as"),
        ('max_alert_age = ""', "max_alert_age: '' is not a duration such as"),
        ('max_alert_age = "99999999999999w"', "max_alert_age: "),
        ('first_read = "begin"', "first_read: 'begin' is not a duration such as"),
        ('sources = "journal"', "sources: 'journal' is neither \"auto\" nor a list of [[sources]]"),
        ('[[sources]]\nname = "a"', "sources[0]: give either path = … or journal = true"),
        ('[[sources]]\npath = "/a"\njournal = true', "sources[0]: give either path = … or journal = true"),
        ('[[sources]]\npath = "/a"\ndirectory = "/b"', "sources[0]: directory goes with journal = true"),
        ('[[sources]]\njournal = true\nrotated_to = "b"', "sources[0]: rotated_to goes with path"),
        ('[site]\ndomains = "example.jp"', "site.domains: is not a list (found 'example.jp')"),
        ("site = 5", "site: is not a table (found 5)"),
        ('[database]\nurl = "mysql://localhost/mail"', 'database.url: must begin with "sqlite:///" or'),
        ('[http]\nlisten = "9553"', 'http.listen: "9553" is not HOST:PORT'),
        ('[http]\nlisten = "127.0.0.1:99999"', "http.listen: 99999 is not a port"),
        ('[http]\nlisten = "0.0.0.0:9553"', "http.listen: 0.0.0.0 is not this machine's loopback"),
        ('[http]\nlisten = "[::]:9553"', "http.listen: :: is not this machine's loopback"),
        ('[[rules]]\nname = "a"\nby = "user"\nthreshold = 1', "rules[0].threshold: "),
        ('[[rules]]\nname = "a"', "rules[0].by: is missing"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_key(text: str, expected: str, tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, text)

    assert told.startswith(expected)


@pytest.mark.parametrize(
    "text",
    [
        '[[sources]]\npath = "/a"\n[[sources]]\npath = "/a"',
        '[[sources]]\nname = "/a"\npath = "/b"\n[[sources]]\npath = "/a"',
        '[[rules]]\nname = "/a"\nby = "user"\n[[rules]]\nname = "/a"\nby = "sender"',
    ],
)
def test_a_name_stands_for_one_thing(text: str, tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, text)

    assert told.endswith("the name /a is used twice")


# Names become labels of metrics and columns of the database.
@pytest.mark.parametrize("name", [r"a\nb", r"\u0000", r"\u001b[31m", r"\u2028", r"\u202e", "x" * 300])
@pytest.mark.parametrize(
    "text",
    [
        '[site]\ndomains = ["{}"]',
        '[[sources]]\nname = "{}"\npath = "/a"',
        '[[sources]]\npath = "/{}"',
        '[[sources]]\njournal = true\ndirectory = "/{}"',
        '[[rules]]\nname = "{}"\nby = "user"',
        '[[channels]]\nname = "{}"\nurl_file = "a"',
        '[[channels]]\nname = "a"\nurl_file = "{}"',
        'instance = "{}"',
    ],
)
def test_a_name_is_printable_and_short(text: str, name: str, tmp_path: Path) -> None:
    told = mistakes(tmp_path, text.format(name))

    assert any("has to be printable and at most" in one for one in told)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("a = \nb = 1", "is not valid TOML: Invalid value (at line 1, column 5)"),
        (
            '\n\n[http\nlisten = "x"',
            "is not valid TOML: Expected ']' at the end of a table declaration (at line 3",
        ),
        ("a = 1\na = 2\nb = 1", "is not valid TOML: Cannot overwrite a value (at line 2"),
        (b"a = '\xff'", "is not UTF-8 at byte 5"),
        ("a = " + "[" * 50_000, "is not valid TOML: "),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text: str | bytes, reason: str, tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, text)

    assert told.startswith(reason)


@pytest.mark.parametrize("made, reason", [(False, "No such file or directory"), (True, "Is a directory")])
def test_a_file_that_cannot_be_read_is_told(made: bool, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "rejectwatch.toml"
    if made:
        file.mkdir()

    with pytest.raises(SettingsError, match=f"^{file}: can't be read: {reason}$"):
        load(file, with_urls=True)


@pytest.mark.parametrize(
    "content, reason", [(b"", "is empty"), (b" \n", "is empty"), (b"\xff", "it is not UTF-8")]
)
def test_a_url_file_without_a_url_is_told(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "postmasters.url").write_bytes(content)

    (told,) = mistakes(tmp_path, SAMPLE)

    assert told.startswith(f"channels[0].url_file: {tmp_path}/postmasters.url ")
    assert told.endswith(reason)


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        f'[[channels]]\nname = "a"\nurl_file = "mailtos://me:{SECRET}@localhost/"',
        f'[[channels]]\nname = "a"\nurl = "mailtos://me:{SECRET}@localhost/"',
        f'[[channels]]\nname = "a"\nurl_file = ["mailtos://me:{SECRET}@localhost/"]',
        f'channels = "mailtos://me:{SECRET}@localhost/"',
        f'channels = ["mailtos://me:{SECRET}@localhost/"]',
        f'[database]\nurl = "postgres://me:{SECRET}@localhost/mail"',
        f'[database]\nurl = ["postgresql+psycopg://me:{SECRET}@localhost/mail"]',
        f'database = "postgresql+psycopg://me:{SECRET}@localhost/mail"',
    ],
)
def test_a_password_in_the_wrong_place_is_not_repeated(text: str, tmp_path: Path) -> None:
    assert not any(SECRET in told for told in mistakes(tmp_path, text))


def test_whoever_sends_nothing_need_not_read_the_urls(tmp_path: Path) -> None:
    file = tmp_path / "rejectwatch.toml"
    file.write_text('[[channels]]\nname = "c"\nurl_file = "secret.url"\n')

    assert [channel.name for channel in load(file).channels] == ["c"]


@pytest.mark.parametrize(
    "place", ["given/secret.url", "given/channels_secret.url", "secret.url", "credentials/secret.url"]
)
def test_the_url_is_found_where_systemd_and_where_an_operator_puts_it(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "given"))
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("mailtos://example.org")
    file = tmp_path / "rejectwatch.toml"
    file.write_text('[[channels]]\nname = "c"\nurl_file = "secret.url"\n')

    assert load(file, with_urls=True).channels[0].place(tmp_path) == tmp_path / place


# ── texts of ACLs ────────────────────────────────────────────────────────────────────────────────


def texts(*several: str) -> str:
    return "".join(f"[[log_messages]]\n{one}\n" for one in several)


def test_a_text_of_an_acl_is_given_the_code_that_it_stands_for(tmp_path: Path) -> None:
    read = load(write(tmp_path, texts('match = "Not owner"\ncode = 553', 'match = "listed"\ncode = 550')))

    assert read.mapped_log_messages == (LogMessage("Not owner", 553), LogMessage("listed", 550))


@pytest.mark.parametrize(
    "text, mistake",
    [
        (texts("code = 553"), "log_messages[0].match: is missing"),
        (texts('match = "listed"'), "log_messages[0].code: is missing"),
        (
            texts('match = " - "\ncode = 553'),
            "log_messages[0].match: has no letter and no digit, so it would match anything",
        ),
        (
            texts('match = "a\\nb"\ncode = 553'),
            "log_messages[0].match: has to be printable and at most 200 characters long",
        ),
        (
            texts('match = "listed"\ncode = 250'),
            "log_messages[0].code: input should be greater than or equal to 500 (found 250)",
        ),
        (
            texts('match = "listed"\ncode = 553', 'match = "Listed"\ncode = 550'),
            'log_messages: "Listed" is given twice',
        ),
        (
            texts('regex = "listed"\nmatch = "x"\ncode = 553'),
            "log_messages[0].regex: there is no such setting",
        ),
    ],
)
def test_a_text_that_will_not_do_is_told(text: str, mistake: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, text) == [mistake]


# ── causes that the operator knows ───────────────────────────────────────────────────────────────


def own(*lines: str) -> str:
    return "\n".join(("[[causes]]", *lines)) + "\n"


def test_own_texts_are_read(tmp_path: Path) -> None:
    text = own('match = "Closed"', 'cause = "local_restriction"', 'advice_ja = "月曜に送信してください。"')

    read = load(write(tmp_path, text + own('match = "Foo"', 'cause = "unknown"')))
    assert read.own_texts == (
        OwnText("Closed", "local_restriction", (("ja", "月曜に送信してください。"),)),
        OwnText("Foo", "unknown"),
    )


@pytest.mark.parametrize(
    "text, mistake",
    [
        (own('match = "x"'), "causes[0].cause: is missing"),
        (own('cause = "unknown"'), "causes[0].match: is missing"),
        (
            own('match = "x"', 'cause = "relay_refused"'),
            'causes[0].cause: "relay_refused" is no cause; did you mean "relay_denied"?',
        ),
        (
            own('match = "…"', 'cause = "unknown"'),
            "causes[0].match: has no letter and no digit, so it would match anything",
        ),
        (own('match = "x"', 'cause = "unknown"', 'advice_en = " "'), "causes[0].advice_en: is empty"),
        (
            own('match = "x"', 'cause = "unknown"', 'advice_ja = "a\\nb"'),
            "causes[0].advice_ja: has to be printable and at most 500 characters long",
        ),
        (
            own('match = "x"', 'cause = "unknown"', 'advice_de = "Nein"'),
            'causes[0].advice_de: there is no such setting; did you mean "advice_en"?',
        ),
        (
            own('match = "x"', 'cause = "unknown"') + own('match = "X"', 'cause = "unknown"'),
            'causes: "X" is given twice',
        ),
        (
            'help_url = "wiki"\n',
            "help_url: is no address of a web page: it has to begin with http:// or https://",
        ),
    ],
)
def test_an_own_text_that_will_not_do_is_told(text: str, mistake: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, text) == [mistake]


def test_realms_and_the_case_of_logins_are_read(tmp_path: Path) -> None:
    text = '[identity]\nlogin_case = "keep"\nrealms = ["Müller.Example", "CORP"]\n'

    read = load(write(tmp_path, text)).policy.identities
    assert read == Identities("keep", frozenset({"xn--mller-kva.example", "corp"}))
    assert read.login("CORP\\Alice") == "Alice"


@pytest.mark.parametrize(
    "text, mistake",
    [
        (
            'realms = ["alice@corp.example"]',
            (
                "identity.realms[0]: 'alice@corp.example' is no realm: give only what stands behind the @,"
                " or before the \\, of a login"
            ),
        ),
        ('realms = "CORP"', "identity.realms: is not a list (found 'CORP')"),
        ('login_case = "lower"', "identity.login_case: input should be 'ignore' or 'keep' (found 'lower')"),
        ('realm = ["CORP"]', 'identity.realm: there is no such setting; did you mean "realms"?'),
    ],
)
def test_an_identity_that_will_not_do_is_told(text: str, mistake: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, f"[identity]\n{text}\n") == [mistake]


# ── channels: what they take, and when ───────────────────────────────────────────────────────────

CHANNEL = '[[channels]]\nname = "a"\nurl_file = "a.url"\n'
OTHER = '[[channels]]\nname = "b"\nurl_file = "a.url"\n'


def with_url(folder: Path) -> None:
    (folder / "a.url").write_text("json://127.0.0.1/")


def test_a_channel_says_what_it_takes_and_when(tmp_path: Path) -> None:
    text = """
        [[channels]]
        name = "chief"
        url_file = "a.url"
        domains = ["Müller.example"]
        rules = ["partner refuses us", "mail of strangers is refused"]
        severity = "critical"
        quiet = "22:00-07:00"
        remind_every = "4h"
        escalate_after = "30m"
        [[channels]]
        name = "a"
        url_file = "a.url"
        fallback = true
        [[channels]]
        name = "daily"
        url_file = "a.url"
        digest = "08:00"
    """
    routes = load(write(tmp_path, text)).routing(UTC).routes

    assert routes == (
        Route(
            "chief",
            frozenset({"xn--mller-kva.example"}),
            frozenset({"partner refuses us", "mail of strangers is refused"}),
            "critical",
            quiet=Quiet(time(22), time(7)),
            remind_every=timedelta(hours=4),
            escalate_after=timedelta(minutes=30),
        ),
        Route("a", is_fallback=True),
        Route("daily", digest=time(8)),
    )


def test_a_channel_of_which_nothing_is_said_gets_everything_at_once(tmp_path: Path) -> None:
    assert load(write(tmp_path, CHANNEL)).routing(UTC).routes == (Route("a"),)


@pytest.mark.parametrize(
    "text, mistake",
    [
        ('rules = ["user strts failing"]', '.rules: there is no rule "user strts failing"; did you mean "user starts failing"?'),
        ('rules = ["x"]', '.rules: there is no rule "x"; they are user starts failing, sender starts failing,'),
        ('quiet = "22:00"', """.quiet: '22:00' is no span of hours such as "22:00-07:00\""""),
        ('quiet = "22:00-22:00"', """.quiet: '22:00-22:00' is no span of hours such as"""),
        ('quiet = "22:00-24:00"', """.quiet: '22:00-24:00' is no span of hours such as"""),
        ("quiet = 22", ".quiet: 22 is no span of hours such as"),
        ('digest = "8"', """.digest: '8' is not a time of the day such as "07:00\""""),
        ("digest = 08:00:00", ".digest: datetime.time(8, 0) is not a time of the day such as"),
        ('remind_every = "1m"', ".remind_every: is less than 5 minutes"),
        ('severity = "fatal"', ".severity: input should be 'warning' or 'critical' (found 'fatal')"),
        ('escalate_after = "30m"', ".escalate_after: nobody is told before: another channel without it is needed"),
        ('fallback = true\ndomains = ["x.example"]', ": a fallback takes what is left; domains, rules and"),
        ('digest = "08:00"\nquiet = "22:00-07:00"', ": digest is one message a day; quiet, remind_every and"),
    ],
)  # fmt: skip
def test_a_channel_that_will_not_do_is_told(text: str, mistake: str, tmp_path: Path) -> None:
    with_url(tmp_path)
    (told,) = mistakes(tmp_path, CHANNEL + text)

    assert told.startswith(f"channels[0]{mistake}")


def test_an_escalation_needs_somebody_who_is_told_before(tmp_path: Path) -> None:
    with_url(tmp_path)
    late = 'escalate_after = "30m"\n'

    assert load(write(tmp_path, CHANNEL + late + OTHER)).channels[0].escalate_after == timedelta(minutes=30)
    assert len(mistakes(tmp_path, CHANNEL + late + OTHER + late)) == 2


# ── what never alerts ────────────────────────────────────────────────────────────────────────────


def test_what_is_by_design_is_compared_as_people_are(tmp_path: Path) -> None:
    text = """
        [[by_design]]
        reason = "the scanner on the second floor"
        client_ip = "192.0.2.7"
        user = "CORP\\\\Scan"
        sender_domain = "Müller.example"
        [identity]
        realms = ["corp"]
    """
    (expected,) = load(write(tmp_path, text)).policy.by_design

    assert expected == ByDesign(
        "the scanner on the second floor",
        user="scan",
        client_ip=ip_network("192.0.2.7"),
        sender_domain="xn--mller-kva.example",
    )


@pytest.mark.parametrize(
    "changed, expected",
    [
        ({}, True),
        ({"user": "ALICE@example.jp"}, True),
        ({"user": None}, False),
        ({"client_ip": "::ffff:192.0.2.8"}, True),
        ({"client_ip": "198.51.100.1"}, False),
        ({"client_ip": None}, False),
        ({"cause": "relay_denied"}, False),
        ({"recipient_domain": None}, False),
        ({"sender": None}, False),
    ],
)
def test_all_that_is_given_must_match(changed: dict[str, Any], expected: bool) -> None:
    wanted = ByDesign(
        "known",
        "alice@example.jp",
        "sales@example.jp",
        ip_network("192.0.2.0/24"),
        "example.jp",
        "example.org",
        "sender_not_authorized",
    )

    assert wanted.matches(replace(EVENT, **changed), USUAL) == expected


@pytest.mark.parametrize(
    "text, mistake",
    [
        ('user = "a"', "by_design[0].reason: is missing"),
        ('reason = "x"', "by_design[0]: would match every failure; give user, sender, client_ip, "),
        (
            'reason = "x"\ncause = "relay"',
            'by_design[0].cause: "relay" is no cause; did you mean "relay_denied"?',
        ),
        (
            'reason = "x"\nclient_ip = "192.0.2.1/24"',
            "by_design[0].client_ip: 192.0.2.1/24 has host bits set",
        ),
        ('reason = "x"\nusr = "a"', 'by_design[0].usr: there is no such setting; did you mean "user"?'),
    ],
)
def test_a_design_that_will_not_do_is_told(text: str, mistake: str, tmp_path: Path) -> None:
    (told, *_) = sorted(
        mistakes(tmp_path, f"[[by_design]]\n{text}"), key=lambda one: not one.startswith(mistake)
    )

    assert told.startswith(mistake)
