"""`miavo key`: make, change, rotate and revoke keys."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway
from miavo_tui.cli.terms import Span, terms_body, terms_options
from miavo_tui.client import GatewayClient, KeyRow, NewKey

__all__ = ["key"]


@click.group()
def key() -> None:
    """Keys for the programs that call this gateway."""


@key.command()
@click.argument("name")
@terms_options
@home_option
@json_option
def create(name: str, home: Path | None, *, as_json: bool, **terms: Any) -> None:
    """Make a key. It is shown this once, alone on the last line."""
    body = terms_body(terms)
    made = with_gateway(home, lambda client, _: client.create_key(name, body))
    _show_new(made, f"Made the key '{made.row.name}'", as_json=as_json)


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
    spent = f"${row.spent_usd:,f}"
    budget = "none" if row.budget_usd is None else f"${row.budget_usd:,f} {row.budget_reset}"
    for name, value in (
        ("id", row.id),
        ("name", row.name),
        ("key", _shown(row)),
        ("state", _state(row)),
        ("plan", row.plan),
        ("limits", f"{row.rpm_limit:,} requests and {row.tpm_limit:,} tokens in 60 seconds"),
        ("window", f"{row.window_requests:,} requests and {row.window_tokens:,} tokens now"),
        ("parallel", "no limit" if row.max_parallel is None else f"{row.max_parallel:,}"),
        ("allowed", ", ".join(row.allow) or "every model"),
        ("budget", budget),
        ("spent", spent),
        ("created", row.created_at.isoformat()),
        ("expires", row.expires_at.isoformat() if row.expires_at else "never"),
    ):
        click.echo(f"{name:<9} {value}")


@key.command()
@click.argument("key_id", metavar="ID")
@click.option("--name", help="A new name.")
@terms_options
@home_option
@json_option
def update(
    key_id: str, name: str | None, home: Path | None, *, as_json: bool, **terms: Any
) -> None:
    """Change a key by its id or name; what is not said stays as it is."""
    body = terms_body(terms) | ({} if name is None else {"name": name})
    if not body:
        raise click.UsageError("Say what to change, such as --rpm 50.")

    async def job(client: GatewayClient, _: Path) -> KeyRow:
        return await client.update_key((await _find(client, key_id)).id, body)

    row = with_gateway(home, job)
    if as_json:
        print_json(asdict(row))
    else:
        click.echo(f"Changed the key '{row.name}' ({row.id}).")


@key.command()
@click.argument("key_id", metavar="ID")
@click.option(
    "--grace",
    type=Span(),
    default="24h",
    show_default=True,
    help="How long the old value is still taken.",
)
@home_option
@json_option
def rotate(key_id: str, grace: timedelta, home: Path | None, *, as_json: bool) -> None:
    """Give a key a new value. It is shown this once, alone on the last line."""

    async def job(client: GatewayClient, _: Path) -> NewKey:
        row = await _find(client, key_id)
        return await client.rotate_key(row.id, grace_seconds=int(grace.total_seconds()))

    made = with_gateway(home, job)
    _show_new(made, f"Rotated the key '{made.row.name}'", as_json=as_json)


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


def _show_new(made: NewKey, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": made.row.id, "name": made.row.name, "key": made.secret})
        return
    click.echo(f"{done} ({made.row.id}). It is not shown again:", err=True)
    click.echo(made.secret)


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
        return f"revoked {row.revoked_at:%Y-%m-%d %H:%M}"
    return f"last used {row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
