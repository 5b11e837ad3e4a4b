"""`/admin/v1/settings`."""

from __future__ import annotations

from quart import Blueprint, Response, current_app

from miavo_gateway.api.access import the_gateway
from miavo_gateway.api.wire import json_answer, read_body
from miavo_gateway.gateway import Gateway
from miavo_gateway.live_settings import CHANGEABLE, change_settings
from miavo_gateway.schema.settings import SettingsUpdate, SettingsView, SettingView
from miavo_gateway.settings import Settings, variable_of

__all__ = ["blueprint", "masked_url"]

blueprint = Blueprint("admin_settings", __name__, url_prefix="/settings")


@blueprint.get("")
async def list_settings() -> Response:
    """Every setting in force, and where its value comes from."""
    return json_answer(_view(the_gateway()))


@blueprint.patch("")
async def update_settings() -> Response:
    """Change settings of the running gateway, and write them to `config.toml`.

    Comments and what else is in the file stay as they are.
    """
    gateway = the_gateway()
    body = await read_body(SettingsUpdate)
    if changes := body.model_dump(exclude_unset=True):
        await change_settings(gateway, changes)
        current_app.config["MAX_CONTENT_LENGTH"] = gateway.settings.max_body_bytes
    return json_answer(_view(gateway))


def masked_url(url: str) -> str:
    """An address for people to see: without its password, and without a query that may hold one.

    Read by hand, as no parser agrees with the next on what a password may hold: what stands
    between the scheme and the last `@`, but for the user's name, is not shown.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return "…"
    secret, at, place = rest.rpartition("@")
    if at and not rest.startswith("/"):
        user, _, password = secret.partition(":")
        return f"{scheme}://{user}{':***' if password else ''}@{_without_query(place)}"
    return f"{scheme}://{_without_query(rest)}"


def _without_query(place: str) -> str:
    return place.partition("?")[0].partition("#")[0]


def _view(gateway: Gateway) -> SettingsView:
    settings = gateway.settings
    return SettingsView(
        config_file=str(gateway.home.config_file),
        data=[
            SettingView(
                name=name,
                value=_shown(settings, name),
                origin=settings.origin(name).value,
                default=None
                if field.is_required()
                else field.get_default(call_default_factory=True),
                variable=variable_of(name),
                changeable=name in CHANGEABLE,
            )
            for name, field in Settings.model_fields.items()
        ],
    )


def _shown(settings: Settings, name: str) -> object:
    if name == "database_url":
        return masked_url(settings.effective_database_url)
    value = getattr(settings, name)
    return masked_url(value) if name.endswith("_url") and isinstance(value, str) else value
