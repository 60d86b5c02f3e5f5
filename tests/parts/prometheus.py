"""`Prometheus`: the real server, scraping every second, and promtool."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from parts.network import free_port
from parts.packages import program
from parts.processes import Child
from parts.waiting import until

JOB = "rejectwatch"


@dataclass(frozen=True, slots=True)
class Row:
    """One element of an instant vector (or the scalar, without labels)."""

    labels: Mapping[str, str]
    value: float


class Prometheus:
    """A Prometheus from `with` to the end of the block.

    `targets` are "host:port"; `rules` is the path of a rule file or several;
    `scrape` holds further keys of the scrape configuration, such as basic_auth.
    """

    def __init__(
        self,
        directory: Path,
        targets: Iterable[str],
        rules: Path | Iterable[Path] | None = None,
        *,
        scrape: Mapping[str, Any] | None = None,
    ) -> None:
        self.directory = directory
        self.targets = list(targets)
        self.port = free_port()
        self._program = program("prometheus", "prometheus")
        self._rules = [rules] if isinstance(rules, Path) else list(rules or ())
        self._scrape = dict(scrape or {})
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        configuration = self.directory / "prometheus.yml"
        configuration.write_text(json.dumps(self._configuration(), indent=2))  # JSON is YAML
        self._child = child = Child(
            [
                self._program,
                f"--config.file={configuration}",
                f"--storage.tsdb.path={self.directory / 'data'}",
                "--storage.tsdb.retention.time=100y",  # a history of a test may be old
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--log.level=warn",
            ],
            self.directory / "prometheus.log",
            directory=self.directory,
        )

        def ready() -> bool:
            child.must_run()
            return self._get_or_none("/-/ready") is not None

        try:
            until(ready, 30, lambda: f"Prometheus to be ready; {child.story()}")
        except BaseException:
            child.kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child:
            self._child.stop()
        self._child = None

    def query(self, promql: str) -> list[Row]:
        """The answer to an instant query. A faulty query fails with Prometheus' own words."""
        answer = requests.get(f"{self.url}/api/v1/query", params={"query": promql}, timeout=20)
        told = answer.json()
        assert told["status"] == "success", f"{promql}: {told.get('error')}"
        result = told["data"]["result"]
        if told["data"]["resultType"] == "scalar":
            return [Row({}, float(result[1]))]
        return [Row(row["metric"], float(row["value"][1])) for row in result]

    def value(self, promql: str) -> float | None:
        """The one value of a query; None if it has no rows."""
        rows = self.query(promql)
        assert len(rows) <= 1, f"{promql} has {len(rows)} rows: {rows}"
        return rows[0].value if rows else None

    def wait_for_rows(self, promql: str, seconds: float = 30) -> list[Row]:
        """The rows of a query, as soon as it has any."""
        return until(lambda: self.query(promql), seconds, lambda: f"rows of {promql}; {self.story()}")

    def wait_until_up(self, seconds: float = 30) -> None:
        """Wait until every target has been scraped."""
        wanted = len(self.targets)
        until(
            lambda: len(self.query(f'up{{job="{JOB}"}} == 1')) >= wanted,
            seconds,
            lambda: f"{self.targets} to be up; {self.story()}",
        )

    def wait_for_scrape(self, seconds: float = 30) -> None:
        """Wait until every target has been scraped after this moment."""
        now = self.value("time()")
        wanted = len(self.targets)
        until(
            lambda: len(self.query(f'timestamp(up{{job="{JOB}"}}) > {now}')) >= wanted,
            seconds,
            lambda: f"a new scrape of {self.targets}; {self.story()}",
        )

    def rules(self) -> list[dict[str, Any]]:
        """All rules as Prometheus sees them: name, query, health, lastError, state, alerts."""
        groups = self._get("/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def story(self) -> str:
        """What Prometheus thinks of its targets, and what it said, for a failure text."""
        targets = self._get_or_none("/api/v1/targets") or {}
        active = targets.get("data", {}).get("activeTargets", [])
        lines = [f"{one['scrapeUrl']}: {one['health']} {one['lastError']}" for one in active]
        assert self._child, "Prometheus does not run"
        return "\n".join(["its targets:", *lines, self._child.story()])

    def _get(self, path: str) -> dict[str, Any]:
        answer = requests.get(self.url + path, timeout=20)
        answer.raise_for_status()
        found = answer.json() if "json" in answer.headers["Content-Type"] else {}
        return dict(found)

    def _get_or_none(self, path: str) -> dict[str, Any] | None:
        try:
            return self._get(path)
        except requests.RequestException:
            return None

    def _configuration(self) -> dict[str, Any]:
        return {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(path) for path in self._rules],
            "scrape_configs": [
                {"job_name": JOB, "static_configs": [{"targets": self.targets}], **self._scrape}
            ],
        }


def check_metrics(text: str) -> str:
    """What `promtool check metrics` finds wrong with an exposition; empty if nothing."""
    return _promtool(["check", "metrics"], text)


def check_rules(path: Path) -> str:
    """What promtool finds wrong with a rule file; empty if nothing."""
    return _promtool(["check", "rules", str(path)], "")


def test_rules(path: Path) -> str:
    """What `promtool test rules` finds wrong; empty if every case holds."""
    return _promtool(["test", "rules", str(path)], "")


test_rules.__test__ = False  # type: ignore[attr-defined]  # for pytest: this is no test


def _promtool(arguments: list[str], text: str) -> str:
    done = subprocess.run(
        [program("promtool", "prometheus"), *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0 and not done.stderr.strip():
        return ""
    return f"promtool exited with {done.returncode}:\n{done.stdout}{done.stderr}"
