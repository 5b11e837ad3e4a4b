"""What stands where there is nothing to show: why, and which keys change that."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style
from textual.widgets import Static

__all__ = ["EmptyState", "nothing_here"]


def nothing_here(heading: str, detail: str = "", *ways: tuple[str, str]) -> Content:
    """The text of an empty state; nothing in it is taken as markup.

    Args:
        heading: what is missing, in one sentence.
        detail: why, or what would appear here.
        ways: a key in Textual's spelling and what it does here, such as `("n", "makes a key")`.
            A click on one is as the key.
    """
    lines = [Content.styled(heading, "bold $foreground")]
    if detail:
        lines.append(Content.styled(detail, "$text-muted"))
    if ways:
        lines.append(Content())
        room = max(len(_shown(key)) for key, _ in ways)
        lines += [
            Content.assemble(
                (_shown(key).ljust(room), "bold $primary"), (f"  {what}", "$text-muted")
            ).stylize(Style.from_meta({"@click": f"app.simulate_key('{key}')"}))
            for key, what in ways
        ]
    return Content("\n").join(lines)


def _shown(key: str) -> str:
    words = {"escape": "esc", "slash": "/", "question_mark": "?"}
    shown = words.get(key, key).replace("ctrl+", "^")
    return shown.upper() if len(shown) > 1 and shown[0] == "f" and shown[1:].isdigit() else shown


class EmptyState(Static):
    """Fills the place of a list or a chart that has nothing to show; hidden until `show`."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, markup=False)
        self.display = False
        # Links keep the colours given here.
        self.auto_links = False

    def show(self, heading: str, detail: str = "", *ways: tuple[str, str]) -> None:
        """Shows why there is nothing; the arguments are those of `nothing_here`."""
        self.update(nothing_here(heading, detail, *ways))
        self.display = True

    def hide(self) -> None:
        """There is something to show again."""
        self.display = False
