"""The app: its screens, its link to the gateway and what they share."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.reactive import reactive
from textual.screen import Screen

from miavo_tui import model_cache
from miavo_tui.app_keys import BINDINGS
from miavo_tui.key_settings import read_keys
from miavo_tui.keyed_app import KeyedApp
from miavo_tui.link import GatewayLink, Link, Phase, Start
from miavo_tui.screens.frame import FrameScreen, OpeningScreen
from miavo_tui.screens.registry import (
    SCREENS,
    UsesModel,
    screen_for,
    screen_makers,
    screen_row,
)
from miavo_tui.state import AppState, StateFile
from miavo_tui.themes import THEMES, own_variables
from miavo_tui.user_themes import read_themes

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient
    from miavo_tui.model_card import ModelCard

__all__ = ["MiavoApp"]

_HERE = Path(__file__).parent


class MiavoApp(KeyedApp):
    """Miavo in a terminal.

    Attributes:
        start: starts or finds the gateway; its `home` holds the app's files.
    """

    TITLE = "Miavo"
    # Whole paths: Textual would look beside the file of a subclass.
    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        _HERE / "screens" / "frame.tcss",
        _HERE / "widgets" / "top_bar.tcss",
        _HERE / "widgets" / "key_hints.tcss",
        _HERE / "widgets" / "palette.tcss",
        _HERE / "widgets" / "empty_state.tcss",
        _HERE / "widgets" / "button.tcss",
    ]
    MODES = {**screen_makers(), "opening": OpeningScreen}  # noqa: RUF012 - Textual's own way
    DEFAULT_MODE = "catalogue"
    COMMAND_PALETTE_BINDING = "ctrl+p"
    ENABLE_COMMAND_PALETTE = True

    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    link: reactive[Link] = reactive(Link())
    """How the gateway stands."""
    models: reactive[tuple[ModelCard, ...]] = reactive(())
    """The catalogue in its order: the one kept from the last run until the gateway has sent its
    own; empty before the very first answer."""

    def __init__(self, start: Start, *, read_only: bool = False, welcome: bool = False) -> None:
        """Reads what the app remembers: small files, before the event loop runs.

        Args:
            start: starts or finds the gateway.
            read_only: change nothing.
            welcome: ask the questions of the first start where nothing is remembered yet.
        """
        super().__init__(read_only=read_only)
        self.start = start
        self._state_file = StateFile(start.home / "app.json")
        self._gateway = GatewayLink(
            start, report=self._linked, read_only=read_only, welcome=self._welcome
        )
        themes = read_themes(start.home)
        for theme in (*THEMES, *themes.themes):
            self.register_theme(theme)
        keys = read_keys(start.home)
        self._welcomes = welcome and not read_only and self._state_file.first
        self.keys_given = keys.keymap
        self.set_keymap(keys.keymap)
        self._problems = (*themes.problems, *keys.problems)
        self.set_reactive(MiavoApp.models, model_cache.read(start.gateway_files))
        remembered = self.state.theme
        self.theme = remembered if remembered in self.available_themes else THEMES[0].name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What the app's styles need and the themes that come with Textual lack."""
        return own_variables(dark=self.current_theme.dark)

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice, but on Linux and macOS one that bears any bytes and pastes."""
        chosen = super().get_driver_class()
        if chosen.__module__ != "textual.drivers.linux_driver":
            return chosen
        from miavo_tui.tolerant_driver import TolerantDriver

        return TolerantDriver

    @property
    def client(self) -> GatewayClient | None:
        """What calls the gateway; None until it has answered for the first time."""
        return self._gateway.client

    def model(self, slug: str) -> ModelCard | None:
        """A model of the catalogue; None if it has none of that slug."""
        return next((card for card in self.models if card.slug == slug), None)

    @property
    def state(self) -> AppState:
        """What is remembered between runs; changed with `remember`."""
        return self._state_file.value

    def remember(self, **changes: Any) -> None:
        """Replaces fields of `state`; they reach the disk a moment later."""
        self._state_file.change(**changes)

    def on_mount(self) -> None:
        """Shows the frame of the screen that was in view last."""
        self.theme_changed_signal.subscribe(self, lambda theme: self.remember(theme=theme.name))
        if self.state.screen != SCREENS[0].name and screen_row(self.state.screen) is not None:
            self.switch_mode("opening")

    def on_ready(self, _event: events.Ready) -> None:
        """The first frame is on the terminal: now comes what takes time."""
        self._keep_linked()
        for problem in self._problems:
            self._tell_problem(problem)
        if self.keys_given:
            self._check_keymap()
        if self._welcomes:
            self.action_welcome()
        if self.current_mode == "opening":
            self.show_screen(self.state.screen)

    def _tell_problem(self, problem: str) -> None:
        self.notify(
            problem,
            title="A setting of yours does not hold",
            severity="warning",
            timeout=15,
            markup=False,
        )

    @work(group="keymap")
    async def _check_keymap(self) -> None:
        from miavo_tui.key_settings import keymap_faults

        for problem in await asyncio.to_thread(keymap_faults, self.keys_given):
            self._tell_problem(problem)

    async def on_unmount(self) -> None:
        """Leaves nothing behind: the state on disk, the gateway stopped."""
        await self._state_file.flush()
        await self._gateway.close()

    @work(group="link", exclusive=True)
    async def _keep_linked(self) -> None:
        await self._gateway.run()

    def _linked(self, link: Link) -> None:
        self.link = link
        self.screen.refresh_bindings()

    async def _welcome(self, client: GatewayClient) -> None:
        self.models = client.catalogue.read(await client.catalogue.json())
        from miavo_tui import app_key

        if self.read_only:
            # Whoever may change nothing needs no key, and none is made: the client says why.
            client.api_key = ""
        else:
            client.api_key = await app_key.ensure(client, self.start.gateway_files)
        # Now that the gateway has given a key it also knows which providers it can reach.
        await self.load_models(keep=True)

    async def load_models(self, *, keep: bool = False) -> None:
        """Fetches the catalogue anew: what can be reached has changed, or may have.

        Args:
            keep: put it into the file for the next start even where it is the same as before.

        Raises:
            GatewayUnreachable: no gateway answers.
            GatewayRefused: it does not say.
        """
        if (client := self.client) is None:
            return
        answer = await client.catalogue.json()
        models = client.catalogue.read(answer)
        if keep or models != self.models:
            self.models = models
            await asyncio.to_thread(model_cache.write, self.start.gateway_files, answer)

    async def renew_key(self) -> None:
        """Replaces the app's own key after the gateway has refused it.

        Raises:
            GatewayUnreachable: no gateway answers.
            GatewayRefused: it makes no key.
        """
        from miavo_tui import app_key

        if self.client is not None:
            self.client.api_key = await app_key.renew(self.client, self.start.gateway_files)

    def look_at_link(self) -> None:
        """Checks the gateway now: a call has just failed to reach it."""
        self._gateway.wake()

    @work(group="screen", exclusive=True)
    async def show_screen(self, name: str, slug: str = "") -> None:
        """Brings a screen to the front; with `slug`, one that `UsesModel` turns to that model."""
        row = screen_row(name)
        if row is None:
            return
        await asyncio.to_thread(importlib.import_module, row.module)
        await self.switch_mode(name)
        self.remember(screen=name)
        # A process killed from here on comes back to this screen.
        await self._state_file.flush()
        if slug and isinstance(base := self.screen_stack[0], UsesModel):
            base.use_model(slug)

    def open_chat(self, slug: str) -> None:
        """Shows Chat, talking to `slug`."""
        self.show_screen("chat", slug)

    def try_model(self, model: ModelCard) -> bool:
        """Shows the screen on which a model can be tried; False where none is for its kind."""
        name = screen_for(model.kind)
        if name is None:
            return False
        self.show_screen(name, model.slug)
        return True

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Shows a notice. It is never markup: much of it comes from users, models and providers."""
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    async def copy(self, text: str, what: str) -> None:
        """Copies and says so, or says what to do where the terminal cannot.

        Args:
            text: what goes to the clipboard.
            what: its name in the notice, such as `the curl example`.
        """
        from miavo_tui import clipboard

        outcome = await clipboard.copy(self, text)
        if outcome.copied:
            self.notify(f"Copied {what}. {outcome.advice}".rstrip(), timeout=3, markup=False)
        else:
            self.notify(outcome.advice, title="Copied? Not sure", severity="warning", timeout=8)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers retry while there is something to retry, and the screens that are not in view."""
        if action == "retry":
            return self.link.phase in (Phase.FAILED, Phase.LOST)
        if action == "show_screen":
            return parameters != (self.current_mode,)
        return super().check_action(action, parameters)

    def action_show_screen(self, name: str) -> None:
        """A tab or its key."""
        self.show_screen(name)

    def action_retry(self) -> None:
        """Tries the gateway again at once."""
        self._gateway.retry()

    def action_toggle_theme(self) -> None:
        """Dark to light and back."""
        self.theme = THEMES[1].name if self.current_theme.dark else THEMES[0].name

    def action_command_palette(self) -> None:
        """Everything that can be done here, to be searched."""
        from miavo_tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_change_theme(self) -> None:
        """All themes, to be searched."""
        from textual.theme import ThemeProvider

        from miavo_tui.screens.palette import Palette

        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    async def action_quit(self) -> None:
        """Leaves; asks first where the gateway of this process is at work."""
        self._leave()

    @work(group="leave", exclusive=True)
    async def _leave(self) -> None:
        from miavo_tui.screens.confirm import ConfirmDialog

        # Asked for twice it is meant.
        asked = isinstance(self.screen, ConfirmDialog)
        if not asked and (count := await self._gateway.in_flight()):
            one = count == 1
            question = ConfirmDialog(
                f"{count} request{' is' if one else 's are'} in flight. Leave all the same?",
                f"The gateway stops with the app and cuts {'it' if one else 'them'} off. What was "
                "delivered is billed.",
                verb="Leave",
                cancel="Stay",
            )
            if not await self.push_screen_wait(question):
                return
        self.exit()

    @work
    async def action_welcome(self) -> None:
        """The questions of the first start."""
        await asyncio.to_thread(importlib.import_module, "miavo_tui.screens.welcome")
        from miavo_tui.screens.welcome import WelcomeScreen

        self.remember(welcomed=True)
        await self.push_screen(WelcomeScreen())

    @work
    async def action_jump(self) -> None:
        """Goes to a part of the screen, or to a tab, by its letters."""
        from miavo_tui.screens.jump import JumpOverlay, targets

        if isinstance(self.screen, JumpOverlay):
            return
        if choices := targets(self.screen):
            target = await self.push_screen_wait(JumpOverlay(choices))
            if target is not None:
                target.go()

    def action_help(self) -> None:
        """What the screen in view is for and what its keys do."""
        from miavo_tui.screens.help import HelpScreen

        screen = self.screen
        if isinstance(screen, FrameScreen):
            self.push_screen(HelpScreen(screen))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: everything that a key does in the screen in view, and the themes."""
        from miavo_tui.palette_commands import palette_commands

        return palette_commands(self, screen)
