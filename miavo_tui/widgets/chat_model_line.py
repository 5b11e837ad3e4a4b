"""The line above a conversation: who answers, what it costs, whether it can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import getters
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import symbol_of
from miavo_tui.widgets.chat_price import price_text

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["ChatModelLine"]


class ChatModelLine(Widget):
    """One line; a click changes the model."""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    ALLOW_SELECT = False
    slug: reactive[str] = reactive("")
    card: reactive[ModelCard | None] = reactive(None)
    """None while the catalogue has not arrived, or when it does not hold the slug."""
    beside: reactive[tuple[str, ...]] = reactive(())
    """Further slugs that are asked side by side."""
    words: reactive[tuple[str, ...]] = reactive(())
    """What is set in this conversation, each in a word or two."""

    @dataclass
    class Clicked(Message):
        """The reader wants another model."""

    def on_click(self) -> None:
        """Asks for the model picker."""
        self.post_message(self.Clicked())

    def render(self) -> Content:
        """The model on the left, how to change it on the right."""
        left = self._models() if self.beside else self._model()
        right = Content.assemble(
            (self.app.key_of("chat.model", self), "bold $primary"), (" model ", "$text-muted")
        )
        if self.words:
            said = " · ".join(self.words)
            chip = Content.styled(f" {said} ", "$text-secondary on $chip")
            # The name is whole on the left as long as the chip keeps room for its first words.
            room = max(16, self.size.width - left.cell_length - right.cell_length - 4)
            right = Content.assemble(chip.truncate(room, ellipsis=True), "  ", right)
        room = self.size.width - right.cell_length - 1
        left = left.truncate(room, ellipsis=True)
        return Content.assemble(left, " " * max(1, room + 1 - left.cell_length), right)

    def _models(self) -> Content:
        slugs = (self.slug, *self.beside)
        between = Content.styled(" │ ", "$text-accent")
        return Content(" ") + between.join(Content.styled(slug, "bold") for slug in slugs)

    def _model(self) -> Content:
        card = self.card
        if card is None:
            return Content.assemble(" ◌ ", (self.slug, "bold $foreground"))
        symbol, colour = symbol_of(card)
        face = Content.assemble(
            " ",
            (symbol, f"$state-{colour}"),
            " ",
            (card.name, "bold $foreground"),
            (f"  {card.slug}  ", "$text-muted"),
            (price_text(card.prices), "$text-muted"),
        )
        trouble = _trouble(card)
        if trouble:
            return Content.assemble(face, (f"  ▲ {trouble}", "$text-warning"))
        return face


def _trouble(card: ModelCard) -> str:
    if card.lifecycle.status == "retired":
        successor = card.lifecycle.successor
        return "retired" + (f", use {successor}" if successor else "")
    if not card.reachable:
        return card.unreachable_reason or "not reachable"
    return ""
