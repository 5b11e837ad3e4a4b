"""`miavo serve`: the gateway alone."""

from __future__ import annotations

from pathlib import Path

import click

from miavo_tui.cli.session import home_option
from miavo_tui.start import StartFailed
from miavo_tui.start import serve as serve_gateway

__all__ = ["serve"]


@click.command()
@click.option("--host", help="The address to listen on. [default: 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="The port to listen on; 0 picks a free one. [default: 6428]",
)
@home_option
@click.option("--database-url", help="An SQLAlchemy URL, in place of the SQLite file in the home.")
def serve(host: str | None, port: int | None, home: Path | None, database_url: str | None) -> None:
    """Run the gateway alone, until Ctrl+C or SIGTERM."""
    chosen = home or click.get_current_context().find_root().obj
    try:
        serve_gateway(chosen, host=host, port=port, database_url=database_url, ready=_say_ready)
    except StartFailed as error:
        raise click.ClickException(error.message) from None


def _say_ready(url: str) -> None:
    click.echo(f"miavo gateway ready on {url}")
