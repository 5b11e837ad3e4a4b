"""A form for one setting of the running gateway."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.widgets import Input, Select

from miavo_tui.client import GatewayRefused
from miavo_tui.operation_records import Setting, Settings
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.widgets.form_field import FormField
from miavo_tui.widgets.setting_list import value_words

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["SettingForm", "read_value"]

_LEVELS = ("debug", "info", "warning", "error")
_SIZES = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_SIZE = re.compile(r"(\d+)\s*([bkmg]?)(?:i?b|ytes)?", re.IGNORECASE)
_HINTS = {
    "log_level": "The least severe line that is written to the log",
    "max_body_bytes": "The largest request that is taken, such as 64 MiB",
    "fallbacks": "What stands in, in order: gpt-5.4 = claude-sonnet-4-6, local-echo; other = …",
}


class SettingForm(FormModal[Settings]):
    """Changes a setting, at once and in `config.toml`."""

    HEADING = "Change a setting"
    AUTO_FOCUS = "#value"

    def __init__(self, client: GatewayClient, setting: Setting, config_file: str) -> None:
        super().__init__()
        self._client = client
        self._setting = setting
        self._file = config_file

    def compose_fields(self) -> ComposeResult:
        """The one field."""
        setting = self._setting
        hint = f"{_HINTS.get(setting.name, '')}. Written to {self._file}".lstrip(". ")
        if setting.name == "log_level":
            control: Select[str] | Input = Select(
                [(level, level) for level in _LEVELS],
                value=str(setting.value),
                allow_blank=False,
                compact=True,
                id="value",
            )
        else:
            value = value_words(setting)
            control = Input("" if value == "—" else value, select_on_focus=False, id="value")
        yield FormField(setting.name, setting.name, control, f"{hint}. Empty: the default")

    async def submit(self) -> Settings:
        """Sends the value; an empty one goes back to the default."""
        control = self.query_one("#value")
        typed = control.value if isinstance(control, Input | Select) else ""
        name = self._setting.name
        try:
            return await self._client.operation.change_settings(
                {name: read_value(name, str(typed))}
            )
        except GatewayRefused as refused:
            raise FieldProblem(name, refused.message) from refused


def read_value(name: str, typed: str) -> object:
    """What was typed, as the admin API takes it; None for the default.

    Raises:
        FieldProblem: it is no such value.
    """
    text = typed.strip()
    if not text:
        return None
    if name == "max_body_bytes":
        size = _SIZE.fullmatch(text.replace(",", ""))
        if size is None:
            raise FieldProblem(name, "A size such as 64 MiB, or a number of bytes.")
        return int(size[1]) * _SIZES[size[2].lower()]
    if name == "fallbacks":
        return dict(_fallback(part) for part in text.split(";") if part.strip())
    return text


def _fallback(part: str) -> tuple[str, list[str]]:
    slug, equals, names = part.partition("=")
    listed = [name.strip() for name in names.split(",") if name.strip()]
    if not equals or not slug.strip() or not listed:
        raise FieldProblem(
            "fallbacks", "Each is a model, = and what stands in for it, with ; between them."
        )
    return slug.strip(), listed
