"""What goes with the next prompt, above the composer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from miavo_tui.conversations.records import Attachment
from miavo_tui.model_card import ModelCard
from miavo_tui.widgets.chat_prompt import attachment_text

__all__ = ["AttachmentBar", "refusal_of_attachments"]


def refusal_of_attachments(
    attachments: Sequence[Attachment], cards: Sequence[ModelCard]
) -> str | None:
    """Why one of the models cannot take what is attached, in a sentence; None if all can.

    Keys are named by the ids of their bindings.
    """
    kinds = {attachment.kind for attachment in attachments}
    for card in cards:
        if "image" in kinds and (card.kind != "chat" or "vision" not in card.features):
            return f"{card.name} takes no images: <chat.model> picks a model with vision."
        if "audio" in kinds and card.kind not in ("chat", "transcription", "realtime"):
            better = "<chat.model> picks a model that transcribes or listens."
            return f"{card.name} takes no sound: {better}"
    return None


class AttachmentBar(Static, can_focus=True):
    """The attachments, each with its size; hidden while there are none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "backspace,delete,d",
            "drop",
            "take off",
            key_display="d",
            id="chat.drop-attachment",
            tooltip="Take the last attachment off",
        ),
    ]

    @dataclass
    class Changed(Message):
        """Something was attached or taken off."""

    def __init__(self) -> None:
        super().__init__(markup=False, id="chat-attachments")
        self.attachments: tuple[Attachment, ...] = ()
        self._refusal: str | None = None
        self.display = False

    def put(self, attachments: Sequence[Attachment]) -> None:
        """Shows these."""
        self.attachments = tuple(attachments)
        self._show()
        self.post_message(self.Changed())

    def warn(self, refusal: str | None) -> None:
        """Says why the model cannot take them; None if it can."""
        self._refusal = refusal
        self._show()

    def action_drop(self) -> None:
        """Takes the last one off."""
        self.put(self.attachments[:-1])
        if not self.attachments:
            self.screen.focus_next()

    def on_click(self) -> None:
        """As the key."""
        self.action_drop()

    def _show(self) -> None:
        self.display = bool(self.attachments)
        parts = [
            Content.assemble(
                ("   ".join(map(attachment_text, self.attachments)), "$text-secondary"),
                ("   click takes off", "$text-disabled"),
            )
        ]
        if self._refusal:
            parts.append(Content.styled(f"▲ {self._refusal}", "$text-warning"))
        self.update(Content("\n").join(parts))
