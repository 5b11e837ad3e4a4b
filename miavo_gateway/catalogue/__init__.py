"""The catalogue: every model, its prices and its life, read from TOML and checked."""

from __future__ import annotations

from miavo_gateway.catalogue.code_examples import examples
from miavo_gateway.catalogue.loader import catalogue_directory, load_catalogue
from miavo_gateway.catalogue.model import (
    Catalogue,
    Feature,
    Kind,
    Lifecycle,
    Model,
    Provider,
    Status,
)
from miavo_gateway.catalogue.overrides import with_overrides
from miavo_gateway.catalogue.prices import Price, Prices, PriceTable
from miavo_gateway.catalogue.wire import as_wire

__all__ = [
    "Catalogue",
    "Feature",
    "Kind",
    "Lifecycle",
    "Model",
    "Price",
    "PriceTable",
    "Prices",
    "Provider",
    "Status",
    "as_wire",
    "catalogue_directory",
    "examples",
    "load_catalogue",
    "with_overrides",
]
