"""What stands where there is nothing to show: why, and which keys change that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import getters
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from miavo_tui.key_names import binding_named

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["EmptyState"]


class EmptyState(Static):
    """Fills the place of a list or a chart that has nothing to show; hidden until `show`."""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, markup=False)
        self.display = False
        # Links keep the colours given here.
        self.auto_links = False

    def show(self, heading: str, detail: str = "", *ways: tuple[str, str]) -> None:
        """Shows why there is nothing; no text in it is taken as markup.

        Args:
            heading: what is missing, in one sentence.
            detail: why, or what would appear here.
            ways: the id of a binding and what it does here, such as
                `("keys.create", "makes a key")`; a click on one does it.
        """
        lines = [Content.styled(heading, "bold $foreground")]
        if detail:
            lines.append(Content.styled(detail, "$text-muted"))
        if ways:
            lines.append(Content())
            keys = [self.app.key_of(name, self) for name, _ in ways]
            room = max(map(len, keys))
            lines += [
                Content.assemble(
                    (key.ljust(room), "bold $primary"), (f"  {what}", "$text-muted")
                ).stylize(Style.from_meta({"@click": f"go('{name}')"}))
                for key, (name, what) in zip(keys, ways, strict=True)
            ]
        self.update(Content("\n").join(lines))
        self.display = True

    def hide(self) -> None:
        """There is something to show again."""
        self.display = False

    async def action_go(self, name: str) -> None:
        """Does what the key of a binding would."""
        found = binding_named(self.app, name, self)
        if found is not None:
            owner, binding = found
            await self.app.run_action(binding.action, owner)
