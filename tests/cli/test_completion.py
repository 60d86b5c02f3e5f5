"""What the Tab key offers in bash, zsh and fish. Nothing is started for it, and no file read."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from parts.packages import program
from rejectwatch.cli import COMMANDS

SHARE = Path(__file__).parents[2] / "share"
BASH = SHARE / "bash-completion" / "completions" / "rejectwatch"
ZSH = SHARE / "zsh" / "site-functions"
FISH = SHARE / "fish" / "vendor_completions.d" / "rejectwatch.fish"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("mail.log", "mail.log.1", "a blank"):
        (tmp_path / name).touch()
    (tmp_path / "mail.folder").mkdir()
    monkeypatch.chdir(tmp_path)


def in_bash(*words: str) -> set[str]:
    script = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rejectwatch; PATH=;'
        ' for one in "${COMPREPLY[@]}"; do echo "$one"; done'
    )
    command = ["bash", "-u", "-c", script, "bash", str(BASH), "rejectwatch", *words]
    return _said(command, env={"PATH": "/usr/bin:/bin"})


def in_fish(*words: str) -> set[str]:
    """What stands behind a tab is its description."""
    typed = " ".join(("rejectwatch", *words))
    command = [str(program("fish", "fish")), "-N", "-c", f"source {FISH}; complete -C '{typed}'"]
    return {line.partition("\t")[0].removesuffix("/") for line in _said(command, env={"HOME": "."})}


# Says what is offered, each in a line of its own; calls that only ask what would fit are passed on.
OFFERING = (
    'compadd() { if [[ -z ${argv[(r)-[OAD]]} ]]; then local -a fitting; builtin compadd -O fitting "$@";'
    ' print; print -rl -- "<"${^fitting}">"; fi; builtin compadd "$@" }'
)


def in_zsh(*words: str) -> set[str]:
    """zsh completes only where somebody types: in a terminal of its own, as soon as its line editor has begun to read."""
    typed = " ".join(("rejectwatch", *words))
    script = f"""
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell 'PS1= PS2= RPS1=; fpath=({ZSH} $fpath); autoload -Uz compinit; compinit -u -D'
    zpty -w shell '{OFFERING}'
    zpty -w shell 'bindkey "^I" complete-word; zle-line-init() {{ print -n READ""Y }}; zle -N zle-line-init'
    zpty -r -m shell said '*READY*'
    zpty -w -n shell {typed!r}$'\\t'
    zpty -w -n shell $'\\x15'
    zpty -w shell 'echo EN""D'
    zpty -r -m shell said '*END*'
    print -r -- "$said"
    """
    lines = _said([str(program("zsh", "zsh")), "-f", "-c", script], env={"TERM": "dumb", "HOME": "."})
    return {line.strip()[1:-1] for line in lines if line.strip().startswith("<")} - {""}


def _said(command: list[str], env: dict[str, str]) -> set[str]:
    done = subprocess.run(
        command,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **env},
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return set(done.stdout.splitlines())


Shell = Callable[..., set[str]]
SHELLS = [in_bash, in_fish, in_zsh]
OFFERED = [
    (("re",), {"replay"}),
    (("db", ""), {"backup", "current", "forget", "prune", "upgrade"}),
    (("silence", "re"), {"remove"}),
    (("events", "--unt"), {"--until"}),
    (("incidents", "list", "--al"), {"--all"}),
    (("run", "--lang", ""), {"en", "ja"}),
    (("scan", "mail"), {"mail.log", "mail.log.1", "mail.folder"}),
    (("import", "mail.log", "mail.log."), {"mail.log.1"}),
    (("events", "-c", "mail.f"), {"mail.folder"}),
    (("grafana", "export", "mail"), {"mail.folder"}),
    (("user", "mail"), set()),
    (("events", "--since", "7d", "--cause", "re"), {"recipient_unknown", "relay_denied"}),
    (("top", ""), {"users", "senders", "domains", "ips", "causes"}),
    (("silence", "add", "--for", ""), set()),
]


@pytest.mark.parametrize(
    "words, offered", OFFERED, ids=lambda one: " ".join(one) if isinstance(one, tuple) else ""
)
@pytest.mark.parametrize("shell", SHELLS)
def test_it_offers_what_may_stand_there(shell: Shell, words: tuple[str, ...], offered: set[str]) -> None:
    assert shell(*words) == offered


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_offered(shell: Shell) -> None:
    assert set(COMMANDS) <= shell("")


def test_bash_takes_a_value_behind_an_equals_sign() -> None:
    assert in_bash("events", "--format", "=", "js") == {"json"}
    assert in_bash("events", "--format", "=") == {"text", "json", "csv"}


def test_a_name_with_a_blank_stays_one_name() -> None:
    assert in_bash("scan", "a") == {"a blank"}


def test_where_only_options_can_stand_they_are_offered() -> None:
    assert in_bash("check-config", "") == {"-c", "--config", "-h", "--help"}
