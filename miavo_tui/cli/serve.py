"""`miavo serve`: the gateway alone."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click

from miavo_tui.cli.session import home_option, json_option, print_json
from miavo_tui.start import StartFailed
from miavo_tui.start import serve as serve_gateway

__all__ = ["serve"]


@click.command()
@click.option("--host", metavar="HOST", help="The address to listen on. [default: 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="The port to listen on; 0 picks a free one. [default: 6428]",
)
@home_option
@click.option(
    "--database-url",
    metavar="URL",
    help="Of a database for SQLAlchemy, in place of the SQLite file in the home.",
)
@click.option(
    "--sandbox", is_flag=True, help="Simulate every provider that has no credential, for this run."
)
@json_option
def serve(
    host: str | None,
    port: int | None,
    home: Path | None,
    database_url: str | None,
    *,
    sandbox: bool,
    as_json: bool,
) -> None:
    """Run the gateway alone, until Ctrl+C or SIGTERM.

    When it answers, it prints a line with its address; with --json also the object
    {"url": …, "pid": …}, alone on the next line.
    """
    chosen = home or click.get_current_context().find_root().obj
    try:
        serve_gateway(
            chosen,
            host=host,
            port=port,
            database_url=database_url,
            sandbox=sandbox,
            ready=partial(_say_ready, as_json=as_json),
        )
    except StartFailed as error:
        raise click.ClickException(error.message) from None


def _say_ready(url: str, *, as_json: bool) -> None:
    click.echo(f"miavo gateway ready on {url}")
    if as_json:
        print_json({"url": url, "pid": os.getpid()}, one_line=True)
