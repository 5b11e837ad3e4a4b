"""The gateway's settings: what is in force, where it comes from, and what may be changed."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from miavo_tui.json_fields import shown
from miavo_tui.operation_records import Setting
from miavo_tui.plain_text import printable_line
from miavo_tui.widgets.cell_text import fitted_text

__all__ = ["SettingList", "value_words"]

_NAME, _ORIGIN = 17, 14
_UNITS = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


class SettingList(OptionList):
    """Settings one a line; Enter or a click chooses one."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, markup=False, compact=True)
        self.settings: Sequence[Setting] = ()

    @property
    def setting(self) -> Setting | None:
        """The one under the cursor."""
        at = self.highlighted
        return self.settings[at] if at is not None and at < len(self.settings) else None

    def show(self, settings: Sequence[Setting]) -> None:
        """Shows settings, with the cursor where it was."""
        kept = self.highlighted
        self.settings = settings
        self.clear_options()
        self.add_options([Option(self._line(each)) for each in settings])
        if settings:
            changeable = next((at for at, each in enumerate(settings) if each.changeable), 0)
            self.highlighted = changeable if kept is None else min(kept, len(settings) - 1)

    def on_resize(self, _event: events.Resize) -> None:
        """Gives the values the room there is."""
        for at, each in enumerate(self.settings):
            self.replace_option_prompt_at_index(at, self._line(each))

    def _line(self, setting: Setting) -> Content:
        room = max(10, self.size.width - _NAME - _ORIGIN - 4)
        value = fitted_text(value_words(setting), room)
        mark = ("✎ ", "$primary") if setting.changeable and not setting.held else ("  ", "")
        return Content.assemble(
            mark,
            (setting.name.ljust(_NAME), "$foreground" if setting.changeable else "$text-muted"),
            (value, "bold $foreground" if setting.origin != "default" else ""),
            (f"  {setting.origin}", "$text-muted"),
        )


def value_words(setting: Setting) -> str:
    """The value as it is read."""
    value = setting.value
    if value is None or value in ({}, []):
        return "—"
    if setting.name.endswith("_bytes") and isinstance(value, int):
        for size, unit in _UNITS:
            if value >= size and value % size == 0:
                return f"{value // size} {unit}"
        return f"{value:,} bytes"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if setting.name == "fallbacks" and isinstance(value, dict):
        return "; ".join(f"{slug} = {', '.join(map(str, names))}" for slug, names in value.items())
    return printable_line(shown(value))
