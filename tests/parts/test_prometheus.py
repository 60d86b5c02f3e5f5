from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import prometheus_client
import pytest

from parts.prometheus import Prometheus, Row, check_metrics, check_rules

RULES = """\
groups:
  - name: test
    rules:
      - alert: SomethingIsUp
        expr: up == 1
"""


@pytest.fixture
def target() -> Iterator[str]:
    registry = prometheus_client.CollectorRegistry()
    prometheus_client.Gauge("rejectwatch_example", "An example.", registry=registry).set(7)
    server, thread = prometheus_client.start_http_server(0, "127.0.0.1", registry)
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.slow
def test_it_scrapes_and_answers(prometheus: Callable[..., Prometheus], target: str, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES)
    server = prometheus([target], rules)
    server.wait_until_up()
    server.wait_for_scrape()

    (row,) = server.query("rejectwatch_example")
    assert row.value == 7
    assert row.labels["instance"] == target
    assert server.query("vector(1)") == [Row({}, 1.0)]
    assert server.value("rejectwatch_nothing") is None
    assert server.wait_for_rows('ALERTS{alertname="SomethingIsUp",alertstate="firing"}')
    assert [rule["health"] for rule in server.rules()] == ["ok"]


@pytest.mark.slow
def test_a_faulty_query_is_told_in_its_own_words(prometheus: Callable[..., Prometheus]) -> None:
    with pytest.raises(AssertionError, match="parse error"):
        prometheus([]).query("sum(")


def test_promtool_finds_faults(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES)

    assert check_metrics("# HELP a_total A.\n# TYPE a_total counter\na_total 1\n") == ""
    assert "counter" in check_metrics("# HELP a A.\n# TYPE a counter\na 1\n")
    assert check_rules(rules) == ""
    rules.write_text(RULES.replace("up == 1", "up =="))
    assert "parse error" in check_rules(rules)
