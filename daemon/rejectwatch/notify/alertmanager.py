"""Incidents as alerts in a Prometheus Alertmanager (API v2), for those who have one.

An alert there lives by being said again: whoever falls silent is taken for healed after `resolve_timeout`,
five minutes if nobody has changed it. So what is open is put again every minute (`RENEW_EVERY`), and what
has ended is said to have ended. An alert is known by its labels; what changes stands in annotations.
"""

from __future__ import annotations

import json
import re
import ssl
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from rejectwatch.incidents.incident import Incident
from rejectwatch.messages.document import Document
from rejectwatch.messages.neutral import harmless
from rejectwatch.notify.secrets import hidden

Alert = dict[str, Any]

SCHEMES = ("alertmanager", "alertmanagers")
RENEW_EVERY = timedelta(minutes=1)
FORM = "is not the URL of an Alertmanager, such as alertmanager://127.0.0.1 or alertmanagers://user:password@host:9093/prefix"
IN_CLEAR = "would send the password unencrypted over the network; write alertmanagers:// for HTTPS"

_PORTS = {"alertmanager": 9093, "alertmanagers": 443}
_PATIENCE = 15.0
"""Seconds for a word of the other side; the whole send has a deadline of its own."""
_LONGEST_ANSWER = 500
_LONGEST_TEXT = 4_000
_LONGEST_NAME = 200
# How chat services write a mention, in what receivers of an Alertmanager pass on without escaping it.
_MENTION = re.compile(r"(?<=<)(?=[!@#])|(?<=@)(?=(?:everyone|here|channel|all)\b)", re.IGNORECASE)
_MEANS = {
    401: "user or password is wrong",
    403: "user or password is wrong",
    404: "there is no Alertmanager at this path; the URL ends before /api/v2",
}


# ── what is said ─────────────────────────────────────────────────────────────────────────────────


def alert(incident: Incident, document: Document, instance: str, ended_at: datetime | None = None) -> Alert:
    """An incident as an alert: open, or ended."""
    told: Alert = {
        "labels": {
            "alertname": "RejectwatchIncident",
            "instance": instance,
            "incident": incident.id,
            "rule": incident.rule,
            "by": incident.by,
            "cause": incident.cause,
            "refused_by": incident.refused_by,
            "severity": incident.severity,
        },
        "annotations": {
            "summary": _word(document.title, _LONGEST_TEXT),
            "description": _word(_description(document), _LONGEST_TEXT),
            "subject": _word(harmless(incident.subject, _LONGEST_NAME), _LONGEST_NAME * 2),
        },
        "startsAt": incident.first_at.isoformat(),
    }
    if document.page:
        told["annotations"]["runbook_url"] = document.page
    return told if ended_at is None else _ended(told, ended_at)


def plain_alert(title: str, body: str, message: str) -> Alert:
    """A message about no incident as an alert, which ends by itself."""
    return {
        "labels": {"alertname": "RejectwatchMessage", "message": message, "severity": "warning"},
        "annotations": {"summary": _word(title, _LONGEST_TEXT), "description": _word(body, _LONGEST_TEXT)},
    }


def _description(document: Document) -> str:
    facts = next((one.rows for one in document.sections if one.style == "facts"), ())
    return "\n".join([document.lead, *(f"{label}: {value}" for label, value in facts)])


def _word(text: str, longest: int) -> str:
    return _MENTION.sub(" ", text)[:longest]


def _ended(told: Alert, at: datetime) -> Alert:
    return {**told, "endsAt": max(at, datetime.fromisoformat(told["startsAt"])).isoformat()}


class Standing:
    """What stands in one Alertmanager, as far as this process has said it.

    After a restart nothing is known of what was said before: what no longer holds ends there by itself.
    """

    def __init__(self) -> None:
        self._said: list[Alert] = []

    def renewed(self, alerts: Sequence[Alert], now: datetime) -> list[Alert]:
        """What to say now: all that is open, again; and an end to what is open no more, or has other labels."""
        labels = [one["labels"] for one in alerts]
        over = [_ended(one, now) for one in self._said if one["labels"] not in labels]
        self._said = [one for one in alerts if "endsAt" not in one]
        return [*over, *alerts]


# ── how it is said ───────────────────────────────────────────────────────────────────────────────


def is_meant(url: str) -> bool:
    return url.partition("://")[0].strip().lower() in SCHEMES


def understood(url: str) -> str | None:
    """None if it is the URL of an Alertmanager, else a sentence (which does not repeat the URL)."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        return FORM
    if parts.scheme not in SCHEMES or not host or parts.query or parts.fragment:
        return FORM
    if parts.scheme == "alertmanager" and parts.password and not _is_here(host):
        return IN_CLEAR
    return None


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def send(order: Mapping[str, Any]) -> str | None:
    """Put the `alerts` of an order; without any, its `title` and `body` are one. None when taken, else why not."""
    alerts = order.get("alerts") or [plain_alert(order["title"], order["body"], order["id"])]
    return Alertmanager(order["url"]).put(alerts)


class Alertmanager:
    """The one of a URL: `alertmanager://host[:9093][/prefix]`, or `alertmanagers://…` for HTTPS; `user:password@` where needed."""

    def __init__(self, url: str) -> None:
        self._url = url.strip()

    def put(self, alerts: Iterable[Alert]) -> str | None:
        """Say these alerts; None when taken, else why not, in one harmless sentence."""
        if (why := understood(self._url)) is not None:
            return why
        try:
            status, words = self._post(json.dumps(list(alerts)).encode())
        except (OSError, HTTPException) as error:
            return self._not_taken(str(error) or type(error).__name__)
        if status == 200:
            return None
        return self._not_taken(f"the answer was {status}: {_MEANS.get(status) or words}".rstrip(": "))

    def _post(self, body: bytes) -> tuple[int, str]:
        """One request, and no other: a redirect would carry it, and the password, to another host."""
        parts = urlsplit(self._url)
        connection = _connection(parts)
        try:
            path = quote(unquote(parts.path.rstrip("/"))) + "/api/v2/alerts"
            connection.request(
                "POST",
                path,
                body,
                {"Content-Type": "application/json", **_login(parts.username, parts.password)},
            )
            answer = connection.getresponse()
            return answer.status, answer.read(_LONGEST_ANSWER).decode(errors="backslashreplace")
        finally:
            connection.close()

    def _not_taken(self, why: str) -> str:
        return f"was not taken: {harmless(hidden(why, self._url), _LONGEST_ANSWER)}"


def _connection(parts: SplitResult) -> HTTPConnection:
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    if parts.scheme == "alertmanager":
        return HTTPConnection(host, port, timeout=_PATIENCE)
    return HTTPSConnection(host, port, timeout=_PATIENCE, context=ssl.create_default_context())


def _login(user: str | None, password: str | None) -> dict[str, str]:
    if user is None:
        return {}
    login = f"{unquote(user)}:{unquote(password or '')}"
    return {"Authorization": f"Basic {b64encode(login.encode()).decode()}"}
