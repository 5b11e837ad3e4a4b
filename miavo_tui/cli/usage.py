"""`miavo usage`: what was asked, what it used and cost."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

import click

from miavo_tui.cli.columns import Columns, in_columns
from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway
from miavo_tui.cli.usage_tail import UsageTail
from miavo_tui.client import GatewayClient, UsageRow
from miavo_tui.money_text import usd
from miavo_tui.plain_text import printable_line
from miavo_tui.requests.measures import used_anything, words_in_and_out

__all__ = ["usage"]

_ROWS = 20
_TAIL_SECONDS = 0.5
_NUMBERS = {3, 4, 5, 6}


@click.command()
@click.option(
    "--limit",
    type=click.IntRange(1, 500),
    metavar="N",
    help=f"How many at most. [default: {_ROWS}; none before a tail]",
)
@click.option("--tail", is_flag=True, help="Print requests as they end, until Ctrl+C.")
@home_option
@json_option
def usage(limit: int | None, home: Path | None, *, tail: bool, as_json: bool) -> None:
    """List the latest requests, the newest last.

    With --tail, those that end from now on; after the latest ones if --limit is said.
    """

    async def job(client: GatewayClient, _: Path) -> None:
        if tail:
            await _tail(client, limit or 0, as_json=as_json)
            return
        rows = (await client.usage.page(limit=limit or _ROWS)).rows[::-1]
        if as_json:
            print_json([asdict(row) for row in rows])
            return
        if not rows:
            click.echo("No requests yet.")
        for line in in_columns([_cells(row) for row in rows], _NUMBERS):
            click.echo(line)

    with_gateway(home, job)


async def _tail(client: GatewayClient, limit: int, *, as_json: bool) -> None:
    tail = UsageTail(client)
    rows = (await tail.begin())[:limit][::-1]
    columns = Columns(_NUMBERS)
    for row in rows:
        columns.see(_cells(row))
    click.echo("Waiting for requests to end; Ctrl+C leaves.", err=True)
    while True:
        for row in rows:
            if as_json:
                print_json(asdict(row), one_line=True)
            else:
                click.echo(columns.line(_cells(row)))
        await asyncio.sleep(_TAIL_SECONDS)
        rows = await tail.ended()


def _cells(row: UsageRow) -> tuple[str, ...]:
    # What used nothing has no cost to be unpriced.
    unknown = "unpriced" if used_anything(row) else "—"
    return (
        f"{row.started_at.astimezone():%Y-%m-%d %H:%M:%S}",
        row.slug,
        row.state if row.error_code is None else f"{row.state} {row.error_code}",
        *words_in_and_out(row),
        "" if row.duration_ms is None else f"{row.duration_ms / 1000:.2f} s",
        unknown if row.cost_usd is None else usd(row.cost_usd),
        printable_line(row.key_name or ""),
    )
