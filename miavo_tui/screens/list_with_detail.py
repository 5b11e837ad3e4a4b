"""What Catalogue and Keys share: a searched list, and the details of what is under its cursor."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from textual import getters, on
from textual.widget import Widget

from miavo_tui.screens.frame import FrameScreen
from miavo_tui.widgets.cursor_list import CursorList
from miavo_tui.widgets.query_line import QueryInput
from miavo_tui.widgets.search_line import SearchLine

__all__ = ["ListWithDetail"]


class ListWithDetail(FrameScreen):
    """The details stand beside the list; where the screen is `-narrow`, in its place."""

    search_line = getters.query_one(SearchLine)

    @property
    @abstractmethod
    def shown_list(self) -> CursorList:
        """The list."""

    @property
    @abstractmethod
    def shown_detail(self) -> Widget:
        """The details."""

    @property
    @abstractmethod
    def searched(self) -> str:
        """What the list is searched for."""

    @abstractmethod
    def change_view(self, **changes: Any) -> None:
        """Replaces fields of the view, of which `search` is one, and shows the result."""

    @property
    def shows_list_alone(self) -> bool:
        """Whether there is no room for the details, and the list is in view."""
        return self.has_class("-narrow") and not self.has_class("-detail")

    @property
    def shows_detail_alone(self) -> bool:
        """Whether the details are in the place of the list."""
        return self.has_class("-narrow") and self.has_class("-detail")

    def action_search(self) -> None:
        """Types into the search field."""
        self.remove_class("-detail")
        self.type_into(self.search_line.field)

    @on(SearchLine.Changed)
    def _searched(self, event: SearchLine.Changed) -> None:
        if event.text != self.searched:
            self.change_view(search=event.text)

    @on(QueryInput.Left)
    def _search_left(self) -> None:
        self.shown_list.focus()

    def action_show_detail(self) -> None:
        """The details, in place of the list where there is no room for both."""
        self.action_toggle_detail()

    def action_toggle_detail(self) -> None:
        """The details in place of the list, or the list again."""
        if self.shown_list.count:
            self.toggle_class("-detail")
            (self.shown_detail if self.shows_detail_alone else self.shown_list).focus()
            self.refresh_bindings()

    def action_back(self) -> None:
        """From the details to the list, from a search to everything."""
        if self.shows_detail_alone:
            self.action_toggle_detail()
        else:
            self.search_line.field.value = ""
        self.refresh_bindings()
