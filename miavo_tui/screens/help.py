"""Help for a screen, made from its keys, so that it cannot fall behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from miavo_tui.screens.frame import FrameScreen
from miavo_tui.screens.modal import Modal

__all__ = ["HelpScreen", "KeyLine", "key_groups"]

_TITLES = {"app": "Everywhere", "list": "Moving", "search": "In the search"}


@dataclass(frozen=True, slots=True)
class KeyLine:
    """The keys of one action and what it does."""

    keys: str
    text: str
    name: str
    """The binding's id, by which `config.toml` gives it other keys."""


def key_groups(screen: FrameScreen) -> dict[str, list[KeyLine]]:
    """The keys of the screen, of its widgets and of the app, by the first part of their ids."""
    groups: dict[str, dict[str, tuple[list[str], str]]] = {}
    nodes = [screen, *screen.query("*"), screen.app]
    for node in nodes:
        bindings_map = node._bindings.copy()
        bindings_map.apply_keymap(screen.app._keymap)
        for bindings in bindings_map.key_to_bindings.values():
            for binding in bindings:
                if binding.id is None or not binding.tooltip:
                    continue
                group = groups.setdefault(binding.id.partition(".")[0], {})
                keys, _ = group.setdefault(binding.id, ([], binding.tooltip))
                shown = screen.app.get_key_display(replace(binding, key_display=None))
                if shown not in keys:
                    keys.append(shown)
    return {
        _TITLES.get(name, name.capitalize()): [
            KeyLine(" ".join(keys), text, binding_id) for binding_id, (keys, text) in group.items()
        ]
        for name, group in groups.items()
    }


class HelpScreen(Modal[None]):
    """What the screen beneath is for and all its keys. Any of the usual keys closes it."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,question_mark,f1,q,enter",
            "dismiss",
            "close",
            key_display="esc",
            id="help.close",
            tooltip="Close the help",
        ),
        Binding(
            "i",
            "toggle_names",
            "names for config.toml",
            id="help.names",
            tooltip="Show what each key is called under [keys] in config.toml, or what it does",
        ),
    ]

    def __init__(self, of: FrameScreen) -> None:
        super().__init__()
        self._of = of
        self._named = False

    def compose_body(self) -> ComposeResult:
        """Purpose, then the keys by group."""
        with Vertical(id="help"):
            yield Static(self._heading(), id="help-heading", markup=False)
            with VerticalScroll(id="help-keys"):
                yield Static(self._keys(), id="help-lines", markup=False)

    def _heading(self) -> Content:
        return Content.assemble(
            (self._of.TAB.capitalize(), "bold $primary"),
            "\n",
            (self._of.app.with_keys(self._of.PURPOSE, self._of), "$foreground"),
        )

    def action_toggle_names(self) -> None:
        """The names of the bindings in place of what they do, and back."""
        self._named = not self._named
        self.query_one("#help-lines", Static).update(self._keys())

    def _keys(self) -> Content:
        groups = key_groups(self._of)
        width = max((len(line.keys) for lines in groups.values() for line in lines), default=0)
        parts: list[Content] = []
        for title, lines in groups.items():
            parts.append(Content.styled(title, "bold $foreground"))
            parts += [
                Content.assemble(
                    (f"  {line.keys.ljust(width)}", "$primary"),
                    (f"  {line.name if self._named else line.text}", "$text-muted"),
                )
                for line in lines
            ]
            parts.append(Content())
        return Content("\n").join(parts[:-1])
