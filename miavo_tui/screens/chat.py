"""Talking with a model."""

from __future__ import annotations

from pathlib import PurePath
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from miavo_tui.model_states import DEFAULT_MODEL
from miavo_tui.screens.chat_keys import BINDINGS
from miavo_tui.screens.chat_talk import ChatTalk
from miavo_tui.widgets.chat_model_line import ChatModelLine
from miavo_tui.widgets.chat_pane import ChatPane
from miavo_tui.widgets.composer import Composer
from miavo_tui.widgets.conversation_list import ConversationList
from miavo_tui.widgets.reply import ReplyView

__all__ = ["ChatScreen"]


class ChatScreen(ChatTalk):
    """A conversation with a model, which may change from prompt to prompt, or with several.

    Attributes:
        model_line: who answers.
        pane: the conversation.
        conversations: all of them.
    """

    TAB = "chat"
    TYPES = True
    PURPOSE = (
        "Talk with any model, or with up to four side by side. What is said is kept\n"
        "on this machine; each reply shows what it used and what it cost."
    )
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "chat.tcss",
        "../widgets/chat_model_line.tcss",
        "../widgets/chat_pane.tcss",
        "../widgets/chat_welcome.tcss",
        "../widgets/composer.tcss",
        "../widgets/conversation_list.tcss",
        "../widgets/reply.tcss",
        "../widgets/transcript.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    def __init__(self) -> None:
        super().__init__()
        # Held and not looked up: the app may name a model before the screen has composed.
        self.model_line = ChatModelLine()
        self.pane = ChatPane()
        self.conversations = ConversationList()
        self._notice = Static(id="chat-notice", markup=False)

    def compose_body(self) -> ComposeResult:
        """The model, what is wrong with the store if anything is, the conversation."""
        yield self.model_line
        yield self._notice
        with Container(id="chat-beside"):
            yield self.conversations
            yield self.pane

    def on_mount(self) -> None:
        """Shows the model that answered last."""
        if not self._chosen:
            self._set_model(self.app.state.chat_model or DEFAULT_MODEL)
        self.watch(self.app, "models", self._show_model)
        self.conversations.display = False
        self.pane.composer.focus()

    def on_resize(self, event: events.Resize) -> None:
        """Moves the list beside the conversation, or over it."""
        self.arrange_list(event.size.width)
        if self.conversations.display and self.conversations.has_class("-over"):
            self.show_list(self.conversations.has_focus_within)
        elif self.app.state.chat_list and not self.conversations.has_class("-over"):
            self.show_list(True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what can be done now."""
        pane = self.pane
        match action:
            case "stop":
                return pane.busy
            case "leave_edit":
                return not pane.busy and pane.editing is not None
            case "compose":
                free = not pane.busy and pane.editing is None
                return free and not isinstance(self.focused, Composer)
            case "rename" | "delete" | "export":
                return pane.conversation_id is not None
            case "messages":
                return bool(pane.query(ReplyView))
            case "regenerate":
                return not pane.busy and bool(pane.query(ReplyView))
            case "copy_last" | "new":
                return bool(pane.query(ReplyView))
        return super().check_action(action, parameters)

    def action_stop(self) -> None:
        """Hangs up; what has arrived of the reply is kept."""
        self.pane.stop()

    def action_leave_edit(self) -> None:
        """Leaves the prompt as it was."""
        self.pane.end_editing()

    def action_messages(self) -> None:
        """Up to the last message, or the one before."""
        self.pane.transcript.action_message(-1)

    def action_list(self) -> None:
        """Goes to the conversations, shows them first, or puts them away."""
        shown = self.conversations.display
        if shown and self.conversations.has_focus_within:
            self.show_list(False)
            self.pane.composer.focus()
            return
        if not shown:
            self.show_list(True)
        self.conversations.options.focus()

    @work
    async def action_rename(self) -> None:
        """Names the conversation in view."""
        if (conversation := await self.current()) is not None:
            self.rename(conversation)

    @work
    async def action_delete(self) -> None:
        """Deletes the conversation in view."""
        if (conversation := await self.current()) is not None:
            self.delete(conversation)

    def action_compose(self) -> None:
        """Back to the composer."""
        self.pane.composer.focus()

    @work
    async def action_export(self) -> None:
        """Saves the conversation in view."""
        if (conversation := await self.current()) is not None:
            self.export(conversation)

    def action_regenerate(self) -> None:
        """Asks for another reply to the last prompt."""
        self.pane.regenerate()

    def action_new(self) -> None:
        """Leaves this conversation for an empty one."""
        self.pane.start_anew()

    @work
    async def action_copy_last(self) -> None:
        """Copies the last reply."""
        await self.pane.to_latest()
        if text := self.pane.last_reply:
            await self.app.copy(text, "the last reply")
        else:
            self.notify("The last reply has no text.", severity="warning")

    def action_to_end(self) -> None:
        """To the end of the conversation."""
        self.pane.transcript.jump_to_end()

    @on(ChatPane.Changed)
    def _changed(self) -> None:
        self.refresh_bindings()
        self.model_line.words = self.pane.settings.words
        self.load_list()

    @on(ConversationList.Wanted)
    def _wanted_of_conversation(self, event: ConversationList.Wanted) -> None:
        match event.what:
            case "rename":
                self.rename(event.conversation)
            case "delete":
                self.delete(event.conversation)
            case "export":
                self.export(event.conversation)

    @on(ChatPane.Unkept)
    def _unkept(self, event: ChatPane.Unkept) -> None:
        self._notice.update(Content(f"▲ Conversations are not kept. {event.why}"))
        self._notice.display = True
