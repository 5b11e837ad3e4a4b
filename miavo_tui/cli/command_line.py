"""The command line: options of the app, and the commands for scripts.

Subcommands are imported when they are called.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click

from miavo_tui.cli.opening import NoTerminal, open_app
from miavo_tui.remote_start import RemoteStart, gateway_url
from miavo_tui.start import GatewayStart, StartFailed

__all__ = ["command_line"]

# As shells say it of a program that SIGINT ended.
_EXIT_INTERRUPTED = 130

_SUBCOMMANDS = {
    "account": "miavo_tui.cli.account:account",
    "chat": "miavo_tui.cli.chat:chat",
    "credit": "miavo_tui.cli.credit:credit",
    "doctor": "miavo_tui.cli.doctor:doctor",
    "key": "miavo_tui.cli.key:key",
    "models": "miavo_tui.cli.models:models",
    "serve": "miavo_tui.cli.serve:serve",
    "upstream": "miavo_tui.cli.upstream:upstream",
    "usage": "miavo_tui.cli.usage:usage",
}


class _LazyGroup(click.Group):
    """A group whose commands are imported on demand and whose errors are one line each."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line; every failure is one line on stderr and a non-zero exit."""
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "miavo"
            click.echo(f"Error: {error.format_message()} Try '{where} --help'.", err=True)
            sys.exit(error.exit_code)
        except click.ClickException as error:
            click.echo(f"Error: {error.format_message()}", err=True)
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            sys.exit(_EXIT_INTERRUPTED)
        sys.exit(code if isinstance(code, int) else 0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in order."""
        return sorted(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        place = _SUBCOMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="miavo", prog_name="miavo")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="The home folder; MIAVO_HOME if not given, or the platform's own.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="The gateway's port; 0 picks a free one. [default: 6428]",
)
@click.option(
    "--sandbox", is_flag=True, help="Simulate every provider that has no credential, for this run."
)
@click.option(
    "--connect",
    "url",
    metavar="URL",
    help="Administer the gateway at this address; none is started here.",
)
@click.option(
    "--admin-token",
    envvar="MIAVO_ADMIN_TOKEN",
    show_envvar=True,
    metavar="TOKEN",
    help="For --connect: what the file admin-token in that gateway's home holds. Asked for if not "
    "given.",
)
@click.option("--read-only", is_flag=True, help="Look at everything, change nothing.")
@click.pass_context
def command_line(
    ctx: click.Context,
    home: Path | None,
    port: int | None,
    url: str | None,
    admin_token: str | None,
    *,
    sandbox: bool,
    read_only: bool,
) -> None:
    """One OpenAI-compatible gateway in front of 93 models.

    Without a command, opens the app with the gateway in the same process, or attached to the one
    that already runs on this home.
    """
    ctx.obj = home
    if ctx.invoked_subcommand is not None:
        if url is not None or read_only:
            raise click.UsageError("--connect and --read-only open the app: give no command.")
        return
    try:
        open_app(
            _remote(url, admin_token, home, port=port, sandbox=sandbox)
            if url is not None
            else GatewayStart(home, port=port, sandbox=sandbox),
            read_only=read_only,
        )
    except NoTerminal as error:
        raise click.ClickException(error.message) from None


def _remote(
    url: str, admin_token: str | None, home: Path | None, *, port: int | None, sandbox: bool
) -> RemoteStart:
    """The gateway elsewhere, once it has taken the token."""
    if port is not None or sandbox:
        raise click.UsageError("--connect starts no gateway: leave out --port and --sandbox.")
    try:
        address = gateway_url(url)
    except ValueError as error:
        raise click.BadParameter(f"{url}: {error}.", param_hint="--connect") from None
    asked = not admin_token
    if admin_token is None:
        if not sys.stdin.isatty():
            raise click.UsageError("--connect needs --admin-token or MIAVO_ADMIN_TOKEN.")
        admin_token = click.prompt(f"Admin token of {address}", hide_input=True, type=str)
    while True:
        start = RemoteStart(address, admin_token.strip(), home=home)
        try:
            start.connect()
        except StartFailed as error:
            if not (asked and error.wrong_token):
                raise click.ClickException(error.message) from None
            click.echo("The gateway does not take this token.", err=True)
            admin_token = click.prompt(f"Admin token of {address}", hide_input=True, type=str)
        else:
            return start
