"""`miavo usage`: what was asked, what it used and cost."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

import click

from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway
from miavo_tui.client import GatewayClient, UsageRow

__all__ = ["usage"]

_TAIL_SECONDS = 0.5
_TAIL_ROWS = 500


@click.command()
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@click.option("--tail", is_flag=True, help="Go on printing requests as they end, until Ctrl+C.")
@home_option
@json_option
def usage(limit: int, home: Path | None, *, tail: bool, as_json: bool) -> None:
    """List the latest requests, the newest last."""

    async def job(client: GatewayClient, _: Path) -> None:
        rows = (await client.usage(limit=limit)).rows[::-1]
        if as_json and not tail:
            print_json([asdict(row) for row in rows])
            return
        if not rows and not tail:
            click.echo("No requests yet.")
        for row in rows:
            _print(row, as_json=as_json)
        if tail:
            await _follow(client, {row.id for row in rows if row.state != "open"}, as_json=as_json)

    with_gateway(home, job)


async def _follow(client: GatewayClient, printed: set[int], *, as_json: bool) -> None:
    while True:
        await asyncio.sleep(_TAIL_SECONDS)
        rows = (await client.usage(limit=_TAIL_ROWS)).rows
        for row in reversed(rows):
            if row.id not in printed and row.state != "open":
                _print(row, as_json=as_json)
        # Older rows cannot come back, so what is remembered stays as small as one page.
        printed = {row.id for row in rows if row.state != "open"}


def _print(row: UsageRow, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(row))
        return
    # What used nothing has no cost to be unpriced.
    unknown = "unpriced" if row.prompt_tokens or row.output_tokens else "—"
    cost = unknown if row.cost_usd is None else f"${row.cost_usd:f}"
    took = "" if row.duration_ms is None else f"{row.duration_ms / 1000:.2f} s"
    ended = row.state if row.error_code is None else f"{row.state} {row.error_code}"
    click.echo(
        f"{row.started_at.astimezone():%Y-%m-%d %H:%M:%S}  {row.slug:<28}  {ended:<12}  "
        f"{row.prompt_tokens:>6} in {row.output_tokens:>6} out  {took:>8}  {cost}  "
        f"{row.key_name or ''}"
    )
