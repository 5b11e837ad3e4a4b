"""The floor of the app's first frame: a bare Textual app with a table of 93 rows."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import DataTable


class BareApp(App[None]):
    """Nothing but the table."""

    def compose(self) -> ComposeResult:
        """The table."""
        yield DataTable[str]()

    def on_mount(self) -> None:
        """Fills it."""
        table = self.query_one(DataTable)
        table.add_columns("Model", "Provider", "Kind", "In", "Out", "Context", "Can")
        for number in range(93):
            table.add_row(f"bare-{number}", "Provider", "chat", "$1.00", "$5.00", "200k", "STV")


if __name__ == "__main__":
    BareApp().run()
