"""`miavo models`: the catalogue in the terminal."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

import click

from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway
from miavo_tui.client import ModelCard

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
    cards = with_gateway(home, lambda client, _: client.catalogue())
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
    widest = max(len(card.slug) for card in wanted)
    for card in wanted:
        mark = "●" if card.reachable else "○"
        click.echo(
            f"{mark} {card.slug:<{widest}}  {card.kind:<13}  {_price(card):>24}  {card.provider}"
        )
    click.echo(f"{len(wanted)} of {len(cards)} models; ● can be called now", err=True)


def _price(card: ModelCard) -> str:
    prices = card.prices
    if prices.free:
        return "free"
    if prices.input_per_mtok is not None and prices.output_per_mtok is not None:
        return f"{_usd(prices.input_per_mtok)} / {_usd(prices.output_per_mtok)} per MTok"
    if prices.per_image is not None:
        return f"{_usd(prices.per_image)} per image"
    if prices.per_second is not None:
        return f"{_usd(prices.per_second)} per second"
    return "unpriced"


def _usd(amount: Decimal) -> str:
    return f"${amount}"
