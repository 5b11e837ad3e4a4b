"""How other programs are pointed at this gateway: a list of them, and the text for each."""

from __future__ import annotations

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from miavo_tui.environment_lines import PLACEHOLDER
from miavo_tui.operation.setups import SETUPS, Place, Setup

__all__ = ["SetupPane"]


class SetupPane(Horizontal):
    """Programs at the left, what to paste at the right."""

    programs = getters.query_one("#setup-list", OptionList)
    _text = getters.query_one("#setup-text", Static)
    _where = getters.query_one("#setup-where", Static)

    def __init__(self) -> None:
        super().__init__(id="setup-pane")
        self.place = Place("", PLACEHOLDER, "")

    def compose(self) -> ComposeResult:
        """The list and the text."""
        yield OptionList(
            *(Option(setup.name) for setup in SETUPS), id="setup-list", markup=False, compact=True
        )
        with VerticalScroll(id="setup-body", can_focus=False):
            yield Static(id="setup-where", markup=False)
            yield Static(id="setup-text", markup=False)

    def on_mount(self) -> None:
        """Begins with the first program."""
        self.programs.highlighted = 0

    @property
    def setup(self) -> Setup:
        """The program under the cursor."""
        return SETUPS[self.programs.highlighted or 0]

    @property
    def text(self) -> str:
        """What is to be pasted."""
        return self.setup.text(self.place)

    def show(self, place: Place) -> None:
        """Fills the texts with an address, a key and a model."""
        if place != self.place:
            self.place = place
            self._show()

    @on(OptionList.OptionHighlighted, "#setup-list")
    def _highlighted(self) -> None:
        self._show()

    def _show(self) -> None:
        # Pygments is slow to load, and this is seen seldom.
        from textual.highlight import highlight

        from miavo_tui.widgets.code_colours import CodeColours

        setup = self.setup
        note = "  this key is shown once" if self.place.key != PLACEHOLDER else ""
        self._where.update(
            Content.assemble(
                (setup.name, "bold $foreground"),
                (f"  goes into {setup.where}", "$text-muted"),
                (note, "$text-warning"),
            )
        )
        code = self.text.rstrip("\n")
        if setup.language == "text":
            self._text.update(Content(code))
        else:
            self._text.update(highlight(code, language=setup.language, theme=CodeColours))
