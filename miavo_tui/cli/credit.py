"""`miavo credit`: add prepaid credit, see the balance and the ledger."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway

__all__ = ["credit"]


class _Dollars(click.ParamType[Decimal]):
    """A decimal amount of dollars, with or without the sign `$`."""

    name = "USD"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Read the amount."""
        try:
            amount = Decimal(value.removeprefix("$").replace(",", ""))
        except InvalidOperation:
            self.fail(f"'{value}' is not an amount of dollars, such as 5 or 2.50.", param, ctx)
        if not amount.is_finite():
            self.fail(f"'{value}' is not an amount of dollars.", param, ctx)
        return amount


USD = _Dollars()


@click.group()
def credit() -> None:
    """Prepaid credit: what this gateway may spend at providers."""


@credit.command()
@click.argument("amount", type=USD, metavar="USD")
@click.option("--note", help="Why; shown in the ledger.")
@home_option
@json_option
def add(amount: Decimal, note: str | None, home: Path | None, *, as_json: bool) -> None:
    """Add credit."""
    balance = with_gateway(home, lambda client, _: client.add_credit(amount, note))
    if as_json:
        print_json(asdict(balance))
        return
    click.echo(f"Added ${amount:,f}. The balance is ${balance.balance_usd:,f}.")


@credit.command()
@home_option
@json_option
def balance(home: Path | None, *, as_json: bool) -> None:
    """Show what can be spent, and what requests in flight hold."""
    now = with_gateway(home, lambda client, _: client.balance())
    if as_json:
        print_json(asdict(now))
        return
    click.echo(f"balance  ${now.balance_usd:,f}\nheld     ${now.held_usd:,f}")


@credit.command()
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@home_option
@json_option
def ledger(limit: int, home: Path | None, *, as_json: bool) -> None:
    """List the latest movements of money, the newest last."""
    rows = with_gateway(home, lambda client, _: client.ledger(limit=limit)).rows[::-1]
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        click.echo("No movements yet: miavo credit add USD makes the first.")
    for row in rows:
        about = row.note or row.request_id or ""
        click.echo(
            f"{row.created_at.astimezone():%Y-%m-%d %H:%M:%S}  {row.kind:<10}  "
            f"{row.amount_usd:>+18,.9f}  {about}"
        )
