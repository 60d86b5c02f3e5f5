"""`Alertmanager`: the real one of Debian, which tells a `Hook` what it would tell people."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from parts.hook import Hook
from parts.network import free_port
from parts.packages import program
from parts.processes import Child
from parts.waiting import until


class Alertmanager:
    """From `with` to the end of the block. `hook` gets its notifications, each at once; `prefix` is where its pages begin."""

    def __init__(
        self,
        directory: Path,
        hook: Hook,
        *,
        resolve_timeout: str = "5m",
        prefix: str = "/",
    ) -> None:
        self.port = free_port()
        self._directory = directory
        self._program = program("prometheus-alertmanager", "prometheus-alertmanager")
        self._hook = hook
        self._resolve_timeout = resolve_timeout
        self._prefix = prefix.rstrip("/")
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """As a channel has it."""
        return f"alertmanager://127.0.0.1:{self.port}{self._prefix}"

    def __enter__(self) -> Self:
        self._directory.mkdir(parents=True, exist_ok=True)
        configuration = self._directory / "alertmanager.yml"
        configuration.write_text(json.dumps(self._configuration()))  # JSON is YAML
        self._child = child = Child(
            [
                self._program,
                f"--config.file={configuration}",
                f"--storage.path={self._directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                f"--web.route-prefix={self._prefix}/",
                "--cluster.listen-address=",
            ],
            self._directory / "alertmanager.log",
            directory=self._directory,
        )

        def ready() -> bool:
            child.must_run()
            try:
                return requests.get(f"{self._root}/-/ready", timeout=5).ok
            except requests.RequestException:
                return False

        try:
            until(ready, 30, lambda: f"Alertmanager to be ready; {child.story()}")
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

    def alerts(self) -> list[dict[str, Any]]:
        """What it holds for open, as it shows it."""
        answer = requests.get(f"{self._root}/api/v2/alerts", timeout=20)
        answer.raise_for_status()
        return list(answer.json())

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """What it has told people: status (firing or resolved) and alert, in their order."""
        return [(one["status"], one) for posted in list(self._hook.posted) for one in posted.json["alerts"]]

    @property
    def _root(self) -> str:
        return f"http://127.0.0.1:{self.port}{self._prefix}"

    def _configuration(self) -> dict[str, Any]:
        hook = {"url": f"http://127.0.0.1:{self._hook.port}/", "send_resolved": True}
        return {
            "global": {"resolve_timeout": self._resolve_timeout},
            "route": {
                "receiver": "people",
                "group_by": ["..."],
                "group_wait": "0s",
                "group_interval": "1s",
            },
            "receivers": [{"name": "people", "webhook_configs": [hook]}],
        }
