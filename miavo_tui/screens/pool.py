"""The Pool screen: providers, the credentials for them, and how they do."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.widgets import OptionList, Static

from miavo_tui.client import GatewayClient, GatewayRefused, GatewayUnreachable
from miavo_tui.credential_records import CredentialRow, CredentialTrial
from miavo_tui.link import Link, Phase
from miavo_tui.live_feed import feed, gateway_events
from miavo_tui.operation_records import ProviderStanding
from miavo_tui.plain_text import printable_line
from miavo_tui.pool.looks import refusal_to_change
from miavo_tui.pool.rows import PoolRow, pool_rows
from miavo_tui.screens.confirm import ConfirmDialog
from miavo_tui.screens.credential_form import CredentialForm, EditCredentialForm
from miavo_tui.screens.frame import FrameScreen
from miavo_tui.screens.pool_keys import BINDINGS, CHANGES
from miavo_tui.screens.sandbox_form import SandboxForm
from miavo_tui.sse import Event
from miavo_tui.widgets.credential_facts import CredentialFacts, Shown
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.pool_list import PoolList

__all__ = ["PoolScreen"]

_HERE = Path(__file__).parent
_WIDGETS = _HERE.parent / "widgets"
_LOOK_SECONDS = 1.0
_PROVIDERS_EVERY = 5
"""Providers change more seldom than the load of credentials: at every so many looks."""


class PoolScreen(FrameScreen):
    """Credentials by provider with their health and load; the one under the cursor in full."""

    TAB = "pool"
    PURPOSE = (
        "The credentials with which this gateway calls providers, and how they do.\n"
        "Several of one provider share its load; one in trouble steps aside by itself."
    )
    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        _HERE / "pool.tcss",
        _WIDGETS / "credential_facts.tcss",
        _WIDGETS / "empty_state.tcss",
    ]
    AUTO_FOCUS = "#pool-list"
    CHANGES = CHANGES
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as the base class declares it
        (0, "-narrow"),
        (100, "-normal"),
        (140, "-wide"),
        (190, "-widest"),
    ]

    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    pool = getters.query_one("#pool-list", PoolList)
    facts = getters.query_one(CredentialFacts)
    _header = getters.query_one("#pool-header", Static)
    _nothing = getters.query_one("#pool-nothing", EmptyState)

    def __init__(self) -> None:
        super().__init__()
        self._providers: tuple[ProviderStanding, ...] = ()
        self._credentials: tuple[CredentialRow, ...] = ()
        self._told_at = time.monotonic()
        self._trials: dict[str, CredentialTrial] = {}
        self._testing: set[str] = set()
        self._looks = 0

    def compose_body(self) -> ComposeResult:
        """The list and, beside or below it, one credential in full."""
        with Container(id="pool"):
            with Vertical(id="pool-main"):
                yield Static(id="pool-header", markup=False)
                yield PoolList(id="pool-list")
                yield EmptyState(id="pool-nothing")
            yield CredentialFacts()

    def on_mount(self) -> None:
        """Looks at once, then every second while in view."""
        self.watch(self.app, "link", self._link_changed)
        self.every(_LOOK_SECONDS, self._tick)

    def on_resize(self, _event: Resize) -> None:
        """Titles that stand over their columns."""
        self.call_after_refresh(self._show_header)

    def _show_header(self) -> None:
        self._header.update(self.pool.header)

    # What is shown

    def _link_changed(self, link: Link) -> None:
        if link.phase is Phase.READY:
            self._looks = 0
            self.look()
        elif not self.pool.rows:
            self._nothing.show(
                "The pool comes from the gateway.", "It appears here when the gateway answers."
            )

    def _tick(self) -> None:
        if not self.running("look"):
            self.look()
        if not self.running("live"):
            self._listen()

    def left_view(self) -> None:
        """Stops listening."""
        self.workers.cancel_group(self, "live")

    @work(group="live", exclusive=True)
    async def _listen(self) -> None:
        def take(event: Event) -> None:
            if event.name == "credential.changed":
                self._looks = 0
                self.look()

        await feed(lambda: gateway_events(self.app), take, lost=lambda: None)

    @work(group="look", exclusive=True)
    async def look(self) -> None:
        """Asks how the pool does now."""
        client = self.app.client
        if client is None or self.app.link.phase is not Phase.READY:
            return
        try:
            if self._looks % _PROVIDERS_EVERY == 0:
                self._providers = await client.operation.providers()
            self._credentials = await client.credentials.all()
        except GatewayRefused as refused:
            self._nothing.show("The pool cannot be read.", refused.message)
            return
        except GatewayUnreachable:
            self.app.look_at_link()
            return
        self._looks += 1
        self._told_at = time.monotonic()
        self._show()

    def _show(self) -> None:
        if not self.query(PoolList):
            return  # the app is closing
        self._nothing.hide()
        rows = pool_rows(self._providers, self._credentials)
        self.pool.show(rows, age=time.monotonic() - self._told_at)
        self._show_header()
        self._show_facts()
        self.refresh_bindings()

    def _show_facts(self) -> None:
        row = self.pool.row
        key = row.key if row else ""
        self.facts.shown = Shown(
            row,
            age=round(time.monotonic() - self._told_at, 1),
            trial=self._trials.get(key),
            testing=key in self._testing,
        )

    @on(OptionList.OptionHighlighted, "#pool-list")
    def _highlighted(self) -> None:
        self._show_facts()
        self.refresh_bindings()

    @on(OptionList.OptionSelected, "#pool-list")
    async def _selected(self) -> None:
        row = self.pool.row
        if row is not None:
            await self.run_action("edit" if row.credential else "add")

    @property
    def _chosen(self) -> CredentialRow | None:
        row = self.pool.row
        return row.credential if row else None

    # Changes

    @work(group="change", exclusive=True)
    async def action_add(self) -> None:
        """Adds a credential, tested at once."""
        client, row = self.app.client, self.pool.row
        if client is None or not self._providers:
            return
        choices = [one for one in self._providers if one.id != "local"]
        chosen = row.provider.id if row else choices[0].id
        added = await self.app.push_screen_wait(CredentialForm(client, choices, chosen))
        if added is None:
            return
        self._trials[added.row.id] = added.trial
        await self._changed(added.row)

    @work(group="change", exclusive=True)
    async def action_edit(self) -> None:
        """Changes a credential, or the terms of a sandbox."""
        client, row, one = self.app.client, self.pool.row, self._chosen
        if client is None or row is None or one is None or self._refused(one):
            return
        if one.simulated:
            changed = await self.app.push_screen_wait(self._sandbox_form(client, row, one))
        else:
            changed = await self.app.push_screen_wait(EditCredentialForm(client, one))
        if changed is not None:
            await self._changed(changed)

    @work(group="change", exclusive=True)
    async def action_sandbox(self) -> None:
        """Turns the provider's sandbox on, with a form; or off, after a question."""
        client, row = self.app.client, self.pool.row
        if client is None or row is None:
            return
        own = next((each for each in self._own(row) if each.simulated), None)
        if own is None:
            made = await self.app.push_screen_wait(self._sandbox_form(client, row, None))
            if made is not None:
                await self._changed(made)
            return
        if not self._refused(own) and await self.app.push_screen_wait(
            ConfirmDialog(
                f"Turn the sandbox of {row.provider.name} off?",
                self.app.with_keys(
                    "Its models answer no more, unless there is a real credential. "
                    "To change its terms, press <pool.edit> on it instead."
                ),
                verb="Turn off",
                dangerous=False,
            )
        ):
            await self._do(lambda: client.credentials.remove(own.id))

    @work(group="change", exclusive=True)
    async def action_switch(self) -> None:
        """Disables a credential, or enables it again."""
        client, one = self.app.client, self._chosen
        if client is None or one is None or self._refused(one):
            return
        calls = client.credentials
        change = calls.enable if one.state in ("disabled", "out") else calls.disable
        await self._do(lambda: change(one.id))

    @work(group="change", exclusive=True)
    async def action_remove(self) -> None:
        """Removes a credential, after a question."""
        client, one = self.app.client, self._chosen
        if client is None or one is None or self._refused(one):
            return
        flying = f" {one.in_flight} requests in flight go on." if one.in_flight else ""
        secret = "" if one.simulated else "Its secret is deleted too."
        question = f"Remove {one.provider}/{printable_line(one.label)}?"
        if await self.app.push_screen_wait(
            ConfirmDialog(question, f"{secret}{flying}".strip(), verb="Remove")
        ):
            await self._do(lambda: client.credentials.remove(one.id))

    @work(group="test")
    async def action_test(self) -> None:
        """Tries a credential with the cheapest call there is."""
        client, one = self.app.client, self._chosen
        if client is None or one is None or one.id in self._testing:
            return
        self._testing.add(one.id)
        self._show_facts()
        try:
            trial = await client.credentials.test(one.id)
        except (GatewayRefused, GatewayUnreachable) as problem:
            trial = CredentialTrial(ok=False, detail=str(problem), ms=0.0)
        self._testing.discard(one.id)
        self._trials[one.id] = trial
        self.look()
        self._show_facts()

    def _sandbox_form(
        self, client: GatewayClient, row: PoolRow, one: CredentialRow | None
    ) -> SandboxForm:
        real = [each for each in self._own(row) if not each.simulated]
        overruled = any(each.state != "disabled" for each in real)
        return SandboxForm(client, row.provider, one, overruled=overruled)

    def _own(self, row: PoolRow) -> list[CredentialRow]:
        return [each for each in self._credentials if each.provider == row.provider.id]

    def _refused(self, one: CredentialRow) -> bool:
        """Whether it cannot be changed; says so then."""
        refusal = refusal_to_change(one)
        if refusal is not None:
            refusal = self.app.with_keys(refusal, self)
            self.notify(refusal, severity="warning", timeout=6, markup=False)
        return refusal is not None

    async def _do(self, change: Callable[[], Awaitable[CredentialRow]]) -> None:
        try:
            row = await change()
        except (GatewayRefused, GatewayUnreachable) as problem:
            self.notify(
                f"{problem} Nothing was changed.", severity="error", timeout=8, markup=False
            )
            return
        await self._changed(row)

    async def _changed(self, row: CredentialRow) -> None:
        """Shows what came of a change at once, with the cursor on it."""
        self._looks = 0
        await self.look().wait()
        self.pool.select(row.id)
        self._show_facts()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what applies to the row under the cursor."""
        if not self.is_mounted:
            return True
        match action:
            case "edit" | "switch" | "remove" | "test":
                return self._chosen is not None
            case "add" | "sandbox":
                return self.pool.row is not None
        return super().check_action(action, parameters)
