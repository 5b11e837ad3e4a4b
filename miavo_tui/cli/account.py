"""`miavo account`: who pays, where more than one does."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from miavo_tui.account_records import AccountRow
from miavo_tui.amount_text import counted
from miavo_tui.cli.columns import in_columns
from miavo_tui.cli.session import home_option, json_option, print_json, say, with_gateway
from miavo_tui.money_text import usd

__all__ = ["account"]

_plan_option = click.option(
    "--plan", type=click.Choice(["free", "paid"]), help="Whose limits hold for its keys."
)


@click.group()
def account() -> None:
    """Accounts: each has its own keys and credit. The one named Default is always there."""


@account.command()
@click.argument("name")
@_plan_option
@home_option
@json_option
def create(name: str, plan: str | None, home: Path | None, *, as_json: bool) -> None:
    """Make an account; 'miavo credit add USD --account NAME' gives it credit."""
    made = with_gateway(home, lambda client, _: client.accounts.create(name, plan))
    say(asdict(made), f"Made the account '{made.name}' ({made.id}).", as_json=as_json)


@account.command(name="list")
@home_option
@json_option
def list_accounts(home: Path | None, *, as_json: bool) -> None:
    """List the accounts and their money."""
    rows = with_gateway(home, lambda client, _: client.accounts.all())
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    for line in in_columns([_cells(row) for row in rows]):
        click.echo(line)


@account.command()
@click.argument("given", metavar="ACCOUNT")
@home_option
@json_option
def show(given: str, home: Path | None, *, as_json: bool) -> None:
    """Show one account by its id or name."""
    row = with_gateway(home, lambda client, _: client.accounts.get(given))
    say(asdict(row), "  ".join(_cells(row)), as_json=as_json)


@account.command()
@click.argument("given", metavar="ACCOUNT")
@click.option("--name", help="A new name.")
@_plan_option
@home_option
@json_option
def update(
    given: str, name: str | None, plan: str | None, home: Path | None, *, as_json: bool
) -> None:
    """Change an account's name or plan; its keys on the old plan go to the new one."""
    changes = {field: value for field, value in (("name", name), ("plan", plan)) if value}
    if not changes:
        raise click.UsageError("Say what to change, such as --plan paid.")
    row = with_gateway(home, lambda client, _: client.accounts.update(given, changes))
    say(asdict(row), f"Changed the account '{row.name}' ({row.id}).", as_json=as_json)


def _cells(row: AccountRow) -> tuple[str, ...]:
    keys = counted(row.keys, "key")
    return row.id, row.name, row.plan, keys, usd(row.balance_usd), f"{usd(row.held_usd)} held"
