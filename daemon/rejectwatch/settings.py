"""The configuration file as typed settings; every mistake is reported at once, with file, key and reason.

Defaults are written here and nowhere else; they suit a single Debian mail server.
"""

from __future__ import annotations

import difflib
import os
import re
import socket
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from datetime import time, timedelta, tzinfo
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import durationpy
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from rejectwatch.causes import BY_SLUG, OwnText
from rejectwatch.dialects import LogMessage
from rejectwatch.errors import SettingsError
from rejectwatch.identity import Identities, LoginCase
from rejectwatch.incidents.by_design import ByDesign
from rejectwatch.incidents.incident import Severity
from rejectwatch.incidents.own_mail import NO_OWN_MAIL, OwnMail
from rejectwatch.incidents.rules import FOREIGN_SENDERS, Policy, Rule, RuleBy
from rejectwatch.messages import House
from rejectwatch.pipeline import Terms
from rejectwatch.routing import Quiet, Route, Routing

DEFAULT_FILE = Path("/etc/rejectwatch/rejectwatch.toml")
DATABASE = "sqlite:////var/lib/rejectwatch/rejectwatch.db"
LONGEST = timedelta(days=36500)
SHORTEST_KEPT = timedelta(days=1)
LONGEST_WAIT = timedelta(minutes=10)
SHORTEST_REMINDER = timedelta(minutes=5)
LONGEST_FOUND = 80

_HOUR = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"

_KINDS = {
    **dict.fromkeys(("tuple_type", "list_type", "frozen_set_type"), "is not a list"),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), "is not a table"),
    **dict.fromkeys(("string_type", "path_type"), "is not a text in quotes"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "is not a whole number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "is neither true nor false"),
}
"""What pydantic says in the words of Python, in those of TOML."""


def _duration(value: object) -> object:
    """Durations are text such as "10m", "24h", "3d", "1h30m"."""
    if not isinstance(value, str) or not re.fullmatch(r"([0-9]+(\.[0-9]+)?(ms|[smhdw]))+", value):
        raise ValueError(f'{value!r} is not a duration such as "90s", "10m", "24h" or "3d"')
    duration = durationpy.from_str(value)
    if duration > LONGEST:
        raise ValueError(f'"{value}" is longer than 100 years')
    return duration


def _first_read(value: object) -> object:
    return value if value in ("all", "end") else _duration(value)


def _kept(value: object) -> object:
    """How long something is kept; None: for ever. Less than a day is a slip of the pen ("90m" for 90 months)."""
    if value == "forever":
        return None
    try:
        kept = _duration(value)
    except ValueError:
        raise ValueError(f'{value!r} is neither a duration such as "90d" nor "forever"') from None
    if isinstance(kept, timedelta) and kept < SHORTEST_KEPT:
        raise ValueError(f'"{value}" is less than a day; give a longer time, or "forever"')
    return kept


def _is_short(wait: timedelta) -> timedelta:
    """Who waits longer for a message hears from the users first."""
    if wait > LONGEST_WAIT:
        raise ValueError("is more than 10 minutes")
    return wait


def _is_bearable(wait: timedelta) -> timedelta:
    """Reminders that come all the time are not read."""
    if wait < SHORTEST_REMINDER:
        raise ValueError("is less than 5 minutes")
    return wait


def _hour(value: object) -> object:
    """A time of the day such as "07:00", of this machine's zone."""
    if not isinstance(value, str) or not re.fullmatch(_HOUR, value):
        raise ValueError(f'{value!r} is not a time of the day such as "07:00"')
    return time.fromisoformat(value)


def _quiet(value: object) -> object:
    hours = re.fullmatch(rf"({_HOUR}) ?- ?({_HOUR})", value) if isinstance(value, str) else None
    if hours is None or hours[1] == hours[2]:
        raise ValueError(f'{value!r} is no span of hours such as "22:00-07:00"')
    return Quiet(time.fromisoformat(hours[1]), time.fromisoformat(hours[2]))


def _sources(value: object) -> object:
    if value == "auto":
        return None
    if not isinstance(value, list | tuple):
        raise ValueError(f'{value!r} is neither "auto" nor a list of [[sources]]')
    return value


def _network(value: object) -> object:
    return ip_network(str(value))


def _fitting(name: str, longest: int) -> str:
    """A name that fits its column, and a label; the database refuses what it would have to cut."""
    if len(name) > longest or not name.isprintable():
        raise ValueError(f"has to be printable and at most {longest} characters long")
    return name


def _is_fitting(name: str) -> str:
    return _fitting(name, 128)


def _is_fitting_path(path: Path) -> Path:
    return Path(_fitting(str(path), 240))


def _is_matchable(text: str) -> str:
    """One line, as the log has it; a text without a letter would be found anywhere."""
    if not any(character.isalnum() for character in text):
        raise ValueError("has no letter and no digit, so it would match anything")
    return _fitting(text, 200)


def _is_cause(slug: str) -> str:
    if slug not in BY_SLUG:
        close = difflib.get_close_matches(slug, BY_SLUG, n=1, cutoff=0.5)
        hint = f'did you mean "{close[0]}"?' if close else f"they are {', '.join(sorted(BY_SLUG))}"
        raise ValueError(f'"{slug}" is no cause; {hint}')
    return slug


def _is_advice(text: str) -> str:
    """One line, which becomes a step."""
    if not text.strip():
        raise ValueError("is empty")
    return _fitting(text, 500)


def _is_help_url(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^\s/]\S*", url):
        raise ValueError("is no address of a web page: it has to begin with http:// or https://")
    return _fitting(url, 300)


def _is_realm(name: str) -> str:
    if not name or re.search(r"[@\\\s]", name):
        raise ValueError(
            f"{name!r} is no realm: give only what stands behind the @, or before the \\, of a login"
        )
    return _fitting(name, 255)


def _no_url(file: object) -> object:
    if isinstance(file, str) and "://" in file:
        raise ValueError(
            "is the name of a file that holds the URL; a URL has a password in it, and never stands here"
        )
    return file


Name = Annotated[str, AfterValidator(_is_fitting), Field(min_length=1)]
Place = Annotated[Path, AfterValidator(_is_fitting_path)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
Network = Annotated[IPv4Network | IPv6Network, PlainValidator(_network)]
Kept = Annotated[timedelta | None, PlainValidator(_kept)]
Hour = Annotated[time, PlainValidator(_hour)]
FirstRead = Annotated[timedelta | Literal["all", "end"], PlainValidator(_first_read)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(_Section):
    """A log to read: a file (`path`), or a journal (`journal = true`, the machine's own or that in `directory`).

    With `*`, `?` or `[…]` in it the path is a pattern: each log that it matches is read. `rotated_to` is the folder
    that rotated logs are moved to, if they don't stay beside the log (`olddir` of logrotate; as there, it begins
    from the log's folder).
    """

    name: str = ""
    path: Place | None = None
    rotated_to: Place | None = None
    journal: bool = False
    directory: Place | None = None

    @model_validator(mode="after")
    def _one_place(self) -> SourceSettings:
        if (self.path is None) == (not self.journal):
            raise ValueError("give either path = … or journal = true")
        if self.directory is not None and not self.journal:
            raise ValueError("directory goes with journal = true")
        if self.rotated_to is not None and self.path is None:
            raise ValueError("rotated_to goes with path")
        return self

    @field_validator("name")
    @classmethod
    def _short(cls, name: str) -> str:
        return _fitting(name, 255)

    @property
    def label(self) -> str:
        """The name in metrics and in the database."""
        return self.name or (str(self.path) if self.path else f"journal:{self.directory or 'system'}")


class SiteSettings(_Section):
    """Who "we" are."""

    domains: tuple[Name, ...] = ()
    networks: tuple[Network, ...] = ()


class DatabaseSettings(_Section):
    url: str = DATABASE

    @field_validator("url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError('must begin with "sqlite:///" or "postgresql+psycopg://"')
        return url


class RetentionSettings(_Section):
    """How long what is stored is kept: a duration of a day or more, or "forever".

    `events` are the refusals one by one, `hourly` the failures and deliveries by the hour, `incidents` those that
    are closed (since they closed) and acknowledgements, `messages` those that were sent, given up or overtaken, and
    silences that are over, `gaps` the lines that may be lost,
    `shapes` what was not understood (since it was last seen). Logs imported that are older than that are removed
    again.
    """

    events: Kept = timedelta(days=90)
    hourly: Kept = timedelta(days=400)
    incidents: Kept = timedelta(days=400)
    messages: Kept = timedelta(days=90)
    gaps: Kept = timedelta(days=400)
    shapes: Kept = timedelta(days=90)


class HttpSettings(_Section):
    listen: str = "127.0.0.1:9553"

    @field_validator("listen")
    @classmethod
    def _loopback(cls, listen: str) -> str:
        host, port = _host_and_port(listen)
        if not 0 <= port <= 65535:
            raise ValueError(f"{port} is not a port (0 to 65535)")
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(
                f"{host} is not this machine's loopback; let a reverse proxy with TLS publish it"
            )
        return listen

    @property
    def address(self) -> tuple[str, int]:
        return _host_and_port(self.listen)


def _host_and_port(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit():
        raise ValueError(f'"{listen}" is not HOST:PORT')
    return host.strip("[]"), int(port)


class LogMessageSettings(_Section):
    """What stands in Exim's log in place of a reply, because an ACL has a `log_message`, and the code of that reply.

    `match` is plain text that the logged text contains, in whatever case of letters.
    """

    match: Annotated[str, AfterValidator(_is_matchable)]
    code: int = Field(ge=500, le=599)


class CauseSettings(_Section):
    """A reply that the operator knows, and what it means here.

    `match` is plain text that the reply contains, in whatever case of letters; the advice is what a user is told.
    """

    match: Annotated[str, AfterValidator(_is_matchable)]
    cause: Annotated[str, AfterValidator(_is_cause)]
    advice_en: Annotated[str, AfterValidator(_is_advice)] | None = None
    advice_ja: Annotated[str, AfterValidator(_is_advice)] | None = None

    @property
    def advice(self) -> tuple[tuple[str, str], ...]:
        given = (("en", self.advice_en), ("ja", self.advice_ja))
        return tuple((language, words) for language, words in given if words is not None)


_Matched = LogMessageSettings | CauseSettings


class IdentitySettings(_Section):
    """Which logins are one person: whatever the case of their letters, and with or without one of the `realms`."""

    login_case: LoginCase = "ignore"
    realms: tuple[Annotated[str, AfterValidator(_is_realm)], ...] = ()


class RuleSettings(_Section):
    """When something starts failing: `threshold` attempts by at least `people`, with one cause, within `window`.

    `by` is what they share. Rules about one person (user, sender) or one device (client_ip) have one person, the others three.
    """

    name: Name
    by: RuleBy
    threshold: int = Field(default=3, ge=2, le=1000)
    window: Duration = timedelta(minutes=10)
    people: int = Field(default=0, ge=0, le=1000)

    @property
    def rule(self) -> Rule:
        people = self.people or (1 if self.by in ("user", "sender", "client_ip") else 3)
        return Rule(self.name, self.by, self.threshold, self.window, people)


class ByDesignSettings(_Section):
    """Failures that are meant to be, and why: they never alert. All that is given must match."""

    reason: Annotated[str, AfterValidator(_is_advice)]
    user: Name | None = None
    sender: Name | None = None
    client_ip: Network | None = None
    sender_domain: Name | None = None
    recipient_domain: Name | None = None
    cause: Annotated[str, AfterValidator(_is_cause)] | None = None

    @model_validator(mode="after")
    def _narrow(self) -> ByDesignSettings:
        if not self.model_fields_set - {"reason"}:
            raise ValueError(
                "would match every failure; give user, sender, client_ip, sender_domain, recipient_domain or cause"
            )
        return self

    def compared(self, same: Identities) -> ByDesign:
        """With names in the form in which they are compared."""
        return ByDesign(
            self.reason,
            self.user and same.login(self.user),
            self.sender and same.sender(self.sender),
            self.client_ip,
            self.sender_domain and same.domain(self.sender_domain),
            self.recipient_domain and same.domain(self.recipient_domain),
            self.cause,
        )


class IncidentSettings(_Section):
    """How an incident waits, grows and ends: see `rejectwatch.incidents.rules.Policy`, which has the same names."""

    group_wait: Annotated[Duration, AfterValidator(_is_short)] = timedelta(minutes=2)
    group_people: int = Field(default=3, ge=2, le=1000)
    recover_after: Duration = timedelta(minutes=10)
    recover_people: int = Field(default=3, ge=1, le=1000)
    expire_after: Duration = timedelta(days=3)
    grown_times: int = Field(default=10, ge=2, le=1000)
    grown_every: Duration = timedelta(hours=1)
    flapping_within: Duration = timedelta(days=7)
    known_for: Duration = timedelta(days=30)


class ChannelSettings(_Section):
    """Where alerts go, which and when. The Apprise URL stands in a file of its own, because it holds a password.

    `rules` are names of rules. What the other settings mean: see `rejectwatch.routing.Route`.
    """

    name: Name
    url_file: Annotated[Place, BeforeValidator(_no_url)]
    language: Literal["en", "ja"] = "en"
    domains: tuple[Name, ...] = ()
    rules: tuple[Name, ...] = ()
    severity: Severity = "warning"
    fallback: bool = False
    quiet: Annotated[Quiet | None, PlainValidator(_quiet)] = None
    digest: Hour | None = None
    remind_every: Annotated[Duration, AfterValidator(_is_bearable)] | None = None
    escalate_after: Duration | None = None

    @model_validator(mode="after")
    def _one_way(self) -> ChannelSettings:
        if self.fallback and (self.domains or self.rules or self.escalate_after is not None):
            raise ValueError(
                "a fallback takes what is left; domains, rules and escalate_after don't go with it"
            )
        if self.digest is not None and (self.quiet, self.remind_every, self.escalate_after) != (
            None,
            None,
            None,
        ):
            raise ValueError(
                "digest is one message a day; quiet, remind_every and escalate_after don't go with it"
            )
        return self

    @property
    def route(self) -> Route:
        return Route(
            self.name,
            frozenset(map(Identities.domain, self.domains)),
            frozenset(self.rules),
            self.severity,
            self.fallback,
            self.quiet,
            self.digest,
            self.remind_every,
            self.escalate_after,
        )

    def place(self, beside: Path) -> Path:
        """The file of the URL: in systemd's credentials directory, else beside the configuration.

        systemd gives the files of a whole folder as FOLDER_FILE; for a command that is run by hand as root,
        the folder that the unit takes them from is looked into as well. That is where one that is missing belongs.
        """
        credentials = os.environ.get("CREDENTIALS_DIRECTORY")
        given = (
            [Path(credentials) / self.url_file, Path(credentials) / f"channels_{self.url_file}"]
            if credentials
            else []
        )
        places = [*given, beside / self.url_file, beside / "credentials" / self.url_file]
        belongs = places[-1] if places[-1].parent.is_dir() else places[-2]
        return next((place for place in places if _is_file(place)), belongs)


DEFAULT_RULES = (
    RuleSettings(name="user starts failing", by="user"),
    RuleSettings(name="sender starts failing", by="sender"),
    RuleSettings(name="client address starts failing", by="client_ip"),
    RuleSettings(name="partner refuses us", by="recipient_domain"),
    RuleSettings(name="sender domain starts failing", by="sender_domain"),
    RuleSettings(name="cause starts failing", by="cause"),
)


class Settings(_Section):
    """All settings. `instance` names this daemon in a database that several share; `sources` None means "auto"."""

    instance: Annotated[str, AfterValidator(_is_fitting)] = ""
    sources: Annotated[tuple[SourceSettings, ...] | None, BeforeValidator(_sources)] = None
    codes: frozenset[Annotated[int, Field(ge=500, le=599)]] = Field(default=frozenset({553}), min_length=1)
    first_read: FirstRead = timedelta(hours=24)
    max_alert_age: Duration = timedelta(hours=1)
    silent_after: Duration = timedelta(hours=1)
    log_messages: tuple[LogMessageSettings, ...] = ()
    causes: tuple[CauseSettings, ...] = ()
    help_url: Annotated[str, AfterValidator(_is_help_url)] = ""
    site: SiteSettings = SiteSettings()
    database: DatabaseSettings = DatabaseSettings()
    retention: RetentionSettings = RetentionSettings()
    http: HttpSettings = HttpSettings()
    identity: IdentitySettings = IdentitySettings()
    rules: tuple[RuleSettings, ...] = DEFAULT_RULES
    incidents: IncidentSettings = IncidentSettings()
    by_design: tuple[ByDesignSettings, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()

    @field_validator("sources", "rules", "channels")
    @classmethod
    def _distinct(cls, several: Any) -> Any:
        names = [one.label if isinstance(one, SourceSettings) else one.name for one in several or ()]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the name {', '.join(twice)} is used twice")
        return several

    @field_validator("log_messages", "causes")
    @classmethod
    def _once(cls, several: tuple[_Matched, ...]) -> tuple[_Matched, ...]:
        texts = [one.match.casefold() for one in several]
        twice = sorted({one.match for one in several if texts.count(one.match.casefold()) > 1})
        if twice:
            raise ValueError(f'"{twice[0]}" is given twice')
        return several

    @property
    def instance_name(self) -> str:
        """A database of one's own needs no name; in a shared one the host tells the daemons apart."""
        return self.instance or ("main" if self.database.url.startswith("sqlite:") else socket.gethostname())

    @property
    def mapped_log_messages(self) -> tuple[LogMessage, ...]:
        return tuple(LogMessage(one.match, one.code) for one in self.log_messages)

    @property
    def own_texts(self) -> tuple[OwnText, ...]:
        return tuple(OwnText(one.match, one.cause, one.advice) for one in self.causes)

    @property
    def house(self) -> House:
        return House(self.own_texts, self.help_url, self.site.domains)

    def terms(self, zone: tzinfo, own_mail: OwnMail = NO_OWN_MAIL) -> Terms:
        """What the deciding part has to know; `zone` of stamps without one, `own_mail`: how our own messages look in a log."""
        return Terms(
            self.codes,
            zone,
            self.policy,
            self.silent_after,
            self.mapped_log_messages,
            self.own_texts,
            own_mail,
        )

    @property
    def policy(self) -> Policy:
        return Policy(
            rules=tuple(one.rule for one in self.rules),
            networks=self.site.networks,
            domains=frozenset(map(Identities.domain, self.site.domains)),
            identities=self.identities,
            by_design=tuple(one.compared(self.identities) for one in self.by_design),
            **self.incidents.model_dump(),
        )

    def routing(self, zone: tzinfo) -> Routing:
        """Which message goes to which channel, and when; `zone` is that of quiet hours and digests."""
        return Routing(tuple(one.route for one in self.channels), zone, self.identities)

    @property
    def identities(self) -> Identities:
        realms = frozenset(map(Identities.domain, self.identity.realms))
        return Identities(self.identity.login_case, realms)


def find(given: Path | None) -> Path | None:
    """The configuration file to use: the one given, that of the environment, the usual one, or none."""
    if given is not None:
        return given
    if named := os.environ.get("REJECTWATCH_CONFIG"):
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def load(file: Path | None, *, with_urls: bool = False) -> Settings:
    """Read the settings; without a file, the defaults. Raises SettingsError with every mistake in it.

    `with_urls`: that a channel's URL can't be read is a mistake too. Whoever sends nothing may not even be
    allowed to read it.
    """
    if file is None:
        return Settings()
    written = _written(file)
    mistakes = _without_url(file, written.get("channels")) if with_urls else []
    try:
        settings = Settings.model_validate(written)
    except ValidationError as error:
        raise SettingsError("\n".join([*(_told(file, one) for one in error.errors()), *mistakes])) from error
    mistakes += (f"{file}: {key}: {reason}" for key, reason in _unfitting(settings))
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return settings


def _unfitting(settings: Settings) -> Iterator[tuple[str, str]]:
    """Mistakes of channels that are right in themselves: the key and the reason."""
    rules = [*(one.name for one in settings.rules), FOREIGN_SENDERS.name]
    for index, channel in enumerate(settings.channels):
        for name in channel.rules:
            if name not in rules:
                close = difflib.get_close_matches(name, rules, n=1, cutoff=0.5)
                hint = f'did you mean "{close[0]}"?' if close else f"they are {', '.join(rules)}"
                yield f"channels[{index}].rules", f'there is no rule "{name}"; {hint}'
        if channel.escalate_after is not None and all(one.escalate_after for one in settings.channels):
            yield (
                f"channels[{index}].escalate_after",
                "nobody is told before: another channel without it is needed",
            )


def _written(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: is not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: is not valid TOML: {error}") from error
    except RecursionError:
        raise SettingsError(f"{file}: is not valid TOML: it is nested too deeply") from None


LATE = (
    " (systemd hands over what is in credentials/ when the service starts: after a change there, restart it)"
)


def _without_url(file: Path, channels: object) -> list[str]:
    """The channels that are right in themselves, but whose URL can't be read."""
    mistakes = []
    for index, written in enumerate(channels if isinstance(channels, list) else ()):
        with suppress(ValidationError):
            channel = ChannelSettings.model_validate(written)
            if (why := _unreadable(channel.place(file.parent))) is not None:
                late = LATE if "CREDENTIALS_DIRECTORY" in os.environ else ""
                mistakes.append(f"{file}: channels[{index}].url_file: {why}{late}")
    return mistakes


def _is_file(place: Path) -> bool:
    """Also for whoever may not look into the folder."""
    return os.path.isfile(place)  # noqa: PTH113 — Path.is_file raises PermissionError


def _unreadable(place: Path) -> str | None:
    try:
        return None if place.read_text("utf-8").strip() else f"{place} is empty"
    except (OSError, UnicodeDecodeError) as error:
        return f"{place} can't be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"


def _told(file: Path, error: ErrorDetails) -> str:
    """One mistake in the operator's terms: file, key, reason."""
    parts = list(error["loc"])
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
    return f"{file}: {key or 'the whole file'}: {_reason(error, parts)}"


def _reason(error: ErrorDetails, parts: list[int | str]) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "there is no such setting" + _nearest(str(parts[-1]), parts[:-1])
        case "missing":
            return "is missing"
        case "value_error":
            return str(error["ctx"]["error"])
    reason = _KINDS.get(error["type"]) or error["msg"][0].lower() + error["msg"][1:]
    found = repr(error["input"])
    if "://" in found:  # a URL, and that may hold a password
        return reason
    return f"{reason} (found {found if len(found) <= LONGEST_FOUND else f'{found[:LONGEST_FOUND]} …'})"


def _nearest(name: str, parents: list[int | str]) -> str:
    sections: dict[str, type[BaseModel]] = {
        "sources": SourceSettings,
        "site": SiteSettings,
        "database": DatabaseSettings,
        "retention": RetentionSettings,
        "log_messages": LogMessageSettings,
        "causes": CauseSettings,
        "http": HttpSettings,
        "identity": IdentitySettings,
        "rules": RuleSettings,
        "incidents": IncidentSettings,
        "by_design": ByDesignSettings,
        "channels": ChannelSettings,
    }
    section = sections.get(str(parents[0]), Settings) if parents else Settings
    close = difflib.get_close_matches(name, section.model_fields, n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else ""
