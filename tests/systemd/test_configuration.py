"""The configuration that an installation brings: every line of it is true, as it is and without its `#`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import BaseModel

from rejectwatch.cli.check_config import command
from rejectwatch.errors import SettingsError
from rejectwatch.settings import (
    ByDesignSettings,
    CauseSettings,
    ChannelSettings,
    LogMessageSettings,
    RuleSettings,
    Settings,
    SourceSettings,
    load,
)
from rejectwatch.shipped import shipped

FILE = shipped("systemd") / "rejectwatch.toml"
LINES = FILE.read_text("utf-8").splitlines()
OFF = re.compile(r"#(\w+ = .*|\[\[\w+\]\])")
"""A setting that waits to be uncommented: no blank behind its `#`. What a person reads has one."""

SECTIONS: dict[str, type[BaseModel]] = {
    "sources": SourceSettings,
    "channels": ChannelSettings,
    "rules": RuleSettings,
    "by_design": ByDesignSettings,
    "causes": CauseSettings,
    "log_messages": LogMessageSettings,
}


def blocks() -> list[range]:
    """The examples of what there may be several of: from `#[[…]]` to the end of its paragraph."""
    found = []
    for start, line in enumerate(LINES):
        if line.startswith("#[["):
            end = next((at for at in range(start, len(LINES)) if not OFF.fullmatch(LINES[at])), len(LINES))
            found.append(range(start, end))
    return found


BLOCKS = blocks()
ONES = [
    at for at, line in enumerate(LINES) if OFF.fullmatch(line) and not any(at in block for block in BLOCKS)
]


def named(at: int | range) -> str:
    return LINES[at][1:] if isinstance(at, int) else f"{LINES[at[0]][1:]} {LINES[at[1]][1:]}"


def on(*uncommented: int) -> str:
    return "".join(f"{line[1:] if at in uncommented else line}\n" for at, line in enumerate(LINES))


def check(folder: Path, text: str) -> Result:
    """`check-config`, with the files that the channels of the examples name."""
    file = folder / "rejectwatch.toml"
    file.write_text(text, "utf-8")
    for url_file in re.findall(r'^#?url_file = "(.*)"', text, re.MULTILINE):
        (folder / "credentials").mkdir(exist_ok=True)
        (folder / "credentials" / url_file).write_text(
            "mailtos://user:password@mail.example.net?to=admin@corp.example"
        )
    return CliRunner().invoke(command, ["-c", str(file)])


def test_it_is_right_as_it_is_and_changes_nothing(tmp_path: Path) -> None:
    done = check(tmp_path, FILE.read_text("utf-8"))

    assert (done.exit_code, done.stderr) == (0, "")
    assert load(FILE) == Settings()


@pytest.mark.parametrize("at", ONES, ids=named)
def test_a_line_says_the_default(at: int, tmp_path: Path) -> None:
    done = check(tmp_path, on(at))

    assert (done.exit_code, done.stderr) == (0, "")
    assert load(tmp_path / "rejectwatch.toml") == Settings()


@pytest.mark.parametrize("block", [block for block in BLOCKS if "chief" not in LINES[block[1]]], ids=named)
def test_an_example_can_be_used_as_it_is(block: range, tmp_path: Path) -> None:
    done = check(tmp_path, on(*block))

    assert done.exit_code == 0, done.stderr
    assert load(tmp_path / "rejectwatch.toml") != Settings() or "rules" in LINES[block[0]]


def test_all_examples_of_channels_go_together(tmp_path: Path) -> None:
    """One escalates what another has told, so it cannot stand alone."""
    channels = [at for block in BLOCKS if "channels" in LINES[block[0]] for at in block]
    done = check(tmp_path, on(*channels))

    assert (done.exit_code, done.stderr) == (0, "")


def test_a_mistake_in_it_would_be_found(tmp_path: Path) -> None:
    done = check(tmp_path, on(ONES[0]).replace("instance", "instanse"))

    assert isinstance(done.exception, SettingsError)


def test_each_setting_stands_in_it() -> None:
    """What is not in the file a person would never hear of."""
    ours = {*Settings.model_fields, *SECTIONS}
    plain = [field.annotation for name, field in Settings.model_fields.items() if name not in SECTIONS]
    for section in (*SECTIONS.values(), *plain):
        if isinstance(section, type) and issubclass(section, BaseModel):
            ours |= set(section.model_fields)
    text = FILE.read_text("utf-8")
    missing = {name for name in ours if not re.search(rf"^#?(\[{{1,2}})?{name}\b", text, re.MULTILINE)}

    # What these do stands in alerts.md: more ways to say whom an exception concerns.
    assert missing == {"user", "sender", "sender_domain", "recipient_domain"}
