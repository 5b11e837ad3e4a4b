"""What Chat does within a conversation: who answers and how, tools, and what messages want."""

from __future__ import annotations

from dataclasses import replace

from textual import on, work

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
from miavo_tui.widgets.model_picker import ModelPicker
from miavo_tui.widgets.reply import ReplyView

__all__ = ["ChatTalk"]


class ChatTalk(ChatShelf):
    """The part of Chat that talks.

    Attributes:
        model_line: who answers.
    """

    model_line: ChatModelLine
    _chosen = False
    """Whether the reader has picked a model since the app began."""

    def use_model(self, slug: str) -> None:
        """Lets `slug` answer from the next prompt on."""
        self._chosen = True
        self._set_model(slug)
        self.app.remember(chat_model=slug)
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
    async def action_attach(self) -> None:
        """Asks for a file and attaches it."""
        path = await self.app.push_screen_wait(AttachForm())
        if path is not None:
            await self.pane.attach([path])
            self.pane.composer.focus()

    def _set_model(self, slug: str) -> None:
        self.pane.use_models([slug])
        self._show_model()

    def _show_model(self) -> None:
        slug = self.pane.model
        card = self.app.model(slug)
        self.model_line.slug = slug
        self.model_line.card = card
        self.model_line.beside = self.pane.beside
        self.model_line.words = self.pane.settings.words
        self.pane.welcome.set_model(self.app.with_keys(_introduction(slug, card), self))

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

    @on(ChatPane.ModelRestored)
    def _model_restored(self, event: ChatPane.ModelRestored) -> None:
        # A model picked before the store was read is the reader's latest wish.
        if not self._chosen or self.pane.opened:
            self.pane.use_models(event.slugs or (event.slug,))
            self._show_model()

    @on(ChatModelLine.Clicked)
    def _model_line_clicked(self) -> None:
        self.action_pick_model()


_WAYS = {
    "speech": "says aloud what you write",
    "music": "composes to what you write",
    "transcription": "writes down what it hears: <chat.attach> attaches a recording",
}


def _introduction(slug: str, card: ModelCard | None) -> str:
    """Who would answer, and what stands in the way if anything does; keys by their ids."""
    if card is None:
        return slug
    name = f"{card.name} by {card.provider}"
    if card.lifecycle.status == "retired":
        return f"{name} has been retired: <chat.model> picks another model"
    if refusal_to_chat(card) is not None:
        article = "an" if card.kind[0] in "aeiou" else "a"
        return f"{name} is {article} {card.kind} model: <chat.model> picks one to talk with"
    if not card.reachable:
        return f"{name} cannot be reached now: <chat.model> picks another model"
    if slug == DEFAULT_MODEL:
        return f"{card.name} answers on this machine, free and offline"
    return f"{name} {_WAYS.get(card.kind, 'answers')}"
