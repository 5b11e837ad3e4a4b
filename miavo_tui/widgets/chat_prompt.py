"""A prompt in the transcript, as it was typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from miavo_tui.conversations.attachments import size_text
from miavo_tui.conversations.records import Attachment, Turn
from miavo_tui.plain_text import printable, printable_line

__all__ = ["PromptView", "attachment_text"]

_SYMBOLS = {"image": "▣", "audio": "♪"}


def attachment_text(attachment: Attachment) -> str:
    """Such as `▣ cat.png 340 KB`."""
    symbol = _SYMBOLS.get(attachment.kind, "◇")
    return f"{symbol} {printable_line(attachment.name)} {size_text(attachment.size)}"


class PromptView(Static, can_focus=True):
    """What was asked; it can be changed and sent again, or branched from."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "e,enter",
            "edit",
            "edit",
            key_display="e",
            id="chat.edit",
            tooltip="Change it and send it again; this version is kept",
        ),
        Binding(
            "b",
            "branch",
            "branch",
            id="chat.branch-prompt",
            tooltip="Write it anew in a conversation of its own",
        ),
        Binding(
            "left_square_bracket",
            "version(-1)",
            "version before",
            key_display="[",
            id="chat.version-before",
            tooltip="The version before, and what followed it",
        ),
        Binding(
            "right_square_bracket",
            "version(1)",
            "next version",
            key_display="]",
            id="chat.next-version",
            tooltip="The next version, and what followed it",
        ),
        Binding("y", "copy_prompt", "copy", id="chat.copy-prompt", tooltip="Copy this prompt"),
    ]

    @dataclass
    class EditWanted(Message):
        """The reader wants to change the prompt."""

        turn: Turn

    @dataclass
    class BranchWanted(Message):
        """The reader wants a conversation that goes on from before the prompt."""

        turn: Turn

    @dataclass
    class VersionWanted(Message):
        """The reader wants another version of the prompt."""

        turn: Turn
        by: int

    @dataclass
    class CopyWanted(Message):
        """The reader wants the prompt in the clipboard."""

        text: str

    def __init__(self, turn: Turn) -> None:
        super().__init__(markup=False, classes="turn--prompt")
        self.turn = turn

    def on_mount(self) -> None:
        """Shows the prompt, what went with it, and which of its versions it is."""
        turn = self.turn
        parts: list[Content] = []
        if turn.prompt:
            parts.append(Content(printable(turn.prompt)))
        if turn.attachments:
            shown = "   ".join(map(attachment_text, turn.attachments))
            parts.append(Content.styled(shown, "$text-secondary"))
        if turn.versions > 1:
            parts.append(
                Content.styled(f"version {turn.version} of {turn.versions}", "$text-muted")
            )
        self.update(Content("\n").join(parts))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers the versions that there are."""
        if action == "version":
            (by,) = parameters
            assert isinstance(by, int)
            return 1 <= self.turn.version + by <= self.turn.versions
        return True

    def action_edit(self) -> None:
        """Asks for the prompt to be changed."""
        self.post_message(self.EditWanted(self.turn))

    def action_branch(self) -> None:
        """Asks for a conversation of its own."""
        self.post_message(self.BranchWanted(self.turn))

    def action_version(self, by: int) -> None:
        """Asks for another version."""
        self.post_message(self.VersionWanted(self.turn, by))

    def action_copy_prompt(self) -> None:
        """Asks for the prompt to be copied."""
        self.post_message(self.CopyWanted(self.turn.prompt))
