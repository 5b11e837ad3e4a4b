"""The gateway's log with its level, followed while it is in view."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

import orjson
from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.json_fields import UnexpectedShape
from miavo_tui.live_feed import feed
from miavo_tui.operation_records import LogLine
from miavo_tui.sse import Event
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.log_list import LEVELS, LogList

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp
    from miavo_tui.client import GatewayClient

__all__ = ["LogPane"]

_PAGE = 200
_CHOICES = ("debug", "info", "warning", "error")
_DRAW_SECONDS = 0.25
_NO_LOG_SECONDS = 0.5


class LogPane(Vertical):
    """A line with the levels over the log."""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    log_list = getters.query_one(LogList)
    _bar = getters.query_one("#log-bar", Static)
    _nothing = getters.query_one("#log-nothing", EmptyState)

    def __init__(self, client: Callable[[], GatewayClient | None], level: str) -> None:
        """A pane that has read nothing yet.

        Args:
            client: whom to ask; None while there is no gateway.
            level: the least severe lines to show.
        """
        super().__init__(id="log-pane")
        self._client = client
        self.level = level if level in _CHOICES else "info"
        self._older: str | None = None
        self._end: str | None = None
        self._new: list[LogLine] = []
        self._trouble = ""

    def compose(self) -> ComposeResult:
        """Bar, lines."""
        bar = Static(id="log-bar", markup=False)
        bar.auto_links = False
        yield bar
        yield LogList(id="log-list")
        yield EmptyState(id="log-nothing")

    def set_level(self, level: str) -> None:
        """Shows lines of another severity and above."""
        self.level = level
        self.open()

    def next_level(self) -> str:
        """The level after this one, shown from now on."""
        self.set_level(_CHOICES[(_CHOICES.index(self.level) + 1) % len(_CHOICES)])
        return self.level

    @work(group="log", exclusive=True)
    async def open(self) -> None:
        """Reads the last page, then follows until it is opened anew or closed."""
        client = self._client()
        self._new = []
        self._show()
        if client is None:
            return
        try:
            page = await client.operation.log(level=self.level, limit=_PAGE)
            while page.end is None:
                # Nothing has been logged yet: there is no file to follow.
                await asyncio.sleep(_NO_LOG_SECONDS)
                page = await client.operation.log(level=self.level, limit=_PAGE)
        except (GatewayRefused, GatewayUnreachable) as problem:
            self._trouble = str(problem)
            self._show()
            return
        self._trouble = ""
        self._older, self._end = page.next_before, page.end
        self.log_list.show(page.lines[::-1])
        self._show()

        def events() -> AsyncGenerator[Event, None] | None:
            asked = self._client()
            if asked is None:
                return None
            return asked.operation.log_events(level=self.level, after=self._end)

        await feed(events, self._take, lost=lambda: None)

    def close(self) -> None:
        """Follows no longer."""
        self.workers.cancel_group(self, "log")

    @on(LogList.NearStart)
    def _near_start(self) -> None:
        if self._older is not None:
            self._read_older()

    @work(group="older", exclusive=True)
    async def _read_older(self) -> None:
        client, before = self._client(), self._older
        if client is None or before is None:
            return
        try:
            page = await client.operation.log(level=self.level, limit=_PAGE, before=before)
        except (GatewayRefused, GatewayUnreachable) as problem:
            self._trouble = str(problem)
        else:
            self._older = page.next_before
            self.log_list.add_older(page.lines[::-1])
        self._show()

    def _take(self, event: Event) -> None:
        if event.name != "line":
            return
        try:
            line = LogLine.from_json(orjson.loads(event.data))
        except (UnexpectedShape, orjson.JSONDecodeError, AttributeError):
            return
        # Whatever cuts the stream, it goes on behind this line.
        self._end = event.id or self._end
        if not self._new:  # what comes in the same moment is drawn together
            self.set_timer(_DRAW_SECONDS, self._draw_new)
        self._new.append(line)

    def _draw_new(self) -> None:
        if self._new:
            self.log_list.add_newer(self._new)
            self._new = []
            self._show()

    def _show(self) -> None:
        chips = []
        for name in _CHOICES:
            symbol, _, colour = LEVELS[name]
            face = Content.assemble((f" {symbol} ", f"${colour}"), (f"{name} ", "$text-muted"))
            if name == self.level:
                face = Content.assemble(
                    (f" {symbol} ", f"${colour}"), (f"{name} ", "bold $foreground")
                ).stylize("on $chip")
            chips.append(face.stylize(Style.from_meta({"@click": f"screen.log_level('{name}')"})))
        state = ("● live", "$text-success")
        if self._trouble:
            state = (f"✖ {self._trouble}", "$text-error")
        elif not self.log_list.following:
            state = (
                f"‖ {self.app.key_of('list.last', self.log_list)} follows again",
                "$text-warning",
            )
        key = self.app.key_of("gateway.level", self.screen)
        self._bar.update(
            Content.assemble(
                (f" {key} ", "bold $primary"), Content("").join(chips), "  and above   ", state
            )
        )
        nothing = not self.log_list.lines
        self.log_list.display = not nothing
        if nothing:
            self._nothing.show(
                f"No line of level {self.level} or above.",
                "",
                ("gateway.level", "shows another level"),
            )
        else:
            self._nothing.hide()
            if self.screen.focused is None and self.display:
                self.log_list.focus()  # it went when there was nothing to show
