"""What Chat does with its conversations: lists, opens, renames, deletes them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import on, work

from miavo_tui.conversations.export import Material
from miavo_tui.conversations.records import Conversation, Reply
from miavo_tui.media.player import open_file
from miavo_tui.screens.chat_export import ChatExportForm
from miavo_tui.screens.chat_forms import RenameForm, SaveSoundForm
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.widgets.chat_pane import ChatPane
from miavo_tui.widgets.chat_sound import sound_suffix
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
            # The one in view is where the list begins.
            self.conversations.options.highlighted = None
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

    @work
    async def export(self, conversation: Conversation) -> None:
        """Asks for a kind of file and writes the conversation to it."""
        talk = await self.pane.talk()
        client = self.app.client
        turns = await talk.do(lambda store: store.turns(conversation.id, limit=-1))
        shas = {each.sha for turn in turns for each in turn.attachments}
        card = self.app.model(conversation.model)
        material = Material(
            conversation,
            turns,
            tools=await talk.do(lambda store: store.tools.all()),
            blobs=await talk.do(lambda store: store.blobs(shas)),
            base_url=client.url if client is not None else "http://127.0.0.1:6428",
            kind=card.kind if card is not None else "chat",
        )
        said = await self.app.push_screen_wait(ChatExportForm(material))
        if said:
            self.notify(said, timeout=5, markup=False)

    @work
    async def play(self, reply: Reply) -> None:
        """Plays what a model said, with the system's player."""
        if (data := await self._sound(reply)) is None or reply.audio is None:
            return
        path = self.app.start.home / "spoken" / f"{reply.audio.sha[:16]}{sound_suffix(reply.audio)}"
        try:
            await asyncio.to_thread(_write_sound, path, data)
        except OSError as error:
            self.notify(f"{path} cannot be written: {error.strerror}.", severity="warning")
            return
        problem = await open_file(path)
        if problem is not None:
            self.notify(problem, severity="warning", timeout=8, markup=False)

    @work
    async def save_sound(self, reply: Reply) -> None:
        """Writes what a model said to a file."""
        if (data := await self._sound(reply)) is None or reply.audio is None:
            return
        path = await self.app.push_screen_wait(SaveSoundForm(data, sound_suffix(reply.audio)))
        if path is not None:
            self.notify(f"Saved {path}.", timeout=4, markup=False)

    async def _sound(self, reply: Reply) -> bytes | None:
        if reply.audio is None:
            return None
        sha = reply.audio.sha
        talk = await self.pane.talk()
        return (await talk.do(lambda store: store.blobs({sha}))).get(sha)

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


def _write_sound(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
