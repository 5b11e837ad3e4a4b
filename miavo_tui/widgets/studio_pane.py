"""What the studio's panes share: a form at the left, what came of it at the right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Select, Static

from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.model_card import ModelCard
from miavo_tui.model_states import STATES, state_of, symbol_of
from miavo_tui.price_text import price_lines
from miavo_tui.screens.form import FieldProblem
from miavo_tui.typed_paths import typed_path
from miavo_tui.widgets.form_field import FormField, control_named, field_named

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp
    from miavo_tui.client import GatewayClient

__all__ = ["StudioPane", "existing_file", "line", "typed_number"]

T = TypeVar("T")

_ADVICE = {
    "budget_exhausted": "Add credit on the Credit screen, or raise the key's budget.",
    "no_upstream": "Add a credential on the Pool screen, or start Miavo with --sandbox.",
    "rate_limit_exceeded": "Wait a moment, or raise the limits of the app's key.",
}


class StudioPane(Container):
    """A form for one kind of model. A subclass yields its fields and what it makes.

    Attributes:
        KIND: the kind of model, as in the catalogue.
        MAKE: what the button says.
        model: the slug that is chosen; empty while there is none.
    """

    KIND: ClassVar[str] = ""
    MAKE: ClassVar[str] = ""
    _sending = False

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    _trouble = getters.query_one(".studio-trouble", Static)
    _about = getters.query_one(".studio-about", Static)
    _select = getters.query_one(".studio-model", Select)

    def compose(self) -> ComposeResult:
        """The form and the results."""
        with VerticalScroll(classes="studio-form", can_focus=False):
            yield FormField("model", "Model", Select((), classes="studio-model", compact=True))
            yield Static(classes="studio-about", markup=False)
            yield from self.compose_fields()
            yield Static(classes="studio-trouble", markup=False)
            yield Button(Content(self.MAKE), variant="primary", compact=True)
        with Vertical(classes="studio-results"):
            yield from self.compose_results()

    def compose_fields(self) -> ComposeResult:
        """The fields under the model."""
        yield from ()

    def compose_results(self) -> ComposeResult:
        """What stands beside the form."""
        yield from ()

    async def make(self, client: GatewayClient) -> None:
        """Read the form and ask for what it says.

        Raises:
            FieldProblem: what is typed cannot be sent.
            GatewayRefused: the gateway does not take it.
            GatewayUnreachable: no gateway answers.
            OSError: a file cannot be read or written.
        """
        raise NotImplementedError

    def on_mount(self) -> None:
        """Follows the catalogue."""
        self.watch(self.app, "models", self._show_models)

    @property
    def model(self) -> str:
        """The slug that is chosen; empty while there is none."""
        value = self._select.value
        return value if isinstance(value, str) else ""

    @property
    def card(self) -> ModelCard | None:
        """The model that is chosen."""
        return self.app.model(self.model)

    def use_model(self, slug: str) -> None:
        """Choose a model of this kind."""
        if any(card.slug == slug for card in self._cards()):
            self._select.value = slug

    def _cards(self) -> list[ModelCard]:
        cards = [card for card in self.app.models if card.kind == self.KIND]
        # What answers now comes first: itself before a simulation, and what is legacy last.
        order = list(STATES)
        return sorted(cards, key=lambda card: (not card.reachable, order.index(state_of(card))))

    def _show_models(self) -> None:
        cards = self._cards()
        chosen = self.model
        self._select.set_options([(_title(card), card.slug) for card in cards])
        slugs = [card.slug for card in cards]
        if slugs:
            self._select.value = chosen if chosen in slugs else slugs[0]
        self._describe()

    @on(Select.Changed, ".studio-model")
    def _model_changed(self, event: Select.Changed) -> None:
        event.stop()
        self._describe()
        self.model_changed()

    def model_changed(self) -> None:
        """Another model is chosen."""

    def _describe(self) -> None:
        card = self.card
        if card is None:
            self._about.update("")
        elif not card.reachable:
            reason = card.unreachable_reason or "It cannot be reached now."
            self._about.update(Content.styled(f"▲ {reason}", "$text-warning"))
        else:
            amount, unit = price_lines(card.prices)[0]
            self._about.update(
                Content.assemble((amount, "bold $foreground"), (f" {unit}", "$text-muted"))
            )

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.start()

    @work(group="make")
    async def start(self) -> None:
        """Make what the form says; what goes wrong is told at the field it concerns."""
        if self._sending:
            return
        self._sending = True
        try:
            await self._start()
        finally:
            self._sending = False

    async def _start(self) -> None:
        for field in self.query(FormField):
            field.error = ""
        self.tell("")
        client = self.app.client
        if client is None:
            self.tell("The gateway is not there yet.")
            return
        try:
            await self.with_key(lambda: self.make(client))
        except FieldProblem as problem:
            self._point(problem.field, problem.message)
        except GatewayRefused as refused:
            advice = _ADVICE.get(refused.code, "")
            self._point(refused.param or "", f"{refused.message} {advice}".rstrip())
        except GatewayUnreachable as unreachable:
            self.app.look_at_link()
            self.tell(str(unreachable))
        except OSError as error:
            self.tell(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))

    async def with_key(self, call: Callable[[], Awaitable[T]]) -> T:
        """What a call answers; the app's key is made anew if the gateway knows it no longer."""
        try:
            return await call()
        except GatewayRefused as refused:
            if refused.code != "authentication_error":
                raise
        await self.app.renew_key()
        return await call()

    def tell(self, message: str) -> None:
        """Say what is wrong with the form as a whole; nothing if it is empty."""
        self._trouble.display = bool(message)
        self._trouble.update(Content.styled(f"✖ {message}", "$text-error"))

    def _point(self, name: str, message: str) -> None:
        if (field := field_named(self, name)) is None:
            self.tell(message)
            return
        field.error = message
        field.scroll_visible()


def line(pane: StudioPane, field: str) -> str:
    """What is typed into a line of the form."""
    return control_named(pane, field, Input).value.strip()


def typed_number(field: str, text: str, parse: Callable[[str], T]) -> T | None:
    """The number in a field; None if nothing is typed.

    Raises:
        FieldProblem: it is none.
    """
    if not text:
        return None
    try:
        return parse(text)
    except ValueError:
        raise FieldProblem(field, f"'{text}' is not a number.") from None


def existing_file(field: str, text: str) -> Path:
    """The file that a field names.

    Raises:
        FieldProblem: there is none.
    """
    path = typed_path(text)
    if not path.is_file():
        raise FieldProblem(field, f"There is no file {path}.")
    return path


def _title(card: ModelCard) -> Content:
    symbol, colour = symbol_of(card)
    return Content.assemble(
        (symbol, f"$state-{colour}"), " ", (card.slug, "" if card.reachable else "$text-muted")
    )
