"""The command line. A command is parse, call, print; its module is imported when it is called.

Exit codes: 0 the command did its work, 1 a step failed, 2 the call or the configuration was wrong.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from rejectwatch import __version__

COMMANDS = {
    "run": "rejectwatch.cli.run",
    "scan": "rejectwatch.cli.scan",
    "import": "rejectwatch.cli.import_",
    "explain": "rejectwatch.cli.explain",
    "events": "rejectwatch.cli.events",
    "incidents": "rejectwatch.cli.incidents",
    "check-config": "rejectwatch.cli.check_config",
    "test-alert": "rejectwatch.cli.test_alert",
    "db": "rejectwatch.cli.db",
}


class _Commands(click.Group):
    """Loads a command when it is asked for: `scan` must not pay for the database and the web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rejectwatch")
def group() -> None:
    """Find refused mail (553) in Postfix and Exim logs, say why it was refused and who must do what.

    \b
    Look at a log, now, without any set-up:    rejectwatch scan /var/log/mail.log
    Ask about one reply or one log line:       rejectwatch explain '553 5.7.1 … not owned by user …'
    Watch, store, show and tell (the daemon):  rejectwatch run
    """


def main() -> int:
    """Run a command; trouble that is no bug becomes one sentence and an exit code, never a traceback."""
    from rejectwatch.errors import SettingsError, TransientError

    try:
        result = group.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    except SettingsError as error:
        click.echo(str(error), err=True)
        return 2
    except TransientError as error:
        click.echo(str(error), err=True)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # else the interpreter complains of the same pipe once more
        return 0
    return result if isinstance(result, int) else 0
