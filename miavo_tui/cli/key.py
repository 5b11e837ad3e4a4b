"""`miavo key`: make, change, rotate and revoke keys."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from miavo_tui.cli.columns import in_columns
from miavo_tui.cli.key_lines import TITLES, facts, row_of
from miavo_tui.cli.session import (
    account_option,
    home_option,
    json_option,
    print_json,
    say,
    with_gateway,
)
from miavo_tui.cli.terms import Span, terms_body, terms_options
from miavo_tui.client import GatewayClient, KeyRow, NewKey
from miavo_tui.plain_text import printable_line

__all__ = ["key"]


@click.group()
def key() -> None:
    """Keys for the programs that call this gateway."""


@key.command()
@click.argument("name")
@terms_options
@account_option
@home_option
@json_option
def create(
    name: str, account: str | None, home: Path | None, *, as_json: bool, **terms: Any
) -> None:
    """Make a key. It is shown this once, alone on the last line."""
    body = terms_body(terms) | ({} if account is None else {"account": account})
    made = with_gateway(home, lambda client, _: client.keys.create(name, body))
    _show_new(made, f"Made the key '{printable_line(made.row.name)}'", as_json=as_json)


@key.command(name="list")
@click.option("--account", metavar="ACCOUNT", help="Only those of this account, by id or name.")
@home_option
@json_option
def list_keys(account: str | None, home: Path | None, *, as_json: bool) -> None:
    """List the keys, the revoked ones included."""
    rows = with_gateway(home, lambda client, _: client.keys.all(account))
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        click.echo("No keys yet: miavo key create NAME makes one.")
        return
    for line in in_columns([TITLES, *map(row_of, rows)]):
        click.echo(line)


@key.command()
@click.argument("key_id", metavar="ID")
@home_option
@json_option
def show(key_id: str, home: Path | None, *, as_json: bool) -> None:
    """Show one key by its id or name."""
    row = with_gateway(home, lambda client, _: _find(client, key_id, revoked_too=True))
    if as_json:
        print_json(asdict(row))
        return
    for line in in_columns(facts(row)):
        click.echo(line)


@key.command()
@click.argument("key_id", metavar="ID")
@click.option("--name", help="A new name.")
@terms_options
@home_option
@json_option
def update(
    key_id: str, name: str | None, home: Path | None, *, as_json: bool, **terms: Any
) -> None:
    """Change a key by its id or name; what is not said stays as it is.

    A limit is lifted with a word: --budget none, --allow none, --parallel none, --rpm plan,
    --tpm plan, --expires never.
    """
    body = terms_body(terms) | ({} if name is None else {"name": name})
    if not body:
        raise click.UsageError("Say what to change, such as --rpm 50.")

    async def job(client: GatewayClient, _: Path) -> KeyRow:
        return await client.keys.update((await _find(client, key_id)).id, body)

    row = with_gateway(home, job)
    say(asdict(row), f"Changed the key '{printable_line(row.name)}' ({row.id}).", as_json=as_json)


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
        return await client.keys.rotate(row.id, grace_seconds=int(grace.total_seconds()))

    made = with_gateway(home, job)
    _show_new(made, f"Rotated the key '{printable_line(made.row.name)}'", as_json=as_json)


@key.command()
@click.argument("key_id", metavar="ID")
@home_option
@json_option
def revoke(key_id: str, home: Path | None, *, as_json: bool) -> None:
    """Revoke a key by its id or name.

    It is refused at once; for ten minutes `miavo key restore` undoes that.
    """

    async def job(client: GatewayClient, _: Path) -> KeyRow:
        return await client.keys.revoke((await _find(client, key_id)).id)

    row = with_gateway(home, job)
    say(
        asdict(row),
        f"Revoked the key '{printable_line(row.name)}' ({row.id}). For ten minutes "
        f"'miavo key restore {row.id}' undoes it.",
        as_json=as_json,
    )


@key.command()
@click.argument("key_id", metavar="ID")
@home_option
@json_option
def restore(key_id: str, home: Path | None, *, as_json: bool) -> None:
    """Undo a revocation of the last ten minutes."""

    async def job(client: GatewayClient, _: Path) -> KeyRow:
        found = await _find(client, key_id, revoked_too=True)
        return await client.keys.restore(found.id)

    row = with_gateway(home, job)
    say(
        asdict(row),
        f"The key '{printable_line(row.name)}' ({row.id}) works again.",
        as_json=as_json,
    )


def _show_new(made: NewKey, done: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"id": made.row.id, "name": made.row.name, "key": made.secret})
        return
    click.echo(f"{done} ({made.row.id}). It is not shown again:", err=True)
    click.echo(made.secret)


async def _find(client: GatewayClient, given: str, *, revoked_too: bool = False) -> KeyRow:
    """The key of this id, or else the one of this name that is not revoked."""
    rows = await client.keys.all()
    found = [row for row in rows if row.id == given] or [row for row in rows if row.name == given]
    live = [row for row in found if row.revoked_at is None]
    candidates = live or (found if revoked_too else [])
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        ids = ", ".join(row.id for row in candidates)
        raise click.ClickException(
            f"{len(candidates)} keys are named '{given}': say which by id: {ids}"
        )
    if found:
        raise click.ClickException(
            f"the key '{given}' is revoked: miavo key restore undoes that for ten minutes, "
            "and miavo key create makes a new one"
        )
    raise click.ClickException(f"there is no key '{given}'; miavo key list shows them all")
