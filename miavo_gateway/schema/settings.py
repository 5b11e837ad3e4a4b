"""The wire models of a running gateway's settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from miavo_gateway.schema.admin import Body

__all__ = ["SettingView", "SettingsUpdate", "SettingsView"]

_Slug = Annotated[str, Field(min_length=1, max_length=100)]


class SettingView(BaseModel):
    """A setting in force. A password in an address is masked."""

    name: str
    value: Any
    origin: Literal["flag", "variable", "config.toml", "default"]
    """Where the value comes from; the first of these that names the setting wins."""
    default: Any
    variable: str
    """The variable of the environment that sets it."""
    changeable: bool
    """Whether `PATCH /admin/v1/settings` takes it; the others need a new start."""


class SettingsView(BaseModel):
    """Every setting, and the file that a change is written to."""

    config_file: str
    data: list[SettingView]


class SettingsUpdate(Body):
    """The body of `PATCH /admin/v1/settings`.

    What is left out stays as it is; null takes a setting out of `config.toml`, so that its default
    holds.
    """

    log_level: Literal["debug", "info", "warning", "error"] | None = None
    fallbacks: dict[_Slug, list[_Slug]] | None = Field(default=None, max_length=500)
    """All of them: slugs in the order to try, by the slug that was asked for."""
    max_body_bytes: int | None = Field(default=None, ge=1024, le=2**40, strict=True)
