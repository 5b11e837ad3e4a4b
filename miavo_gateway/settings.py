"""Settings: flags, then `MIAVO_*` variables, then `config.toml`, then the defaults here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from miavo_gateway.config_file import read_config
from miavo_gateway.errors import ConfigurationError
from miavo_gateway.home import Home
from miavo_gateway.schema.wording import fault_in_words

__all__ = ["Origin", "Settings", "load_settings", "variable_of"]


class Origin(StrEnum):
    """Where a setting's value comes from."""

    FLAG = "flag"
    VARIABLE = "variable"
    FILE = "config.toml"
    DEFAULT = "default"


class Settings(BaseSettings):
    """What a gateway is told at its start. Sizes are bytes, times are seconds."""

    model_config = SettingsConfigDict(env_prefix="MIAVO_", extra="forbid", frozen=True)

    home: Path
    """The home folder."""
    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = Field(default=6428, ge=0, le=65535)
    """The port to listen on; 0 picks a free one."""
    database_url: str | None = None
    """An SQLAlchemy URL; the SQLite file in the home if not given."""
    max_body_bytes: int = Field(default=64 * 1024 * 1024, ge=1024)
    """The largest request body taken. Images travel inside it as base64."""
    secrets: Literal["keyring", "file"] = "keyring"
    """Where provider secrets are kept."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe line that is logged."""
    sandbox: bool = False
    """Simulate, for this run, every provider that has no credential in use."""
    video_days: float | None = Field(default=None, gt=0, le=36_500)
    """How many days the file of a video is kept after it was rendered; for good if not given."""
    models: dict[str, Any] = Field(default_factory=dict)
    """`[models."slug"]` tables that change the catalogue."""
    fallbacks: dict[str, list[str]] = Field(default_factory=dict)
    """What stands in for a chat model, in order: `"gpt-5.4" = ["local-echo"]`."""

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)

    def origin(self, name: str) -> Origin:
        """Where the value of a setting comes from."""
        return self._origins.get(name, Origin.DEFAULT)

    def changed(self, changes: Mapping[str, object]) -> Self:
        """These settings after `config.toml` was changed; None is what it says no more.

        The values must be such as the fields take.
        """
        fields = type(self).model_fields
        update = {
            name: fields[name].get_default(call_default_factory=True) if value is None else value
            for name, value in changes.items()
        }
        changed = self.model_copy(update=update)
        changed._origins = self._origins | {
            name: Origin.DEFAULT if value is None else Origin.FILE
            for name, value in changes.items()
        }
        return changed

    @property
    def effective_database_url(self) -> str:
        """The URL of the database in use."""
        if self.database_url:
            return self.database_url
        return f"sqlite+aiosqlite:///{Home(self.home).database_file}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags win over the environment, the environment over the file."""
        assert isinstance(init_settings, InitSettingsSource)
        flags = dict(init_settings.init_kwargs)
        file = flags.pop("_file", {})
        return (
            InitSettingsSource(settings_cls, flags),
            env_settings,
            InitSettingsSource(settings_cls, file),
        )


def load_settings(home: Home, **flags: object) -> Settings:
    """Settings for a home; flags that are None count as not given.

    Raises:
        ConfigurationError: `config.toml` is not TOML, or a setting in it, in the environment or
            among the flags is unknown or out of range.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    file = read_config(home.config_file)
    # The app's own part of the file; whether it is right, the app says.
    file.pop("keys", None)
    try:
        variables = EnvSettingsSource(Settings)()
        settings = Settings(home=home.path, _file=file, **given)  # type: ignore[call-arg, arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"setting {name}: {fault_in_words(first)} (from the command line, {variable_of(name)} "
            f"or {home.config_file})"
        ) from None
    except SettingsError:
        # Its words name a class of Python; the fields in question are those of JSON.
        raise ConfigurationError(
            f"{variable_of('models')} or {variable_of('fallbacks')}: is not a JSON object"
        ) from None
    settings._origins = (
        dict.fromkeys(file, Origin.FILE)
        | dict.fromkeys(variables, Origin.VARIABLE)
        | dict.fromkeys(given, Origin.FLAG)
        | {"home": _origin_of(home)}
    )
    return settings


def variable_of(name: str) -> str:
    """The variable of the environment that sets a setting."""
    return f"MIAVO_{name.upper()}"


def _origin_of(home: Home) -> Origin:
    """Where the home was said, which is known before any setting is."""
    if home == Home.locate():
        return Origin.VARIABLE if os.environ.get(variable_of("home")) else Origin.DEFAULT
    return Origin.FLAG
