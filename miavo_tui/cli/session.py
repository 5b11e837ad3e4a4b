"""What the commands share: a gateway for the length of one command, and how output is written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import click

from miavo_tui.client import GatewayClient, GatewayRefused, GatewayUnreachable
from miavo_tui.start import GatewayStart, StartFailed

__all__ = ["account_option", "home_option", "json_option", "print_json", "say", "with_gateway"]

T = TypeVar("T")

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="The home folder; MIAVO_HOME if not given, or the platform's own.",
)
account_option = click.option(
    "--account", metavar="ACCOUNT", help="Whose, by id or name; the account Default if not said."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def with_gateway(home: Path | None, job: Callable[[GatewayClient, Path], Awaitable[T]]) -> T:
    """Run a job against the gateway on a home; one is started for it if none runs.

    Raises:
        click.ClickException: with the one line that says what went wrong.
    """
    chosen = home or click.get_current_context().find_root().obj
    start = GatewayStart(chosen, port=0, announced=False)

    async def run(url: str, token: str) -> T:
        client = GatewayClient(url, token)
        try:
            return await job(client, start.home)
        finally:
            await client.close()

    try:
        connection = start.connect()
        return asyncio.run(run(connection.url, connection.admin_token))
    except StartFailed as error:
        raise click.ClickException(error.message) from None
    except GatewayRefused as error:
        raise click.ClickException(error.message) from None
    except GatewayUnreachable as error:
        raise click.ClickException(f"the gateway does not answer: {error}") from None
    finally:
        start.close()


def print_json(value: object, *, one_line: bool = False) -> None:
    """Write a value as JSON: times as ISO 8601, exact decimals as text.

    Args:
        value: of lists, dicts and what stands for itself.
        one_line: for one of many, each on a line of its own.
    """
    indent = None if one_line else 2
    click.echo(json.dumps(value, indent=indent, ensure_ascii=False, default=_as_text))


def say(value: object, text: str, *, as_json: bool) -> None:
    """Write what a command has done.

    Args:
        value: what came of it, for programs.
        text: the same for people.
        as_json: which of the two is wanted.
    """
    if as_json:
        print_json(value)
    else:
        click.echo(text)


def _as_text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"  # never as 0E-9
    return value.isoformat() if isinstance(value, date) else str(value)
