"""Talking with a model."""

from __future__ import annotations

from pathlib import PurePath
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import DEFAULT_MODEL, refusal_to_chat
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.widgets.chat_markdown import CodeBlock, ModelMarkdown
from miavo_tui.widgets.chat_model_line import ChatModelLine
from miavo_tui.widgets.chat_pane import ChatPane
from miavo_tui.widgets.composer import Composer
from miavo_tui.widgets.model_picker import ModelPicker
from miavo_tui.widgets.reply import ReplyView

__all__ = ["ChatScreen"]


class ChatScreen(FrameScreen):
    """One conversation with a model, which may change from prompt to prompt.

    Attributes:
        model_line: who answers.
        pane: the conversation.
    """

    TAB = "chat"
    TYPES = True
    PURPOSE = (
        "Talk with any model of the catalogue. Replies stream in as Markdown, are kept on this\n"
        "machine as they arrive, and show below them what they used and what they cost."
    )
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "chat.tcss",
        "../widgets/chat_model_line.tcss",
        "../widgets/chat_pane.tcss",
        "../widgets/chat_welcome.tcss",
        "../widgets/composer.tcss",
        "../widgets/reply.tcss",
        "../widgets/transcript.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "stop", id="chat.stop", tooltip="Stop the reply; keep its text"),
        Binding("escape", "compose", "write", id="chat.compose", tooltip="Back to writing"),
        Binding(
            "ctrl+o",
            "pick_model",
            "model",
            id="chat.model",
            tooltip="Pick the model that answers",
            priority=True,
        ),
        Binding(
            "ctrl+r",
            "regenerate",
            "again",
            id="chat.again",
            tooltip="Ask for the last reply again; the earlier one is kept",
            priority=True,
        ),
        Binding(
            "ctrl+n",
            "new",
            "new",
            id="chat.new",
            tooltip="Start a new conversation; the present one is kept",
            priority=True,
        ),
        Binding(
            "ctrl+y",
            "copy_last",
            "copy",
            id="chat.copy",
            tooltip="Copy the last reply",
            priority=True,
        ),
        Binding(
            "ctrl+end",
            "to_end",
            "to the end",
            show=False,
            id="chat.to-end",
            tooltip="Go to the end of the conversation",
            priority=True,
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        # Held and not looked up: the app may name a model before the screen has composed.
        self.model_line = ChatModelLine()
        self.pane = ChatPane()
        self._notice = Static(id="chat-notice", markup=False)
        self._chosen = False

    def compose_body(self) -> ComposeResult:
        """The model, what is wrong with the store if anything is, the conversation."""
        yield self.model_line
        yield self._notice
        yield self.pane

    def on_mount(self) -> None:
        """Shows the model that answered last."""
        if not self._chosen:
            self._set_model(self.app.state.chat_model or DEFAULT_MODEL)
        self.watch(self.app, "models", self._show_model)
        self.pane.composer.focus()

    def use_model(self, slug: str) -> None:
        """Lets `slug` answer from the next prompt on."""
        self._chosen = True
        self._set_model(slug)
        self.app.remember(chat_model=slug)
        self.pane.composer.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what can be done now."""
        pane = self.pane
        match action:
            case "stop":
                return pane.busy
            case "compose":
                return not pane.busy and not isinstance(self.focused, Composer)
            case "regenerate":
                return not pane.busy and bool(pane.query(ReplyView))
            case "copy_last" | "new":
                return bool(pane.query(ReplyView))
        return super().check_action(action, parameters)

    def action_stop(self) -> None:
        """Hangs up; what has arrived of the reply is kept."""
        self.pane.stop()

    def action_compose(self) -> None:
        """Back to the composer."""
        self.pane.composer.focus()

    @work
    async def action_pick_model(self) -> None:
        """Opens the model picker."""
        slug = await self.app.push_screen_wait(ModelPicker(self.pane.model))
        if slug is not None:
            self.use_model(slug)

    def action_regenerate(self) -> None:
        """Asks for another reply to the last prompt."""
        self.pane.regenerate()

    def action_new(self) -> None:
        """Leaves this conversation for an empty one."""
        self.pane.start_anew()

    @work
    async def action_copy_last(self) -> None:
        """Copies the last reply."""
        if text := self.pane.last_reply:
            await self.app.copy(text, "the last reply")
        else:
            self.notify("The last reply has no text.", severity="warning")

    def action_to_end(self) -> None:
        """To the end of the conversation."""
        self.pane.transcript.jump_to_end()

    @on(ChatModelLine.Clicked)
    def _model_line_clicked(self) -> None:
        self.action_pick_model()

    @on(ChatPane.Changed)
    def _changed(self) -> None:
        self.refresh_bindings()

    @on(ChatPane.ModelRestored)
    def _model_restored(self, event: ChatPane.ModelRestored) -> None:
        # A model picked before the store was read is the reader's latest wish.
        if not self._chosen:
            self._set_model(event.slug)

    @on(ChatPane.Unkept)
    def _unkept(self, event: ChatPane.Unkept) -> None:
        self._notice.update(Content(f"▲ Conversations are not kept. {event.why}"))
        self._notice.display = True

    @on(ReplyView.CopyRequested)
    @work
    async def _copy_reply(self, event: ReplyView.CopyRequested) -> None:
        await self.app.copy(event.text, "the reply")

    @on(CodeBlock.CopyRequested)
    @work
    async def _copy_code(self, event: CodeBlock.CopyRequested) -> None:
        await self.app.copy(event.code, "the code")

    @on(ModelMarkdown.AddressChosen)
    @work
    async def _copy_address(self, event: ModelMarkdown.AddressChosen) -> None:
        await self.app.copy(event.href, f"the address {event.href}")

    def _set_model(self, slug: str) -> None:
        self.pane.use_model(slug)
        self._show_model()

    def _show_model(self) -> None:
        slug = self.pane.model
        card = next((card for card in self.app.models if card.slug == slug), None)
        self.model_line.slug = slug
        self.model_line.card = card
        self.pane.welcome.set_model(_introduction(slug, card))


def _introduction(slug: str, card: ModelCard | None) -> str:
    """Who would answer, and what stands in the way if anything does."""
    if card is None:
        return slug
    name = f"{card.name} by {card.provider}"
    if card.lifecycle.status == "retired":
        return f"{name} has been retired: ^o picks another model"
    if refusal_to_chat(card) is not None:
        article = "an" if card.kind[0] in "aeiou" else "a"
        return f"{name} is {article} {card.kind} model: ^o picks one to talk with"
    if not card.reachable:
        return f"{name} cannot be reached now: ^o picks another model"
    if slug == DEFAULT_MODEL:
        return f"{card.name} answers on this machine, free and offline"
    return f"{name} answers"
