"""Code that calls a model, in three languages, coloured as the theme has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive, var
from textual.style import Style
from textual.widgets import Static

from miavo_tui.records import Examples

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["LANGUAGES", "CodeExample"]

LANGUAGES = (("curl", "curl"), ("python", "Python"), ("typescript", "TypeScript"))
"""The languages as fields of `Examples` and as titles."""

_LEXERS = {"curl": "bash"}


class _LanguageTabs(Static):
    auto_links = var(False)


class CodeExample(Vertical):
    """The code and a line of tabs over it."""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    language: reactive[str] = reactive("curl")
    """A field of `Examples`."""
    examples: reactive[Examples | None] = reactive(None)
    """None while they are being fetched."""
    missing: reactive[str] = reactive("")
    """Why there are none, if so."""

    _tabs = getters.query_one("#code-tabs", Static)
    _code = getters.query_one("#code", Static)

    ALLOW_SELECT: ClassVar[bool] = True

    def compose(self) -> ComposeResult:
        """Tabs over code."""
        yield _LanguageTabs(id="code-tabs", markup=False)
        yield Static(id="code", markup=False)

    @property
    def code(self) -> str | None:
        """The code in view, as it would be copied."""
        return None if self.examples is None else str(getattr(self.examples, self.language))

    @property
    def title(self) -> str:
        """The language in view, as a person writes it."""
        return dict(LANGUAGES)[self.language]

    def next_language(self) -> None:
        """Shows the language after this one."""
        names = [name for name, _ in LANGUAGES]
        self.language = names[(names.index(self.language) + 1) % len(names)]

    def watch_language(self) -> None:
        """Another tab."""
        self._show()

    def watch_examples(self) -> None:
        """Another model."""
        self._show()

    def watch_missing(self) -> None:
        """The reason changed."""
        self._show()

    def _show(self) -> None:
        if not self.is_mounted:
            return
        tabs: list[Content] = []
        for name, title in LANGUAGES:
            style = "bold $foreground on $chip" if name == self.language else "$text-muted"
            action = Style.from_meta({"@click": f"screen.set_language('{name}')"})
            tabs.append(Content.styled(f" {title} ", style).stylize(action))
        copy = Content.assemble(
            (f"   {self.app.key_of('catalogue.copy-code', self)}", "bold $primary"),
            (" copy", "$text-muted"),
        ).stylize(Style.from_meta({"@click": "screen.copy_code"}))
        self._tabs.update(Content.assemble(*tabs, copy))
        if self.code is None:
            self._code.update(Content.styled(self.missing or "…", "$text-muted"))
        else:
            self._code.update(self._highlighted(self.code.rstrip("\n")))

    def on_mount(self) -> None:
        """Draws the tabs."""
        self._show()

    def _highlighted(self, code: str) -> Content:
        # Pygments is slow to load and not needed before the first example is here.
        from textual.highlight import highlight

        from miavo_tui.widgets.code_colours import CodeColours

        lexer = _LEXERS.get(self.language, self.language)
        return highlight(code, language=lexer, theme=CodeColours)
