"""What every full screen shares: the top bar, a notice when the gateway failed, the key hints."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakSet

from textual import events, getters
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from miavo_tui.link import Link, Phase
from miavo_tui.widgets.key_hints import KeyHints
from miavo_tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["FrameScreen"]


class FrameScreen(Screen[None]):
    """A screen of the app. A subclass yields its own widgets from `compose_body`.

    Attributes:
        TAB: the screen's name in `screens.registry`.
        TYPES: whether a text field usually has the focus, so that digits are text there.
        CHANGES: the names of its actions that change something, such as `create`: left out of the
            hints, and answered with the reason, where Miavo was opened with `--read-only`. A widget
            with actions of its own declares them the same way.
        PURPOSE: what the screen is for, in at most two lines of plain text; its help shows it.
    """

    TAB: ClassVar[str] = ""
    PURPOSE: ClassVar[str] = ""
    TYPES: ClassVar[bool] = False
    CHANGES: ClassVar[frozenset[str]] = frozenset()
    AUTO_FOCUS: ClassVar[str | None] = None

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    def __init__(self) -> None:
        """An empty frame."""
        super().__init__()
        self._steady: WeakSet[Timer] = WeakSet()
        self._seen = False

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield TopBar(self.tab)
        yield Static(id="link-notice", markup=False)
        yield from self.compose_body()
        yield KeyHints(id="key-hints")

    @property
    def tab(self) -> str:
        """The tab that is marked."""
        return self.TAB

    def compose_body(self) -> ComposeResult:
        """The widgets between the two bars."""
        yield from ()

    def on_mount(self) -> None:
        """Follows the app's link, to tell of a failure where it is seen, and whether it is seen."""
        self.watch(self.app, "link", self._show_failure)
        self._seen = self.in_view
        self.app.mode_change_signal.subscribe(self, self._mode_changed)

    def on_resize(self, _event: events.Resize) -> None:
        """What a key does may depend on the room there is, and the hints say it."""
        self.call_after_refresh(self.refresh_bindings)

    @property
    def in_view(self) -> bool:
        """Whether it is in front, or a dialog over it."""
        return self.app.current_mode == self.TAB

    def every(self, seconds: float, do: Callable[[], object]) -> Timer:
        """Does something again and again while the screen is in view, at once when it comes back.

        Args:
            seconds: from one time to the next.
            do: must not block.
        """
        timer = self.set_interval(seconds, do, pause=not self.in_view)
        self._steady.add(timer)
        return timer

    def came_into_view(self) -> None:
        """The screen was brought to the front after another one; its timers go on."""

    def left_view(self) -> None:
        """Another screen is in front; the timers of this one rest."""

    def _mode_changed(self, _mode: str) -> None:
        if self._seen == self.in_view:
            return
        self._seen = self.in_view
        for timer in self._steady:
            if self._seen:
                timer.resume()
            else:
                timer.pause()
        if self._seen:
            self.came_into_view()
        else:
            self.left_view()

    def running(self, group: str) -> bool:
        """Whether work of a group goes on here; the app lists that of every screen."""
        return any(
            worker.node is self and worker.group == group and worker.is_running
            for worker in self.workers
        )

    def type_into(self, field: Widget) -> None:
        """Focuses a field at once: keys that came together with this one are its text."""
        self.set_focus(field)
        field.focus()  # where it only comes into view now

    def _show_failure(self, link: Link) -> None:
        notice = self.query_one("#link-notice", Static)
        notice.display = link.phase in (Phase.FAILED, Phase.LOST)
        notice.set_class(link.phase is Phase.LOST, "-lost")
        if link.phase is Phase.FAILED:
            heading, detail = f"✖ {link.heading} ", link.detail
            colour, what = "$text-error", " to try again."
        else:
            detail = link.detail or f"Nothing answers at {link.address}."
            heading, colour = "▲ The gateway is gone. ", "$text-warning"
            what = " to try at once; the app keeps trying."
        notice.update(
            Content.assemble(
                (heading, f"bold {colour}"),
                (detail, "$foreground"),
                ("  Press ", "$text-muted"),
                (self.app.key_of("app.retry", self), "bold $primary"),
                (what, "$text-muted"),
            )
        )


class OpeningScreen(FrameScreen):
    """The frame alone, shown for the moment in which the screen in view last is being imported."""

    @property
    def tab(self) -> str:
        """The tab of the screen that will be shown."""
        return self.app.state.screen
