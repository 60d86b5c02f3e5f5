"""The command line. A command is parse, call, print; its module is imported when it is called.

Exit codes: 0 the command did its work, 1 a step failed or `doctor` found trouble, 2 the call or the configuration was wrong.
"""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import click

from rejectwatch import __version__

COMMANDS = {
    "run": "rejectwatch.cli.run",
    "scan": "rejectwatch.cli.scan",
    "import": "rejectwatch.cli.import_",
    "explain": "rejectwatch.cli.explain",
    "events": "rejectwatch.cli.events",
    "top": "rejectwatch.cli.top",
    "user": "rejectwatch.cli.user",
    "incidents": "rejectwatch.cli.incidents",
    "silence": "rejectwatch.cli.silence",
    "replay": "rejectwatch.cli.replay",
    "check-config": "rejectwatch.cli.check_config",
    "doctor": "rejectwatch.cli.doctor",
    "test-alert": "rejectwatch.cli.test_alert",
    "db": "rejectwatch.cli.db",
    "grafana": "rejectwatch.cli.grafana",
}


class _Commands(click.Group):
    """Loads a command when it is asked for: `scan` must not pay for the database and the web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = _imported(COMMANDS[cmd_name]).command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except OSError as error:  # here, because click ends the process at a pipe that nobody reads on
            return _without_output(error)
        return result

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches  # only for who mistypes

            close = get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f'There is no command "{args[0]}"{f"; did you mean {close[0]}?" if close else "."}')
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="rejectwatch")
def group() -> None:
    """Find refused mail (553) in Postfix and Exim logs, say why it was refused and who must do what.

    \b
    Look at a log, now, without any set-up:
      rejectwatch scan /var/log/mail.log
    Ask about one reply, or one line of a log:
      rejectwatch explain "553 5.7.1 … not owned by user …"
    Watch the log, store, show and tell (the daemon):
      rejectwatch run

    Exit codes: 0 it did its work, whatever it found; 1 a step failed, or `doctor` found trouble; 2 the call or the
    configuration was wrong.
    """


def main() -> int:
    """Run a command; trouble that is no bug becomes one sentence and an exit code, never a traceback."""
    from rejectwatch.errors import SettingsError, TransientError

    _print_what_it_can()
    try:
        result = group.main(prog_name="rejectwatch", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    except (SettingsError, TransientError) as error:
        click.echo(str(error), err=True)
        return 2 if isinstance(error, SettingsError) else 1
    return result if isinstance(result, int) else 0


def _imported(module: str) -> ModuleType:
    """What is imported stays: to look for garbage in it would be a part of the start, and of each later look."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()


def _print_what_it_can() -> None:
    """A terminal that has no “ may still show the rest."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


_NO_OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)


def _without_output(error: OSError) -> int:
    """Nobody reads on (`… | head`), or the disk is full; any other OSError is a bug."""
    is_pipe = isinstance(error, BrokenPipeError)
    if not is_pipe and (error.filename is not None or error.errno not in _NO_OUTPUT):
        raise error
    # Else the interpreter complains of the same once more when it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if is_pipe:
        return 0
    click.echo(f"standard output can't be written: {error.strerror}", err=True)
    return 1
