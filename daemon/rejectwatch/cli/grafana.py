"""`rejectwatch grafana`: dashboards, provisioning files and rules, as files for Grafana and Prometheus."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from rejectwatch.cli.export import export
from rejectwatch.shipped import shipped

DASHBOARDS = "/var/lib/grafana/dashboards/rejectwatch"
"""Where the shipped providers look for `dashboards/`."""

_PATH = re.compile(rf'^( *path: *)"?{DASHBOARDS}([^"\n]*)"?$', re.MULTILINE)


@click.group("grafana", short_help="dashboards and rules, as files")
def command() -> None:
    """What Grafana and Prometheus need to show and watch rejectwatch, as files."""


@command.command("export", short_help="write dashboards, provisioning files and rules")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def export_(folder: Path) -> None:
    """Write dashboards, provisioning files, alert rules and recording rules into DIR.

    Export again after an upgrade: the files of an earlier export are renewed, and removed where there are none of
    their name any more. Other files in DIR are left alone; of one that was changed by hand you are told, and then
    nothing is written.

    The provisioning files name DIR as the place of the dashboards. If Grafana runs elsewhere, export there, or into
    a folder of the same name.
    """
    folder = folder.absolute()
    files = dict(_files(folder))
    gone = export(files, folder)
    click.echo(f"{folder}: {_counted(files)}{f'; removed: {len(gone)}' if gone else ''}")
    click.echo("What to do with them (more in grafana.md, beside the other documents):")
    for line in _next(shlex.quote(str(folder))):
        click.echo(f"  {line}")


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What is shipped, by its name below the folder; the providers look for the dashboards there."""
    top = shipped("grafana")
    for path in sorted(path for path in top.rglob("*") if path.is_file()):
        name, content = path.relative_to(top).as_posix(), path.read_bytes()
        if name.startswith("provisioning/dashboards/"):
            content = _placed(content.decode(), folder / "dashboards").encode()
        yield name, content


def _placed(provider: str, dashboards: Path) -> str:
    # A text in JSON is one in YAML, whatever is in it.
    return _PATH.sub(lambda found: found[1] + json.dumps(f"{dashboards}{found[2]}"), provider)


def _counted(names: Iterable[str]) -> str:
    kinds = Counter(name.partition("/")[0] for name in names)
    return ", ".join(f"{kind} {number}" for kind, number in kinds.items())


def _next(folder: str) -> Iterator[str]:
    yield "Grafana: of each of the two folders the files for Prometheus, and for your kind of database; then restart it:"
    for kind in ("dashboards", "datasources"):
        yield f"  cp {folder}/provisioning/{kind}/rejectwatch-prometheus.yaml /etc/grafana/provisioning/{kind}/"
    yield f"Prometheus: rule_files: [{folder}/alerts/*.yaml]; then reload it"
