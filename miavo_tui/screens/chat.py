"""Talking with a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from miavo_tui.conversations.records import ToolResult
from miavo_tui.editor import EditorProblem, write_in_editor
from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import DEFAULT_MODEL, refusal_to_chat
from miavo_tui.screens.chat_answer import CallAnswerForm
from miavo_tui.screens.chat_forms import AttachForm
from miavo_tui.screens.chat_settings import ChatSettingsForm
from miavo_tui.screens.chat_shelf import ChatShelf
from miavo_tui.screens.chat_tools import ToolsScreen
from miavo_tui.widgets.chat_markdown import CodeBlock, ModelMarkdown
from miavo_tui.widgets.chat_model_line import ChatModelLine
from miavo_tui.widgets.chat_pane import ChatPane
from miavo_tui.widgets.chat_prompt import PromptView
from miavo_tui.widgets.composer import Composer
from miavo_tui.widgets.conversation_list import ConversationList
from miavo_tui.widgets.model_picker import ModelPicker
from miavo_tui.widgets.reply import ReplyView

__all__ = ["ChatScreen"]


class ChatScreen(ChatShelf):
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
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "stop", id="chat.stop", tooltip="Stop the reply; keep its text"),
        Binding(
            "escape",
            "leave_edit",
            "leave",
            id="chat.leave-edit",
            tooltip="Leave the prompt being edited as it was",
        ),
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
            "ctrl+b",
            "beside",
            "beside",
            id="chat.beside",
            tooltip="Ask two to four models side by side",
            priority=True,
        ),
        Binding(
            "ctrl+l",
            "list",
            "list",
            id="chat.list",
            tooltip="The conversations: open, search, rename, delete",
            priority=True,
        ),
        Binding(
            "ctrl+s",
            "settings",
            "settings",
            id="chat.settings",
            tooltip="System prompt, parameters, JSON Schema",
            priority=True,
        ),
        Binding(
            "ctrl+t",
            "tools",
            "tools",
            id="chat.tools",
            tooltip="Define and offer tools; answer a call that waits",
            priority=True,
        ),
        Binding(
            "ctrl+f",
            "attach",
            "attach",
            id="chat.attach",
            tooltip="Attach an image or a sound; or paste its path",
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
            "ctrl+e",
            "editor",
            "editor",
            id="chat.editor",
            tooltip="Write in the editor that $EDITOR names",
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
            "f8",
            "export",
            "export",
            show=False,
            id="chat.export",
            tooltip="Save this conversation as Markdown, JSON or code",
            priority=True,
        ),
        Binding(
            "f7",
            "rename",
            "rename",
            show=False,
            id="chat.rename",
            tooltip="Give this conversation another name",
            priority=True,
        ),
        Binding(
            "f9",
            "delete",
            "delete",
            show=False,
            id="chat.delete",
            tooltip="Delete this conversation, once confirmed",
            priority=True,
        ),
        Binding(
            "ctrl+up",
            "messages",
            "messages",
            show=False,
            id="chat.messages",
            tooltip="Up to the messages: edit, branch, copy, versions",
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
        self.conversations = ConversationList()
        self._notice = Static(id="chat-notice", markup=False)
        self._chosen = False

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

    @work
    async def action_attach(self) -> None:
        """Asks for a file and attaches it."""
        path = await self.app.push_screen_wait(AttachForm())
        if path is not None:
            await self.pane.attach([path])
            self.pane.composer.focus()

    def action_compose(self) -> None:
        """Back to the composer."""
        self.pane.composer.focus()

    @work
    async def action_pick_model(self) -> None:
        """Opens the model picker."""
        slugs = await self.app.push_screen_wait(ModelPicker(self.pane.model))
        if slugs is not None:
            self.use_model(slugs[0])

    @work
    async def action_beside(self) -> None:
        """Opens the model picker for two to four models."""
        ticked = (self.pane.model, *self.pane.beside)
        slugs = await self.app.push_screen_wait(ModelPicker(self.pane.model, ticked))
        if slugs is not None:
            self._chosen = True
            self.pane.use_models(slugs)
            self._show_model()
            self.pane.composer.focus()

    @work
    async def action_settings(self) -> None:
        """Opens the form of this conversation's settings."""
        talk = await self.pane.talk()
        settings = await self.app.push_screen_wait(ChatSettingsForm(talk.settings))
        if settings is not None:
            await talk.set_settings(settings)
            self._show_model()

    @work
    async def action_tools(self) -> None:
        """Answers the calls that the model waits for, or shows the tools."""
        if self.pane.waiting_calls:
            await self._answer_calls()
            return
        talk = await self.pane.talk()
        names = await self.app.push_screen_wait(ToolsScreen(talk))
        if names is not None and names != talk.settings.tools:
            await talk.set_settings(replace(talk.settings, tools=names))
        self._show_model()

    async def _answer_calls(self) -> None:
        calls = self.pane.waiting_calls
        talk = await self.pane.talk()
        tools = {tool.name: tool for tool in await talk.do(lambda store: store.tools.all())}
        results: list[ToolResult] = []
        for place, call in enumerate(calls):
            of = f"{place + 1} of {len(calls)}" if len(calls) > 1 else ""
            form = CallAnswerForm(call, tools.get(call.name), of)
            result = await self.app.push_screen_wait(form)
            if result is None:
                return
            results.append(result)
        if self.pane.waiting_calls == calls:
            self.pane.answer_calls(results)

    @work
    async def action_editor(self) -> None:
        """Goes on with what is written in the editor."""
        composer = self.pane.composer
        try:
            composer.put(await write_in_editor(self.app, composer.text))
        except EditorProblem as problem:
            self.notify(str(problem), severity="warning", timeout=6, markup=False)
        composer.focus()

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

    @on(PromptView.EditWanted)
    def _edit_wanted(self, event: PromptView.EditWanted) -> None:
        self.pane.edit(event.turn)

    @on(PromptView.BranchWanted)
    def _branch_wanted(self, event: PromptView.BranchWanted) -> None:
        self.pane.branch(event.turn, before=True)

    @on(PromptView.VersionWanted)
    def _version_wanted(self, event: PromptView.VersionWanted) -> None:
        self.pane.show_version(event.turn, event.by)

    @on(PromptView.CopyWanted)
    @work
    async def _copy_prompt(self, event: PromptView.CopyWanted) -> None:
        await self.app.copy(event.text, "the prompt")

    @on(ReplyView.Wanted)
    def _wanted_of_reply(self, event: ReplyView.Wanted) -> None:
        match event.action:
            case "choose":
                self.pane.choose(event.reply)
            case "play":
                self.play(event.reply)
            case "save":
                self.save_sound(event.reply)
            case "before":
                self.pane.show_reply(event.reply, -1)
            case "after":
                self.pane.show_reply(event.reply, 1)
            case "branch":
                view = self.pane.transcript.view_of(event.reply.turn_id)
                if view is not None:
                    self.pane.branch(view.turn, before=False)

    @on(ChatPane.ModelRestored)
    def _model_restored(self, event: ChatPane.ModelRestored) -> None:
        # A model picked before the store was read is the reader's latest wish.
        if not self._chosen or self.pane.opened:
            self.pane.use_models(event.slugs or (event.slug,))
            self._show_model()

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
        self.pane.use_models([slug])
        self._show_model()

    def _show_model(self) -> None:
        slug = self.pane.model
        card = next((card for card in self.app.models if card.slug == slug), None)
        self.model_line.slug = slug
        self.model_line.card = card
        self.model_line.beside = self.pane.beside
        self.model_line.words = self.pane.settings.words
        self.pane.welcome.set_model(_introduction(slug, card))


_WAYS = {
    "speech": "says aloud what you write",
    "music": "composes to what you write",
    "transcription": "writes down what it hears: ^f attaches a recording",
}


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
    return f"{name} {_WAYS.get(card.kind, 'answers')}"
