"""`Bridge`: the server behind the page, in place of Grafana's: it hands out dashboards and asks the real data sources.

The page asks it as a panel would ask Grafana; variables are filled in already. What the answer's columns are follows
from their values, as in the frames that Grafana's backends make.
"""

from __future__ import annotations

import json
import mimetypes
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote, unquote, urlsplit

import requests

from grafana.sql.answering import Answer, OnPostgreSQL, OnSQLite, Span

Json = dict[str, Any]
Database = OnPostgreSQL | OnSQLite

PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><title>rejectwatch</title><link rel="stylesheet" href="/page.css">
<script>window.grafanaBootData = {settings: {}, user: {}, navTree: []}; window.__grafana_public_path__ = "/public/";</script>
</head><body><div id="root"></div><script id="bundle" src="/page.js"></script></body></html>
"""


class At(NamedTuple):
    """A data source as an administrator has set it up: `asked` is a database, or the URL of a Prometheus."""

    uid: str
    name: str
    asked: Database | str

    @property
    def type(self) -> str:
        return "prometheus" if isinstance(self.asked, str) else self.asked.plugin


class Bridge:
    """Serves from `with` to the end of the block. `page` is the folder of the bundle (build.mjs)."""

    def __init__(self, page: Path, sources: Sequence[At]) -> None:
        self.page = page
        self.sources = {source.uid: source for source in sources}
        self.boards: dict[str, Json] = {}

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"bridge": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="bridge")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, board: Json, variables: Mapping[str, str | Sequence[str]]) -> str:
        """The address of a dashboard, with values for its variables (`from` and `to` are its times)."""
        self.boards[board["uid"]] = board
        pairs = [
            f"{name if name in ('from', 'to') else f'var-{name}'}={quote(one, safe='')}"
            for name, value in variables.items()
            for one in ([value] if isinstance(value, str) else value)
        ]
        return f"http://127.0.0.1:{self._server.server_port}/d/{board['uid']}?{'&'.join(pairs)}"


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that is closed leaves without a word."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    bridge: Bridge
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        match [unquote(part) for part in place.path.strip("/").split("/")]:
            case ["d", _]:
                self._send(PAGE.encode(), "text/html")
            case ["board", uid]:
                self._json(self.bridge.boards[uid])
            case ["sources"]:
                told = [
                    {"uid": one.uid, "name": one.name, "type": one.type}
                    for one in self.bridge.sources.values()
                ]
                self._json(told)
            case ["source", uid, *path]:
                answer = requests.get(
                    f"{self.bridge.sources[uid].asked}/{'/'.join(path)}?{place.query}", timeout=60
                )
                self._send(answer.content, "application/json", answer.status_code)
            case _:
                self._file(self.bridge.page / place.path.strip("/"))

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        source = self.bridge.sources[unquote(self.path.split("/")[2])].asked
        assert not isinstance(source, str)
        try:
            self._json({"frames": frames(source, asked)})
        except Exception as error:  # noqa: BLE001 — whatever it is, the panel says it, as in Grafana
            self._json({"error": f"{type(error).__name__}: {error}"})

    def _json(self, told: Any) -> None:
        self._send(json.dumps(told).encode(), "application/json")

    def _file(self, path: Path) -> None:
        if path.is_file() and path.resolve().is_relative_to(self.bridge.page.resolve()):
            self._send(path.read_bytes(), mimetypes.guess_type(path)[0] or "application/octet-stream")
        else:
            self._send(b"", "text/plain", 404)

    def _send(self, content: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Not to the terminal."""


# ── from an answer to frames ─────────────────────────────────────────────────────────────────────


def frames(source: Database, asked: Json) -> list[Json]:
    """What the panel's query brings."""
    target = asked["target"]
    interval = timedelta(milliseconds=max(asked["interval"], 1))
    span = Span(_moment(asked["from"]), _moment(asked["to"]), interval)
    answer = source.ask(target, source.text_of(target), span)
    frame = _wide(answer) if source.is_time_series(target) else _table(answer)
    return [{"refId": target["refId"], "meta": {}, **frame}]


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _table(answer: Answer) -> Json:
    # By their place: two columns may have the same name.
    return {
        "fields": [_field(name, [row[at] for row in answer.rows]) for at, name in enumerate(answer.columns)]
    }


def _field(name: str, values: list[Any]) -> Json:
    told = next((value for value in values if value is not None), None)
    return {"name": name, "type": _kind(told), "values": [_plain(value) for value in values], "config": {}}


def _kind(value: Any) -> str:
    if isinstance(value, datetime):
        return "time"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "string"


def _plain(value: Any) -> Any:
    return value.timestamp() * 1000 if isinstance(value, datetime) else value


def _wide(answer: Answer) -> Json:
    """A series for each `metric`: rows of time, metric and value become a field of values each."""
    times = [time for time, _ in groupby(answer.column("time"))]
    names = sorted(set(answer.column("metric")))
    values: dict[str, dict[datetime, Any]] = {name: {} for name in names}
    for time, name, value in answer.rows:
        values[name][time] = value
    fields = [
        {**_field(name, [values[name].get(time) for time in times]), "type": "number"} for name in names
    ]
    return {"fields": [_field("Time", times), *fields]}
