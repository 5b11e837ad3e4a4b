"""The Usage screen: requests as they happen and all there were, found, opened, charted, saved."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from miavo_tui.amount_text import counted
from miavo_tui.link import Phase
from miavo_tui.requests.filter_text import with_values
from miavo_tui.requests.ranges import ANY_TIME
from miavo_tui.screens.request import RequestDialog
from miavo_tui.screens.usage_keys import BINDINGS
from miavo_tui.screens.usage_notice import show_why_nothing
from miavo_tui.screens.usage_reading import UsageReading
from miavo_tui.usage_records import UsageRow
from miavo_tui.widgets.empty_state import EmptyState
from miavo_tui.widgets.filter_line import FilterLine
from miavo_tui.widgets.query_line import QueryInput
from miavo_tui.widgets.request_facts import RequestFacts
from miavo_tui.widgets.usage_bar import BarState, UsageBar
from miavo_tui.widgets.usage_charts import UsageCharts
from miavo_tui.widgets.usage_list import UsageList

__all__ = ["UsageScreen"]

_HERE = Path(__file__).parent
_WIDGETS = _HERE.parent / "widgets"
_REDRAW_SECONDS = 0.22
"""The list follows the gateway at this pace, whatever the gateway's own."""
_TYPING_SECONDS = 0.25
_PLACEHOLDER = "filter: model:gpt key:editor state:errors since:2h or any words"


class UsageScreen(UsageReading):
    """A list that follows the gateway, the details of one request, and charts of all."""

    TAB = "usage"
    PURPOSE = (
        "Every request that went through this gateway: live, and back to the first.\n"
        "Filter them, see why one cost or failed, look at charts, save to a file."
    )
    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        _HERE / "usage.tcss",
        *(
            _WIDGETS / f"{name}.tcss"
            for name in (
                *("query_line", "usage_bar", "usage_list", "usage_charts", "time_chart"),
                *("request_facts", "empty_state"),
            )
        ),
    ]
    AUTO_FOCUS = "#usage-list"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - as the base class declares it
        (0, "-narrow"),
        (100, "-normal"),
        (150, "-wide"),
        (190, "-widest"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    detail = getters.query_one("#usage-detail", RequestFacts)
    _bar = getters.query_one(UsageBar)
    _nothing = getters.query_one("#usage-nothing", EmptyState)

    def __init__(self) -> None:
        super().__init__()
        self._typing: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """Filter, bar, list or charts; the details at the right where there is room."""
        with Horizontal(id="usage"):
            with Vertical(id="usage-main"):
                yield FilterLine(self.app.state.usage_filter, _PLACEHOLDER)
                yield UsageBar()
                yield UsageList(id="usage-list")
                yield UsageCharts(id="usage-charts")
                yield EmptyState(id="usage-nothing")
            yield RequestFacts(id="usage-detail")

    def on_mount(self) -> None:
        """Follows the link; redraws at a steady pace while in view."""
        self.set_class(self.app.state.usage_charts, "-charts")
        self.watch(self.app, "link", self._link_changed)
        self.every(_REDRAW_SECONDS, self._tick)
        self._show()

    def on_screen_resume(self) -> None:
        """Takes over a filter that another screen has set."""
        if self._line.field.value != self.app.state.usage_filter:
            self._line.field.value = self.app.state.usage_filter
            self.remove_class("-charts")
            self.reload()

    # Showing

    def _show(self) -> None:
        if not self.query(UsageList):
            return  # the app is closing
        browser = self.browser
        window = browser.window
        nothing = (self._read or bool(self._trouble)) and not window.rows
        self.set_class(nothing, "-nothing")
        if nothing:
            show_why_nothing(
                self._nothing,
                trouble=self._trouble,
                typed=self.app.state.usage_filter,
                time_range=self.time_range,
            )
        else:
            self._nothing.hide()
            if self.focused is None:
                # It went when there was nothing to show.
                self._focus_what_shows()
        self.requests.show_extent(browser.extent)
        self._bar.state = BarState(
            range_name=self.time_range.name,
            charts=self.shows_charts,
            live=self._live,
            paused=self._paused,
            coming=browser.coming,
            note=self._trouble or self._waiting(),
            trouble=bool(self._trouble),
            position=self._position(),
        )
        self.refresh_bindings()

    def _waiting(self) -> str:
        if self._read:
            return ""
        return "reading…" if self.app.link.phase is Phase.READY else "waiting for the gateway"

    def _position(self) -> str:
        extent = self.browser.extent
        if not self._read:
            return ""
        if not self.browser.counted:
            return "counting…"
        return counted(extent.count, "request")

    @on(UsageList.Highlighted)
    def _highlighted(self, event: UsageList.Highlighted) -> None:
        self.detail.row = event.row

    @on(UsageList.NearEnd)
    def _near_end(self, event: UsageList.NearEnd) -> None:
        window = self.browser.window
        if not (window.at_oldest if event.older else window.at_newest and not self.browser.coming):
            self._add_page(event.older)

    @on(UsageList.EndAsked)
    def _end_asked(self, event: UsageList.EndAsked) -> None:
        window = self.browser.window
        if event.newest and window.at_newest and not self.browser.coming:
            self._show_rows(keep=None)
        elif not event.newest and window.at_oldest:
            self.requests.select_last()
        else:
            self._go_to(0.0 if event.newest else 1.0)

    @on(UsageList.PlaceAsked)
    def _place_asked(self, event: UsageList.PlaceAsked) -> None:
        self._go_to(event.fraction)

    @on(UsageList.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    # Filter

    @on(FilterLine.Changed)
    def _typed(self, event: FilterLine.Changed) -> None:
        if event.text == self.app.state.usage_filter:
            return
        self.app.remember(usage_filter=event.text)
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_TYPING_SECONDS, self.reload)

    @on(QueryInput.Left)
    def _filter_left(self) -> None:
        self._focus_what_shows()

    def _focus_what_shows(self) -> None:
        (self.charts if self.shows_charts else self.requests).focus()

    def action_filter(self) -> None:
        """Types into the filter."""
        self.type_into(self._line.field)

    def action_filter_by(self) -> None:
        """Picks a field, then its values."""
        from miavo_tui.screens.usage_menus import field_menu

        self.app.push_screen(field_menu(self))

    def action_errors(self) -> None:
        """Only what went wrong, or everything."""
        given = self.filter
        on_already = "errors" in given.values.get("state", ())
        self.set_filter(with_values(given, "state", () if on_already else ("errors",)))

    def action_range(self) -> None:
        """Picks the time that is looked at."""
        from miavo_tui.screens.usage_menus import range_menu

        def chosen(name: str) -> None:
            self.app.remember(usage_range=name)
            self.reload()

        self.app.push_screen(range_menu(self.time_range, chosen))

    def action_clear(self) -> None:
        """Drops filter and time."""
        self.app.remember(usage_range=ANY_TIME.name)
        if self._line.field.value:
            self._line.field.value = ""
        else:
            self.reload()

    def action_back(self) -> None:
        """One step back."""
        if self.shows_charts:
            self.action_toggle_charts()
        elif self._line.field.value:
            self._line.field.value = ""

    # Doing

    def action_open(self) -> None:
        """Opens the request under the cursor."""
        row = self.requests.highlighted
        if row is not None and not self.shows_charts:
            self.app.push_screen(RequestDialog(row, self._beside))

    def _beside(self, by: int) -> UsageRow | None:
        self.requests.action_move(by)
        return self.requests.highlighted

    def action_newest(self) -> None:
        """Goes to the newest requests."""
        self.requests.action_first()

    def action_reload(self) -> None:
        """Asks again for the newest requests."""
        self.reload()

    def action_pause(self) -> None:
        """Holds the list still, or lets it follow again."""
        self._paused = not self._paused
        if not self._paused and self.browser.window.at_newest and self.requests.on_newest:
            self.reload()
        self._show()

    async def action_copy_id(self) -> None:
        """Copies the request's id."""
        row = self.requests.highlighted
        if row is not None:
            await self.app.copy(row.request_id, "the request id")

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        """Asks where the requests shall be saved, and saves them."""
        from miavo_tui.screens.usage_export import export_requests

        browser = self.browser
        total = browser.extent.count if browser.counted else None
        await export_requests(self.app, browser.query, total)

    def action_toggle_charts(self) -> None:
        """Charts in place of the list, or the list again."""
        self.toggle_class("-charts")
        self.app.remember(usage_charts=self.shows_charts)
        if self.shows_charts:
            self.charts.focus()
            # Only when it is laid out is it known how many spans there is room for.
            self.call_after_refresh(self.charts.count, self._charted)
        else:
            self.requests.focus()
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers what applies to what is in view."""
        if not self.is_mounted:
            return True
        match action:
            case "open" | "copy_id":
                return self.requests.highlighted is not None and not self.shows_charts
            case "pause":
                return not self.shows_charts
            case "reload":
                return self.app.link.phase is Phase.READY
            case "clear":
                return bool(self.app.state.usage_filter) or self.time_range is not ANY_TIME
            case "export":
                return bool(self.browser.window.rows)
            case "filter":
                return self.focused is not self._line.field
            case "back":
                return self.shows_charts or bool(self._line.field.value)
        return super().check_action(action, parameters)
