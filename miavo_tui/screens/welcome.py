"""The very first start: looks, who answers, a cap on spending, a first chat. All can be skipped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from miavo_tui.client import GatewayClient
from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.link import Phase
from miavo_tui.model_states import DEFAULT_MODEL
from miavo_tui.money_text import read_usd, usd
from miavo_tui.screens.credential_form import CredentialForm
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.screens.modal import Modal
from miavo_tui.widgets.form_field import FormField

_LOOK_SECONDS = 0.1

__all__ = ["STEPS", "Step", "WelcomeScreen"]


@dataclass(frozen=True, slots=True)
class Step:
    """One question."""

    name: str
    heading: str
    text: str
    options: tuple[tuple[str, str, str], ...]
    """Of each answer its name, its title and what follows from it."""


STEPS = (
    Step(
        "theme",
        "Welcome to Miavo",
        "One gateway in front of 93 models, and this app to run it. Four questions; "
        "<welcome.skip> skips the rest. How shall it look? <app.theme> changes it at any time.",
        (
            ("miavo-dark", "Dark", "night blue"),
            ("miavo-light", "Light", "the same by day"),
        ),
    ),
    Step(
        "provider",
        "Who shall answer?",
        "Models on this machine answer without any key. For the others Miavo needs what their "
        "provider gave you, or a sandbox that plays the provider and costs nothing.",
        (
            ("local", "Only this machine, for now", "free and offline"),
            ("key", "A provider's key", "paste it; it is tried at once"),
            ("sandbox", "The sandbox", "simulated answers from every provider"),
        ),
    ),
    Step(
        "credit",
        "How much may be spent?",
        "Your own cap: requests with a price stop when it is used up, whatever the providers "
        "would still bill. More can be added later; free models need none.",
        (
            ("0", "Nothing yet", "free models only"),
            ("5", "$5", ""),
            ("20", "$20", ""),
            ("100", "$100", ""),
            ("other", "Another amount", ""),
        ),
    ),
    Step(
        "chat",
        "Ready",
        "Press <app.help> on any screen for what it does and all its keys, ctrl+p for "
        "everything that can be done.",
        (
            ("chat", f"Chat with {DEFAULT_MODEL}", "answers on this machine, now"),
            ("catalogue", "Look at the models", ""),
        ),
    ),
)


class CapForm(FormModal[Decimal]):
    """An amount of one's own."""

    HEADING = "How much may be spent?"
    SUBMIT = "Set"

    def compose_fields(self) -> ComposeResult:
        """The amount."""
        yield FormField("amount_usd", "US dollars", Input(placeholder="12.50"))

    async def submit(self) -> Decimal:
        """The amount, if it is one."""
        try:
            amount = read_usd(self.query_one(Input).value)
        except ValueError as error:
            raise FieldProblem("amount_usd", str(error)) from None
        if amount <= 0:
            raise FieldProblem("amount_usd", "More than nothing.")
        return amount


class WelcomeScreen(Modal[None]):
    """The questions one after the other; each takes effect when it is answered."""

    CSS_PATH = "welcome.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "pick",
            "choose",
            key_display="enter",
            id="welcome.pick",
            tooltip="Answer with what is marked",
        ),
        Binding(
            "left,backspace",
            "back",
            "back",
            key_display="←",
            id="welcome.back",
            tooltip="The question before",
        ),
        Binding("escape", "skip", "skip", id="welcome.skip", tooltip="Leave the rest as it is"),
    ]
    _heading = getters.query_one("#welcome-heading", Static)
    _text = getters.query_one("#welcome-text", Static)
    _note = getters.query_one("#welcome-note", Static)
    _options = getters.query_one(OptionList)

    def __init__(self) -> None:
        super().__init__()
        self._at = 0
        self._busy = False
        self._answers: tuple[tuple[str, str, str], ...] = ()

    @property
    def step(self) -> Step:
        """The question asked now."""
        return STEPS[self._at]

    def compose_body(self) -> ComposeResult:
        """Heading, text, answers, what came of the last one."""
        with Vertical(id="welcome"):
            yield Static(id="welcome-heading", markup=False)
            yield Static(id="welcome-text", markup=False)
            yield OptionList(markup=False)
            yield Static(id="welcome-note", markup=False)

    def on_mount(self) -> None:
        """The first question."""
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing lies before the first question."""
        if action == "back":
            return self._at > 0
        return super().check_action(action, parameters)

    def _show(self) -> None:
        step = self.step
        count = f"   {self._at + 1} of {len(STEPS)}"
        self._heading.update(
            Content.assemble((step.heading, "bold $primary"), (count, "$text-muted"))
        )
        self._text.update(Content.styled(self.app.with_keys(step.text, self), "$text-muted"))
        self._answers = step.options
        if step.name == "theme" and self.app.theme not in [name for name, _, _ in step.options]:
            self._answers = ((self.app.theme, "As it is", self.app.theme), *step.options)
        room = max(len(title) for _, title, _ in self._answers)
        self._options.clear_options()
        self._options.add_options(
            Option(
                Content.assemble((title.ljust(room), "$foreground"), (f"   {hint}", "$text-muted")),
                id=f"answer-{name}",
            )
            for name, title, hint in self._answers
        )
        names = [name for name, _, _ in self._answers]
        self._options.highlighted = names.index(self.app.theme) if self.app.theme in names else 0
        self._options.focus()
        self.refresh_bindings()

    def _tell(self, words: str, colour: str = "$text-muted") -> None:
        self._note.update(Content.styled(words, colour))

    def _next(self, told: str = "", colour: str = "$text-success") -> None:
        """The next question, over what came of this one."""
        self._tell(told, colour)
        self._at += 1
        self._show()

    def action_pick(self) -> None:
        """As Enter."""
        self._options.action_select()

    def action_back(self) -> None:
        """The question before."""
        if self._at and not self._busy:
            self._at -= 1
            self._show()

    def action_skip(self) -> None:
        """Leaves; what was answered holds."""
        self.dismiss()

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if self.step.name == "theme":
            self.app.theme = self._answers[event.option_index][0]

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if not self._busy:
            self._busy = True
            self._answer(self._answers[event.option_index][0])

    @work
    async def _answer(self, answer: str) -> None:
        try:
            await getattr(self, f"_take_{self.step.name}")(answer)
        except GatewayRefused as refused:
            self._tell(f"✖ {refused.message}", "$text-error")
        except GatewayUnreachable as unreachable:
            self._tell(
                self.app.with_keys(
                    f"▲ {unreachable} Try again in a moment, or go on with <welcome.skip>.", self
                ),
                "$text-warning",
            )
        finally:
            self._busy = False

    async def _take_theme(self, answer: str) -> None:
        self.app.theme = answer
        self._next()

    async def _take_provider(self, answer: str) -> None:
        told, colour = "", "$text-success"
        if answer == "key":
            client = await self._client()
            choices = [one for one in await client.operation.providers() if one.id != "local"]
            form = CredentialForm(client, choices, choices[0].id)
            added = await self.app.push_screen_wait(form)
            if added is None:
                return
            if added.trial.ok:
                told = f"✓ {added.row.provider}: the key works."
            else:
                told = f"▲ Kept, but its test failed: {added.trial.detail} See Pool, key 7."
                colour = "$text-warning"
        elif answer == "sandbox":
            client = await self._client()
            simulated = [
                one.id
                for one in await client.operation.providers()
                if one.id != "local" and not one.credentials
            ]
            for name in simulated:
                self._tell(f"◌ Adding a simulated {name}…")
                await client.credentials.add(
                    name, None, label=None, base_url=None, weight=1, sandbox={}
                )
            told = f"✓ {len(simulated)} providers are simulated."
        if answer != "local":
            await self.app.load_models()
        self._next(told, colour)

    async def _take_credit(self, answer: str) -> None:
        if answer == "other":
            given = await self.app.push_screen_wait(CapForm())
            if given is None:
                return
            amount = given
        else:
            amount = Decimal(answer)
        told = ""
        if amount:
            client = await self._client()
            balance = await client.credit.add(amount, "Set at the first start")
            told = f"✓ {usd(balance.balance_usd)} may be spent."
        self._next(told)

    async def _take_chat(self, answer: str) -> None:
        self.dismiss()
        if answer == "chat":
            self.app.open_chat(DEFAULT_MODEL)

    async def _client(self) -> GatewayClient:
        """What calls the gateway, once it has started and the app knows its models."""
        while self.app.client is None or self.app.client.api_key is None:
            if self.app.link.phase is Phase.FAILED:
                raise GatewayUnreachable(self.app.link.heading)
            self._tell("◌ The gateway is still starting…")
            await asyncio.sleep(_LOOK_SECONDS)
        return self.app.client
