"""`miavo upstream`: the credentials with which this gateway calls providers."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway
from miavo_tui.client import GatewayClient
from miavo_tui.credential_records import CredentialRow, CredentialTrial

__all__ = ["upstream"]


@click.group()
def upstream() -> None:
    """The pool: credentials with which this gateway calls providers."""


@upstream.command()
@click.argument("provider")
@click.option("--label", default="default", show_default=True, help="A name for the credential.")
@click.option("--base-url", help="Where to send requests instead of the provider's own address.")
@click.option("--weight", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option("--from-env", metavar="VAR", help="Read the secret from this variable.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the secret from standard input.")
@home_option
@json_option
def add(
    provider: str,
    label: str,
    base_url: str | None,
    weight: int,
    from_env: str | None,
    home: Path | None,
    *,
    from_stdin: bool,
    as_json: bool,
) -> None:
    """Add a credential for PROVIDER, such as openai. Its secret goes to the OS keyring.

    The secret is asked for on the terminal, unless --from-env or --stdin says where it is; it is
    never taken from the command line, which other users of a machine can read.
    """
    secret = _secret(from_env, from_stdin=from_stdin)
    row = with_gateway(
        home,
        lambda client, _: client.add_credential(
            provider, secret, label=label, base_url=base_url, weight=weight
        ),
    )
    if as_json:
        print_json(asdict(row))
    else:
        click.echo(f"Added the credential '{row.label}' for {row.provider} ({row.id}).")


@upstream.command(name="list")
@home_option
@json_option
def list_credentials(home: Path | None, *, as_json: bool) -> None:
    """List the credentials and how they do."""
    rows = with_gateway(home, lambda client, _: client.credentials())
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        click.echo("No credentials yet: miavo upstream add PROVIDER adds one.")
    for row in rows:
        back = f", back in {row.back_in_seconds:.0f} s" if row.back_in_seconds else ""
        reason = f": {row.reason}" if row.reason else ""
        click.echo(
            f"{row.id}  {row.provider:<10}  {row.label:<16}  {row.masked:<8}  "
            f"{row.state}{back}{reason}"
        )


@upstream.command()
@click.argument("credential", metavar="ID")
@home_option
@json_option
def test(credential: str, home: Path | None, *, as_json: bool) -> None:
    """Try a credential, by its id or label, with its provider's cheapest call."""

    async def job(client: GatewayClient, _: Path) -> CredentialTrial:
        return await client.test_credential((await _find(client, credential)).id)

    trial = with_gateway(home, job)
    if as_json:
        print_json(asdict(trial))
    elif trial.ok:
        click.echo(f"{trial.detail} ({trial.ms:.0f} ms)")
    if not trial.ok:
        if not as_json:
            click.echo(f"Error: {trial.detail}", err=True)
        sys.exit(1)


@upstream.command()
@click.argument("credential", metavar="ID")
@home_option
@json_option
def remove(credential: str, home: Path | None, *, as_json: bool) -> None:
    """Remove a credential, by its id or label, and its secret."""

    async def job(client: GatewayClient, _: Path) -> CredentialRow:
        return await client.remove_credential((await _find(client, credential)).id)

    row = with_gateway(home, job)
    if as_json:
        print_json(asdict(row))
    else:
        click.echo(f"Removed the credential '{row.label}' for {row.provider} ({row.id}).")


def _secret(from_env: str | None, *, from_stdin: bool) -> str:
    if from_env and from_stdin:
        raise click.UsageError("Say either --from-env or --stdin.")
    if from_env:
        secret = os.environ.get(from_env, "")
        if not secret.strip():
            raise click.ClickException(f"the variable {from_env} is not set or empty")
        return secret.strip()
    if from_stdin:
        secret = sys.stdin.read().strip()
        if not secret:
            raise click.ClickException("standard input holds no secret")
        return secret
    if not sys.stdin.isatty():
        raise click.UsageError("Say where the secret is, with --from-env VAR or --stdin.")
    secret = click.prompt("Secret", hide_input=True)
    return str(secret).strip()


async def _find(client: GatewayClient, given: str) -> CredentialRow:
    rows = await client.credentials()
    for row in rows:
        if row.id == given:
            return row
    labelled = [row for row in rows if row.label == given]
    if len(labelled) == 1:
        return labelled[0]
    if labelled:
        ids = ", ".join(row.id for row in labelled)
        raise click.ClickException(
            f"{len(labelled)} credentials are labelled '{given}': say which by id: {ids}"
        )
    raise click.ClickException(
        f"there is no credential '{given}'; miavo upstream list shows them all"
    )
