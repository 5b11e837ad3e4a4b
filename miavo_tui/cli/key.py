"""`miavo key`: make, list and revoke keys."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway
from miavo_tui.client import GatewayClient, KeyRow

__all__ = ["key"]


@click.group()
def key() -> None:
    """Keys for the programs that call this gateway."""


@key.command()
@click.argument("name")
@home_option
@json_option
def create(name: str, home: Path | None, *, as_json: bool) -> None:
    """Make a key. It is shown this once, alone on the last line."""
    made = with_gateway(home, lambda client, _: client.create_key(name))
    if as_json:
        print_json({"id": made.row.id, "name": made.row.name, "key": made.secret})
        return
    click.echo(f"Made the key '{made.row.name}' ({made.row.id}). It is not shown again:", err=True)
    click.echo(made.secret)


@key.command(name="list")
@home_option
@json_option
def list_keys(home: Path | None, *, as_json: bool) -> None:
    """List the keys, the revoked ones included."""
    rows = with_gateway(home, lambda client, _: client.keys())
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        click.echo("No keys yet: miavo key create NAME makes one.")
        return
    widest = max(len(row.name) for row in rows)
    for row in rows:
        click.echo(f"{row.id}  {row.name:<{widest}}  {_shown(row)}  {_state(row)}")


@key.command()
@click.argument("key_id", metavar="ID")
@home_option
@json_option
def show(key_id: str, home: Path | None, *, as_json: bool) -> None:
    """Show one key by its id or name."""
    row = with_gateway(home, lambda client, _: _find(client, key_id))
    if as_json:
        print_json(asdict(row))
        return
    click.echo(f"id         {row.id}\nname       {row.name}\nkey        {_shown(row)}")
    click.echo(f"created    {row.created_at}\nlast used  {row.last_used_at or 'never'}")
    click.echo(f"state      {_state(row)}")


@key.command()
@click.argument("key_id", metavar="ID")
@home_option
@json_option
def revoke(key_id: str, home: Path | None, *, as_json: bool) -> None:
    """Revoke a key by its id or name, for good."""

    async def job(client: GatewayClient, _: Path) -> KeyRow:
        return await client.revoke_key((await _find(client, key_id)).id)

    row = with_gateway(home, job)
    if as_json:
        print_json(asdict(row))
    else:
        click.echo(f"Revoked the key '{row.name}' ({row.id}).")


async def _find(client: GatewayClient, given: str) -> KeyRow:
    rows = await client.keys()
    for row in rows:
        if row.id == given:
            return row
    named = [row for row in rows if row.name == given and row.revoked_at is None]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(row.id for row in named)
        raise click.ClickException(f"{len(named)} keys are named '{given}': say which by id: {ids}")
    raise click.ClickException(f"there is no key '{given}'; miavo key list shows them all")


def _shown(row: KeyRow) -> str:
    return f"{row.prefix}…{row.last_four}"


def _state(row: KeyRow) -> str:
    if row.revoked_at is not None:
        return f"revoked {row.revoked_at}"
    return f"last used {row.last_used_at}" if row.last_used_at else "never used"
