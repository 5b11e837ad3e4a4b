"""`miavo credit`: add prepaid credit, see the balance and the ledger."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

import click

from miavo_tui.cli.columns import in_columns
from miavo_tui.cli.session import (
    account_option,
    home_option,
    json_option,
    print_json,
    say,
    with_gateway,
)
from miavo_tui.money_records import LedgerQuery
from miavo_tui.money_text import read_usd, usd
from miavo_tui.plain_text import printable_line

__all__ = ["USD", "credit"]


class _Dollars(click.ParamType[Decimal]):
    """A decimal amount of dollars, with or without the sign `$`."""

    name = "USD"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Read the amount."""
        try:
            return read_usd(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


USD = _Dollars()


@click.group()
def credit() -> None:
    """Prepaid credit: what this gateway may spend at providers."""


@credit.command()
@click.argument("amount", type=USD, metavar="USD")
@click.option("--note", help="Why; shown in the ledger.")
@account_option
@home_option
@json_option
def add(
    amount: Decimal, note: str | None, account: str | None, home: Path | None, *, as_json: bool
) -> None:
    """Add credit."""
    balance = with_gateway(home, lambda client, _: client.credit.add(amount, note, account))
    done = f"Added {usd(amount)}. The balance is {usd(balance.balance_usd)}."
    say(asdict(balance), done, as_json=as_json)


@credit.command()
@account_option
@home_option
@json_option
def balance(account: str | None, home: Path | None, *, as_json: bool) -> None:
    """Show what can be spent, and what requests in flight hold."""
    now = with_gateway(home, lambda client, _: client.credit.balance(account))
    text = f"balance  {usd(now.balance_usd)}\nheld     {usd(now.held_usd)}"
    say(asdict(now), text, as_json=as_json)


@credit.command()
@click.option(
    "--limit",
    type=click.IntRange(1, 500),
    default=20,
    metavar="N",
    help="How many at most. [default: 20]",
)
@click.option("--account", metavar="ACCOUNT", help="Only those of this account, by id or name.")
@home_option
@json_option
def ledger(limit: int, account: str | None, home: Path | None, *, as_json: bool) -> None:
    """List the latest movements of money, the newest last."""
    page = with_gateway(
        home, lambda client, _: client.credit.ledger(LedgerQuery(account=account), limit=limit)
    )
    rows = page.rows[::-1]
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        click.echo("No movements yet: miavo credit add USD makes the first.")
    movements = [
        (
            f"{row.created_at.astimezone():%Y-%m-%d %H:%M:%S}",
            row.kind,
            f"{'+' if row.amount_usd >= 0 else ''}{usd(row.amount_usd)}",
            printable_line(row.note or row.request_id or ""),
        )
        for row in rows
    ]
    for line in in_columns(movements, right={2}):
        click.echo(line)
