"""What keys do in the app: how they are told, and that none changes anything where none may."""

from __future__ import annotations

from collections.abc import Mapping

from textual.actions import ActionParseResult
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode

from miavo_tui.key_names import key_named, with_keys

__all__ = ["KeyedApp"]

_KEY_WORDS = {"enter": "enter", "escape": "esc", "space": "space"} | {
    f"f{number}": f"F{number}" for number in range(1, 13)
}


class KeyedApp(App[None]):
    """An app whose keys the person may set, and that may be opened to look only.

    Attributes:
        read_only: whether nothing may be changed; the client refuses it too.
    """

    def __init__(self, *, read_only: bool) -> None:
        """An app without a keymap of the person's own yet."""
        super().__init__()
        self.read_only = read_only

    def changes_something(self, action: str, node: DOMNode) -> bool:
        """Whether an action is among the `CHANGES` of the widget or screen that it belongs to."""
        name = action.rpartition(".")[2].partition("(")[0]
        return name in getattr(node, "CHANGES", ())

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Runs an action; while nothing may be changed, says so in place of one that would."""
        if (
            self.read_only
            and isinstance(action, str)
            and default_namespace is not None
            and self.changes_something(action, default_namespace)
        ):
            refusal = "Opened with --read-only: nothing can be changed."
            self.notify(refusal, severity="warning", timeout=4)
            return True
        return await super().run_action(action, default_namespace, namespaces)

    def key_of(self, name: str, node: DOMNode | None = None) -> str:
        """The first key of a binding, as it is shown and as the person has set it.

        Args:
            name: the binding's id.
            node: where it is told; the screen in view if not given.
        """
        return key_named(self, name, node or self.screen)

    def with_keys(self, text: str, node: DOMNode | None = None) -> str:
        """The text with keys for the ids of bindings in it, such as `<chat.again>`.

        Args:
            text: what is told.
            node: where it is told; the screen in view if not given.
        """
        return with_keys(self, text, node or self.screen)

    def get_key_display(self, binding: Binding) -> str:
        """Keys as words where a symbol would be a guess."""
        if binding.key_display is None and binding.key in _KEY_WORDS:
            return _KEY_WORDS[binding.key]
        return super().get_key_display(binding)
