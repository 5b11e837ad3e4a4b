"""Settings: flags, then `MIAVO_*` variables, then `config.toml`, then the defaults here."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.home import Home

__all__ = ["Settings", "load_settings"]


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
    models: dict[str, Any] = Field(default_factory=dict)
    """`[models."slug"]` tables that change the catalogue."""

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
    try:
        return Settings(home=home.path, _file=_read_config(home), **given)  # type: ignore[call-arg, arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(
            f"setting {name}: {first['msg']} (from the command line, MIAVO_{name.upper()} "
            f"or {home.config_file})"
        ) from None


def _read_config(home: Home) -> dict[str, Any]:
    try:
        with home.config_file.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{home.config_file}: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{home.config_file}: {error.strerror}") from None
