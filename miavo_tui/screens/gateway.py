"""The Gateway screen: its pulse, its log, its settings, and how programs are pointed at it."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.style import Style
from textual.widgets import ContentSwitcher, OptionList, Static

from miavo_tui.client import GatewayRefused, GatewayUnreachable
from miavo_tui.environment_lines import PLACEHOLDER
from miavo_tui.link import Link, Phase
from miavo_tui.model_states import DEFAULT_MODEL
from miavo_tui.operation.pulse_history import PulseHistory
from miavo_tui.operation.setups import Place
from miavo_tui.operation_records import Setting, Settings
from miavo_tui.records import GatewayStatus
from miavo_tui.requests.ranges import ANY_TIME
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.screens.gateway_keys import BINDINGS, CHANGES
from miavo_tui.screens.log_line import LogLineDialog
from miavo_tui.screens.setting_form import SettingForm
from miavo_tui.widgets.gateway_head import GatewayHead
from miavo_tui.widgets.log_list import LogList
from miavo_tui.widgets.log_pane import LogPane
from miavo_tui.widgets.setting_list import SettingList, value_words
from miavo_tui.widgets.setup_pane import SetupPane

__all__ = ["GatewayScreen"]

_HERE = Path(__file__).parent
_WIDGETS = _HERE.parent / "widgets"
_PULSE_SECONDS = 1.0
_STATUS_EVERY = 30
_PARTS = {"logs": "Logs", "settings": "Settings", "setup": "Set-up"}


class GatewayScreen(FrameScreen):
    """The pulse at the top; below it one of three parts."""

    TAB = "gateway"
    PURPOSE = (
        "The gateway itself: how busy it is, what it logs, how it is set.\n"
        "Set-up has what to paste into an editor, an agent or a program to use it."
    )
    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        _HERE / "gateway.tcss",
        *(_WIDGETS / f"{name}.tcss" for name in ("pulse_tile", "log_list", "empty_state")),
    ]
    AUTO_FOCUS = "#log-list"
    CHANGES = CHANGES
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as the base class declares it
        (0, "-narrow"),
        (100, "-normal"),
        (160, "-wide"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    head = getters.query_one(GatewayHead)
    logs = getters.query_one(LogPane)
    settings = getters.query_one("#setting-list", SettingList)
    setup = getters.query_one(SetupPane)
    _tabs = getters.query_one("#gateway-tabs", Static)
    _parts = getters.query_one("#gateway-parts", ContentSwitcher)
    _note = getters.query_one("#settings-note", Static)

    def __init__(self) -> None:
        super().__init__()
        self.history = PulseHistory()
        self._status: GatewayStatus | None = None
        self._settings: Settings | None = None
        self._looks = 0
        self._following = False
        self._model = ""

    def compose_body(self) -> ComposeResult:
        """Pulse, tabs, parts."""
        yield GatewayHead()
        tabs = Static(id="gateway-tabs", markup=False)
        tabs.auto_links = False
        yield tabs
        with ContentSwitcher(initial="log-pane", id="gateway-parts"):
            yield LogPane(lambda: self.app.client, self.app.state.log_level)
            with Vertical(id="settings-pane"):
                yield SettingList(id="setting-list")
                yield Static(id="settings-note", markup=False)
            yield SetupPane()

    def on_mount(self) -> None:
        """Feels the pulse every second while in view."""
        self._show_tabs()
        self.watch(self.app, "link", self._link_changed)
        self.every(_PULSE_SECONDS, self._tick)

    @property
    def part(self) -> str:
        """The part in view."""
        shown = {"log-pane": "logs", "settings-pane": "settings", "setup-pane": "setup"}
        return shown.get(self._parts.current or "", "logs")

    def _link_changed(self, link: Link) -> None:
        if link.phase is Phase.READY:
            self._looks = 0
            self._following = False
            self._tick()
        else:
            self.left_view()

    def left_view(self) -> None:
        """Follows the log no longer."""
        self.logs.close()
        self._following = False

    def _tick(self) -> None:
        if not self.in_view or self.app.link.phase is not Phase.READY:
            return
        if not self.running("pulse"):
            self._look()
        wanted = self.part == "logs"
        if wanted and not self._following:
            self.logs.open()
        elif not wanted and self._following:
            self.logs.close()
        self._following = wanted

    @work(group="pulse", exclusive=True)
    async def _look(self) -> None:
        client = self.app.client
        if client is None:
            return
        try:
            if self._looks % _STATUS_EVERY == 0:
                self._status = await client.gateway()
                self._fill_setup()
            if self._settings is None:
                self._show_settings(await client.operation.settings())
            pulse = await client.operation.pulse()
        except GatewayRefused as refused:
            self.head.show_trouble(refused.message)
            return
        except GatewayUnreachable as unreachable:
            self.head.show_trouble(str(unreachable))
            self.app.look_at_link()
            return
        if not self.query(GatewayHead):
            return  # the app is closing
        self._looks += 1
        self.history.add(pulse, time.monotonic())
        if self._status is not None:
            self.head.show_status(self._status, pulse.uptime_seconds)
        self.head.show_pulse(self.history)

    # Parts

    def action_part(self, name: str) -> None:
        """Shows a part."""
        pane = {"logs": "log-pane", "settings": "settings-pane", "setup": "setup-pane"}[name]
        self._parts.current = pane
        focus = {
            "logs": self.logs.log_list,
            "settings": self.settings,
            "setup": self.setup.programs,
        }[name]
        focus.focus()
        self._show_tabs()
        self._tick()
        self.refresh_bindings()

    def _show_tabs(self) -> None:
        tabs = []
        for name, title in _PARTS.items():
            key = self.app.key_of(f"gateway.{name}", self)
            chosen = name == self.part
            face = Content.assemble(
                (f" {key} ", "bold $primary" if chosen else "$text-muted"),
                (f"{title} ", "bold $foreground" if chosen else "$text-muted"),
            )
            if chosen:
                face = face.stylize("on $chip")
            tabs.append(face.stylize(Style.from_meta({"@click": f"screen.part('{name}')"})))
        self._tabs.update(Content(" ") + Content(" ").join(tabs))

    # Logs

    def action_log_level(self, level: str) -> None:
        """Shows lines of a severity and above."""
        self.logs.set_level(level)
        self.app.remember(log_level=level)

    def action_next_level(self) -> None:
        """The next severity."""
        self.app.remember(log_level=self.logs.next_level())

    def action_open(self) -> None:
        """The whole line."""
        line = self.logs.log_list.highlighted
        if line is not None:
            self.app.push_screen(LogLineDialog(line), self._show_request)

    def _show_request(self, request_id: str | None) -> None:
        """Shows a request in Usage."""
        if request_id:
            self.app.remember(
                usage_filter=request_id, usage_range=ANY_TIME.name, usage_charts=False
            )
            self.app.show_screen("usage")

    @on(LogList.Chosen)
    def _line_chosen(self) -> None:
        self.action_open()

    # Settings

    def _show_settings(self, settings: Settings) -> None:
        self._settings = settings
        self.settings.show(settings.settings)
        self._show_note()

    def _show_note(self) -> None:
        setting = self.settings.setting
        if setting is None or self._settings is None:
            return
        self._note.update(_note(setting, self._settings.config_file))

    @on(OptionList.OptionHighlighted, "#setting-list")
    def _setting_highlighted(self) -> None:
        self._show_note()
        self.refresh_bindings()

    @on(OptionList.OptionSelected, "#setting-list")
    async def _setting_selected(self) -> None:
        await self.run_action("change")

    @work(group="change", exclusive=True)
    async def action_change(self) -> None:
        """Changes the setting under the cursor."""
        client, setting, settings = self.app.client, self.settings.setting, self._settings
        if client is None or setting is None or settings is None:
            return
        if not setting.changeable or setting.held:
            self.notify(_refusal(setting), severity="warning", timeout=6, markup=False)
            return
        changed = await self.app.push_screen_wait(
            SettingForm(client, setting, settings.config_file)
        )
        if changed is not None:
            self._show_settings(changed)

    @work(group="change", exclusive=True)
    async def action_default(self) -> None:
        """Takes the setting out of `config.toml`."""
        client, setting = self.app.client, self.settings.setting
        if client is None or setting is None:
            return
        try:
            self._show_settings(await client.operation.change_settings({setting.name: None}))
        except (GatewayRefused, GatewayUnreachable) as problem:
            self.notify(f"{problem}", severity="error", timeout=8, markup=False)

    # Set-up

    def _fill_setup(self, key: str | None = None) -> None:
        if self._status is not None:
            url = self.app.client.url if self.app.client else self._status.url
            kept = self.setup.place.key if key is None else key
            self.setup.show(Place(url, kept, self._model or self._first_model()))

    def _first_model(self) -> str:
        callable_ones = [
            model.slug for model in self.app.models if model.kind == "chat" and model.reachable
        ]
        remembered = self.app.state.chat_model
        if remembered in callable_ones:
            return remembered
        return next(iter(callable_ones), DEFAULT_MODEL)

    def action_next_model(self) -> None:
        """Puts the next chat model that can be called into the set-up."""
        slugs = [each.slug for each in self.app.models if each.kind == "chat" and each.reachable]
        if slugs:
            now = self.setup.place.model
            at = slugs.index(now) if now in slugs else -1
            self._model = slugs[(at + 1) % len(slugs)]
            self._fill_setup()

    async def action_copy_setup(self) -> None:
        """Copies the set-up."""
        await self.app.copy(self.setup.text, f"the set-up of {self.setup.setup.name}")

    async def action_copy_address(self) -> None:
        """Copies the base URL."""
        if self._status is not None:
            await self.app.copy(f"{self.setup.place.url}/v1", "the base URL")

    @work(group="change", exclusive=True)
    async def action_make_key(self) -> None:
        """Makes a key named after the program, and puts it into the set-up."""
        client, name = self.app.client, self.setup.setup.name
        if client is None:
            return
        try:
            taken = {key.name for key in await client.keys.all()}
            free = (f"{name} {number}" for number in itertools.count(2))
            name = name if name not in taken else next(each for each in free if each not in taken)
            made = await client.keys.create(name)
        except (GatewayRefused, GatewayUnreachable) as problem:
            self.notify(f"{problem} No key was made.", severity="error", timeout=8, markup=False)
            return
        self._fill_setup(made.secret)
        self.notify(
            self.app.with_keys(
                f"Made the key “{name}”. It is shown here once: copy it with <gateway.copy>.", self
            ),
            timeout=6,
        )

    @on(OptionList.OptionSelected, "#setup-list")
    async def _setup_selected(self) -> None:
        await self.action_copy_setup()

    @on(OptionList.OptionHighlighted, "#setup-list")
    def _setup_highlighted(self) -> None:
        # A key that was made for one program is not shown for the next.
        if self.setup.place.key != PLACEHOLDER:
            self._fill_setup(PLACEHOLDER)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what belongs to the part in view."""
        if not self.is_mounted:
            return True
        part = self.part
        match action:
            case "part":
                return parameters != (part,)
            case "open":
                return part == "logs" and self.logs.log_list.highlighted is not None
            case "next_level":
                return part == "logs"
            case "change":
                return part == "settings" and self.settings.setting is not None
            case "default":
                setting = self.settings.setting
                return part == "settings" and setting is not None and _is_own(setting)
            case "copy_setup" | "make_key" | "next_model":
                return part == "setup"
        return super().check_action(action, parameters)


def _is_own(setting: Setting) -> bool:
    return setting.changeable and setting.origin == "config.toml"


def _refusal(setting: Setting) -> str:
    if not setting.changeable:
        return f"{setting.name} holds from the next start on: set it in config.toml, or by a flag."
    if setting.origin == "flag":
        return f"A flag of the command that started the gateway sets {setting.name}."
    return f"The variable {setting.variable} sets {setting.name}: unset it, and start again."


def _note(setting: Setting, config_file: str) -> Content:
    default = value_words(replace(setting, value=setting.default))
    lines = [
        Content.styled(f"default {default}, variable {setting.variable}", "$text-muted"),
        Content.styled(f"in the file {config_file}", "$text-muted"),
    ]
    if not setting.changeable or setting.held:
        lines.append(Content.styled(f"‖ {_refusal(setting)}", "$text-warning"))
    else:
        lines.append(Content.styled("✎ Can be changed while the gateway runs.", "$text-success"))
    return Content("\n").join(lines)
