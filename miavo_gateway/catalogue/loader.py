"""Loads the catalogue from its TOML files, one per provider."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from miavo_gateway.catalogue.entry import read_model, read_provider
from miavo_gateway.catalogue.fields import Fields
from miavo_gateway.catalogue.model import Catalogue, Model, Provider
from miavo_gateway.errors import ConfigurationError

__all__ = ["catalogue_directory", "load_catalogue"]

_INSTALLED = Path(__file__).parent / "_catalog"
_CHECKOUT = Path(__file__).parents[2] / "catalog"


def catalogue_directory() -> Path:
    """Where the files are: inside the package when installed, at the top of a checkout."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


def load_catalogue(directory: Path | None = None) -> Catalogue:
    """Load and check every `*.toml` of a directory, by default the one that Miavo comes with.

    Raises:
        ConfigurationError: a file cannot be read or is not TOML, a field is missing, unknown or
            wrong, a slug is there twice, or a successor is not in the catalogue. The message
            names the file, the model and the field.
    """
    directory = directory or catalogue_directory()
    paths = sorted(directory.glob("*.toml"))
    if not paths:
        raise ConfigurationError(f"{directory}: holds no catalogue file (*.toml)")
    files = sorted((_read_file(path) for path in paths), key=lambda file: file.provider.position)
    _refuse_shared(files)
    return Catalogue(
        providers=tuple(file.provider for file in files),
        models=tuple(model for file in files for model in file.models),
    )


@dataclass(frozen=True, slots=True)
class _File:
    """What one file holds."""

    source: str
    provider: Provider
    models: list[Model]


def _read_file(path: Path) -> _File:
    source = f"{path.parent.name}/{path.name}"
    try:
        with path.open("rb") as file:
            fields = Fields(tomllib.load(file), source)
    except OSError as error:
        raise ConfigurationError(f"{source}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # Bad TOML, or bytes that are not UTF-8.
        raise ConfigurationError(f"{source}: is not valid TOML: {error}") from error
    provider = read_provider(fields.table("provider"))
    entries = fields.tables("models")
    fields.finish()
    models = []
    for number, entry in enumerate(entries, start=1):
        # Until the slug is known, errors can only count.
        slug = Fields(entry, f"{source}: entry {number} of models").slug("slug")
        body = Fields(entry, f"{source}: model {slug}")
        body.slug("slug")
        models.append(read_model(body, slug, provider.id))
    return _File(source, provider, models)


def _refuse_shared(files: list[_File]) -> None:
    """Refuse ids, positions and slugs that two entries claim, and successors nobody has."""
    owner_of: dict[tuple[str, object], str] = {}
    for file in files:
        for field, value in (("id", file.provider.id), ("position", file.provider.position)):
            other = owner_of.setdefault((field, value), file.source)
            if other != file.source:
                raise ConfigurationError(
                    f"{file.source}: provider.{field}: {value} is already taken by {other}"
                )
    source_of: dict[str, str] = {}
    for file in files:
        for model in file.models:
            if model.slug in source_of:
                raise ConfigurationError(
                    f"{file.source}: model {model.slug}: slug: is already taken in "
                    f"{source_of[model.slug]}"
                )
            source_of[model.slug] = file.source
    for file in files:
        for model in file.models:
            successor = model.lifecycle.successor
            if successor is not None and (successor not in source_of or successor == model.slug):
                raise ConfigurationError(
                    f'{file.source}: model {model.slug}: lifecycle.successor: "{successor}" is '
                    "no other model of the catalogue"
                )
