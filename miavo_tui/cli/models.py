"""`miavo models`: the catalogue in the terminal."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from miavo_tui.cli.columns import in_columns
from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway
from miavo_tui.client import ModelCard
from miavo_tui.model_states import STATES, state_of, symbol_of
from miavo_tui.price_text import price_cells

__all__ = ["models"]


@click.command()
@click.argument("search", required=False, default="")
@click.option("--kind", help="Only this kind: chat, image, video, speech, …")
@click.option("--provider", help="Only this provider, by name or id.")
@click.option("--reachable", is_flag=True, help="Only what can be called now.")
@home_option
@json_option
def models(
    search: str,
    kind: str | None,
    provider: str | None,
    home: Path | None,
    *,
    reachable: bool,
    as_json: bool,
) -> None:
    """List the models whose slug or name contains SEARCH."""
    cards = with_gateway(home, lambda client, _: client.catalogue.cards())
    wanted = [
        card
        for card in cards
        if search.lower() in f"{card.slug} {card.name}".lower()
        and (kind is None or card.kind == kind.lower())
        and (provider is None or provider.lower() in {card.provider.lower(), card.owned_by})
        and (card.reachable or not reachable)
    ]
    if as_json:
        print_json([asdict(card) for card in wanted])
        return
    if not wanted:
        raise click.ClickException("no model fits; miavo models lists them all")
    rows = [
        (symbol_of(card)[0], card.slug, card.kind, _price(card), card.provider) for card in wanted
    ]
    for line in in_columns(rows, right={3}):
        click.echo(line)
    present = {state_of(card) for card in wanted}
    legend = "  ".join(f"{mark} {word}" for name, (mark, word) in STATES.items() if name in present)
    click.echo(f"{len(wanted)} of {len(cards)} models.  {legend}", err=True)


def _price(card: ModelCard) -> str:
    """As in the app: a plus sign stands behind the lowest of several prices."""
    first, second = price_cells(card.prices)
    if not second or second == "—":
        return first
    return f"{first}{second}" if second.startswith("/") else f"{first} / {second} per MTok"
