"""The conversations, beside the one in view or over it: found by their words, opened, kept tidy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from miavo_tui.conversations.full_text import MARK_END, MARK_START
from miavo_tui.conversations.records import Conversation
from miavo_tui.conversations.shelf import Found
from miavo_tui.plain_text import printable_line

__all__ = ["ConversationList", "age_text"]


def age_text(at: datetime, now: datetime) -> str:
    """How long ago something was: `now`, `5 min`, `3 h`, `2 d`, else the day."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h"
    if minutes < 7 * 24 * 60:
        return f"{minutes // (24 * 60)} d"
    return at.astimezone().strftime("%d %b" if now.year == at.year else "%b %Y")


class ConversationOptions(OptionList):
    """The list itself, with the keys for what is highlighted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "open", id="conversations.open", tooltip="Open it"),
        Binding("j", "cursor_down", "down", show=False, id="list.down", tooltip="Down"),
        Binding("k", "cursor_up", "up", show=False, id="list.up", tooltip="Up"),
        Binding("slash", "wanted('search')", "search", id="conversations.search", tooltip="Search"),
        Binding(
            "e",
            "wanted('rename')",
            "rename",
            id="conversations.rename",
            tooltip="Give it another name",
        ),
        Binding(
            "x",
            "wanted('export')",
            "export",
            id="conversations.export",
            tooltip="Save it as Markdown, JSON or code",
        ),
        Binding(
            "d,delete",
            "wanted('delete')",
            "delete",
            key_display="d",
            id="conversations.delete",
            tooltip="Delete it, once confirmed",
        ),
    ]

    @dataclass
    class Wanted(Message):
        """Something is to be done."""

        what: str

    def action_wanted(self, what: str) -> None:
        """Tells the list around."""
        self.post_message(self.Wanted(what))

    def action_cursor_up(self) -> None:
        """Up; from the first to the search."""
        if self.highlighted in (None, 0):
            self.post_message(self.Wanted("search"))
        else:
            super().action_cursor_up()


class ConversationList(Vertical):
    """A search above the conversations that match it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "leave", "back", id="conversations.leave", tooltip="Back to the conversation"
        ),
        Binding(
            "down", "enter_list", "to the list", show=False, id="search.down", tooltip="To the list"
        ),
    ]

    search = query_one(Input)
    options = query_one(OptionList)
    _count = query_one("#conversations-count", Static)

    @dataclass
    class QueryChanged(Message):
        """The reader looks for something else."""

        query: str

    @dataclass
    class OpenWanted(Message):
        """The reader wants a conversation in view."""

        found: Found

    @dataclass
    class Wanted(Message):
        """The reader wants something done with a conversation."""

        what: str
        """`rename`, `export` or `delete`."""
        conversation: Conversation

    @dataclass
    class Left(Message):
        """The reader goes back to the conversation."""

    def __init__(self) -> None:
        super().__init__(id="conversations")
        self._found: Sequence[Found] = ()
        self._current: str | None = None

    def compose(self) -> ComposeResult:
        """The search, the list, how many there are."""
        yield Input(placeholder="Search conversations", select_on_focus=False, compact=True)
        yield ConversationOptions(compact=True, markup=False)
        yield Static(id="conversations-count", markup=False)

    @property
    def query_text(self) -> str:
        """What is searched for."""
        return self.search.value.strip()

    def show(self, found: Sequence[Found], current: str | None) -> None:
        """Shows conversations; what was highlighted stays so.

        Args:
            found: what matches, the latest first.
            current: the id of the one in view.
        """
        highlighted = self._highlighted()
        wanted = highlighted.conversation.id if highlighted is not None else current
        self._found, self._current = found, current
        self._fill()
        ids = [each.conversation.id for each in found]
        if ids:
            self.options.highlighted = ids.index(wanted) if wanted in ids else 0
        what = "conversation" if len(found) == 1 else "conversations"
        if not found and self.query_text:
            self._count.update(Content("Nothing holds these words."))
        elif not found:
            self._count.update(Content("What you say is kept here."))
        else:
            self._count.update(Content(f"{len(found):,} {what}"))

    def on_resize(self, _event: events.Resize) -> None:
        """Lays the lines out anew."""
        if self.is_mounted:
            highlighted = self.options.highlighted
            self._fill()
            self.options.highlighted = highlighted

    def action_leave(self) -> None:
        """Clears the search, or goes back."""
        if self.search.value:
            self.search.value = ""
            self.options.focus()
        else:
            self.post_message(self.Left())

    def action_enter_list(self) -> None:
        """From the search to the list."""
        if self._found:
            self.options.focus()

    @on(Input.Changed)
    def _query_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.QueryChanged(self.query_text))

    @on(Input.Submitted)
    def _query_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._found:
            self.post_message(self.OpenWanted(self._highlighted() or self._found[0]))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if (found := self._highlighted()) is not None:
            self.post_message(self.OpenWanted(found))

    @on(ConversationOptions.Wanted)
    def _wanted(self, event: ConversationOptions.Wanted) -> None:
        event.stop()
        if event.what == "search":
            self.search.focus()
        elif (found := self._highlighted()) is not None:
            self.post_message(self.Wanted(event.what, found.conversation))

    def _highlighted(self) -> Found | None:
        index = self.options.highlighted
        return None if index is None or index >= len(self._found) else self._found[index]

    def _fill(self) -> None:
        width = max(12, self.options.scrollable_content_region.width)
        now = datetime.now(UTC)
        self.options.clear_options()
        self.options.add_options(
            Option(_lines(each, each.conversation.id == self._current, width, now))
            for each in self._found
        )


def _lines(found: Found, current: bool, width: int, now: datetime) -> Content:
    conversation = found.conversation
    age = age_text(conversation.updated_at, now)
    mark = ("▌", "$accent") if current else (" ", "")
    title = Content.styled(printable_line(conversation.title), "bold" if current else "")
    title = title.truncate(width - len(age) - 3, ellipsis=True)
    first = Content.assemble(
        mark,
        title.pad_right(max(0, width - len(age) - 2 - title.cell_length)),
        (f" {age}", "$text-muted"),
    )
    models = conversation.models or (conversation.model,)
    below = _excerpt(found.excerpt, width) if found.excerpt else Content(" │ ".join(models))
    below = below.truncate(width - 3, ellipsis=True).stylize_before("$text-muted")
    return Content.assemble(first, "\n", mark, "  ", below)


def _excerpt(text: str, width: int) -> Content:
    """An excerpt with the words found in it marked, the first of them in sight."""
    parts: list[Content] = []
    lead_in = text.find(MARK_START)
    if lead_in > width // 3:
        text = "…" + text[lead_in - width // 3 :]
    for piece in text.split(MARK_START):
        inside, mark, after = piece.partition(MARK_END)
        if mark:
            parts.append(Content.styled(printable_line(inside), "bold $match"))
        else:
            after = inside
        lead = " " if after[:1].isspace() else ""
        trail = " " if after[-1:].isspace() and after.strip() else ""
        parts.append(Content(f"{lead}{printable_line(after)}{trail}"))
    return Content("").join(parts)
