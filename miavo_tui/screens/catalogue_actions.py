"""What the Catalogue screen does with one model or with those marked: code, marks, trying."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from textual import getters, work

from miavo_tui.catalogue_view import CatalogueView
from miavo_tui.example_shelf import ExampleShelf, ExamplesMissing
from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.key_records import KeyRow
from miavo_tui.keyed_code import VARIABLE, with_key
from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import refusal_to_chat
from miavo_tui.plain_text import printable_line
from miavo_tui.records import Examples
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.widgets.model_detail import ModelDetail
from miavo_tui.widgets.model_list import ModelList

__all__ = ["ModelActions"]


class ModelActions(FrameScreen):
    """The part of the Catalogue screen that acts; the screen itself shows.

    Attributes:
        models: the list.
        detail: what is known of the model under the cursor.
    """

    models = getters.query_one("#models", ModelList)
    detail = getters.query_one(ModelDetail)

    def __init__(self) -> None:
        super().__init__()
        self._examples = ExampleShelf()

    @property
    def view(self) -> CatalogueView:
        """What is shown, as the app remembers it."""
        return self.app.state.catalogue

    def change_view(self, **changes: Any) -> None:
        """Replaces fields of the view and shows the result."""
        self.app.remember(catalogue=replace(self.view, **changes))
        self.show()

    def show(self) -> None:
        """Shows what the view lets through, in its order."""
        raise NotImplementedError

    @work(group="example", exclusive=True)
    async def _fetch_example(self) -> None:
        model = self.models.highlighted
        if model is not None:
            await self._example_of(model)

    async def _example_of(self, model: ModelCard) -> Examples | None:
        """The model's examples; shown, or what stands in their way, while the cursor is on it."""
        example = self.detail.code_example
        try:
            examples = await self._examples.fetch(self.app.client, model.slug)
        except ExamplesMissing as missing:
            example.missing = missing.message
            if missing.lost:
                self.app.look_at_link()
            return None
        if self.models.highlighted == model:
            example.missing = ""
            example.examples = examples
        return examples

    def action_try(self) -> None:
        """Talks with the model, or has it make something."""
        model = self.models.highlighted
        if model is not None:
            self._try(model)

    def _try(self, model: ModelCard) -> None:
        if not self.app.try_model(model):
            refusal = refusal_to_chat(model) or ""
            self.notify(
                self.app.with_keys(
                    f"{refusal} Its code is in the details: <catalogue.copy-code> copies it.", self
                ),
                markup=False,
            )

    # Marks

    @property
    def _marked(self) -> list[ModelCard]:
        """The marked models that there are, in the order they were marked."""
        by_slug = {model.slug: model for model in self.app.models}
        return [by_slug[slug] for slug in self.view.marked if slug in by_slug]

    def action_mark(self) -> None:
        """Marks the model or takes its mark off, and goes to the next one."""
        model = self.models.highlighted
        if model is None:
            return
        marked = self.view.marked
        kept = tuple(slug for slug in marked if slug != model.slug)
        following = self.models.models[self.models.cursor + 1 :]
        self.change_view(
            marked=kept if model.slug in marked else (*marked, model.slug),
            selected=following[0].slug if following else model.slug,
        )

    def action_unmark(self) -> None:
        """Takes off all marks."""
        self.change_view(marked=())

    @work
    async def action_compare(self) -> None:
        """Shows the marked models side by side; one alone beside the one under the cursor."""
        models = self._marked
        model = self.models.highlighted
        if len(models) == 1 and model is not None and model not in models:
            models.append(model)
        if len(models) < 2:
            self.notify(
                self.app.with_keys(
                    "Mark two models or more with <catalogue.mark>; <catalogue.compare> then "
                    "compares them.",
                    self,
                ),
                timeout=4,
            )
            return
        from miavo_tui.screens.compare import CompareScreen

        def dropped(slug: str) -> None:
            self.change_view(marked=tuple(one for one in self.view.marked if one != slug))

        chosen = await self.app.push_screen_wait(CompareScreen(models, dropped))
        if chosen is not None:
            self._try(chosen)

    # Code

    def action_set_language(self, language: str) -> None:
        """Shows the code in a language."""
        self.detail.code_example.language = language

    def action_next_language(self) -> None:
        """Shows the code in the next language."""
        self.detail.code_example.next_language()

    async def action_copy_slug(self) -> None:
        """Copies the slug."""
        model = self.models.highlighted
        if model is not None:
            await self.app.copy(model.slug, model.slug)

    async def action_copy_code(self) -> None:
        """Copies the code in view."""
        model, example = self.models.highlighted, self.detail.code_example
        if model is None:
            return
        examples = await self._example_of(model)
        if examples is None:
            self.notify(example.missing, title="No code yet", severity="warning", markup=False)
            return
        code = str(getattr(examples, example.language))
        await self.app.copy(code, f"the {example.title} example")

    @work
    async def action_copy_with_key(self) -> None:
        """Copies the code in view with a key of one's choice."""
        model, client = self.models.highlighted, self.app.client
        if model is None or client is None:
            return
        from miavo_tui.screens.code_key import CodeKeyMenu

        try:
            keys = [key for key in await client.keys.all() if key.revoked_at is None]
        except (GatewayRefused, GatewayUnreachable) as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        menu = CodeKeyMenu(keys, may_make=not self.app.read_only)
        answer = await self.app.push_screen_wait(menu)
        if answer is None:
            return
        examples = await self._example_of(model)
        if examples is None:
            self.notify(self.detail.code_example.missing, severity="warning", markup=False)
            return
        example = self.detail.code_example
        code = str(getattr(examples, example.language))
        if answer == "new":
            await self._show_with_new_key(model, code)
        elif isinstance(answer, KeyRow):
            mark = "//" if example.language == "typescript" else "#"
            name = printable_line(answer.name)
            line = f"{mark} {VARIABLE}: the key {name}, {answer.prefix}…{answer.last_four}\n"
            await self.app.copy(line + code, f"the {example.title} example for the key {name}")
        else:
            await self.app.copy(code, f"the {example.title} example")

    async def _show_with_new_key(self, model: ModelCard, code: str) -> None:
        from miavo_tui.screens.code_key import KeyedCode

        client = self.app.client
        assert client is not None
        name = f"{model.slug} {datetime.now():%Y-%m-%d %H:%M:%S}"
        try:
            made = await client.keys.create(name)
        except (GatewayRefused, GatewayUnreachable) as error:
            self.notify(str(error), title="No key was made", severity="error", markup=False)
            return
        keyed = with_key(code, self.detail.code_example.language, made.secret)
        await self.app.push_screen_wait(KeyedCode(name, made.secret, keyed))
