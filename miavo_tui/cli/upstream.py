"""`miavo upstream`: the credentials with which this gateway calls providers."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from miavo_tui.cli.columns import in_columns
from miavo_tui.cli.session import home_option, json_option, print_json, say, with_gateway
from miavo_tui.client import GatewayClient
from miavo_tui.credential_records import CredentialRow, CredentialTrial
from miavo_tui.plain_text import printable_line

__all__ = ["upstream"]


@click.group()
def upstream() -> None:
    """The pool: credentials with which this gateway calls providers."""


@upstream.command()
@click.argument("provider")
@click.option("--label", help="A name for the credential. [default: default, or sandbox]")
@click.option("--base-url", help="Where to send requests instead of the provider's own address.")
@click.option("--weight", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option("--from-env", metavar="VAR", help="Read the secret from this variable.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the secret from standard input.")
@click.option("--sandbox", is_flag=True, help="Simulate the provider; no secret is wanted.")
@click.option("--latency", type=float, metavar="MS", help="The sandbox's wait before an answer.")
@click.option("--rate", type=float, metavar="TOKENS/S", help="How fast the sandbox generates.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND[:OFTEN]",
    help="What goes wrong in the sandbox: 400, 401, 403, 404, 429, 500, 529, cut, silence, "
    "error-event or malformed; always, or with a probability (429:0.2), or every n-th time "
    "(cut:every3).",
)
@home_option
@json_option
def add(
    provider: str,
    label: str | None,
    base_url: str | None,
    weight: int,
    from_env: str | None,
    latency: float | None,
    rate: float | None,
    faults: tuple[str, ...],
    home: Path | None,
    *,
    from_stdin: bool,
    sandbox: bool,
    as_json: bool,
) -> None:
    """Add a credential for PROVIDER, such as openai. Its secret goes to the OS keyring.

    The secret is asked for on the terminal, unless --from-env or --stdin says where it is; it is
    never taken from the command line, which other users of a machine can read.
    """
    terms = _sandbox_terms(latency, rate, faults) if sandbox else None
    if sandbox and (from_env or from_stdin):
        raise click.UsageError("The sandbox takes no secret.")
    if not sandbox and (latency is not None or rate is not None or faults):
        raise click.UsageError("--latency, --rate and --fault belong to --sandbox.")
    secret = None if sandbox else _secret(from_env, from_stdin=from_stdin)
    row = with_gateway(
        home,
        lambda client, _: client.credentials.add(
            provider, secret, label=label, base_url=base_url, weight=weight, sandbox=terms
        ),
    )
    kind = "simulated credential" if row.simulated else "credential"
    done = f"Added the {kind} '{row.label}' for {row.provider} ({row.id})."
    say(_json(row), done, as_json=as_json)


def _json(row: CredentialRow) -> dict[str, object]:
    return asdict(row) | {"simulated": row.simulated}


@upstream.command(name="list")
@home_option
@json_option
def list_credentials(home: Path | None, *, as_json: bool) -> None:
    """List the credentials and how they do."""
    rows = with_gateway(home, lambda client, _: client.credentials.all())
    if as_json:
        print_json([_json(row) for row in rows])
        return
    if not rows:
        click.echo("No credentials yet: miavo upstream add PROVIDER adds one.")
    for line in in_columns([_cells(row) for row in rows]):
        click.echo(line)


@upstream.command()
@click.argument("credential", metavar="ID")
@home_option
@json_option
def test(credential: str, home: Path | None, *, as_json: bool) -> None:
    """Try a credential with its provider's cheapest call.

    It is found by its id or label.
    """

    async def job(client: GatewayClient, _: Path) -> CredentialTrial:
        return await client.credentials.test((await _find(client, credential)).id)

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
@click.option("--label", help="A new name for it.")
@click.option("--weight", type=click.IntRange(1, 1000), help="Its share of the load.")
@click.option(
    "--base-url", metavar="URL", help="Where to send requests; '' for the provider's own address."
)
@home_option
@json_option
def update(
    credential: str,
    label: str | None,
    weight: int | None,
    base_url: str | None,
    home: Path | None,
    *,
    as_json: bool,
) -> None:
    """Change a credential; what is not said stays as it is.

    It is found by its id or label.
    """
    said = {"label": label, "weight": weight, "base_url": base_url}
    changes = {name: value for name, value in said.items() if value is not None}
    if not changes:
        raise click.UsageError("Say what to change, such as --weight 2.")

    async def job(client: GatewayClient, _: Path) -> CredentialRow:
        return await client.credentials.update((await _find(client, credential)).id, changes)

    row = with_gateway(home, job)
    say(
        _json(row),
        f"Changed the credential '{row.label}' for {row.provider} ({row.id}).",
        as_json=as_json,
    )


@upstream.command()
@click.argument("credential", metavar="ID")
@home_option
@json_option
def remove(credential: str, home: Path | None, *, as_json: bool) -> None:
    """Remove a credential, by its id or label, and its secret."""

    async def job(client: GatewayClient, _: Path) -> CredentialRow:
        return await client.credentials.remove((await _find(client, credential)).id)

    row = with_gateway(home, job)
    say(
        _json(row),
        f"Removed the credential '{row.label}' for {row.provider} ({row.id}).",
        as_json=as_json,
    )


def _sandbox_terms(
    latency: float | None, rate: float | None, faults: tuple[str, ...]
) -> dict[str, object]:
    terms: dict[str, object] = {"faults": list(faults)}
    if latency is not None:
        terms["latency_ms"] = latency
    if rate is not None:
        terms["rate"] = rate
    return terms


def _cells(row: CredentialRow) -> tuple[str, ...]:
    back = f", back in {row.back_in_seconds:.0f} s" if row.back_in_seconds else ""
    reason = f": {row.reason}" if row.reason else ""
    simulated = "  (simulated)" if row.simulated else ""
    state = printable_line(f"{row.state}{back}{reason}") + simulated
    return row.id, row.provider, printable_line(row.label), row.masked, state


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
    rows = await client.credentials.all()
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
