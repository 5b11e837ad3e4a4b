"""What Chat does with its conversations: lists, opens, renames, deletes them."""

from __future__ import annotations

from textual import on, work

from miavo_tui.conversations.records import Conversation
from miavo_tui.screens.chat_forms import RenameForm
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.widgets.chat_pane import ChatPane
from miavo_tui.widgets.conversation_list import ConversationList

__all__ = ["LIST_BESIDE_FROM", "ChatShelf"]

LIST_BESIDE_FROM = 110
"""Cells of the screen from which the list stands beside the conversation, not over it."""


class ChatShelf(FrameScreen):
    """The part of Chat that knows more than one conversation.

    Attributes:
        pane: the conversation in view.
        conversations: the list.
    """

    pane: ChatPane
    conversations: ConversationList

    async def current(self) -> Conversation | None:
        """The conversation in view; None before its first prompt."""
        talk = await self.pane.talk()
        if (own := talk.id) is None:
            return None
        return await talk.do(lambda store: store.conversation(own))

    def arrange_list(self, width: int) -> None:
        """Beside the conversation where there is room, else over it."""
        self.conversations.set_class(width < LIST_BESIDE_FROM, "-over")

    def show_list(self, shown: bool) -> None:
        """Shows the list, or puts it away."""
        self.conversations.display = shown
        self.app.remember(chat_list=shown and not self.conversations.has_class("-over"))
        if shown:
            self.load_list()

    @work(exclusive=True, group="conversation list")
    async def load_list(self) -> None:
        """Reads what matches the search anew."""
        if not self.conversations.display:
            return
        talk = await self.pane.talk()
        query = self.conversations.query_text
        found = await talk.do(lambda store: store.shelf.search(query))
        self.conversations.show(found, talk.id)

    @work
    async def rename(self, conversation: Conversation) -> None:
        """Asks for another name and keeps it."""
        title = await self.app.push_screen_wait(RenameForm(conversation))
        if title is not None:
            talk = await self.pane.talk()
            await talk.do(lambda store: store.shelf.rename(conversation.id, title))
            self.load_list()

    @work
    async def delete(self, conversation: Conversation) -> None:
        """Deletes a conversation, once that is confirmed."""
        question = ConfirmDialog(
            f"Delete “{conversation.title}”?",
            "Its prompts, replies and attachments are gone for good.",
            verb="Delete",
        )
        if not await self.app.push_screen_wait(question):
            return
        talk = await self.pane.talk()
        if talk.id == conversation.id:
            await self.pane.leave_conversation()
        await talk.do(lambda store: store.shelf.delete(conversation.id))
        self.load_list()

    @on(ConversationList.QueryChanged)
    def _query_changed(self) -> None:
        self.load_list()

    @on(ConversationList.OpenWanted)
    def _open_wanted(self, event: ConversationList.OpenWanted) -> None:
        self.pane.open_conversation(event.found.conversation.id, event.found.turn_id)
        if self.conversations.has_class("-over"):
            self.show_list(False)

    @on(ConversationList.Left)
    def _list_left(self) -> None:
        if self.conversations.has_class("-over"):
            self.show_list(False)
        self.pane.composer.focus()
